"""Finding published pages by full text, whichever database is underneath."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection, models

from datasets.search.query import Query, Term, plain
from datasets.search.words import MOST_WORDS, words_of
from rulebook.case_format import normal_code

TABLE = "codes_fulltext"
AROUND = 50
#: What Markdown is written with and nobody wants to read in an excerpt.
_MARKS = re.compile(r"[*_`#]+")


class SearchQuerySet(models.QuerySet[Any]):
    """Published codes."""

    def search(self, text: str, *, on: date | None = None) -> "SearchQuerySet":
        """Pages that match a number, its beginning, or all words in any order, each by its beginning.

        Numbers come first, then titles, then summaries, then whatever else the page says; with a day (``on``) what is
        valid on it before all others. Text without any word matches nothing. Both databases find the same.
        """
        words = words_of(text)[:MOST_WORDS]
        if not words:
            return self.none()
        number, tiers = _number(text), self._tiers(plain(words))
        by_number = models.Q(number__startswith=number) if number else models.Q(pk__in=[])
        numbered = [models.When(number=number, then=0), models.When(by_number, then=1)] if number else []
        worded = [models.When(pk__in=pks, then=2 + tier) for tier, pks in enumerate(tiers) if pks]
        rank = models.Case(*numbered, *worded, default=5)
        order: list[str | models.Case] = ["rank", "number"]
        if on is not None:
            order = [models.Case(models.When(_valid_on(on), then=0), default=1), *order]
        found = self.filter(by_number | models.Q(pk__in=[pk for pks in tiers for pk in pks]))
        ranked: SearchQuerySet = found.alias(rank=rank).order_by(*order)
        return ranked

    def _tiers(self, query: Query) -> list[list[int]]:
        """Keys of the pages that match: of those that say it in the title, in the summary, and elsewhere."""
        tiers: list[list[int]] = [[], [], []]
        matching, asked = _matching(query)
        with connection.cursor() as cursor:  # the ORM takes longer to write this than the database to answer it
            table = self.model._meta.db_table
            cursor.execute(f"SELECT code_id, title, summary FROM {table} WHERE code_id IN ({matching})", [asked])
            for pk, title, summary in cursor.fetchall():
                tiers[tier_of(query, padded(title), padded(summary))].append(pk)
        return tiers


def _number(text: str) -> str:
    """A text as the number of a page, or nothing: PostgreSQL takes neither a NUL nor half a character."""
    number = normal_code(text)
    return number if number.isascii() and number.isprintable() else ""


def _valid_on(day: date) -> models.Q:
    begun = models.Q(valid_from=None) | models.Q(valid_from__lte=day)
    return begun & (models.Q(valid_to=None) | models.Q(valid_to__gte=day))


def tier_of(query: Query, title: str, summary: str) -> int:
    """0 where the title says it, 1 where title and summary do, 2 where only the rest of the page does; both padded."""
    if _says(title, query):
        return 0
    return 1 if _says(title + summary, query) else 2


@lru_cache(maxsize=1024)
def padded(text: str) -> str:
    """The words of a text with a blank around each."""
    return f" {' '.join(words_of(text))} "


def _says(text: str, query: Query) -> bool:
    return all(any(all(_stands(text, term) for term in terms) for terms in group) for group in query.groups)


def _stands(text: str, term: Term) -> bool:
    return (f" {term.word}" if term.begins else f" {term.word} ") in text


def around(text: str, folded: str, terms: Iterable[str]) -> str:
    """The words around the first place in a text where one of these begins a word; nothing where none does.

    ``folded`` is the text in small letters; one that has other places then is not looked through.
    """
    places = [at for term in terms if (at := folded.find(f" {term}")) >= 0] if len(folded) == len(text) else []
    if not places:
        return ""
    found = text[max(0, min(places) - AROUND) : min(places) + 2 * AROUND]
    return f"… {' '.join(_MARKS.sub('', found).split()[1:-1])} …"


def matches(query: Query) -> list[int]:
    """Primary keys of the pages that match."""
    matching, asked = _matching(query)
    with connection.cursor() as cursor:
        cursor.execute(matching, [asked])
        return [row[0] for row in cursor.fetchall()]


def _matching(query: Query) -> tuple[str, str]:
    """The statement that finds the pages, and its one value: full text as each database has it."""
    if connection.vendor == "sqlite":
        return f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s ORDER BY rowid LIMIT 500", query.fts5()
    return f"SELECT id FROM {TABLE} WHERE words @@ CAST(%s AS tsquery) ORDER BY id LIMIT 500", query.tsquery()


def index(pk: int, text: str) -> None:
    """Write one row of the full-text index, in the transaction of the caller."""
    words = " ".join(words_of(text))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DELETE FROM {TABLE} WHERE rowid = %s", [pk])
            cursor.execute(f"INSERT INTO {TABLE} (rowid, words) VALUES (%s, %s)", [pk, words])
        else:
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [pk])
            lexemes = "array_to_tsvector(string_to_array(%s, ' '))"
            cursor.execute(f"INSERT INTO {TABLE} (id, words) VALUES (%s, {lexemes})", [pk, words])


def drop(pk: int) -> None:
    """Take one row out of the full-text index, in the transaction of the caller."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE {'rowid' if connection.vendor == 'sqlite' else 'id'} = %s", [pk])


def create_index(schema_editor: Any) -> None:
    """Make the full-text table; called by a migration."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(words, tokenize='unicode61 remove_diacritics 2', prefix='2 3 4')"
        )
    else:
        schema_editor.execute(f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, words tsvector NOT NULL)")
        schema_editor.execute(f"CREATE INDEX {TABLE}_gin ON {TABLE} USING gin (words)")


def drop_index(schema_editor: Any) -> None:
    """The way back."""
    schema_editor.execute(f"DROP TABLE IF EXISTS {TABLE}")
