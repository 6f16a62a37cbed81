"""Modifiers that hang on other procedures, and those that hang on nothing."""

from typing import Any

import pytest

from rulebook import Grade
from rulebook.params import ParamError
from rulebook.types import Rule
from tests.rulebook.builders import derived, essential, faults, mark, rule, selects

VISIT = selects("X5001", procedure="office visit")
OPERATION = selects("X1001", procedure="operation")
SEEN = {"procedure": "office visit"}
OPERATED = {"procedure": "operation"}


def asks(code: str, facet: str, modifiers: dict[str, str], number: int = 0, **conditions: Any) -> Rule:
    return rule(code, "modifier", number, facet=facet, modifiers=modifiers, **conditions)


def modifiers(rules: list[Rule], *services: dict[str, str], **facts: Any) -> list[tuple[str, ...]]:
    """The modifiers of each line of the preferred claim."""
    return [line.modifiers for line in derived(rules, *services, **facts).accepted[0].claim.lines]


# In the global period of an earlier procedure ------------------------------------------------

UNRELATED = asks("X5001", "relation", {"unrelated": "24"}, within_global=["010", "090"])
AFTER = [OPERATION, VISIT, UNRELATED, rule("X1001", "global-period", days="090", visits=SEEN)]
ELSEWHERE = {**SEEN, "relation": "unrelated"}


def on(day: str) -> list[dict[str, str]]:
    return [{"code": "X1001", "date": day}]


@pytest.mark.parametrize(("day", "expected"), [("2023-12-02", ("24",)), ("2023-12-01", ())])
def test_modifier_is_asked_for_up_to_the_last_day_of_the_period(day: str, expected: tuple[str, ...]) -> None:
    assert modifiers(AFTER, ELSEWHERE, earlier=on(day)) == [expected]


def test_no_earlier_procedure_asks_for_nothing() -> None:
    assert modifiers(AFTER, ELSEWHERE) == [()]


def test_period_that_the_rule_does_not_name_asks_for_nothing() -> None:
    rules = [*AFTER[:-1], rule("X1001", "global-period", days="000")]
    assert modifiers(rules, ELSEWHERE, earlier=on("2024-03-01")) == [()]


def test_finding_names_the_earlier_procedure() -> None:
    result = mark(AFTER, [ELSEWHERE], {"code": "X5001"}, earlier=on("2024-02-01"))
    assert faults(result) == [("missing", "modifier:24", 1)]
    assert result.findings[0].facts == ("services.0.relation", "earlier.0")


def test_modifier_outside_the_period_is_told_what_it_is_for() -> None:
    result = mark(AFTER, [ELSEWHERE], {"code": "X5001", "modifiers": ["24"]}, earlier=on("2023-01-01"))
    assert faults(result) == [("extra", "modifier:24", 1)]
    assert "in the global period (010 or 090) of an earlier procedure" in result.findings[0].why


def test_earlier_procedure_of_the_same_day_counts_as_beside() -> None:
    rules = [*AFTER, asks("X5001", "visit", {"significant": "25"}, 1, beside_global=["090"])]
    rules[3] = rule("X1001", "global-period", days="090", visits=SEEN, apart={"visit": "significant"})
    seen = {**SEEN, "visit": "significant"}
    assert modifiers(rules, seen, earlier=on("2024-03-01")) == [("25",)]
    assert modifiers(rules, {**seen, "relation": "unrelated"}, earlier=on("2024-02-29")) == [("24",)]


def test_either_condition_is_enough() -> None:
    both = asks("X5001", "relation", {"unrelated": "24"}, beside_global=["000"], within_global=["090"])
    small = [selects("X1002", procedure="biopsy"), rule("X1002", "global-period", days="000")]
    rules = [OPERATION, VISIT, both, rule("X1001", "global-period", days="090"), *small]
    assert modifiers(rules, ELSEWHERE, earlier=on("2024-02-01")) == [("24",)]
    assert modifiers(rules, {"procedure": "biopsy"}, ELSEWHERE)[-1] == ("24",)
    assert modifiers(rules, ELSEWHERE) == [()]


@pytest.mark.parametrize("name", ["beside_global", "within_global"])
def test_period_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ParamError, match=name):
        asks("X5001", "relation", {"unrelated": "24"}, **{name: ["90"]})


# Optional --------------------------------------------------------------------------------------

SIDES = {"left": "LT", "right": "RT"}
MAY = asks("X1001", "laterality", SIDES, optional=True)


def optional_side(*given: str, rules: tuple[Rule, ...] = (OPERATION, MAY)) -> Grade:
    return mark(rules, [{**OPERATED, "laterality": "left"}], {"code": "X1001", "modifiers": list(given)})


@pytest.mark.parametrize("given", [(), ("LT",)])
def test_optional_modifier_is_right_both_ways(given: tuple[str, ...]) -> None:
    result = optional_side(*given)
    assert result.clean
    assert (result.counts.required, result.counts.kept, result.counts.extra) == (2, 2, 0)


def test_optional_modifier_that_is_there_is_said_to_be_optional() -> None:
    said = [finding for finding in optional_side("LT").findings if finding.outcome == "optional"]
    assert [(finding.kind, finding.element, finding.yours) for finding in said] == [("modifier", "modifier:LT", "LT")]
    assert said[0].why.startswith("Optional: ")


def test_other_side_of_an_optional_modifier_is_wrong() -> None:
    assert [(f.element, f.rule) for f in essential(optional_side("RT"))] == [("modifier:RT", MAY.id)]


def test_modifier_that_another_rule_asks_for_is_not_optional() -> None:
    rules = (OPERATION, MAY, asks("X1001", "laterality", SIDES, 1))
    assert faults(optional_side("LT", rules=rules)) == []
    missing = optional_side(rules=rules)
    assert [(f.outcome, f.rule) for f in essential(missing)] == [("missing", "X1001/modifier-1")]


def test_derived_claim_carries_what_is_optional_for_each_line() -> None:
    rules = [OPERATION, MAY, VISIT]
    accepted = derived(rules, {**OPERATED, "laterality": "left"}, SEEN).accepted[0]
    assert accepted.optional == (("LT",), ())
    assert [line.modifiers for line in accepted.claim.lines] == [(), ()]
