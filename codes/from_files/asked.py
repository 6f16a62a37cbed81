"""What the files are asked: a page, with its own rules and the pages beside it."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

from django.utils.text import slugify

from codes.pages import accepted_rules
from datasets.models import Release
from rulebook.kinds import KIND
from rulebook.library import Library
from rulebook.params import dump, parse
from rulebook.types import Rule

Row = dict[str, Any]
Told = TypeVar("Told", bound=Hashable)
#: So long may a slug be.
LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A page's content (``codes.pages.read_page``), and the library of the published pages."""

    content: Mapping[str, Any]
    published: Library

    @property
    def number(self) -> str:
        """The page's own code."""
        return str(self.content["number"])

    @property
    def others(self) -> tuple[str, ...]:
        """The published codes besides this one."""
        return tuple(number for number in self.published.codes if number != self.number)

    @cached_property
    def own(self) -> tuple[tuple[str, str, Any], ...]:
        """The rules that the page states itself, as kind, slug and parameters."""
        return tuple(
            (row["kind"], row["slug"], parse(KIND[row["kind"]].Params, row["params"], as_stored=True))
            for row in accepted_rules(self.content)
        )

    def states(self, kind: str) -> list[Any]:
        """The parameters of the page's own rules of a kind."""
        return [params for known, _, params in self.own if known == kind]

    def stated(self, kind: str) -> Iterator[tuple[str, Any]]:
        """The same, each with what the page calls the rule as a part of it."""
        return ((f"rules/{slug}", params) for known, slug, params in self.own if known == kind)

    def section(self, *wanted: str) -> str:
        """The first of these sections that the page has, or its first one: what findings will cite. "" for none."""
        slugs = [section["slug"] for section in self.content["sections"]]
        return next((slug for slug in (*wanted, *slugs[:1]) if slug in slugs), "")

    def row(
        self, kind: str, params: Any, *, slug: str = "", source: str, starts: date | None = None,
        ends: date | None = None,
    ) -> Row:  # fmt: skip
        """A rule in the shape that editions have, its findings citing the section where its kind usually stands."""
        return {
            "slug": slugify(slug or kind)[:LONGEST].strip("-"),
            "kind": kind,
            "params": dump(params),
            "section": self.section(KIND[kind].section, "billing"),
            "starts": starts and starts.isoformat(),
            "ends": ends and ends.isoformat(),
            "source": source,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Where the page and a file do not say the same, or where a file leaves something to the educator.

    ``part`` and ``field`` name the place as lint does. ``disagrees``: both say something, and not the same.
    """

    part: str
    field: str
    message: str
    disagrees: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days on which the files of a kind say the same; ``ends`` None: until further notice. ``slug`` tells it apart."""

    told: Any
    starts: date | None
    ends: date | None
    release: Release
    slug: str


def spans(name: str, releases: Iterable[Release], told: Mapping[int, Told | None]) -> Iterator[Span]:
    """What releases say one after the other (by their keys), those that say the same as one.

    The newest is called ``name``, so that a rule keeps its id while nothing changes.
    """
    runs: list[tuple[Release, Told | None]] = []
    for release in sorted(releases, key=lambda one: one.in_force_from):
        said = told.get(release.pk)
        if not runs or runs[-1][1] != said:
            runs.append((release, said))
    for place, (release, said) in enumerate(runs):
        ends = runs[place + 1][0].in_force_from - timedelta(days=1) if place + 1 < len(runs) else None
        if said is not None:
            slug = f"{name}-until-{ends:%Y%m%d}" if ends else name
            yield Span(told=said, starts=release.in_force_from, ends=ends, release=release, slug=slug)


def rules_in_book(asked: Asked, code: str, kind: str) -> list[Rule]:
    """The rules of a kind on a published page, whatever their days."""
    return [rule for rule in asked.published.rules if rule.code == code and rule.kind == kind]
