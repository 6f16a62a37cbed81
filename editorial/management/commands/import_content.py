"""Read pages, courses and rows from files."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from codes.pages import PageError
from datasets.unpacking import PAGES, Unsafe
from editorial import uploads
from editorial.bundles import read_folder
from editorial.files import NotAsShown, Plan, carry_out, plan_of


class Command(BaseCommand):
    """Show what would become of files, ask, and store all of them as drafts, or nothing."""

    help = "Read pages, courses (.zip or folder) and rows (.xlsx) into drafts: all or nothing; see docs/files.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a .zip, an .xlsx or a folder")
        parser.add_argument("--dry-run", action="store_true", help="only show what would become of them")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--answers-may-change", action="store_true", help="even where accepted claims of published pages change"
        )
        parser.add_argument("--by", metavar="USERNAME", help="in whose name it is noted")
        parser.add_argument("--reason", metavar="TEXT", default="", help="why; it is noted beside each part")

    def handle(self, *args: Any, **options: Any) -> None:
        by = self._person(options["by"])
        plans = [self._plan(Path(name)) for name in options["files"]]
        for plan in plans:
            self.stdout.write("\n".join(lines(plan)))
        if any(plan.refused for plan in plans):
            raise CommandError("Nothing was stored, because something is refused.", returncode=2)
        twice = [name for name, number in Counter(_stored(plans)).items() if number > 1]
        if twice:
            raise CommandError(f"Nothing was stored, because {twice[0]} stands in two of the files.", returncode=2)
        if any(plan.turned for plan in plans) and not (options["answers_may_change"] or options["dry_run"]):
            raise CommandError("Nothing was stored; allow it with --answers-may-change.", returncode=1)
        if options["dry_run"] or not any(plan.stored for plan in plans):
            return
        if not options["yes"] and input("Store this? [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was stored.", returncode=1)
        self._store(plans, by, options["reason"])

    def _person(self, name: str | None) -> User | None:
        if name is None:
            return None
        found = User.objects.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is nobody called {name}.", returncode=2)
        return found

    def _plan(self, path: Path) -> Plan:
        try:
            if path.is_dir():
                return plan_of(read_folder(path), path.name)
            if path.stat().st_size > PAGES.size:
                raise Unsafe(path.name, f"has {path.stat().st_size:,} bytes; {PAGES.size:,} are taken")
            return uploads.read(path.read_bytes(), path.name)
        except Unsafe as unsafe:
            raise CommandError(str(unsafe), returncode=2) from unsafe
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=2) from error

    def _store(self, plans: list[Plan], by: User | None, why: str) -> None:
        """All files in one transaction."""
        number = sum(len(plan.stored) for plan in plans)
        bar = tqdm(total=number, desc="Import", unit="page", file=self.stderr, disable=None)
        try:
            with bar, transaction.atomic():
                for plan in plans:
                    carry_out(
                        plan, by=by, at=timezone.now(), why=why, answers_may_change=True,
                        told=lambda done, of: bar.update(1),
                    )  # fmt: skip
        except (NotAsShown, PageError) as error:
            raise CommandError(f"Nothing was stored: {error}", returncode=2) from error
        self.stdout.write(f"{number} drafts stored.")


def _stored(plans: list[Plan]) -> list[str]:
    return [row.name for plan in plans for row in plan.stored]


def lines(plan: Plan) -> list[str]:
    """A plan for people."""
    told = [f"{plan.name}: " + ", ".join(f"{number} {fate.label.lower()}" for fate, number in plan.counts)]
    told += [
        f"  {row.fate:<10} {row.name} {row.why or '; '.join(map(str, row.counts))}"
        for row in plan.rows
        if row.fate != "unchanged"
    ]
    if plan.turned:
        told.append(f"  would change the accepted claim of {len(plan.turned)} scenarios:")
        told += [f"    {one.code} {one.title}: {one.before} -> {one.after}" for one in plan.turned]
    return told + [f"  not used   {name}" for name in plan.unused] + [f"  {note}" for note in plan.notes]
