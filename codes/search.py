"""Finding codes: one QuerySet method over full text, whichever database is underneath."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection, models
from rapidfuzz import fuzz, process

from rulebook.case_format import normal_code

TABLE = "codes_fulltext"
_WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 12
CLOSE_ENOUGH = 74
AROUND = 50


class SearchQuerySet(models.QuerySet[Any]):
    """Published codes."""

    def search(self, text: str) -> "SearchQuerySet":
        """Codes that match a number, its beginning, or all words in any order, each by its beginning.

        Numbers come first, then titles, then summaries, then whatever else the page says.
        Text without any word matches nothing.
        """
        words = _words(text)
        if not words:
            return self.none()
        number = normal_code(text)
        by_number = models.Q(number__startswith=number) if number else models.Q(pk__in=[])
        found: SearchQuerySet = self.filter(by_number | models.Q(pk__in=_matches(words)))
        rank = models.Case(
            models.When(number=number, then=0),
            models.When(by_number, then=1),
            models.When(_all_in("title", words), then=2),
            models.When(_all_in("summary", words), then=3),
            default=4,
            output_field=models.IntegerField(),
        )
        ranked: SearchQuerySet = found.annotate(rank=rank).order_by("rank", "number")
        return ranked

    def valid_on(self, day: date) -> "SearchQuerySet":
        """Codes that may be used on a date of service."""
        return self.filter(
            models.Q(valid_from=None) | models.Q(valid_from__lte=day),
            models.Q(valid_to=None) | models.Q(valid_to__gte=day),
        )

    def corrected(self, text: str) -> str:
        """The text with each unknown word replaced by the closest one in use; numbers stay as they are."""
        vocabulary = _vocabulary(tuple(self.values_list("words", flat=True)))
        return " ".join(_closest(word, vocabulary) for word in _words(text))

    def nearest(self, number: str) -> "SearchQuerySet":
        """Published codes whose numbers stand closest to one that is not there."""
        numbers = list(self.values_list("number", flat=True))
        close = process.extract(normal_code(number), numbers, scorer=fuzz.ratio, limit=5, score_cutoff=60)
        return self.filter(number__in=[entry[0] for entry in close])


def why_matched(row: Any, text: str) -> str:
    """Why a row was found: by its number, or the words around the first match."""
    if row.number.startswith(normal_code(text)):
        return "by its number"
    for word in _words(text):
        found = re.search(rf"\b{re.escape(word)}", row.words, re.IGNORECASE)
        if found:
            around = row.words[max(0, found.start() - AROUND) : found.end() + AROUND]
            return f"“… {' '.join(around.split()[1:-1])} …”"
    return ""


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)][:MOST_WORDS]


def _all_in(field: str, words: list[str]) -> models.Q:
    """Every word occurs in a field."""
    found = models.Q()
    for word in words:
        found &= models.Q(**{f"{field}__icontains": word})
    return found


def _matches(words: list[str]) -> list[int]:
    """Primary keys of rows in which every word begins some word."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            query = " ".join(f'"{word}"*' for word in words)
            cursor.execute(f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s ORDER BY rank LIMIT 500", [query])
        else:
            query = " & ".join(f"'{word}':*" for word in words)
            cursor.execute(f"SELECT id FROM {TABLE} WHERE words @@ to_tsquery('simple', %s) LIMIT 500", [query])
        return [row[0] for row in cursor.fetchall()]


def index(pk: int, words: str) -> None:
    """Write one row of the full-text index, in the transaction of the caller."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DELETE FROM {TABLE} WHERE rowid = %s", [pk])
            cursor.execute(f"INSERT INTO {TABLE} (rowid, words) VALUES (%s, %s)", [pk, words])
        else:
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [pk])
            cursor.execute(f"INSERT INTO {TABLE} (id, words) VALUES (%s, to_tsvector('simple', %s))", [pk, words])


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


@lru_cache(maxsize=4)
def _vocabulary(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in _words_of(text))


def _words_of(text: str) -> Iterable[str]:
    return (word.casefold() for word in _WORD.findall(text) if len(word) > 2)


def _closest(word: str, vocabulary: frozenset[str]) -> str:
    has_digit = any(character.isdigit() for character in word)
    if has_digit or len(word) < 4 or any(known.startswith(word) for known in vocabulary):
        return word
    best = process.extractOne(word, sorted(vocabulary), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
    return best[0] if best else word
