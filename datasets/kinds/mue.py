"""Medically unlikely edits: how many units of a code one person can have on one day."""

import re
from collections.abc import Iterator

from datasets.kinds.base import ByLine, Line, Row, Told, check_header, quarters, squeezed, wrong
from datasets.numbers import packed, read_whole
from datasets.sources import Source, Unreadable
from datasets.tables import Table

#: Caption of the column of values -> for whom they hold.
SETTINGS = {
    "practitioner services mue values": "practitioner",
    "outpatient hospital services mue values": "hospital",
    "facility outpatient services mue values": "hospital",
    "dme supplier services mue values": "supplier",
}
HEADERS = [("hcpcs/ cpt code", values, "mue adjudication indicator", "mue rationale") for values in SETTINGS]
_INDICATOR = re.compile(r"([123])\b")
#: The header stands in one of so many lines.
LAST_HEADER = 20


class Mue(ByLine):
    """Units of service: a value of 0 is not payable in that setting; the indicator says how strict it is.

    1: for each line; 2: for each day, absolute; 3: for each day, unless there is a clinical reason.
    """

    id = "mue"
    takes_sheets = True
    title = "Medically unlikely edits"
    settings = ("practitioner", "hospital", "supplier")
    tables = (
        Table(
            name="units",
            columns=(("code", "integer"), ("value", "integer"), ("indicator", "integer"), ("rationale", "text")),
            key=("code",),
        ),
    )

    def knows(self, source: Source) -> bool:
        """Its captions, over line ends within them."""
        return "mue values" in squeezed(" ".join(source.head))

    def told(self, source: Source) -> Told:
        """The setting from the header, the quarter from the notice or the name."""
        header, first = _header(source)
        return Told(quarters=quarters(source, *source.head[: first - 1]), setting=SETTINGS[header[1]])

    def rows(self, source: Source) -> Iterator[Line]:
        """One row a code."""
        _, first = _header(source)
        for number, record in source.records():
            if number <= first or not any(record):
                continue
            if len(record) < 4:
                raise wrong(source, number, "the record", f"it has {len(record)} columns where 4 are known")
            yield number, "units", _row(source, number, [cell.strip() for cell in record[:4]])


def _row(source: Source, number: int, cells: list[str]) -> Row:
    indicator = _INDICATOR.match(cells[2])
    if indicator is None:
        raise wrong(source, number, "adjudication indicator", f"“{cells[2]}” does not begin with 1, 2 or 3")
    try:
        value = read_whole(cells[1])
    except ValueError as error:
        raise wrong(source, number, "value", error) from error
    try:
        return (packed(cells[0]), value, int(indicator[1]), cells[3])
    except ValueError as error:
        raise wrong(source, number, "code", error) from error


def _header(source: Source) -> tuple[tuple[str, ...], int]:
    """The header, and the line in which it begins."""
    for number, record in source.records():
        if "mue values" in squeezed(" ".join(record)) and len(record) > 1:
            return tuple(check_header(source, record, HEADERS)), number
        if number > LAST_HEADER:
            break
    raise Unreadable(f"{source.name} has no record with the captions of a file of medically unlikely edits.")
