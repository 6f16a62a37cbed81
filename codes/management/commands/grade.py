"""Grade cases in the format of docs/case-format.md."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from codes.library import library
from codes.models import FacetValue
from rulebook import Library, grade
from rulebook.case_format import CaseError, Vocabulary, read_case, write_grade

MOST_BYTES = 50_000_000


class Command(BaseCommand):
    """Read one case or a list of cases, print their grades as JSON."""

    help = "Grade a case file (or - for standard input): one case or a list. Exit 0, or 2 when the input is bad."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", metavar="CASE.json", help="a file with one case or a list of cases; - reads stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = _load(options["case"])
            result = grade_data(data, library(), FacetValue.objects.words() or None)
        except CaseError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(result, indent=2, ensure_ascii=False))


def grade_data(data: Any, pages: Library, vocabulary: Vocabulary | None) -> Any:
    """The grade of one case, or a list of grades for a list; CaseError when any case is bad."""
    if not pages.rules:
        raise CaseError("", "no page is published yet; run: python manage.py load_library")
    if isinstance(data, list):
        return [_grade(case, pages, vocabulary, f"{index}.") for index, case in enumerate(data)]
    return _grade(data, pages, vocabulary, "")


def _grade(data: Any, pages: Library, vocabulary: Vocabulary | None, prefix: str) -> dict[str, Any]:
    try:
        encounter, claim = read_case(data, vocabulary)
    except CaseError as error:
        raise CaseError(f"{prefix}{error.field}", error.message) from error
    return write_grade(grade(claim, encounter, pages.on(encounter.date_of_service)))


def _load(name: str) -> Any:
    """Read the JSON, refusing what would crash or mislead: too deep, too large, doubled or odd values."""
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1) if name == "-" else Path(name).read_bytes()
        if len(raw) > MOST_BYTES:
            raise CaseError("", f"the input is larger than {MOST_BYTES} bytes")
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except OSError as error:
        raise CaseError("", f"cannot read {name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CaseError("", f"{name} is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise CaseError("", f"{name} is not JSON: {error}") from error
    except (RecursionError, ValueError) as error:
        if isinstance(error, CaseError):
            raise
        raise CaseError("", f"{name} is not usable JSON: nested too deeply or a number too long") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise CaseError(next(name for name in names if names.count(name) > 1), "is given twice")
    return found


def _no_constant(text: str) -> Any:
    raise CaseError("", f"{text} is not a value of JSON")
