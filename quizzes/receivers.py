"""What happens here when a page is published below."""

from typing import Any

from django.dispatch import receiver

from codes.models import Edition
from codes.signals import edition_published
from quizzes.scenarios import renew


@receiver(edition_published)
def renew_scenarios(edition: Edition, **kwargs: Any) -> None:
    """New edition, new scenarios."""
    renew(edition)
