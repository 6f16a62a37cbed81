"""Who may see which attempt. Views get attempts and questions from here and nowhere else."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from accounts.models import User
from quizzes.models import Attempt, AttemptItem, AttemptQuerySet


def attempts_of(person: User) -> AttemptQuerySet:
    """A person's own attempts, newest first."""
    return Attempt.objects.filter(person=person).order_by("-started_at")


def own_attempt(person: User, pk: UUID) -> Attempt:
    """One of the person's attempts; somebody else's is as missing as one that never was."""
    return get_object_or_404(attempts_of(person).select_related("code"), pk=pk)


def own_item(person: User, attempt: UUID, position: int) -> AttemptItem:
    """One question of one of the person's attempts, or 404."""
    items = AttemptItem.objects.select_related("attempt__code", "version__question")
    return get_object_or_404(items, attempt__person=person, attempt_id=attempt, position=position)
