"""Both scores and the findings behind them, on small cases with imaginary codes."""

from contextlib import suppress
from typing import Any

import pytest

from rulebook import Grade
from rulebook.case_format import CaseError, write_grade
from rulebook.params import ParamError
from rulebook.types import CodeFacts, DocumentationItem, Rule
from tests.rulebook.builders import essential, faults, mark, rule, selects

COLD = {"procedure": "ablation", "site": "bone", "technique": "cryoablation"}
GUIDED = {"procedure": "imaging guidance", "modality": "ultrasound"}
FREEZES = selects("X1001", **COLD)
HEATS = selects("X1002", procedure="ablation", site="bone", technique="radiofrequency")
GUIDES = selects("X2001", **GUIDED)
INCLUDED = rule("X1001", "not-with", codes=["X2001"], service={"procedure": "imaging guidance"})
BONE = rule("X1001", "diagnosis", supports=["C79.51"])
ONE_OR_MORE = rule("X1001", "units", counts="one or more", noun="tumors")


def score(result: Grade) -> tuple[int, int, int]:
    """(required, kept, extra)"""
    counts = result.counts
    return counts.required, counts.kept, counts.extra


# The worked example of the case format -------------------------------------------------

SHOWN = ["diagnosis", "procedure-details", "date", "times", "tumor-details", "probe-position", "progress", "signature"]
PAGE = CodeFacts(number="X1001", documentation=tuple(DocumentationItem(slug=slug, text=slug) for slug in SHOWN))
PAGE_RULES = [FREEZES, GUIDES, INCLUDED, BONE, ONE_OR_MORE, rule("X1001", "documentation")]
SERVICES = [{**COLD, "approach": "percutaneous", "count": 3}, {**GUIDED, "for": "ablation"}]
RIGHT = {"code": "X1001", "units": 1, "modifiers": [], "diagnoses": ["C79.51"]}


def worked_example(*lines: dict[str, Any]) -> dict[str, Any]:
    facts = {"patient": {"age": 61, "sex": "F"}, "place_of_service": "22", "diagnoses": ["C79.51"], "documented": SHOWN}
    return write_grade(mark(PAGE_RULES, SERVICES, *lines, codes=[PAGE], **facts))


def test_worked_example_without_the_included_line_is_clean() -> None:
    result = worked_example(RIGHT)
    assert result["clean"] is True
    assert result["element_accuracy"] == 1.0
    assert result["accepted"] == [{"lines": [RIGHT]}]


def test_worked_example_loses_a_third_to_the_included_line() -> None:
    result = worked_example(RIGHT, {"code": "X2001"})
    assert result["clean"] is False
    assert result["element_accuracy"] == 0.67
    assert result["counts"] == {"required": 3, "kept": 3, "extra": 1}
    assert result["accepted"] == [{"lines": [RIGHT]}]


def test_worked_example_has_exactly_the_finding_of_the_case_format() -> None:
    finding = worked_example(RIGHT, {"code": "X2001"})["findings"][0]
    assert finding.pop("why")
    assert finding.pop("fix")
    assert finding == {
        "rule": "X1001/not-with", "kind": "not-with", "outcome": "extra", "severity": "essential",
        "category": "unbundling", "element": "code", "line": 2, "code": "X2001", "yours": "X2001", "accepted": None,
        "facts": ["services.1.procedure"], "cites": {"code": "X1001", "section": "billing"},
    }  # fmt: skip


def test_worked_example_has_no_other_fault() -> None:
    findings = worked_example(RIGHT, {"code": "X2001"})["findings"]
    assert [finding["outcome"] for finding in findings[1:]] == ["kept"] * (len(findings) - 1)


# Units -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("milligrams", "units"), [(1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (25, 3), (100, 10)])
def test_begun_unit_of_a_drug_is_a_whole_one(milligrams: int, units: int) -> None:
    rules = [selects("X7001", procedure="drug supply"), rule("X7001", "units", counts="each", noun="mg", per=10)]
    result = mark(rules, [{"procedure": "drug supply", "count": milligrams}], {"code": "X7001", "units": units})
    assert result.accepted[0].lines[0].units == units
    assert result.clean
    said = f"one unit for every 10 mg, rounded up; the note shows {milligrams}"
    assert any(said in finding.why for finding in result.findings)


@pytest.mark.parametrize("params", [{"counts": "each", "per": 0}, {"counts": "one or more", "per": 10}])
def test_measure_that_makes_no_sense_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ParamError, match="per"):
        rule("X7001", "units", **params)


# What a difference costs ---------------------------------------------------------------


def mark_bone(*lines: dict[str, Any]) -> Grade:
    """Three tumors frozen, then guidance that has its own line; one diagnosis."""
    rules = [FREEZES, HEATS, GUIDES, BONE, ONE_OR_MORE]
    return mark(rules, [{**COLD, "count": 3}, GUIDED], *lines, diagnoses=["C79.51"])


FREEZING = {"code": "X1001", "diagnoses": ["C79.51"]}
GUIDING = {"code": "X2001"}


def test_right_claim_keeps_everything() -> None:
    result = mark_bone(FREEZING, GUIDING)
    assert result.clean
    assert score(result) == (5, 5, 0)


def test_wrong_code_takes_its_whole_line() -> None:
    result = mark_bone({**FREEZING, "code": "X1002"}, GUIDING)
    assert faults(result) == [("broken", "code", 1)]
    assert score(result) == (5, 2, 0)


def test_missing_line_takes_its_whole_line() -> None:
    result = mark_bone(GUIDING)
    assert faults(result) == [("missing", "code", None)]
    assert score(result) == (5, 2, 0)


def test_wrong_units_cost_one_element() -> None:
    result = mark_bone({**FREEZING, "units": 3}, GUIDING)
    assert faults(result) == [("broken", "units", 1)]
    assert score(result) == (5, 4, 0)


def test_missing_diagnosis_costs_one_element() -> None:
    result = mark_bone({**FREEZING, "diagnoses": []}, GUIDING)
    assert faults(result) == [("missing", "diagnosis:C79.51", 1)]
    assert score(result) == (5, 4, 0)


def test_added_diagnosis_costs_one_element() -> None:
    result = mark_bone({**FREEZING, "diagnoses": ["C79.51", "C79.52"]}, GUIDING)
    assert faults(result) == [("extra", "diagnosis:C79.52", 1)]
    assert score(result) == (5, 5, 1)


def test_same_line_twice_is_one_too_many() -> None:
    result = mark_bone(FREEZING, GUIDING, GUIDING)
    assert faults(result) == [("extra", "code", 3)]
    assert score(result) == (5, 5, 1)


def test_empty_claim_scores_nothing() -> None:
    result = mark_bone()
    assert score(result) == (5, 0, 0)
    assert result.element_accuracy == 0.0


def test_accuracy_never_falls_below_nothing() -> None:
    result = mark_bone(*[{"code": "X1002"}] * 9)
    assert result.counts.extra > result.counts.kept
    assert result.element_accuracy == 0.0


def test_each_counts_every_one_of_several_services() -> None:
    rules = [FREEZES, rule("X1001", "units", counts="each", noun="tumors")]
    assert mark(rules, [{**COLD, "count": 3}, COLD], {"code": "X1001", "units": 4}).clean
    assert faults(mark(rules, [{**COLD, "count": 3}, COLD], {"code": "X1001", "units": 3})) == [("broken", "units", 1)]


def test_diagnosis_given_twice_in_the_note_counts_once() -> None:
    result = mark([FREEZES, BONE], [COLD], FREEZING, diagnoses=["C79.51", "C79.51"])
    assert score(result) == (3, 3, 0)


def test_unsupported_diagnosis_of_the_note_is_not_recommended() -> None:
    result = mark([FREEZES, BONE], [COLD], {"code": "X1001"}, diagnoses=["C79.52"])
    assert not [finding for finding in result.findings if finding.fix == "Point the line to C79.52."]


# Several acceptable claims ---------------------------------------------------------------

EITHER = [FREEZES, selects("X1003", **COLD), rule("X1003", "units", counts="each", noun="tumors")]


@pytest.mark.parametrize("line", [{"code": "X1001"}, {"code": "X1003", "units": 3}])
def test_each_alternative_is_accepted(line: dict[str, Any]) -> None:
    result = mark(EITHER, [{**COLD, "count": 3}], line)
    assert result.clean
    assert faults(result) == []
    assert len(result.accepted) == 2


def test_closest_alternative_is_the_measure() -> None:
    result = mark(EITHER, [{**COLD, "count": 3}], {"code": "X1003", "units": 2})
    assert faults(result) == [("broken", "units", 1)]
    assert result.findings[0].accepted == "3"
    assert result.accepted[0].lines[0].code == "X1003"


def test_alternative_with_many_other_faults_is_still_an_accepted_code() -> None:
    line = {"code": "X1003", "units": 9, "modifiers": ["25", "59", "LT", "RT"]}
    assert ("broken", "code", 1) not in faults(mark(EITHER, [{**COLD, "count": 3}], line))


def test_both_alternatives_for_one_service_are_not_said_to_be_without_one() -> None:
    result = mark(EITHER, [COLD], {"code": "X1001"}, {"code": "X1003"})
    assert faults(result) == [("extra", "code", 2)]
    assert "Nothing in the note" not in result.findings[0].why


# What the rules cannot decide ------------------------------------------------------------


def unclear(result: Grade) -> list[tuple[str, int | None]]:
    return [(finding.element, finding.line) for finding in result.findings if finding.outcome == "unclear"]


def test_undecided_service_is_unclear_and_leaves_the_score_alone() -> None:
    result = mark([FREEZES, HEATS, GUIDES], [GUIDED, {"procedure": "ablation", "site": "bone"}], GUIDING)
    assert unclear(result) == [("service:1", None)]
    assert result.clean
    assert score(result) == (2, 2, 0)


def test_line_that_an_undecided_service_may_need_is_unclear() -> None:
    services = [GUIDED, {"procedure": "ablation", "site": "bone"}]
    result = mark([FREEZES, HEATS, GUIDES], services, GUIDING, {"code": "X1002"})
    assert ("code", 2) in unclear(result)
    assert score(result) == (2, 2, 0)


def test_service_without_any_code_is_unclear() -> None:
    result = mark([FREEZES], [COLD, {"procedure": "biopsy"}], {"code": "X1001"})
    assert unclear(result) == [("service:1", None)]
    assert score(result) == (2, 2, 0)


def test_service_that_does_not_name_its_procedure_is_unclear() -> None:
    result = mark([FREEZES], [{"site": "bone"}])
    assert unclear(result) == [("service:0", None)]
    assert result.clean


def test_add_on_beside_an_undecided_primary_is_unclear() -> None:
    mapping = [selects("X0001", procedure="mapping"), rule("X0001", "add-on", primaries=["X1001"])]
    services = [{"procedure": "ablation", "site": "bone"}, {"procedure": "mapping"}]
    result = mark([FREEZES, *mapping], services, {"code": "X1001"}, {"code": "X0001"})
    assert ("code", 2) in unclear(result)
    assert result.clean


def test_unknown_code_on_an_extra_line_is_unclear() -> None:
    result = mark([FREEZES], [COLD], {"code": "X1001"}, {"code": "Z9999"})
    assert unclear(result) == [("code", 2)]
    assert result.clean
    assert score(result) == (2, 2, 0)


def test_unknown_code_in_place_of_the_right_one_is_wrong() -> None:
    result = mark([FREEZES], [COLD], {"code": "Z9999"})
    assert faults(result) == [("broken", "code", 1)]
    assert not result.clean


def test_modifier_that_no_rule_speaks_of_is_unclear() -> None:
    result = mark([FREEZES], [COLD], {"code": "X1001", "modifiers": ["59"]})
    assert unclear(result) == [("modifier:59", 1)]
    assert score(result) == (2, 2, 0)


def test_units_that_no_rule_speaks_of_are_unclear() -> None:
    result = mark([FREEZES], [COLD], {"code": "X1001", "units": 2})
    assert unclear(result) == [("units", 1)]
    assert score(result) == (1, 1, 0)


def test_facet_with_a_point_in_its_name_is_refused_or_harmless() -> None:
    with suppress(CaseError):
        assert unclear(mark([FREEZES], [{"procedure": "biopsy", "a.b": "c"}])) == [("service:0", None)]
    with suppress(CaseError):
        assert unclear(mark([FREEZES], [{"a.b": "c"}])) == [("service:0", None)]


# Wrong codes that are near the right one ----------------------------------------------------


def wrong_code(*rules: Rule, code: str) -> str:
    """Why this code is wrong for a frozen bone tumor."""
    result = mark([FREEZES, *rules], [COLD], {"code": code})
    assert faults(result) == [("broken", "code", 1)]
    return result.findings[0].why


def test_code_that_asks_for_less_is_explained() -> None:
    why = wrong_code(selects("X1009", procedure="ablation", site="bone"), code="X1009")
    assert "cryoablation" in why


def test_code_that_asks_for_more_is_explained() -> None:
    why = wrong_code(selects("X1009", **COLD, approach="open"), code="X1009")
    assert "says ;" not in why
    assert "open" in why


def test_code_for_something_else_is_explained() -> None:
    why = wrong_code(HEATS, code="X1002")
    assert "radiofrequency" in why
    assert "cryoablation" in why


def test_less_specific_code_beside_the_right_one_is_not_said_to_be_without_service() -> None:
    general = selects("X1009", procedure="ablation", site="bone")
    result = mark([FREEZES, general], [COLD], {"code": "X1001"}, {"code": "X1009"})
    assert faults(result) == [("extra", "code", 2)]
    assert "Nothing in the note" not in essential(result)[0].why


# "Nothing in the note shows that" is said only where it is true ----------------------------------

MAPS = [selects("X0001", procedure="mapping"), rule("X0001", "add-on", primaries=["X1001"])]
TWO_WAYS = [
    selects("X1003", procedure="biopsy"),
    selects("X1004", procedure="biopsy"),
    rule("X1003", "not-with", codes=["X2001"]),
    rule("X1004", "not-with", codes=["X2001"], this_code_is_part=True),
]
SHOWN_IN_THE_NOTE = [
    pytest.param(
        [FREEZES, GUIDES, *MAPS],
        [GUIDED, {"procedure": "mapping"}],
        [GUIDING, {"code": "X1001"}, {"code": "X0001"}],
        "X0001",
        id="add-on whose primary was not done",
    ),
    pytest.param(
        [selects("X1009", procedure="ablation"), FREEZES, rule("X1001", "add-on", primaries=["X5000"])],
        [COLD],
        [{"code": "X1009"}],
        "X1009",
        id="code hidden by a more specific add-on that cannot stand",
    ),
    pytest.param(
        [GUIDES, *TWO_WAYS],
        [GUIDED, {"procedure": "biopsy"}],
        [{"code": "X1003"}, {"code": "X2001", "diagnoses": ["C79.51"]}],
        "X1003",
        id="service included under the closest claim by another code",
    ),
]


@pytest.mark.parametrize(("rules", "services", "lines", "code"), SHOWN_IN_THE_NOTE)
def test_service_in_the_note_is_not_denied(rules: list[Rule], services: Any, lines: Any, code: str) -> None:
    whys = [finding.why for finding in mark(rules, services, *lines).findings if finding.code == code]
    assert not [why for why in whys if "Nothing in the note" in why]


def test_missed_service_is_named_by_the_facets_it_has() -> None:
    result = mark([selects("X1001", approach="open")], [{"approach": "open"}])
    assert "shows ." not in result.findings[0].why
