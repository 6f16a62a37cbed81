"""The lists of an article: what the note must show, similar codes, examples."""

from codes.articles.read import read_article
from codes.articles.types import Article, Vocabulary
from rulebook.case_format import read_encounter
from tests.codes.article_words import NINES, WORDS, article_with, looks, plain, section, text_of


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
