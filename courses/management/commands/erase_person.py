"""Take a person out of the site."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from accounts.models import User
from courses.disk import overwrite_deleted
from courses.privacy import CannotErase, erase, erase_again


class Command(BaseCommand):
    """Erase a person, or again those whom a restored backup has brought back."""

    help = "Erase one person's name, address and words; answers stay without a name (docs/privacy.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who and why, or everybody who was erased before."""
        parser.add_argument("username", nargs="?")
        parser.add_argument("--why", metavar="TEXT", help="Kept in the audit log; do not name the person in it.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--again", action="store_true", help="Erase again whom a restored backup has brought back.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            self.stdout.write(f"Erased again: {erase_again(timezone.now())}")
        else:
            self._erase(options["username"], options["why"], ask=not options["yes"])
        self._off_the_disk()

    def _erase(self, username: str | None, why: str | None, *, ask: bool) -> None:
        if not username or not why:
            raise CommandError("Say who is to be erased and why: erase_person USERNAME --why TEXT, or --again.")
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"Nobody is called {username}.")
        if ask and _typed(f"Erase {username}? This cannot be taken back. Type the name again: ") != username:
            raise CommandError("Nothing was erased.")
        try:
            erase(person, by=None, why=why, at=timezone.now())
        except CannotErase as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"Erased; the account is erased-{person.pk} now.")

    def _off_the_disk(self) -> None:
        try:
            gone = overwrite_deleted()
        except OperationalError:
            gone = False
        if not gone:
            self.stdout.write("The rows are gone; the file keeps traces until the next VACUUM (docs/privacy.md).")


def _typed(question: str) -> str:
    try:
        return input(question)
    except EOFError as nobody:
        raise CommandError("Nothing was erased: there is nobody to ask. Say --yes to erase without asking.") from nobody
