"""Write pages and courses as readable files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from codes.models import Code
from editorial.bundles import texts_of, zipped
from editorial.files import site_courses


class Command(BaseCommand):
    """Write pages and courses into an archive or a folder."""

    help = "Write pages (all, or --codes) and the courses of the site as readable files; see docs/files.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", metavar="OUT", help="NAME.zip, or a folder (new, or empty)")
        parser.add_argument("--codes", nargs="+", metavar="NUMBER", help="only these pages, and no course")

    def handle(self, *args: Any, **options: Any) -> None:
        out, at = Path(options["out"]), timezone.now()
        numbers = [number.upper() for number in options["codes"] or ()]
        codes = Code.objects.filter(number__in=numbers) if numbers else Code.objects.all()
        missing = set(numbers) - set(codes.values_list("number", flat=True))
        if missing:
            raise CommandError(f"There is no page of {', '.join(sorted(missing))}.", returncode=2)
        shown = tqdm(list(codes), desc="Export", unit="page", file=self.stderr, disable=None)
        texts = texts_of(shown, () if numbers else site_courses(), at)
        try:
            (_into_archive if out.suffix == ".zip" else _into_folder)(out, texts, at)
        except OSError as error:
            raise CommandError(f"{out}: {error.strerror}", returncode=2) from error
        self.stdout.write(f"{out}: {len(texts)} files.")


def _into_archive(out: Path, texts: dict[str, str], at: Any) -> None:
    waiting = out.with_name(f"{out.name}.new")
    waiting.write_bytes(zipped(texts, at))
    waiting.replace(out)


def _into_folder(out: Path, texts: dict[str, str], at: Any) -> None:
    if out.exists() and any(out.iterdir()):
        raise CommandError(f"{out} is not empty; choose another folder.", returncode=2)
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(text.encode())
