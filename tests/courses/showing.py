"""Teams with something to show: people, weeks added up, sets that were answered."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from codes.models import Code
from courses.models import Assignment, Course, CourseItem, Membership, Standing, Team
from courses.reports.frame import Frame, frame_of
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.models import Answer, Attempt, AttemptItem, WeekTally
from quizzes.tallies import week_of
from tests.quizzes.learning import give, right, wrong

#: A Wednesday at noon in Chicago.
NOW = datetime(2025, 3, 5, 18, tzinfo=UTC)
WEEK = timedelta(weeks=1)
#: Claims to code, as the page tells them.
PLAIN = Recipe(formats=("code-the-claim",), as_written=1.0)


def framed(team: Team, at: datetime = NOW, **given: str) -> Frame:
    """The frame that an address with these parameters asks for."""
    return frame_of(team, given, at)


def people(team: Team, number: int, **more: Any) -> list[User]:
    """So many more trainees in a team."""
    names = [f"{team.pk}-{place:04}" for place in range(number)]
    made = User.objects.bulk_create(User(username=name, first_name="Kim", last_name=name) for name in names)
    Membership.objects.bulk_create(Membership(team=team, person=one, **more) for one in made)
    return made


def tally(person: User, kept: int, tried: int, *, kind: str = "", at: datetime = NOW, **more: int) -> WeekTally:
    """What a week of somebody's came to."""
    sums = {"accuracy": kept * 10_000, "codes_right": kept, "codes_key": tried, "codes_most": tried} if not kind else {}
    sums |= {"fresh_tried": tried, "fresh_kept": kept} | more
    return WeekTally.objects.create(person=person, week=week_of(at), kind=kind, tried=tried, kept=kept, **sums)


def tallies(persons: Iterable[User], kinds: Iterable[str] = ("", "units", "modifier"), weeks: int = 8) -> None:
    """Eight weeks of everybody, ten tries a week and kind, of which some are kept."""
    WeekTally.objects.bulk_create(
        WeekTally(
            person=person, week=week_of(NOW - back * WEEK), kind=kind, tried=10, kept=(person.pk + back) % 11,
            fresh_tried=10, fresh_kept=(person.pk + back) % 11, codes_key=10, codes_most=10, codes_right=5,
        )
        for person in persons for kind in kinds for back in range(weeks)
    )  # fmt: skip


def answer_set(person: User, code: Code, outcomes: str, at: datetime = NOW, seed: int = 1) -> list[AttemptItem]:
    """A set of claims, answered one a minute: ``r`` rightly, ``w`` wrongly, ``.`` not at all."""
    attempt = practice.start(person, code, seed=seed, recipe=PLAIN)
    items = list(attempt.items.select_related("attempt__exam", "version__question"))
    for minute, (item, outcome) in enumerate(zip(items, outcomes, strict=False)):
        if outcome != ".":
            give(item, right(item) if outcome == "r" else wrong(item), at + timedelta(minutes=minute))
    return items


def answers_of(person: User) -> list[Answer]:
    """What somebody has submitted, the oldest first."""
    rows = Answer.objects.filter(item__attempt__person=person, state=Answer.State.SUBMITTED)
    return list(rows.order_by("created_at", "pk"))


def course(team: Team, items: int = 1, title: str = "Ablation") -> Course:
    """A course of so many sets of questions."""
    made = Course.objects.create(title=title, team=team)
    CourseItem.objects.bulk_create(
        CourseItem(course=made, position=place, kind=CourseItem.Kind.QUIZ) for place in range(1, items + 1)
    )
    return made


def assignment(team: Team, person: User, *, to: Course | None = None, state: str = "", **more: Any) -> Assignment:
    """One assignment with the standing of each of its items."""
    made = Assignment.objects.create(team=team, person=person, course=to or course(team), assigned_at=NOW, **more)
    for item in made.course.items.all():
        Standing.objects.create(assignment=made, item=item, state=state or Standing.State.NOT_STARTED)
    return made


def exam_attempt(attempt: Attempt) -> None:
    """Turn a set into an exam that is going on."""
    attempt.mode = Attempt.Mode.EXAM
    attempt.begun_at = NOW
    attempt.save(update_fields=["mode", "begun_at"])


def key() -> uuid.UUID:
    """An idempotency key."""
    return uuid.uuid4()
