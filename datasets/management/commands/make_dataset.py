"""manage.py make_dataset KIND FOLDER [--rows N] [--seed N]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from datasets.making import MAKERS


class Command(BaseCommand):
    """Write a made-up file in the layout of a public one, to try loading or to measure it."""

    help = "Writes a made-up file in the layout of a public code set, of any size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, where, how large."""
        parser.add_argument("kind", choices=sorted(MAKERS))
        parser.add_argument("folder", type=Path)
        parser.add_argument("--rows", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it and say where it is."""
        make, name = MAKERS[options["kind"]]
        options["folder"].mkdir(parents=True, exist_ok=True)
        path = options["folder"] / name
        make(path, options["rows"], options["seed"])
        self.stdout.write(str(path))
