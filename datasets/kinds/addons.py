"""Add-on codes and the primary codes that they go with."""

import re
from collections.abc import Iterator

from datasets.kinds.base import ByLine, Line, Row, Told, check_header, quarters, wrong
from datasets.numbers import packed, read_ordinal_day
from datasets.sources import Source, Unreadable
from datasets.tables import Table

HEADER = (
    "aoc_edit_type",
    "add-on_code",
    "aoc_deldt",
    "primary_code",
    "primary_code_deldt",
    "aoc_edit_effdt",
    "aoc_edit_deldt",
    "special_instruction_notes",
)
#: Captions of days said so in older files.
_JULIAN = re.compile(r"[\s_(]*julian\)?", re.IGNORECASE)
#: Stands for a primary code that the contractor decides about; no code has this number.
CONTRACTOR, ANY = "CCCCC", 0


class AddOns(ByLine):
    """Which primary codes an add-on code may go with: a closed list (type 1), or one that contractors write (2, 3)."""

    id = "addons"
    takes_sheets = True
    title = "NCCI add-on codes"
    dated = True
    tables = (
        Table(
            name="addons",
            columns=(
                ("code", "integer"), ("primary_code", "integer"), ("type", "integer"), ("starts", "integer"),
                ("ends", "integer"), ("code_ends", "integer"), ("primary_ends", "integer"), ("note", "text"),
            ),
            key=("code", "primary_code", "type", "starts", "ends"),
            indexes=(("primary_code",),),
        ),
    )  # fmt: skip

    def knows(self, source: Source) -> bool:
        """Its captions in one of the first lines."""
        return any("aoc_edit_type" in line.lower() for line in source.head)

    def told(self, source: Source) -> Told:
        """The quarter, from the name or the notice."""
        return Told(quarters=quarters(source, *source.head[: _header(source) - 1]))

    def rows(self, source: Source) -> Iterator[Line]:
        """One row a pair and the days on which it holds."""
        first = _header(source)
        for number, record in source.table():
            if number > first and any(record):
                yield number, "addons", _row(source, number, [*(cell.strip() for cell in record), *[""] * 8][:8])


def _row(source: Source, number: int, cells: list[str]) -> Row:
    kind, code, code_ends, primary, primary_ends, starts, ends, note = cells
    if kind not in ("1", "2", "3"):
        raise wrong(source, number, "AOC_Edit_Type", f"“{kind}” is none of 1, 2 and 3")
    try:
        return (
            _code(code), ANY if primary == CONTRACTOR else _code(primary), int(kind), read_ordinal_day(starts),
            read_ordinal_day(ends), read_ordinal_day(code_ends), read_ordinal_day(primary_ends), note,
        )  # fmt: skip
    except ValueError as error:
        raise wrong(source, number, "codes and dates", error) from error


def _code(text: str) -> int:
    """The number of a code, which is never that of the contractor's choice."""
    if (number := packed(text)) == ANY:
        raise ValueError(f"{text!r} is no code")
    return number


def _header(source: Source) -> int:
    """The line in which the header begins."""
    for number, record in source.table():
        if record and record[0].strip().lower() == HEADER[0]:
            check_header(source, [_JULIAN.sub("", caption) for caption in record], [HEADER])
            return number
    raise Unreadable(f"{source.name} has no line that begins with AOC_Edit_Type.")
