"""Services that are usually part of another, and the modifiers that say they are not."""

from typing import Any

import pytest

from rulebook import Grade
from rulebook.derive import MOST_CLAIMS
from rulebook.params import ParamError
from rulebook.types import Rule
from tests.rulebook.builders import accepted_codes, derived, essential, faults, mark, rule, selects

WHOLE, PART = {"procedure": "removal"}, {"procedure": "biopsy"}
USUALLY = rule("X6001", "distinct", beside=["X1001"])
INCLUDES = rule("X1001", "not-with", codes=["X6001"])
RULES = [selects("X1001", **WHOLE), selects("X6001", **PART), USUALLY, INCLUDES]
REASONS = {
    "session": ("separate", "XE"),
    "structure": ("separate", "XS"),
    "practitioner": ("other", "XP"),
    "overlap": ("unusual", "XU"),
}
ELSEWHERE = {"structure": "separate"}


def choices(*services: dict[str, str], rules: list[Rule] = RULES) -> list[tuple[str, ...]]:
    """The modifiers of the last line of each acceptable claim."""
    return [accepted.claim.lines[-1].modifiers for accepted in derived(rules, *services).accepted]


def biopsy(*modifiers: str, **facts: str) -> Grade:
    """A removal, and a biopsy with these facts that is reported with these modifiers."""
    lines = [{"code": "X1001"}, {"code": "X6001", "modifiers": list(modifiers)}]
    return mark(RULES, [WHOLE, {**PART, **facts}], *lines)


@pytest.mark.parametrize(("facet", "value", "modifier"), [(f, v, m) for f, (v, m) in REASONS.items()])
def test_each_reason_has_its_modifier_and_the_general_one_is_as_good(facet: str, value: str, modifier: str) -> None:
    assert choices(WHOLE, {**PART, facet: value}) == [(modifier,), ("59",)]


@pytest.mark.parametrize("modifier", ["XS", "59"])
def test_either_modifier_is_right(modifier: str) -> None:
    result = biopsy(modifier, **ELSEWHERE)
    assert result.clean
    assert result.element_accuracy == 1.0
    assert result.accepted[0].lines[1].modifiers == (modifier,)


def test_reason_without_a_modifier_is_found_and_the_preferred_one_is_named() -> None:
    result = biopsy(**ELSEWHERE)
    assert faults(result) == [("missing", "modifier:XS", 2)]
    assert result.findings[0].facts == ("services.1.structure",)
    assert result.findings[0].fix == "Add XS to X6001; 59 would do as well."


def test_modifier_for_another_reason_is_wrong() -> None:
    assert sorted(faults(biopsy("XE", **ELSEWHERE))) == [("extra", "modifier:XE", 2), ("missing", "modifier:XS", 2)]


def test_one_modifier_is_enough() -> None:
    result = biopsy("59", "XS", **ELSEWHERE)
    assert [(f.kind, f.outcome) for f in essential(result)] == [("distinct", "extra")]
    assert "one modifier is enough" in essential(result)[0].why


def test_modifier_without_a_reason_does_not_save_the_line() -> None:
    found = {(finding.kind, finding.element) for finding in essential(biopsy("59"))}
    assert found == {("distinct", "modifier:59"), ("not-with", "code")}


def test_modifier_without_a_code_beside_it_is_wrong() -> None:
    result = mark(RULES, [{**PART, **ELSEWHERE}], {"code": "X6001", "modifiers": ["XS"]})
    assert [(f.kind, f.element) for f in essential(result)] == [("distinct", "modifier:XS")]
    assert "None of these is on the claim" in essential(result)[0].why


def test_modifier_that_the_page_does_not_speak_of_is_unclear() -> None:
    assert ("unclear", "modifier:XX", 2) in faults(biopsy("XS", "XX", **ELSEWHERE))


def test_two_reasons_allow_the_modifiers_of_both() -> None:
    assert choices(WHOLE, {**PART, "session": "separate", **ELSEWHERE}) == [("XE",), ("XS",), ("59",)]


def test_reason_without_a_modifier_of_its_own_takes_the_general_one() -> None:
    only_sessions = rule("X6001", "distinct", beside=["X1001"], modifiers={"session": "XE"}, general="59")
    rules = [*RULES[:2], only_sessions, INCLUDES]
    assert choices(WHOLE, {**PART, **ELSEWHERE}, rules=rules) == [("59",)]


def test_larger_service_may_be_the_one_that_was_done_apart() -> None:
    assert choices({**WHOLE, "session": "separate"}, PART) == [("XE",), ("59",)]


def test_larger_service_that_was_also_done_together_is_no_reason() -> None:
    assert accepted_codes(derived(RULES, WHOLE, {**WHOLE, "session": "separate"}, PART)) == [["X1001"]]


@pytest.mark.parametrize("general", ["59", "XS"])
def test_modifier_that_another_rule_gives_is_not_asked_for_again(general: str) -> None:
    given = rule("X6001", "modifier", facet="structure", modifiers={"separate": general})
    assert choices(WHOLE, {**PART, **ELSEWHERE}, rules=[*RULES, given]) == [(general,)]


# Places on the body --------------------------------------------------------------------------

SIDES = {"facet": "laterality", "modifiers": {"left": "LT", "right": "RT"}}
SIDED = [*RULES, rule("X1001", "modifier", **SIDES), rule("X6001", "modifier", **SIDES)]
LEFT, RIGHT = {"laterality": "left"}, {"laterality": "right"}


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        (LEFT, RIGHT, [("RT",)]),
        ({}, RIGHT, [("RT",)]),
        (LEFT, {}, [()]),
        (LEFT, LEFT, [("LT", "XS"), ("59", "LT")]),
        ({}, {}, [("XS",), ("59",)]),
    ],
)
def test_place_that_tells_the_lines_apart_is_enough(
    whole: dict[str, str], part: dict[str, str], expected: list[tuple[str, ...]]
) -> None:
    assert choices({**WHOLE, **whole}, {**PART, **part, **ELSEWHERE}, rules=SIDED) == expected


def test_modifier_beside_a_place_that_says_it_already_is_wrong() -> None:
    lines: list[dict[str, Any]] = [{"code": "X1001", "modifiers": ["LT"]}, {"code": "X6001", "modifiers": ["59", "RT"]}]
    result = mark(SIDED, [{**WHOLE, **LEFT}, {**PART, **RIGHT, **ELSEWHERE}], *lines)
    assert [(f.kind, f.element) for f in essential(result)] == [("distinct", "modifier:59")]
    assert "LT and RT" in essential(result)[0].why


# What keeps its line --------------------------------------------------------------------------


@pytest.mark.parametrize(("facet", "value"), [(facet, value) for facet, (value, _) in REASONS.items()])
def test_reason_keeps_the_line_of_a_separate_procedure(facet: str, value: str) -> None:
    rules = [*RULES[:2], rule("X6001", "separate-procedure")]
    there = {"site": "bone"}
    assert accepted_codes(derived(rules, {**WHOLE, **there}, {**PART, **there, facet: value})) == [["X1001", "X6001"]]
    assert accepted_codes(derived(rules, {**WHOLE, **there}, {**PART, **there, facet: "same"})) == [["X1001"]]


@pytest.mark.parametrize(("facet", "value"), [(facet, value) for facet, (value, _) in REASONS.items()])
def test_reason_keeps_the_line_of_a_part(facet: str, value: str) -> None:
    assert accepted_codes(derived([*RULES[:2], INCLUDES], WHOLE, {**PART, facet: value})) == [["X1001", "X6001"]]


# Many choices -----------------------------------------------------------------------------------


def test_where_there_would_be_too_many_claims_the_modifier_is_optional() -> None:
    parts = [{"procedure": f"part {number}", **ELSEWHERE} for number in range(9)]
    rules = [selects("X1001", **WHOLE)]
    for number in range(9):
        rules += [
            selects(f"X600{number}", procedure=f"part {number}"),
            rule(f"X600{number}", "distinct", beside=["X1001"]),
        ]
    derivation = derived(rules, WHOLE, *parts)
    assert len(derivation.accepted) == MOST_CLAIMS
    assert derivation.accepted[0].optional[-1] == ("59", "XS")
    for last in ([], ["59"], ["XS"]):
        lines = [{"code": f"X600{number}", "modifiers": ["59"]} for number in range(8)]
        result = mark(rules, [WHOLE, *parts], {"code": "X1001"}, *lines, {"code": "X6008", "modifiers": last})
        assert result.clean


def test_reason_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ParamError, match="weather"):
        rule("X6001", "distinct", beside=["X1001"], modifiers={"weather": "XX"})
