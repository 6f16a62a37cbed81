"""What a kind of public file is."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
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
#: The first day of an edition, and its name.
Quarter = tuple[date, str]
#: A month in words.
MONTH = (
    r"(?<![a-z])(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_QUARTER = re.compile(r"(20\d\d)[-_ ]?q([1-4])", re.IGNORECASE)
_FILE_QUARTER = re.compile(r"q([1-4])[-_ ]?(20\d\d)", re.IGNORECASE)
_YEAR_MONTH = re.compile(rf"(20\d\d)[-_ ]?{MONTH}", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"{MONTH}[-_ ,.]*(?:[0-3]?\d[-_ ,]+)?(20\d\d)", re.IGNORECASE)
_EFFECTIVE = re.compile(r"eff[-_ ]?([01]\d)-[0-3]\d-(20\d\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which edition a file is: for whom, from which day on, and what it is called."""

    in_force_from: date
    label: str
    setting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file says of itself.

    ``quarters``: where it says which quarter it is, and which one it says. ``setting``: None where it does not say for
    whom it holds, "" where there is only one.
    """

    quarters: tuple[tuple[str, Quarter], ...]
    setting: str | None = ""

    @property
    def quarter(self) -> Quarter | None:
        """The quarter, if something says it and nothing says another one."""
        found = {quarter for _, quarter in self.quarters}
        return found.pop() if len(found) == 1 else None

    @property
    def clash(self) -> str:
        """What says which quarter, where these are different ones."""
        said = (f"{where} says {label}" for where, (_, label) in self.quarters)
        return " and ".join(said) if self.quarters and self.quarter is None else ""


class Kind(ABC):
    """A kind of file: how it is known, which tables its rows fill, and how it becomes rows.

    ``parts``: whether several files make one edition, so that a further file is added to what is there; a further
    file of any other kind takes the place of the one before. ``dated``: whether its rows carry the days on which they
    hold, so that a file also tells of the time before it. ``settings``: for whom editions of it may hold.
    ``takes_sheets``: whether it may come as a spreadsheet.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    parts: ClassVar[bool] = False
    dated: ClassVar[bool] = False
    settings: ClassVar[tuple[str, ...]] = ()
    takes_sheets: ClassVar[bool] = False
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


def quarter(year: int, number: int) -> Quarter:
    """The first day of a quarter, and its name."""
    return date(year, 3 * number - 2, 1), f"{year} Q{number}"


def quarter_with(year: int, month: str) -> Quarter:
    """The quarter that has a month, which is given in words."""
    return quarter(year, _MONTHS.index(month[:3].lower()) // 3 + 1)


def quarter_of(text: str) -> Quarter | None:
    """The quarter that a name or a line tells, as in 2026q1, Q1 2026, January 1, 2026 or Eff_01-01-2026."""
    if found := _QUARTER.search(text):
        return quarter(int(found[1]), int(found[2]))
    if found := _FILE_QUARTER.search(text):
        return quarter(int(found[2]), int(found[1]))
    if found := _YEAR_MONTH.search(text):
        return quarter_with(int(found[1]), found[2])
    if found := _MONTH_YEAR.search(text):
        return quarter_with(int(found[2]), found[1])
    if (found := _EFFECTIVE.search(text)) and 1 <= int(found[1]) <= 12:
        return quarter(int(found[2]), (int(found[1]) - 1) // 3 + 1)
    return None


def quarters(
    source: Source, *lines: str, read: Callable[[str], Quarter | None] = quarter_of
) -> tuple[tuple[str, Quarter], ...]:
    """Where a file says which quarter it is: in its names, and in the first of these lines that says it."""
    names = [("the name of the archive", source.file_name), ("its name", source.member)]
    told = [(where, read(text)) for where, text in (names if source.member else [("its name", source.file_name)])]
    told.append(("its text", next(filter(None, map(read, lines)), None)))
    return tuple((where, found) for where, found in told if found)


def squeezed(text: str) -> str:
    """A caption in small letters with single spaces, so that line ends and blanks in it do not matter."""
    return " ".join(text.split()).lower()


def check_header(source: Source, found: Sequence[str], known: Sequence[Sequence[str]]) -> Sequence[str]:
    """The known header that a file has; Unreadable with the difference where it has another."""
    wanted = [squeezed(one) for one in found]
    while wanted and not wanted[-1]:
        wanted.pop()
    for header in known:
        if list(header) == wanted:
            return header
    nearest = max(known, key=lambda header: sum(a == b for a, b in zip(header, wanted, strict=False)))
    raise Unreadable(f"{source.name} has a header that is not known. {'; '.join(_differences(nearest, wanted))}.")


def _differences(known: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    if len(known) != len(found):
        yield f"{len(found)} columns where {len(known)} are known"
    for place in range(max(len(known), len(found))):
        mine = known[place] if place < len(known) else "nothing"
        theirs = found[place] if place < len(found) else "nothing"
        if mine != theirs:
            yield f"column {place + 1} is “{theirs}” where “{mine}” is known"


def wrong(source: Source, line: int, column: str, why: object) -> Unreadable:
    """A line that cannot be read."""
    return Unreadable(f"{source.name}, line {line:,}, {column}: {why}.")
