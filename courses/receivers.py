"""What happens here when somebody answers below."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver
from django.utils import timezone

from courses.standing import renew_person, update
from quizzes.signals import progressed


@receiver(progressed)
def keep_standings(person_id: int, attempt_id: UUID | None, **kwargs: Any) -> None:
    """A set moved: so do the standings that may follow from it; where anything may have changed, all of a person's."""
    if attempt_id is None:
        renew_person(person_id, timezone.now())
    else:
        update(person_id, attempt_id, timezone.now())
