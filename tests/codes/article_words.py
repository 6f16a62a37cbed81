"""Articles of our own wording about things that no code set knows, and the words they are read with."""

import re
import tomllib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from codes.articles.read import read_article
from codes.articles.types import Article, ReadExample, ReadRule, ReadSection, Vocabulary

HERE = Path(__file__).parent / "articles"
CONTENT = Path(__file__).parents[2] / "codes" / "content"
WORDS = Vocabulary.from_toml(
    {
        "facets": {
            "procedure": {"values": {"polishing": ["polishing therapy", "polished"], "lamp guidance": []}},
            "site": {
                "values": {
                    "antler": ["antler spot", "antler spots", "antler stain", "antler stains"],
                    "hoof": ["hoof knot", "hoof knots"],
                }
            },
            "technique": {"values": {"steaming": ["steam", "steam probe"], "sanding": ["sand", "sanded"], "acid": []}},
            "approach": {"values": {"topical": ["topically", "from above"], "deep": []}},
            "modality": {"values": {"red lamp": ["infrared lamp"], "XL lamp": []}},
            "for": {"values": {"polishing": ["polishing of antlers"], "brushing": ["brush"]}},
            "extension": {"values": {"nearby fur": [], "none": []}},
            "session": {"values": {"same": ["same session"], "separate": ["separate session"]}},
            "laterality": {"values": {"left": [], "right": [], "bilateral": ["both sides"]}},
        },
        "documentation": {
            "findings": ["findings", "need for"],
            "date": ["date of the polishing", "date"],
            "spot-details": ["spot", "spots", "stain", "stains"],
            "probe-position": ["probe's position"],
            "signature": ["signature"],
        },
    }
)


def text_of(name: str) -> str:
    return (HERE / f"{name}.txt").read_text(encoding="utf-8")


def read(text: str, **kwargs: bool) -> Article:
    return read_article(text, WORDS, **kwargs)


def article_with(heading: str, body: str) -> Article:
    """A small article with one section of interest."""
    return read(f"How To Use CPT Code 59991\n\nIt is steaming of antlers.\n\n{heading}\n\n{body}\n")


def section(article: Article, slug: str) -> ReadSection:
    return next(section for section in article.sections if section.slug == slug)


def rule(article: Article, kind: str) -> ReadRule:
    return next(rule for rule in article.rules if rule.kind == kind)


def kinds(article: Article) -> list[str]:
    return [rule.kind for rule in article.rules]


def looks(article: Article) -> str:
    return "\n".join(note.message for note in article.notes if note.level == "look")


def plain(example: ReadExample) -> str:
    return re.sub(r"\[([^\[\]]+)\]\([^()]*\)", r"\1", example.narrative)


@lru_cache
def article(name: str) -> Article:
    """One of the articles of tests/codes/articles, read once."""
    return read(text_of(name))


@lru_cache
def starter_words() -> Vocabulary:
    """The words of the starter library, and by what it tells blood counts apart."""
    words = Vocabulary.from_toml(tomllib.loads((CONTENT / "vocabulary.toml").read_text(encoding="utf-8")))
    return replace(words, selecting={"blood count": ("procedure", "differential")})


@lru_cache
def in_starter_words(name: str) -> Article:
    """One of the articles, read with the words of the starter library."""
    return read_article(text_of(name), starter_words())


def rules_of(kind: str, article: Article) -> list[ReadRule]:
    """The rules of a kind, in their order."""
    return [rule for rule in article.rules if rule.kind == kind]


NINES = "two_nines"
OTHER = "another_order"
CLOSE = "close_lines"
SEED = "seed_layout"
LAB = "lab_test"
ADD_ON = "add_on"
DELETED = "deleted_code"
OFFICE = "office_procedure"
