"""What is looked for, and how each database is asked for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from datasets.search.places import Places
from datasets.search.words import stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word, or (``begins``) whatever begins with it."""

    word: str
    begins: bool = True


Groups = tuple[tuple[tuple[Term, ...], ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Groups that must all match; a group is a choice of several lists of terms, of which one must match whole."""

    groups: Groups

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that may match, each once."""
        return tuple(dict.fromkeys(term.word for group in self.groups for terms in group for term in terms))

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every term, each once."""
        return tuple(dict.fromkeys(term for group in self.groups for terms in group for term in terms))

    def places(self, of: Mapping[Term, Places]) -> Places:
        """Where it matches, given where each of its terms does."""
        groups = ([reduce(and_, (of[term] for term in terms)) for terms in group] for group in self.groups)
        return reduce(and_, (reduce(or_, choices) for choices in groups))

    def fts5(self) -> str:
        """As SQLite is asked for pages."""
        return _joined(self.groups, " AND ", " OR ", _fts5)

    def tsquery(self) -> str:
        """As PostgreSQL is asked for them; its parser has no part in it, the words are cut already."""
        return _joined(self.groups, " & ", " | ", _tsquery)


def plain(words: Iterable[str]) -> Query:
    """All of these words, each by its beginning, in any order; a plural finds its singular."""
    return Query(groups=tuple((begun([word]),) for word in words))


def begun(words: Iterable[str]) -> tuple[Term, ...]:
    """Each word by its beginning, without the ending of its plural."""
    return tuple(Term(word=stem(word)) for word in words)


def _joined(groups: Groups, both: str, either: str, write: Callable[[Term], str]) -> str:
    return both.join(
        "(" + either.join("(" + both.join(map(write, terms)) + ")" for terms in group) + ")" for group in groups
    )


def _fts5(term: Term) -> str:
    return f'"{term.word}"*' if term.begins else f'"{term.word}"'


def _tsquery(term: Term) -> str:
    return f"'{term.word}':*" if term.begins else f"'{term.word}'"
