"""One person's data in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from courses.privacy import as_json


class Command(BaseCommand):
    """Write everything the site holds of a person as JSON."""

    help = "Write everything the site holds of one person as JSON (docs/privacy.md says what is in it)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose data, and where to."""
        parser.add_argument("username")
        parser.add_argument("--output", metavar="FILE", help="Instead of the standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["username"]).first()
        if person is None:
            raise CommandError(f"Nobody is called {options['username']}.")
        text = as_json(person)
        if not options["output"]:
            self.stdout.write(text)
            return
        try:
            Path(options["output"]).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}.") from error
