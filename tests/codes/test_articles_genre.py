"""Whole articles in other layouts: a laboratory test, an add-on, a deleted code, a procedure of the office."""

import pytest

from codes.articles.types import Article, ReadRule
from tests.codes.article_words import (
    ADD_ON,
    DELETED,
    LAB,
    OFFICE,
    SEED,
    in_starter_words,
    looks,
    plain,
    rule,
    rules_of,
    section,
    text_of,
)  # fmt: skip


def told(article: Article, *, certain: bool) -> list[str]:
    """The slugs of the rules that are accepted, or of those that wait."""
    return [one.slug for one in article.rules if one.certain is certain]


def events(article: Article) -> list[str]:
    return [f"{one.kind} {one.date} {one.successor}".strip() for one in article.history]


@pytest.mark.parametrize("name", [LAB, ADD_ON, DELETED, OFFICE, SEED])
def test_every_rule_keeps_the_words_it_was_read_from(name: str) -> None:
    text = text_of(name)
    for one in in_starter_words(name).rules:
        words = " ".join(text[one.span.start : one.span.end].split())
        assert words == one.sentence or one.sentence == "(the official description, left out)"


@pytest.mark.parametrize("name", [LAB, ADD_ON, DELETED, OFFICE, SEED])
def test_no_official_text_stays(name: str) -> None:
    assert "nvented" not in repr(in_starter_words(name)).replace("An invented", "")


def test_the_layout_of_the_first_article_gives_its_rules_and_nothing_that_waits() -> None:
    seed = in_starter_words(SEED)
    assert told(seed, certain=True) == ["selection", "units", "not-with", "validity", "documentation"]
    assert told(seed, certain=False) == []


# A laboratory test ----------------------------------------------------------------------


def test_a_laboratory_test_without_numbers_and_in_another_order() -> None:
    lab = in_starter_words(LAB)
    assert [one.slug for one in lab.sections] == [
        "overview", "description", "when-to-use", "billing", "documentation", "history", "similar-codes", "examples",
    ]  # fmt: skip
    assert told(lab, certain=True) == ["selection", "units", "not-with", "validity"]
    assert told(lab, certain=False) == ["redirect-85998", "documentation"]


def test_what_tells_the_codes_of_the_library_apart_selects_and_leads_elsewhere() -> None:
    lab = in_starter_words(LAB)
    assert rule(lab, "selection").params["facets"] == {"procedure": ["blood count"], "differential": ["automated"]}
    assert rule(lab, "redirect").params == {
        "when": {"differential": ["no differential"]}, "to": ["85998"],
    }  # fmt: skip


def test_what_is_reported_separately_is_not_forbidden() -> None:
    lab = in_starter_words(LAB)
    assert rule(lab, "not-with").params == {"codes": ["85996", "85995"]}
    assert "36999 as reported separately" in looks(lab)


def test_the_lists_of_the_laboratory_test() -> None:
    lab = in_starter_words(LAB)
    assert [one.slug for one in lab.documentation] == [
        "order-of-the-physician", "date", "result-with-its-reference-range", "signature",
    ]  # fmt: skip
    assert [(one.number, one.gloss) for one in lab.similar] == [
        ("85998", "without the differential"), ("85997", "counted by hand"), ("85996", "a single kind of cell"),
        ("85995", "the color of the blood"),
    ]  # fmt: skip
    assert plain(lab.examples[2]) == "A runner is tired, and the code is reported for her blood count."


def test_a_date_without_its_year_is_an_event_without_a_date() -> None:
    lab = in_starter_words(LAB)
    assert events(lab) == ["added 2012-01-01", "revised None"]
    assert "no full date: “Its wording was revised, effective June 25.”" in looks(lab)


def test_the_other_article_below_the_comments_is_no_content() -> None:
    lab = in_starter_words(LAB)
    assert "count of cells. Do not report 85998" not in repr(lab.sections)
    assert any("You may also like" in note.message for note in lab.notes)


# An add-on ------------------------------------------------------------------------------


def test_an_add_on_in_bold_sub_numbered_headings() -> None:
    add_on = in_starter_words(ADD_ON)
    assert (add_on.number, add_on.title) == ("11199", "CPT 11199")
    assert [one.slug for one in add_on.sections] == [
        "qualifying-circumstances", "overview", "description", "procedure", "documentation", "billing", "history",
        "examples", "other-1",
    ]  # fmt: skip


def test_the_rules_of_an_add_on_wait_for_a_person() -> None:
    add_on = in_starter_words(ADD_ON)
    assert told(add_on, certain=True) == ["selection", "validity", "documentation"]
    assert {one.slug: one.params for one in add_on.rules if not one.certain} == {
        "units": {"counts": "each", "noun": "lesions"},
        "not-with": {"codes": ["11200", "11201"]},
        "add-on": {"primaries": ["11102", "11104", "11106"], "complete": False},
        "global-period": {"days": "ZZZ"},
    }
    assert "sends the reader to 11105" in looks(add_on)
    assert "sends the reader to 19100" in looks(add_on)


def test_the_add_on_was_changed_twice() -> None:
    assert events(in_starter_words(ADD_ON)) == ["added 2019-01-01", "revised 2021-01-01", "revised 2022-10-06"]


def test_the_steps_and_scenarios_of_the_add_on() -> None:
    add_on = in_starter_words(ADD_ON)
    assert section(add_on, "procedure").body.count("\n\n2. Shaving\n\nA thin slice") == 1
    assert [plain(one).splitlines()[-1] for one in add_on.examples] == [
        "The patient goes home.", "The physician then takes one more slice tangentially.",
    ]  # fmt: skip
    assert add_on.examples[0].services[0]["count"] == 2


# A deleted code -------------------------------------------------------------------------


def test_a_deleted_code_names_its_successor() -> None:
    deleted = in_starter_words(DELETED)
    assert events(deleted) == ["added 2008-07-01", "deleted 2011-01-01 50593"]
    assert rule(deleted, "validity").params == {"from": "2008-07-01", "to": "2010-12-31", "successors": ["50593"]}
    assert "history of another code: “Code 0998T was deleted" in looks(deleted)


def test_what_was_forbidden_and_what_was_separate_in_a_deleted_code() -> None:
    deleted = in_starter_words(DELETED)
    assert [(one.params["codes"], one.certain) for one in rules_of("not-with", deleted)] == [
        (["50590"], True), (["76940"], False),
    ]  # fmt: skip
    assert "77013, 77022 as reported separately" in looks(deleted)


def test_similar_codes_as_small_headings_with_a_line_below() -> None:
    assert [(one.number, one.gloss) for one in in_starter_words(DELETED).similar] == [
        ("50593", "This code is used for the same work today"), ("50592", "Heat is used in place of cold"),
        ("0998T", "the open way (deleted, see 50250)"),
    ]  # fmt: skip


# A procedure of the office --------------------------------------------------------------


def test_a_procedure_of_the_office_gives_a_proposal_of_nearly_every_kind() -> None:
    office = in_starter_words(OFFICE)
    assert told(office, certain=True) == ["selection", "validity", "documentation"]
    assert {one.slug: one.params for one in office.rules if not one.certain} == {
        "not-with": {"codes": ["20610", "64447"]},
        "not-with-larger": {"codes": ["29881"], "this_code_is_part": True},
        "redirect-29998": {"when": {"procedure": ["meniscectomy"]}, "to": ["29998"]},
        "each-additional": {"code": "29997", "noun": "loose bodies"},
        "patient": {"from_age": 18},
        "global-period": {"days": "010"},
        "separate-procedure": {},
        "laterality": {
            "facet": "laterality", "modifiers": {"left": ["LT"], "right": ["RT"], "bilateral": ["50"]}, "both": ["50"],
        },
    }  # fmt: skip


def test_what_the_office_article_leaves_unclear_is_shown() -> None:
    said = looks(in_starter_words(OFFICE))
    for half_understood in ("If the shoulder was looked into", "a child of 30 months", "Modifier 25 belongs"):
        assert half_understood in said


def test_the_examples_of_a_procedure_on_one_side_name_the_side() -> None:
    sides = [one.services[0]["laterality"] for one in in_starter_words(OFFICE).examples]
    assert sides == ["left", "bilateral"]


def test_every_proposal_is_in_the_report_with_its_sentence() -> None:
    office = in_starter_words(OFFICE)
    waiting: list[ReadRule] = [one for one in office.rules if not one.certain]
    assert all(one.sentence in looks(office) for one in waiting if not one.sentence.startswith("("))
