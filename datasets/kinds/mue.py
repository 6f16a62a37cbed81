"""Medically unlikely edits: how many units of a code one person can have on one day."""

import re
from collections.abc import Iterator

from datasets.kinds.base import Kind, Row, Told, check_header, quarter_of, squeezed, wrong
from datasets.numbers import packed
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


class Mue(Kind):
    """Units of service: a value of 0 is not payable in that setting; the indicator says how strict it is.

    1: for each line; 2: for each day, absolute; 3: for each day, unless there is a clinical reason.
    """

    id = "mue"
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
        header, _ = _header(source)
        return Told(quarter=quarter_of(source.member, source.file_name, *source.head), setting=SETTINGS[header[1]])

    def rows(self, source: Source) -> Iterator[tuple[str, Row]]:
        """One row a code."""
        _, first = _header(source)
        for number, record in enumerate(source.records(), start=1):
            if number <= first or not any(record):
                continue
            if len(record) < 4:
                raise wrong(source, number, "the record", f"it has {len(record)} columns where 4 are known")
            yield "units", _row(source, number, [cell.strip() for cell in record[:4]])


def _row(source: Source, number: int, cells: list[str]) -> Row:
    indicator = _INDICATOR.match(cells[2])
    if indicator is None:
        raise wrong(source, number, "adjudication indicator", f"“{cells[2]}” does not begin with 1, 2 or 3")
    if not (cells[1].isascii() and cells[1].isdecimal()):
        raise wrong(source, number, "value", f"“{cells[1]}” is not a whole number")
    try:
        return (packed(cells[0]), int(cells[1]), int(indicator[1]), cells[3])
    except ValueError as error:
        raise wrong(source, number, "code", error) from error


def _header(source: Source) -> tuple[tuple[str, ...], int]:
    """The header, and how many records there are up to it."""
    for number, record in enumerate(source.records(), start=1):
        if "mue values" in squeezed(" ".join(record)) and len(record) > 1:
            return tuple(check_header(source, record, HEADERS)), number
        if number > 20:
            break
    raise Unreadable(f"{source.name} has no record with the captions of a file of medically unlikely edits.")
