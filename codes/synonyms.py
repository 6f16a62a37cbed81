"""Abbreviations and lay words: what is looked for besides what was typed.

Read from content/synonyms.toml into rows that educators edit; see docs/search.md.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.db.models import Count, Max

from codes import models
from datasets.search.query import Query, Term, begun
from datasets.search.words import stem, words_of

FILE = Path(__file__).parent / "content" / "synonyms.toml"
#: A short abbreviation is looked for as it is: other words begin with the same letters by chance.
LONGEST_ABBREVIATION = 3
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What was typed, and the phrases that were looked for besides."""

    term: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonyms:
    """Typed words without their plural endings -> the phrases they mean; ``longest``: so many words at most."""

    phrases: Mapping[Key, tuple[str, ...]]
    longest: int = 0

    def query(self, words: Sequence[str], corrected: Mapping[str, Sequence[str]]) -> tuple[Query, list[Meaning]]:
        """What is looked for when these words are typed, and the meanings that are a part of it.

        ``corrected`` gives the words that a mistyped one may stand for.
        """
        groups, meanings, at = [], [], 0
        while at < len(words):
            key = self._at(words, at)
            if key:
                typed, phrases = words[at : at + len(key)], self.phrases[key]
                groups.append((_as_typed(typed), *(begun(words_of(phrase)) for phrase in phrases)))
                meanings.append(Meaning(term=" ".join(typed), phrases=phrases))
            else:
                groups.append(tuple(begun([word]) for word in corrected.get(words[at], words[at : at + 1])))
            at += len(key) or 1
        return Query(groups=tuple(groups)), meanings

    def _at(self, words: Sequence[str], at: int) -> Key:
        """The longest term that begins with this word; empty where there is none."""
        for length in range(min(self.longest, len(words) - at), 0, -1):
            key = _key(words[at : at + length])
            if key in self.phrases:
                return key
        return ()


def _as_typed(words: Sequence[str]) -> tuple[Term, ...]:
    if len(words) == 1 and len(words[0]) <= LONGEST_ABBREVIATION:
        return (Term(word=words[0], begins=False),)
    return begun(words)


def _key(words: Iterable[str]) -> Key:
    return tuple(map(stem, words))


def synonyms() -> Synonyms:
    """The synonyms of the site, kept in memory until one of them changes."""
    state = models.Synonym.objects.aggregate(newest=Max("changed_at"), rows=Count("pk"))
    return synonyms_at(str(state["newest"]), state["rows"])


@lru_cache(maxsize=2)
def synonyms_at(newest: str, rows: int) -> Synonyms:
    """The synonyms in a state that these two tell apart from any other."""
    active = models.Synonym.objects.filter(active=True).values_list("term", "means")
    phrases = {_key(words_of(term)): tuple(means) for term, means in active}
    return Synonyms(phrases=phrases, longest=max(map(len, phrases), default=0))


def forget() -> None:
    """Drop what is kept in memory."""
    synonyms_at.cache_clear()


@transaction.atomic
def load_synonyms() -> int:
    """Add the synonyms of the file that are not there; one that somebody edited or put away stays as it is."""
    known = set(models.Synonym.objects.values_list("term", flat=True))
    groups = tomllib.loads(FILE.read_text(encoding="utf-8")).values()
    new = [models.Synonym(term=term, means=means) for group in groups for term, means in group.items()]
    made = models.Synonym.objects.bulk_create(one for one in new if one.term not in known)
    return len(made)
