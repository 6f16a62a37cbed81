"""Files as they are downloaded: a text, a table of a spreadsheet, or a zip of these. Read line by line, never whole."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

#: So many lines are looked at to tell what a file is.
LOOKED_AT = 40
TEXTS = (".txt", ".csv", ".xml")
TABLES = (".xlsx",)
#: A line longer than this is no line of any known file.
LONGEST_LINE = 100_000


class Unreadable(ValueError):
    """A file that cannot be read; the text names the file, the place in it, and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, inside a zip or by itself: its name, its first lines, and how many bytes it has."""

    path: Path
    member: str = ""
    size: int = 0
    head: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """What it is called, for people."""
        return f"{self.path.name}: {self.member}" if self.member else self.path.name

    @property
    def suffix(self) -> str:
        """The end of its name in small letters."""
        return Path(self.member or self.path.name).suffix.lower()

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Its bytes."""
        if self.member:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                yield file
        else:
            with self.path.open("rb") as file:
                yield file

    def lines(self) -> Iterator[str]:
        """Its lines as Latin-1, which every byte is a letter of, without their ends."""
        with self.opened() as raw, io.TextIOWrapper(raw, encoding="latin-1", newline="") as text:
            for line in text:
                if len(line) > LONGEST_LINE:
                    raise Unreadable(f"{self.name} has a line of more than {LONGEST_LINE:,} characters.")
                yield line.rstrip("\r\n")

    def records(self) -> Iterator[list[str]]:
        """Its rows: comma-separated records, whose fields may hold line ends, or the rows of the first sheet."""
        if self.suffix in TABLES:
            yield from _sheet(self)
            return
        with self.opened() as raw, io.TextIOWrapper(raw, encoding="latin-1", newline="") as text:
            try:
                yield from csv.reader(text)
            except csv.Error as error:
                raise Unreadable(f"{self.name} is not a comma-separated file: {error}.") from error

    def table(self) -> Iterator[list[str]]:
        """Its rows, whichever form it comes in: a spreadsheet, comma-separated records, or lines with tabs."""
        return self.records() if self.suffix in (*TABLES, ".csv") else (line.split("\t") for line in self.lines())


def sources(path: Path) -> list[Source]:
    """What can be read in a file: itself, or the texts and spreadsheets of a zip. Raises Unreadable.

    Of the same table as text and as spreadsheet, the text is taken: it has more rows.
    """
    if path.suffix.lower() in TABLES or not zipfile.is_zipfile(path):
        return [_looked_at(path)]
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if Path(info.filename).suffix.lower() in TEXTS + TABLES]
    stems = {Path(name).stem.lower() for name in names if Path(name).suffix.lower() in TEXTS}
    kept = [name for name in names if Path(name).suffix.lower() in TEXTS or Path(name).stem.lower() not in stems]
    return [_looked_at(path, name) for name in sorted(kept)]


def _looked_at(path: Path, member: str = "") -> Source:
    source = Source(path=path, member=member)
    size = path.stat().st_size
    if member:
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo(member).file_size
    if source.suffix in TABLES:
        head = tuple("\t".join(row) for row in islice(_sheet(source), LOOKED_AT))
    else:
        head = tuple(islice(source.lines(), LOOKED_AT))
    return Source(path=path, member=member, size=size, head=head)


def _sheet(source: Source) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook  # loaded when first wanted, not at each start

    with source.opened() as raw:
        data = io.BytesIO(raw.read())
    try:
        for row in CalamineWorkbook.from_filelike(data).get_sheet_by_index(0).iter_rows():
            yield [_cell(value) for value in row]
    except CalamineError as error:
        raise Unreadable(f"{source.name} is not a spreadsheet that can be read: {error}.") from error


def _cell(value: object) -> str:
    """A cell as the text file would have it; whole numbers lose the point that spreadsheets give them."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
