"""One list of everything that can be found: the published pages, then the codes of the loaded sets."""

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import connection

from codes import search
from codes.models import Edition, PublishedCode, Synonym
from codes.synonyms import Meaning, synonyms_at
from datasets import store
from datasets.models import Release
from datasets.search import building
from datasets.search.asking import MOST, Code, Filters, Hit, Index, Vocabulary
from datasets.search.query import Query
from datasets.search.typos import meant, near_numbers
from datasets.search.words import MOST_WORDS, bare_number, without_its_name, words_of

#: So many results stand on one page, and so many codes are shown for a number that there is not.
PER_PAGE, MOST_CLOSEST = 20, 8
Row = PublishedCode | Hit
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is for a text: one page of ``rows``, of ``total`` in all (``is_more``: and others).

    ``corrected`` is the text that was looked for instead, ``meanings`` what some of its words were taken for,
    ``by_number`` whether the number begins so, ``closest`` whether these are only the closest numbers. ``paged`` has
    those codes of sets that have a page all the same -> the number of the page.
    """

    rows: Sequence[Row] = ()
    total: int = 0
    is_more: bool = False
    query: Query | None = None
    corrected: str = ""
    meanings: Sequence[Meaning] = ()
    by_number: bool = False
    closest: bool = False
    paged: Mapping[Code, str] = field(default_factory=dict)


class _State(NamedTuple):
    """What tells whether anything that is kept in memory has changed."""

    stamp: int
    build: int
    changed: str
    synonyms: int


class Pages:
    """The published pages without their texts, in memory."""

    def __init__(self, rows: Sequence[PublishedCode]) -> None:
        self.rows = {row.pk: row for row in rows}
        self.by_code = {code_of(row): row for row in rows}
        self._titles = {row.pk: search.padded(row.title) for row in rows}
        self._summaries = {row.pk: search.padded(row.summary) for row in rows}

    def by_number(self, bare: str) -> list[PublishedCode]:
        """Those whose number begins so, in the order of numbers."""
        return [row for (_, known), row in self.by_code.items() if known.startswith(bare)]

    def by_words(self, query: Query, on: date) -> list[PublishedCode]:
        """Those that match: valid ones first, then those that say it in the title, then in the summary."""
        found = [self.rows[pk] for pk in search.matches(query) if pk in self.rows]
        tiers = {row.pk: search.tier_of(query, self._titles[row.pk], self._summaries[row.pk]) for row in found}
        return sorted(found, key=lambda row: (not row.covers(on), tiers[row.pk], row.number))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word of the pages; read when somebody mistypes one for the first time."""
        texts = PublishedCode.objects.values_list("words", flat=True)
        uses: dict[str, int] = {}
        for word in (word for text in texts for word in set(words_of(text)) if len(word) > 2):
            uses[word] = uses.get(word, 0) + 1
        return Vocabulary(uses)


@lru_cache(maxsize=2)
def _pages(stamp: int) -> Pages:
    return Pages(list(PublishedCode.objects.defer("words").order_by("number")))


@lru_cache(maxsize=2)
def _places(stamp: int, index: Index) -> Mapping[Code, int]:
    """The codes of the loaded sets that may have pages, each with its place there."""
    return index.of_numbers([bare for _, bare in _pages(stamp).by_code], Filters(on=date.max))


def forget() -> None:
    """Drop what is kept in memory (a test's database goes back in time, a real one never does)."""
    _pages.cache_clear()
    _places.cache_clear()


def find(text: str, filters: Filters, *, exact: bool = False, first: int = 0) -> Found:
    """What there is for a text, from the result ``first`` on.

    A number, or its beginning, wins; then all words in any order, each by its beginning or by what it means. Where
    nothing has them, mistyped words are corrected (unless it is to be ``exact``), or the closest numbers are shown.
    No text finds every page; a text without any word finds nothing.
    """
    for _ in range(2):
        state = _state()
        try:
            return _Search(state, filters, first).find(text, exact=exact)
        except store.Gone:  # another index took the place of this one just now
            continue
    logger.error("The index of the loaded codes cannot be read, only pages are found. Run manage.py index_codes.")
    return _Search(state._replace(build=0), filters, first).find(text, exact=exact)


def _state() -> _State:
    """One question for all that is kept in memory; each search puts it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT max(id) FROM {Edition._meta.db_table}), "
            f"(SELECT max(build) FROM {Release._meta.db_table} WHERE kind = %s), "
            f"max(changed_at), count(*) FROM {Synonym._meta.db_table}",
            [building.KIND],
        )
        stamp, build, changed, count = cursor.fetchone()
    return _State(stamp or 0, build or 0, str(changed), count)


class _Search:
    """One search in one state of the site."""

    def __init__(self, state: _State, filters: Filters, first: int) -> None:
        self.state, self.pages = state, _pages(state.stamp)
        self.index = Index(place=building.place_of(state.build)) if state.build else None
        self.synonyms = synonyms_at(state.changed, state.synonyms)
        self.filters, self.first = filters, first

    def find(self, text: str, *, exact: bool) -> Found:
        """See ``find`` of the module."""
        text = without_its_name(text)
        words, bare = words_of(text)[:MOST_WORDS], bare_number(text)
        if not words:
            return (None if text else self._found(self._kept(list(self.pages.rows.values())), [])) or Found()
        return (
            (self._by_number(bare) if bare else None)
            or self._by_words(words, {})
            or (self._corrected(words) if not exact else None)
            or (self._closest(bare) if bare and not exact and not self._is_left_out(bare) else None)
            or Found(meanings=tuple(self.synonyms.query(words, {})[1]))
        )

    def _by_number(self, bare: str) -> Found | None:
        places = self.index.by_number(bare, self.filters) if self.index else []
        return self._found(self._kept(self.pages.by_number(bare)), places, by_number=True)

    def _by_words(self, words: Sequence[str], corrected: dict[str, list[str]]) -> Found | None:
        query, meanings = self.synonyms.query(words, corrected)
        places = self.index.by_words(query, self.filters) if self.index else []
        said = " ".join(corrected[word][0] if word in corrected else word for word in words) if corrected else ""
        return self._found(
            self._kept(self.pages.by_words(query, self.filters.on)),
            places,
            query=query,
            meanings=meanings,
            corrected=said,
        )

    def _corrected(self, words: Sequence[str]) -> Found | None:
        near = {word: meant(word, self.index, self.pages.vocabulary) for word in words}
        corrected = {word: others for word, others in near.items() if others}
        return self._by_words(words, corrected) if corrected else None

    def _is_left_out(self, bare: str) -> bool:
        """Whether the number is there, and only the filters leave it out."""
        anything = Filters(on=self.filters.on)
        return bool(self.pages.by_number(bare) or (self.index and self.index.by_number(bare, anything)))

    def _closest(self, bare: str) -> Found | None:
        """In the order of likelihood, those that are there."""
        slips = near_numbers(bare)
        there = self.index.of_numbers(slips, self.filters) if self.index else {}
        pages = self.pages.by_code
        likely = {number: place for place, number in enumerate(slips)}
        near = [code for code in {**there, **pages} if code[1] in likely]
        codes = sorted(near, key=lambda code: (likely[code[1]], code))[:MOST_CLOSEST]
        mine = self._kept([pages[code] for code in codes if code in pages])
        return self._found(mine, [there[code] for code in codes if code in there], closest=True)

    def _places_of(self, pages: Sequence[PublishedCode]) -> Set[int]:
        """Where the loaded sets have the codes of these pages."""
        there = _places(self.state.stamp, self.index) if self.index else {}
        return {there[code] for row in pages if (code := code_of(row)) in there}

    def _kept(self, rows: Sequence[PublishedCode]) -> list[PublishedCode]:
        """The pages that the filters leave; whatever has a page of its own can be billed."""
        asked = self.filters
        return [
            row
            for row in rows
            if (not asked.system or row.system == asked.system) and (not asked.valid or row.covers(asked.on))
        ]

    def _found(
        self, pages: list[PublishedCode], places: Sequence[int], *, query: Query | None = None, corrected: str = "",
        meanings: Sequence[Meaning] = (), by_number: bool = False, closest: bool = False,
    ) -> Found | None:  # fmt: skip
        """One page of both lists; a code that is in both is shown as its page. None where both are empty."""
        shown = self._places_of(pages) if pages and places else ()
        others = [place for place in places if place not in shown] if shown else places
        total = len(pages) + len(others)
        if not total:
            return None
        end = self.first + PER_PAGE
        mine = pages[self.first : end]
        theirs = others[max(0, self.first - len(pages)) : max(0, end - len(pages))]
        known = self.pages.by_code
        hits = self.index.hits(theirs) if self.index else []
        return Found(
            rows=[*mine, *hits], total=min(total, MOST), is_more=total > MOST, query=query, corrected=corrected,
            meanings=meanings, by_number=by_number, closest=closest,
            paged={hit.code: known[hit.code].number for hit in hits if hit.code in known},
        )  # fmt: skip


def code_of(row: PublishedCode) -> Code:
    """Which code a page is about."""
    return (row.system, bare_number(row.number) or row.number)
