"""Make an exam for the demo people, on a site with DEBUG on."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from quizzes.models import Exam, ExamPart

TITLE = "Ten questions in twenty minutes"
#: So many questions about each kind of rule.
BLUEPRINT = {"selection": 3, "not-with": 3, "units": 2, "modifier": 2}


class Command(BaseCommand):
    """Make one open exam over the whole library."""

    help = "Make an exam that the demo people can take (only with DEBUG on)."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo exam is made only where DEBUG is on.")
        exam, new = Exam.objects.get_or_create(
            title=TITLE,
            defaults={
                "description": "A bit of everything: which code, what goes together, how many, which modifier.",
                "minutes": 20,
                "attempts_allowed": 5,
                "pass_percent": 70,
                "is_open": True,
            },
        )
        if new:
            ExamPart.objects.bulk_create(
                ExamPart(exam=exam, number=number, rule=kind) for kind, number in BLUEPRINT.items()
            )
        self.stdout.write(f"Demo exam: {exam.title}")
