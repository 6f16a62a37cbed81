"""Mail those who have reviews due."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from quizzes.reminders import send_reminders

MOST_SAID = 100  # an exit status has a byte, and some numbers above this mean other things


class Command(BaseCommand):
    """Send today's reminders; run it once a day."""

    help = "Mail everybody who asked for it and has reviews due, at most once a day. Exit status: how many failed."

    def handle(self, *args: Any, **options: Any) -> None:
        sent, failed = send_reminders(timezone.now())
        self.stdout.write(f"{sent} mailed.")
        if failed:
            self.stderr.write(f"{failed} could not be mailed; the next run tries again. The log says whom and why.")
            sys.exit(min(failed, MOST_SAID))
