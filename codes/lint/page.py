"""A draft with everything that checks ask of it, worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any

from codes.from_files import Doubt
from codes.library import library_of, replaced, rule_of
from codes.lint.cases import Case, cases_of
from codes.lint.texts import Text, texts
from codes.models import Rule as StoredRule
from codes.pages import Content
from codes.phrasebook import Phrasebook
from rulebook import Library
from rulebook.kinds import KIND
from rulebook.params import ParamError, json_name, parse
from rulebook.types import Rule

#: Sections that are filled from rows of their own, so that their text may be empty.
FILLED = {"history": "history", "documentation": "documentation", "similar-codes": "similar", "examples": "examples"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A rule as it stands in the draft, with its parameters, or why they cannot be read and which one is ``wrong``."""

    row: Mapping[str, Any]
    params: Any = None
    error: str = ""
    wrong: str = ""

    def field(self, name: str = "") -> str:
        """The path of one of its parameters; of the first where it has none of that name, "" where it has none."""
        kind = KIND.get(self.row["kind"])
        names = [json_name(spec) for spec in fields(kind.Params)] if kind else []
        return f"params.{name if name in names else names[0]}" if names else ""

    @property
    def part(self) -> str:
        """What the page calls it."""
        return f"rules/{self.row['slug']}"

    @property
    def kind(self) -> str:
        """The id of its kind."""
        return str(self.row["kind"])

    @property
    def is_waiting(self) -> bool:
        """Whether a person has still to accept it."""
        return bool(self.row["state"] == StoredRule.State.PROPOSED)


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is looked at: the draft as one document, and what has to be known beside it. Checks change nothing in it.

    ``published`` are the pages that readers see now, ``attested`` the digests of texts that somebody attested to be
    made up, ``unchanged_since`` the day since which the text of a section is as it is, where that is known, ``doubts``
    what the page and the public files that are loaded do not agree about, ``phrases`` those in which notes are told
    (None: there are none at all).
    """

    content: Content
    published: Library = field(default_factory=lambda: library_of(()))
    vocabulary: Mapping[str, Mapping[str, str]] | None = None
    today: date
    licensed: bool = False
    attested: frozenset[str] = frozenset()
    unchanged_since: Mapping[str, date] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    phrases: Phrasebook | None = None

    @property
    def number(self) -> str:
        """The page's own code."""
        return str(self.content["number"])

    @cached_property
    def stated(self) -> tuple[Stated, ...]:
        """Every rule of the draft, those included that wait or cannot be read."""
        return tuple(_stated(row) for row in self.content["rules"])

    @cached_property
    def rules(self) -> tuple[tuple[Stated, Rule], ...]:
        """The rules that somebody stands behind and that can be read, each with the rulebook's own."""
        return tuple(
            (one, rule_of(self.number, one.row)) for one in self.stated if not one.error and not one.is_waiting
        )

    @cached_property
    def readable(self) -> bool:
        """Whether a library can be made of the draft."""
        return not any(one.error and not one.is_waiting for one in self.stated)

    @cached_property
    def library(self) -> Library:
        """The library as it would be with the draft published; only of a readable one."""
        accepted = [one.row for one in self.stated if not one.is_waiting]
        return replaced(self.published, {**self.content, "rules": accepted})

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every example for which somebody has said what was done, with what follows from the rules."""
        return tuple(cases_of(self.content, self.vocabulary, self.library if self.readable else None))

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Every text that would be published with it."""
        return tuple(texts(self.content))

    def section(self, slug: str) -> str | None:
        """The text of a section; None where the page has no such section."""
        return next((str(one["body"]) for one in self.content["sections"] if one["slug"] == slug), None)

    def is_empty(self, slug: str) -> bool:
        """Whether the page has such a section and nothing stands in it, no rows of its own either."""
        body = self.section(slug)
        return body is not None and not body.strip() and not self.content.get(FILLED.get(slug, ""), ())


def _stated(row: Mapping[str, Any]) -> Stated:
    try:
        return Stated(row=row, params=parse(KIND[row["kind"]].Params, row["params"]))
    except KeyError as error:
        return Stated(row=row, error=str(error))
    except ParamError as error:
        return Stated(row=row, error=str(error), wrong=error.field.partition(".")[0].rstrip("_"))
