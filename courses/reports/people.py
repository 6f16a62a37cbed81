"""Everybody in a team: what is open of theirs, and what else is told of those who are shown or written to a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery

from courses.due import soon_until
from courses.models import Assignment, Membership, Standing
from courses.reports.frame import Frame, Seat, summed, sums_from, sums_of
from courses.reports.reading import asked, read
from courses.scoring import WAYS, Score, Sums
from statements.prepared import as_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is assigned to somebody and not done. ``not_started``: nothing of it is begun.

    ``not_passed``: the attempts at something in it are used up, so that it cannot be done as it is.
    ``first_due`` may be over, ``next_due`` is still to come.
    """

    overdue: int = 0
    soon: int = 0
    not_started: int = 0
    not_passed: int = 0
    first_due: datetime | None = None
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person as far as everybody is looked at: enough to count, to find and mostly to order them."""

    seat: Seat
    open: Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of somebody besides. ``answered_at``: their newest answer whose result is shown."""

    assigned: int = 0
    done: int = 0
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Line):
    """One person in the table of who is behind."""

    told: Told
    sums: Sums
    score: Score


def lines(frame: Frame) -> list[Line]:
    """Everybody with what is open of theirs; one query."""
    found, nothing = opened(frame), Open()
    return [Line(seat=seat, open=found.get(seat.person, nothing)) for seat in frame.seats]


def rows(frame: Frame, lines: Sequence[Line]) -> list[Row]:
    """The same people with all that a file says of them; two queries."""
    return filled(frame, lines, {row["person"]: sums_of(row) for row in summed(frame.answers(), "person")})


def filled(frame: Frame, lines: Sequence[Line], sums: Mapping[int, Sums]) -> list[Row]:
    """The same people with what their answers come to, which is given, and what else is told of them; one query."""
    known = told(frame, [line.seat.person for line in lines])
    return [
        Row(seat=line.seat, open=line.open, told=known.get(line.seat.person, Told()), sums=one, score=frame.score(one))
        for line in lines
        for one in [sums.get(line.seat.person, Sums())]
    ]


def sums_by_person(frame: Frame) -> dict[int, Sums]:
    """What everybody's score is made of; one query."""
    names = WAYS[frame.team.scoring].sums
    return {person: sums_from(names, values) for person, *values in read(_by_person, frame)}


def _by_person(frame: Frame) -> "QuerySet[Any, Any]":
    names = WAYS[frame.team.scoring].sums
    return summed(frame.answers(), "person", only=names).values_list("person", *(f"sum_{name}" for name in names))


def opened(frame: Frame) -> dict[int, Open]:
    """Person -> what is open of theirs in this team; also of people who left it."""
    return {
        person: Open(
            overdue=overdue,
            soon=soon,
            not_started=not_started,
            not_passed=not_passed,
            first_due=as_moment(first),
            next_due=as_moment(following),
        )
        for person, overdue, soon, not_started, not_passed, first, following in read(
            _opened, frame, frame.at, soon_until(frame.team.zone, frame.at)
        )
    }


def _opened(frame: Frame, at: datetime, soon: datetime) -> "QuerySet[Assignment, Any]":
    states, standings = Standing.State, Standing.objects.filter(assignment=OuterRef("pk"))
    begun, spent = Exists(standings.exclude(state=states.NOT_STARTED)), Exists(standings.filter(state=states.SPENT))
    counted = Assignment.objects.open().filter(team=frame.team).order_by().values("person").annotate(
        overdue=Count("pk", filter=Q(due_at__lt=at)),
        soon=Count("pk", filter=Q(due_at__gte=at, due_at__lte=soon)),
        not_started=Count("pk", filter=~Q(begun)),
        not_passed=Count("pk", filter=Q(spent)),
        first_due=Min("due_at"),
        next_due=Min("due_at", filter=Q(due_at__gte=at)),
    )  # fmt: skip
    return counted.values_list("person", "overdue", "soon", "not_started", "not_passed", "first_due", "next_due")


def told(frame: Frame, people: Sequence[int]) -> dict[int, Told]:
    """Person -> what is told of them besides; one query."""
    found = read(_told, frame, *asked(people)) if people else []
    return {
        person: Told(assigned=assigned or 0, done=done or 0, answered_at=as_moment(answered_at))
        for person, assigned, done, answered_at in found
    }


def _told(frame: Frame, *people: int) -> "QuerySet[Membership, Any]":
    mine = Assignment.objects.filter(team=frame.team, person=OuterRef("person")).standing().order_by().values("team")
    seats = frame.team.memberships.active().trainees().order_by().with_answered_at()
    counted = (seats.filter(person__in=people) if people else seats).annotate(
        assigned=Subquery(mine.annotate(count=Count("*")).values("count")),
        done=Subquery(mine.annotate(count=Count("done_at")).values("count")),
    )
    return counted.values_list("person_id", "assigned", "done", "answered_at")
