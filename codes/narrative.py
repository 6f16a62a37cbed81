"""Prose in which the words that state a fact are marked: ``[cryoprobe](services.0.technique)``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rulebook.facts import at_stake, facts_of
from rulebook.types import Encounter, Grade

_MARK = re.compile(r"\[([^\[\]]+)\]\(([^()]*)\)")
_PATH = re.compile(
    r"services\.\d+\.[a-z-]+|diagnoses\.\d+|earlier\.\d+|patient\.(age|sex)|place_of_service|date_of_service"
    r"|documented(\.[a-z0-9-]+)?"
)


class NarrativeError(ValueError):
    """A mark that points nowhere; the text says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of words and the facts it states (none for the words between)."""

    text: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One numbered sentence of a scenario."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def facts(self) -> frozenset[str]:
        """Every fact the sentence states."""
        return frozenset(fact for piece in self.pieces for fact in piece.facts)

    @property
    def text(self) -> str:
        """The sentence without its marks."""
        return "".join(piece.text for piece in self.pieces)


def sentences(narrative: str) -> tuple[Sentence, ...]:
    """The lines of a narrative, numbered from 1; empty lines do not count."""
    lines = [line.strip() for line in narrative.splitlines() if line.strip()]
    return tuple(Sentence(number=number, pieces=tuple(pieces(line))) for number, line in enumerate(lines, start=1))


def plain(narrative: str) -> str:
    """The text without its marks."""
    return _MARK.sub(r"\1", narrative)


def pieces(text: str) -> list[Piece]:
    """A text in runs of words, those of a mark with its facts."""
    found, end = [], 0
    for mark in _MARK.finditer(text):
        if mark.start() > end:
            found.append(Piece(text=text[end : mark.start()]))
        found.append(Piece(text=mark[1], facts=tuple(mark[2].split())))
        end = mark.end()
    if end < len(text):
        found.append(Piece(text=text[end:]))
    return found


def written(runs: Iterable[Piece]) -> str:
    """The way back from ``pieces``; a mark of no fact is left out."""
    return "".join(f"[{run.text}]({' '.join(run.facts)})" if run.facts else run.text for run in runs)


def dated(narrative: str, words: str) -> str:
    """A narrative with other words where it states the date of service."""
    return _MARK.sub(lambda mark: f"[{words}]({mark[2]})" if mark[2] == "date_of_service" else mark[0], narrative)


def marked_paths(narrative: str, encounter: Encounter) -> frozenset[str]:
    """The facts that a narrative marks; NarrativeError for a mark without such a fact."""
    paths = frozenset(path for sentence in sentences(narrative) for path in sentence.facts)
    for path in sorted(paths):
        if not _PATH.fullmatch(path):
            raise NarrativeError(f"The mark ({path}) is not a path of a fact, such as (services.0.site).")
        if not _leads_somewhere(path, encounter):
            raise NarrativeError(f"The mark ({path}) points to a fact that the encounter does not have.")
    return paths


def untold_facts(narrative: str, encounter: Encounter, graded: Grade) -> list[str]:
    """The facts that a graded claim rests on and that no mark of the narrative states; NarrativeError as above."""
    told, values = marked_paths(narrative, encounter), facts_of(encounter)
    return sorted(path for path in at_stake(graded) if not _is_told(path, told) and not _is_once(path, values))


def _is_told(path: str, told: frozenset[str]) -> bool:
    """A path of a group (``documented``, ``diagnoses``) is told when one of its facts is."""
    return path in told or any(one.startswith(f"{path}.") for one in told)


def _is_once(path: str, values: Mapping[str, str]) -> bool:
    """A service that is told of at all was done once, without anybody having to count."""
    return path.endswith(".count") and values.get(path) == "1"


def _leads_somewhere(path: str, encounter: Encounter) -> bool:
    head, *rest = path.split(".")
    if head == "services":
        index = int(rest[0])
        return index < len(encounter.services) and (rest[1] == "count" or rest[1] in encounter.services[index].facets)
    if head == "diagnoses":
        return int(rest[0]) < len(encounter.diagnoses)
    if head == "earlier":
        return int(rest[0]) < len(encounter.earlier)
    if head == "documented":
        return encounter.documented is not None and encounter.documented.issuperset(rest)
    return True
