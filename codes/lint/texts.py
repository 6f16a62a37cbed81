"""The texts of a page, in the shapes in which checks read them. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from codes.articles.mentions import mentions
from codes.articles.source import fold
from codes.narrative import plain
from codes.pages import CODE_FIELDS, NAMED, PARTS, Content

_parser = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")
_END = re.compile(r"(?<=[.!?])[\"'’”)\]]*\s+(?=[\"'‘“(\[]?[A-Z0-9])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|dr|mrs?|ms|vs|no|st|fig|approx|incl|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_UNSEEN = re.compile("[*`\u00ad\u200b-\u200f\u2060\ufeff]|<[^<>]{0,80}>")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | {"\u00a0": " ", "\u202f": " ", "\u2007": " "})
#: Fields that no reader sees.
_INNER = frozenset({"slug", "kind", "section", "state", "origin", "starts", "ends"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of a page: the part and the field it stands in (``Problem.field``). ``read`` is as the eye reads it."""

    part: str
    field: str
    text: str
    read: str


def texts(content: Content) -> Iterator[Text]:
    """Every text that is published with a page, wherever it stands."""
    for field in CODE_FIELDS:
        yield from _texts("about", field, content[field])
    for name in PARTS:
        for place, row in enumerate(content[name]):
            part = f"{name}/{row['slug']}" if name in NAMED else name
            for field, value in row.items():
                if field not in _INNER:
                    yield from _texts(part, field if name in NAMED else f"{place}.{field}", value)


def as_read(text: str) -> str:
    """One kind of digits, dashes and spaces, and nothing between them that is not seen."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text).translate(_DASHES))


def _texts(part: str, field: str, value: Any) -> Iterator[Text]:
    if isinstance(value, str) and value.strip():
        text = plain(value) if field == "narrative" else value
        yield Text(part=part, field=field, text=text, read=as_read(text))
    elif isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(part, f"{field}.{name}", one)


@lru_cache(maxsize=512)
def tokens(body: str) -> tuple[Token, ...]:
    """A Markdown text in pieces, as if raw HTML were allowed, so that it can be told of."""
    return tuple(_parser.parse(body.replace("\x00", "")))


@lru_cache(maxsize=512)
def prose(body: str) -> tuple[str, ...]:
    """The sentences of a Markdown text: of its paragraphs and lists, without headings, tables and code."""
    found: list[str] = []
    inside: list[str] = []
    for token in tokens(body):
        if token.nesting == 1:
            inside.append(token.tag)
        elif token.nesting == -1:
            inside.pop()
        elif token.type == "inline" and "p" in inside and "table" not in inside:
            found += split(_words(token))
    return tuple(found)


def _words(token: Token) -> str:
    said = {"softbreak": " ", "hardbreak": " "}
    return "".join(said.get(child.type, child.content) for child in token.children or ())


def split(text: str) -> list[str]:
    """A text in sentences; "Dr. Who" and "e.g. two" are not cut."""
    found: list[str] = []
    for piece in _END.split(text.strip()):
        if found and _SHORT.search(found[-1]):
            found[-1] += f" {piece}"
        elif piece.strip():
            found.append(piece.strip())
    return found


def lines_of(narrative: str) -> list[str]:
    """The sentences of a narrative, without its marks."""
    return [one for line in plain(narrative).splitlines() for one in split(line)]


def codes_in(text: str) -> set[str]:
    """Every billing code that a text names, those within a short range included."""
    return {code for mention in mentions(fold(text)) if not mention.wide for code in mention.codes}


def quoted(sentence: str, most: int = 120) -> str:
    """A sentence in quotation marks, cut where it is long."""
    return f"“{sentence}”" if len(sentence) <= most else f"“{sentence[:most].rsplit(' ', 1)[0]} …”"
