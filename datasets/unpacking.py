"""Files from outside, judged before they are opened: texts, zip archives, workbooks.

Pure: bytes in; texts or files out, or Unsafe, which names the file and says why. Nothing is written to a disk, and
nothing is read that was not found harmless in size first.
"""

import codecs
import io
import mmap
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any

MEGABYTE = 1_000_000
LONGEST_LINE = 200_000
LONGEST_NAME = 200
_END = struct.Struct("<4s4H2LH")
_HEADER = struct.Struct("<4s5H3L2H")
#: The last record of an archive, with the longest comment that it can have.
LONGEST_END = _END.size + 0xFFFF
#: What a file begins with -> what it is.
LOOKS = (
    (b"PK\x03\x04", "a zip archive or a workbook"), (b"PK\x05\x06", "an empty zip archive"), (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"), (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"), (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an xz archive"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)  # fmt: skip
ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".jar")
OFFICE = (".xlsx", ".xlsm", ".docx")
PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"Rar!")
#: What is judged: bytes, or a file that lies on a disk and is looked at where it lies.
Data = bytes | mmap.mmap


class Unsafe(ValueError):
    """A file that is not taken; the text names it, and an entry in it where it is one, and says why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{shown(name)}: {why}")
        self.name, self.why = name, why


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an archive may have at most, and a sheet of a workbook; ``room`` is its rows times its columns.

    ``ratio`` is how many times as large an entry may become; up to ``small`` bytes it does not matter.
    """

    size: int = 20 * MEGABYTE
    entries: int = 20_000
    whole: int = 60 * MEGABYTE
    one: int = 8 * MEGABYTE
    ratio: int = 100
    small: int = 100_000
    rows: int = 20_000
    columns: int = 40
    cells: int = 200_000
    room: int = 800_000


#: Pages are texts of people, which may repeat themselves; all of them together are limited by ``whole``.
PAGES = Limits(small=2 * MEGABYTE)
WORKBOOK = Limits(size=5 * MEGABYTE, entries=200, whole=40 * MEGABYTE, one=20 * MEGABYTE, ratio=200)
#: Public files as they are downloaded: a quarter's edits are 20 MB, four times as much when they are unpacked.
DOWNLOAD = Limits(size=100 * MEGABYTE, entries=500, whole=1500 * MEGABYTE, one=400 * MEGABYTE)
#: A sheet that is full to its last row is most likely cut off there.
TABLE = Limits(
    size=60 * MEGABYTE, entries=200, whole=600 * MEGABYTE, one=400 * MEGABYTE, rows=1_000_000, columns=60,
    cells=6_000_000, room=6_000_000,
)  # fmt: skip


def shown(name: str) -> str:
    """A name as it may stand in a message: short, in one line, nothing that is not seen."""
    seen = "".join(one if one.isprintable() and not 0xD800 <= ord(one) < 0xE000 else "�" for one in name)
    return seen[:80] + ("…" if len(seen) > 80 else "") or "the file"


def looks_like(data: bytes) -> str:
    """What a file is by its first bytes, in words."""
    if not data:
        return "an empty file"
    for beginning, what in LOOKS:
        if data.startswith(beginning):
            return what
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "an HTML page" if head.startswith((b"<!doctype html", b"<html")) else "a text or something unknown"


# Texts ----------------------------------------------------------------------------------------


def decoded(data: bytes, name: str, most: int) -> str:
    """The text of a file in UTF-8, or in UTF-16 with its mark; of so many characters at most."""
    if len(data) > 4 * most + 4:
        raise Unsafe(name, f"has {len(data):,} bytes; a text may have {most:,} characters")
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    if encoding != "utf-16" and data.startswith(tuple(beginning for beginning, _ in LOOKS)):
        raise Unsafe(name, f"is {looks_like(data)}, not a text")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        called = "UTF-16" if encoding == "utf-16" else "UTF-8"
        raise Unsafe(
            name, f"is not {called} text (byte {error.start}, line {line}; perhaps Latin-1); save it as UTF-8"
        ) from error
    if len(text) > most:
        raise Unsafe(name, f"has {len(text):,} characters; a text may have {most:,}")
    for number, row in enumerate(text.split("\n"), start=1):
        if "\0" in row:
            raise Unsafe(name, f"has a NUL character in line {number}; it is no text")
        if len(row) > LONGEST_LINE:
            raise Unsafe(name, f"has {len(row):,} characters in line {number}; a line may have {LONGEST_LINE:,}")
    return text


# Zip archives ---------------------------------------------------------------------------------


def unpack(data: bytes, name: str, limits: Limits = PAGES) -> dict[str, bytes]:
    """The files of a zip archive by their names. Judged by its directory first, then by what really comes out."""
    entries = directory(data, name, limits)
    found, whole = dict[str, bytes](), 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in entries:
            content = _read(archive, entry, name)
            whole += len(content)
            if whole > limits.whole:
                raise Unsafe(name, f"unpacks to more than {limits.whole:,} bytes")
            if entry.filename.lower().endswith((*ARCHIVES, *OFFICE)) or content.startswith(PACKED):
                raise Unsafe(name, f"holds another archive, {shown(entry.filename)}")
            found[entry.filename] = content
    return found


def directory(data: Data, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    """The files that an archive says it holds, after everything that can be known without unpacking."""
    if not data:
        raise Unsafe(name, "is empty (0 bytes)")
    if len(data) > limits.size:
        raise Unsafe(name, f"has {len(data):,} bytes; it may have {limits.size:,}")
    if data[:4] != b"PK\x03\x04":
        raise Unsafe(name, f"is {looks_like(data[:1000])}, not a zip archive")
    count, start = _end(data, name)
    if count > limits.entries:
        raise Unsafe(name, f"holds {count:,} entries; it may hold {limits.entries:,}")
    try:
        with zipfile.ZipFile(_file(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError) as error:
        raise Unsafe(name, f"is damaged: {error}") from error
    if len(entries) != count:
        raise Unsafe(name, "is damaged: its directory holds another number of entries than it says")
    for entry in entries:
        _judge(entry, name, limits)
    _refuse_clashes(entries, name)
    _refuse_overlaps(data, entries, start, name)
    if sum(entry.file_size for entry in entries) > limits.whole:
        raise Unsafe(name, f"would unpack to more than {limits.whole:,} bytes")
    return [entry for entry in entries if not entry.filename.endswith("/")]


def _file(data: Data) -> IO[bytes]:
    """The same to be read from; a file on a disk is read there."""
    return io.BytesIO(data) if isinstance(data, bytes) else _Mapped(data)  # type: ignore[return-value]


class _Mapped(io.RawIOBase):
    """A mapped file to be read from its beginning, without a copy of it."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, len(self._data))[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        part = self._data[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


def _end(data: Data, name: str) -> tuple[int, int]:
    """How many entries an archive says it has, and where its directory begins; the record must be the file's end."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - LONGEST_END))
    if at < 0 or len(data) - at < _END.size:
        raise Unsafe(name, "is cut off or damaged: the end of the archive is missing")
    _, disk, first, here, count, size, start, comment = _END.unpack_from(data, at)
    if 0xFFFF in (here, count) or 0xFFFFFFFF in (size, start) or data[at - 20 : at - 16] == b"PK\x06\x07":
        raise Unsafe(name, "is a zip64 archive; nothing that is taken here is so large")
    if disk or first or here != count:
        raise Unsafe(name, "is one part of several")
    if at + _END.size + comment != len(data) or start + size != at:
        raise Unsafe(name, "has something before, in between or behind that is no part of the archive")
    return count, start


def _judge(entry: zipfile.ZipInfo, name: str, limits: Limits) -> None:
    """One entry by what the directory says of it."""
    called = shown(entry.orig_filename)
    why = _wrong_name(entry.orig_filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if why:
        raise Unsafe(name, f"holds an entry whose name {why}: {called}")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unsafe(name, f"holds a {'link' if kind == stat.S_IFLNK else 'device'}: {called}")
    if entry.flag_bits & 0x2041:
        raise Unsafe(name, f"is encrypted ({called}); take the password off")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unsafe(name, f"is packed in a way that is not known here ({called})")
    if entry.file_size > limits.one:
        raise Unsafe(name, f"holds {called} of {entry.file_size:,} bytes; one may have {limits.one:,}")
    if entry.file_size > limits.small and entry.file_size > limits.ratio * max(1, entry.compress_size):
        raise Unsafe(name, f"holds {called}, which would become more than {limits.ratio} times as large")


def _wrong_name(name: str) -> str:
    if "\0" in name:
        return "holds a NUL character"
    if not name.isprintable() or len(name) > LONGEST_NAME or unicodedata.normalize("NFC", name) != name:
        return "is too long or holds what is not seen"
    if "\\" in name or ":" in name or name.startswith("/"):
        return "leads elsewhere"
    parts = name.removesuffix("/").split("/")
    if any(part in ("", ".", "..") or part != part.rstrip(" .") or part != part.lstrip() for part in parts):
        return "leads elsewhere"
    return ""


def _refuse_clashes(entries: list[zipfile.ZipInfo], name: str) -> None:
    """No two entries that some disk would take for one, and no file that is a folder as well."""
    seen, folders = set[str](), set[str]()
    for entry in entries:
        key = entry.filename.removesuffix("/").casefold()
        if key in seen:
            raise Unsafe(name, f"holds two entries of one name: {shown(entry.filename)}")
        seen.add(key)
        parts = key.split("/")
        folders |= {"/".join(parts[:place]) for place in range(1, len(parts))}
    for entry in entries:
        if not entry.filename.endswith("/") and entry.filename.casefold() in folders:
            raise Unsafe(name, f"holds a file that is a folder too: {shown(entry.filename)}")


def _refuse_overlaps(data: Data, entries: list[zipfile.ZipInfo], start: int, name: str) -> None:
    """Each entry has bytes of its own, and its header says what the directory does."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        at = entry.header_offset
        if at != end or at + _HEADER.size > start:
            raise Unsafe(name, f"has entries that overlap or a gap between them, at {shown(entry.filename)}")
        mark, _, flags, method, _, _, _, packed, size, named, extra = _HEADER.unpack_from(data, at)
        raw = data[at + _HEADER.size : at + _HEADER.size + named]
        told = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
        # With bit 3 the sizes stand behind the content.
        behind = flags & 0x08
        if mark != b"PK\x03\x04" or told != entry.orig_filename or method != entry.compress_type:
            raise Unsafe(name, f"says two things of {shown(entry.filename)}")
        if not behind and (packed, size) != (entry.compress_size, entry.file_size):
            raise Unsafe(name, f"says two sizes of {shown(entry.filename)}")
        end = at + _HEADER.size + named + extra + entry.compress_size
        end += _descriptor(data, end, entry) if behind else 0
    if end != start:
        raise Unsafe(name, "has something before, in between or behind that is no part of the archive")


def _descriptor(data: Data, at: int, entry: zipfile.ZipInfo) -> int:
    """How many bytes the sizes behind a content take: in four or eight bytes each, with a mark in front or without."""
    for form in ("<3L", "<L2Q"):
        told = struct.pack(form, entry.CRC, entry.compress_size, entry.file_size)
        for whole in (b"PK\x07\x08" + told, told):
            if data[at : at + len(whole)] == whole:
                return len(whole)
    return 0


@contextmanager
def _undamaged(entry: zipfile.ZipInfo, name: str) -> Iterator[None]:
    """Whatever goes wrong in reading an entry is said as Unsafe."""
    try:
        yield
    except Unsafe:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise Unsafe(name, f"is damaged at {shown(entry.filename)}: {error}") from error


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """What really comes out of an entry: neither more nor less than it says, and undamaged."""
    with _undamaged(entry, name), archive.open(entry) as opened:
        content = opened.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise Unsafe(name, f"is cut off or damaged at {shown(entry.filename)}")
    return content


# Workbooks ------------------------------------------------------------------------------------

# Without "<" inside, so that a tag that never ends is given up at the next one.
_ROW = re.compile(rb"<(?:\w{1,20}:)?row\b([^<>]*)>")
_CELL = re.compile(rb"<(?:\w{1,20}:)?c\b([^<>]*)>")
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?f[\s/>]")
_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d+)["']""")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+)(\d+)["']""")
_LINK = re.compile(rb"<(?:\w{1,20}:)?Relationship\b([^<>]*)>", re.IGNORECASE)
_OUTSIDE = re.compile(rb"""TargetMode\s{0,9}=\s{0,9}["']External["']""", re.IGNORECASE)
#: So much of a part is looked at at once.
PIECE = 1 << 20
MARKUP = (".xml", ".rels")
#: For each cell of a sheet so many may be empty, and so many in any sheet.
EMPTY, ALWAYS = 8, 500_000
REFUSED_PARTS = (
    ("vbaproject", "macros"), ("xl/externallinks/", "links to other workbooks"), ("xl/embeddings/", "embedded objects"),
    ("xl/activex/", "embedded programs"), ("xl/macrosheets/", "macros"), ("xl/dialogsheets/", "macros"),
    ("xl/querytables/", "queries"), ("xl/connections.xml", "connections to elsewhere"),
)  # fmt: skip


def judged_workbook(data: bytes, name: str, limits: Limits = WORKBOOK) -> Mapping[str, bytes]:
    """The parts of an .xlsx that is harmless to read: values only, within the limits."""
    _look_at_workbook(data, name)
    parts = unpack(data, name, limits)
    _judge_parts({part: [content] for part, content in parts.items()}, name, limits)
    return parts


def judge_workbook(data: bytes, name: str, limits: Limits) -> None:
    """The same judgement of a workbook that would take too much memory unpacked: a piece of a part at a time."""
    _look_at_workbook(data, name)
    entries = directory(data, name, limits)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _judge_parts({entry.filename: _pieces(archive, entry, name) for entry in entries}, name, limits)


def _look_at_workbook(data: bytes, name: str) -> None:
    if data and not data.startswith(b"PK\x03\x04"):
        raise Unsafe(name, f"is {looks_like(data)}, not an .xlsx workbook")


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """What comes out of an entry, in pieces that end with a tag, so that no tag is in two of them."""
    rest, whole = b"", 0
    with _undamaged(entry, name), archive.open(entry) as opened:
        while block := opened.read(PIECE):
            whole += len(block)
            piece, mark, rest = (rest + block).rpartition(b">")
            if len(rest) > PIECE and entry.filename.lower().endswith(MARKUP):
                raise Unsafe(name, f"has a tag or a text without an end in {shown(entry.filename)}")
            yield piece + mark
    if whole != entry.file_size:
        raise Unsafe(name, f"is cut off or damaged at {shown(entry.filename)}")
    yield rest


def _judge_parts(parts: Mapping[str, Iterable[bytes]], name: str, limits: Limits) -> None:
    if "[Content_Types].xml" not in parts or "xl/workbook.xml" not in parts:
        raise Unsafe(name, "is a zip archive, but no .xlsx workbook")
    for part, pieces in parts.items():
        for beginning, what in REFUSED_PARTS:
            if beginning in part.lower():
                raise Unsafe(name, f"holds {what} ({shown(part)}); save the values alone")
        if part.lower().endswith(MARKUP):
            sheet = _Sheet(part=part, name=name, limits=limits)
            for number, piece in enumerate(pieces):
                _judge_piece(part, piece, name, is_first=not number)
                if part.lower().startswith("xl/worksheets/"):
                    sheet.judge(piece)
            sheet.end()


def _judge_piece(part: str, content: bytes, name: str, *, is_first: bool) -> None:
    if is_first and (b"\0" in content[:200] or _other_encoding(content)):
        raise Unsafe(name, f"has a document type, entities or another encoding in {shown(part)}")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unsafe(name, f"has a document type, entities or another encoding in {shown(part)}")
    if b"ddeLink" in content or b"ddeService" in content:
        raise Unsafe(name, f"starts another program (DDE) in {shown(part)}")
    if part == "[Content_Types].xml" and b"macroenabled" in content.lower():
        raise Unsafe(name, "holds macros; save it as .xlsx")
    for link in _LINK.finditer(content):
        if _OUTSIDE.search(link[1]) and b"/hyperlink" not in link[1]:
            raise Unsafe(name, f"loads something from elsewhere ({shown(part)})")


def _other_encoding(content: bytes) -> bool:
    told = re.match(rb"""\s*<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""", content.removeprefix(codecs.BOM_UTF8))
    return told is not None and told[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")


@dataclass(kw_only=True)
class _Sheet:
    """No formula, and no more rows and cells than may be; what a sheet says of its own size is not asked.

    A reader makes room for every cell up to the last one, so the room counts, not what is in it.
    """

    part: str
    name: str
    limits: Limits
    rows: int = 0
    last: int = 0
    column: int = 0
    cells: int = 0

    def end(self) -> None:
        """After the last piece: few cells far apart would take as much room as a full sheet."""
        if self.last * self.column > EMPTY * self.cells + ALWAYS:
            size = f"{self.cells:,} cells in {self.last:,} rows of {shown(self.part)}"
            raise Unsafe(self.name, f"has only {size}; take the empty rows out")

    def judge(self, content: bytes) -> None:
        """A piece of it, after those before."""
        if _FORMULA.search(content):
            raise Unsafe(self.name, f"holds a formula in {shown(self.part)}; paste the values in its place")
        for row in _ROW.finditer(content):
            self.rows += 1
            number = _NUMBER.search(row[1])
            self.last = max(self.last, self.rows, int(number[1][:9]) if number else 0)
        for cell in _CELL.findall(content):
            self.cells += 1
            if place := _PLACE.search(cell):
                self.column = max(self.column, _column(place[1]))
                self.last = max(self.last, int(place[2][:9]))
        self._compare()

    def _compare(self) -> None:
        most = self.limits
        if self.column > most.columns:
            raise Unsafe(self.name, f"has a cell in column {self.column:,}; {most.columns} are read")
        room = self.last * self.column
        if self.last > most.rows or self.cells > most.cells or room > most.room:
            size = f"{self.last:,} rows and {self.cells:,} cells in {shown(self.part)}"
            raise Unsafe(self.name, f"has {size}; {most.rows:,} rows are read")


@lru_cache(maxsize=4096)
def _column(letters: bytes) -> int:
    """The number of a column, from 1."""
    column = 0
    for letter in letters.upper()[:6]:
        column = 26 * column + letter - 64
    return column
