"""A published page as it stands on a date of service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Protocol

from codes.models import Edition, PublishedCode
from codes.pages import FROM_FILES

Document = Mapping[str, Any]
SINCE = date(2015, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What the page says about the chosen date: a tone for the colour, and the words."""

    tone: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGroup:
    """The rules of one kind that a section states."""

    kind: str
    title: str
    rules: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One section with the rules that cite it, kind by kind."""

    slug: str
    heading: str
    html: str
    groups: tuple[RuleGroup, ...]


def sections(page: Document, day: date) -> tuple[SectionView, ...]:
    """The page's sections, each with the rules in force on the day that findings cite it for."""
    rules = rules_in_force(page, day)
    return tuple(
        SectionView(
            slug=section["slug"],
            heading=section["heading"],
            html=section["html"],
            groups=_groups([rule for rule in rules if rule["section"] == section["slug"]]),
        )
        for section in page["sections"]
    )


def rules_in_force(page: Document, day: date) -> list[Mapping[str, Any]]:
    """The page's rules that hold on a day; those from public files say so (``file``)."""
    filed = ({**rule, "file": rule["source"]} for rule in page.get(FROM_FILES, ()))
    return [rule for rule in (*page["rules"], *filed) if _in_force(rule, day)]


def _groups(rules: list[Mapping[str, Any]]) -> tuple[RuleGroup, ...]:
    """Rules by their kind, in the order of the kinds' titles."""
    ordered = sorted(rules, key=lambda rule: (rule["title"], rule["kind"], rule["slug"]))
    return tuple(
        RuleGroup(kind=kind, title=title, rules=tuple(group))
        for (title, kind), group in groupby(ordered, key=lambda rule: (rule["title"], rule["kind"]))
    )


class Dated(Protocol):
    """What is valid between two days, either of which may be unknown, and what takes its place."""

    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...
    @property
    def successors(self) -> Sequence[str]: ...


def status(row: Dated, day: date) -> str:
    """The code's status on a day, in words."""
    if row.valid_from and day < row.valid_from:
        return f"Not valid before {row.valid_from:%B %-d, %Y}"
    if row.valid_to and day > row.valid_to:
        then = f"; see {', '.join(row.successors)}" if row.successors else ""
        return f"Deleted, last valid {row.valid_to:%B %-d, %Y}{then}"
    if row.valid_from:
        return f"Valid since {row.valid_from:%B %-d, %Y}"
    return "Valid"


def banner(row: PublishedCode, day: date, today: date) -> Banner:
    """How the page on this date relates to the page today."""
    when = f"{day:%B %-d, %Y}"
    if not row.covers(day):
        return Banner(tone="invalid", words=f"As of {when}: this code cannot be used. {status(row, day)}.")
    if day < today:
        return Banner(
            tone="past", words=f"As of {when}, a date in the past: this code was valid, with the rules shown here."
        )
    if day > today:
        return Banner(tone="future", words=f"As of {when}, a date in the future: shown as far as it is known today.")
    return Banner(tone="current", words=f"As of today, {when}: this code is valid.")


def timeline(page: Document) -> list[dict[str, Any]]:
    """History events with real dates, oldest first; what has no date comes last."""
    events = [
        {**event, "day": date.fromisoformat(event["date"]) if event["date"] else None} for event in page["history"]
    ]
    return sorted(events, key=lambda event: (event["day"] is None, event["day"] or SINCE))


def retired_page(edition: Edition) -> dict[str, Any]:
    """What is said in place of a page that was retired: since when, why, what was there, and what to use now."""
    numbers = edition.document["successors"]
    there = frozenset(PublishedCode.objects.filter(number__in=numbers).values_list("number", flat=True))
    return {"edition": edition, "page": edition.document, "successors": numbers, "published": there}


def published_neighbours(page: Document) -> frozenset[str]:
    """Those of the codes that the page points to which have a page to open."""
    numbers = {other["number"] for other in page["similar"]} | {event["successor"] for event in page["history"]}
    return frozenset(PublishedCode.objects.filter(number__in=numbers).values_list("number", flat=True))


def first_of(page: Document, kind: str) -> str:
    """The sentence of the page's first rule of a kind, or nothing."""
    return next((rule["sentence"] for rule in page["rules"] if rule["kind"] == kind), "")


def _in_force(rule: Mapping[str, Any], day: date) -> bool:
    starts, ends = rule["starts"], rule["ends"]
    return (not starts or starts <= day.isoformat()) and (not ends or day.isoformat() <= ends)
