"""What the article says of other codes, statement by statement, and the rules that may follow."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from codes.articles.history import tells_history
from codes.articles.mentions import Mention, Polarity, Statement, mentions, statements
from codes.articles.page import SILENT, Page, Sentence
from codes.articles.types import Note

#: More than any article has; it keeps a nonsense text from taking long.
MOST_STATEMENTS = 1000
_ITSELF = re.compile(r"\b(?:this|the|that) (?:code|procedure|service)\b|\bit\b|\bthis\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement, the sentence it stands in, and the other codes it names.

    ``context`` is its clause with the clauses before it that named no other code:
    "For heat" belongs to "see 12345".
    """

    sentence: Sentence
    statement: Statement
    codes: tuple[str, ...]
    context: str

    @property
    def key(self) -> tuple[int, str]:
        """The same for the same statement, whichever of its codes are looked at."""
        return self.sentence.start, self.context

    @property
    def polarity(self) -> Polarity:
        """What it says of the codes."""
        return self.statement.polarity

    @property
    def is_open(self) -> bool:
        """Whether it names a range too long to be a list."""
        return any(mention.wide for mention in self.statement.mentions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rule that statements give; ``covers`` are those that need no note of their own."""

    kind: str
    params: dict[str, Any]
    sentence: Sentence
    covers: tuple[Said, ...]
    certain: bool = False
    slug: str = ""
    notes: tuple[Note, ...] = ()


def all_said(page: Page) -> list[Said]:
    """Every statement outside the history, the lists and the examples; no more than ``MOST_STATEMENTS``."""
    return list(islice(_said(page), MOST_STATEMENTS))


def _said(page: Page) -> Iterator[Said]:
    for sentence in page.sentences:
        if sentence.section in SILENT or tells_history(page, sentence):
            continue
        pending: list[str] = []
        for statement in statements(sentence.folded):
            codes = other_codes(page, statement.mentions)
            pending.append(statement.text)
            if statement.mentions or statement.polarity is not Polarity.MENTION:
                yield Said(sentence=sentence, statement=statement, codes=codes, context=" , ".join(pending))
            if codes:
                pending = []


def other_codes(page: Page, found: Iterable[Mention]) -> tuple[str, ...]:
    """Each code that is not the page's own, once; a range too long to be a list gives none."""
    once = {mention.label: mention.codes for mention in found if not mention.wide}
    codes = dict.fromkeys(code for own in once.values() for code in own)
    return tuple(code for code in codes if code != page.number)


def about_itself(page: Page, text: str) -> bool:
    """Whether a text speaks of the page's own code."""
    return bool(_ITSELF.search(text)) or names_itself(page, text)


def names_itself(page: Page, text: str) -> bool:
    """Whether a text has the number of the page's own code."""
    return any(page.number in mention.codes for mention in mentions(text))


def in_order(said: Iterable[Said]) -> list[str]:
    """The codes of these statements, each once, as they appear."""
    return list(dict.fromkeys(code for one in said for code in one.codes))
