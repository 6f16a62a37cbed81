"""Courses, assignments and answers, as tests need them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses.assigning import Terms, assign
from courses.models import Assignment, Course, CourseItem, Sitting, Standing, Team
from quizzes import exams, practice
from quizzes.drawing import Recipe
from quizzes.models import Attempt, Exam
from quizzes.signals import progressed
from tests.quizzes.learning import right, wrong

PLAIN = Recipe(formats=("choose-the-code",), as_written=1.0, size=4)
SOON = timezone.now() + timedelta(days=3)


def course_of(*items: dict[str, Any], **more: Any) -> Course:
    """A course with these items, one after the other."""
    course = Course.objects.create(**{"title": "Ablation", "in_order": False} | more)
    for position, item in enumerate(items, 1):
        CourseItem.objects.create(course=course, position=position, **item)
    return course


def page(code: Code) -> dict[str, Any]:
    """An item: read the page of a code."""
    return {"kind": CourseItem.Kind.PAGE, "code": code}


def quiz(code: Code, number: int = 4, **more: Any) -> dict[str, Any]:
    """An item: a set on a page."""
    return {"kind": CourseItem.Kind.QUIZ, "codes": [code.number], "number": number} | more


def mastery(*rules: str, **more: Any) -> dict[str, Any]:
    """An item: rules to master."""
    return {"kind": CourseItem.Kind.MASTERY, "rules": list(rules)} | more


def exam_course(exam: Exam) -> dict[str, Any]:
    """An item: pass an exam."""
    return {"kind": CourseItem.Kind.EXAM, "exam": exam}


def give_course(team: Team, course: Course, *people: User, at: datetime | None = None, **terms: Any) -> Any:
    """Assign a course; the assignment where it is for one, else all of them."""
    made = assign(team, course, people, Terms(**terms), by=None, at=at or timezone.now())
    return made[0] if len(made) == 1 else made


def standing(assignment: Assignment, place: int = 1) -> Standing:
    """How far an item is, by its place in the course, as it is stored."""
    return assignment.standings.select_related("item").get(item__position=place)


def sit(assignment: Assignment, place: int = 1, *, seed: int = 1) -> Attempt:
    """A set that is begun for an item."""
    row = standing(assignment, place)
    code = Code.objects.get(number=row.item.codes[0])
    attempt = practice.start(assignment.person, code, seed=seed, recipe=PLAIN)
    Sitting.objects.create(standing=row, attempt=attempt)
    progressed.send(Attempt, person_id=attempt.person_id, attempt_id=attempt.pk)
    return attempt


def answer(attempt: Attempt, clean: int, *, skip: int = 0) -> None:
    """Answer the questions of a set: so many cleanly, so many skipped, the others wrongly."""
    items = list(attempt.items.select_related("attempt__exam", "version__question"))
    for place, item in enumerate(items):
        if place >= len(items) - skip:
            practice.skip(item, timezone.now())
        else:
            practice.submit(item, uuid.uuid4(), right(item) if place < clean else wrong(item))
    attempt.refresh_from_db()


def take(person: User, exam: Exam, *, clean: int) -> Attempt:
    """A whole exam, so many of its questions answered cleanly."""
    attempt = exams.start(person, exam, seed=3)
    exams.begin(attempt, timezone.now())
    for place, item in enumerate(attempt.items.select_related("attempt__exam", "version__question")):
        practice.save_draft(item, uuid.uuid4(), right(item) if place < clean else wrong(item))
    exams.finish(attempt, timezone.now())
    return attempt
