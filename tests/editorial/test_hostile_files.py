"""Files made to do harm: each refused by name and reason, within seconds and 100 MB, and nothing is stored.

Measured was one second of the processor and less. Those that are meant to take long would take minutes.
"""

import io
import os
import random
import resource
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from codes.forms import MOST_CHARACTERS
from codes.models import Code
from codes.pages import read_page, write_page, write_part
from datasets.unpacking import PAGES, Unsafe, decoded, judged_workbook, shown, unpack
from editorial import checking, uploads
from editorial.bulk_rows import rows_file
from editorial.models import Revision
from editorial.part_forms import MOST_TEXT
from tests.archives import archive, bomb, encrypted, linked, many, raw_zip, renamed, zip64
from tests.editorial.carrying import confirmed, files_of, page, sent, state
from tests.editorial.pages import pressed
from tests.patience import within

SECONDS, GROWTH = 10.0, 100_000_000
MUTATIONS = int(os.environ.get("HOSTILE_FILES", "1200"))


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.IMPORTS_FOLDER = str(tmp_path / "imports")


# Archives -----------------------------------------------------------------------------------


def named(name: str) -> bytes:
    """An archive with a page and one entry of this name."""
    return renamed(files_of(page()), name)


def small(change: Callable[[bytes], bytes]) -> bytes:
    return change(archive(files_of(page())))


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (bomb, "one may have"),
    "quoted bomb": (lambda: archive({"codes/A9999/page.toml": b" " * 7_900_000}), "times as large"),
    "nested": (lambda: archive({"a.zip": archive({"b": "x"})}), "holds another archive"),
    "nested, hidden": (lambda: archive({"codes/A9999/page.toml": archive({"b": "x"})}), "holds another archive"),
    "65,000 entries": (many, "holds 65,000 entries"),
    "zip64": (lambda: small(zip64), "zip64"),
    "overlap": (lambda: raw_zip([("a", b"x" * 50, 50, 0), ("b", b"x" * 50, 50, 0)], [0, 0]), "overlap"),
    "two sizes": (lambda: small(lambda d: d[:22] + b"\x01\0\0\0" + d[26:]), "two sizes|damaged"),
    "up": (lambda: named("../../etc/passwd"), "leads elsewhere"),
    "up, inside": (lambda: named("codes/../../x"), "leads elsewhere"),
    "absolute": (lambda: named("/etc/passwd"), "leads elsewhere"),
    "drive": (lambda: named("C:\\x.toml"), "leads elsewhere"),
    "drive, slash": (lambda: named("C:/x.toml"), "leads elsewhere"),
    "backslash": (lambda: named("..\\..\\x"), "leads elsewhere"),
    "NUL": (lambda: named("page.toml\0.zip"), "NUL"),
    "newline": (lambda: named("page\n.toml"), "not seen"),
    "dot": (lambda: named("./x/page.toml"), "leads elsewhere"),
    "trailing dot": (lambda: named("codes./x"), "leads elsewhere"),
    "empty part": (lambda: named("codes//x"), "leads elsewhere"),
    "case clash": (lambda: named("CODES/a9999/PAGE.toml"), "two entries of one name"),
    "folder and file": (lambda: named("codes"), "is a folder too"),
    "symlink": (lambda: linked(stat.S_IFLNK), "holds a link"),
    "device": (lambda: linked(stat.S_IFCHR), "holds a device"),
    "pipe": (lambda: linked(stat.S_IFIFO), "holds a device"),
    "encrypted": (encrypted, "is encrypted"),
    "empty": (lambda: b"", "empty"),
    "truncated": (lambda: small(lambda d: d[:-30]), "cut off|damaged"),
    "half": (lambda: small(lambda d: d[: len(d) // 2]), "cut off"),
    "polyglot in front": (lambda: small(lambda d: b"<html>" + d), "is an HTML page"),
    "polyglot inside": (lambda: small(lambda d: b"PK\x03\x04" + d), "no part of the archive"),
    "polyglot behind": (lambda: small(lambda d: d + b"<script>"), "no part of the archive"),
    "HTML": (lambda: b"<!DOCTYPE html><html></html>", "is an HTML page"),
    "PDF": (lambda: b"%PDF-1.7", "is a PDF"),
    "text": (lambda: b"just words", "is a text"),
    "program": (lambda: b"MZ\x90\0", "is a program"),
    "no page": (lambda: archive({"readme.md": "x"}), "holds no page"),
    "other format": (
        lambda: archive({**files_of(page()), "manifest.json": '{"format": "x", "version": 1, "files": {}}'}),
        "is of the format 'x'",
    ),
    "manifest in pieces": (lambda: archive({**files_of(page()), "manifest.json": "[" * 100_000}), "cannot be read"),
    "LZMA": (lambda: raw_zip([("codes/A9999/page.toml", b"x", 1, 14)]), "not known here"),
}  # fmt: skip


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_made_to_do_harm_is_refused(as_educator: Client, db: None, case: str) -> None:
    make, why = ARCHIVES[case]
    data, before = make(), state()
    with within(SECONDS):
        answer = sent(as_educator, data)
    assert answer.status_code == 422
    (said,) = answer.context["form"].errors["file"]
    assert "content.zip" in said or "empty" in said
    assert any(one in said for one in why.split("|")), said
    assert state() == before


def test_two_entries_of_one_name_are_refused() -> None:
    data = archive({"codes/A9999/page.toml": "one", "codes/A9999/page.tomm": "two"}).replace(b"tomm", b"toml")
    with pytest.raises(Unsafe, match="two entries of one name"):
        unpack(data, "x.zip")


@pytest.mark.django_db
def test_archives_of_other_programs_are_taken() -> None:
    """With folders, sizes behind the content, and what macOS adds."""
    out = io.BytesIO()

    class Stream:
        def write(self, data: bytes) -> int:
            return out.write(data)

        def flush(self) -> None: ...

    with zipfile.ZipFile(Stream(), "w", zipfile.ZIP_DEFLATED) as made:  # type: ignore[arg-type]
        made.mkdir("codes")
        for name, text in files_of(page()).items():
            made.writestr(name, text)
        made.writestr("__MACOSX/codes/._page.toml", b"\0\x05")
    assert set(unpack(out.getvalue(), "x.zip")) >= set(files_of(page()))
    assert [row.name for row in uploads.plan_of(uploads.read_zip(out.getvalue(), "x"), "x").rows] == ["A9999"]


# Workbooks ----------------------------------------------------------------------------------


def workbook(changed: dict[str, Callable[[str], str] | str]) -> Callable[[], bytes]:
    """A good workbook of rows in which parts are changed or added."""

    def made() -> bytes:
        with zipfile.ZipFile(io.BytesIO(rows_file(Code.objects.filter(number="20983")))) as good:
            parts = {name: good.read(name).decode() for name in good.namelist()}
        for name, change in changed.items():
            parts[name] = change if isinstance(change, str) else change(parts[name])
        return archive(parts)

    return made


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
END = "</sheetData></worksheet>"
FORMULA = '<sheetData><row r="1"><c r="A1"><f>cmd|x</f></c></row>' + END
SIDEWAYS = '<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row>' + END
PICTURE = '<Relationships><Relationship Type="a/image" Target="http://x" TargetMode="External"/></Relationships>'
FAR = '<sheetData><row r="1048576"><c r="A1048576" t="n"><v>1</v></c></row></sheetData></worksheet>'


def head(text: str) -> str:
    return text.partition("<sheetData>")[0]


WORKBOOKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "laughs": (workbook({SHEET: lambda text: LAUGHS + text}), "entities"),
    "entity in a relationship": (workbook({"_rels/.rels": lambda text: LAUGHS + text}), "entities"),
    "UTF-7": (workbook({SHEET: lambda text: '<?xml version="1.0" encoding="UTF-7"?>' + text}), "another encoding"),
    "external link": (workbook({"xl/externalLinks/externalLink1.xml": "<x/>"}), "links to other workbooks"),
    "external image": (workbook({"xl/worksheets/_rels/sheet1.xml.rels": PICTURE}), "loads something from elsewhere"),
    "DDE": (workbook({"xl/x.xml": '<ddeLink ddeService="cmd"/>'}), "DDE"),
    "macro": (workbook({"xl/vbaProject.bin": "x"}), "macros"),
    "macro type": (
        workbook({"[Content_Types].xml": lambda text: text.replace("sheet.main", "sheet.macroEnabled.main")}), "macros"
    ),
    "formula": (workbook({SHEET: lambda text: head(text) + FORMULA}), "formula"),
    "embedded": (workbook({"xl/embeddings/oleObject1.bin": "x"}), "embedded"),
    "a million rows": (workbook({SHEET: lambda text: head(text) + FAR}), "1,048,576 rows"),
    "rows that have no number": (
        workbook({SHEET: lambda text: head(text) + "<sheetData>" + "<row/>" * 30_000 + END}),
        "30,000 rows|times as large",
    ),
    "far column": (workbook({SHEET: lambda text: head(text) + SIDEWAYS}), "column 16,384"),
    "HTML": (lambda: b"<html><table></table></html>", "is an HTML page"),
    "old Excel": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old or encrypted Office file"),
    "CSV": (lambda: b"code,number\n20983,20982\n", "is a text"),
    "a zip": (lambda: archive(files_of(page())), "no .xlsx workbook"),
    "in pieces": (workbook({SHEET: "<worksheet><sheetData><row>"}), "damaged"),
    "no sheets": (workbook({"xl/workbook.xml": "<x/>"}), "damaged|holds no row"),
}  # fmt: skip


@pytest.mark.parametrize("case", WORKBOOKS)
def test_a_workbook_made_to_do_harm_is_refused(as_educator: Client, bone_code: Code, case: str) -> None:
    make, why = WORKBOOKS[case]
    data, before = make(), state()
    with within(SECONDS):
        answer = sent(as_educator, data, "rows.xlsx")
    assert answer.status_code == 422
    (said,) = answer.context["form"].errors["file"]
    assert said.startswith("rows.xlsx: ")
    assert any(one in said for one in why.split("|")), said
    assert state() == before


def test_a_workbook_may_link_from_its_text(bone_code: Code) -> None:
    links = '<Relationships><Relationship Type="a/hyperlink" Target="http://x" TargetMode="External"/></Relationships>'
    assert judged_workbook(workbook({"xl/worksheets/_rels/sheet1.xml.rels": links})(), "x.xlsx")


def test_a_workbook_called_zip_is_told_so(as_educator: Client, bone_code: Code) -> None:
    answer = sent(as_educator, rows_file([bone_code]), "rows.zip")
    assert "is a workbook, but is not called .xlsx" in answer.context["form"].errors["file"][0]


# Time and memory, in a process of its own -----------------------------------------------------

MEASURED = """
import resource, sys, time
from datasets.unpacking import Unsafe, decoded, judged_workbook, unpack
kind, path = sys.argv[1:]
data = open(path, "rb").read()
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    {"zip": unpack, "xlsx": judged_workbook, "txt": lambda data, name: decoded(data, name, 1_000_000)}[kind](data, "x")
    said = "taken"
except Unsafe as unsafe:
    said = str(unsafe)
took, grew = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(f"{took:.3f} {grew * 1024} {said}")
"""
GREEDY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "bomb": ("zip", bomb),
    "65,000 entries": ("zip", many),
    "zeros": ("zip", lambda: archive({f"codes/A{n:04d}/page.toml": b"\0" * 7_900_000 for n in range(20)})),
    "one line of 100 MB": ("txt", lambda: b"x" * 100_000_000),
    "one long line": ("txt", lambda: b"x" * 900_000),
    "brackets": ("zip", lambda: archive({"codes/A9999/page.toml": b"<" * 90_000})),
    "rows": ("xlsx", lambda: archive({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>",
                                      SHEET: "<row " + 'r="1" ' * 5 + "/>" * 15_000})),
    "row that never ends": ("xlsx", lambda: archive({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>",
                                                     SHEET: "<row " * 15_000})),
}  # fmt: skip


@pytest.mark.parametrize("case", GREEDY)
def test_no_file_takes_long_or_much(tmp_path: Path, case: str) -> None:
    kind, make = GREEDY[case]
    path = tmp_path / "file"
    path.write_bytes(make())

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, kind, str(path)],
        capture_output=True, text=True, check=True, cwd=site.BASE_DIR, preexec_fn=limited,
    )  # fmt: skip
    took, grew, said = done.stdout.split(" ", 2)
    assert float(took) < SECONDS, said
    assert int(grew) < GROWTH, said


# Texts and articles ---------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_texts_are_read_in_their_encoding(encoding: str) -> None:
    assert decoded("Größe × 2\r\nשלום 😀".encode(encoding), "x.txt", 100) == "Größe × 2\r\nשלום 😀"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("one\ntwo\ncafé".encode("latin-1"), r"is not UTF-8 text \(byte 11, line 3; perhaps Latin-1\)"),
        (b"one\ntwo\0", "NUL character in line 2"),
        (b"\xff\xfea", "is not UTF-16"),
        (b"\xc0\xaf", "is not UTF-8"),
        (b"\xed\xa0\x80", "is not UTF-8"),
        (b"x" * 1001, "has 1,001 characters"),
        (b"x" * 5000, "has 5,000 bytes"),
        (b"%PDF-1.7 x", "is a PDF, not a text"),
    ],
)
def test_texts_that_are_none_are_refused_with_the_place(data: bytes, why: str) -> None:
    with pytest.raises(Unsafe, match=why):
        decoded(data, "x.txt", 1000)


def test_a_name_in_a_message_is_one_that_can_be_seen() -> None:
    assert shown("a\x1b[31m\n\u202e.txt") == "a�[31m��.txt"
    assert len(shown("x" * 500)) == 81
    assert shown("") == "the file"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"x" * (MOST_CHARACTERS + 1), "has 1,000,001 characters"),
        (b"x" * (4 * MOST_CHARACTERS + 1), "has 4,000,001 bytes"),
        ("caf\xe9".encode("latin-1"), "is not UTF-8"),
        (b"PK\x03\x04xxxx", "is a zip archive or a workbook"),
        (b"Words without any title at all.\n", "No heading"),
        (b"How To\0Use", "NUL"),
    ],
)
def test_an_article_that_is_none_is_refused(as_educator: Client, db: None, data: bytes, why: str) -> None:
    before = state()
    with within(SECONDS):
        answer = as_educator.post(reverse("upload_article"), {"article": SimpleUploadedFile("article.txt", data)})
    assert answer.status_code == 422
    assert why in answer.text
    assert state() == before


def test_an_article_never_overwrites_a_page_silently(as_educator: Client, bone_code: Code) -> None:
    article = (
        "How To Use CPT Code 20983\n\nCPT code 20983 describes a thing.\n\n1. What is CPT Code 20983?\n\nA thing.\n"
    )
    before = read_page(bone_code)
    answer = as_educator.post(reverse("upload_article"), {"pasted": article})
    assert "has a page already; nothing was changed" in answer.text
    assert read_page(bone_code) == before


# What looks like a patient's data ---------------------------------------------------------------


@pytest.fixture
def leaked(as_educator: Client, starter_library: None) -> Code:
    """A page that came in as a file and tells of somebody in a section."""
    body = "Mr. John Doe, SSN 219-09-9999, MRN 00483920, born 03/04/1961: call (312) 555-0199."
    sections = [{"slug": "billing", "heading": "Billing", "body": body}]
    shown = sent(as_educator, archive(files_of(page(sections=sections))))
    confirmed(as_educator, shown)
    return Code.objects.get(number="A9999")


def asked_to_publish(client: Client) -> Any:
    return pressed(client, reverse("review_page", args=["A9999"]), {"do": "publish", "why": "New"}, follow=True)


def attest_all(client: Client, code: Code) -> int:
    """Say of each text that it is made up, as the page Check offers it; how many there were."""
    digests = {one.attest for one in checking.check(code) if one.attest}
    for digest in digests:
        client.post(reverse("attest", args=[code.number]), {"digest": digest})
    return len(digests)


def test_a_file_with_a_patients_data_is_not_published_before_somebody_attests(
    as_educator: Client, leaked: Code
) -> None:
    for do in ("publish", "hand_in"):
        refused = pressed(as_educator, reverse("review_page", args=["A9999"]), {"do": do, "why": "New"})
        assert refused.status_code == 409
        assert "An error stands in the way" in refused.text
    assert not leaked.editions.exists()
    assert not Revision.objects.exists()
    assert attest_all(as_educator, leaked) == 1
    assert asked_to_publish(as_educator).status_code == 200
    assert leaked.editions.count() == 1


def test_another_file_with_a_patients_data_asks_again(as_educator: Client, leaked: Code) -> None:
    attest_all(as_educator, leaked)
    asked_to_publish(as_educator)
    sections = [{"slug": "billing", "heading": "Billing", "body": "Mrs. Jane Roe, SSN 219-09-9998."}]
    confirmed(as_educator, sent(as_educator, archive(files_of(page(sections=sections)))))
    assert asked_to_publish(as_educator).status_code == 409
    assert leaked.editions.count() == 1


# A file in which anything is anything ---------------------------------------------------------


def mutated(chance: random.Random, good: bytes) -> bytes:
    """A good file with a few bytes, or a few stretches, made into others."""
    data = bytearray(good)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(data)), chance.choice((1, 1, 1, 2, 4, 16, 200))
        verb = chance.randrange(4)
        if verb == 0:
            data[at : at + length] = chance.randbytes(length)
        elif verb == 1:
            del data[at : at + length]
        elif verb == 2:
            data[at:at] = chance.choice((chance.randbytes(length), b"\0" * length, b"PK\x03\x04", b"\xff" * length))
        else:
            other = chance.randrange(len(data))
            data[at : at + length] = data[other : other + length]
        if not data:
            data += b"x"
    return bytes(data)


def mutated_inside(chance: random.Random, files: dict[str, bytes]) -> bytes:
    """A sound archive in which one of the files is damaged."""
    name = chance.choice(sorted(files))
    return archive(files | {name: mutated(chance, files[name])})


def test_no_damaged_file_breaks_anything_or_is_stored_in_part(as_educator: Client, db: None) -> None:
    """Each answers 200 or 422, and nothing is stored of any: nothing is before it is confirmed."""
    chance = random.Random(20_983)
    content = page(
        history=[{"date": "2020-01-01", "kind": "added", "text": "x", "successor": ""}],
        sources=[{"title": "A source", "note": "Note\nof two lines", "url": "https://example.com/"}],
        similar=[{"number": "A9998", "gloss": "Another"}],
    )
    code = write_page(content)
    texts = {name: text.encode() for name, text in files_of(content | {"title": "Another"}).items()}
    rows = rows_file([code])
    with zipfile.ZipFile(io.BytesIO(rows)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    whole, before, answers = archive(texts), state(), {200: 0, 422: 0}
    for number in range(MUTATIONS):
        kind = number % 4
        data = (
            mutated(chance, whole), mutated_inside(chance, texts), mutated(chance, rows), mutated_inside(chance, parts)
        )[kind]  # fmt: skip
        name = "rows.xlsx" if kind > 1 else "content.zip"
        by_form = number // 4 % 10 == 0
        answers[sent(as_educator, data, name).status_code if by_form else looked_at(data, name)] += 1
    assert state() == before
    assert answers[422] > MUTATIONS // 4
    assert answers[200] > MUTATIONS // 20


def looked_at(data: bytes, name: str) -> int:
    """What the page would answer; only what it catches is caught."""
    try:
        uploads.read(data, name)
    except Unsafe:
        return 422
    return 200


def test_limits_are_those_of_the_documentation() -> None:
    text = (Path(site.BASE_DIR) / "docs/files.md").read_text(encoding="utf-8")
    for number in (f"{PAGES.entries:,} entries", f"{PAGES.whole // 1_000_000} MB unpacked", "20 MB"):
        assert number in text


def test_a_page_that_says_one_thing_often_comes_back(as_educator: Client, bone_code: Code) -> None:
    """Six sections as long as the editor takes them, of one letter: packed they are a thousand times smaller."""
    for place in range(1, 7):
        section = {"slug": f"other-{place}", "heading": "More", "body": "a" * MOST_TEXT}
        write_part(bone_code, f"sections/other-{place}", section)
    sent = as_educator.get(reverse("files_export")).content
    files = unpack(sent, "x.zip")
    page = next(data for name, data in files.items() if name.endswith("20983/page.md"))
    assert page.count(b"a" * MOST_TEXT) == 6
