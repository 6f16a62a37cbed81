"""How far assignments are: derived from what was read, answered and mastered, and kept up as people answer.

``update`` and ``renew`` end in the same rows (``differences`` says where they do not). What an item needs to be done
stands in ``courses.reached``; for whole assignments the rules are these:

- An open assignment has a standing for every item of its course. It is done when all of them are, at the moment of the
  last one.
- A done assignment keeps the standings that it was done with: an item that the course gets later is not asked of it.
  It is open again, and its certificate revoked, when one of those is not done any more, as after a regrade; then what
  the course got meanwhile is asked too. Where the course was assigned once more meanwhile, it stays closed, without
  its certificate.
- An assignment that was taken back is neither done nor undone. Its sets may be finished, and that is on record.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from courses import certificates
from courses.exam_terms import keep_extra_time
from courses.models import Assignment, Certificate, CourseItem, Sitting, Standing
from courses.models.courses import Course
from courses.reached import DERIVED, Facts, Reached, stored
from quizzes.models import Attempt
from statements.prepared import Prepared

#: So many assignments are brought up together; each such portion takes the same few queries.
PORTION = 500
WHY_REVOKED = "What it rests on was graded again"


# Verbs ---------------------------------------------------------------------------------------


@transaction.atomic
def begin(assignments: Sequence[Assignment], at: datetime) -> None:
    """The standings of assignments that were made just now, with what their people have reached already."""
    for portion in _portions(assignments):
        _add_missing(portion)
        _settle(portion, at)


@transaction.atomic
def renew(assignments: Sequence[Assignment], at: datetime) -> None:
    """Bring the standings of assignments in line with what is true: one for each item of the course."""
    for portion in _portions(assignments):
        locked = _locked(Assignment.objects.filter(pk__in=[one.pk for one in portion]))
        _add_missing(locked)
        _bring_up(locked, Q(), at)
        done = {one.pk: one.done_at for one in locked}
        for one in portion:
            one.done_at = done.get(one.pk, one.done_at)


def renew_course(course: Course, at: datetime) -> int:
    """After a course was changed: its open assignments by what it holds now; how many there are."""
    found = list(Assignment.objects.open().filter(course=course))
    renew(found, at)
    keep_extra_time(found, at)
    return len(found)


def renew_person(person_id: int, at: datetime) -> None:
    """Everything of a person anew, as when gradings were derived again; what is done may be undone by that."""
    renew(list(Assignment.objects.standing().filter(person=person_id)), at)


def update(person_id: int, attempt_id: UUID, at: datetime) -> None:
    """Bring up what a set that moved may have changed. Whoever has nothing open pays one query."""
    found = [pk for (pk,) in _MAY_MOVE.rows(person_id, attempt_id)]
    locked = _locked(Assignment.objects.filter(pk__in=found)) if found else []
    if locked:
        exam = Attempt.objects.filter(pk=attempt_id).values("exam")
        touched = Q(item__kind=CourseItem.Kind.MASTERY) | Q(item__kind=CourseItem.Kind.EXAM, item__exam__in=exam)
        of_set = Standing.objects.filter(sittings__attempt=attempt_id).values("pk")
        _bring_up(locked, touched | Q(pk__in=of_set), at)


def _may_move(person_id: int, attempt_id: UUID) -> "QuerySet[Assignment, Any]":
    """The assignments that are open, and the one that a set belongs to."""
    sat = Sitting.objects.filter(standing__assignment=OuterRef("pk"), attempt=attempt_id)
    mine = Assignment.objects.filter(person=person_id)
    return mine.filter(Q(unassigned_at=None, done_at=None) | Exists(sat)).order_by().values_list("pk")


_MAY_MOVE = Prepared(_may_move, int, UUID)


@transaction.atomic
def read(standing: Standing, edition: int, at: datetime) -> None:
    """Note that the page of an item was read, in which edition; what was read before stays as it was."""
    locked = _locked(Assignment.objects.open().filter(pk=standing.assignment_id))
    pages = Standing.objects.filter(pk=standing.pk, item__kind=CourseItem.Kind.PAGE, done_at=None)
    if locked and pages.update(edition=edition, started_at=at, done_at=at):
        _bring_up(locked, Q(pk=standing.pk), at)


def differences(assignments: Sequence[Assignment]) -> list[str]:
    """Where standings are not what follows from what is true, a line each; nothing is changed."""
    return [line for portion in _portions(assignments) for line in _unlike(portion)]


# Deriving ------------------------------------------------------------------------------------


def _locked(assignments: Iterable[Assignment]) -> list[Assignment]:
    """Of two last items that are done at once the second sees the first."""
    rows = assignments.order_by("pk").select_for_update(no_key=True)  # type: ignore[attr-defined]
    return list(rows)


def _missing(assignments: Iterable[Assignment]) -> list[Standing]:
    """Standings that open assignments are to have and have not."""
    still_open = [one for one in assignments if one.done_at is None and one.unassigned_at is None]
    items: dict[int, list[CourseItem]] = {}
    of_these = CourseItem.objects.filter(course__in={one.course_id for one in still_open})
    for item in of_these.select_related("exam"):
        items.setdefault(item.course_id, []).append(item)
    there = set(Standing.objects.filter(assignment__in=still_open).values_list("assignment", "item"))
    every = [(one, item) for one in still_open for item in items.get(one.course_id, ())]
    return [Standing(assignment=one, item=item) for one, item in every if (one.pk, item.pk) not in there]


def _add_missing(assignments: Iterable[Assignment]) -> None:
    """Each missing standing says at once what it is to say: to write thousands of rows twice takes seconds."""
    rows = _missing(assignments)
    facts = Facts.of(rows)
    for row in rows:
        _tell(row, facts.reached(row))
    Standing.objects.bulk_create(rows, ignore_conflicts=True)


def _derived(assignments: Sequence[Assignment], which: Q) -> Iterator[tuple[Standing, Reached]]:
    """Standings with what they are to say."""
    by_pk = {one.pk: one for one in assignments}
    rows = list(Standing.objects.filter(which, assignment__in=by_pk).select_related("item__exam"))
    for row in rows:
        row.assignment = by_pk[row.assignment_id]
    facts = Facts.of(rows)
    return ((row, facts.reached(row)) for row in rows)


def _tell(row: Standing, reached: Reached) -> None:
    for name in DERIVED:
        setattr(row, name, getattr(reached, name))


def _bring_up(locked: Sequence[Assignment], which: Q, at: datetime) -> None:
    changed = []
    for row, reached in _derived(locked, which):
        if stored(row) != reached:
            _tell(row, reached)
            changed.append(row)
    if changed:
        Standing.objects.bulk_update(changed, DERIVED, batch_size=PORTION)
    _settle(locked, at)


def _settle(locked: Sequence[Assignment], at: datetime) -> None:
    """Close the assignments that are done now, and open those again that are not."""
    complete = _complete(locked)
    reopened = []
    for one in locked:
        if one.unassigned_at is None and (one.done_at is None) != (one.pk not in complete):
            if one.pk in complete:
                _close(one, complete[one.pk], at)
            elif _reopen(one, at):
                reopened.append(one)
    if reopened:
        _add_missing(reopened)
        _bring_up(reopened, Q(), at)


def _complete(assignments: Sequence[Assignment]) -> dict[int, datetime]:
    """Those of which every standing is done, with the moment of the last."""
    done = Q(state=Standing.State.DONE)
    rows = Standing.objects.filter(assignment__in=assignments).order_by().values("assignment")
    counted = rows.annotate(all=Count("pk"), done=Count("pk", filter=done), last=Max("done_at"))
    return {row["assignment"]: row["last"] for row in counted if row["all"] == row["done"]}


def _close(assignment: Assignment, done_at: datetime, at: datetime) -> None:
    assignment.done_at = done_at
    assignment.save(update_fields=["done_at"])
    keep_extra_time([assignment], at)
    certificates.issue(assignment, at)


def _reopen(assignment: Assignment, at: datetime) -> bool:
    """Take back that it is done; only its certificate where the same course is open once more."""
    for certificate in Certificate.objects.filter(assignment=assignment, revoked_at=None):
        certificates.revoke(certificate, WHY_REVOKED, by=None, at=at)
    same = {"team": assignment.team_id, "course": assignment.course_id, "person": assignment.person_id}
    if Assignment.objects.open().filter(**same).exists():
        return False
    assignment.done_at = None
    assignment.save(update_fields=["done_at"])
    keep_extra_time([assignment], at)
    return True


def _portions(assignments: Sequence[Assignment]) -> Iterator[Sequence[Assignment]]:
    for start in range(0, len(assignments), PORTION):
        yield assignments[start : start + PORTION]


# Comparing -----------------------------------------------------------------------------------


def _unlike(assignments: Sequence[Assignment]) -> Iterator[str]:
    for row in _missing(assignments):
        yield f"assignment {row.assignment_id}, item {row.item_id}: not stored"
    for row, reached in _derived(assignments, Q()):
        wrong = [name for name in DERIVED if getattr(row, name) != getattr(reached, name)]
        if wrong:
            said = (f"{name} is {getattr(row, name)} and should be {getattr(reached, name)}" for name in wrong)
            yield f"assignment {row.assignment_id}, item {row.item_id}: {', '.join(said)}"
    complete = _complete(assignments)
    for one in assignments:
        if one.unassigned_at is None and one.done_at is None and one.pk in complete:
            yield f"assignment {one.pk}: all of it is done, and it is open"
