"""What was changed between two texts, word by word. Pure: texts in, spans out."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby, takewhile

#: Two lists are compared piece by piece up to this many pairs (a long section twice over); beyond it, as a whole.
MOST_PAIRS = 4_000_000


class Kind(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of text and what became of it."""

    kind: Kind
    text: str


def word_diff(old: str, new: str) -> tuple[Span, ...]:
    """The spans that lead from one text to the other: same and removed joined give the old, same and added the new.

    No span is empty, neighbours differ in kind, and what was removed stands before what was put in its place.
    """
    spans = _compared(_lines(old), _lines(new), within=_by_words)
    grouped = (
        Span(kind=kind, text="".join(span.text for span in run))
        for changed, stretch in groupby(spans, key=lambda span: span.kind is not Kind.SAME)
        for kind, run in groupby(_sorted(stretch) if changed else stretch, key=lambda span: span.kind)
    )
    return tuple(span for span in grouped if span.text)


def _sorted(spans: Iterator[Span]) -> list[Span]:
    """Within one stretch of changes: first all that went, then all that came."""
    return sorted(spans, key=lambda span: span.kind is Kind.ADDED)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _words(text: str) -> list[str]:
    """Words, blanks and signs, which together are the text."""
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def _by_words(old: str, new: str) -> Iterator[Span]:
    return _compared(_words(old), _words(new), within=_whole)


def _whole(old: str, new: str) -> Iterator[Span]:
    yield Span(kind=Kind.REMOVED, text=old)
    yield Span(kind=Kind.ADDED, text=new)


def _compared(old: Sequence[str], new: Sequence[str], within: Callable[[str, str], Iterator[Span]]) -> Iterator[Span]:
    """Spans for two lists of pieces; ``within`` looks closer at pieces that took the place of others."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    yield Span(kind=Kind.SAME, text="".join(old[:start]))
    yield from _between(old[start : len(old) - end], new[start : len(new) - end], within)
    yield Span(kind=Kind.SAME, text="".join(old[len(old) - end :]))


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _between(old: Sequence[str], new: Sequence[str], within: Callable[[str, str], Iterator[Span]]) -> Iterator[Span]:
    if len(old) * len(new) > MOST_PAIRS:
        yield from _whole("".join(old), "".join(new))
        return
    # Blanks are never what two texts have in common, only what stands between what they have.
    for tag, i1, i2, j1, j2 in SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        yield from [Span(kind=Kind.SAME, text=gone)] if tag == "equal" else within(gone, come)
