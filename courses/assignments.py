"""What a manager sees of assignments: all of them, and one with its items and its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.utils.http import urlencode

from courses.contents import Missing, missing_of
from courses.course_page import items_of
from courses.due import soon_until
from courses.exam_terms import exams_of
from courses.models import Assignment, Standing, Team
from courses.models.assignments import AssignmentQuerySet

A_PAGE = 50
#: Name -> what it is called, and which assignments it shows.
STATES = ("open", "overdue", "soon", "not-started", "not-passed", "done", "taken-back", "all")
NAMES = {
    "open": "Open",
    "overdue": "Overdue",
    "soon": "Due in 7 days",
    "not-started": "Not started",
    "not-passed": "Not passed",
    "done": "Done",
    "taken-back": "Taken back",
    "all": "All",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of the assignments is asked for, as the address says; what it does not know stays out."""

    state: str = "open"
    course: int | None = None
    person: int | None = None
    batch: str = ""
    page: str = "1"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """Read from a query string."""
        state = query.get("state", "")
        return cls(
            state=state if state in NAMES else "open", course=_id(query.get("course", "")),
            person=_id(query.get("person", "")), batch=_hex(query.get("batch", "")), page=query.get("page", "1"),
        )  # fmt: skip

    def query(self, **changed: object) -> str:
        """The address with something else asked for; the page begins anew."""
        given = {"state": self.state, "course": self.course, "person": self.person, "batch": self.batch} | changed
        return urlencode({name: str(value) for name, value in given.items() if value not in (None, "")})


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _hex(text: str) -> str:
    plain = text.replace("-", "").lower()
    return plain if len(plain) == 32 and set(plain) <= set("0123456789abcdef") else ""


def assignments_page(team: Team, asked: Asked, at: datetime) -> dict[str, Any]:
    """The assignments that were asked for, with how many there are of each state."""
    rows = _narrowed(team.assignments.of_learners(), asked)
    which = {name: _state(name, at, soon_until(team.zone, at)) for name in STATES}
    counts = rows.aggregate(**{name.replace("-", "_"): Count("pk", filter=which[name]) for name in STATES})
    found = rows.filter(which[asked.state]).select_related("course", "person")
    page = Paginator(found.with_progress(), A_PAGE).get_page(asked.page)
    return {
        "team": team,
        "at": at,
        "asked": asked,
        "page": page,
        "states": [(name, NAMES[name], counts[name.replace("-", "_")], asked.query(state=name)) for name in STATES],
        "narrowed": [one for one in (_course(team, asked), _person(team, asked)) if one],
        "clear": asked.query(course=None, person=None, batch=None),
    }


def _narrowed(rows: AssignmentQuerySet, asked: Asked) -> AssignmentQuerySet:
    for name in ("course", "person", "batch"):
        if value := getattr(asked, name):
            rows = rows.filter(**{name: value})
    return rows


def _state(name: str, at: datetime, soon: datetime) -> Q:
    standing, is_open = Q(unassigned_at=None), Q(unassigned_at=None, done_at=None)
    begun = Standing.objects.exclude(state=Standing.State.NOT_STARTED).values("assignment")
    return {
        "open": is_open,
        "overdue": is_open & Q(due_at__lt=at),
        "soon": is_open & Q(due_at__gte=at, due_at__lte=soon),
        "not-started": is_open & ~Q(pk__in=begun),
        "not-passed": Q(pk__in=Assignment.objects.not_passed().values("pk")),
        "done": standing & Q(done_at__isnull=False),
        "taken-back": Q(unassigned_at__isnull=False),
        "all": Q(),
    }[name]


def _course(team: Team, asked: Asked) -> str:
    row = team.assignments.filter(course=asked.course).select_related("course").first() if asked.course else None
    return row.course.title if row else ""


def _person(team: Team, asked: Asked) -> str:
    seat = team.memberships.active().trainees().filter(person=asked.person).select_related("person").first()
    return str(seat.person) if asked.person and seat else ""


def assignment_page(assignment: Assignment, at: datetime) -> dict[str, Any]:
    """One assignment: its items, what was sat for them, and what was changed about it."""
    standings = assignment.standings.select_related("item__code", "item__exam").prefetch_related("sittings__attempt")
    return {
        "team": assignment.team,
        "assignment": assignment,
        "at": at,
        "is_counted": Assignment.objects.of_learners().filter(pk=assignment.pk).exists(),
        "is_overdue": assignment.is_overdue(at),
        "is_not_passed": Assignment.objects.not_passed().filter(pk=assignment.pk).exists(),
        "standings": standings.order_by("item__position"),
        "missing": _missing(assignment),
        "exams": exams_of(assignment.course, ()),
        "extensions": assignment.extensions.select_related("granted_by").order_by("-pk"),
        "again": assignment.repeated_as.standing(),
    }


def asked_for(team: Team, asked: Asked, at: datetime) -> AssignmentQuerySet:
    """The assignments that were asked for, all pages of them in one, with how far they are."""
    which = _state(asked.state, at, soon_until(team.zone, at))
    return _narrowed(team.assignments.of_learners(), asked).filter(which).with_progress()


def _missing(assignment: Assignment) -> list[Missing]:
    """What of an open assignment is not done and cannot be taken now."""
    if assignment.done_at or assignment.unassigned_at:
        return []
    done = set(assignment.standings.filter(state=Standing.State.DONE).values_list("item", flat=True))
    return missing_of([item for item in items_of(assignment.course) if item.pk not in done])
