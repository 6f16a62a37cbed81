"""Everybody in a team: what is open of theirs, and what else is told of those who are shown or written to a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery

from courses.models import Assignment, Standing
from courses.models.assignments import SOON
from courses.reports.frame import Frame, Seat, summed, sums_of
from courses.scoring import Score, Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is assigned to somebody and not done. ``not_started``: nothing of it is begun."""

    overdue: int = 0
    soon: int = 0
    not_started: int = 0
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
    known = told(frame, None if len(lines) == len(frame.seats) else [line.seat.person for line in lines])
    return [
        Row(seat=line.seat, open=line.open, told=known.get(line.seat.person, Told()), sums=one, score=frame.score(one))
        for line in lines
        for one in [sums.get(line.seat.person, Sums())]
    ]


def opened(frame: Frame) -> dict[int, Open]:
    """Person -> what is open of theirs in this team; also of people who left it."""
    begun = Exists(Standing.objects.filter(assignment=OuterRef("pk")).exclude(state=Standing.State.NOT_STARTED))
    at, every = frame.at, Assignment.objects.open().filter(team=frame.team).order_by().values("person")
    counted = every.annotate(
        overdue=Count("pk", filter=Q(due_at__lt=at)),
        soon=Count("pk", filter=Q(due_at__gte=at, due_at__lte=at + SOON)),
        not_started=Count("pk", filter=~Q(begun)),
        next_due=Min("due_at"),
    ).values_list("person", "overdue", "soon", "not_started", "next_due")
    return {
        person: Open(overdue=overdue, soon=soon, not_started=not_started, next_due=next_due)
        for person, overdue, soon, not_started, next_due in counted
    }


def told(frame: Frame, people: Sequence[int] | None = None) -> dict[int, Told]:
    """Person -> what is told besides of everybody, or of some people; one query."""
    mine = Assignment.objects.filter(team=frame.team, person=OuterRef("person")).standing().order_by().values("team")
    seats = frame.team.memberships.active().trainees().order_by().with_answered_at()
    counted = (seats if people is None else seats.filter(person__in=people)).annotate(
        assigned=Subquery(mine.annotate(count=Count("*")).values("count")),
        done=Subquery(mine.annotate(count=Count("done_at")).values("count")),
    )
    found = counted.values_list("person_id", "assigned", "done", "answered_at")
    return {
        person: Told(assigned=assigned or 0, done=done or 0, answered_at=answered_at)
        for person, assigned, done, answered_at in found
    }
