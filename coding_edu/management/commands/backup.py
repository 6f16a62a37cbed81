"""Back everything up."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from coding_edu import backups


class Command(BaseCommand):
    """Make a backup of the database and the public code sets while the site is in use."""

    help = "Back up the database and the public code sets, while the site is in use, into a new folder below FOLDER."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--keep", type=int, metavar="N", help="remove all but the newest N afterwards")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("--keep: at least 1, the backup that is made now.")
        try:
            made = backups.back_up(options["folder"], timezone.now())
        except (backups.Unusable, OSError) as error:
            raise CommandError(f"Nothing was backed up. {error}") from error
        self.stdout.write(str(made))
        if options["keep"]:
            for gone in backups.forget_old(options["folder"], options["keep"]):
                self.stdout.write(f"{gone} was removed.")
