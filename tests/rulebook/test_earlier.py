"""Procedures on earlier claims, and the days that belong to them."""

from datetime import date, timedelta
from typing import Any

import pytest

from rulebook import Grade
from rulebook.case_format import read_encounter
from rulebook.facts import facts_of
from tests.rulebook.builders import accepted_codes, derived, faults, mark, rule, selects

DAY = date(2024, 3, 1)
OPERATION = selects("X1001", procedure="operation")
VISIT = selects("X5001", procedure="office visit")
SEEN = {"procedure": "office visit"}


def period(days: str, **params: Any) -> list[Any]:
    """An operation with this global period, and the visit that may belong to it."""
    return [OPERATION, VISIT, rule("X1001", "global-period", days=days, visits=SEEN, **params)]


def before(days: int, code: str = "X1001") -> list[dict[str, str]]:
    return [{"code": code, "date": (DAY - timedelta(days=days)).isoformat()}]


def codes(days: str, elapsed: int, **service: str) -> list[list[str]]:
    return accepted_codes(derived(period(days), {**SEEN, **service}, earlier=before(elapsed)))


NOTHING: list[list[str]] = [[]]
ITS_LINE = [["X5001"]]


@pytest.mark.parametrize(("days", "last"), [("000", 0), ("010", 10), ("090", 90)])
def test_period_ends_after_its_days(days: str, last: int) -> None:
    assert codes(days, last) == NOTHING
    assert codes(days, last + 1) == ITS_LINE


@pytest.mark.parametrize("days", ["XXX", "YYY", "ZZZ", "MMM"])
def test_period_without_a_number_of_days_has_no_days_after(days: str) -> None:
    assert codes(days, 0) == ITS_LINE


def test_unrelated_visit_has_its_line() -> None:
    assert codes("090", 30, relation="unrelated") == ITS_LINE


def test_visit_of_its_own_is_no_exception_in_the_days_after() -> None:
    rules = period("090", apart={"visit": "significant"})
    seen = {**SEEN, "visit": "significant"}
    assert accepted_codes(derived(rules, seen, earlier=before(30))) == NOTHING
    assert accepted_codes(derived(rules, seen, earlier=before(0))) == ITS_LINE


def test_page_decides_what_unrelated_means() -> None:
    rules = period("090", unrelated={"reason": "injury"})
    assert accepted_codes(derived(rules, {**SEEN, "reason": "injury"}, earlier=before(30))) == ITS_LINE
    assert accepted_codes(derived(rules, {**SEEN, "relation": "unrelated"}, earlier=before(30))) == NOTHING


def test_earlier_code_without_a_page_includes_nothing() -> None:
    assert accepted_codes(derived(period("090"), SEEN, earlier=before(3, "Z9999"))) == ITS_LINE


def test_other_service_of_the_same_day_keeps_its_line() -> None:
    rules = [*period("090"), selects("X2001", procedure="x-ray")]
    assert accepted_codes(derived(rules, SEEN, {"procedure": "x-ray"}, earlier=before(3))) == [["X2001"]]


def test_undecided_visit_is_included_as_well() -> None:
    rules = [OPERATION, selects("X5001", procedure="office visit", status="new"), *period("090")[2:]]
    derivation = derived(rules, SEEN, earlier=before(3))
    assert accepted_codes(derivation) == NOTHING
    assert derivation.undecided == ()


def test_undecided_service_beside_an_included_visit_still_waits() -> None:
    rules = [*period("090"), selects("X2001", procedure="x-ray", views="two")]
    derivation = derived(rules, SEEN, {"procedure": "x-ray"}, earlier=before(3))
    assert accepted_codes(derivation) == NOTHING
    assert [one.service for one in derivation.undecided] == [1]


# Grading -------------------------------------------------------------------------------------


def visit_after(*lines: dict[str, Any], **facts: Any) -> Grade:
    return mark(period("090"), [SEEN], *lines, **{"earlier": before(10), **facts})


def test_claim_without_lines_is_right_when_there_is_nothing_to_report() -> None:
    result = visit_after()
    assert result.clean
    assert result.element_accuracy == 1.0
    assert [(f.kind, f.outcome, f.element, f.facts) for f in result.findings] == [
        ("global-period", "kept", "service:0", ("earlier.0", "services.0.procedure"))
    ]


def test_included_visit_is_found_with_the_procedure_its_day_and_its_days() -> None:
    result = visit_after({"code": "X5001"})
    assert faults(result) == [("extra", "code", 1)]
    finding = result.findings[0]
    assert finding.cites is not None
    assert (finding.rule, finding.cites.code) == ("X1001/global-period", "X1001")
    assert finding.facts[0] == "earlier.0"
    assert all(word in finding.why for word in ("X1001 of 2024-02-20", "90 days", "10 days later"))
    assert result.element_accuracy == 0.0


def test_visit_on_the_day_of_an_earlier_procedure_is_told_like_one_beside_it() -> None:
    why = visit_after({"code": "X5001"}, earlier=before(0)).findings[0].why
    assert "the visit around it is part of it" in why


def test_earlier_procedure_reported_again_is_added_work() -> None:
    assert faults(visit_after({"code": "X1001"})) == [("extra", "code", 1)]


def test_latest_of_two_procedures_is_named() -> None:
    rules = [*period("090"), selects("X1002", procedure="other operation")]
    rules.append(rule("X1002", "global-period", days="090", visits=SEEN))
    result = mark(rules, [SEEN], {"code": "X5001"}, earlier=[*before(20), *before(5, "X1002")])
    assert result.findings[0].rule == "X1002/global-period"


def test_earlier_procedure_is_a_fact_of_the_encounter() -> None:
    encounter = read_encounter({"date_of_service": "2024-03-01", "services": [SEEN], "earlier": before(10)})
    assert facts_of(encounter)["earlier.0"] == "X1001 of 2024-02-20"
