"""Procedure-to-procedure edits of the National Correct Coding Initiative."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from datasets.kinds.base import Kind, Quarter, Row, Told, check_header, in_batches, quarter, quarter_of, quarters, wrong
from datasets.numbers import LENGTH, Remembered, packed, read_day
from datasets.sources import TABLES, Source, Unreadable
from datasets.tables import Table, Values

PREAMBLE = 6
#: The version in names of files, in which v320r0 is 32.0, the first quarter of 2026.
_VERSION = re.compile(r"(?<![a-z0-9])v(\d\d)\.?([0-3])(?:r\d+)?(?![a-z0-9])", re.IGNORECASE)
BEFORE_VERSIONS = 1994
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
#: Of a line its first and its second code, each with the tab behind it, and the terms of the pair, which are the rest.
FIRST, SECOND, REST = (itemgetter(slice(*ends)) for ends in ((0, 6), (6, 12), (12, None)))
#: Real files have some thousand different terms. One that is made to have many does not fill the memory.
MOST_TERMS = 200_000
#: Parts of file names that say for whom the edits hold.
SETTINGS = {"practitioner": ("ccipra", "practitioner"), "hospital": ("ccioph", "hospital", "outpatient")}


class Ptp(Kind):
    """Pairs of codes that are not paid together, with the days on which each pair holds."""

    id = "ptp"
    takes_sheets = True
    title = "NCCI procedure-to-procedure edits"
    settings = tuple(SETTINGS)
    parts = True
    dated = True
    tables = (
        Table(
            name="edits",
            columns=(("column1", "integer"), ("column2", "integer"), ("terms", "integer")),
            key=("column1", "column2", "terms"),
            indexes=(("column2",),),
        ),
        Table(
            name="terms",
            columns=(
                ("id", "integer"), ("starts", "integer"), ("ends", "integer"), ("indicator", "integer"),
                ("before_1996", "integer"), ("rationale", "text"),
            ),
            key=("id",),
        ),
    )  # fmt: skip

    def knows(self, source: Source) -> bool:
        """Its captions stand in the first lines."""
        head = " ".join(source.head[:PREAMBLE]).lower()
        return "column 1" in head and "column 2" in head and "rationale" in head

    def told(self, source: Source) -> Told:
        """The setting from the file's name, the quarter from the name or the notice.

        The days of its pairs do not tell the quarter: each part of one has another newest day.
        """
        check_header(source, _captions(source), [HEADER])
        return Told(quarters=quarters(source, *source.head[:PREAMBLE], read=_quarter), setting=_setting(source))

    def batches(self, source: Source, known: Iterable[Row] = ()) -> Iterator[tuple[str, Values]]:
        """The pairs, then the terms on which they hold: days, indicator and rationale, each once.

        Read column by column of thousands of lines; where that fails, line by line, to say what is wrong.
        """
        return self._batches(source, Terms(source.letters, known))

    def judge_repeated(self, source: Source) -> None:
        """Nothing: all columns of a pair are its key."""

    def _batches(self, source: Source, terms: "Terms") -> Iterator[tuple[str, Values]]:
        codes = Remembered(_code)
        for first, lines in _lines(source):
            written = lines if all(lines) else [line for line in lines if line]
            values: Values = [0] * (3 * len(written))
            try:
                values[0::3] = map(codes.__getitem__, map(FIRST, written))
                values[1::3] = map(codes.__getitem__, map(SECOND, written))
                values[2::3] = map(terms.__getitem__, map(REST, written))
            except ValueError as error:
                raise _unread(source, first, lines, error) from error
            yield "edits", values
        yield "terms", terms.rows


class Terms(dict[bytes, int]):
    """What stands behind the two codes of a line -> its number. ``rows`` has the values of those that were new.

    ``known`` are the terms of the files of the quarter that are loaded already; the same terms have the same number.
    """

    def __init__(self, letters: str, known: Iterable[Row]) -> None:
        super().__init__({_written(row, letters): row[0] for row in known})
        self.rows: Values = []
        self._letters, self._next = letters, max(self.values(), default=0) + 1
        self._days, self._reasons = Remembered(read_day), dict[str, str]()

    def __missing__(self, text: bytes) -> int:
        if len(self) >= MOST_TERMS:
            raise ValueError(f"with it there are more than {MOST_TERMS:,} different days and reasons")
        row = (self._next, *self._read(text))
        usual = _written(row, self._letters)
        if usual != text:  # written in another way, with a blank for instance
            self[text] = self[usual]
        else:
            self.rows += row
            self[text] = self._next
            self._next += 1
        return self[text]

    def _read(self, text: bytes) -> Row:
        before, starts, ends, indicator, reason = text.decode(self._letters).split("\t")
        # A number for “before 1996”: PostgreSQL takes no truth for one.
        since = int(before == "*")
        return (
            self._days[starts],
            self._days[ends],
            _indicator(indicator),
            since,
            self._reasons.setdefault(reason, reason),
        )


def _written(row: Row, letters: str) -> bytes:
    """Terms as files write them."""
    _, starts, ends, indicator, since, reason = row
    text = f"{'*' if since else ''}\t{_day(starts)}\t{_day(ends)}\t{indicator}\t{reason}"
    return text.encode(letters, "xmlcharrefreplace")


@lru_cache(maxsize=16_384)
def _day(number: int) -> str:
    return f"{number:08}" if number else "*"


def _code(text: bytes) -> int:
    """The number of a code with the tab behind it."""
    if text[LENGTH:] != b"\t":
        raise ValueError("it is not followed by a tab")
    return packed(text[:LENGTH].decode("latin-1"))


def _unread(source: Source, first: int, lines: list[bytes], why: ValueError) -> Unreadable:
    """Which column of which of these lines cannot be read, and why."""
    readers: tuple[Callable[[str], object], ...]
    readers = (packed, packed, str, read_day, read_day, _indicator, str)
    for number, line in enumerate(lines, start=first):
        cells = line.decode(source.letters).split("\t")
        if line and len(cells) != len(COLUMNS):
            return wrong(source, number, "the line", f"it has {len(cells)} columns where {len(COLUMNS)} are known")
        for place, cell in enumerate(cells if line else ()):
            try:
                readers[place](cell)
            except ValueError as error:
                return wrong(source, number, COLUMNS[place], error)
    return wrong(source, first, "the lines from here on", why)


def _indicator(text: str) -> int:
    if text not in INDICATORS:
        raise ValueError(f"“{text}” is none of 0, 1 and 9")
    return INDICATORS[text]


def _lines(source: Source) -> Iterator[tuple[int, list[bytes]]]:
    """The number of a line, and it and those that follow it, many at a time; a row of a sheet as a line."""
    number = PREAMBLE + 1
    if source.suffix in TABLES:
        for batch in in_batches(islice(source.records(), PREAMBLE, None)):
            yield number, [_line(record, source.letters) for _, record in batch]
            number += len(batch)
        return
    left = PREAMBLE
    for lines in source.blocks():
        lines, left = lines[left:], max(0, left - len(lines))
        yield number, lines
        number += len(lines)


def _line(record: list[str], letters: str) -> bytes:
    return "\t".join(cell.strip() for cell in record[: len(COLUMNS)]).encode(letters) if any(record) else b""


def _quarter(text: str) -> Quarter | None:
    found = _VERSION.search(text)
    return quarter_of(text) or (quarter(BEFORE_VERSIONS + int(found[1]), int(found[2]) + 1) if found else None)


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
