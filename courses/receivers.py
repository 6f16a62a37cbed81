"""What happens here when somebody answers below."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from courses import breaking
from courses.people import remember_zone
from courses.standing import renew_person, update
from quizzes.signals import broken, progressed
from quizzes.tallies import Breaks


@receiver(user_logged_in)
def keep_zone(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whoever signs in is told times by the clocks of their team."""
    remember_zone(request, user)


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
