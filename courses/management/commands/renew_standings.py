"""Derive how far assignments are again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from courses.models import Assignment
from courses.standing import differences, renew

BATCH = 100


class Command(BaseCommand):
    """Bring every standing in line with what was read, answered and mastered, and say what was not."""

    help = "Derive the standings of all assignments again and say what differed; --check only compares (exit 1)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Compare, change nothing; exit 1 on a difference.")

    def handle(self, *args: Any, **options: Any) -> None:
        pks = list(Assignment.objects.order_by("pk").values_list("pk", flat=True))
        found = []
        with tqdm(total=len(pks), desc="Assignments", unit="assignment", file=self.stderr, disable=None) as progress:
            for start in range(0, len(pks), BATCH):
                found += self._some(pks[start : start + BATCH], check=options["check"])
                progress.update(len(pks[start : start + BATCH]))
        for line in found:
            self.stdout.write(line)
        if found and options["check"]:
            raise CommandError(f"{len(found)} standings differ from what follows.", returncode=1)
        self.stdout.write(f"{'Compared' if options['check'] else 'Derived again'}: {len(pks)} assignments.")

    def _some(self, pks: list[int], *, check: bool) -> list[str]:
        assignments = list(Assignment.objects.filter(pk__in=pks).order_by("pk"))
        found = differences(assignments)
        if found and not check:
            renew(assignments, timezone.now())
        return found
