"""Files to take away: no formula, no lost character, no crash on odd names, the same filters as the page."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from codes.models import Code
from codes.sheets import csv_file, is_risky, plain
from courses.certificates import issue, revoke
from courses.models import Membership, Standing, Team
from courses.reports.exports import SHEETS, TYPES
from courses.workbook import xlsx_file
from tests.courses.builders import course_of, give_course, page, quiz, standing
from tests.courses.showing import answer_set, people, tallies, tally
from tests.patience import within

RISKY = [
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "|x", "%0A", "＝1+1", "＋1", "－1",
    "＠x",    " =1+1", "\u200b=1+1", "\ufeff=1+1", "\u202e=1+1", '=HYPERLINK("http://x","y")', "=", "-",
]  # fmt: skip
HARMLESS = [
    "Ana",
    "O'Neill",
    "3-1",
    "a=b",
    "",
    "Zoë",
    "'quoted",
    "<b>bold</b>",
    'say "hi"',
    "a,b;c",
    "line\nline",
    "שלום",
    "👩🏽‍⚕️",
    'מ,"x"\n<',
]


def read_csv(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def read_xlsx(body: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(body))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def cell_types(body: bytes) -> set[str]:
    book = openpyxl.load_workbook(io.BytesIO(body))
    return {cell.data_type for row in book.active.iter_rows() for cell in row}


# Sheets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", RISKY)
def test_no_text_becomes_a_formula(text: str) -> None:
    assert is_risky(text)
    [_, [in_csv]] = read_csv(csv_file(["Name"], [[text]]))
    assert in_csv == f"'{plain(text)}"
    body = xlsx_file("People", ["Name"], [[text]])
    assert read_xlsx(body)[1] == [plain(text)]
    assert cell_types(body) == {"s"}
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
        assert b'quotePrefix="1"' in packed.read("xl/styles.xml")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_comes_back_as_it_was(text: str) -> None:
    assert not is_risky(text)
    assert read_csv(csv_file(["Name"], [[text, "x"]]))[1] == [text, "x"]
    assert read_xlsx(xlsx_file("People", ["Name"], [[text, "x"]]))[1] == [text or None, "x"]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40))
def test_every_text_can_be_taken_away(text: str) -> None:
    [_, [in_csv]] = read_csv(csv_file(["Name"], [[text]])) if text else [[], [""]]
    assert in_csv.removeprefix("'" if is_risky(text) else "") == plain(text)
    body = xlsx_file("People", ["Name"], [[text, 1]])
    assert (read_xlsx(body)[1][0] or "") == plain(text)
    assert cell_types(body) <= {"s", "n", "inlineStr"}


@pytest.mark.parametrize("text", ["a\x00b", "bell\x07", "\x1b[31mred", "half \ud800 pair", "\ufffe", "del\x7f"])
def test_what_a_file_cannot_hold_is_replaced(text: str) -> None:
    [_, [in_csv]] = read_csv(csv_file(["Name"], [[text]]))
    assert "\ufffd" in in_csv
    assert read_xlsx(xlsx_file("People", ["Name"], [[text]]))[1] == [in_csv]


def test_numbers_stay_numbers() -> None:
    assert csv_file(["a", "b"], [[-1, 2.5]]).endswith(b"-1,2.5\r\n")
    assert read_xlsx(xlsx_file("x", ["a", "b", "c"], [[-1, 2.5, None]]))[1] == [-1, 2.5, None]


def test_a_cell_holds_what_a_spreadsheet_can() -> None:
    assert len(read_xlsx(xlsx_file("x", ["a"], [["y" * 50_000]]))[1][0]) == 32_767


# Files of a team --------------------------------------------------------------------------------


def get(client: Client, team: Team, what: str, form: str, **query: str) -> Any:
    return client.get(reverse("team_export", args=[team.pk, what, form]), query)


def rows(client: Client, team: Team, what: str, form: str, **query: str) -> list[list[Any]]:
    body = get(client, team, what, form, **query).content
    found = read_csv(body) if form == "csv" else read_xlsx(body)
    return [[_said(cell) for cell in row] for row in found]


def _said(cell: Any) -> str:
    """What stands in a cell, as a text."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


@pytest.fixture
def answered(team: Team, trainee: User, teammate: User, bone_code: Code) -> None:
    lately = timezone.now() - timedelta(days=1)
    answer_set(trainee, bone_code, "rrwwrrwwrr", lately)
    answer_set(teammate, bone_code, "rw", lately, seed=2)
    give_course(team, course_of(page(bone_code)), trainee)


@pytest.mark.parametrize("what", SHEETS)
@pytest.mark.parametrize("form", TYPES)
def test_every_file_says_what_it_is(as_manager: Client, team: Team, answered: None, what: str, form: str) -> None:
    answer = get(as_manager, team, what, form)
    assert answer.status_code == 200
    assert answer["Content-Type"] == TYPES[form]
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert len(rows(as_manager, team, what, form)) > 1


@pytest.mark.parametrize("what", SHEETS)
def test_both_kinds_of_file_hold_the_same(as_manager: Client, team: Team, answered: None, what: str) -> None:
    one, two = rows(as_manager, team, what, "csv"), rows(as_manager, team, what, "xlsx")
    assert one[0] == two[0]
    assert [row[:2] for row in one] == [row[:2] for row in two]
    assert len(one) == len(two)


@pytest.mark.parametrize(("what", "form"), [("people", "pdf"), ("secrets", "csv"), ("people", "CSV")])
def test_what_is_no_file_is_missing(as_manager: Client, team: Team, what: str, form: str) -> None:
    assert as_manager.get(f"/teams/{team.pk}/export/{what}.{form}").status_code == 404


def test_answers_are_narrowed_as_on_their_page(as_manager: Client, team: Team, trainee: User, answered: None) -> None:
    assert len(rows(as_manager, team, "answers", "csv")) == 13
    assert len(rows(as_manager, team, "answers", "csv", person=str(trainee.pk))) == 11
    assert len(rows(as_manager, team, "answers", "csv", person=str(trainee.pk), outcome="clean")) == 7


def test_people_are_narrowed_as_on_their_page(as_manager: Client, team: Team, trainee: User) -> None:
    tally(trainee, 1, 2, at=timezone.now())
    assert [row[0] for row in rows(as_manager, team, "people", "csv", show="silent")[1:]] == ["teammate"]
    assert [row[0] for row in rows(as_manager, team, "people", "csv", sort="-name")[1:]] == ["trainee", "teammate"]
    Membership.objects.filter(person=trainee).update(cohort="A")
    assert [row[0] for row in rows(as_manager, team, "people", "csv", cohort="A")[1:]] == ["trainee"]


def test_the_score_comes_with_its_n_and_interval(as_manager: Client, team: Team, trainee: User) -> None:
    tally(trainee, 15, 20, at=timezone.now())
    head, _, row = rows(as_manager, team, "people", "csv", sort="name")
    named = dict(zip(head, row, strict=True))
    assert named["Clean claim (%)"] == "75.0"
    assert named["n (answers)"] == "20"
    assert float(named["From (%)"]) < 75 < float(named["To (%)"])


def test_the_heat_map_has_two_columns_a_category(as_manager: Client, team: Team, trainee: User) -> None:
    tally(trainee, 15, 20, kind="units", at=timezone.now())
    head, _, row = rows(as_manager, team, "heat-map", "csv")
    named = dict(zip(head, row, strict=True))
    assert (named["units, kept"], named["units, tried"]) == ("15", "20")


def test_odd_names_are_taken_along(as_manager: Client, team: Team) -> None:
    odd = [name for name in (*RISKY, *HARMLESS) if name.strip()]
    made = User.objects.bulk_create(User(username=f"odd{place}", first_name=name) for place, name in enumerate(odd))
    Membership.objects.bulk_create(Membership(team=team, person=one, cohort=one.first_name[:60]) for one in made)
    for form in TYPES:
        shown = (row[0] for row in rows(as_manager, team, "people", form))
        # Those that read the same are told apart by their usernames.
        found = {re.sub(r" \(odd\d+\)$", "", name).removeprefix("'") for name in shown}
        assert {plain(name).strip() for name in odd} <= {name.removeprefix("'").strip() for name in found} | {
            name.strip() for name in found
        } | {"quoted", "'quoted"}
        assert get(as_manager, team, "heat-map", form).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["Tumor team", "Équipe “Ω”", "a\r\nSet-Cookie: x=1", 'quo"te', "../../etc/passwd", "שלום", "\u202egnp.exe", "..."],
)
def test_a_file_is_named_after_the_team(as_manager: Client, team: Team, name: str) -> None:
    Team.objects.filter(pk=team.pk).update(name=name)
    answer = get(as_manager, team, "people", "csv")
    header = answer["Content-Disposition"]
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
    message = Message()
    message["Content-Disposition"] = header
    called = str(message.get_filename())
    assert called.endswith(".csv")
    assert not set(called) & set('/\\:"<>|\r\n\u202e')


def test_a_stranger_gets_no_file(other_manager: User, team: Team) -> None:
    client = Client()
    client.force_login(other_manager)
    assert get(client, team, "people", "csv").status_code == 404


def test_five_hundred_people_are_taken_along_at_once(as_manager: Client, team: Team) -> None:
    tallies(people(team, 500), kinds=("", "units", "modifier"), weeks=2)
    with CaptureQueriesContext(connection) as captured, within(30):
        assert len(rows(as_manager, team, "people", "xlsx", weeks="all")) == 503
    assert len(captured) <= 12


def test_a_long_list_reads_no_question_whole(as_manager: Client, team: Team, answered: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        get(as_manager, team, "answers", "csv")
    assert not [
        query for query in captured if re.search(r'(SELECT|,) "quizzes_questionversion"."prompt"', query["sql"])
    ]


# Who finished what ------------------------------------------------------------------------------


def test_who_finished_which_course_when_is_taken_along(
    as_manager: Client, team: Team, trainee: User, teammate: User, bone_code: Code
) -> None:
    User.objects.filter(pk=trainee.pk).update(first_name="=Ana")
    at = datetime(2026, 3, 12, 3, tzinfo=UTC)  # the day before in Chicago
    course = course_of(quiz(bone_code), title="Bone", gives_certificate=True)
    mine = give_course(team, course, trainee, at=at, due_at=at + timedelta(days=7))
    give_course(team, course, teammate, at=at)
    row = standing(mine)
    row.tried, row.kept, row.state = 4, 3, Standing.State.DONE
    row.save(update_fields=["tried", "kept", "state"])
    mine.done_at = at + timedelta(days=1)
    mine.save(update_fields=["done_at"])
    certificate = issue(mine, at)
    assert certificate is not None
    head, told = rows(as_manager, team, "assignments", "xlsx", state="done")
    assert dict(zip(head, told, strict=True)) == {
        "Person": "=Ana", "Username": "trainee", "Mail address": "trainee@example.com", "Course": "Bone",
        "Assigned": "2026-03-11", "Due": "2026-03-18", "State": "Done", "Done on": "2026-03-12", "Clean answers": "3",
        "Answers": "4", "Score (%)": "75", "Certificate": certificate.code,
    }  # fmt: skip
    assert rows(as_manager, team, "assignments", "csv", state="done")[1][0] == "'=Ana"
    assert len(rows(as_manager, team, "assignments", "csv", state="all")) == 3
    revoke(certificate, "By mistake", by=None, at=at)
    assert rows(as_manager, team, "assignments", "csv", state="done")[1][-1] == ""


def test_more_assignments_take_no_more_queries(
    as_manager: Client, team: Team, trainee: User, teammate: User, bone_code: Code
) -> None:
    counts = []
    for title in ("First", "Second"):
        give_course(team, course_of(page(bone_code), title=title), trainee, teammate)
        with CaptureQueriesContext(connection) as caught:
            get(as_manager, team, "assignments", "csv", state="all")
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_people_are_named_as_other_programs_know_them(as_manager: Client, team: Team) -> None:
    head, told, _ = rows(as_manager, team, "people", "csv", sort="name")
    named = dict(zip(head, told, strict=True))
    assert (named["Username"], named["Mail address"]) == ("teammate", "teammate@example.com")


def test_a_day_is_a_day_in_a_workbook() -> None:
    body = xlsx_file("People", ["Day"], [[date(2026, 3, 11)]])
    cell = openpyxl.load_workbook(io.BytesIO(body)).active["A2"]
    assert (cell.is_date, cell.number_format, cell.value.date()) == (True, "yyyy-mm-dd", date(2026, 3, 11))
