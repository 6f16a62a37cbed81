"""What is looked for, and how each database is asked for it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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

    def fts5(self, wholes: "Wholes | None" = None) -> str:
        """As SQLite is asked. ``wholes`` gives the words that begin as a term does, where there are few.

        SQLite walks lists of whole words side by side, but reads everything that begins with long letters into one list
        first, which takes thirty times as long where they are common.
        """
        return _joined(self.groups, " AND ", " OR ", lambda term: _fts5(term, wholes))

    def tsquery(self) -> str:
        """As PostgreSQL is asked; its parser has no part in it, the words are cut already."""
        return _joined(self.groups, " & ", " | ", _tsquery)


Wholes = Callable[[str], Sequence[str]]


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


def _fts5(term: Term, wholes: Wholes | None) -> str:
    if not term.begins:
        return f'"{term.word}"'
    words = wholes(term.word) if wholes else ()
    return "(" + " OR ".join(f'"{word}"' for word in words) + ")" if words else f'"{term.word}"*'


def _tsquery(term: Term) -> str:
    return f"'{term.word}':*" if term.begins else f"'{term.word}'"
