"""What happens here when somebody answers below."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.dispatch import receiver
from django.utils import timezone

from courses import breaking
from courses.standing import renew_person, update
from quizzes.signals import broken, progressed
from quizzes.tallies import Breaks


@receiver(progressed)
def keep_standings(person_id: int, attempt_id: UUID | None, **kwargs: Any) -> None:
    """A set moved: so do the standings that may follow from it; where anything may have changed, all of a person's."""
    if attempt_id is None:
        renew_person(person_id, timezone.now())
    else:
        update(person_id, attempt_id, timezone.now())


@receiver(broken)
def keep_breaks(breaks: Mapping[int, Breaks], **kwargs: Any) -> None:
    """Answers broke rules, or do not any more: so did the groups of whoever gave them."""
    breaking.add(breaks)
