"""The text of an article made safe to read, and the way back to the original offsets."""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codes.articles.types import ArticleError, Span

MOST_CHARACTERS = 1_000_000
#: A text of a million line ends is no article, and each line costs memory.
MOST_LINES = 50_000
#: Longer than any sentence; what never ends is cut, so that reading it takes no more time than it deserves.
MOST_SENTENCE = 4_000

# Byte order mark, soft hyphen, zero-width and direction characters, and the CR of a CRLF.
_GONE = re.compile("\ufeff|\u00ad|[\u200b-\u200f\u202a-\u202e\u2060-\u2069]|\r(?=\n)")
_BREAKS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_SPACES = "\t\xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_CONTROLS = "".join(chr(code) for code in (*range(32), *range(0x7F, 0xA0)) if chr(code) not in "\n" + _BREAKS)
_PLAIN = (
    {ord(char): " " for char in _CONTROLS + _SPACES}
    | {ord(char): "\n" for char in _BREAKS}
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)
_STRAIGHT = (
    {ord(char): "'" for char in "‘’‚‛′`´"}
    | {ord(char): '"' for char in "“”„‟″«»"}
    | {ord(char): "-" for char in "‐‑‒–—―−"}
)
# Only the first mark of a run is tried: a million full stops must not cost a million million steps.
_END = re.compile(r"(?<![.!?])[.!?]++[\"'’”»)\]]*+(?=\s|\Z)")
_ABBREVIATION = re.compile(r"(?<![a-z])(?:e\.g|i\.e|dr|mrs?|ms|vs|fig|approx|cf|incl|al)\Z", re.IGNORECASE)
_BEFORE_NUMBER = re.compile(r"(?<![a-z])(?:no|nos|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\Z", re.IGNORECASE)
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The readable ``text``, and ``folded``: the same length in lower case with straight quotes."""

    text: str
    folded: str
    offsets: "array[int] | None"

    def original(self, start: int, end: int) -> Span:
        """Where ``text[start:end]`` stands in the text that was given."""
        if self.offsets is None or start >= end:
            return Span(start=start, end=end) if self.offsets is None else Span(start=0, end=0)
        return Span(start=self.offsets[start], end=self.offsets[end - 1] + 1)


def read_source(original: str) -> Source:
    """Clean a text; ArticleError when it is empty or far larger than any article."""
    if len(original) > MOST_CHARACTERS:
        raise ArticleError(f"The text has {len(original):,} characters; {MOST_CHARACTERS:,} are the most.")
    text, offsets = _without(original)
    text = text.translate(_PLAIN)
    if not text.strip():
        raise ArticleError("The text is empty.")
    if text.count("\n") > MOST_LINES:
        raise ArticleError(f"The text has more than {MOST_LINES:,} lines; that is no article.")
    return Source(text=text, folded=fold(text), offsets=offsets)


def _without(original: str) -> "tuple[str, array[int] | None]":
    """The text without characters nobody sees, and the original offset of each one that is left."""
    if not _GONE.search(original):
        return original, None
    offsets, last = array("l"), 0
    for gone in _GONE.finditer(original):
        offsets.extend(range(last, gone.start()))
        last = gone.end()
    offsets.extend(range(last, len(original)))
    return _GONE.sub("", original), offsets


def fold(text: str) -> str:
    """The text for comparing: lower case, straight quotes and dashes, exactly as long as before."""
    straight = text.translate(_STRAIGHT)
    lower = straight.lower()
    if len(lower) == len(text):
        return lower
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in straight)


def tidy(text: str) -> str:
    """One line, single spaces."""
    return " ".join(text.split())


def blank(text: str, spans: Iterable[Span]) -> str:
    """The text, as long as before, with spaces where the spans are."""
    pieces, last = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        start, end = max(span.start, last), max(span.end, last)
        pieces += [text[last:start], " " * (end - start)]
        last = end
    return "".join((*pieces, text[last:]))


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """The lines between two offsets, blank ones too, without the white space around them."""
    stop = len(text) if end is None else end
    while start < stop:
        found = text.find("\n", start, stop)
        close = stop if found < 0 else found
        yield trimmed(text, start, close)
        start = close + 1


def trimmed(text: str, start: int, end: int) -> Span:
    """The offsets without the white space at both ends."""
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    return Span(start=left, end=max(left, start + len(piece.rstrip())))


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences between two offsets; what follows the last full stop is one too."""
    for span in _pieces(text, start, end):
        while span.end - span.start > MOST_SENTENCE:
            cut = max(text.rfind(" ", span.start, span.start + MOST_SENTENCE), span.start + MOST_SENTENCE // 2)
            yield trimmed(text, span.start, cut)
            span = trimmed(text, cut, span.end)
        yield span


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    first = start
    for mark in _END.finditer(text, start, end):
        if _ends(text, mark, end):
            yield trimmed(text, first, mark.end())
            first = mark.end()
    rest = trimmed(text, first, end)
    if rest.start < rest.end:
        yield rest


def _ends(text: str, mark: re.Match[str], end: int) -> bool:
    """Whether a mark ends a sentence: no abbreviation before it, no small letter after it."""
    before = text[max(0, mark.start() - 8) : mark.start()]
    gap = _SPACE.match(text, mark.end(), end)
    follows = text[gap.end() : gap.end() + 1] if gap and gap.end() < end else ""
    short = _ABBREVIATION.search(before) or (follows.isdigit() and _BEFORE_NUMBER.search(before))
    return not follows.islower() and not short
