"""Count again what the people of teams break."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from courses.breaking import differences, recount
from courses.models import Team


class Command(BaseCommand):
    """Count every team's broken rules from the reviews of its people, and say where they were counted otherwise."""

    help = "Count the broken rules of all teams again and say what differed; --check only compares (exit 1)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Compare, change nothing; exit 1 on a difference.")

    def handle(self, *args: Any, **options: Any) -> None:
        teams = list(Team.objects.order_by("pk"))
        every = tqdm(teams, desc="Teams", unit="team", file=self.stderr, disable=None)
        found = [line for team in every for line in self._one(team, check=options["check"])]
        for line in found:
            self.stdout.write(line)
        if found and options["check"]:
            raise CommandError(f"{len(found)} tallies differ from what follows.", returncode=1)
        count = f"{len(teams)} {'team' if len(teams) == 1 else 'teams'}"
        self.stdout.write(f"{'Compared' if options['check'] else 'Counted again'}: {count}.")

    def _one(self, team: Team, *, check: bool) -> list[str]:
        found = [f"{team}, {line}" for line in differences(team)]
        if found and not check:
            recount(team)
        return found
