"""Downloads made to do harm: each refused by name and reason, within two seconds and 100 MB, before it is unpacked.

Seconds are those of the processor, so that a busy machine makes no difference.
"""

import random
import resource
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.utils import timezone
from openpyxl import Workbook

from datasets.kinds.addons import HEADER
from datasets.loading import load, recognise
from datasets.models import Release
from datasets.sources import LONGEST_LINE, Unreadable
from tests.archives import archive, bomb, encrypted, linked, many, raw_zip, renamed, zip64
from tests.datasets.conftest import Loaded, Made

SECONDS, GROWTH = 10.0, 100_000_000
TEXT = "ccipra-2026q1-f1.txt"

# Archives -----------------------------------------------------------------------------------

Change = Callable[[bytes], bytes]


def zipped(change: Change = lambda data: data) -> Change:
    """A good archive of a good file, changed."""
    return lambda good: change(archive({TEXT: good}))


def named(name: str) -> Change:
    return lambda good: renamed({TEXT: good}, name)


ARCHIVES: dict[str, tuple[Change, str]] = {
    "bomb": (lambda good: bomb(TEXT), "one may have 400,000,000"),
    "bomb of small ratio": (lambda good: archive({TEXT: b" " * 7_900_000}), "more than 100 times as large"),
    "nested": (lambda good: archive({TEXT: good, "more.zip": archive({"b": "x"})}), "another archive, more.zip"),
    "nested, hidden": (lambda good: archive({TEXT: archive({"b": "x"})}), "is a zip archive or a workbook, not a text"),
    "65,000 entries": (lambda good: many(), "holds 65,000 entries"),
    "zip64": (zipped(zip64), "zip64"),
    "overlap": (lambda good: raw_zip([("a", b"x" * 50, 50, 0), ("b", b"x" * 50, 50, 0)], [0, 0]), "overlap"),
    "two sizes": (zipped(lambda data: data[:22] + b"\x01\0\0\0" + data[26:]), "two sizes"),
    "other content": (zipped(lambda data: data[:200] + b"\xff\0\xff" + data[203:]), "is damaged"),
    "up": (named("../../etc/passwd"), "leads elsewhere"),
    "absolute": (named("/etc/passwd"), "leads elsewhere"),
    "drive": (named("C:\\x.txt"), "leads elsewhere"),
    "NUL": (named("edits.txt\0.zip"), "NUL"),
    "case clash": (named(TEXT.upper()), "two entries of one name"),
    "symlink": (lambda good: linked(stat.S_IFLNK, TEXT), "holds a link"),
    "device": (lambda good: linked(stat.S_IFCHR, TEXT), "holds a device"),
    "encrypted": (lambda good: encrypted(TEXT), "is encrypted"),
    "empty": (lambda good: b"", "is empty"),
    "truncated": (zipped(lambda data: data[:-30]), "cut off"),
    "half": (zipped(lambda data: data[: len(data) // 2]), "cut off"),
    "something in front": (zipped(lambda data: b"PK\x03\x04" + data), "no part of the archive"),
    "something behind": (zipped(lambda data: data + b"<script>"), "no part of the archive"),
    "HTML": (lambda good: b"<!DOCTYPE html><html></html>", "is an HTML page, not a zip archive"),
    "a text": (lambda good: good, "is a text or something unknown, not a zip archive"),
    "a workbook": (lambda good: archive({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "is a workbook"),
    "nothing to read": (lambda good: archive({"picture.png": "x"}), "none of the files that can be loaded"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_made_to_do_harm_is_refused(made: Made, db: None, tmp_path: Path, case: str) -> None:
    change, why = ARCHIVES[case]
    path = tmp_path / "edits-2026q1.zip"
    path.write_bytes(change(made("ptp", 60).read_bytes()))
    began = time.process_time()
    with pytest.raises(CommandError, match=why) as refused:
        call_command("load_dataset", str(path))
    assert time.process_time() - began < SECONDS
    assert str(refused.value).startswith("edits-2026q1.zip: ") or "edits-2026q1.zip is none" in str(refused.value)
    assert not Release.objects.exists()


def test_an_archive_with_manuals_beside_the_table_is_taken(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "rvu26a.zip"
    beside = {"RVU26A.pdf": b"%PDF-1.7", "RVU26A.docx": archive({"word/document.xml": "<x/>"}), "readme.txt": "Words"}
    path.write_bytes(archive({TEXT: made("ptp", 60).read_bytes(), **beside}))
    assert [found.source.member for found in recognise(path)] == [TEXT]


# Workbooks ----------------------------------------------------------------------------------

SHEET, TYPES = "xl/worksheets/sheet1.xml", "[Content_Types].xml"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
END = "</sheetData></worksheet>"
PICTURE = '<Relationships><Relationship Type="a/image" Target="http://x" TargetMode="External"/></Relationships>'
SPARSE = "".join(f'<row r="{n}"><c r="A{n}"/></row>' for n in (1, 900_000)) + '<row r="2"><c r="F2"/></row>'


def cells(inside: str) -> Callable[[str], str]:
    """A sheet with these rows and no others."""
    return lambda text: f"{text.partition('<sheetData>')[0]}<sheetData>{inside}{END}"


WORKBOOKS: dict[str, tuple[dict[str, Callable[[str], str] | str], str]] = {
    "laughs": ({SHEET: lambda text: LAUGHS + text}, "entities"),
    "external entity": ({SHEET: lambda text: OUTSIDE + text}, "entities"),
    "entities late": ({SHEET: lambda text: text + " " * 1_200_000 + LAUGHS}, "entities|times as large|without an end"),
    "external link": ({"xl/externalLinks/externalLink1.xml": "<x/>"}, "links to other workbooks"),
    "external image": ({"xl/worksheets/_rels/sheet1.xml.rels": PICTURE}, "loads something from elsewhere"),
    "DDE": ({"xl/x.xml": '<ddeLink ddeService="cmd"/>'}, "DDE"),
    "macro": ({"xl/vbaProject.bin": "x"}, "macros"),
    "macro type": ({TYPES: lambda text: text.replace("sheet.main", "sheet.macroEnabled.main")}, "macros"),
    "formula": ({SHEET: cells('<row r="1"><c r="A1"><f>cmd|x</f></c></row>')}, "formula"),
    "1,048,576 rows": ({SHEET: cells('<row r="1048576"><c r="A1048576"/></row>')}, "1,048,576 rows"),
    "a few cells far apart": ({SHEET: cells(SPARSE)}, "only 3 cells in 900,000 rows"),
    "far column": ({SHEET: cells('<row r="1"><c r="XFD1"/></row>')}, "column 16,384"),
    "a tag without an end": ({SHEET: lambda text: "<row " * 500_000}, "without an end|times as large"),
    "cut off": ({SHEET: "<worksheet><sheetData><row>"}, "not a spreadsheet that can be read"),
}  # fmt: skip
OTHERS = {
    "HTML": (b"<html><table></table></html>", "is an HTML page"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old or encrypted Office file"),
    "CSV": (b"code,number\n00100,1\n", "is a text"),
    "a zip": (archive({"a.txt": "x"}), "no .xlsx workbook"),
    "empty": (b"", "is empty"),
}


def workbook(path: Path, changed: dict[str, Callable[[str], str] | str]) -> None:
    """A good workbook of add-on codes of which parts are changed or added."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(HEADER)  # type: ignore[union-attr]
    book.save(path)
    with zipfile.ZipFile(path) as good:
        parts = {name: good.read(name).decode() for name in good.namelist()}
    for name, change in changed.items():
        parts[name] = change if isinstance(change, str) else change(parts[name])
    path.write_bytes(archive(parts))


@pytest.mark.parametrize("case", [*WORKBOOKS, *OTHERS])
@pytest.mark.parametrize("packed", [False, True], ids=["by itself", "in a zip"])
def test_a_workbook_made_to_do_harm_is_refused(db: None, tmp_path: Path, case: str, packed: bool) -> None:
    path, archived = tmp_path / "aoc-2026q1.xlsx", tmp_path / "aoc-2026q1.zip"
    changed, why = WORKBOOKS.get(case) or ({}, OTHERS[case][1])
    workbook(path, changed)
    if case in OTHERS:
        path.write_bytes(OTHERS[case][0])
    archived.write_bytes(archive({path.name: path.read_bytes()}))
    began = time.process_time()
    with pytest.raises(CommandError, match=why) as refused:
        call_command("load_dataset", str(archived if packed else path))
    assert time.process_time() - began < SECONDS
    assert "aoc-2026q1" in str(refused.value)
    assert not Release.objects.exists()


def test_a_macro_workbook_is_refused_under_any_name(tmp_path: Path) -> None:
    for name in ("aoc-2026q1.xlsm", "aoc-2026q1.txt"):
        path = tmp_path / name
        workbook(path, {"xl/vbaProject.bin": "x"})
        with pytest.raises(Unreadable, match=r"is a workbook, but is not called \.xlsx"):
            recognise(path)


# Texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_read_in_its_encoding(made: Made, loaded: Loaded, encoding: str) -> None:
    path = made("addons", 30)
    path.write_bytes(path.read_text(encoding="latin-1").encode(encoding))
    assert loaded(path).rows > 20


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "mixed"])
def test_lines_may_end_as_they_like(made: Made, loaded: Loaded, end: str) -> None:
    path = made("ptp", 200)
    lines = path.read_bytes().decode("latin-1").split("\r\n")
    ends = ["\n", "\r", "\r\n"] if end == "mixed" else [end]
    path.write_bytes("".join(f"{line}{ends[n % len(ends)]}" for n, line in enumerate(lines)).encode("latin-1"))
    assert loaded(path).rows > 150


def test_a_line_without_an_end_is_refused_however_lines_end(made: Made, loaded: Loaded) -> None:
    path = made("ptp", 3000)
    lines = path.read_bytes().replace(b"\r\n", b"\r").split(b"\r")
    lines[2000] += b"x" * LONGEST_LINE
    path.write_bytes(b"\r".join(lines))
    with pytest.raises(Unreadable, match="line 2,001: it has more than 100,000"):
        loaded(path)


def test_a_cell_with_a_character_that_no_database_takes_is_refused_with_its_line(tmp_path: Path) -> None:
    book = Workbook()
    for row in (HEADER, ("1", "0001_x0000_A", "", "00100", "", "2013001", "", "")):
        book.active.append(row)  # type: ignore[union-attr]
    path = tmp_path / "aoc-2026q1.xlsx"
    book.save(path)
    with pytest.raises(Unreadable, match="line 2: it holds a NUL character"):
        recognise(path)


def nul(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\0\r\n", 100).replace(b"\0\r\n", b"\r\n", 99)


TEXTS: dict[str, tuple[Change, str]] = {
    "NUL": (nul, "line 100: it holds a NUL"),
    "one endless line": (lambda data: data + b"x" * (LONGEST_LINE * 2), "line 307: it has more than 100,000"),
    "half a letter": (lambda data: data.decode("latin-1").encode("utf-16")[:-1], "after line .*; save it as UTF-8"),
    "PDF": (lambda data: b"%PDF-1.7", "is a PDF"),
    "HTML": (lambda data: b"<html>", "is an HTML page"),
    "program": (lambda data: b"\x7fELF", "is a program"),
    "gzip": (lambda data: b"\x1f\x8b", "is a gzip archive"),
    "empty": (lambda data: b"", "is empty"),
    "other words": (lambda data: b"Dear colleague,", "is none of the files"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_text_that_is_none_is_refused_with_its_place(made: Made, loaded: Loaded, case: str) -> None:
    change, why = TEXTS[case]
    path = made("ptp", 300)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(Unreadable, match=why) as refused:
        loaded(path)
    assert path.name in str(refused.value)
    assert not Release.objects.exists()


# Time and memory, in a process of its own -----------------------------------------------------

MEASURED = """
import resource, sys, time
from pathlib import Path
import django
django.setup()
from python_calamine import CalamineWorkbook
from defusedxml.ElementTree import iterparse
from datasets.kinds import KINDS
from datasets.sources import Unreadable, sources
path = Path(sys.argv[1])
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
said = "taken"
try:
    for source in sources(path):
        for kind in KINDS:
            if kind.knows(source):
                for _ in kind.batches(source):
                    pass
except Unreadable as unreadable:
    said = str(unreadable)
took, grew = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(f"{took:.3f} {grew * 1024} {said}")
"""
XML = b'<?xml version="1.0"?><ICD10CM.tabular><version>2026</version><chapter><section>'
CAPTIONS = ("\t".join(HEADER) + "\n").encode()
PAIRS = b"Column 1\tColumn 2\tRationale\n" * 6
SHEETS = {TYPES: "<x/>", "xl/workbook.xml": "<x/>"}
GREEDY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "bomb": ("x.zip", lambda: bomb(TEXT)),
    "65,000 entries": ("x.zip", many),
    "zeros": ("x.zip", lambda: archive({f"{n}.txt": b"\0" * 7_900_000 for n in range(20)})),
    "no end in 90 MB": ("x.zip", lambda: b"PK\x03\x04" + b"\0" * 90_000_000),
    "terms": (TEXT, lambda: PAIRS + b"".join(b"00100\t00200\t\t20200101\t*\t1\t%d\n" % n for n in range(500_000))),
    "one line of 100 MB": ("x-2026q1.txt", lambda: CAPTIONS + b"x" * 100_000_000),
    "a field of 50 MB": ("x.csv", lambda: b'"' + b"MUE Values,\n" * 4_000_000),
    "rows": ("x.xlsx", lambda: archive({**SHEETS, SHEET: noise("<row><c/></row>", 400_000)})),
    "elements": ("x.xml", lambda: XML + b"<diag/>" * 3_000_000),
    "notes": ("x.xml", lambda: XML + b"<diag>" + b"<note/>" * 3_000_000),
    "depth": ("x.xml", lambda: XML + b"<a>" * 3_000_000),
    "one text of 50 MB": ("x.xml", lambda: XML + b"<diag><name>" + b"word " * 10_000_000),
    "laughs": ("x.xml", lambda: b'<!DOCTYPE x [<!ENTITY a "ha">]>' + XML),
}


def noise(text: str, times: int) -> str:
    """A text again and again, with something in between that cannot be packed well."""
    chance = random.Random(1)
    return "".join(f"{text}<!--{chance.getrandbits(32):x}-->" for _ in range(times))


@pytest.mark.parametrize("case", GREEDY)
def test_no_file_takes_long_or_much(tmp_path: Path, case: str) -> None:
    name, make = GREEDY[case]
    path = tmp_path / name
    path.write_bytes(make())

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True, cwd=site.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}, preexec_fn=limited,
    )  # fmt: skip
    took, grew, said = done.stdout.split(" ", 2)
    assert "taken" not in said
    assert float(took) < SECONDS, said
    assert int(grew) < GROWTH, said


# Any file at all ------------------------------------------------------------------------------


def said_of(path: Path) -> str:
    """What comes of loading a file: the name of what was loaded, or why it was refused."""
    try:
        return load(recognise(path)[0], at=timezone.now()).name
    except Unreadable as unreadable:
        return str(unreadable)


def test_changed_files_are_taken_whole_or_refused_by_name(made: Made, db: None, tmp_path: Path) -> None:
    """A seeded few hundred: bytes changed, cut out and doubled. Nothing else than Unreadable comes of them."""
    chance, good = random.Random(7), archive({TEXT: made("ptp", 60).read_bytes()})
    path = tmp_path / "edits-2026q1.zip"
    for _ in range(300):
        changed = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            at, length = chance.randrange(len(changed)), chance.randint(1, 30)
            put = chance.choice([bytes(chance.randbytes(length)), b"", bytes(changed[at : at + 2 * length])])
            changed[at : at + length] = put
        path.write_bytes(changed)
        assert path.name in said_of(path)
        assert Release.objects.count() <= 1
