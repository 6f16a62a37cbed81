"""What the article says clearly, and a person still has to accept: one kind of rule after the other."""

from typing import Any

import pytest

from codes.articles.types import Article
from tests.codes.article_words import article_with, kinds, looks, read, rule, rules_of


def billing(text: str) -> Article:
    """Steaming of an antler, and what the billing section says."""
    return read(f"How To Use CPT Code 59991\n\nIt is topical steaming of an antler.\n\nBilling guidelines\n\n{text}\n")


def proposed(kind: str, text: str) -> dict[str, Any]:
    """The parameters of the one rule of a kind, which must wait for a person and say where it comes from."""
    (one,) = rules_of(kind, billing(text))
    assert not one.certain
    assert one.section == "billing"
    assert one.sentence in text
    return one.params


# Redirects ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "For sanding, see 79901.",
        "See 79901 for sanding.",
        "Refer to code 79901 for sanding of antlers.",
        "You can use 79901 instead because sand is used.",
        "If sand was used, you can use 79901 instead.",
        "Report 79901 if sand was used.",
        "When sand is used, report CPT 79901.",
        "Report 79901 if sand is used instead of steam.",
        "Sanding is reported with 79901.",
        "Sanding should be coded using code 79901.",
        "This code should not be used for sanding, see 79901.",
        "59991 is not for sanding; use 79901.",
        "This code does not cover sanding; see 79901.",
    ],
)
def test_a_clear_redirect_is_proposed_with_the_facts_of_its_clause(sentence: str) -> None:
    assert proposed("redirect", sentence) == {"when": {"technique": ["sanding"]}, "to": ["79901"]}


def test_only_facts_that_this_code_does_not_have_lead_elsewhere() -> None:
    params = proposed("redirect", "For steaming of a hoof by the deep approach, see 79901 or 79902.")
    assert params == {"when": {"site": ["hoof"], "approach": ["deep"]}, "to": ["79901", "79902"]}


def test_a_fact_of_which_this_code_has_none_leads_nowhere() -> None:
    found = article_with("Billing guidelines", "For work on a hoof, see 79901.")
    assert "redirect" not in kinds(found)
    assert "79901" in looks(found)


def test_any_of_several_values_leads_to_the_same_code() -> None:
    assert proposed("redirect", "For sanding or acid, see 79901.")["when"] == {"technique": ["sanding", "acid"]}


def test_each_code_has_the_facts_that_stand_beside_it() -> None:
    found = billing("Use 79901 for sanding, 79902 for acid, and 79903 for a hoof. For deep work, see 79904.")
    assert [(one.slug, one.params["when"]) for one in rules_of("redirect", found)] == [
        ("redirect-79901", {"technique": ["sanding"]}),
        ("redirect-79902", {"technique": ["acid"]}),
        ("redirect-79903", {"site": ["hoof"]}),
        ("redirect-79904", {"approach": ["deep"]}),
    ]


def test_the_same_redirect_twice_is_one_rule_and_no_complaint() -> None:
    found = billing("For sanding, see 79901. Report 79901 if sand was used.")
    assert len(rules_of("redirect", found)) == 1
    assert "no rule was made" not in looks(found)


def test_what_else_is_said_of_a_code_with_a_redirect_is_still_shown() -> None:
    found = billing("For sanding, see 79901. Report 79901 if the antler is large.")
    assert len(rules_of("redirect", found)) == 1
    assert "Report 79901 if the antler is large." in looks(found)


def test_two_redirects_to_one_code_have_slugs_of_their_own() -> None:
    found = billing("For sanding, see 79901. For a hoof, see 79901.")
    assert [one.slug for one in rules_of("redirect", found)] == ["redirect-79901", "redirect-79901-2"]


# Add-ons --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "params"),
    [
        ("The add-on code 79901 can be used for each additional spot.", {"noun": "spots"}),
        ("For each additional spot, report 79901.", {"noun": "spots"}),
        ("Use add-on code 79901 for every additional antler spot treated.", {"noun": "antler spots"}),
        ("Report 59991 for the first spot and 79901 for each additional spot.", {"noun": "spots"}),
        ("79901 is an add-on code for each additional biopsy.", {"noun": "biopsies"}),
        ("79901 should be reported in addition to 59991 for each additional mass.", {"noun": "masses"}),
        ("Use 79901 for each additional spot beyond the first three.", {"noun": "spots", "included": 3}),
        (
            "Use 79901 for each additional 20 square centimeters after the first 20 square centimeters.",
            {"noun": "square centimeters", "included": 20},
        ),
        (
            "Report 59991 for the first 100 square centimeters and 79901 for each additional 20 square centimeters.",
            {"noun": "square centimeters", "included": 100},
        ),
    ],
)
def test_the_code_for_each_additional_one_is_proposed(sentence: str, params: dict[str, Any]) -> None:
    assert proposed("each-additional", sentence) == {"code": "79901", **params}


@pytest.mark.parametrize(
    "sentence",
    [
        "This code should be used in conjunction with the primary code 79901 or 79902.",
        "It is an add-on code and should be reported in addition to 79901 or 79902.",
        "Use 59991 in conjunction with 79901-79902.",
        "59991 must always be reported with 79901 and 79902.",
        "59991 is never reported alone. Report it together with 79901 or 79902.",
    ],
)
def test_the_primaries_of_an_add_on_are_proposed_and_never_called_complete(sentence: str) -> None:
    assert proposed("add-on", sentence) == {"primaries": ["79901", "79902"], "complete": False}


def test_an_add_on_without_a_primary_is_shown() -> None:
    found = billing("59991 should never be reported alone.")
    assert "add-on" not in kinds(found)
    assert "names no primary code" in looks(found)


# What is included -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "This code always includes 79901 and 79902.",
        "59991 always includes the lamps (79901, 79902).",
        "79901 and 79902 are included in this code.",
        "79901 and 79902 are always bundled into 59991.",
        "79901 and 79902 are considered an integral part of this procedure.",
    ],
)
def test_what_a_code_includes_is_proposed_as_not_with(sentence: str) -> None:
    assert proposed("not-with", sentence) == {"codes": ["79901", "79902"]}


@pytest.mark.parametrize("sentence", ["Do not report this code if 79901 is performed.", "59991 is bundled into 79901."])
def test_what_includes_this_code_is_proposed_the_other_way_round(sentence: str) -> None:
    assert proposed("not-with", sentence) == {"codes": ["79901"], "this_code_is_part": True}


def test_a_code_that_is_forbidden_and_included_is_in_one_rule() -> None:
    found = billing("Do not report it with 79901. It always includes 79901 and 79902.")
    assert [(one.params["codes"], one.certain) for one in rules_of("not-with", found)] == [
        (["79901"], True),
        (["79902"], False),
    ]


# Separate procedures, sides, the global period ------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "This code is designated as a separate procedure.",
        'Code 59991 is a "separate procedure" in the code set.',
        "It is listed as a separate procedure, and is a part of larger ones.",
    ],
)
def test_a_separate_procedure_is_proposed(sentence: str) -> None:
    assert proposed("separate-procedure", sentence) == {}


def test_a_separate_procedure_is_known_from_the_official_text_and_does_not_quote_it() -> None:
    found = article_with("Description", "It is: “Invented wording, with or without lamp (separate procedure).”")
    one = rule(found, "separate-procedure")
    assert (one.certain, one.sentence) == (False, "(the official description, left out)")


@pytest.mark.parametrize(
    "sentence",
    ["It is not a separate procedure.", "The lamp is a separate procedure.", "Report it as a separate procedure."],
)
def test_other_words_of_a_separate_procedure_are_shown(sentence: str) -> None:
    found = billing(sentence)
    assert kinds(found) == ["selection"]
    assert sentence in looks(found)


BOTH = {"facet": "laterality", "modifiers": {"left": ["LT"], "right": ["RT"], "bilateral": ["50"]}, "both": ["50"]}


@pytest.mark.parametrize(
    ("sentence", "params"),
    [
        ("This is a unilateral procedure.", BOTH),
        ("Append modifier 50 for bilateral procedures.", BOTH),
        ("Report 59991-50 when both sides are treated.", BOTH),
        ("Use modifiers LT and RT to tell the sides apart.", {**BOTH, "modifiers": {"left": ["LT"], "right": ["RT"]}}),
    ],
)
def test_the_modifiers_of_the_side_are_proposed(sentence: str, params: dict[str, Any]) -> None:
    wanted = params if "bilateral" in params["modifiers"] else {k: v for k, v in params.items() if k != "both"}
    assert proposed("modifier", sentence) == wanted
    assert rule(billing(sentence), "modifier").slug == "laterality"


@pytest.mark.parametrize(
    "sentence",
    [
        "Do not append modifier 50.",
        "It may be unilateral or bilateral.",
        "This is a unilateral procedure. Never append modifier 50 to it.",
        "A bilateral procedure pays more.",
        "Modifier 59 may be needed.",
        "Append modifier TC for the lamp alone.",
    ],
)
def test_what_is_not_clear_of_modifiers_is_shown(sentence: str) -> None:
    found = billing(sentence)
    assert kinds(found) == ["selection"]
    assert "speaks of a modifier or of sides" in looks(found)


def test_sides_are_facts_of_the_examples_of_a_code_for_one_side() -> None:
    text = "1. A left antler spot is steamed.\n2. The right choice is steam.\n3. Steam is used on both sides."
    found = billing(f"It is unilateral.\n\nExamples\n\n{text}")
    assert [one.services[0].get("laterality") for one in found.examples] == ["left", None, "bilateral"]
    assert "[left](services.0.laterality)" in found.examples[0].narrative
    assert "laterality" not in repr(billing(f"Examples\n\n{text}").examples)


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("The code has a global period of 10 days.", "010"),
        ("59991 has a 0-day global period.", "000"),
        ("A 90-day global surgery period applies.", "090"),
        ("Its global days are 010.", "010"),
        ("It has a zero-day global.", "000"),
        ("The global indicator is ZZZ.", "ZZZ"),
        ("A ten-day postoperative period applies.", "010"),
    ],
)
def test_the_global_period_is_proposed(sentence: str, days: str) -> None:
    assert proposed("global-period", sentence) == {"days": days}


@pytest.mark.parametrize(
    "text",
    [
        "The global period is 14 days.",
        "The global period is 0 or 10 days.",
        "There is no global period of 10 days.",
        "The global period is 10 days. Some say the global period is 90 days.",
        "The global package of 79901 has 10 days.",
    ],
)
def test_a_global_period_that_is_not_clear_is_no_rule(text: str) -> None:
    assert kinds(billing(text)) == ["selection"]


# Patients -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "params"),
    [
        ("It is for patients 18 years and older.", {"from_age": 18}),
        ("The patient must be at least 18 years old.", {"from_age": 18}),
        ("It is meant for adults aged 18 or older.", {"from_age": 18}),
        ("It is for patients younger than 18.", {"to_age": 17}),
        ("It is for children under 5 years of age.", {"to_age": 4}),
        ("It is for patients 12 years of age or younger.", {"to_age": 12}),
        ("It is for patients up to 17 years of age.", {"to_age": 17}),
        ("It is for patients aged 40 to 64.", {"from_age": 40, "to_age": 64}),
        ("It is for patients between the ages of 18 and 39 years.", {"from_age": 18, "to_age": 39}),
        ("It is for patients 5 through 11 years of age.", {"from_age": 5, "to_age": 11}),
        ("It is a visit of an established patient; 40-64 years.", {"from_age": 40, "to_age": 64}),
        ("It is for early childhood (age 1 through 4 years).", {"from_age": 1, "to_age": 4}),
        ("It is only for female patients.", {"sex": "F"}),
        ("It is limited to men 50 years and older.", {"from_age": 50, "sex": "M"}),
        ("It is reported only with place of service 11 or 22.", {"places": ["11", "22"]}),
        ("It is for patients 18 years and older. It is for women only.", {"from_age": 18, "sex": "F"}),
    ],
)
def test_limits_of_the_patients_are_proposed(sentence: str, params: dict[str, Any]) -> None:
    (one,) = rules_of("patient", billing(sentence))
    assert (one.params, one.certain) == (params, False)


@pytest.mark.parametrize(
    "sentence",
    [
        "Most patients are 65 years and older.",
        "It is not for patients under 18.",
        "It is for adults over 65.",
        "A child of 30 months may have it.",
        "It is for patients 50 years of age or older, or 45 with a history.",
        "It is for patients 18 years and older. It is for patients 21 years and older.",
    ],
)
def test_a_limit_that_is_not_clear_is_shown(sentence: str) -> None:
    found = billing(sentence)
    assert kinds(found) == ["selection"]
    assert "patients" in looks(found)


@pytest.mark.parametrize(
    "sentence",
    [
        "The spot must be at least 2 cm.",
        "It takes at least 30 minutes.",
        "Level 3 and above.",
        "An 18-year-old deer came.",
    ],
)
def test_other_numbers_are_no_ages(sentence: str) -> None:
    assert "patient" not in kinds(billing(sentence))


@pytest.mark.parametrize("section", ["Examples", "History", "Documentation", "Similar codes"])
def test_what_stands_in_a_story_or_a_list_limits_nothing(section: str) -> None:
    found = article_with(section, "A patient 18 years and older has it, with a global period of 10 days, unilateral.")
    assert {"patient", "global-period", "modifier"}.isdisjoint(kinds(found))


# What is said of each code --------------------------------------------------------------


def test_every_mention_of_a_code_has_a_polarity() -> None:
    found = billing(
        "Do not report it with 79901. It always includes 79902. For sanding, see 79903. Report 79904 if it hurts. "
        "Lamps (79905) are separately reportable. Use it in conjunction with 79906. The family has 79907-79909. "
        "Use 79911 or 79910 for each additional spot. Never mind 00100-99999."
    )
    assert [(one.code, one.polarity) for one in found.mentions] == [
        ("79901", "forbid"),
        ("79902", "include"),
        ("79903", "redirect"),
        ("79904", "alternative"),
        ("79905", "separately"),
        ("79906", "require"),
        ("79907-79909", "mention"),
        ("79911", "additional"),
        ("79910", "additional"),
        ("00100-99999", "mention"),
    ]
    assert {one.section for one in found.mentions} == {"billing"}
