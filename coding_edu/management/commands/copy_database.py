"""Move a grown installation to another database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from coding_edu import copying


class Command(BaseCommand):
    """Copy everything from one database into another, empty one, and compare what arrived."""

    help = (
        "Copy an installation from one database into another, which has its tables (migrate) and nothing in them. "
        "Counts and checksums of every table are compared. All of it or nothing is copied; the source is only read."
    )
    # The checks would look at the database named by DATABASE_URL, which may be neither of the two.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="source", required=True, metavar="URL", help="as sqlite:////srv/db.sqlite3")
        parser.add_argument("--to", dest="target", metavar="URL", help="instead of DATABASE_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        source, target = options["source"], options["target"] or settings.DATABASE_URL
        if source == target:
            raise CommandError("--from names the database that --to or DATABASE_URL names too.")
        try:
            with copying.between(source, target):
                total = copying.how_many()
                with tqdm(total=total, unit=" rows", unit_scale=True, file=self.stderr, disable=None) as bar:
                    done = copying.copy(bar.update)
        except copying.Refused as refused:
            raise CommandError(f"Nothing was copied. {refused}") from refused
        width = max(len(one.name) for one in done)
        for one in done:
            self.stdout.write(f"{one.name:{width}}  {one.source.rows:>10,}  {one.source}  the same")
        self.stdout.write(f"{sum(one.source.rows for one in done):,} rows in {len(done)} tables were copied.")
