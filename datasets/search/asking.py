"""Asking the index: codes by the beginning of their number or by words, and which of many numbers there are."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from datasets import store
from datasets.numbers import day_number, day_of
from datasets.search.building import CPT
from datasets.search.places import Places, first, together
from datasets.search.query import Query, Term
from datasets.search.words import LONGEST_BEGINNING, begun

#: So many matches are counted and can be paged through; whoever has more adds a word.
MOST = 100
#: Behind every word that begins so.
_LAST = "\U0010ffff"
_COLUMNS = "system, number, bare, text, starts, ends, billable"
_HOLDS = "(starts <= ? AND (ends = 0 OR ends >= ?))"


#: A set, and the bare number of a code in it: H00.11 of one set and H0011 of another have the same.
Code = tuple[str, str]
#: Few days are the first or the last of many codes.
_day = lru_cache(maxsize=1024)(day_of)


class Hit(NamedTuple):
    """One code of the loaded sets."""

    system: str
    number: str
    bare: str
    text: str
    starts: int
    ends: int
    billable: int

    @property
    def code(self) -> Code:
        """Which code it is."""
        return (self.system, self.bare)

    @property
    def valid_from(self) -> date | None:
        """The first day on which it holds; None where the files do not say."""
        return _day(self.starts)

    @property
    def valid_to(self) -> date | None:
        """The last day on which it holds; None where no end is known."""
        return _day(self.ends)

    @property
    def successors(self) -> Sequence[str]:
        """The codes that take its place; the files do not name them."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a statement asks for besides the match, with its values."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which codes are looked at: of one set, billable ones, those valid on the day."""

    on: date
    system: str = ""
    billable: bool = False
    valid: bool = False

    def in_turn(self) -> list[Condition]:
        """What is asked for, one after the other: codes that are valid on the day, then the others, if at all."""
        day = day_number(self.on)
        holds = Condition(sql=f"{_HOLDS}{self._always().sql}", values=(day, day, *self._always().values))
        return [holds] if self.valid else [holds, Condition(sql=f"NOT {holds.sql}", values=holds.values)]

    def _always(self) -> Condition:
        asked, values = [], []
        if self.system:
            asked.append(" AND system = ?")
            values.append(self.system)
        if not settings.CPT_LICENSE_REF:
            asked.append(f" AND system <> '{CPT}'")
        if self.billable:
            asked.append(" AND billable = 1")
        return Condition(sql="".join(asked), values=tuple(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One build of the index. Every method raises ``store.Gone`` when another one has taken its place.

    Places are the numbers under which codes stand in it, in the order in which results are shown.
    """

    place: str

    def by_words(self, query: Query, filters: Filters) -> list[int]:
        """The places of codes that match, at most one more than MOST: those valid on the day first."""
        matching = query.places(self._places_of(query.terms))
        found: list[int] = []
        for asked in filters.in_turn():
            if len(found) <= MOST:
                found += first(matching & _left(self.place, asked), MOST + 1 - len(found))
        return found

    def by_number(self, bare: str, filters: Filters) -> list[int]:
        """The places of codes whose number begins so, in the order of numbers; as many at most."""
        found: list[int] = []
        for asked in filters.in_turn():
            inner = f"SELECT id FROM entries WHERE bare >= ? AND bare < ? AND {asked.sql} ORDER BY bare, id LIMIT ?"
            values = [bare, f"{bare}~", *asked.values, MOST + 1 - len(found)]
            # One row with all of them: SQLite's module lets other threads go first at each row, which takes longer.
            gathered = "string_agg" if connection.vendor == "postgresql" else "group_concat"
            sql = f"SELECT {gathered}(CAST(id AS text), ' ') FROM ({inner}) AS found"
            ((ids,),) = store.select(self.place, sql, values)
            found += map(int, ids.split()) if ids else ()
        return found

    def of_numbers(self, numbers: Sequence[str], filters: Filters) -> dict[Code, int]:
        """The codes that there are with these bare numbers, each with its place."""
        asked = " OR ".join(one.sql for one in filters.in_turn())
        sql = f"SELECT system, bare, id FROM entries WHERE bare IN ({_marks(numbers)}) AND ({asked})"
        values = [value for one in filters.in_turn() for value in one.values]
        return {(system, bare): place for system, bare, place in store.select(self.place, sql, [*numbers, *values])}

    def hits(self, places: Sequence[int]) -> list[Hit]:
        """The codes that stand there, in the same order."""
        if not places:
            return []
        sql = f"SELECT id, {_COLUMNS} FROM entries WHERE id IN ({_marks(places)})"
        found = {row[0]: Hit._make(row[1:]) for row in store.select(self.place, sql, places)}
        return [found[place] for place in places if place in found]

    def near(self, forms: Sequence[str]) -> list[str]:
        """The words that have one of these forms, whole or with one letter left out."""
        sql = f"SELECT DISTINCT word FROM deletions WHERE form IN ({_marks(forms)})"
        return [row[0] for row in store.select(self.place, sql, forms)]

    def vocabulary(self) -> "Vocabulary":
        """Every word that can be corrected to; kept in memory."""
        return _vocabulary(self.place)

    def _places_of(self, terms: Sequence[Term]) -> dict[Term, Places]:
        """Where each term matches, all of them looked up at once."""
        kept = {_key(term): term for term in terms if not _is_range(term)}
        ranges = [term.word for term in terms if _is_range(term)]
        asked = [f"word IN ({_marks(kept)})"] * bool(kept) + ["word >= ? AND word < ?"] * len(ranges)
        ends = [end for word in ranges for end in (word, f"{word}{_LAST}")]
        sql = f"SELECT word, places FROM postings WHERE {' OR '.join(asked)}"
        rows = store.select(self.place, sql, [*kept, *ends])
        found = {kept[word]: together([places]) for word, places in rows if word in kept}
        for begins in ranges:
            found[Term(word=begins)] = together(places for word, places in rows if word.startswith(begins))
        return {term: found.get(term, 0) for term in terms}


class Vocabulary:
    """Words in their order, each with how often it is used."""

    def __init__(self, uses: Mapping[str, int]) -> None:
        self.uses = uses
        self._words = sorted(uses)

    def begun(self, word: str) -> Sequence[str]:
        """The words that begin so."""
        first = bisect_left(self._words, word)
        return self._words[first : bisect_left(self._words, f"{word}{_LAST}", first)]

    def of_length(self, length: int) -> Sequence[str]:
        """The words of so many letters."""
        return self._by_length.get(length, ())

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for word in self._words:
            found.setdefault(len(word), []).append(word)
        return found


@lru_cache(maxsize=2)
def _vocabulary(place: str) -> Vocabulary:
    return Vocabulary(dict(store.select(place, "SELECT word, uses FROM vocabulary")))


@lru_cache(maxsize=64)
def _left(place: str, asked: Condition) -> Places:
    """What a condition leaves of all codes: a few hundred kinds of them, by their set and their days."""
    return together(
        row[0] for row in store.select(place, f"SELECT places FROM standings WHERE {asked.sql}", asked.values)
    )


def _key(term: Term) -> str:
    return begun(term.word) if term.begins else term.word


def _is_range(term: Term) -> bool:
    """Whether the index has each word that begins so by itself."""
    return term.begins and len(term.word) > LONGEST_BEGINNING


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)
