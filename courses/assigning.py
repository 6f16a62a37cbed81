"""The verbs of assigning: assign, extend, give attempts, take back, assign again."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time

from django.db import transaction

from accounts.models import User, audit, audit_all
from courses.exam_terms import keep_extra_time, readmit
from courses.letters import post, post_all
from courses.models import Assignment, Course, Extension, Letter, Standing, Team
from courses.standing import begin, renew
from quizzes import exams
from quizzes.models import Attempt, Exam


class NothingAssigned(Exception):
    """Everybody has the course already, or nobody was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a course is assigned; ``due_at`` is an instant, or None for no date."""

    due_at: datetime | None = None
    mode: str = Attempt.Mode.TUTOR
    pass_percent: int = 80
    attempts_allowed: int | None = None
    extra_percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What somebody showed of the rules of a remediation before it, from a day on (None: ever)."""

    tried: int
    kept: int
    since: date | None = None


def end_of_day(day: date, team: Team) -> datetime:
    """The last second of a day in the team's time zone, as an instant: what is due on a day is due until then."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=team.zone)


@transaction.atomic
def assign(
    team: Team, course: Course, people: Iterable[User], terms: Terms, *, by: User | None, at: datetime,
    repeats: Assignment | None = None, before: Before | None = None, batch: uuid.UUID | None = None,
) -> list[Assignment]:  # fmt: skip
    """Assign a course to people of a team; whoever has it open already keeps that and gets no other.

    ``before`` is for a remediation. Raises NothingAssigned when there is nobody left to assign it to.
    """
    named, together = [one.pk for one in people], batch or uuid.uuid4()
    # Of two managers who assign the same at once, the second finds what the first did.
    list(User.objects.select_for_update(no_key=True).filter(pk__in=named).order_by("pk"))
    seats = team.memberships.active().filter(person__in=named).exclude(person__assignments__in=_open(team, course))
    new = [
        Assignment(
            team=team, course=course, person=seat.person, batch=together, assigned_by=by, assigned_at=at,
            repeats=repeats, before_tried=before.tried if before else None, before_kept=before.kept if before else None,
            before_since=before.since if before else None,
            **asdict(terms),
        )
        for seat in seats.select_related("person").order_by("person_id")
    ]  # fmt: skip
    if not new:
        raise NothingAssigned
    made = Assignment.objects.bulk_create(new)
    begin(made, at)
    readmit(made, at, by=by)
    keep_extra_time(made, at)
    letters = {str(one.pk): {"person": one.person, "assignment": one} for one in made}
    post_all(Letter.Kind.ASSIGNMENT, letters, at=at)
    audit_all(by, "assigned", {one: {"course": course.pk, "person": one.person_id} for one in made}, team=team.pk)
    return made


def _open(team: Team, course: Course) -> "Iterable[Assignment]":
    return Assignment.objects.open().filter(team=team, course=course)


@transaction.atomic
def extend(assignment: Assignment, due_at: datetime | None, why: str, *, by: User, at: datetime) -> Extension:
    """Give more time, or less; ``due_at`` None takes the date away."""
    locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
    extension = Extension.objects.create(
        assignment=locked, due_before=locked.due_at, due_at=due_at, why=why, granted_by=by, created_at=at
    )
    assignment.due_at = locked.due_at = due_at
    locked.save(update_fields=["due_at"])
    about = {"extension": extension.pk}
    post(Letter.Kind.MOVED, str(extension.pk), at=at, person=locked.person, assignment=locked, about=about)
    dates = [one.isoformat() if one else None for one in (extension.due_before, due_at)]
    audit(
        by, "due date changed", locked, team=locked.team_id, before={"due": dates[0]}, after={"due": dates[1]}, why=why
    )
    return extension


@transaction.atomic
def give_attempts(assignment: Assignment, why: str, *, by: User, at: datetime) -> bool:
    """Count the attempts at its sets anew, and those at its exams that are used up; what was answered is kept.

    False where it is not open, or has an attempt left everywhere.
    """
    if not list(Assignment.objects.not_passed().filter(pk=assignment.pk).select_for_update()):
        return False
    assignment.attempts_anew_at = at
    assignment.save(update_fields=["attempts_anew_at"])
    spent = assignment.standings.filter(state=Standing.State.SPENT, item__exam__isnull=False)
    for exam in Exam.objects.filter(pk__in=spent.values("item__exam")):
        exams.readmit(assignment.person, exam, why, by=by, at=at)
    renew([assignment], at)
    audit(by, "attempts given anew", assignment, team=assignment.team_id, why=why)
    return True


@transaction.atomic
def unassign(assignment: Assignment, why: str, *, by: User | None, at: datetime) -> bool:
    """Take an assignment back, and its extra time; what was done for it is kept.

    False where it was taken back or done before.
    """
    taken = Assignment.objects.open().filter(pk=assignment.pk).update(unassigned_at=at, unassigned_why=why)
    if taken:
        assignment.unassigned_at, assignment.unassigned_why = at, why
        keep_extra_time([assignment], at, by=by)
        post(Letter.Kind.TAKEN_BACK, str(assignment.pk), at=at, person=assignment.person, assignment=assignment)
        audit(by, "assignment taken back", assignment, team=assignment.team_id, why=why)
    return bool(taken)


def reassign(assignment: Assignment, terms: Terms, *, by: User, at: datetime) -> Assignment:
    """The same course once more for the same person, from the beginning, with the attempts of its exams anew.

    Raises NothingAssigned while it is open.
    """
    [again] = assign(assignment.team, assignment.course, [assignment.person], terms, by=by, at=at, repeats=assignment)
    return again
