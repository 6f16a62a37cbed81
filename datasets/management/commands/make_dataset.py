"""manage.py make_dataset KIND FOLDER [--rows N] [--seed N] [--name NAME] [--as xlsx|zip]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from datasets.making import FORMS, MAKERS


class Command(BaseCommand):
    """Write a made-up file in the layout of a public one, to try loading or to measure it."""

    help = "Writes a made-up file in the layout of a public code set, of any size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, where, how large."""
        parser.add_argument("kind", choices=sorted(MAKERS))
        parser.add_argument("folder", type=Path)
        parser.add_argument("--rows", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--name",
            default="",
            help="Its name, whose quarter or year it is of: PPRRVU25_JAN.csv has the columns of 2025.",
        )
        parser.add_argument("--as", choices=sorted(FORMS), dest="form", help="Another form than the text.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it and say where it is."""
        make, usual = MAKERS[options["kind"]]
        name = options["name"] or usual
        if options["rows"] < 1:
            raise CommandError("--rows: at least 1.")
        if Path(name).name != name:
            raise CommandError(f"--name: {name} is no name of a file; the folder is given before it.")
        path = options["folder"] / name
        try:
            options["folder"].mkdir(parents=True, exist_ok=True)
            make(path, options["rows"], options["seed"])
            if options["form"]:
                path = FORMS[options["form"]](path)
        except (ValueError, OSError) as error:
            raise CommandError(f"{error}.") from error
        self.stdout.write(str(path))
