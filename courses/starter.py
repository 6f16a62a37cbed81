"""Courses as readable files, one a course, and the template courses of the starter library in courses/content/."""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from codes.content_files import FileError, line_of
from codes.models import Code
from codes.toml_writing import toml_text
from courses.models import Course, CourseItem
from quizzes.models import Exam

FOLDER = Path(__file__).parent / "content"
WORDS = ("title", "summary", "in_order", "gives_certificate")
#: What only courses with continuing education units have.
UNITS = ("ce_hours", "ce_provider", "ce_number")
OF_ITEM = ("kind", "title", "codes", "rules", "number", "minutes")
#: What an item has only where there is something: its page, its exam by title, the places of what must come before.
ALSO = ("code", "exam", "requires")
ORDER = ("kind", "code", "exam", *WORDS, *UNITS, "items", "codes", "rules", "number", "minutes", "requires")
TYPES: dict[str, type] = {
    "title": str, "summary": str, "in_order": bool, "gives_certificate": bool, "ce_hours": str, "ce_provider": str,
    "ce_number": str, "items": list, "kind": str, "code": str, "exam": str, "codes": list, "rules": list,
    "number": int, "minutes": int, "requires": list,
}  # fmt: skip

Content = dict[str, Any]


def courses() -> Iterator[Content]:
    """Every course of the starter library, each with its ``slug``, by name."""
    for path in sorted(FOLDER.glob("*.toml")):
        yield read_course_file(path.stem, path.read_text(encoding="utf-8"), path.name)


@transaction.atomic
def load_course(content: Content) -> str:
    """Store one template: "loaded", "unchanged", or "kept" where somebody here changed it.

    Raises Code.DoesNotExist for a page that is not loaded.
    """
    known = Course.objects.filter(slug=content["slug"]).first()
    if known is not None:
        return "unchanged" if same_course(known, content) else "kept"
    store_course(content, is_template=True)
    return "loaded"


def same_course(course: Course, content: Content) -> bool:
    """Whether a stored course is what its file says."""
    return _whole(read_course(course)) == _whole(content)


@transaction.atomic
def store_course(content: Content, **terms: Any) -> Course:
    """A new course of the site from its file. Raises Code.DoesNotExist, Exam.DoesNotExist, ValidationError."""
    fields = {name: content[name] for name in (*WORDS, *UNITS) if name in content}
    course = Course(slug=content["slug"], **fields, **terms)
    course.full_clean()
    course.save()
    made = []
    for position, item in enumerate(content["items"], 1):
        fields = {name: item[name] for name in OF_ITEM if name in item}
        row = CourseItem(course=course, position=position, code=_code(item), exam=_exam(item), **fields)
        row.full_clean()
        row.save()
        made.append(row)
    for row, item in zip(made, content["items"], strict=True):
        row.requires.set([made[place - 1] for place in item.get("requires", ())])
    return course


# Reading and writing --------------------------------------------------------------------------


def read_course(course: Course) -> Content:
    """A stored course as its file would say it."""
    rows = list(course.items.select_related("code", "exam").prefetch_related("requires"))
    places = {row.pk: place for place, row in enumerate(rows, 1)}
    items = [
        {name: getattr(row, name) for name in OF_ITEM}
        | {"code": row.code.number if row.code else "", "exam": row.exam.title if row.exam else ""}
        | {"requires": sorted(places[one.pk] for one in row.requires.all())}
        for row in rows
    ]
    units = {name: str(getattr(course, name)) for name in UNITS if getattr(course, name) not in (None, "")}
    return {name: getattr(course, name) for name in WORDS} | units | {"items": items}


def write_course_file(content: Content) -> str:
    """The file of a course, in its one canonical form: what goes without saying is left out."""
    usual, course = _usual(), _whole(content)
    words = {name: value for name, value in course.items() if name != "items" and value != ""}
    items = [{name: value for name, value in row.items() if usual[name] != value} for row in course["items"]]
    return toml_text(words | {"items": items}, ORDER)


def read_course_file(slug: str, text: str, name: str) -> Content:
    """A course from the text of its file. FileError names the file, the line and what is wrong with it."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise FileError(name, 0, f"cannot be read as TOML: {error}") from error
    _check(name, text, content, None, (*WORDS, *UNITS, "items"), ("title", "items"))
    for place, row in enumerate(content["items"]):
        if not isinstance(row, dict):
            raise FileError(name, 0, "items: is written as [[items]], item by item")
        _check(name, text, row, place, (*OF_ITEM, *ALSO), ("kind",))
        for field in ("codes", "rules"):
            if not all(isinstance(one, str) for one in row.get(field, ())):
                raise FileError(
                    name, line_of(text, "items", place, field), f"items.{place}.{field}: is a list of texts"
                )
        _check_requires(name, text, row, place, len(content["items"]))
    try:
        Decimal(content.get("ce_hours", "0"))
    except InvalidOperation as error:
        raise FileError(name, line_of(text, "", None, "ce_hours"), "ce_hours: is no number") from error
    return content | {"slug": slug}


def _check(
    name: str, text: str, row: Mapping[str, Any], place: int | None, known: tuple[str, ...], needed: tuple[str, ...]
) -> None:
    where = "" if place is None else f"items.{place}."
    for field, value in row.items():
        line = line_of(text, "items", place, field)
        if field not in known:
            raise FileError(name, line, f"{where}{field}: is not known here; known are {', '.join(known)}")
        if type(value) is not TYPES[field]:
            raise FileError(name, line, f"{where}{field}: is of another type ({TYPES[field].__name__} is wanted)")
    for field in needed:
        if field not in row:
            raise FileError(name, line_of(text, "items", place), f"{where}{field}: is missing")


def _check_requires(name: str, text: str, row: Mapping[str, Any], place: int, items: int) -> None:
    """What must come before is another item of the course."""
    if not all(type(one) is int and 1 <= one <= items and one != place + 1 for one in row.get("requires", ())):
        why = f"items.{place}.requires: is a list of the places (from 1) of other items"
        raise FileError(name, line_of(text, "items", place, "requires"), why)


def _usual() -> Content:
    bare = CourseItem()
    return {name: getattr(bare, name) for name in OF_ITEM} | {"code": "", "exam": "", "requires": []}


def _whole(content: Content) -> Content:
    """A file with what it leaves out filled in."""
    course = {name: content.get(name, getattr(Course(), name)) for name in WORDS}
    units = {name: content[name] for name in UNITS if content.get(name)}
    return course | units | {"items": [_usual() | item for item in content["items"]]}


def _code(item: Content) -> Code | None:
    return Code.objects.get(number=item["code"]) if item.get("code") else None


def _exam(item: Content) -> Exam | None:
    if not item.get("exam"):
        return None
    found = list(Exam.objects.filter(title=item["exam"])[:2])
    if len(found) != 1:
        raise ValidationError({"exam": f"There are {len(found)} exams called “{item['exam']}” here; one is needed."})
    return found[0]
