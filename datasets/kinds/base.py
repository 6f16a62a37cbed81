"""What a kind of public file is."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, ClassVar

from datasets.sources import Source, Unreadable
from datasets.tables import BATCH, Table, Values, in_values

Row = tuple[Any, ...]
#: The line in which a row begins, the table it belongs to, and the row.
Line = tuple[int, str, Row]
#: For rows of a file that is not read by lines.
UNNUMBERED = 0
_QUARTER = re.compile(r"(20\d\d)[-_ ]?q([1-4])", re.IGNORECASE)
_FILE_QUARTER = re.compile(r"q([1-4])[-_ ]?(20\d\d)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    r"(20\d\d)[-_ ]?(" + "|".join(_MONTHS) + r")|(" + "|".join(_MONTHS) + r")[a-z]*[-_ ,]*(20\d\d)", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which edition a file is: for whom, from which day on, and what it is called."""

    in_force_from: date
    label: str
    setting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file says of itself; None for what it does not say. ``setting`` is "" where there is only one."""

    quarter: tuple[date, str] | None
    setting: str | None = ""


class Kind(ABC):
    """A kind of file: how it is known, which tables its rows fill, and how it becomes rows.

    ``parts``: whether several files make one edition, so that a further file is added to what is there; a further
    file of any other kind takes the place of the one before. ``dated``: whether its rows carry the days on which they
    hold, so that a file also tells of the time before it. ``settings``: for whom editions of it may hold.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    parts: ClassVar[bool] = False
    dated: ClassVar[bool] = False
    settings: ClassVar[tuple[str, ...]] = ()
    tables: ClassVar[tuple[Table, ...]]

    @abstractmethod
    def knows(self, source: Source) -> bool:
        """Whether a file looks like one of this kind, its header perhaps changed."""

    @abstractmethod
    def told(self, source: Source) -> Told:
        """Which edition it is, as far as its content and name say. Unreadable where its header is not known."""

    @abstractmethod
    def batches(self, source: Source, known: Iterable[Row] = ()) -> Iterator[tuple[str, Values]]:
        """The values of many rows at a time. Unreadable names the line and the column of what cannot be read.

        ``known`` are the rows of its last table that the parts before it have brought; they are read at once.
        """

    @abstractmethod
    def judge_repeated(self, source: Source) -> None:
        """Raises Unreadable where two rows of one key are not the same. Asked of a file that has rows of one key."""


class ByLine(Kind):
    """A kind whose lines are read one by one; one with millions of rows has a way of its own to them."""

    @abstractmethod
    def rows(self, source: Source) -> Iterator[Line]:
        """The rows of its tables. Unreadable names the line and the column of what cannot be read."""

    def batches(self, source: Source, known: Iterable[Row] = ()) -> Iterator[tuple[str, Values]]:
        """The values of many rows at a time."""
        for table, rows in groupby(self.rows(source), key=itemgetter(1)):
            for values in in_values(row for _, _, row in rows):
                yield table, values

    def judge_repeated(self, source: Source) -> None:
        """Raises Unreadable at the first row that says something else than one before it with the same key."""
        keys = {table.name: itemgetter(*map(table.names.index, table.key)) for table in self.tables}
        seen = dict[Any, tuple[int, int]]()
        for line, table, row in self.rows(source):
            key = keys[table](row)
            first, said = seen.setdefault((table, key), (line, hash(row)))
            if said != hash(row) and line == UNNUMBERED:
                raise Unreadable(f"{source.name} has two different {table} for {' '.join(map(str, key))}.")
            if said != hash(row):
                raise wrong(source, line, "the line", f"it does not say the same as line {first:,}, of the same thing")


def in_batches(found: Iterator[Any]) -> Iterator[list[Any]]:
    """What an iterator gives, many at a time."""
    while batch := list(islice(found, BATCH)):
        yield batch


def quarter(year: int, number: int) -> tuple[date, str]:
    """The first day of a quarter, and its name."""
    return date(year, 3 * number - 2, 1), f"{year} Q{number}"


def quarter_of(*texts: str) -> tuple[date, str] | None:
    """The quarter that a name or a first line tells, as in 2026q1, Q1 2026 or Jan 2026."""
    for text in texts:
        if found := _QUARTER.search(text):
            return quarter(int(found[1]), int(found[2]))
        if found := _FILE_QUARTER.search(text):
            return quarter(int(found[2]), int(found[1]))
        if found := _MONTH.search(text):
            year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
            return quarter(int(year), _MONTHS.index(month.lower()) // 3 + 1)
    return None


def squeezed(text: str) -> str:
    """A caption in small letters with single spaces, so that line ends and blanks in it do not matter."""
    return " ".join(text.split()).lower()


def check_header(source: Source, found: Sequence[str], known: Sequence[Sequence[str]]) -> Sequence[str]:
    """The known header that a file has; Unreadable with the difference where it has another."""
    wanted = [squeezed(one) for one in found]
    while wanted and not wanted[-1]:
        wanted.pop()
    for header in known:
        if len(header) == len(wanted) and all(a in ("*", b) for a, b in zip(header, wanted, strict=True)):
            return header
    nearest = max(known, key=lambda header: sum(a == b for a, b in zip(header, wanted, strict=False)))
    raise Unreadable(f"{source.name} has a header that is not known. {'; '.join(_differences(nearest, wanted))}.")


def _differences(known: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    if len(known) != len(found):
        yield f"{len(found)} columns where {len(known)} are known"
    for place in range(max(len(known), len(found))):
        mine = known[place] if place < len(known) else "nothing"
        theirs = found[place] if place < len(found) else "nothing"
        if mine not in ("*", theirs):
            yield f"column {place + 1} is “{theirs}” where “{mine}” is known"


def wrong(source: Source, line: int, column: str, why: object) -> Unreadable:
    """A line that cannot be read."""
    return Unreadable(f"{source.name}, line {line:,}, {column}: {why}.")
