"""manage.py load_dataset FILE... [--setting hospital] [--quarter 2026Q1] [--anew]"""

import os
import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from datasets.loading import Said, load_files, quarter_said
from datasets.search import building
from datasets.sources import Unreadable

#: How far the load stands back for others, of 19 at most.
NICE = 10


class Command(BaseCommand):
    """Load public files: edits, units, add-on codes, relative values, HCPCS II, ICD-10-CM."""

    #: Those of the whole site are nothing to a load, and take as much time and memory as a fifth of a quarter's edits.
    requires_system_checks = ()

    help = "Loads public code-set files as they are downloaded; what a file is, is told from its content."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files, and what they do not say of themselves."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--setting", default="", help="For whom it holds, where the file does not say.")
        parser.add_argument("--quarter", default="", help="Which quarter it is, where the file does not say: 2026Q1.")
        parser.add_argument(
            "--anew", action="store_true", help="Edits take the place of what is loaded of their quarter."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Each file whole or not at all; the first that cannot be read ends it, exit status 1."""
        # Whoever answers a question meanwhile goes first.
        os.nice(NICE)
        said = Said(quarter=_quarter(options["quarter"]), setting=options["setting"])
        try:
            try:
                _load(_there(options["files"]), said, anew=options["anew"])
            finally:  # what was loaded before a file that cannot be read is searched, too
                _search()
        except Unreadable as error:
            raise CommandError(str(error)) from error


def _load(paths: list[Path], said: Said, *, anew: bool) -> None:
    began, read = time.perf_counter(), 0
    with tqdm(desc="Loading", unit=" rows", unit_scale=True, disable=None) as bar:

        def progress(rows: int) -> None:
            nonlocal read
            read += rows
            bar.update(rows)

        for one in load_files(paths, at=timezone.now(), progress=progress, said=said, anew=anew):
            told = (f"{one.name}: {one.status}", f"{one.release} has {one.rows:,} rows", *one.remarks)
            bar.write("; ".join(told))
        seconds = time.perf_counter() - began
        bar.write(f"{read:,} rows in {seconds:.1f} s, {read / seconds:,.0f} rows a second")


def _search() -> None:
    """Have the search follow, in a time of its own: it is built of all that is loaded."""
    began = time.perf_counter()
    with tqdm(desc="Search", unit=" rows", unit_scale=True, disable=None) as bar:
        if index := building.renew(at=timezone.now(), progress=bar.update):
            bar.write(f"{index.rows:,} codes can be searched, after {time.perf_counter() - began:.1f} s more")


def _there(paths: list[Path]) -> list[Path]:
    for path in paths:
        if path.is_dir():
            raise CommandError(f"{path} is a folder; name the files in it.")
        if not path.is_file():
            raise CommandError(f"{path} is not there.")
    return paths


def _quarter(text: str) -> tuple[date, str] | None:
    if not text:
        return None
    found = quarter_said(text)
    if found is None:
        raise CommandError(f"--quarter: “{text}” is no quarter; write it like 2026Q1.")
    return found
