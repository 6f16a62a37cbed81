"""Made-up public files with rows about codes that tests know."""

from pathlib import Path

from django.utils import timezone

from datasets.loading import load, recognise
from datasets.making import MAKERS
from datasets.models import Release


def public_file(folder: Path, kind: str, *lines: str, rows: int = 40, name: str = "", seed: int = 1) -> Path:
    """A made-up file of a kind, with these lines behind its own."""
    make, usual = MAKERS[kind]
    path = folder / (name or usual)
    make(path, rows, seed)
    with path.open("ab") as file:
        file.write("".join(f"{line}\r\n" for line in lines).encode("latin-1"))
    return path


def load_lines(folder: Path, kind: str, *lines: str, rows: int = 40, name: str = "") -> Release:
    """The same, loaded."""
    return load(recognise(public_file(folder, kind, *lines, rows=rows, name=name))[0], at=timezone.now()).release


def edit(one: str, two: str, *, starts: str = "20150101", ends: str = "*", indicator: str = "0", why: str = "A") -> str:
    """A line of a file of edits."""
    return "\t".join((one, two, "", starts, ends, indicator, why))


def units(code: str, value: int, indicator: str = "2 Date of Service Edit: Policy") -> str:
    """A line of a file of most units."""
    return f"{code},{value},{indicator},Clinical: Data"


def addon(code: str, primary: str, kind: int = 1, *, starts: str = "2013001", ends: str = "") -> str:
    """A line of a file of add-on codes."""
    return "\t".join((str(kind), code, "", primary, "", starts, ends, ""))


def diagnosis(code: str, text: str, *, billable: bool = True) -> str:
    """A line of an order file."""
    return f"{90_000 + sum(map(ord, code)):05d} {code:<7} {int(billable)} {text[:60]:<60} {text}"


def values(code: str, modifier: str = "", *, work: float = 7.03, days: str = "000") -> str:
    """A line of a file of relative values since 2026."""
    row = dict(enumerate(["0"] * 32))
    row |= {0: code, 1: modifier, 2: "", 3: "A", 5: str(work), 11: "150.20", 12: "9.87", 13: "1", 14: days, 19: "1"}
    return ",".join(row.values())
