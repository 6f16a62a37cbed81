"""Pages and courses as one zip archive or folder of readable files, with a manifest, and back (docs/files.md)."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from codes.content_files import FILES, FileError, read_files, write_folder
from codes.models import Code
from codes.pages import Content, read_page
from courses.models import Course
from courses.starter import read_course, read_course_file, write_course_file
from datasets.unpacking import PAGES, Unsafe, decoded, unpack

MANIFEST, FORMAT, VERSION = "manifest.json", "claimwright-content", 1
#: The most that one file of a page may hold, in characters.
LONGEST = 2_000_000
#: What computers add to archives and folders by themselves.
_NOISE = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|\._|\.git/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFiles:
    """A page as it was found: its content, or why it cannot be read; and the text of its files, to say where.

    Of a workbook that is ``rows``: part -> for each of its rows the sheet and the line ("" where the sheet has none).
    """

    number: str
    folder: str
    texts: Mapping[str, str]
    content: Content | None = None
    wrong: str = ""
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFile:
    """A course as it was found."""

    slug: str
    content: Content | None = None
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What an archive or folder holds: pages, courses, and the names of files that say nothing here."""

    pages: tuple[PageFiles, ...] = ()
    courses: tuple[CourseFile, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


# Out ------------------------------------------------------------------------------------------


def texts_of(codes: Iterable[Code], courses: Iterable[Course], at: datetime) -> dict[str, str]:
    """Every file of an export, by name, the manifest first."""
    texts = dict[str, str]()
    for code in codes:
        texts |= {f"codes/{code.number}/{name}": text for name, text in write_folder(read_page(code)).items()}
    for course in courses:
        texts[f"courses/{slug_of(course)}.toml"] = write_course_file(read_course(course))
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "site": settings.SITE_NAME,
        "exported_at": at.isoformat(),
        "files": digests,
    }
    return {MANIFEST: json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"} | texts


def slug_of(course: Course) -> str:
    """The name of a course's file: its slug, or one made of its title and number."""
    return course.slug or f"{slugify(course.title)[:50] or 'course'}-{course.pk}"


def zipped(texts: Mapping[str, str | bytes], at: datetime) -> bytes:
    """The files as one archive; the same files at the same time give the same bytes."""
    out = io.BytesIO()
    when = (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(entry, text)
    return out.getvalue()


# In -------------------------------------------------------------------------------------------


def read_zip(data: bytes, name: str) -> Bundle:
    """What an archive holds. Raises Unsafe for one that is not taken."""
    return read_bundle(unpack(data, name), name)


def read_folder(folder: Path) -> Bundle:
    """What a folder holds; links are not followed. Raises Unsafe for one that is not taken."""
    files, whole = dict[str, bytes](), 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise Unsafe(folder.name, f"holds a link: {name}")
        if not path.is_file() or _NOISE.search(name):
            continue
        whole += path.stat().st_size
        if path.stat().st_size > PAGES.one or whole > PAGES.whole or len(files) >= PAGES.entries:
            raise Unsafe(folder.name, f"holds more than is taken, at {name}")
        files[name] = path.read_bytes()
    return read_bundle(files, folder.name)


def read_bundle(files: Mapping[str, bytes], name: str) -> Bundle:
    """Sort the files of a bundle into pages and courses. Raises Unsafe where there is none of either."""
    files = {path: data for path, data in files.items() if not _NOISE.search(path)}
    notes = _manifest(files, name)
    folders = sorted({path.rpartition("/")[0] for path in files if path.rpartition("/")[2] in FILES})
    courses = sorted(path for path in files if re.search(r"(^|/)courses/[^/]+\.toml$", path))
    if not folders and not courses:
        raise Unsafe(name, "holds no page (codes/NUMBER/page.toml) and no course (courses/NAME.toml)")
    used = {f"{folder}/{one}".lstrip("/") for folder in folders for one in FILES} | set(courses) | {MANIFEST}
    unused = [path for path in files if path not in used and path.rpartition("/")[2] != MANIFEST]
    return Bundle(
        pages=tuple(_page(files, folder) for folder in folders),
        courses=tuple(_course(files, path) for path in courses), unused=tuple(unused), notes=notes,
    )  # fmt: skip


def _manifest(files: Mapping[str, bytes], name: str) -> tuple[str, ...]:
    """What is to be said of where a bundle comes from. Raises Unsafe for a format that is not known."""
    path = min((path for path in files if path.rpartition("/")[2] == MANIFEST), key=len, default="")
    if not path:
        return ()
    try:
        told: Any = json.loads(decoded(files[path], MANIFEST, LONGEST))
        kind, version, digests = told["format"], told["version"], dict(told["files"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unsafe(name, f"has a {MANIFEST} that cannot be read ({error})") from error
    if kind != FORMAT or version != VERSION:
        raise Unsafe(name, f"is of the format {kind!r}, version {version!r}; {FORMAT!r}, version {VERSION} is read")
    root = path.removesuffix(MANIFEST)
    other = sum(_digest(files.get(root + one)) != digest for one, digest in digests.items())
    when = str(told.get("exported_at", "an unknown day"))[:10]
    said = f"Exported by {str(told.get('site', 'another site'))[:80]} on {when}"
    return (f"{said}; {other} of {len(digests)} files were changed or left out since.",)


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _page(files: Mapping[str, bytes], folder: str) -> PageFiles:
    """A page from its folder, which is called as its number."""
    number, at = folder.rpartition("/")[2], f"{folder}/" if folder else ""
    try:
        texts = {name: decoded(files[at + name], at + name, LONGEST) for name in FILES if at + name in files}
    except Unsafe as unsafe:
        return PageFiles(number=number, folder=at, texts={}, wrong=str(unsafe))
    try:
        content = read_files(texts, at)
    except FileError as error:
        return PageFiles(number=number, folder=at, texts=texts, wrong=str(error))
    told = content["number"]
    if number and told != number:
        wrong = f"{at}page.toml: number: says {told!r}, and the folder is called {number!r}"
        return PageFiles(number=number, folder=at, texts=texts, wrong=wrong)
    return PageFiles(number=told, folder=at, texts=texts, content=content)


def _course(files: Mapping[str, bytes], path: str) -> CourseFile:
    slug = path.rpartition("/")[2].removesuffix(".toml")
    try:
        return CourseFile(slug=slug, content=read_course_file(slug, decoded(files[path], path, LONGEST), path))
    except (Unsafe, FileError) as error:
        return CourseFile(slug=slug, wrong=str(error))
