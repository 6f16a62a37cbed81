"""Files as they are downloaded: a text, a table of a spreadsheet, or a zip of these. Read line by line, never whole.

What comes from outside is judged before it is opened (``datasets.unpacking``), whoever brings it.
"""

import codecs
import csv
import io
import mmap
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
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
#: How a text is read that does not say what its bytes stand for: every one of them is a letter.
PLAIN = "latin-1"
#: So many bytes or characters are read at once.
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
    encoding: str = PLAIN
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
        """Its lines without their ends, whichever these are."""
        read = _plain if self.letters == PLAIN else bytes.decode
        for lines in self.blocks():
            yield from map(read, lines)

    @property
    def letters(self) -> str:
        """What the bytes of its blocks stand for."""
        return self.encoding if self.encoding == PLAIN else "utf-8"

    def blocks(self) -> Iterator[list[bytes]]:
        """The same lines, some thousand at a time, and not decoded (``letters``)."""
        read, rest = 0, b""
        with self.opened() as raw:
            marked = None if self.encoding == PLAIN else io.TextIOWrapper(raw, encoding=self.encoding, newline="")
            while block := self._recoded(marked, read) if marked else raw.read(BLOCK):
                whole = rest + block
                end = 1 + max(whole.rfind(b"\n"), whole.rfind(b"\r", 0, -1))  # a \r at its end may be half of one
                lines, rest = whole[:end].splitlines(), whole[end:]
                if _is_suspicious(whole):
                    self._judge((*lines, rest), read)
                read += len(lines)
                yield lines
        yield rest.splitlines()

    def _recoded(self, text: io.TextIOWrapper, read: int) -> bytes:
        try:
            return text.read(BLOCK).encode()
        except UnicodeDecodeError as error:
            raise Unreadable(f"{self.name}, after line {read:,}: {error.reason}; save it as UTF-8.") from error

    def _judge(self, lines: Iterable[bytes], read: int) -> None:
        """Raises Unreadable where one of these lines is none of a text."""
        for number, line in enumerate(lines, start=read + 1):
            if b"\0" in line:
                raise Unreadable(f"{self.name}, line {number:,}: it holds a NUL character; the file is no text.")
            if len(line) > LONGEST_LINE:
                raise Unreadable(f"{self.name}, line {number:,}: it has more than {LONGEST_LINE:,} bytes.")

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Its rows, each with the line in which it begins.

        They are comma-separated records, whose fields may hold line ends, or the rows of the first sheet.
        """
        if self.suffix in TABLES:
            yield from enumerate(_sheet(self), start=1)
            return
        reader, first = csv.reader(f"{line}\n" for line in self.lines()), 1
        try:
            for record in reader:
                yield first, record
                first = reader.line_num + 1
        except csv.Error as error:
            raise Unreadable(f"{self.name} is not a comma-separated file: {error}.") from error

    def table(self) -> Iterator[tuple[int, list[str]]]:
        """The same in whichever form it comes: a spreadsheet, comma-separated records, or lines with tabs."""
        if self.suffix in (*TABLES, ".csv"):
            return self.records()
        return ((number, line.split("\t")) for number, line in enumerate(self.lines(), start=1))


def _plain(line: bytes) -> str:
    """A line of a text that does not say what its bytes stand for: UTF-8 where they are that, which is no accident."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode(PLAIN)


def _is_suspicious(text: bytes) -> bool:
    """Whether one of its lines may be none of a text. One that is too long has no end in half of what it may have."""
    half = LONGEST_LINE // 2
    return b"\0" in text or any(text.find(b"\n", at, at + half) < 0 for at in range(0, len(text) - half + 1, half))


def sources(path: Path, called: str = "", is_known: Callable[[Source], bool] = lambda source: True) -> list[Source]:
    """What can be read in a file: itself, or the texts and spreadsheets of a zip. Raises Unreadable.

    Of the same table as text and as spreadsheet, the text is taken if it is known: it has more rows.
    """
    whole = Source(path=path, called=called, size=path.stat().st_size)
    try:
        if _is_packed(whole):
            return _read_in(_members(whole), is_known)
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
    kept = sorted(name for name in names if Path(name).suffix.lower() in (*TEXTS, *TABLES))
    return [Source(path=source.path, called=source.called, member=name, size=names[name]) for name in kept]


def _read_in(members: list[Source], is_known: Callable[[Source], bool]) -> list[Source]:
    """The texts, and the spreadsheets that are not there as a text that is known too; those are not even opened."""
    texts = [_looked_at(member) for member in members if member.suffix in TEXTS]
    told = {_stem(text) for text in texts if is_known(text)}
    sheets = [member for member in members if member.suffix in TABLES and _stem(member) not in told]
    return sorted([*texts, *map(_looked_at, sheets)], key=lambda source: source.member)


def _stem(source: Source) -> str:
    return Path(source.member).stem.lower()


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
        return replace(
            source, encoding="utf-8", head=tuple("\t".join(row) for row in islice(_sheet(source), LOOKED_AT))
        )
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
        rows = CalamineWorkbook.from_filelike(data).get_sheet_by_index(0).iter_rows()
        for number, row in enumerate(rows, start=1):
            cells = [_cell(value) for value in row]
            if any("\0" in cell for cell in cells):
                raise Unreadable(f"{source.name}, line {number:,}: it holds a NUL character.")
            yield cells
    except CalamineError as error:
        raise Unreadable(f"{source.name} is not a spreadsheet that can be read: {error}.") from error


def _cell(value: object) -> str:
    """A cell as the text file would have it: whole numbers without a point, days as YYYYMMDD."""
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
