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
from datasets.search.query import Query
from datasets.store import LONGEST_BEGINNING

#: So many matches are counted and can be paged through; whoever has more adds a word.
MOST = 100
#: More words that begin the same are not listed one by one.
MOST_WHOLES = 40
_COLUMNS = "system, number, bare, text, starts, ends, billable"
_HOLDS = "starts <= ? AND (ends = 0 OR ends >= ?)"


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


#: Where a code stands in the index, and its bare number.
Place = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which codes are looked at: of one set, billable ones, those valid on the day."""

    on: date
    system: str = ""
    billable: bool = False
    valid: bool = False

    def where(self) -> tuple[str, list[Any]]:
        """What all statements ask for besides the match, validity excepted."""
        asked, values = [], []
        if self.system:
            asked.append(" AND system = ?")
            values.append(self.system)
        if not settings.CPT_LICENSE_REF:
            asked.append(f" AND system <> '{CPT}'")
        if self.billable:
            asked.append(" AND billable = 1")
        return "".join(asked), values


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One build of the index. Every method raises ``store.Gone`` when another one has taken its place."""

    place: str

    def by_words(self, query: Query, filters: Filters) -> list[Place]:
        """Where codes stand that match, at most one more than MOST: those valid on the day first."""
        if connection.vendor == "postgresql":
            return self._found("entries", "lexemes @@ CAST(? AS tsquery)", [query.tsquery()], filters, "id")
        tables = "entries_fulltext JOIN entries ON id = entries_fulltext.rowid"
        return self._found(
            tables,
            "entries_fulltext MATCH ?",
            [query.fts5(self.vocabulary().wholes)],
            filters,
            "entries_fulltext.rowid",
        )

    def by_number(self, bare: str, filters: Filters) -> list[Place]:
        """Where codes stand whose number begins so, in the order of numbers."""
        return self._found("entries", "bare >= ? AND bare < ?", [bare, f"{bare}~"], filters, "bare")

    def _found(self, tables: str, match: str, values: list[Any], filters: Filters, order: str) -> list[Place]:
        """One row with all of them: SQLite's module lets other threads go first at each row, which takes longer."""
        where, more = filters.where()
        day = day_number(filters.on)
        inner = f"SELECT id, bare FROM {tables} WHERE {match}{where} AND %s({_HOLDS}) ORDER BY {order} LIMIT ?"
        gathered = "string_agg({0}, ' ')" if connection.vendor == "postgresql" else "group_concat({0}, ' ')"
        sql = f"SELECT {gathered.format('CAST(id AS text)')}, {gathered.format('bare')} FROM ({inner}) AS found"
        found: list[Place] = []
        for negation in ("",) if filters.valid else ("", "NOT "):
            if (left := MOST + 1 - len(found)) > 0:
                ((ids, numbers),) = store.select(self.place, sql % negation, [*values, *more, day, day, left])
                found += zip(map(int, ids.split()), numbers.split(), strict=True) if ids else ()
        return found

    def hits(self, places: Sequence[Place]) -> list[Hit]:
        """The codes that stand there, in the same order."""
        if not places:
            return []
        sql = f"SELECT id, {_COLUMNS} FROM entries WHERE id IN ({_marks(places)})"
        found = {row[0]: Hit._make(row[1:]) for row in store.select(self.place, sql, [one[0] for one in places])}
        return [found[one[0]] for one in places if one[0] in found]

    def of_numbers(self, numbers: Sequence[str], filters: Filters) -> list[Place]:
        """Of these bare numbers those that there are."""
        where, more = filters.where()
        sql = f"SELECT bare, id FROM entries WHERE bare IN ({_marks(numbers)}){where}"
        return [(place, bare) for bare, place in store.select(self.place, sql, [*numbers, *more])]

    def near(self, forms: Sequence[str]) -> list[str]:
        """The words that have one of these forms, whole or with one letter left out."""
        sql = f"SELECT DISTINCT word FROM deletions WHERE form IN ({_marks(forms)})"
        return [row[0] for row in store.select(self.place, sql, forms)]

    def vocabulary(self) -> "Vocabulary":
        """Every word that can be corrected to; kept in memory."""
        return _vocabulary(self.place)


class Vocabulary:
    """Words in their order, each with how often it is used."""

    def __init__(self, uses: Mapping[str, int]) -> None:
        self.uses = uses
        self._words = sorted(uses)

    def begun(self, word: str) -> Sequence[str]:
        """The words that begin so."""
        first = bisect_left(self._words, word)
        return self._words[first : bisect_left(self._words, f"{word}\U0010ffff", first)]

    def wholes(self, word: str) -> Sequence[str]:
        """The words that begin so, where a list of the index does not have them together already and they are few."""
        found = self.begun(word) if len(word) > LONGEST_BEGINNING else ()
        return found if len(found) <= MOST_WHOLES else ()

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


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)
