"""Whatever the text: an article or a refusal in plain words, and soon."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.articles.read import read_article
from codes.articles.types import Article, ArticleError, Vocabulary
from rulebook.case_format import read_encounter
from rulebook.kinds import KIND
from rulebook.params import parse
from tests.codes.article_words import (
    ADD_ON,
    CLOSE,
    DELETED,
    LAB,
    NINES,
    OFFICE,
    OTHER,
    WORDS,
    kinds,
    read,
    text_of,
)  # fmt: skip
from tests.patience import within

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\ufeff \r\n\x00", "empty"),
        ("Nothing to see here.", "No heading"),
        ("Description\n\nNo number.", "No code number"),
        ("x" * 1_000_001, "1,000,000"),
        ("\n" * 60_000 + "x", "lines"),
        ("Billing 59991\n\n" + "A b. " * 20_000, "sentences"),
    ],
)
def test_what_is_no_article_is_refused_in_plain_words(text: str, says: str) -> None:
    with pytest.raises(ArticleError) as caught:
        read(text)
    assert says in caught.value.message


def test_the_same_article_reads_the_same(nines: Article) -> None:
    assert read(text_of(NINES)) == nines


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text.replace(" ", "\xa0"),
        lambda text: re.sub(r"\n\n+", "\n", text),
        lambda text: text.replace("  • ", "\t- "),
        lambda text: text.replace("  • ", "\n").replace("provider.", "provider"),
        lambda text: re.sub(r"(?m)^\d\. (?=[A-Z][^.\n]*$)", "## ", text),
        lambda text: text.replace("t", "t\u200b"),
    ],
    ids=["crlf", "nbsp", "no blank lines", "dashes", "no bullets", "markdown", "zero width"],
)
def test_the_same_rules_and_examples_in_another_dress(change: Any, nines: Article) -> None:
    dressed = read(change(text_of(NINES)))
    assert [one.params for one in dressed.rules] == [one.params for one in nines.rules]
    assert [one.services for one in dressed.examples] == [one.services for one in nines.examples]
    assert [one.slug for one in dressed.documentation] == [one.slug for one in nines.documentation]


def hold(text: str) -> None:
    """Whatever the text: an ArticleError, or an article that can be stored."""
    try:
        found = read(text)
    except ArticleError:
        return
    json.dumps(repr(found)).encode("utf-8")
    repr(found).encode("utf-8")
    slugs = [section.slug for section in found.sections]
    assert len(slugs) == len(set(slugs)) > 0
    assert len({item.slug for item in found.documentation}) == len(found.documentation)
    assert len({one.slug for one in found.rules}) == len(found.rules)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.slug) for one in found.rules)
    assert all(0 <= one.span.start <= one.span.end <= len(text) for one in (*found.sections, *found.rules))
    assert all(one.section in slugs and parse(KIND[one.kind].Params, one.params) for one in found.rules)
    for example in found.examples:
        if example.services:
            read_encounter({"date_of_service": "2020-01-01", "services": list(example.services)}, WORDS.facets)
        marks = [path for found in re.findall(r"\]\(([^()]*)\)", example.narrative) for path in found.split()]
        stated = {f"services.{index}.{facet}" for index, service in enumerate(example.services) for facet in service}
        assert {path for path in marks if path.startswith("services.")} | set(example.filled) == stated


PIECES = st.sampled_from(
    ["\n", "\n\n", "\r\n", "\x00", "\ud800", "\ufeff", "\u2028", "•", "1. ", "’", "“", '"', "'", "[", "](", ")", "(s)",
     "Examples\n", "Description\n", "Billing", "History\n", "Leave a Reply\n", "59991", "79901-79999", "e.g.", "İ", "ß",
     "do not report with ", "each ", "one or more ", "deleted on January 1, 0001, see ", "on February 29, 2015",
     "multiple antler spots", "without lamp guidance", "For sanding, see 79901", "for each additional ", "includes ",
     "effective June 25", "1.1.1.1.1.1 ", "Step 1: ", "CPT 79901\n", "modifier 50 ", "unilateral ", "00100-99999",
     "global period of 10 days", "18 years and older ", "separate procedure ", "must include ", "deleted, see 79902",
     "Similar Codes\n", "Documentation\n", "Code 59991", "was revised on January 1, 2016 and October 6, 2020"]
)  # fmt: skip
EDITS = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 60), PIECES | st.text(max_size=5)), max_size=12)


ALL = (NINES, OTHER, CLOSE, LAB, ADD_ON, DELETED, OFFICE)


@given(edits=EDITS, name=st.sampled_from(ALL))
@settings(deadline=None, max_examples=200)
def test_a_damaged_article_never_breaks_the_reader(edits: list[tuple[int, int, str]], name: str) -> None:
    text = text_of(name)
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    hold(text)


@given(pieces=st.lists(st.sampled_from("\n\n".join(map(text_of, ALL)).split("\n\n")), max_size=60), gap=PIECES)
@settings(deadline=None, max_examples=100)
def test_no_order_of_the_paragraphs_breaks_the_reader(pieces: list[str], gap: str) -> None:
    hold("How To Use CPT Code 59991\n\n" + "\n\n".join(pieces))
    hold(f"How To Use CPT Code 59991\n\nOverview\n\n{gap.join(pieces)}")


@given(text=st.lists(PIECES | st.text(max_size=20), max_size=40).map("".join))
@settings(deadline=None, max_examples=200)
def test_no_text_breaks_the_reader(text: str) -> None:
    hold(text)
    hold(f"How To Use CPT Code 59991\n\nDescription\n\n{text}\n\nExamples\n\n{text}")


@pytest.mark.parametrize(
    "unit",
    ["a", " ", "\n", ".", "'", "[", "\x00", "\ud800", "1. x\n", "antler spot ", "do not report 79901 with ",
     "79901-79999, ", "was added on January 1, 2015 ", "Examples\n\n",
     "A long sentence that says something about one antler spot at last. "],
)  # fmt: skip
def test_a_million_characters_take_no_long_time(unit: str) -> None:
    head = "How To Use CPT Code 59991\n\nBilling guidelines\n\n"
    with within(20):  # measured: 2.3 and less
        hold((head + unit * 1_000_000)[:1_000_000])


@pytest.mark.parametrize("heading", ["Billing guidelines", "Similar codes", "Examples", "Documentation", "History"])
@pytest.mark.parametrize(
    "unit",
    ["79901, ", "00100-99999, ", "For sanding, see 79901. ", "For each additional spot, report 79901. ", "and ",
     "Append modifier 50. ", "It is a separate procedure. ", "1.1.1.1.1.1.1.1.1 x\n", "1. Title\n", "Step 1: x\n",
     "\x01\ud800", "79901\n\n", "- 79901, 79902 (deleted, see 79903\n", "Abc\n", "• a • b ",
     "revised on January 1, 2015 and ", "not ", "79901-", "for antlers see 79901 ", "Example 1: spots\n\n",
     "must include a, b, c; "],
)  # fmt: skip
def test_a_long_nonsense_is_read_or_refused_soon(heading: str, unit: str) -> None:
    head = f"How To Use CPT Code 59991\n\n{heading}\n\n"
    with within(5):  # measured: 0.4 and less; a loop in a loop takes half a minute
        hold((head + unit * 60_000)[:60_000])


def test_the_starter_vocabulary_has_the_layout_that_is_read() -> None:
    data = tomllib.loads((ROOT / "codes/content/vocabulary.toml").read_text(encoding="utf-8"))
    words = Vocabulary.from_toml(data)
    assert all(word == word.casefold() for facet in words.facets.values() for word in facet)
    assert set(words.facets) == set(data["facets"])
    assert words.documentation.keys() == data["documentation"].keys()


def test_an_empty_vocabulary_finds_no_facts(nines: Article) -> None:
    found = read_article(text_of(NINES), Vocabulary(facets={}, documentation={}))
    assert "selection" not in kinds(found)
    assert [section.body for section in found.sections] == [section.body for section in nines.sections]
    assert {example.services for example in found.examples} == {()}
