"""Procedure-to-procedure edits of the National Correct Coding Initiative."""

import zlib
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice

from datasets.kinds.base import Kind, Row, Told, check_header, in_batches, quarter, quarter_of, wrong
from datasets.numbers import Remembered, packed, read_day
from datasets.sources import TABLES, Source, Unreadable
from datasets.tables import Table

PREAMBLE = 6
HEADER = (
    "column 1",
    "column 2",
    "*=in existence prior to 1996",
    "effective date",
    "deletion date *=no data",
    "modifier 0=not allowed 1=allowed 9=not applicable",
    "ptp edit rationale",
)
COLUMNS = (
    "column 1",
    "column 2",
    "prior to 1996",
    "effective date",
    "deletion date",
    "modifier indicator",
    "rationale",
)
INDICATORS = {"0": 0, "1": 1, "9": 9}
#: Parts of file names that say for whom the edits hold.
SETTINGS = {"practitioner": ("ccipra", "practitioner"), "hospital": ("ccioph", "hospital", "outpatient")}


class Ptp(Kind):
    """Pairs of codes that are not paid together, with the days on which each pair holds."""

    id = "ptp"
    title = "NCCI procedure-to-procedure edits"
    settings = tuple(SETTINGS)
    parts = True
    dated = True
    tables = (
        Table(
            name="edits",
            columns=(
                ("column1", "integer"), ("column2", "integer"), ("starts", "integer"), ("ends", "integer"),
                ("indicator", "integer"), ("rationale", "integer"), ("before_1996", "integer"),
            ),
            key=("column1", "column2", "starts", "ends", "indicator", "rationale"),
            indexes=(("column2",),),
        ),
        Table(name="rationales", columns=(("id", "integer"), ("text", "text")), key=("id",)),
    )  # fmt: skip

    def knows(self, source: Source) -> bool:
        """Its captions stand in the first lines."""
        head = " ".join(source.head[:PREAMBLE]).lower()
        return "column 1" in head and "column 2" in head and "rationale" in head

    def told(self, source: Source) -> Told:
        """The setting from the file's name; the quarter from the name, or the newest effective date of its pairs."""
        check_header(source, _captions(source), [HEADER])
        found = quarter_of(source.member, source.file_name, *source.head[:PREAMBLE]) or self._newest(source)
        return Told(quarter=found, setting=_setting(source))

    def _newest(self, source: Source) -> tuple[date, str]:
        newest = max(row[2] for table, row in self.rows(source) if table == "edits")
        return quarter(newest // 10_000, (newest // 100 % 100 - 1) // 3 + 1)

    def rows(self, source: Source) -> Iterator[tuple[str, Row]]:
        """The pairs, and each rationale when it is first met."""
        for table, batch in self.batches(source):
            for row in batch:
                yield table, row

    def batches(self, source: Source) -> Iterator[tuple[str, list[Row]]]:
        """Read in one expression for thousands of lines; where that fails, line by line, to say what is wrong."""
        codes, days, reasons = Remembered(packed), Remembered(read_day), Remembered(_number_of)
        for first, lines in _cells(source):
            try:
                rows: list[Row] = [
                    (
                        codes[one],
                        codes[two],
                        days[starts],
                        days[ends],
                        INDICATORS[indicator],
                        reasons[reason],
                        int(before == "*"),
                    )
                    for one, two, before, starts, ends, indicator, reason in lines
                ]
            except (ValueError, KeyError) as error:
                raise _unread(source, first, lines) from error
            yield "edits", rows
        yield "rationales", [(number, text) for text, number in reasons.items()]


def _number_of(text: str) -> int:
    """The same number for the same rationale, whichever of the files of a quarter it stands in."""
    return zlib.crc32(text.encode()) & 0x7FFFFFFF


def _unread(source: Source, first: int, lines: list[list[str]]) -> Unreadable:
    """Which column of which of these lines cannot be read, and why."""
    readers: tuple[Callable[[str], object], ...]
    readers = (packed, packed, str, read_day, read_day, _indicator, str)
    for number, cells in enumerate(lines, start=first):
        if len(cells) != len(COLUMNS):
            return wrong(source, number, "the line", f"it has {len(cells)} columns where {len(COLUMNS)} are known")
        for place, cell in enumerate(cells):
            try:
                readers[place](cell)
            except ValueError as error:
                return wrong(source, number, COLUMNS[place], error)
    return wrong(source, first, "the lines", "they cannot be read")


def _indicator(text: str) -> int:
    if text not in INDICATORS:
        raise ValueError(f"“{text}” is none of 0, 1 and 9")
    return INDICATORS[text]


def _cells(source: Source) -> Iterator[tuple[int, list[list[str]]]]:
    """The number of a line, and the cells of it and of those that follow it, many at a time."""
    number = PREAMBLE + 1
    if source.suffix in TABLES:
        for batch in in_batches(islice(source.records(), PREAMBLE, None)):
            yield number, [[cell.strip() for cell in record[: len(COLUMNS)]] for record in batch if any(record)]
            number += len(batch)
        return
    for lines in in_batches(islice(source.lines(), PREAMBLE, None)):
        yield number, [line.split("\t") for line in lines if line]
        number += len(lines)


def _captions(source: Source) -> list[str]:
    """The captions of the columns, which stand in several lines one above the other."""
    lines = [line.split("\t") for line in source.head[:PREAMBLE]]
    start = next((n for n, cells in enumerate(lines) if cells[0].strip().lower() == "column 1"), None)
    if start is None:
        raise Unreadable(f"{source.name} has no line with the captions Column 1, Column 2.")
    return [" ".join(cells[place].strip() for cells in lines[start:] if place < len(cells)) for place in range(7)]


def _setting(source: Source) -> str | None:
    names = f"{source.file_name} {source.member}".lower()
    return next((setting for setting, words in SETTINGS.items() if any(word in names for word in words)), None)
