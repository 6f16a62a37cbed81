"""Write the questions of published pages for other programs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from codes.models import Code
from quizzes.exporting import FORMAT, MOST_VARIANTS, VARIANTS, questions_of


class Command(BaseCommand):
    """Write the questions of pages as Moodle XML, GIFT or QTI."""

    help = "Write the questions of published pages as Moodle XML, GIFT or QTI 2.1; see docs/files.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("codes", nargs="+", metavar="NUMBER", help="the pages")
        parser.add_argument("--format", choices=list(FORMAT), default="moodle")
        parser.add_argument("--out", required=True, metavar="FILE", help="the file to write")
        parser.add_argument("--seed", type=int, default=1, help="of the variants; the same gives the same file")
        parser.add_argument("--variants", type=int, default=VARIANTS, help=f"of each scenario, up to {MOST_VARIANTS}")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = [number.upper() for number in options["codes"]]
        codes = list(Code.objects.filter(number__in=numbers))
        missing = set(numbers) - {code.number for code in codes}
        if missing:
            raise CommandError(f"There is no page of {', '.join(sorted(missing))}.", returncode=2)
        if not 0 <= options["variants"] <= MOST_VARIANTS:
            raise CommandError(f"--variants: from 0 to {MOST_VARIANTS}.", returncode=2)
        shown = tqdm(codes, desc="Questions", unit="page", file=self.stderr, disable=len(codes) == 1 or None)
        questions = [one for code in shown for one in questions_of(code, options["seed"], options["variants"])]
        if not questions:
            raise CommandError("These pages give no question that learners are asked.", returncode=1)
        try:
            data = FORMAT[options["format"]].write(questions, " ".join(numbers))
            Path(options["out"]).write_bytes(data)
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}", returncode=2) from error
        self.stdout.write(f"{options['out']}: {len(questions)} questions.")
