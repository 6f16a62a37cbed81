"""What the loaded public files say of a code, on the page and as a file."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from codes import public_data
from codes.models import Code
from codes.public_data import Asked
from datasets import lookups, store
from datasets.kinds.rvu import HEADERS
from datasets.loading import load, recognise
from datasets.lookups import EditsAsked
from datasets.search import building
from tests.public_files import addon, diagnosis, edit, load_lines, units, values

CODE, OTHER = "20983", "76940"
#: What the fixture ``edits`` has in force in February 2026.
IN_FORCE = [("10021", CODE), (CODE, OTHER), (CODE, "99201")]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where files lie, each test's own."""
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    yield tmp_path
    store.close()


def shown(client: Client, code: str = CODE, **query: str) -> Any:
    """The page of a code's data, in February 2026 if no other day is asked for."""
    return client.get(reverse("code_data", args=[code]), {"dos": "2026-02-01", **query})


@pytest.fixture
def edits(folder: Path, bone_code: Code) -> None:
    """Edits of the code for practitioners and hospitals: in force, deleted, coming, with and without a modifier."""
    lines = (
        edit(CODE, OTHER), edit(CODE, "99201", indicator="1"), edit("10021", CODE),
        edit(CODE, "10022", ends="20200101"), edit(CODE, "99202", starts="20270101"),
    )  # fmt: skip
    load_lines(folder, "ptp", *lines)
    load_lines(folder, "ptp", edit(CODE, "36000"), name="ccioph-2026q1-f1.txt")


def pairs(page: Any) -> list[tuple[str, str]]:
    return [(row.column1, row.column2) for row in page.context["chosen"].rows]


def test_edits_are_those_in_force_that_day(client: Client, edits: None) -> None:
    page = shown(client)
    assert pairs(page) == IN_FORCE
    assert pairs(shown(client, dos="2027-02-01"))[-1] == (CODE, "99202")
    assert (CODE, "10022") in pairs(shown(client, dos="2019-12-31"))
    assert "the first that is loaded; its rows say from when they hold" in shown(client, dos="2019-12-31").text
    assert "NCCI procedure-to-procedure edits, practitioner, 2026 Q1, in force from Jan 1, 2026" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"column": "1"}, [(CODE, OTHER), (CODE, "99201")]),
        ({"column": "2"}, [("10021", CODE)]),
        ({"indicator": "1"}, [(CODE, "99201")]),
        ({"other": "769"}, [(CODE, OTHER)]),
        ({"other": "10021"}, [("10021", CODE)]),
        ({"other": "1002", "when": "all"}, [("10021", CODE), (CODE, "10022")]),
        ({"when": "all", "column": "1", "indicator": "0"}, [(CODE, "10022"), (CODE, OTHER), (CODE, "99202")]),
        ({"setting": "hospital"}, [(CODE, "36000")]),
        ({"other": "9%'; --"}, []),
        (
            {"column": "3", "indicator": "x", "page": "-1", "setting": "\0"},
            [("10021", CODE), (CODE, OTHER), (CODE, "99201")],
        ),
        ({"page": "999999"}, [("10021", CODE), (CODE, OTHER), (CODE, "99201")]),
    ],
)
def test_edits_can_be_narrowed_down(client: Client, edits: None, query: dict[str, str], found: list[Any]) -> None:
    page = shown(client, **query)
    assert page.status_code == 200
    assert pairs(page) == found
    assert ("No edit is like that" in page.text) == (not found)


def test_edits_come_in_pages(client: Client, folder: Path, bone_code: Code) -> None:
    load_lines(folder, "ptp", *(edit(CODE, f"{number:05d}") for number in range(60)))
    every = [pair for number in "123" for pair in pairs(shown(client, page=number))]
    assert every == [(CODE, f"{number:05d}") for number in range(60)]
    assert "Page 2 of 3" in shown(client, page="2").text


def test_edits_can_be_taken_away_as_a_file_without_formulas(client: Client, folder: Path, bone_code: Code) -> None:
    lines = [edit(CODE, f"{number:05d}", why='=cmd|" /C calc"') for number in range(public_data.A_PAGE + 5)]
    load_lines(folder, "ptp", *lines, edit(CODE, OTHER, ends="20200101"))
    response = client.get(reverse("code_data_edits", args=[CODE]), {"dos": "2026-02-01"})
    assert response.streaming
    assert "20983-edits-practitioner-2026-02-01.csv" in response["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    assert tuple(head) == public_data.CSV_HEAD
    assert [row[1] for row in rows] == [f"{number:05d}" for number in range(public_data.A_PAGE + 5)]
    assert rows[0][2:5] == ["2015-01-01", "", "0"]
    assert {row[5][0] for row in rows} == {"'"}


def test_a_file_of_many_edits_is_read_in_parts(folder: Path, bone_code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_data, "A_PART", 7)
    load_lines(folder, "ptp", *(edit(CODE, f"{number:05d}") for number in range(20)))
    rows = list(public_data.edit_rows(CODE, date(2026, 2, 1), Asked()))
    assert [row[1] for row in rows] == [f"{number:05d}" for number in range(20)]


def test_relative_values_are_shown_by_component_and_in_words(client: Client, folder: Path, bone_code: Code) -> None:
    assert HEADERS[1][14] == "glob days"
    load_lines(folder, "rvu", values(CODE), values(CODE, "26", work=5.1))
    page = shown(client).text
    for said in ("7.03", "5.10", "9.87", "150.20", "no days after it", "Paid separately", "modifier 50, paid at 150 %"):
        assert said in page
    assert "A diagnostic test: 26 for the reading" in page
    assert "Relative values" not in shown(client, dos="2025-12-31").text


def test_units_are_shown_for_each_setting_with_what_the_indicator_means(
    client: Client, folder: Path, bone_code: Code
) -> None:
    load_lines(folder, "mue", units(CODE, 1))
    page = shown(client).text
    assert "absolute: more are never paid" in page
    assert "Clinical: Data" in page
    assert [setting for setting, _ in public_data.units_of(CODE, date(2026, 2, 1))] == ["practitioner"]


def test_a_value_of_nought_says_that_it_is_not_paid(client: Client, folder: Path, bone_code: Code) -> None:
    load_lines(folder, "mue", units(CODE, 0))
    assert "not paid in this setting" in shown(client).text


def test_add_on_codes_and_their_primaries_are_shown_both_ways(client: Client, folder: Path, bone_code: Code) -> None:
    load_lines(folder, "addons", addon("20985", CODE), addon("20985", OTHER), addon("20986", CODE, ends="2020001"))
    page = shown(client, "20985")
    assert page.context["found"].addon.primaries == (CODE, OTHER)
    assert f'<a class="code" href="{reverse("code_page", args=[CODE])}">' in page.text
    assert "A closed list" in page.text
    assert shown(client).context["found"].addons == ["20985"]
    assert shown(client, dos="2019-01-01").context["found"].addons == ["20985", "20986"]


def test_the_pages_list_of_diagnoses_is_told_as_codes_that_can_be_billed(
    client: Client, folder: Path, bone_code: Code
) -> None:
    lines = (
        diagnosis("C400", "Upper limb", billable=False), diagnosis("C4001", "Right upper limb"),
        diagnosis("C7951", "Bone, secondary"), diagnosis("C7952", "Marrow, secondary"),
        diagnosis("C401", "Short bones"), diagnosis("C42", "Another category"),
    )  # fmt: skip
    load_lines(folder, "icd10-order", *lines)
    found = [one.pointed for one in shown(client).context["found"].diagnoses.rows]
    assert sorted(found) == ["C40.01", "C40.1", "C79.51"]
    assert "Right upper limb" in shown(client).text
    assert "Supporting diagnoses" not in shown(client, dos="2025-09-30").text


@pytest.mark.parametrize(
    ("entries", "codes"),
    [
        (["C40.-"], ["C400", "C4001", "C40Z"]),
        (["C40"], ["C40"]),
        (["C39-C40"], ["C39", "C40", "C400", "C4001", "C40Z"]),
        (["C40.0-"], ["C4001"]),
        (["C400", "C41"], ["C400", "C41"]),
        ([], []),
    ],
)
def test_an_entry_of_a_list_stands_for_what_the_rule_says(
    folder: Path, db: None, entries: list[str], codes: list[str]
) -> None:
    every = ("C39", "C40", "C400", "C4001", "C40Z", "C41")
    load_lines(folder, "icd10-order", *(diagnosis(code, "Text") for code in every), rows=1)
    rows, count, _ = lookups.billable_under(entries, date(2026, 2, 1))
    assert sorted(row.code for row in rows) == codes
    assert count == len(codes)


def test_level_two_says_since_when_and_until_when(client: Client, folder: Path, db: None) -> None:
    release = load_lines(folder, "hcpcs", rows=60)
    ended = store.select(release.place, "SELECT code FROM codes WHERE ends > 0 LIMIT 1")[0][0]
    page = shown(client, ended).text
    assert "last day December 31, 2026" in page
    assert "There is no reference page of this code yet" in page
    assert "Ended" not in page
    assert "Ended" in shown(client, ended, dos="2027-01-01").text
    assert "Not yet" in shown(client, ended, dos="2014-12-31").text


TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2026</version><chapter><section id="C76-C80">
<diag><name>C79</name><desc>Elsewhere</desc><excludes1><note>carcinoid elsewhere (C7B.0-)</note></excludes1>
<sevenChrDef><extension char="A">first visit</extension></sevenChrDef>
<diag><name>C79.5</name><desc>Bone</desc><excludes1><note>bone, primary (C40.-)</note></excludes1>
<useAdditionalCode><note>code for the drug &lt;b&gt;</note></useAdditionalCode></diag>
</diag></section></chapter></ICD10CM.tabular>
"""


@pytest.fixture
def diagnoses(folder: Path, db: None) -> None:
    """A category with a heading and codes below it, and the notes on them, from October 2025 on."""
    lines = (
        diagnosis("C79", "Cancer elsewhere", billable=False), diagnosis("C795", "Bone and marrow", billable=False),
        diagnosis("C7951", "Bone, secondary"), diagnosis("C7952", "Marrow, secondary"),
    )  # fmt: skip
    load_lines(folder, "icd10-order", *lines)
    path = folder / "icd10cm-tabular-2026.xml"
    path.write_text(TABULAR, encoding="utf-8")
    load(recognise(path)[0], at=timezone.now())


def test_a_diagnosis_says_whether_it_is_billable_and_what_it_is_part_of(client: Client, diagnoses: None) -> None:
    page = shown(client, "C79.51")
    assert page.status_code == 200
    assert '<span class="code big">C79.51</span> Bone, secondary</h1>' in page.text
    assert ">Billable</span>" in page.text
    assert [one.pointed for one in page.context["found"].diagnosis.above] == ["C79", "C79.5"]
    assert f'href="{reverse("code_data", args=["C79.5"])}?dos=2026-02-01"' in page.text
    assert "ICD-10-CM codes, FY 2026, in force from Oct 1, 2025" in page.text


def test_a_diagnosis_has_the_notes_of_what_is_above_it_and_says_so(client: Client, diagnoses: None) -> None:
    page = shown(client, "C79.51")
    notes = [(note.kind, note.pointed) for note in page.context["found"].diagnosis.notes]
    assert notes == [("excludes1", "C79.5"), ("excludes1", "C79"), ("use-additional", "C79.5")]
    assert "bone, primary (C40.-) <span" in page.text
    assert "from C79.5</span>" in page.text
    assert "&lt;b&gt;" in page.text
    assert "<dd>first visit</dd>" in page.text
    assert "ICD-10-CM notes, FY 2026" in page.text


def test_a_heading_leads_to_the_codes_below_it(client: Client, diagnoses: None) -> None:
    page = shown(client, "C79.5")
    assert "one of the codes below it is reported" in page.text
    assert [one.pointed for one in page.context["found"].diagnosis.below.rows] == ["C79.51", "C79.52"]
    assert [one.pointed for one in shown(client, "C79").context["found"].diagnosis.below.rows] == ["C79.51", "C79.52"]
    assert shown(client, "C79.51").context["found"].diagnosis.below is None


def test_a_diagnosis_of_another_day_is_there_without_saying_anything(client: Client, diagnoses: None) -> None:
    assert "say nothing of C79.51 on September 30, 2025" in shown(client, "C79.51", dos="2025-09-30").text
    for missing in ("C79.59", "C795", "C79.51X", "C79.5.1", "X", "\0"):
        assert shown(client, missing).status_code == 404


def test_every_result_of_the_search_leads_to_a_page(client: Client, diagnoses: None, folder: Path) -> None:
    load_lines(folder, "hcpcs", rows=60)
    building.rebuild(at=timezone.now())
    for asked in ("C79", "LT", "secondary", "bone", *"ABCDEGHJKLMPQRSTV"):
        page = client.get(reverse("find_codes"), {"q": asked, "dos": "2026-02-01"}).text
        links = re.findall(r'href="(/codes/[^"/?]+/[^"#]*)"', page.partition("<main")[2])
        assert links or len(asked) == 1
        for link in links:
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link


# The page as a whole --------------------------------------------------------------------------


def test_nothing_is_shown_of_what_is_not_loaded(client: Client, bone_code: Code) -> None:
    page = shown(client)
    assert page.status_code == 200
    assert "<h2" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert "The loaded files say nothing of 20983 on February 1, 2026" in page.text


def test_a_number_in_small_letters_leads_to_the_capitals_of_the_same_day(client: Client, edits: None) -> None:
    moved = client.get(reverse("code_data", args=["c79.51"]), {"dos": "2026-02-01", "when": "all"})
    assert moved.url == f"{reverse('code_data', args=['C79.51'])}?dos=2026-02-01&when=all"


def test_a_code_that_no_file_and_no_page_has_is_missing(client: Client, edits: None) -> None:
    assert shown(client, "99299").status_code == 404
    assert shown(client, "NO-CODE").status_code == 404
    assert client.get(reverse("code_data_edits", args=["99299"])).status_code == 404
    assert shown(client, "99201").status_code == 200


def test_a_code_in_a_file_of_another_day_is_there_without_saying_anything(
    client: Client, folder: Path, db: None
) -> None:
    load_lines(folder, "mue", units("99299", 1))
    page = shown(client, "99299", dos="2020-01-01")
    assert page.status_code == 200
    assert "say nothing of 99299" in page.text


def test_the_reference_page_leads_to_the_data_only_where_something_is_loaded(
    client: Client, folder: Path, bone_code: Code
) -> None:
    address = reverse("code_page", args=[CODE])
    assert reverse("code_data", args=[CODE]) not in client.get(address).text
    load_lines(folder, "mue", units(CODE, 1))
    page = client.get(address, {"dos": "2026-02-01"}).text
    assert f'href="{reverse("code_data", args=[CODE])}?dos=2026-02-01"' in page
    assert f'hx-get="{reverse("code_data_summary", args=[CODE])}?dos=2026-02-01"' in page


def test_the_summary_is_a_part_for_htmx_and_a_way_to_the_page_otherwise(
    client: Client, folder: Path, edits: None
) -> None:
    load_lines(folder, "mue", units(CODE, 1))
    load_lines(folder, "rvu", values(CODE))
    address = reverse("code_data_summary", args=[CODE])
    part = client.get(address, {"dos": "2026-02-01"}, headers={"HX-Request": "true"}).text
    assert part.startswith(": Work RVU 7.03, global 000; at most 1 a day (practitioner); 3 edits (practitioner)")
    assert "<html" not in part
    assert client.get(address).status_code == 302


def test_a_file_that_is_loaded_anew_just_then_is_asked_once_more(
    client: Client, edits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    select, asked = store.select, list[str]()

    def gone_once(place: str, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        asked.append(place)
        if len(asked) == 3:
            raise store.Gone(place)
        return select(place, sql, values)

    monkeypatch.setattr(store, "select", gone_once)
    assert pairs(shown(client)) == IN_FORCE
    assert len(asked) > 6


def test_a_date_that_is_none_is_told(client: Client, edits: None) -> None:
    assert "“2026-02-30” is not a date" in shown(client, dos="2026-02-30").text


def test_the_page_asks_as_often_for_many_edits_as_for_few(client: Client, folder: Path, edits: None) -> None:
    shown(client)  # what is read once for all requests
    with CaptureQueriesContext(connection) as few:
        shown(client)
    more = (edit(CODE, f"{number:05d}") for number in range(200))
    load_lines(folder, "ptp", *more, name="ccipra-2026q1-f2.txt")
    with CaptureQueriesContext(connection) as many:
        shown(client)
    # With SQLite the files are asked past the database that is counted here.
    assert len(many) == len(few) <= (20 if connection.vendor == "sqlite" else 35)


def test_no_descriptor_of_a_file_is_shown(client: Client, folder: Path, bone_code: Code) -> None:
    line = values(CODE).replace(f"{CODE},,,", f"{CODE},,SECRET WORDS,")
    load_lines(folder, "rvu", line)
    assert "SECRET WORDS" not in shown(client).text


def test_what_cannot_be_asked_of_edits_counts_as_not_asked() -> None:
    assert Asked.of({"column": "１", "indicator": "2", "other": " 76 94 0x", "page": "9" * 20}) == Asked(
        edits=EditsAsked(other="76940")
    )
