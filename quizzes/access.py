"""Who may see which attempt. Views get attempts and questions from here and nowhere else.

What is handed out is in its true state: an exam whose time was up meanwhile is finished first.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from quizzes.exams import settle
from quizzes.models import Answer, Attempt, AttemptItem, AttemptItemQuerySet, AttemptQuerySet, Exam, Grading, Note
from statements.prepared import Prepared

#: The most that the column of positions holds; an address can have any number.
LAST = 32_767


def attempts_of(person: User) -> AttemptQuerySet:
    """A person's own attempts, newest first."""
    return Attempt.objects.filter(person=person).order_by("-created_at")


def own_attempt(person: User, pk: UUID, at: datetime | None = None) -> Attempt:
    """One of the person's attempts; somebody else's is as missing as one that never was."""
    attempt = get_object_or_404(attempts_of(person).select_related("code", "exam"), pk=pk)
    attempt.person = person
    settle(attempt, at or timezone.now())
    return attempt


def own_item(person: User, attempt: UUID, position: int, at: datetime | None = None) -> AttemptItem:
    """One question of one of the person's attempts, or 404."""
    found = _ITEM.objects(person.pk, attempt, position) if position <= LAST else None
    if not found:
        raise Http404
    item: AttemptItem = found[0]
    item.attempt.person = person
    settle(item.attempt, at or timezone.now())
    return item


def _item(person: int, attempt: UUID, position: int) -> AttemptItemQuerySet:
    items = AttemptItem.objects.select_related("attempt__code", "attempt__exam", "version__question").order_by()
    return items.filter(attempt__person=person, attempt_id=attempt, position=position)


_ITEM = Prepared(_item, int, UUID, int)


def own_answered(person: User, attempt: UUID, position: int) -> tuple[AttemptItem, Grading]:
    """An answered question of the person's whose result may be seen, with the grading that counts, or 404."""
    item = own_item(person, attempt, position)
    gradings = Grading.objects.filter(answer__item=item, answer__state=Answer.State.SUBMITTED)
    grading = gradings.order_by("-pk").first() if item.attempt.shows_results else None
    if grading is None:
        raise Http404
    return item, grading


def exam_for(person: User, pk: int) -> Exam:
    """An exam that can be taken, or that the person has taken; others are missing."""
    exams = Exam.objects.filter(Q(is_open=True) | Q(attempts__person=person)).distinct()
    return get_object_or_404(exams, pk=pk)


def own_note(person: User, pk: int) -> Note:
    """A page of the person's own notebook, or 404."""
    return get_object_or_404(Note.objects.of(person).with_questions(), pk=pk)
