"""Tables as CSV files that no spreadsheet reads a formula out of, and what any file can hold.

Pure: headings and rows in, bytes out. Numbers are numbers; everything else is text.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, islice

Cell = str | int | float | date | None

#: What XML and spreadsheets cannot hold: control characters but for tab and line ends, halves of pairs, non-characters.
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\ufffd"
LINES_AT_ONCE = 500
#: The most that a cell of a spreadsheet can hold.
LONGEST = 32_767
#: With one of these in front, in half or full width, a spreadsheet may take a text for a formula or a command.
TRIGGERS = frozenset("=+-@|%\t\r\n")


def plain(text: str) -> str:
    """A text without what a file cannot hold, its line ends as one character."""
    return UNSPEAKABLE.sub(REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def is_risky(text: str) -> bool:
    """Whether a spreadsheet might take a text for a formula; spaces and what is not seen in front do not hide it."""
    seen = text.lstrip(" \u00a0\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u200e\u200f")
    first = unicodedata.normalize("NFKC", seen[:1])[:1]
    return first in TRIGGERS if first else False


def csv_file(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark in front, by which spreadsheets know it; risky texts get an apostrophe in front."""
    return b"".join(csv_parts(head, rows))


def csv_parts(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The same in parts, for a table that is too long to lie in memory."""
    yield codecs.BOM_UTF8
    lines = (_line([_cell(one) for one in row]) for row in chain([head], rows))
    while part := "".join(islice(lines, LINES_AT_ONCE)):
        yield part.encode()


def _line(cells: Sequence[str | int | float]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _cell(value: Cell) -> str | int | float:
    if isinstance(value, int | float):
        return value
    return _text(value.isoformat() if isinstance(value, date) else value or "")


def _text(text: str) -> str:
    risky = is_risky(text)
    return f"'{plain(text)}" if risky else plain(text)
