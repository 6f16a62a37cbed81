"""The lists of an article: what the note must show, similar codes, examples."""

import pytest

from codes.articles.read import read_article
from codes.articles.types import Article, Vocabulary
from rulebook.case_format import read_encounter
from tests.codes.article_words import NINES, WORDS, article_with, looks, plain, rule, section, text_of


def test_documentation_items_have_the_vocabulary_s_slugs(nines: Article) -> None:
    assert [item.slug for item in nines.documentation] == [
        "date", "findings", "probe-position", "xl-pictures-that-were-taken", "spot-details",
        "date-on-which-the-pictures-were", "signature",
    ]  # fmt: skip
    assert section(nines, "documentation").body == "The record of CPT code 59991 has to show:"


def test_documentation_items_read_on_after_a_colon(nines: Article) -> None:
    texts = [item.text for item in nines.documentation]
    assert texts[0] == "date of the polishing"
    assert texts[3] == "XL pictures that were taken"
    assert texts[-1] == "signature of the provider"


def test_a_list_that_lost_its_marks_is_a_list(other: Article) -> None:
    assert [item.slug for item in other.documentation] == ["findings", "spot-details", "date"]


def test_lists_become_markdown(nines: Article, close: Article) -> None:
    assert section(nines, "procedure").body.splitlines()[2:6] == [
        "1. The antler is held still.",
        "2. A steam probe comes near.",
        "   - A red lamp shows the way.",
        "3. The probe steams the spot and is taken away again.",
    ]
    assert section(close, "billing").body.endswith("\n\n1. Check the payer.\n2. Check the date.")


def test_text_that_only_looks_like_markdown_stays_text() -> None:
    found = article_with("Procedure", "#1 is steam.\n\n2015. That was the year.")
    assert section(found, "procedure").body == "\\#1 is steam.\n\n2015\\. That was the year."


def test_similar_codes_have_their_gloss(nines: Article, other: Article) -> None:
    assert [(one.number, one.gloss) for one in other.similar] == [
        ("59994", "steam instead of sand"), ("59995", ""), ("59993", "the same work from 2018 on"),
    ]  # fmt: skip
    assert nines.similar == ()
    assert "no similar codes" in section(nines, "similar-codes").body


# Examples -------------------------------------------------------------------------------


def test_an_example_states_facts_and_the_page_fills_the_rest(nines: Article) -> None:
    first = nines.examples[0]
    assert (
        first.narrative == "A provider performs [steaming](services.0.technique) of an [antler spot](services.0.site)."
    )
    assert first.services[0] == {
        "procedure": "polishing", "site": "antler", "technique": "steaming", "approach": "topical",
    }  # fmt: skip
    assert first.filled == ("services.0.procedure", "services.0.approach")


def test_another_procedure_is_another_service(nines: Article) -> None:
    main, further = nines.examples[1].services
    assert main["count"] == 3
    assert further == {"procedure": "lamp guidance", "modality": "red lamp", "for": "polishing"}
    assert "services.1.for" in nines.examples[1].filled


def test_what_is_denied_is_no_fact(nines: Article) -> None:
    assert len(nines.examples[2].services) == 1
    assert nines.examples[2].services[0]["count"] == 2


def test_an_extension_is_a_fact_of_the_main_service(nines: Article) -> None:
    assert nines.examples[3].services[0]["extension"] == "nearby fur"
    assert "[polished](services.0.procedure)" in nines.examples[3].narrative


def test_one_phrase_may_state_several_facts() -> None:
    words = Vocabulary(
        facets={"procedure": {"polishing": "polishing"}, "technique": {"sand polishing": "sanding"}}, documentation={}
    )
    text = "How To Use CPT Code 59991\n\nOverview\n\nSand polishing.\n\nExamples\n\nA deer has sand polishing."
    narrative = read_article(text, words).examples[0].narrative
    assert narrative == "A deer has [sand polishing](services.0.technique services.0.procedure)."


def test_number_words_that_count_something_else_are_no_count() -> None:
    found = article_with(
        "Examples", "1. Two keepers steam an antler spot.\n2. A deer of 12 years with one antler spot."
    )
    assert [example.services[0].get("count") for example in found.examples] == [None, None]


def test_an_example_that_contradicts_the_page_keeps_its_own_words(other: Article) -> None:
    assert other.examples[1].services[0] | {"procedure": ""} == {
        "procedure": "", "site": "hoof", "technique": "acid", "approach": "deep",
    }  # fmt: skip
    assert "technique acid, and the page says sanding" in looks(other)


def test_guidance_of_its_own_takes_the_modality(close: Article) -> None:
    assert close.examples[0].services[0]["modality"] == "XL lamp"


def test_a_narrative_without_its_marks_is_the_sentence(nines: Article) -> None:
    source = " ".join(text_of(NINES).translate(str.maketrans("[]", "()")).split())
    assert all(plain(example) in source for example in nines.examples)


def test_examples_can_be_read_as_encounters(nines: Article, other: Article, close: Article) -> None:
    for found in (nines, other, close):
        for example in found.examples:
            read_encounter({"date_of_service": "2020-01-01", "services": list(example.services)}, WORDS.facets)


@pytest.mark.parametrize(
    "text",
    [
        "The record must include the findings, the date, and a signature.",
        "The following must be documented: 1) findings, 2) date, 3) signature.",
        "Show a) the findings; b) the date; and c) the signature.",
        "The keeper should document findings; date; signature.",
    ],
)
def test_items_in_a_sentence_are_read_and_wait_for_a_person(text: str) -> None:
    found = article_with("Documentation requirements", text)
    assert [item.slug for item in found.documentation] == ["findings", "date", "signature"]
    assert not rule(found, "documentation").certain
    assert section(found, "documentation").body == text
    assert "read from a sentence" in looks(found)


@pytest.mark.parametrize(
    "text", ["The record must be neat and true.", "The record must include the date.", "It is short."]
)
def test_a_sentence_that_lists_nothing_gives_no_items(text: str) -> None:
    found = article_with("Documentation", text)
    assert found.documentation == ()
    assert "no documentation items" in looks(found)


@pytest.mark.parametrize(
    "text",
    [
        "Findings\nDate\nSignature",
        "Findings\n\nDate\n\nSignature",
        "Write down:\nFindings\nDate\nSignature",
        "• Findings • Date • Signature",
        "Write down:\n\nFindings: what was seen.\n\nDate: when it was.\n\nSignature: who it was.",
    ],
)
def test_a_list_is_known_in_many_dresses(text: str) -> None:
    found = article_with("Documentation", text)
    assert [item.slug for item in found.documentation] == ["findings", "date", "signature"]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("- CPT 59994 (steam)\n- 59995: sand", [("59994", "steam"), ("59995", "sand")]),
        ("- 59994, 59995 and 59996 – sand", [("59994", "sand"), ("59995", "sand"), ("59996", "sand")]),
        ("CPT 59994\n\nIt is sand.\n\nCPT 59995\n\nIt is acid.", [("59994", "It is sand"), ("59995", "It is acid")]),
        ("59994: sand\n\n59995 – acid", [("59994", "sand"), ("59995", "acid")]),
        ("CPT 59994 is for sand, while 59995 is used for acid.", [("59994", "sand"), ("59995", "acid")]),
        ("Similar codes include 59994 (sand) and 59995.", [("59994", "sand"), ("59995", "")]),
        ("- 59994 (deleted, see 59995)", [("59994", "deleted, see 59995")]),
        ("59994 was deleted; see 59995. 59996 covers acid.", [("59994", "deleted; see 59995"), ("59996", "acid")]),
        ("- 59994-59996: a family", []),
        ("There are no similar codes, not even 59994.", []),
    ],
)  # fmt: skip
def test_similar_codes_are_read_with_what_sets_them_apart(text: str, pairs: list[tuple[str, str]]) -> None:
    found = article_with("Similar codes to CPT 59991", text)
    assert [(one.number, one.gloss) for one in found.similar] == pairs
    assert [one.slug for one in found.sections] == ["similar-codes"]


@pytest.mark.parametrize(
    "text",
    [
        "Example 1: A spot is steamed.\nExample 2: Two spots are steamed.",
        "Example 1\nA spot is steamed.\n\nExample 2\nTwo spots are steamed.",
        "Scenario A: A spot is steamed.\n\nScenario B: Two spots are steamed.",
        "Here they are:\nA spot is steamed.\nTwo spots are steamed.",
        "A spot is steamed.\n\nTwo spots are steamed.",
        "1. A spot is steamed.\n\nReport 59991.\n\n2. Two spots are steamed.\n\nReport 59991 once.",
    ],
)
def test_examples_are_found_in_many_layouts(text: str) -> None:
    found = article_with("Examples", text)
    assert [plain(one) for one in found.examples] == ["A spot is steamed.", "Two spots are steamed."]


def test_what_belongs_to_an_example_stays_with_it_one_sentence_a_line() -> None:
    found = article_with(
        "Examples",
        "1. In the barn\n\nA deer is steamed. It sleeps.\n\n2. Outside\n\nA cow is steamed.\n\nThese were all.",
    )
    assert [plain(one).splitlines() for one in found.examples] == [
        ["In the barn.", "A deer is steamed.", "It sleeps."], ["Outside.", "A cow is steamed."],
    ]  # fmt: skip
    assert section(found, "examples").body == "These were all."


def test_an_example_does_not_give_the_code_away() -> None:
    found = article_with("Examples", "- A deer is steamed, and CPT code 59991 is reported.\n- A lamp (79901) is used.")
    assert [plain(one) for one in found.examples] == [
        "A deer is steamed, and the code is reported.",
        "A lamp (79901) is used.",
    ]
    assert "“the code” was put in its place" in looks(found)
    assert "names 79901" in looks(found)


def test_a_procedure_is_a_paragraph_or_steps() -> None:
    steps = article_with("Procedure", "Step 1: It is held.\nStep 2: It is steamed.")
    assert section(steps, "procedure").body == "1. It is held.\n2. It is steamed."
    prose = article_with("Procedure", "It is held,\nand it is steamed.")
    assert section(prose, "procedure").body == "It is held, and it is steamed."
