"""Marking the words of a narrative that state a fact, so that nobody has to type brackets.

Whatever is marked or unmarked, the text that a reader sees stays as it is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from codes.articles.facts import Recogniser, any_of, denied
from codes.articles.source import fold
from codes.narrative import Piece, pieces, plain, written
from rulebook.facts import facts_of
from rulebook.types import Encounter

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SEX = {"F": "woman|female|girl|lady|she|her", "M": "man|male|boy|gentleman|he|his"}
#: So many characters of a text state one fact at most.
MOST_MARKED = 200
Topics = Mapping[str, Iterable[str]]


class MarkError(ValueError):
    """Words that cannot be marked; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Words that are marked, and the facts that they state; ``number`` counts the marks from 0."""

    number: int
    words: str
    facts: tuple[str, ...]


def marks(narrative: str) -> tuple[Mark, ...]:
    """The marks of a narrative in their order."""
    marked = [run for run in pieces(narrative) if run.facts]
    return tuple(Mark(number=n, words=run.text, facts=run.facts) for n, run in enumerate(marked))


def mark(narrative: str, words: str, path: str) -> str:
    """The narrative with the first of these words that can be marked as stating a fact; MarkError."""
    if not words.strip():
        raise MarkError("Type the words that state the fact.")
    if len(words) > MOST_MARKED:
        raise MarkError(f"These words have {len(words):,} characters; {MOST_MARKED} can be marked at once.")
    if re.search(r"[\[\]]", words):
        raise MarkError("Words with square brackets in them cannot be marked.")
    spans = list(_places(plain(narrative), words))
    if not spans:
        raise MarkError(f"The text does not contain “{words.strip()}”.")
    for start, end in spans:
        changed = _marked(narrative, start, end, path)
        if changed is not None:
            return changed
    raise MarkError(f"“{words.strip()}” stands in or across another mark. Take that one away first.")


def unmark(narrative: str, number: int) -> str:
    """The narrative without one of its marks; MarkError where there is no such mark."""
    runs, left = pieces(narrative), number
    for place, run in enumerate(runs):
        if run.facts and left == 0:
            runs[place] = replace(run, facts=())
            return _same_text(narrative, runs)
        left -= bool(run.facts)
    raise MarkError("There is no such mark any more.")


def propose(narrative: str, encounter: Encounter, recogniser: Recogniser, topics: Topics) -> str:
    """The narrative with marks for those facts that no words are marked for yet, as far as they can be found.

    ``topics``: slug of a documentation item -> the phrases by which a text names it.
    """
    text = plain(narrative)
    told = {fact for one in marks(narrative) for fact in one.facts}
    for path, value in facts_of(encounter).items():
        if path in told or (path.endswith(".count") and value == "1"):
            continue
        for start, end in _stating(path, value, text, recogniser, topics):
            with suppress(MarkError):
                changed = _marked(narrative, start, end, path)
                if changed is not None:
                    narrative = changed
                    break
    return narrative


# Where words stand --------------------------------------------------------------------------


def _places(text: str, words: str) -> Iterator[tuple[int, int]]:
    """Where the words stand in the text: as whole words first, then anywhere; never across lines."""
    bare = r"[ \t]+".join(re.escape(word) for word in words.split())
    for pattern in (rf"(?<!\w){bare}(?!\w)", bare):
        for found in re.finditer(pattern, text, re.IGNORECASE):
            yield found.span()


def _stating(path: str, value: str, text: str, recogniser: Recogniser, topics: Topics) -> Iterator[tuple[int, int]]:
    """Where a text states a fact, the likeliest place first."""
    head, *rest = path.split(".")
    folded = fold(text)
    if head == "services" and rest[-1] != "count":
        hits = (hit for hit in recogniser.hits(folded, rest[-1:]) if hit.value == value and not denied(folded, hit))
        yield from ((hit.start, hit.end) for hit in hits)
        return
    for pattern in _patterns(head, rest, value, topics):
        yield from (found.span() for found in re.finditer(pattern, folded))


def _patterns(head: str, rest: list[str], value: str, topics: Topics) -> Iterator[str | re.Pattern[str]]:
    """The patterns by which prose states a fact that is none of a service's facets."""
    if head == "services":
        word = _NUMBERS[int(value) - 1] if int(value) <= len(_NUMBERS) else value
        yield rf"(?<![\w.-])(?:{word}|{value})(?=[ -][a-z])"
    elif head == "patient" and rest == ["age"]:
        yield rf"(?<![\w.])(?:{value}[- ]years?[- ]old|{value}[- ]years?|aged {value}|of {value})(?!\w)"
    elif head == "patient":
        yield rf"(?<!\w)(?:{_SEX[value]})(?!\w)"
    elif head == "date_of_service":
        day = date.fromisoformat(value)
        yield rf"(?:{day:%B} {day.day}, {day.year}|{value})".casefold()
    elif head in ("diagnoses", "earlier"):
        yield rf"(?<![\w.]){re.escape(value.split()[0].casefold())}(?![\w.]\w)"
    elif head == "documented" and rest:
        yield any_of(map(fold, topics.get(rest[0], ())))


# Marks in the text --------------------------------------------------------------------------


def _marked(narrative: str, start: int, end: int, path: str) -> str | None:
    """The narrative with this stretch of its text marked; None where it stands in or across another mark."""
    runs, at = pieces(narrative), 0
    for place, run in enumerate(runs):
        if at <= start and end <= at + len(run.text):
            around = _split(run, start - at, end - at, path)
            return None if around is None else _same_text(narrative, [*runs[:place], *around, *runs[place + 1 :]])
        at += len(run.text)
    return None


def _split(run: Piece, start: int, end: int, path: str) -> list[Piece] | None:
    """A run of words with part of it marked; a run that is marked as a whole states one fact more."""
    if run.facts:
        whole = (start, end) == (0, len(run.text))
        return [replace(run, facts=tuple(dict.fromkeys((*run.facts, path))))] if whole else None
    if not run.text[start:end].strip() or re.search(r"[\[\]\n]", run.text[start:end]):
        return None
    parts = (Piece(text=run.text[:start]), Piece(text=run.text[start:end], facts=(path,)), Piece(text=run.text[end:]))
    return [part for part in parts if part.text]


def _same_text(narrative: str, runs: list[Piece]) -> str:
    """The runs written out; MarkError where brackets of the text itself would become marks by it."""
    changed = written(runs)
    if plain(changed) != plain(narrative):
        raise MarkError("The text has square brackets of its own there. Take them out of the text first.")
    return changed
