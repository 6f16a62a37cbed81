"""Tables as XLSX files that no spreadsheet reads a formula out of.

Apart from the rest, because openpyxl is loaded when a workbook is first asked for and not at each start.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from codes.sheets import LONGEST, Cell, is_risky, plain


def xlsx_file(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet; the type of every cell is said, so that no text becomes a formula."""
    return xlsx_book([(title, head, rows)])


def xlsx_book(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]) -> bytes:
    """A workbook of several sheets, each with its title, its head and its rows."""
    book = Workbook(write_only=True)
    for title, head, rows in sheets:
        _write_sheet(book, title, head, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_sheet(book: Workbook, title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for place, name in enumerate(head, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = max(12, min(40, len(name) + 4))
    sheet.append([_bold(sheet, name) for name in head])
    for row in rows:
        sheet.append([_typed(sheet, value) for value in row])


def _bold(sheet: object, name: str) -> WriteOnlyCell:
    cell = _typed(sheet, name)
    cell.font = Font(bold=True)
    return cell


def _typed(sheet: object, value: Cell) -> WriteOnlyCell:
    """A cell with its type; a risky text is also marked as one that stays a text when somebody edits it."""
    if value is None or isinstance(value, int | float):
        return WriteOnlyCell(sheet, value=value)
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = "yyyy-mm-dd"
        return cell
    cell = WriteOnlyCell(sheet, value="")
    cell.value = plain(value)[:LONGEST]
    cell.data_type = "s"
    if is_risky(value):
        cell.quotePrefix = True
    return cell
