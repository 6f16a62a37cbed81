"""Finish exams whose time is up."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from quizzes.exams import sweep


class Command(BaseCommand):
    """Finish every exam whose time is up, once or again and again."""

    help = "Finish exams whose time is up; what was saved before the end counts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Once by default, as a timer of the system would call it."""
        parser.add_argument("--every", type=int, metavar="SECONDS", help="Go on, with a pause of so many seconds.")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            finished = sweep(timezone.now())
            if finished or not options["every"]:
                self.stdout.write(f"Exams finished because their time was up: {finished}")
            if not options["every"]:
                return
            time.sleep(options["every"])
