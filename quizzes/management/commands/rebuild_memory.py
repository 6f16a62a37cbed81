"""Derive what people remember of rules again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts.models import User
from quizzes.memory import differences, rebuild


class Command(BaseCommand):
    """Write reviews and memories anew from the newest gradings, or say where they differ from what follows."""

    help = "Derive reviews and memories of rules again from the newest gradings; --check only compares (exit 1)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--person", metavar="USERNAME", default="", help="Only this person.")
        parser.add_argument("--check", action="store_true", help="Compare, change nothing; exit 1 on a difference.")

    def handle(self, *args: Any, **options: Any) -> None:
        people = self._people(options["person"])
        found = [line for one in self._each(people) for line in self._one(one, check=options["check"])]
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} rows differ from what follows from the gradings.", returncode=1)
        done = "Compared" if options["check"] else "Derived again"
        self.stdout.write(f"{done}: {len(people)} {'person' if len(people) == 1 else 'people'}.")

    def _people(self, username: str) -> list[User]:
        people = User.objects.order_by("username")
        found = list(people.filter(username=username) if username else people)
        if username and not found:
            raise CommandError(f"There is nobody called {username}.")
        return found

    def _each(self, people: list[User]) -> "tqdm[User]":
        return tqdm(people, desc="Memories", unit="person", file=self.stderr, disable=None)

    def _one(self, person: User, *, check: bool) -> list[str]:
        if check:
            return [f"{person.username}: {line}" for line in differences(person)]
        rebuild(person)
        return []
