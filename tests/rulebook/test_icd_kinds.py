"""The conventions of ICD-10-CM: what goes onto the line, what stays off it, and in which order."""

from typing import Any

import pytest

from rulebook.icd import covers, seventh, stem
from rulebook.params import ParamError
from rulebook.types import Finding, Grade, Rule
from tests.rulebook.builders import derived, essential, faults, mark, rule, selects

COLD = {"procedure": "ablation", "site": "bone"}
FREEZES = selects("X1001", **COLD)


def page(supports: list[str], *notes: Rule) -> list[Rule]:
    return [FREEZES, rule("X1001", "diagnosis", supports=supports), *notes]


def pointed(rules: list[Rule], *diagnoses: str, **facets: str) -> tuple[str, ...]:
    """What the accepted line points to when the note gives these diagnoses."""
    return derived(rules, {**COLD, **facets}, diagnoses=diagnoses).accepted[0].claim.lines[0].diagnoses


def marked(rules: list[Rule], note: list[str], entered: list[str], **facets: str) -> Grade:
    return mark(rules, [{**COLD, **facets}], {"code": "X1001", "diagnoses": entered}, diagnoses=note)


def told(result: Grade) -> list[tuple[str, str, str]]:
    """(kind, outcome, element) of every finding that is not kept."""
    return [(f.kind, f.outcome.value, f.element) for f in result.findings if f.outcome != "kept"]


def finding(result: Grade, element: str) -> Finding:
    return next(one for one in result.findings if one.element == element and one.outcome != "kept")


# How codes are written -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "code", "stands"),
    [
        ("C79.51", "C79.51", True),
        ("C79.51", "C79.5", False),
        ("C40.-", "C40.01", True),
        ("C40.-", "C40", False),
        ("C40.0-", "C40.11", False),
        ("C00-D49", "C64.1", True),
        ("C00-D49", "D49.2", True),
        ("C00-D49", "C7A.00", True),
        ("C00-D49", "D50.9", False),
        ("C00-D49", "B99.9", False),
    ],
)
def test_entry_stands_for_a_code_for_all_below_it_or_for_a_block(entry: str, code: str, stands: bool) -> None:
    assert covers(entry, code) is stands


@pytest.mark.parametrize(
    ("code", "character", "rest"),
    [("S83.241A", "A", "S83.241"), ("S83.241", "", "S83.241"), ("T14.8XXD", "D", "T14.8XX"), ("I10", "", "I10")],
)
def test_code_has_a_stem_and_perhaps_a_seventh_character(code: str, character: str, rest: str) -> None:
    assert (seventh(code), stem(code)) == (character, rest)


# Excludes ------------------------------------------------------------------------------------

SCIATICA = rule("X1001", "excludes", keeps=["M54.4-"], drops=["M54.5-"])
BACKS = page(["M54.4-", "M54.5-"], SCIATICA)


def test_diagnosis_that_is_shut_out_stays_off_the_line() -> None:
    assert pointed(BACKS, "M54.50", "M54.41") == ("M54.41",)


def test_diagnosis_without_the_one_that_shuts_it_out_stays() -> None:
    assert pointed(BACKS, "M54.50") == ("M54.50",)


def test_both_of_a_pair_are_one_fault_on_the_one_that_goes() -> None:
    result = marked(BACKS, ["M54.50", "M54.41"], ["M54.50", "M54.41"])
    assert told(result) == [("excludes", "extra", "diagnosis:M54.50")]
    assert finding(result, "diagnosis:M54.50").facts == ("diagnoses.1", "diagnoses.0")


def test_the_wrong_one_of_a_pair_is_explained_on_both() -> None:
    result = marked(BACKS, ["M54.50", "M54.41"], ["M54.50"])
    assert {kind for kind, *_ in told(result)} == {"excludes"}
    assert not result.clean


def test_excludes_says_nothing_of_a_diagnosis_that_is_not_in_the_note() -> None:
    result = marked(BACKS, ["M54.41"], ["M54.41", "M54.50"])
    assert told(result) == [("diagnosis", "extra", "diagnosis:M54.50")]


def test_rule_that_drops_everything_keeps_what_it_names() -> None:
    wide = rule("X1001", "excludes", keeps=["M54.41"], drops=["M54.-"])
    assert pointed(page(["M54.-"], wide), "M54.41", "M54.42", "M54.50") == ("M54.41",)


# Code first ----------------------------------------------------------------------------------

KIDNEY = rule("X1001", "code-first", manifestations=["D63.1"], underlying=["N18.-"])
TUMOR = rule("X1001", "code-first", 2, manifestations=["D63.0"], underlying=["C00-D49"])
ANEMIAS = page(["D63.-"], KIDNEY, TUMOR)


def test_disease_is_on_the_line_although_the_list_does_not_have_it() -> None:
    assert pointed(ANEMIAS, "D63.1", "I10", "N18.31") == ("N18.31", "D63.1")


def test_disease_without_its_manifestation_is_left_to_the_list() -> None:
    assert pointed(page(["D63.-", "I10"], KIDNEY), "I10", "N18.31") == ("I10",)


def test_each_manifestation_follows_its_own_disease() -> None:
    assert pointed(ANEMIAS, "D63.1", "D63.0", "N18.31", "C64.2") == ("N18.31", "D63.1", "C64.2", "D63.0")


def test_disease_brought_along_is_no_diagnosis_off_the_list() -> None:
    assert marked(ANEMIAS, ["N18.31", "D63.1"], ["N18.31", "D63.1"]).clean


def test_missing_disease_is_essential() -> None:
    result = marked(ANEMIAS, ["N18.31", "D63.1"], ["D63.1"])
    assert told(result) == [("code-first", "missing", "diagnosis:N18.31")]
    assert not result.clean


def test_manifestation_in_first_place_leaves_the_claim_clean_and_is_said() -> None:
    result = marked(ANEMIAS, ["N18.31", "D63.1"], ["D63.1", "N18.31"])
    assert told(result) == [("code-first", "broken", "sequence:D63.1")]
    assert (result.clean, result.element_accuracy) == (True, 1.0)
    assert finding(result, "sequence:D63.1").category == "sequencing"


def test_two_manifestations_out_of_place_are_two_findings() -> None:
    note = ["D63.1", "D63.0", "N18.31", "C64.2"]
    assert [element for *_, element in told(marked(ANEMIAS, note, note))] == ["sequence:D63.1", "sequence:D63.0"]


def test_manifestation_missing_beside_its_disease_is_left_to_the_list() -> None:
    result = marked(ANEMIAS, ["N18.31", "D63.1"], ["N18.31"])
    assert told(result) == [("diagnosis", "missing", "diagnosis:D63.1")]
    assert not result.clean


def test_manifestation_whose_disease_the_note_does_not_give_cannot_be_clean() -> None:
    result = marked(ANEMIAS, ["D63.1"], ["D63.1"])
    assert [f.kind for f in essential(result)] == ["code-first"]
    assert essential(result)[0].fix == "Ask the provider for the disease that D63.1 comes from."


# Use additional ------------------------------------------------------------------------------

DRUGS = rule("X1001", "use-additional", **{"with": ["E11.-"]}, add=["Z79.4", "Z79.84"])
STAGE = rule("X1001", "use-additional", 2, **{"with": ["I12.-"]}, add=["N18.-"])
DIABETES = page(["E11.-", "I12.-"], DRUGS, STAGE)


def test_additional_diagnosis_of_the_note_follows_the_one_that_asks_for_it() -> None:
    assert pointed(DIABETES, "Z79.84", "E11.9", "I10") == ("E11.9", "Z79.84")


def test_additional_diagnosis_alone_is_not_asked_for() -> None:
    assert pointed(page(["E11.-", "I10"], DRUGS), "I10", "Z79.4") == ("I10",)


def test_two_notes_that_ask_for_more_do_not_disturb_each_other() -> None:
    note = ("N18.31", "Z79.4", "E11.22", "I12.9")
    assert pointed(DIABETES, *note) == ("E11.22", "I12.9", "Z79.4", "N18.31")


def test_missing_additional_diagnosis_is_essential() -> None:
    result = marked(DIABETES, ["E11.9", "Z79.84"], ["E11.9"])
    assert told(result) == [("use-additional", "missing", "diagnosis:Z79.84")]
    assert not result.clean


def test_additional_diagnosis_in_first_place_leaves_the_claim_clean_and_is_said() -> None:
    result = marked(DIABETES, ["E11.9", "Z79.84"], ["Z79.84", "E11.9"])
    assert told(result) == [("use-additional", "broken", "sequence:Z79.84")]
    assert result.clean


def test_additional_diagnosis_alone_on_the_line_does_not_support_it() -> None:
    result = marked(DIABETES, ["E11.9", "Z79.84"], ["Z79.84"])
    assert told(result) == [("diagnosis", "missing", "diagnosis:E11.9")]
    assert not result.clean


def test_chain_of_notes_is_put_in_one_order() -> None:
    rules = page(["D63.-", "I12.-"], KIDNEY, STAGE)
    assert pointed(rules, "D63.1", "N18.31", "I12.9") == ("I12.9", "N18.31", "D63.1")


def test_rules_in_a_circle_leave_the_order_of_the_note() -> None:
    circle = [
        rule("X1001", "use-additional", 1, **{"with": ["E11.9"]}, add=["I10"]),
        rule("X1001", "use-additional", 2, **{"with": ["I10"]}, add=["E11.9"]),
    ]
    assert pointed(page(["E11.9", "I10"], *circle), "I10", "E11.9") == ("I10", "E11.9")


# Seventh character ---------------------------------------------------------------------------

PHASES = {"active treatment": ["A"], "routine healing": ["D"], "sequela": ["S"]}
TEAR = rule("X1001", "seventh-character", below=["S83.2-"], characters=PHASES)
KNEES = page(["S83.2-", "M23.2-"], TEAR)
ACTIVE, HEALING = {"phase": "active treatment"}, {"phase": "routine healing"}


def test_code_of_six_characters_is_completed_for_the_phase() -> None:
    assert pointed(KNEES, "S83.241", **ACTIVE) == ("S83.241A",)
    assert pointed(KNEES, "S83.241", **HEALING) == ("S83.241D",)


def test_character_of_another_phase_is_replaced() -> None:
    assert pointed(KNEES, "S83.241A", **HEALING) == ("S83.241D",)


def test_code_that_is_too_short_for_a_character_is_not_guessed_at() -> None:
    assert pointed(KNEES, "S83.24", **ACTIVE) == ("S83.24",)
    assert not marked(KNEES, ["S83.24"], ["S83.24"], **ACTIVE).clean


def test_code_that_needs_no_character_is_left_alone() -> None:
    assert pointed(KNEES, "M23.221", **ACTIVE) == ("M23.221",)


def test_same_injury_given_twice_is_one_diagnosis() -> None:
    assert pointed(KNEES, "S83.241", "S83.241A", **ACTIVE) == ("S83.241A",)


@pytest.mark.parametrize("entered", ["S83.241", "S83.241D", "S83.241S"])
def test_wrong_ending_is_explained_on_both_sides_by_the_phase(entered: str) -> None:
    result = marked(KNEES, ["S83.241"], [entered], **ACTIVE)
    assert sorted(told(result)) == [
        ("seventh-character", "extra", f"diagnosis:{entered}"),
        ("seventh-character", "missing", "diagnosis:S83.241A"),
    ]
    assert finding(result, f"diagnosis:{entered}").fix == f"Report S83.241A instead of {entered}."
    assert finding(result, "diagnosis:S83.241A").facts == ("services.0.phase", "diagnoses.0")


def test_another_injury_with_the_right_ending_is_left_to_the_list() -> None:
    result = marked(KNEES, ["S83.241A"], ["S83.242A"], **ACTIVE)
    assert {kind for kind, *_ in told(result)} == {"diagnosis"}


def test_complete_code_stands_where_the_phase_is_not_said() -> None:
    assert marked(KNEES, ["S83.241A"], ["S83.241A"]).clean


def test_cut_code_cannot_be_clean_where_the_phase_is_not_said() -> None:
    result = marked(KNEES, ["S83.241"], ["S83.241"])
    assert [(f.kind, f.outcome) for f in essential(result)] == [("seventh-character", "broken")]


def test_services_in_two_phases_say_none() -> None:
    services = [{**COLD, **ACTIVE}, {**COLD, **HEALING}]
    derivation = derived(KNEES, *services, diagnoses=["S83.241A"])
    assert derivation.accepted[0].claim.lines[0].diagnoses == ("S83.241A",)


def test_phase_with_several_characters_takes_the_one_of_the_note() -> None:
    fracture = rule("X1001", "seventh-character", below=["S52.5-"], characters={"active treatment": ["A", "B", "C"]})
    assert pointed(page(["S52.5-"], fracture), "S52.501B", **ACTIVE) == ("S52.501B",)
    assert pointed(page(["S52.5-"], fracture), "S52.501", **ACTIVE) == ("S52.501",)


def test_phase_of_a_service_that_is_always_in_one_need_not_be_in_the_note() -> None:
    surgery = rule("X1001", "seventh-character", below=["S83.2-"], characters=PHASES, always="active treatment")
    rules = page(["S83.2-"], surgery)
    assert pointed(rules, "S83.241") == ("S83.241A",)
    result = marked(rules, ["S83.241"], ["S83.241D"])
    assert finding(result, "diagnosis:S83.241D").facts == ("services.0.procedure", "diagnoses.0")


# Laterality ----------------------------------------------------------------------------------

SIDES = rule(
    "X1001", "laterality", sides={"right": ["C64.1", "S83.241-", "C34.11"], "left": ["C64.2", "S83.242-", "C34.12"]}
)
PAIRED = page(["C64.-", "S83.2-", "C34.-"], SIDES)
RIGHT, LEFT = {"laterality": "right"}, {"laterality": "left"}


def test_diagnosis_of_the_other_side_stays_off_the_line() -> None:
    assert pointed(PAIRED, "C64.1", "C64.2", **RIGHT) == ("C64.1",)
    assert pointed(PAIRED, "C64.1", "C64.2", **LEFT) == ("C64.2",)


@pytest.mark.parametrize("facets", [{}, {"laterality": "bilateral"}])
def test_without_one_side_both_diagnoses_stay(facets: dict[str, str]) -> None:
    assert pointed(PAIRED, "C64.1", "C64.2", **facets) == ("C64.1", "C64.2")


def test_both_sides_in_one_session_keep_both_diagnoses() -> None:
    services: list[dict[str, Any]] = [{**COLD, **RIGHT}, {**COLD, **LEFT}]
    derivation = derived(PAIRED, *services, diagnoses=["C64.1", "C64.2"])
    assert derivation.accepted[0].claim.lines[0].diagnoses == ("C64.1", "C64.2")


def test_diagnosis_that_names_no_side_is_left_alone() -> None:
    assert pointed(PAIRED, "C64.9", **RIGHT) == ("C64.9",)


def test_other_side_instead_is_explained_on_both_diagnoses() -> None:
    result = marked(PAIRED, ["C64.1"], ["C64.2"], **RIGHT)
    assert {(kind, outcome) for kind, outcome, _ in told(result)} == {
        ("laterality", "extra"),
        ("laterality", "missing"),
    }
    assert finding(result, "diagnosis:C64.2").facts == ("services.0.laterality", "diagnoses")


def test_missing_diagnosis_without_another_side_is_left_to_the_list() -> None:
    result = marked(PAIRED, ["C64.1", "C34.11"], ["C34.11"], **RIGHT)
    assert told(result) == [("diagnosis", "missing", "diagnosis:C64.1")]


def test_note_that_has_only_the_other_side_cannot_be_clean() -> None:
    result = marked(PAIRED, ["C64.2"], ["C64.2"], **RIGHT)
    assert faults(result) == [("broken", "diagnosis:C64.2", 1)]
    assert essential(result)[0].fix == "Ask the provider which of the two is meant."


@pytest.mark.parametrize(("one", "other"), [("C64.1", "C64.2"), ("S83.242A", "S83.241A"), ("I10", "I10")])
def test_mirrored_diagnosis_stands_at_the_same_place_of_the_other_side(one: str, other: str) -> None:
    assert SIDES.params.mirrored(one) == other


def test_rule_may_go_by_another_facet_than_the_side() -> None:
    joints = rule("X1001", "laterality", facet="joint", sides={"knee": ["M17.-"], "hip": ["M16.-"]})
    rules = page(["M16.-", "M17.-"], joints)
    assert pointed(rules, "M16.11", "M17.11", joint="knee") == ("M17.11",)
    result = marked(rules, ["M16.11", "M17.11"], ["M17.11", "M16.11"], joint="knee")
    assert finding(result, "diagnosis:M16.11").why.startswith("M16.11 is for the hip; the service was on the knee.")


# Parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "params", "field"),
    [
        ("excludes", {"keeps": [], "drops": ["M54.5-"]}, "keeps"),
        ("excludes", {"keeps": ["M54.4-"], "drops": []}, "drops"),
        ("code-first", {"manifestations": [], "underlying": ["N18.-"]}, "manifestations"),
        ("code-first", {"manifestations": ["D63.1"], "underlying": []}, "underlying"),
        ("use-additional", {"with": [], "add": ["Z79.4"]}, "with"),
        ("use-additional", {"with": ["E11.-"], "add": []}, "add"),
        ("seventh-character", {"below": [], "characters": {"active treatment": "A"}}, "below"),
        ("seventh-character", {"below": ["S83.2-"], "characters": {}}, "characters"),
        ("seventh-character", {"below": ["S83.2-"], "characters": {"sequela": "S"}, "always": "healing"}, "always"),
        ("laterality", {"sides": {"left": "C64.2"}}, "sides"),
    ],
)
def test_parameters_that_say_nothing_are_refused_by_name(kind: str, params: dict[str, Any], field: str) -> None:
    with pytest.raises(ParamError) as error:
        rule("X1001", kind, **params)
    assert error.value.field == field
