"""Read articles into draft pages."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from codes.forms import MOST_CHARACTERS
from codes.importing import ArticleRefused, Report, import_article
from codes.models import Rule
from datasets.unpacking import Unsafe, decoded


class Command(BaseCommand):
    """Read one or more articles: each whole or not at all, and the same text only once."""

    help = (
        "Read articles in the layout of “How To Use CPT Code …” into draft pages; the same text again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a text file, UTF-8")
        parser.add_argument("--publish", action="store_true", help="publish each page when lint finds no error")
        parser.add_argument("--replace", action="store_true", help="replace the draft of a page that exists already")
        parser.add_argument("--json", action="store_true", help="print the reports as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        reports, refused = [], []
        quiet = len(options["files"]) == 1 or None
        for name in tqdm(options["files"], desc="Articles", unit="file", file=self.stderr, disable=quiet):
            try:
                reports.append(_read(Path(name), options))
            except ArticleRefused as error:
                refused.append(f"{name}: {error}")
        if options["json"]:
            self.stdout.write(json.dumps(reports[0] if len(options["files"]) == 1 and reports else reports, indent=2))
        else:
            for report in reports:
                self.stdout.write("\n".join(_lines(report)))
        if refused:
            raise CommandError("\n".join(refused), returncode=2)
        if options["publish"] and any(report["published"] is None for report in reports):
            raise CommandError("Not every page was published; the report says why.", returncode=1)


def _read(path: Path, options: dict[str, Any]) -> Report:
    try:
        if path.stat().st_size > 4 * MOST_CHARACTERS:
            raise ArticleRefused(f"is larger than {4 * MOST_CHARACTERS} bytes")
        text = decoded(path.read_bytes(), path.name, MOST_CHARACTERS)
    except OSError as error:
        raise ArticleRefused(f"cannot be read: {error.strerror}") from error
    except Unsafe as unsafe:
        raise ArticleRefused(unsafe.why) from unsafe
    with transaction.atomic():
        return import_article(text, name=path.name, replace=options["replace"], publish_it=options["publish"])


def _lines(report: Report) -> list[str]:
    """The report for people."""
    lines = [report["status_text"], f"  sections       {', '.join(report['sections'])}"]
    for rule in report["rules"]:
        state = "rule" if rule["state"] == Rule.State.ACCEPTED else "proposed rule"
        lines.append(f"  {state:<14} {rule['id']} {json.dumps(rule['params'])}")
    lines.append(f"  documentation  {', '.join(item['slug'] for item in report['documentation']) or 'none'}")
    lines.append(f"  examples       {len(report['examples'])}")
    lines += [
        f"  {note['level']:<14} {note['where']}: {note['message']}"
        for note in report["notes"]
        if note["level"] != "understood"
    ]
    lines += [f"  {problem['level']:<14} {problem['where']}: {problem['message']}" for problem in report["lint"]]
    if report["published"]:
        lines.append(f"  published      edition {report['published']}")
    return lines
