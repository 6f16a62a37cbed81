"""Put a backup back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coding_edu import backups


class Command(BaseCommand):
    """Restore a backup into a place where no database is."""

    help = "Restore what backup made into the database named by DATABASE_URL, which must be empty (or not there)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, metavar="BACKUP")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backups.restore(options["backup"])
        except (backups.Unusable, OSError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        self.stdout.write("Restored. Now run: manage.py migrate; manage.py erase_person --again.")
