"""The diagnoses of the claim form: rows that are added, removed and moved, and pointers that follow them."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.formats import FORMAT
from quizzes.formats.base import BadAnswer, Payload
from quizzes.formats.code_the_claim import CodeTheClaim
from quizzes.formats.diagnoses import LETTERS
from quizzes.models import Answer, Attempt, AttemptItem, Exam
from rulebook.types import Claim

FORM = CodeTheClaim()
CODES = [f"C{n}.{n % 10}" for n in range(70, 82)]


def line(pointers: str, code: str = "20983") -> dict[str, str]:
    return {"code": code, "modifiers": "", "units": "1", "pointers": pointers}


def press(payload: Payload, button: str) -> QueryDict:
    """The form of a claim, as it is sent by one of its buttons."""
    data = QueryDict(mutable=True)
    data.update({name: str(value) for name, value in FORM.fields(payload).items()} | {"action": button})
    return data


def pressed(payload: Payload, *buttons: str) -> Payload:
    """A claim after some buttons."""
    for button in buttons:
        payload = FORM.draft(press(payload, button))
    return payload


def claim(diagnoses: str, *pointers: str) -> Payload:
    """A claim with a line for each of the pointers."""
    return {"lines": [line(one) for one in pointers], "diagnoses": diagnoses.split()}


# The laws ---------------------------------------------------------------------------------


@st.composite
def claims(draw: st.DrawFn) -> Payload:
    """Claims with up to twelve diagnoses, some of them blank, and pointers in many ways of writing."""
    rows = draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=12, unique=True))
    diagnoses = [code if draw(st.integers(0, 4)) else "" for code in rows]
    letters = st.lists(st.sampled_from(LETTERS[: len(rows)]), max_size=4, unique=True)
    texts = st.builds(str.join, st.sampled_from([" ", "", ",", ", "]), letters)
    pointers = st.one_of(texts, texts.map(str.lower))
    return {"lines": draw(st.lists(st.builds(line, pointers), min_size=1, max_size=4)), "diagnoses": diagnoses}


MOVES = st.builds("{}-diagnosis-{}".format, st.sampled_from(["up", "down"]), st.sampled_from(LETTERS))


def named(payload: Payload) -> list[list[str]]:
    """The diagnoses that each line names, in its order."""
    rows = dict(zip(LETTERS, payload["diagnoses"], strict=False))
    return [[rows[letter] for letter in re.findall("[A-L]", one["pointers"].upper())] for one in payload["lines"]]


def meant(payload: Payload) -> Claim | None:
    """The claim that is read of a form; None where a line points to a row that is blank."""
    try:
        return FORM.claim(FORM.read(press(payload, "check"), None), None)
    except BadAnswer:
        return None


@given(payload=claims(), moves=st.lists(MOVES, max_size=8))
def test_moves_are_a_permutation_and_lines_name_what_they_named(payload: Payload, moves: list[str]) -> None:
    moved = pressed(payload, *moves)
    assert sorted(moved["diagnoses"]) == sorted(payload["diagnoses"])
    assert named(moved) == named(payload)
    assert meant(moved) == meant(payload)


@given(payload=claims(), move=MOVES)
def test_the_way_back_leads_to_where_it_was(payload: Payload, move: str) -> None:
    there = FORM.focus(press(payload, move), pressed(payload, move))
    letter = there[-1:]
    back = ("down-" if move.startswith("up") else "up-") + f"diagnosis-{letter}"
    assert not there or pressed(payload, move, back)["diagnoses"] == payload["diagnoses"]


@given(payload=claims(), letter=st.sampled_from(LETTERS))
def test_a_removed_diagnosis_goes_from_every_line_and_no_other_does(payload: Payload, letter: str) -> None:
    rows, left = payload["diagnoses"], pressed(payload, f"remove-diagnosis-{letter}")
    at = LETTERS.index(letter)
    if at >= len(rows) or len(rows) == 1:
        assert left == payload
    else:
        assert left["diagnoses"] == rows[:at] + rows[at + 1 :]
        numbered = payload | {"diagnoses": [str(place) for place in range(len(rows))]}
        lines = named(pressed(numbered, f"remove-diagnosis-{letter}") | {"diagnoses": numbered["diagnoses"][:-1]})
        expected = [[one for one in line if one != str(at)] for line in named(numbered)]
        assert [[str(int(one) + (int(one) >= at)) for one in line] for line in lines] == expected


@given(payload=claims())
def test_what_no_change_concerns_stays_as_typed(payload: Payload) -> None:
    added = pressed(payload, "add-diagnosis")
    assert added["lines"] == payload["lines"]
    assert added["diagnoses"] == (payload["diagnoses"] + [""])[:12]


# One by one -------------------------------------------------------------------------------

#: What two lines point to before a button is pressed.
BEFORE = ("A", "B C")


@pytest.mark.parametrize(
    ("button", "diagnoses", "pointers", "focus", "said"),
    [
        ("up-diagnosis-B", "B A C", ["B", "A C"], "down-diagnosis-A", "B is now diagnosis A"),
        ("up-diagnosis-C", "A C B", ["A", "C B"], "up-diagnosis-B", "C is now diagnosis B"),
        ("down-diagnosis-A", "B A C", ["B", "A C"], "down-diagnosis-B", "A is now diagnosis B"),
        ("down-diagnosis-B", "A C B", ["A", "C B"], "up-diagnosis-C", "B is now diagnosis C"),
        ("remove-diagnosis-A", "B C", ["", "A B"], "diagnosis-A", "A is removed"),
        ("remove-diagnosis-C", "A B", ["A", "B"], "diagnosis-B", "C is removed"),
    ],
)
def test_each_button_says_what_it_did_and_where_one_goes_on(
    button: str, diagnoses: str, pointers: list[str], focus: str, said: str
) -> None:
    data = press(claim("a B c", *BEFORE), button)
    draft = FORM.draft(data)
    assert [text.upper() for text in draft["diagnoses"]] == diagnoses.split()
    assert [one["pointers"] for one in draft["lines"]] == pointers
    assert FORM.focus(data, draft) == focus
    changed = [(n, now) for n, (old, now) in enumerate(zip(BEFORE, pointers, strict=True), 1) if now != old]
    followed = [f"line {n} now {now or 'none'}" for n, now in changed]
    assert FORM.said(data) == f"{said}. Pointers followed: {', '.join(followed)}."


def test_a_blank_row_is_called_by_its_letter() -> None:
    data = press({"lines": [line("A")], "diagnoses": ["C79.51", "", ""]}, "up-diagnosis-C")
    assert FORM.said(data) == "Diagnosis C is now diagnosis B."


@pytest.mark.parametrize(
    "button",
    ["up-diagnosis-A", "down-diagnosis-B", "up-diagnosis-C", "remove-diagnosis-L", "up-diagnosis-", "up-diagnosis-AB",
     "up-diagnosis-a", "down-diagnosis-Ａ", "remove-diagnosis-\n", "move-diagnosis-A", "diagnosis-A"],
)  # fmt: skip
def test_what_is_no_button_of_the_form_changes_nothing(button: str) -> None:
    given = claim("C79.51 C64.2", "A B")
    data = press(given, button)
    assert FORM.draft(data) == given
    assert (FORM.focus(data, given), FORM.said(data)) == ("", "")


def test_the_form_has_twelve_places_and_keeps_one() -> None:
    full = pressed(claim("C79.51", "A"), *["add-diagnosis"] * 20)
    assert len(full["diagnoses"]) == 12
    assert pressed(full, *["remove-diagnosis-A"] * 20)["diagnoses"] == [""]


def test_a_draft_from_before_there_were_rows_shows_the_places_that_it_uses() -> None:
    kept = [["C79.51", *[""] * 11], ["", "C79.51", *[""] * 10], [""] * 12, []]
    asked = type("Asked", (), {"prompt": {"encounter": {"diagnoses": ["C79.51"]}}})()
    rows = [FORM.context(claim("", "A") | {"diagnoses": one}, asked)["diagnoses"] for one in kept]
    assert [[text for _, text in one] for one in rows] == [["C79.51"], ["", "C79.51"], [""], [""]]


# On the page ------------------------------------------------------------------------------


@pytest.fixture
def attempt(trainee: User, bone_code: Code) -> Attempt:
    return practice.start(trainee, bone_code, seed=1, recipe=Recipe(formats=("code-the-claim",), as_written=1.0))


@pytest.fixture
def item(attempt: Attempt) -> AttemptItem:
    return with_diagnoses(attempt)


def with_diagnoses(attempt: Attempt) -> AttemptItem:
    """A question whose claim has diagnoses."""
    items = attempt.items.select_related("version__question")
    return next(one for one in items if one.version.prompt["encounter"].get("diagnoses"))


def typed(**more: str) -> dict[str, str]:
    """Two lines that point to two of three diagnoses."""
    fields = FORM.fields(claim("C79.51 c64.2 ?!", "A", "B A")) | {"line-1-units": "many"}
    return {name: str(value) for name, value in fields.items()} | {"key": str(uuid.uuid4())} | more


def value(page: Any, name: str) -> str:
    """What stands in a field."""
    found = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', page.text)
    assert found is not None, name
    return found[1]


BOTH_WAYS = pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "main"}], ids=["plain", "htmx"])


@BOTH_WAYS
def test_a_moved_diagnosis_takes_its_pointers_along(
    as_trainee: Client, item: AttemptItem, headers: dict[str, str]
) -> None:
    page = as_trainee.post(item.get_absolute_url(), typed(action="up-diagnosis-B"), headers=headers, follow=True)
    assert [value(page, f"diagnosis-{letter}") for letter in "ABC"] == ["c64.2", "C79.51", "?!"]
    assert [value(page, f"line-{n}-pointers") for n in (0, 1)] == ["B", "A B"]
    assert value(page, "line-1-units") == "many"
    assert item.answers.get().payload["diagnoses"] == ["c64.2", "C79.51", "?!"]
    button = re.search(r'<button[^>]*id="down-diagnosis-A"[^>]*>', page.text)
    assert button is not None
    assert 'aria-label="Move diagnosis A down" autofocus aria-describedby="changed"' in button[0]
    assert page.text.count(" autofocus") == 1
    assert '<p id="changed" class="hint" role="status">C64.2 is now diagnosis A. Pointers followed' in page.text
    assert page.text.count("is now diagnosis A") == 1
    assert "is now diagnosis A" not in as_trainee.get(item.get_absolute_url()).text


@BOTH_WAYS
def test_rows_are_added_and_removed(as_trainee: Client, item: AttemptItem, headers: dict[str, str]) -> None:
    url = item.get_absolute_url()
    assert 'name="diagnosis-B"' not in as_trainee.get(url).text
    assert "Remove diagnosis" not in as_trainee.get(url).text
    page = as_trainee.post(url, typed(action="add-diagnosis"), headers=headers, follow=True)
    assert re.search(r'<input id="diagnosis-D"[^>]* autofocus', page.text)
    page = as_trainee.post(url, typed(action="remove-diagnosis-A"), headers=headers, follow=True)
    assert [value(page, f"diagnosis-{letter}") for letter in "AB"] == ["c64.2", "?!"]
    assert 'name="diagnosis-C"' not in page.text
    assert re.search(r'<input id="diagnosis-A"[^>]* autofocus', page.text)
    assert "C79.51 is removed. Pointers followed: line 1 now none, line 2 now A." in page.text


def test_a_form_in_which_nothing_is_typed_keeps_its_rows(as_trainee: Client, item: AttemptItem) -> None:
    blank = {"key": str(uuid.uuid4()), "lines": "1", "diagnosis-A": "", "line-0-pointers": "A"}
    as_trainee.post(item.get_absolute_url(), blank | {"action": "add-diagnosis"})
    assert 'name="diagnosis-B"' in as_trainee.get(item.get_absolute_url()).text


def test_what_was_told_of_one_form_is_not_told_in_another(as_trainee: Client, attempt: Attempt) -> None:
    first, second = attempt.items.all()[:2]
    as_trainee.post(first.get_absolute_url(), typed(action="up-diagnosis-B"))
    assert "is now diagnosis" not in as_trainee.get(second.get_absolute_url()).text


def test_the_same_move_sent_twice_is_one_move(as_trainee: Client, item: AttemptItem) -> None:
    form = typed(action="up-diagnosis-B")
    as_trainee.post(item.get_absolute_url(), form)
    page = as_trainee.post(item.get_absolute_url(), form, follow=True)
    assert value(page, "diagnosis-A") == "c64.2"
    assert page.text.count("is now diagnosis A") == 1
    assert item.answers.count() == 1


def test_a_moved_claim_is_judged_as_before(as_trainee: Client, item: AttemptItem) -> None:
    right = FORM.right(item.version)
    rows = [*right["diagnoses"], "Z99.89"]
    moved = pressed(right | {"diagnoses": rows}, f"up-diagnosis-{LETTERS[len(rows) - 1]}", "check")
    assert moved["diagnoses"] != rows
    fields = FORM.fields(moved) | {"key": str(uuid.uuid4()), "action": "check"}
    assert "Clean claim" in as_trainee.post(item.get_absolute_url(), fields, follow=True).text


def test_an_exam_moves_them_too(as_trainee: Client, item: AttemptItem) -> None:
    exam = Exam.objects.create(title="Exam", release=Exam.Release.BY_AUTHOR)
    Attempt.objects.filter(pk=item.attempt_id).update(mode=Attempt.Mode.EXAM, exam=exam, begun_at=None, minutes=30)
    first = item.attempt.items.get(position=1)
    as_trainee.post(first.get_absolute_url(), {"action": "begin"})
    page = as_trainee.post(item.get_absolute_url(), typed(action="down-diagnosis-A"), follow=True)
    assert value(page, "diagnosis-B") == "C79.51"
    assert "C79.51 is now diagnosis B." in page.text
    assert [one.state for one in Answer.objects.all()] == ["draft"]


def test_a_claim_to_finish_moves_them_too(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    recipe = Recipe(formats=("finish-the-claim",), as_written=1.0)
    item = with_diagnoses(practice.start(trainee, bone_code, seed=1, recipe=recipe))
    right = FORMAT["finish-the-claim"].right(item.version)
    fields = FORM.fields(right) | {"diagnosis-A": "", "diagnosis-B": right["diagnoses"][0]}
    fields |= {"line-0-pointers": "B", "key": str(uuid.uuid4())}
    page = as_trainee.post(item.get_absolute_url(), fields | {"action": "up-diagnosis-B"}, follow=True)
    assert value(page, "diagnosis-A") == right["diagnoses"][0]
    assert value(page, "line-0-pointers") == "A"
    assert "readonly" in page.text


@BOTH_WAYS
def test_trying_the_rules_moves_them_too(as_trainee: Client, starter_library: None, headers: dict[str, str]) -> None:
    page = as_trainee.post(reverse("try_it"), typed(action="up-diagnosis-B"), headers=headers)
    assert value(page, "diagnosis-A") == "c64.2"
    assert [value(page, f"line-{n}-pointers") for n in (0, 1)] == ["B", "A B"]
    assert 'role="status">C64.2 is now diagnosis A.' in page.text
    assert re.search(r'id="down-diagnosis-A"[^>]* autofocus', page.text)


def test_the_page_takes_no_more_queries_with_twelve_rows(as_trainee: Client, item: AttemptItem) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            as_trainee.get(item.get_absolute_url())
        return len(counted)

    practice.save_draft(item, uuid.uuid4(), claim("C79.51", "A"))
    queries()
    few = queries()
    practice.save_draft(item, uuid.uuid4(), claim(" ".join(CODES), *["A"] * 12))
    assert queries() == few
