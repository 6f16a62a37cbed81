"""How an article is cut into its sections, and what of its text may be shown."""

import json

import pytest

from codes.articles.types import Article
from tests.codes.article_words import NINES, article_with, looks, read, rule, section, text_of

SLUGS = [
    "overview", "description", "procedure", "qualifying-circumstances", "other-1", "when-to-use", "documentation",
    "billing", "history", "similar-codes", "examples", "other-2",
]  # fmt: skip


def test_both_sections_numbered_nine_survive(nines: Article) -> None:
    assert [section.slug for section in nines.sections] == SLUGS


def test_headings_lose_their_numbers(nines: Article) -> None:
    assert section(nines, "overview").heading == "What is CPT Code 59991?"
    assert section(nines, "other-1").heading == "Age"


def test_sections_are_found_in_another_order_without_numbers(other: Article) -> None:
    slugs = [section.slug for section in other.sections]
    assert slugs[:4] == ["qualifying-circumstances", "overview", "description", "other-1"]
    assert slugs[4:] == ["history", "billing", "documentation", "examples", "similar-codes"]


def test_headings_are_found_without_blank_lines(close: Article) -> None:
    assert [section.slug for section in close.sections] == [
        "overview", "description", "when-to-use", "billing", "examples",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("2. Description", "description"),
        ("## 59991 CPT code description", "description"),
        ("**3) Procedure**", "procedure"),
        ("4.1 Qualifying Circumstances", "qualifying-circumstances"),
        ("When to use CPT 59991", "when-to-use"),
        ("How To Use CPT 59991", "billing"),
        ("BILLING EXAMPLES:", "examples"),
        ("Similar codes to 59991", "similar-codes"),
        ("4.1 Documentation requirements", "documentation"),
        ("Historical Information", "history"),
        ("Section 4: Billing & Coding Guidelines", "billing"),
        ("Part 2. Code history", "history"),
        ("When can you use CPT code 59991?", "when-to-use"),
        ("Use of CPT 59991", "when-to-use"),
        ("Qualifying Circumstance(s)", "qualifying-circumstances"),
        ("Eligibility criteria", "qualifying-circumstances"),
        ("Steps of the procedure", "procedure"),
        ("How the procedure works", "procedure"),
        ("Documentation checklist", "documentation"),
        ("Documenting CPT 59991", "documentation"),
        ("Code Updates", "history"),
        ("Other similar codes", "similar-codes"),
        ("Alternative codes", "similar-codes"),
        ("Use cases", "examples"),
        ("Clinical Scenarios", "examples"),
        ("4.1.2.3 Billing tips", "billing"),
        ("“Full Description”", "description"),
        ("Payment", "other-1"),
        ("How To Use CPT Code 59992", "other-1"),
    ],
)
def test_a_heading_opens_its_section(heading: str, slug: str) -> None:
    text = f"How To Use CPT Code 59991\n\nIntro.\n\nOverview\n\nText.\n\n{heading}\n\nText of this code.\n"
    assert [section.slug for section in read(text).sections] == ["overview", slug]


@pytest.mark.parametrize("line", ["It is called: ‘A short text of mine, all of it.’", "“All of it is mine.”"])
def test_a_line_that_ends_with_a_quoted_sentence_is_no_heading(line: str) -> None:
    found = article_with("Procedure", f"First.\n\n{line}\n\nLast.")
    assert [one.slug for one in found.sections] == ["procedure"]


@pytest.mark.parametrize("heading", ["Procedure", "7. Procedure"])
def test_the_entries_of_a_list_may_have_titles(heading: str) -> None:
    found = article_with(heading, "The steps are:\n\n1. Cleaning\n\nIt is cleaned.\n\n2. Steaming\n\nIt is steamed.")
    assert section(found, "procedure").body == (
        "The steps are:\n\n1. Cleaning\n\nIt is cleaned.\n\n2. Steaming\n\nIt is steamed."
    )


def test_a_numbered_heading_after_a_numbered_list_is_a_heading() -> None:
    found = article_with("9. Examples", "1. An antler is steamed.\n2. Another one.\n\n10. Who pays\n\nPayers do.")
    assert [one.slug for one in found.sections] == ["examples", "other-1"]


def test_other_articles_that_the_site_lists_are_no_content() -> None:
    text = text_of(NINES) + "\nSimilar Posts\n\nHow To Use CPT Code 59992\n\nDo not report 59991 with 59992. Read on.\n"
    assert [one.params for one in read(text).rules] == [one.params for one in read(text_of(NINES)).rules]


@pytest.mark.parametrize("line", ["Like this:", "© 2024 Somebody", "Filed under: Antlers", "Leave a comment"])
def test_what_the_site_adds_is_left_out(line: str) -> None:
    found = article_with("Billing", f"Payers differ.\n\n{line}\n\nSecret of the site.")
    assert "Secret" not in repr([one.body for one in found.sections])
    assert any(line in note.message for note in found.notes)


def test_a_sentence_is_no_heading() -> None:
    found = article_with("Procedure", "First.\n\nBilling is done later.\n\nLast.")
    assert section(found, "procedure").body == "First.\n\nBilling is done later.\n\nLast."


def test_entries_of_a_numbered_list_are_no_headings() -> None:
    found = article_with("Documentation requirements", "Show:\n1. Findings\n2. Procedure\n3. Date")
    assert [item.slug for item in found.documentation] == ["findings", "procedure", "date"]


def test_a_section_that_comes_twice_is_joined() -> None:
    found = article_with("Billing guidelines", "One.\n\nHow to use CPT 59991\n\nTwo.")
    assert section(found, "billing").body == "One.\n\n### How to use CPT 59991\n\nTwo."


def test_trailing_site_text_is_left_out_and_noted(nines: Article) -> None:
    assert "59992" not in json.dumps([section.body for section in nines.sections])
    assert any("Leave a Reply" in note.message for note in nines.notes)


def test_a_table_of_contents_changes_nothing(nines: Article) -> None:
    contents = "Table of Contents\n\n1. What is CPT Code 59991?\n2. Official Description\n3. Procedure\n\n1. What is"
    found = read(text_of(NINES).replace("1. What is", contents, 1))
    assert [section.body for section in found.sections] == [section.body for section in nines.sections]


def test_spans_lead_back_to_the_original_text() -> None:
    text = "\ufeff" + text_of(NINES).replace("\n", "\r\n").replace(" ", "\xa0", 20)
    for one in read(text).rules:
        assert " ".join(text[one.span.start : one.span.end].split()) == one.sentence
    assert text[section(read(text), "billing").span.start :].startswith("7. Billing")


# Title, introduction, official text -----------------------------------------------------


def test_a_title_that_only_says_how_to_use_gives_a_plain_one(nines: Article) -> None:
    assert (nines.number, nines.title) == ("59991", "CPT 59991")


def test_what_a_title_says_of_the_service_is_the_title(other: Article) -> None:
    assert (other.number, other.title) == ("0998T", "Sanding a hoof knot")


def test_the_first_sentence_is_the_summary(nines: Article) -> None:
    assert nines.summary == "CPT code 59991 is for steaming one or more antler spots from above."
    assert section(nines, "other-2").body == "It replaces no other code."


def test_an_announcement_is_left_out_and_noted(nines: Article) -> None:
    assert any("only announces" in note.message for note in nines.notes)
    assert "This article will" not in repr([section.body for section in nines.sections])


def test_without_a_licence_the_official_text_is_nowhere(nines: Article) -> None:
    assert nines.descriptor is None
    assert "Invented wording" not in repr(nines)
    assert "official description was left out" in looks(nines)


def test_text_after_the_official_text_stays(nines: Article) -> None:
    assert section(nines, "description").body == (
        "The official description is left out: no licence for the code set's text is recorded.\n\n"
        "The chapter has more codes of this family."
    )


def test_with_a_licence_the_official_text_stays() -> None:
    found = read(text_of(NINES), keep_descriptor=True)
    assert found.descriptor is not None
    assert found.descriptor.startswith("Invented wording of a warm treatment, one or more antler spots (e.g., stains)")
    assert found.descriptor in section(found, "description").body


@pytest.mark.parametrize("marks", ["''", '""', "‘’", "“”", "«»"])
def test_official_text_is_known_by_any_quotation_marks(marks: str) -> None:
    found = article_with(
        "Official Description", f"It is: {marks[0]}Secret wording of mine (e.g., mine).{marks[1]} The end."
    )
    assert section(found, "description").body.endswith("is recorded.\n\nThe end.")


@pytest.mark.parametrize(
    "body",
    [
        "The official description of CPT 59991 is: Secret wording of mine; all of it",
        "Secret wording of mine; all of it",
        "CPT 59991 - Secret wording of mine; all of it",
        "The CPT manual describes CPT code 59991 as: Secret wording of mine; all of it",
        "Secret wording of mine, each spot (List separately in addition to code for primary procedure)",
        "CPT 59991 is described in the code book as: ‘Secret wording of mine; all of it.’",
    ],
)
def test_official_text_without_quotation_marks_goes_too(body: str) -> None:
    assert "Secret wording" not in repr(article_with("Official Description", body))


def test_official_text_that_is_repeated_goes_everywhere() -> None:
    found = article_with(
        "Description",
        "It is: “Secret wording of mine, all of it.”\n\nBilling\n\nSecret wording of mine, all of it. Bye.",
    )
    assert section(found, "billing").body == "Bye."


def test_a_rule_that_rests_on_official_text_does_not_quote_it() -> None:
    found = article_with("Description", "It is: “Secret polishing of one or more antler spots.”")
    assert rule(found, "units").sentence == "(the official description, left out)"


def test_quoted_texts_of_similar_codes_go_too(other: Article) -> None:
    assert "official wording of another" not in repr(other)
