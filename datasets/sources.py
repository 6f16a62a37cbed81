"""Files as they are downloaded: a text, a table of a spreadsheet, or a zip of these. Read line by line, never whole.

What comes from outside is judged before it is opened (``datasets.unpacking``), whoever brings it.
"""

import codecs
import csv
import io
import mmap
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO

from datasets.unpacking import (
    ARCHIVES,
    DOWNLOAD,
    MEGABYTE,
    PACKED,
    TABLE,
    Unsafe,
    directory,
    judge_workbook,
    looks_like,
    shown,
)

#: So many lines are looked at to tell what a file is.
LOOKED_AT = 40
TEXTS = (".txt", ".csv", ".xml")
TABLES = (".xlsx",)
#: A line longer than this is no line of any known file.
LONGEST_LINE = 100_000
#: So many characters are read at once.
BLOCK = 1 << 17
#: Notes come as XML, of which the largest has 10 MB.
LONGEST_XML = 60 * MEGABYTE
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class Unreadable(ValueError):
    """A file that cannot be read; the text names the file, the place in it, and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, inside a zip or by itself: its name, its first lines, and how many bytes it has.

    ``called`` is the name under which it was downloaded, wherever it lies now.
    """

    path: Path
    called: str = ""
    member: str = ""
    size: int = 0
    encoding: str = "latin-1"
    head: tuple[str, ...] = field(default=())

    @property
    def file_name(self) -> str:
        """The name of the file that was downloaded."""
        return self.called or self.path.name

    @property
    def name(self) -> str:
        """What it is called, for people."""
        return shown(f"{self.file_name}: {self.member}" if self.member else self.file_name)

    @property
    def suffix(self) -> str:
        """The end of its name in small letters."""
        return Path(self.member or self.file_name).suffix.lower()

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Its bytes. Unreadable where what is packed is damaged or is not what the archive says."""
        if not self.member:
            with self.path.open("rb") as file:
                yield file
            return
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as packed:
                yield packed
        except DAMAGED as error:
            raise Unreadable(f"{self.name} is damaged: {error}.") from error

    def lines(self) -> Iterator[str]:
        """Its lines without their ends, whichever these are.

        Without a mark that says otherwise they are read as Latin-1, of which every byte is a letter.
        """
        read, rest = 0, ""
        with self.opened() as raw, io.TextIOWrapper(raw, encoding=self.encoding, newline=None) as text:
            while block := self._block(text, read):
                *lines, rest = (rest + block).split("\n")
                if "\0" in block or max(map(len, (*lines, rest))) > LONGEST_LINE:
                    raise self._no_text(lines, rest, read)
                read += len(lines)
                yield from lines
        if rest:
            yield rest

    def _block(self, text: io.TextIOWrapper, read: int) -> str:
        try:
            return text.read(BLOCK)
        except UnicodeDecodeError as error:
            raise Unreadable(f"{self.name}, after line {read:,}: {error.reason}; save it as UTF-8.") from error

    def _no_text(self, lines: list[str], rest: str, read: int) -> Unreadable:
        """Which of these lines is none of a text, and why."""
        numbered = enumerate((*lines, rest), start=read + 1)
        number, line = next((at, one) for at, one in numbered if "\0" in one or len(one) > LONGEST_LINE)
        if "\0" in line:
            return Unreadable(f"{self.name}, line {number:,}: it holds a NUL character; the file is no text.")
        return Unreadable(f"{self.name}, line {number:,}: it has more than {LONGEST_LINE:,} characters.")

    def records(self) -> Iterator[list[str]]:
        """Its rows: comma-separated records, whose fields may hold line ends, or the rows of the first sheet."""
        if self.suffix in TABLES:
            yield from _sheet(self)
            return
        try:
            yield from csv.reader(f"{line}\n" for line in self.lines())
        except csv.Error as error:
            raise Unreadable(f"{self.name} is not a comma-separated file: {error}.") from error

    def table(self) -> Iterator[list[str]]:
        """Its rows, whichever form it comes in: a spreadsheet, comma-separated records, or lines with tabs."""
        return self.records() if self.suffix in (*TABLES, ".csv") else (line.split("\t") for line in self.lines())


def sources(path: Path, called: str = "") -> list[Source]:
    """What can be read in a file: itself, or the texts and spreadsheets of a zip. Raises Unreadable.

    Of the same table as text and as spreadsheet, the text is taken: it has more rows.
    """
    whole = Source(path=path, called=called, size=path.stat().st_size)
    try:
        if _is_packed(whole):
            return [_looked_at(member) for member in _members(whole)]
        return [_looked_at(whole)]
    except Unsafe as unsafe:
        raise Unreadable(str(unsafe)) from unsafe


def _is_packed(source: Source) -> bool:
    """Whether a file is a zip archive, and no workbook. Raises Unsafe for what is not what it is called."""
    with source.opened() as file:
        beginning = file.read(1000)
    what = looks_like(beginning)
    if not beginning:
        raise Unsafe(source.file_name, "is empty (0 bytes)")
    if source.suffix in TABLES:
        return False
    if source.suffix == ".zip" or beginning.startswith(PACKED[0]):
        return True
    if "text" not in what:
        raise Unsafe(source.file_name, f"is {what}; texts, .xlsx, .xml and zip archives of them are read")
    return False


def _members(source: Source) -> list[Source]:
    """The texts and spreadsheets of an archive, after all of it was judged by its directory."""
    with source.path.open("rb") as file, _mapped(file, source) as data:
        entries = directory(data, source.file_name, DOWNLOAD)
    names = {entry.filename: entry.file_size for entry in entries}
    for name in names:
        if name.lower().endswith(ARCHIVES):
            raise Unsafe(source.file_name, f"holds another archive, {shown(name)}")
    if "xl/workbook.xml" in names:
        raise Unsafe(source.file_name, "is a workbook, but is not called .xlsx; give it its own ending")
    stems = {Path(name).stem.lower() for name in names if Path(name).suffix.lower() in TEXTS}
    kept = [name for name in names if _is_wanted(Path(name), stems)]
    return [Source(path=source.path, called=source.called, member=name, size=names[name]) for name in sorted(kept)]


def _is_wanted(name: Path, stems: set[str]) -> bool:
    return name.suffix.lower() in TEXTS or (name.suffix.lower() in TABLES and name.stem.lower() not in stems)


@contextmanager
def _mapped(file: IO[bytes], source: Source) -> Iterator[mmap.mmap]:
    """A file as it lies on the disk. One that is too large is not even looked at."""
    if source.size > DOWNLOAD.size:
        raise Unsafe(source.file_name, f"has {source.size:,} bytes; it may have {DOWNLOAD.size:,}")
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _looked_at(source: Source) -> Source:
    """The same with its first lines and its encoding, if it is of a size that can be read."""
    most = TABLE.size if source.suffix in TABLES else LONGEST_XML if source.suffix == ".xml" else DOWNLOAD.one
    if source.size > most:
        raise Unsafe(source.name, f"has {source.size:,} bytes; it may have {most:,}")
    if source.suffix in TABLES:
        with source.opened() as file:
            judge_workbook(file.read(), source.name, TABLE)
        return replace(source, head=tuple("\t".join(row) for row in islice(_sheet(source), LOOKED_AT)))
    with source.opened() as file:
        beginning = file.read(1000)
    if beginning.startswith(PACKED):
        raise Unsafe(source.name, f"is {looks_like(beginning)}, not a text")
    encoding = next((name for mark, name in MARKS if beginning.startswith(mark)), "latin-1")
    marked = replace(source, encoding=encoding)
    return replace(marked, head=tuple(islice(marked.lines(), LOOKED_AT)))


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
