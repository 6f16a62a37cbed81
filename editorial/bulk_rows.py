"""Rows of many pages in one workbook: a sheet for each kind of row, the number of the code in its first column.

A code that a sheet names has, after an import, the rows of the sheet and no others of that kind; a code that it does
not name stays as it is. Sheets that are left out change nothing (docs/files.md).
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from codes.content_files import tidy
from codes.models import Code, DocumentationItem, Example, HistoryEvent, SimilarCode, Source
from codes.pages import Content, read_page
from codes.sheets import LONGEST, Cell
from datasets.unpacking import WORKBOOK, Unsafe, judged_workbook
from editorial.bundles import Bundle, PageFiles

Row = dict[str, str]
#: Columns whose texts are codes, and those whose texts are names and the like, where blanks around them mean nothing.
CODES = ("code", "number", "successor")
NAMES = ("slug", "word", "date", "kind", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A row that a sheet has for a code: where it stands, its fields, and what is wrong with them ("": nothing)."""

    line: int
    number: str
    row: Row
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One kind of row: the part of the page it stands for, and its columns after the number of the code."""

    title: str
    part: str
    model: type[models.Model]
    columns: tuple[str, ...]


SHEETS = (
    Sheet(title="Similar codes", part="similar", model=SimilarCode, columns=("number", "gloss")),
    Sheet(title="Documentation", part="documentation", model=DocumentationItem, columns=("slug", "text")),
    Sheet(title="History", part="history", model=HistoryEvent, columns=("date", "kind", "text", "successor")),
    Sheet(title="Sources", part="sources", model=Source, columns=("title", "note", "url")),
    Sheet(title="Search words", part="search_words", model=Code, columns=("word",)),
    Sheet(title="Titles of examples", part="examples", model=Example, columns=("slug", "title")),
)
BY_TITLE = {sheet.title.casefold(): sheet for sheet in SHEETS}


# Out ------------------------------------------------------------------------------------------


def rows_file(codes: Iterable[Code]) -> bytes:
    """The rows of these pages as a workbook."""
    from courses.workbook import xlsx_book  # loaded when first wanted, not at each start

    numbers = {code.pk: code for code in codes}
    return xlsx_book((sheet.title, ("code", *sheet.columns), _stored(sheet, numbers)) for sheet in SHEETS)


def _stored(sheet: Sheet, codes: Mapping[int, Code]) -> Iterator[Sequence[Cell]]:
    if sheet.part == "search_words":
        for code in codes.values():
            yield from ((code.number, word) for word in code.search_words)
        return
    order = [*(sheet.model._meta.ordering or ())]
    rows = sheet.model._default_manager.filter(code__in=codes).order_by("code__number", *order)
    for row in rows.iterator(chunk_size=2000):
        yield [codes[getattr(row, "code_id")].number, *(_cell(getattr(row, name)) for name in sheet.columns)]  # noqa: B009


def _cell(value: Any) -> Cell:
    return value.isoformat() if isinstance(value, date) else value or ""


# In -------------------------------------------------------------------------------------------


def read_rows(data: bytes, name: str) -> Bundle:
    """The pages as they would be with the rows of a workbook. Raises Unsafe for one that is not taken.

    What is wrong with a row makes its page one that cannot be read, with the sheet and the line of the row.
    """
    judged_workbook(data, name)
    given: dict[str, dict[str, list[Told]]] = {}
    wrong: dict[str, str] = {}
    unused = []
    for title, table in _tables(data, name):
        sheet = BY_TITLE.get(title.strip().casefold())
        if sheet is None:
            unused.append(title)
            continue
        for told in _rows(sheet, table, name):
            given.setdefault(told.number, {}).setdefault(sheet.part, []).append(told)
            if told.why:
                wrong.setdefault(told.number, f"{name}, {_place(sheet.part, told)}, {told.why}")
    if not given:
        known = ", ".join(f"“{sheet.title}”" for sheet in SHEETS)
        raise Unsafe(name, f"holds no row; the sheets that are read are called {known}")
    codes = {code.number: code for code in Code.objects.filter(number__in=list(given))}
    pages = [_page(number, parts, codes.get(number), wrong.get(number, ""), name) for number, parts in given.items()]
    return Bundle(pages=tuple(pages), unused=tuple(unused))


def _tables(data: bytes, name: str) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Title and rows of each sheet, values only."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        tables = [(sheet.title, _values(sheet)) for sheet in book.worksheets]
        book.close()
    # A workbook that was damaged on purpose makes the library raise nearly anything.
    except Unsafe:
        raise
    except Exception as error:
        raise Unsafe(name, f"is damaged and cannot be read as a workbook ({type(error).__name__})") from error
    yield from tables


def _values(sheet: Any) -> list[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what it says of its own size is not believed
    rows = []
    for row in sheet.iter_rows(values_only=True):
        rows.append(tuple(row))
        if len(rows) > WORKBOOK.rows:
            raise Unsafe(sheet.title, f"has more than {WORKBOOK.rows:,} rows")
    return rows


def _rows(sheet: Sheet, table: list[tuple[Any, ...]], name: str) -> Iterator[Told]:
    """Each row that is not empty."""
    if not table:
        return
    head = [str(cell or "").strip().casefold() for cell in table[0]]
    missing = [column for column in ("code", *sheet.columns) if column not in head]
    if missing:
        raise Unsafe(name, f"has no column “{missing[0]}” in the first row of “{sheet.title}”")
    twice = [column for column in ("code", *sheet.columns) if head.count(column) > 1]
    if twice:
        raise Unsafe(name, f"has the column “{twice[0]}” twice in the first row of “{sheet.title}”; keep one of them")
    places = {column: head.index(column) for column in ("code", *sheet.columns)}
    for line, cells in enumerate(table[1:], start=2):
        row = {column: _text(cells[at] if at < len(cells) else None, column) for column, at in places.items()}
        number = row.pop("code")
        if number or any(row.values()):
            why = _wrong(row) if number else "code: is missing"
            yield Told(line=line, number=number, row=row | (_day(row) or {}), why=why)


def _wrong(row: Row) -> str:
    """What is wrong with the cells of a row by themselves; "" for nothing."""
    long = next((column for column, text in row.items() if len(text) >= LONGEST), "")
    if long:
        return f"{long}: is as long as a cell can be, so its end may be missing"
    return f"date: “{row['date'][:20]}” is no day; write it like 2015-01-31" if _day(row) is None else ""


def _day(row: Row) -> Row | None:
    """A day as the forms of the site read it, for the one column that has days; None where it is none."""
    if not row.get("date"):
        return {}
    try:
        return {"date": forms.DateField().clean(row["date"]).isoformat()}
    except ValidationError:
        return None


def _text(value: Any, column: str) -> str:
    """A cell as a text: a spreadsheet makes a number of a code, and a day of a date.

    What is pasted has blanks around it, those that do not break a line included, and codes in small letters.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and column in CODES:
        return f"{value:05d}"
    text = value.isoformat() if isinstance(value, date) else str(value)
    if column in CODES:
        return "".join(text.split()).upper()
    return text.strip() if column in NAMES else text


def _place(part: str, told: Told) -> str:
    """Where a row stands, in words."""
    title = next(sheet.title for sheet in SHEETS if sheet.part == part)
    return f"{title}, row {told.line}"


def _page(number: str, parts: Mapping[str, list[Told]], code: Code | None, wrong: str, name: str) -> PageFiles:
    where = f"{name}, "
    if code is None and not wrong:
        wrong = f"{name}: there is no page of “{number[:20]}” here; a workbook makes no new ones"
    if wrong or code is None:
        return PageFiles(number=number, folder=where, texts={}, wrong=wrong)
    content = tidy(read_page(code))
    known = {row["slug"] for row in content["examples"]}
    new = next((one for one in parts.get("examples", ()) if one.row["slug"] not in known), None)
    if new:
        why = f"slug: there is no example “{new.row['slug'][:60]}”; a workbook makes no new ones"
        return PageFiles(number=number, folder=where, texts={}, wrong=f"{name}, {_place('examples', new)}, {why}")
    for part, told in parts.items():
        _put(content, part, [one.row for one in told])
    rows = {part: _places(content, part, told) for part, told in parts.items()}
    return PageFiles(number=number, folder=where, texts={}, content=tidy(content), rows=rows)


def _places(content: Content, part: str, told: Sequence[Told]) -> list[str]:
    """Where each row of a part of a page comes from; a sheet need not have every example."""
    if part != "examples":
        return [_place(part, one) for one in told]
    named = {one.row["slug"]: _place(part, one) for one in told}
    return [named.get(row["slug"], "") for row in content[part]]


def _put(content: Content, part: str, rows: list[Row]) -> None:
    """Put the rows of a part into a page; the same word for searching once."""
    if part == "search_words":
        content[part] = list(dict.fromkeys(row["word"] for row in rows))
    elif part == "examples":
        titles = {row["slug"]: row["title"] for row in rows}
        content[part] = [row | {"title": titles.get(row["slug"], row["title"])} for row in content["examples"]]
    elif part == "history":
        content[part] = [row | {"date": row["date"] or None} for row in rows]
    else:
        content[part] = list(rows)
