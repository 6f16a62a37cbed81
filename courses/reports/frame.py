"""Whom a report is about, and since when: what every page of a team has in common."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.names import apart
from courses.models import BreakTally, Membership, Team
from courses.models.teams import MembershipQuerySet
from courses.scoring import Score, Sums, score
from quizzes.models import RuleReview, WeekTally
from quizzes.tallies import ANSWERS, SUMS, week_of
from rulebook.kinds import KINDS
from rulebook.types import Category
from statements.prepared import Prepared

#: What can be asked for, as the address says it -> weeks, the present one included; None: since the beginning.
PERIODS: Mapping[str, int | None] = {"4": 4, "8": 8, "12": 12, "all": None}
USUAL = "8"
PERIOD_NAMES = {"4": "4 weeks", "8": "8 weeks", "12": "12 weeks", "all": "All time"}
#: The categories of rules, in the order in which findings name them, as an address says them.
SLUGS: Mapping[str, Category] = {
    one.value.replace(" ", "-"): one for one in Category if one in {kind.category for kind in KINDS}
}
KINDS_OF: Mapping[Category, tuple[str, ...]] = {
    category: tuple(kind.id for kind in KINDS if kind.category == category) for category in SLUGS.values()
}
CATEGORY_OF: Mapping[str, Category] = {kind.id: kind.category for kind in KINDS}


#: Stands for somebody in an address; nobody has this number.
_ANYBODY = 10**15 - 1


def slug_of(category: Category) -> str:
    """A category as an address says it."""
    return category.value.replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody who learns in the team now; ``answered``: whether anything in the period."""

    person: int
    name: str
    cohort: str
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A team, or a cohort of it, in a period up to a moment; ``every`` seat is there, ``seats`` are the cohort's.

    ``since`` is the Monday from which the period counts; None: from the beginning.
    """

    team: Team
    at: datetime
    period: str = USUAL
    since: date | None = None
    cohort: str | None = None
    cohorts: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    every: tuple[Seat, ...] = ()

    @property
    def from_moment(self) -> datetime | None:
        """The same as an instant, by the clocks of the site."""
        return None if self.since is None else timezone.make_aware(datetime.combine(self.since, time()))

    @property
    def people(self) -> "QuerySet[Membership, int]":
        """Ids of everybody whose answers are in the sums, for a query to look up by itself.

        Those are the people of the seats, and what remains of people who were erased.
        """
        return self._ids(self.team.memberships.counting())

    @property
    def learners(self) -> "QuerySet[Membership, int]":
        """Ids of those who have a seat now, which answers are listed of."""
        return self._ids(self.team.memberships.active())

    def _ids(self, rows: "MembershipQuerySet") -> "QuerySet[Membership, int]":
        rows = rows.trainees() if self.cohort is None else rows.trainees().filter(cohort=self.cohort)
        return rows.values_list("person_id", flat=True)

    @property
    def words(self) -> str:
        """The period in words."""
        return "since the beginning" if self.since is None else f"last {PERIODS[self.period]} weeks"

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        """What can be chosen: label, address, whether it is chosen now."""
        return [
            (label, replace(self, period=name).query or "?", name == self.period)
            for name, label in PERIOD_NAMES.items()
        ]

    @property
    def query(self) -> str:
        """What differs from the usual, as the end of an address, its question mark included."""
        return self.asking()

    def asking(self, **more: object) -> str:
        """The same with more asked for; what is empty stays out."""
        given = {"weeks": self.period if self.period != USUAL else "", "cohort": self.cohort or ""} | more
        asked = urlencode({name: str(value) for name, value in given.items() if value})
        return f"?{asked}" if asked else ""

    def tallies(self, people: Sequence[int] | None = None) -> "QuerySet[WeekTally]":
        """The weeks of everybody, or of some people, in no order, so that they can be added up by group."""
        rows = WeekTally.objects.filter(person__in=self.people if people is None else people).order_by()
        return rows if self.since is None else rows.filter(week__gte=self.since)

    def answers(self) -> "QuerySet[WeekTally]":
        """Those of the weeks of everybody that are about whole answers."""
        return self.tallies().filter(kind=ANSWERS)

    def reviews(self, person: int) -> "QuerySet[RuleReview]":
        """What answers of one person showed of rules, in no order."""
        rows = RuleReview.objects.filter(person=person).order_by()
        return rows if self.from_moment is None else rows.filter(at__gte=self.from_moment)

    def breaks(self) -> "QuerySet[BreakTally]":
        """How often everybody broke which rules, in no order."""
        whose = {"team": self.team} if self.cohort is None else {"team": self.team, "cohort": self.cohort}
        rows = BreakTally.objects.filter(**whose).order_by()
        return rows if self.since is None else rows.filter(week__gte=self.since)

    def score(self, sums: Sums) -> Score:
        """A score as this team counts it."""
        return score(self.team.scoring, sums)

    def weeks(self, first: date | None) -> list[date]:
        """Every Monday of the period; without a beginning, from the first that something is known of."""
        last = week_of(self.at)
        start = self.since or min(first or last, last)
        return [start + timedelta(weeks=one) for one in range((last - start).days // 7 + 1)]


def _since(period: str, at: datetime) -> date | None:
    weeks = PERIODS[period]
    return None if weeks is None else week_of(at) - timedelta(weeks=weeks - 1)


def frame_of(team: Team, given: Mapping[str, str], at: datetime) -> Frame:
    """The frame that an address asks for; what it does not know stays out. One query."""
    period, cohort = given.get("weeks", ""), given.get("cohort")
    period = period if period in PERIODS else USUAL
    since = _since(period, at)
    every = _seats(team, since)
    cohorts = tuple(sorted({seat.cohort for seat in every if seat.cohort}))
    cohort = cohort if cohort in cohorts else None
    return Frame(
        team=team, at=at, period=period, since=since, cohort=cohort, cohorts=cohorts,
        seats=tuple(seat for seat in every if cohort is None or seat.cohort == cohort), every=tuple(every),
    )  # fmt: skip


def _seats(team: Team, since: date | None) -> list[Seat]:
    """Whoever learns in the team, by name; of two who are called the same each with the username."""
    rows = _SEATS_EVER.rows(team.pk) if since is None else _SEATS.rows(team.pk, since)
    found = [(_name(*name), name[-1], person, cohort, bool(answered)) for person, cohort, answered, *name in rows]
    times = Counter(name for name, *_ in found)
    seats = [
        Seat(person=person, name=apart(name, username, times[name]), cohort=cohort, answered=answered)
        for name, username, person, cohort, answered in found
    ]
    return sorted(seats, key=lambda seat: (seat.name.casefold(), seat.person))


def _seats_query(team: int, since: date | None = None) -> "QuerySet[Membership, Any]":
    answers = WeekTally.objects.filter(person=OuterRef("person"), kind=ANSWERS)
    answers = answers if since is None else answers.filter(week__gte=since)
    rows = Membership.objects.active().trainees().filter(team=team).order_by().annotate(answered=Exists(answers))
    return rows.values_list(
        "person_id", "cohort", "answered", "person__first_name", "person__last_name", "person__username"
    )


_SEATS, _SEATS_EVER = Prepared(_seats_query, int, date), Prepared(_seats_query, int)


def _name(first: str, last: str, username: str) -> str:
    """As ``str`` of the person would be, without making one."""
    return f"{first} {last}".strip() or username


#: The sums that a heat map needs; adding up all of them takes half as long again.
KEPT = ("tried", "kept")


def summed(
    rows: "QuerySet[WeekTally]", *by: str, only: Sequence[str] = SUMS
) -> "QuerySet[Any, dict[str, Any]]":  # fmt: skip
    """Tallies added up by group, one row a group with every sum, or some."""
    groups: QuerySet[Any, dict[str, Any]] = rows.values(*by)
    added: QuerySet[Any, dict[str, Any]] = groups.annotate(**{f"sum_{name}": Sum(name) for name in only})
    return added.order_by(*by)


def sums_of(row: Mapping[str, Any]) -> Sums:
    """The sums of such a row."""
    return Sums(**{name: row.get(f"sum_{name}") or 0 for name in SUMS})


def addresses(name: str, team: Team, *more: str) -> Callable[[int], str]:
    """The address of a page about somebody in a team, for many of them: only the number differs, so it is made once."""
    before, after = reverse(name, args=[team.pk, _ANYBODY, *more]).split(str(_ANYBODY))
    return lambda person: f"{before}{person}{after}"


def sums_from(names: Sequence[str], values: Sequence[int | None]) -> Sums:
    """These sums as a database gives them; some give whole numbers as decimals, and none where there was nothing."""
    return Sums(**{name: int(value or 0) for name, value in zip(names, values, strict=True)})


def by_category(rows: Mapping[str, Sums]) -> dict[Category, Sums]:
    """Kind -> sums, added up by the category of the kind; kinds that are gone are left out."""
    found: dict[Category, Sums] = {}
    for kind, sums in rows.items():
        if category := CATEGORY_OF.get(kind):
            found[category] = found.get(category, Sums()) + sums
    return found


def number(text: str | None) -> int | None:
    """An id in an address; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else None
