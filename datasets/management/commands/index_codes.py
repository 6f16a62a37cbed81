"""manage.py index_codes [--if-needed]"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from datasets.search import building
from datasets.sources import Unreadable


class Command(BaseCommand):
    """Build the search over all loaded code sets anew; whoever searches meanwhile notices nothing."""

    help = "Builds the search over all loaded code sets anew, beside the one in use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether it is built although nothing was loaded since."""
        parser.add_argument(
            "--if-needed",
            action="store_true",
            help="Only where something was loaded, or the index has another layout now.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Build it and say how many codes it has."""
        if options["if_needed"] and not building.is_stale():
            self.stdout.write("The search has everything that is loaded.")
            return
        began = time.perf_counter()
        with tqdm(unit=" rows", unit_scale=True, disable=None, file=self.stderr) as bar:
            try:
                index = building.rebuild(at=timezone.now(), progress=bar.update)
            except Unreadable as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{index.rows:,} codes can be searched, after {time.perf_counter() - began:.1f} s.")
