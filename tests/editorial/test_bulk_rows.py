"""Rows of many pages in one workbook, there and back."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from codes.content_files import tidy
from codes.models import Code
from codes.pages import read_page, write_page
from courses.workbook import xlsx_book
from datasets.unpacking import Unsafe
from editorial.bulk_rows import SHEETS, read_rows, rows_file
from editorial.files import Fate, plan_of
from tests.editorial.carrying import confirmed, sent, state

HEADS = {sheet.part: ("code", *sheet.columns) for sheet in SHEETS}
TITLES = {sheet.part: sheet.title for sheet in SHEETS}
TRICKY = [
    "=1+1", "+1", "-1", "@x", "|x", "＝x", "\t=x", '"quoted", and, commas', "a\nb", "<b>", "שלום", "😀", "'apostrophe",
    "_x0041_", "  spaces  ", "null", "1e5", "00123", "TRUE",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.IMPORTS_FOLDER = str(tmp_path / "imports")


def book(part: str, *rows: tuple[Any, ...], head: tuple[str, ...] | None = None) -> bytes:
    return xlsx_book([(TITLES[part], head or HEADS[part], rows)])


def planned(data: bytes) -> Any:
    return plan_of(read_rows(data, "rows.xlsx"), "rows.xlsx")


def test_rows_that_were_taken_away_change_nothing(starter_library: None) -> None:
    plan = planned(rows_file(Code.objects.all()))
    assert {row.fate for row in plan.rows} == {Fate.UNCHANGED}
    assert len(plan.rows) == Code.objects.count()


def test_any_text_comes_back_as_it_was_and_none_is_a_formula(bone_code: Code) -> None:
    content = read_page(bone_code)
    content["similar"] = [{"number": f"B{n:04d}", "gloss": text} for n, text in enumerate(TRICKY)]
    content["sources"] = [{"title": text.strip() or "x", "note": text, "url": ""} for text in TRICKY]
    content["search_words"] = [text.strip() for text in TRICKY]
    write_page(content)
    data = rows_file(Code.objects.filter(number="20983"))
    for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}
    (page,) = read_rows(data, "rows.xlsx").pages
    assert page.content is not None
    assert page.content == tidy(read_page(Code.objects.get(number="20983")))


def test_a_control_character_is_replaced_and_the_file_opens(bone_code: Code) -> None:
    code = write_page(read_page(bone_code) | {"search_words": ["a\x07b"]})
    sheet = openpyxl.load_workbook(io.BytesIO(rows_file([code])))["Search words"]
    assert sheet["B2"].value == "a\ufffdb"


def test_a_code_that_is_named_has_the_rows_of_the_sheet(as_educator: Client, bone_code: Code) -> None:
    other = read_page(Code.objects.get(number="20982"))
    shown = sent(as_educator, book("similar", (20983, 20982, "The other energy")), "rows.xlsx")
    assert [row.parts for row in shown.context["plan"].rows] == [("similar",)]
    assert confirmed(as_educator, shown).status_code == 302
    assert read_page(bone_code)["similar"] == [{"number": "20982", "gloss": "The other energy"}]
    assert read_page(Code.objects.get(number="20982")) == other


def test_dates_and_numbers_of_a_spreadsheet_are_read(bone_code: Code) -> None:
    import datetime as dt

    (page,) = read_rows(book("history", (20983, dt.date(2015, 1, 1), "added", "Text", 340)), "rows.xlsx").pages
    assert page.content is not None
    row = {"date": "2015-01-01", "kind": "added", "text": "Text", "successor": "00340"}
    assert page.content["history"] == [row]


def test_what_was_pasted_is_cleaned(bone_code: Code) -> None:
    read = {
        part: read_rows(book(part, row, *more), "rows.xlsx").pages[0].content or {}
        for part, row, *more in (
            ("similar", ("20983\xa0", " j1100\xa0", " Cold ")),
            ("search_words", ("20983", " sugar "), ("20983", "sugar\xa0")),
            ("history", (" 20983", " 1/31/2015 ", "deleted ", "Text", "j1100")),
        )
    }
    assert read["similar"]["similar"] == [{"number": "J1100", "gloss": " Cold "}]
    assert read["search_words"]["search_words"] == ["sugar"]
    row = {"date": "2015-01-31", "kind": "deleted", "text": "Text", "successor": "J1100"}
    assert read["history"]["history"] == [row]


def test_the_second_of_two_rows_is_refused_by_its_own_line(bone_code: Code) -> None:
    rows = (("20983", "20982", "Heat"), ("20982", "20983", "Cold"), ("20983", "x" * 11, ""))
    plan = planned(book("similar", *rows))
    assert [row.why.partition(": ")[0] for row in plan.refused] == ["rows.xlsx, Similar codes, row 4, number"]


def test_titles_of_examples_change_and_nothing_else(bone_code: Code) -> None:
    before = read_page(bone_code)["examples"]
    (page,) = read_rows(book("examples", ("20983", before[0]["slug"], "Another title")), "rows.xlsx").pages
    assert page.content is not None
    assert page.content["examples"] == [before[0] | {"title": "Another title"}, *before[1:]]


@pytest.mark.parametrize(
    ("part", "row", "why"),
    [
        ("similar", ("99999", "20982", ""), "there is no page of “99999” here"),
        ("similar", ("20983", "x" * 11, ""), "rows.xlsx, Similar codes, row 2, number: "),
        (
            "history",
            ("20983", "yesterday", "added", "", ""),
            "History, row 2, date: “yesterday” is no day; write it like 2015-01-31",
        ),
        ("history", ("20983", "", "nonsense", "", ""), "rows.xlsx, History, row 2, kind: "),
        ("documentation", ("20983", "Not a slug", "x"), "rows.xlsx, Documentation, row 2, slug: "),
        ("sources", ("20983", "x", "", "javascript:alert(1)"), "rows.xlsx, Sources, row 2, url: "),
        ("examples", ("20983", "none-such", "x"), "Titles of examples, row 2, slug: there is no example “none-such”"),
        ("examples", ("20983", "solitary-iliac-metastasis", ""), "Titles of examples, row 2, title: "),
        ("similar", ("", "20982", ""), "row 2, code: is missing"),
        ("similar", ("20983", "20982", "x" * 32_767), "is as long as a cell can be"),
    ],
)
def test_a_row_that_cannot_be_stored_is_refused_by_name(
    as_educator: Client, bone_code: Code, part: str, row: tuple[Any, ...], why: str
) -> None:
    before = state()
    shown = sent(as_educator, book(part, row), "rows.xlsx")
    assert shown.status_code == 200
    assert why in shown.context["plan"].refused[0].why
    assert "rows.xlsx" in shown.context["plan"].refused[0].why
    assert state() == before


def test_columns_and_sheets_are_known_by_their_names(bone_code: Code) -> None:
    with pytest.raises(Unsafe, match="has no column “gloss”"):
        read_rows(book("similar", ("20983", "20982"), head=("code", "number")), "rows.xlsx")
    with pytest.raises(Unsafe, match="holds no row"):
        read_rows(xlsx_book([("Nonsense", ("code",), [("20983",)])]), "rows.xlsx")
    swapped = book("similar", ("G", "20982", "20983"), head=("gloss", "number", "code"))
    assert planned(swapped).rows[0].fate == Fate.CHANGED


def test_the_workbook_can_be_downloaded(as_educator: Client, bone_code: Code) -> None:
    answer = as_educator.get(reverse("files_export"), {"codes": "20983", "as": "rows"})
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert set(openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames) == set(TITLES.values())


@pytest.mark.parametrize("column", ["code", "word", " Word "])
def test_a_column_that_stands_there_twice_is_refused_by_its_name(bone_code: Code, column: str) -> None:
    head = (*HEADS["search_words"], column)
    with pytest.raises(Unsafe, match=f"has the column “{column.strip().lower()}” twice in the first row of"):
        planned(book("search_words", ("20983", "one", "two"), head=head))
