"""The page of today: what is due, what was begun, what may be taken, and what to practise."""

import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from accounts.models import User
from quizzes import review
from quizzes.access import attempts_of
from quizzes.exams import settle
from quizzes.models import Answer, Attempt, AttemptItem, Exam
from quizzes.news import news_of

#: How many open sets and how many repairs the page offers.
MOST_OPEN, MOST_REPAIRS = 5, 3


def today_page(person: User, at: datetime, looked_at: Iterable[str] = ()) -> dict[str, Any]:
    """Everything on the page. ``new_key`` gives each form an idempotency key of its own.

    ``looked_at`` are the keys of the news that need not be told any more (``quizzes.news``).
    """
    queue = review.queue(person, at)
    going_on = [one for one in begun(person, at) if one.attempt != queue.open]
    return {
        "at": at,
        "news": news_of(person, at, looked_at),
        "queue": queue,
        "begun": going_on,
        "exams": can_be_taken(person),
        "weakest": review.weakest(person, at),
        "repairs": review.to_repair(person, at)[:MOST_REPAIRS],
        "new_key": uuid.uuid4,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A set or an exam that is not finished: how it stands in words, and where it goes on."""

    attempt: Attempt
    words: str
    url: str


def begun(person: User, at: datetime) -> list[Begun]:
    """What is not finished, the newest first. An exam whose time was up meanwhile is finished, and left out."""
    answered = Q(answers__state=Answer.State.SUBMITTED)
    places = AttemptItem.objects.filter(attempt=OuterRef("pk"), left_at=None).exclude(answered).order_by("position")
    saved = Count("items", filter=Q(items__answers__isnull=False), distinct=True)
    rows = attempts_of(person).filter(finished_at=None).select_related("exam").with_progress()
    found = list(rows.annotate(saved=saved, place=Subquery(places.values("position")[:1]))[:MOST_OPEN])
    for attempt in found:
        attempt.person = person
        settle(attempt, at)
    return [_begun(one, at) for one in found if one.finished_at is None]


def _begun(attempt: Any, at: datetime) -> Begun:
    if attempt.is_exam:
        return Begun(attempt=attempt, words=_exam_in_words(attempt, at), url=attempt.get_absolute_url())
    url = reverse("question", args=[attempt.pk, attempt.place]) if attempt.place else attempt.get_absolute_url()
    return Begun(attempt=attempt, words=f"{attempt.total - attempt.done} of {attempt.total} questions left", url=url)


def _exam_in_words(attempt: Any, at: datetime) -> str:
    if attempt.begun_at is None:
        return f"Exam, not begun, {attempt.total} questions"
    saved, left = f"Exam, {attempt.saved} of {attempt.total} answers saved", attempt.left(at)
    return saved if left is None else f"{saved}, {math.ceil(left / timedelta(minutes=1))} minutes left"


def can_be_taken(person: User) -> "QuerySet[Exam]":
    """Open exams with attempts ``left`` to this person, but for those that are begun, by title."""
    mine = Q(attempts__person=person)
    taken = Count("attempts", filter=mine & Q(attempts__in=Attempt.objects.filter(person=person).counting()))
    running = Count("attempts", filter=mine & Q(attempts__finished_at=None))
    rows = Exam.objects.open().annotate(left=F("attempts_allowed") - taken, running=running)
    return rows.filter(left__gt=0, running=0).order_by("title", "pk")  # grouped rows have no order of their own
