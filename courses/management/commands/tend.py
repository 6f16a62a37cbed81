"""What has to be done from time to time."""

import logging
import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from courses.tending import MORE, Round, tend
from quizzes.exams import sweep

log = logging.getLogger(__name__)


def _sweep(at: datetime) -> dict[str, int]:
    return {"exams finished": sweep(at)}


ROUNDS: tuple[Round, ...] = (_sweep, tend)


class Command(BaseCommand):
    """Finish exams whose time is up, post the mail and publish the pages that are due, once or again and again."""

    help = (
        "Finish exams whose time is up, note reminders and digests, put waiting letters into the queue, and publish "
        "the pages whose day has come."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Once by default, as a timer of the system would call it."""
        parser.add_argument("--every", type=int, metavar="SECONDS", help="Go on, with a pause of so many seconds.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["every"] is not None and options["every"] < 1:
            raise CommandError("--every: at least 1 second.")
        while True:
            for step in (*ROUNDS, *MORE):
                self._do(step, go_on=bool(options["every"]))
            if not options["every"]:
                return
            close_old_connections()
            time.sleep(options["every"])

    def _do(self, step: Round, *, go_on: bool) -> None:
        try:
            done = step(timezone.now())
        except Exception:
            # A database that is locked or away for a while must not end what runs for months.
            if not go_on:
                raise
            log.exception("Left for the next round")
            close_old_connections()
        else:
            self._say(done, everything=not go_on)

    def _say(self, done: dict[str, int], *, everything: bool) -> None:
        told = {what: number for what, number in done.items() if number or everything}
        if told:
            self.stdout.write(", ".join(f"{what}: {number}" for what, number in told.items()))
