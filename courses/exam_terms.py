"""What an assignment brings to the exams of its course: extra time as long as it is open, attempts anew."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count

from accounts.models import User
from courses.models import Assignment, Course, CourseItem, Standing
from quizzes import exams
from quizzes.models import Attempt, Exam, ExtraTime

ENDED = "The assignment has ended"


def keep_extra_time(assignments: Iterable[Assignment], at: datetime, *, by: User | None = None) -> None:
    """Bring the extra time of exams in line: that of the assignment while it is open, then none.

    Sets take theirs from the assignment itself when they begin. Whoever has more by another way keeps that.
    """
    for one in assignments:
        if one.extra_percent:
            _keep(one, at, by or one.assigned_by)


def _keep(assignment: Assignment, at: datetime, by: User | None) -> None:
    person, basis = assignment.person, f"assignment {assignment.pk}"
    is_open = assignment.done_at is None and assignment.unassigned_at is None
    items = CourseItem.objects.filter(course=assignment.course_id, exam__isnull=False) if is_open else ()
    wanted = {item.exam_id for item in items}
    granted = dict(ExtraTime.objects.filter(person=person, basis=basis).order_by("pk").values_list("exam", "percent"))
    for exam in Exam.objects.filter(pk__in={*wanted, *granted}):
        if exam.pk not in wanted and granted[exam.pk]:
            exams.end_grant(person, exam, basis, ENDED, by=by, at=at)
        elif exam.pk in wanted and granted.get(exam.pk) != assignment.extra_percent:
            why = f"Assigned with {assignment.course.title}"[:200]
            exams.grant(person, assignment.extra_percent, why, by=by, at=at, exam=exam, basis=basis)


def readmit(assignments: Iterable[Assignment], at: datetime, *, by: User | None) -> None:
    """Give attempts at exams anew: where an assignment repeats another at all of its exams, else where none is left."""
    made = {one.pk: one for one in assignments}
    rows = Standing.objects.filter(assignment__in=made, item__kind=CourseItem.Kind.EXAM, item__exam__isnull=False)
    for row in rows.select_related("item__exam"):
        one, exam = made[row.assignment_id], row.item.exam
        if exam is not None and (one.repeats_id is not None or row.state == Standing.State.SPENT):
            exams.readmit(one.person, exam, f"Assigned with {one.course.title}"[:200], by=by, at=at)


def exams_of(course: Course, people: Iterable[User]) -> list[tuple[Exam, list[User]]]:
    """The exams of a course, each with those of some people who have used up their attempts at it."""
    items = course.items.filter(exam__isnull=False).select_related("exam")
    named = {person.pk: person for person in people}
    found = []
    for exam in dict.fromkeys(item.exam for item in items if item.exam):
        spent = Attempt.objects.filter(person__in=named, exam=exam).counting().order_by().values("person")
        spent = spent.annotate(used=Count("pk")).filter(used__gte=exam.attempts_allowed)
        found.append((exam, [named[row["person"]] for row in spent.order_by("person")]))
    return found
