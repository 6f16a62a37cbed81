"""Answering questions in tests: at a moment of one's choice, rightly or not, with hints and doubt."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from quizzes import practice
from quizzes.formats import FORMAT
from quizzes.memory import remember
from quizzes.models import Answer, Attempt, AttemptItem, Grading

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def right(item: AttemptItem) -> dict[str, Any]:
    """The right answer."""
    return FORMAT[item.version.question.format].right(item.version)


def wrong(item: AttemptItem) -> dict[str, Any]:
    """An answer that is wrong; without one, none at all."""
    found = FORMAT[item.version.question.format].wrong(item.version)
    return next((payload for payload, _ in found), practice.I_DO_NOT_KNOW)


def give(item: AttemptItem, payload: dict[str, Any], at: datetime = NOON, **more: Any) -> Grading:
    """A submitted answer with its grading, taken into memory where its results may be seen."""
    graded, claim = practice.grade_payload(item.version, payload)
    answer = Answer.objects.create(
        item=item, sequence=1, key=uuid.uuid4(), state=Answer.State.SUBMITTED, payload=payload, created_at=at, **more
    )
    grading = practice.record(answer, graded, claim, item.version.stamp)
    if item.attempt.shows_results:
        remember(item.attempt.person_id, [grading])
    return grading


def answer_all(attempt: Attempt, chance: random.Random, at: datetime) -> datetime:
    """Every question of a set, some rightly, some not, over some hours; when the last was answered."""
    for item in attempt.items.select_related("attempt__exam", "version__question"):
        at += timedelta(minutes=chance.randrange(1, 120))
        payload = chance.choice([*[right] * 7, wrong, lambda _: practice.I_DO_NOT_KNOW])(item)
        give(item, payload, at, hints=chance.choice([0, 0, 0, 0, 0, 0, 1, 3]), certainty=chance.choice([None, 1, 2, 3]))
    return at
