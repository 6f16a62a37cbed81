"""The smallest cases of what the kinds for patients, modifiers, bundling and order got wrong or must keep right."""

from dataclasses import replace
from typing import Any

import pytest

from rulebook.case import Draft
from rulebook.params import ParamError
from rulebook.types import Finding, Rule
from tests.rulebook.builders import Line, accepted_codes, derived, essential, mark, rule, selects

COLD = {"procedure": "ablation", "site": "bone", "technique": "cryoablation"}
TWO = {**COLD, "count": 2}
HOT = {**COLD, "technique": "radiofrequency"}
BIOPSY = {"procedure": "biopsy", "site": "bone"}
VISIT = {"procedure": "office visit"}
APART = {"session": "separate"}
FREEZES = selects("X1001", **COLD)
HEATS = selects("X1002", **HOT)
TAKES_TISSUE = selects("X2001", procedure="biopsy")
SEES = selects("X5001", **VISIT)
COUNTS_ON = rule("X1001", "each-additional", code="X1009")


def codes(rules: list[Rule], *services: dict[str, Any], **facts: Any) -> list[list[str]]:
    return accepted_codes(derived(rules, *services, **facts))


def units(rules: list[Rule], *services: dict[str, Any]) -> dict[str, int]:
    return {line.code: line.units for line in derived(rules, *services).accepted[0].claim.lines}


def told(rules: list[Rule], services: list[dict[str, Any]], *lines: Line, element: str, **facts: Any) -> Finding:
    """The finding about one element."""
    return next(f for f in mark(rules, services, *lines, **facts).findings if f.element == element)


# Each additional ----------------------------------------------------------------------------


def test_deriving_ends_when_the_counting_code_is_an_add_on_of_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    plain = Draft.__init__

    def counted(self: Draft, *args: Any) -> None:
        made.append("draft")
        assert len(made) < 50, "deriving does not end"
        plain(self, *args)

    monkeypatch.setattr(Draft, "__init__", counted)
    assert codes([FREEZES, COUNTS_ON, rule("X1009", "add-on", primaries=["X0001"])], TWO) == [["X1001"]]


def test_counting_code_that_is_not_valid_on_the_day_is_not_accepted() -> None:
    later = rule("X1009", "validity", **{"from": "2025-01-01"})
    assert codes([FREEZES, COUNTS_ON, later], TWO) == [["X1001"]]


def test_counting_code_for_adults_is_not_accepted_for_a_child() -> None:
    adults = rule("X1009", "patient", from_age=18)
    assert codes([FREEZES, COUNTS_ON, adults], TWO, patient={"age": 17}) == [["X1001"]]


def test_counting_code_falls_with_the_first_that_is_part_of_a_later_code() -> None:
    whole = rule("X2001", "not-with", codes=["X1001"])
    assert codes([FREEZES, COUNTS_ON, TAKES_TISSUE, whole], TWO, BIOPSY) == [["X2001"]]


def test_counting_code_counts_only_what_the_first_still_reports() -> None:
    whole = rule("X2001", "not-with", codes=["X1001"])
    rules = [FREEZES, COUNTS_ON, TAKES_TISSUE, whole]
    assert units(rules, COLD, {**TWO, **APART}, BIOPSY) == {"X1001": 1, "X2001": 1, "X1009": 1}


def test_counting_code_falls_with_the_separate_procedure_it_belongs_to() -> None:
    rules = [FREEZES, COUNTS_ON, rule("X1001", "separate-procedure"), TAKES_TISSUE]
    assert codes(rules, TWO, BIOPSY) == [["X2001"]]


def test_separate_procedure_is_no_part_of_its_own_counting_code() -> None:
    assert codes([FREEZES, COUNTS_ON, rule("X1001", "separate-procedure")], TWO) == [["X1001", "X1009"]]


def test_counting_code_is_left_off_beside_the_code_that_includes_it() -> None:
    includes = [selects("X0500", procedure="excision"), rule("X0500", "not-with", codes=["X1009"])]
    assert codes([FREEZES, COUNTS_ON, *includes], TWO, {"procedure": "excision"}) == [["X0500", "X1001"]]


def test_counting_code_with_a_service_of_its_own_counts_that_too() -> None:
    own = [selects("X1009", procedure="mapping"), rule("X1009", "units", counts="each")]
    assert units([FREEZES, COUNTS_ON, *own], TWO, {"procedure": "mapping"}) == {"X1001": 1, "X1009": 2}


@pytest.mark.parametrize(
    ("count", "rest", "right"), [(45, "25 are left", "2 units"), (35, "15 are left", "1 unit")], ids=["45", "35"]
)
def test_units_of_the_counting_code_are_of_what_the_first_leaves(count: int, rest: str, right: str) -> None:
    by_twenty = rule("X1009", "units", counts="each", noun="sq cm", per=20)
    rules = [FREEZES, rule("X1001", "each-additional", code="X1009", included=20, noun="sq cm"), by_twenty]
    service = {**COLD, "count": count}
    assert units(rules, service)["X1009"] == int(right[0])
    found = mark(rules, [service], {"code": "X1001"}, {"code": "X1009", "units": 3}).findings
    said = {finding.kind: finding.why for finding in found if finding.code == "X1009" and finding.element == "units"}
    assert said["each-additional"] == (
        f"The note shows {count} sq cm: X1001 covers 20, and X1009 counts the other {rest[:2]}: "
        f"one unit for every 20 sq cm, rounded up, so {right}."
    )
    alone = mark(rules, [service], {"code": "X1001"}, {"code": "X1009", "units": int(right[0])}).findings
    kept = [finding.why for finding in alone if finding.code == "X1009" and finding.kind == "units"]
    assert kept == [
        f"X1009 is one unit for every 20 sq cm, rounded up; the note shows {count}, "
        f"of which X1001 covers 20, and {rest}, so {right}."
    ]


def test_missing_code_is_not_said_to_have_nothing_to_count() -> None:
    rules = [FREEZES, COUNTS_ON, selects("X1009", procedure="mapping")]
    result = mark(rules, [{"procedure": "mapping"}], {"code": "X1001"})
    assert not [f for f in result.findings if f.outcome == "missing" and "nothing to count" in f.why]


def test_fix_of_another_code_in_place_of_the_counting_one_names_both() -> None:
    result = mark([FREEZES, COUNTS_ON], [TWO], {"code": "X1001"}, {"code": "Z9999"})
    assert [finding.fix for finding in essential(result)] == ["Report X1009 instead of Z9999."]


# Separate procedure -------------------------------------------------------------------------


def test_separate_procedure_is_no_part_of_its_own_add_on() -> None:
    mapping = [selects("X1003", procedure="mapping"), rule("X1003", "add-on", primaries=["X1001"])]
    rules = [FREEZES, rule("X1001", "separate-procedure"), *mapping]
    assert codes(rules, COLD, {"procedure": "mapping", "site": "bone"}) == [["X1001", "X1003"]]


def test_two_separate_procedures_at_one_place_both_stay() -> None:
    rules = [FREEZES, TAKES_TISSUE, rule("X1001", "separate-procedure"), rule("X2001", "separate-procedure")]
    assert codes(rules, COLD, BIOPSY) == [["X1001", "X2001"]]


def test_separate_procedure_in_a_session_apart_has_its_line() -> None:
    rules = [FREEZES, TAKES_TISSUE, rule("X1001", "separate-procedure")]
    assert codes(rules, {**COLD, **APART}, BIOPSY) == [["X1001", "X2001"]]


# Global period ------------------------------------------------------------------------------


def test_visit_beside_a_procedure_to_which_the_global_period_does_not_apply_has_its_line() -> None:
    without = rule("X1001", "global-period", days="XXX", visits={"procedure": ["office visit"]})
    assert codes([FREEZES, SEES, without], COLD, VISIT) == [["X1001", "X5001"]]


# Modifiers ----------------------------------------------------------------------------------

SIDES = rule("X1001", "modifier", facet="laterality", modifiers={"left": ["LT"], "right": ["RT"]}, both=["50"])
BESIDE = rule("X5001", "modifier", facet="visit", modifiers={"significant": ["25"]}, beside_global=["000"])
LEFT, RIGHT = {**COLD, "laterality": "left"}, {**COLD, "laterality": "right"}


def test_modifier_beside_no_procedure_is_not_said_to_lack_the_fact_it_has() -> None:
    line = {"code": "X5001", "modifiers": ["25"]}
    finding = told([SEES, BESIDE], [{**VISIT, "visit": "significant"}], line, element="modifier:25")
    assert "beside a procedure" in finding.why


def test_modifier_for_one_side_beside_both_is_said_to_be_replaced() -> None:
    line = {"code": "X1001", "modifiers": ["50", "LT"]}
    assert "50" in told([FREEZES, SIDES], [LEFT, RIGHT], line, element="modifier:LT").why


def test_modifier_for_both_sides_says_what_it_is_for() -> None:
    line = {"code": "X1001", "modifiers": ["LT", "50"]}
    assert "laterality ." not in told([FREEZES, SIDES], [LEFT], line, element="modifier:50").why


def test_missing_modifier_is_explained_by_the_rule_that_asks_for_it() -> None:
    component = rule("X1001", "modifier", 1, facet="component", modifiers={"part": ["52"]})
    extent = rule("X1001", "modifier", 2, facet="extent", modifiers={"reduced": ["52"]})
    services = [{**COLD, "extent": "reduced"}]
    assert told([FREEZES, component, extent], services, {"code": "X1001"}, element="modifier:52").rule == extent.id


# Sequencing ---------------------------------------------------------------------------------

SUPPORTS = rule("X1001", "diagnosis", supports=["C79.51", "Z51.0"])
FIRST = rule("X1001", "sequencing", first=["Z51.0"])
TURNED = {"code": "X1001", "diagnoses": ["C79.51", "Z51.0"]}


@pytest.mark.parametrize("number", ["a", "z"])
def test_leading_diagnosis_comes_first_whatever_the_rule_is_called(number: str) -> None:
    named = replace(FIRST, id=f"X1001/{number}")
    derivation = derived([FREEZES, SUPPORTS, named], COLD, diagnoses=["C79.51", "Z51.0"])
    assert derivation.accepted[0].claim.lines[0].diagnoses == ("Z51.0", "C79.51")


def test_diagnosis_that_is_not_in_the_note_is_not_asked_to_come_first() -> None:
    result = mark([FREEZES, SUPPORTS, FIRST], [COLD], TURNED, diagnoses=["C79.51"])
    assert [finding.element for finding in result.findings if finding.outcome == "broken"] == []


def test_order_on_a_line_that_must_go_is_not_spoken_of() -> None:
    result = mark([HEATS, FREEZES, FIRST], [HOT], {"code": "X1002"}, TURNED, diagnoses=["C79.51", "Z51.0"])
    assert [finding.element for finding in result.findings if finding.kind == "sequencing"] == []


def test_wrong_order_alone_leaves_the_claim_clean() -> None:
    result = mark([FREEZES, SUPPORTS, FIRST], [COLD], TURNED, diagnoses=["C79.51", "Z51.0"])
    assert result.clean
    assert [f.severity for f in result.findings if f.element == "sequence"] == ["actionable"]


# Patient and redirect -----------------------------------------------------------------------


def test_patient_is_not_said_to_fit_a_code_against_which_the_case_speaks() -> None:
    lines = {"code": "X1001"}, {"code": "X1009"}
    result = mark([FREEZES, COUNTS_ON, rule("X1009", "patient", from_age=18)], [TWO], *lines, patient={"age": 17})
    assert not [finding for finding in result.findings if finding.kind == "patient" and "fit" in finding.why]


def test_ages_turned_round_are_refused() -> None:
    with pytest.raises(ParamError):
        rule("X1001", "patient", from_age=18, to_age=17)


def test_redirect_says_each_value_once() -> None:
    there = rule("X1001", "redirect", when={"technique": ["radiofrequency"]}, to=["X1002"])
    finding = told([FREEZES, HEATS, there], [HOT, HOT], {"code": "X1001"}, element="code")
    assert finding.why.startswith("The note says radiofrequency.")


def test_a_part_on_the_other_side_is_no_part() -> None:
    rules = [
        selects("X1001", procedure="ablation"),
        selects("X2001", procedure="injection"),
        rule("X1001", "not-with", codes=["X2001"], service={"procedure": "injection"}),
    ]
    left, right = {"laterality": "left"}, {"laterality": "right"}
    ablated, injected = {"procedure": "ablation", **left}, {"procedure": "injection"}
    assert accepted_codes(derived(rules, ablated, {**injected, **left})) == [["X1001"]]
    assert accepted_codes(derived(rules, ablated, injected)) == [["X1001"]]
    assert accepted_codes(derived(rules, ablated, {**injected, **right})) == [["X1001", "X2001"]]
    assert accepted_codes(derived(rules, ablated, {"procedure": "ablation", **right}, {**injected, **right})) == [
        ["X1001"]
    ]
