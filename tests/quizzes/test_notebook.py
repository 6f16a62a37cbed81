"""The notebook: what is written down stays, is found again, and is read by nobody else."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User
from codes.models import Code
from quizzes import exams, notebook, practice
from quizzes.drawing import Recipe
from quizzes.models import Attempt, AttemptItem, Exam, ExamPart, Note
from quizzes.notebook import Words, add_note
from tests.conftest import signed_in
from tests.quizzes.learning import DAY, NOON, give, right

PLAIN = Recipe(formats=("code-the-claim",), as_written=1.0, size=3)
BOOK, ADD = "/notebook/", "/notebook/add/"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }} {% csrf_token %}",
    "<div hx-get=/ hx-trigger=load>",
    "a & b &amp; c",
    "\u202ereversed\u202c",
]


@pytest.fixture
def item(trainee: User, bone_code: Code) -> AttemptItem:
    """A question of the trainee's that is still open."""
    found = practice.start(trainee, bone_code, seed=1, recipe=PLAIN).items.select_related("version__question").first()
    assert found is not None
    return found


def place(item: AttemptItem) -> dict[str, Any]:
    """The hidden fields by which a note finds its question."""
    return {"attempt": item.attempt_id, "position": item.position}


def test_an_empty_notebook_says_how_notes_come_about(as_trainee: Client) -> None:
    page = as_trainee.get(BOOK).text
    assert "Under each question there is <em>Add to notebook</em>" in page
    assert 'name="q"' not in page.partition("<main")[2]


def test_a_note_is_kept_with_its_question_section_and_rule(as_trainee: Client, item: AttemptItem) -> None:
    form = {"text": "Once a session.", "code": "20983", "section": "billing", "rule": "20983/units", **place(item)}
    answer = as_trainee.post(ADD, form | {"next": item.get_absolute_url()})
    assert answer.headers["Location"] == item.get_absolute_url()
    note = Note.objects.get()
    assert (note.item, note.code, note.section, note.rule) == (item, "20983", "billing", "20983/units")
    page = as_trainee.get(BOOK).text
    day = item.version.prompt["encounter"]["date_of_service"]
    assert f'href="{item.get_absolute_url()}"' in page
    assert f'href="/codes/20983/?dos={day}#billing"' in page
    assert "Once a session." in page


def test_a_note_on_an_open_question_survives_its_answer(trainee: User, as_trainee: Client, item: AttemptItem) -> None:
    as_trainee.post(ADD, {"text": "Look at the guidance first", **place(item)})
    give(item, right(item))
    assert [note.text for note in item.notes.all()] == ["Look at the guidance first"]
    assert "Look at the guidance first" in as_trainee.get(BOOK).text


def test_a_note_survives_signing_out_and_in(trainee: User, as_trainee: Client) -> None:
    as_trainee.post(ADD, {"text": "Still here"})
    as_trainee.post(reverse("account_logout"))
    assert "Still here" in signed_in(trainee).get(BOOK).text


def test_a_note_sent_after_the_session_had_ended_is_offered_again(
    client: Client, trainee: User, item: AttemptItem
) -> None:
    answer = client.post(ADD, {"text": "Half a page", "code": "20983", **place(item)})
    page = client.post(answer.headers["Location"], {"login": "trainee", "password": "word-of-trainee"}, follow=True)
    assert page.request["PATH_INFO"] == ADD
    assert "You had been signed out" in page.text
    assert "Half a page" in page.text
    assert f'name="attempt" value="{item.attempt_id}"' in page.text
    assert 'name="code" value="20983"' in page.text
    assert not Note.objects.exists()


def test_a_note_in_an_exam_can_be_kept(trainee: User, as_trainee: Client, bone_code: Code) -> None:
    exam = Exam.objects.create(title="Test", is_open=True)
    ExamPart.objects.create(exam=exam, number=1, code=bone_code)
    asked = exams.start(trainee, exam, seed=1).items.get()
    assert as_trainee.post(ADD, {"text": "Ask about this", **place(asked)}).status_code == 302
    assert Note.objects.get().item == asked


@pytest.mark.parametrize("field", ["attempt", "position"])
def test_a_note_on_no_question_that_can_be_found_is_missing(as_trainee: Client, item: AttemptItem, field: str) -> None:
    for wrong in ("", "x", str(uuid.uuid4()), "99999999999999999999"):
        assert as_trainee.post(ADD, {"text": "x", **place(item), field: wrong}).status_code == 404
    assert not Note.objects.exists()


def test_a_teammate_cannot_hang_a_note_on_my_question(teammate: User, item: AttemptItem) -> None:
    assert signed_in(teammate).post(ADD, {"text": "Hello", **place(item)}).status_code == 404
    assert not Note.objects.exists()


@pytest.mark.parametrize("who", ["teammate", "manager", "educator", "admin"])
def test_nobody_reads_changes_or_removes_my_note(
    who: str, trainee: User, item: AttemptItem, request: pytest.FixtureRequest
) -> None:
    note = add_note(trainee, Words(text="A thought of mine"), NOON, item)
    client = signed_in(request.getfixturevalue(who))
    assert "A thought of mine" not in client.get(BOOK).text
    statuses = {
        client.get(url).status_code for url in (note.get_absolute_url(), reverse("note_remove", args=[note.pk]))
    }
    statuses |= {client.post(note.get_absolute_url(), {"text": "Mine now"}).status_code}
    statuses |= {client.post(reverse("note_remove", args=[note.pk])).status_code}
    assert statuses == {404}
    assert Note.objects.get().text == "A thought of mine"


def test_no_admin_page_lists_notes(admin: User) -> None:
    assert "/quizzes/note/" not in signed_in(admin).get("/admin/").text


def test_the_same_note_sent_again_is_one_note(as_trainee: Client, item: AttemptItem) -> None:
    for _ in range(5):
        as_trainee.post(ADD, {"text": "Once", **place(item)})
    assert Note.objects.count() == 1
    as_trainee.post(ADD, {"text": "Once"})
    assert Note.objects.count() == 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": ""}, "an empty note is not kept"),
        ({"text": " \n "}, "an empty note is not kept"),
        ({"text": "x" * 4001}, "This note has 4,001 characters; a note takes 4,000"),
        ({"text": "x\0"}, "Null characters are not allowed"),
        ({"text": "Fine", "code": "99999"}, "There is no page for 99999"),
    ],
)
def test_what_cannot_be_kept_is_said_and_stays_in_the_form(
    as_trainee: Client, item: AttemptItem, form: dict[str, str], said: str
) -> None:
    for where in ({}, place(item)):
        page = as_trainee.post(ADD, form | where)
        assert page.status_code == 422
        assert said in page.text
        assert form["text"].strip("\0\n ") in page.text
    assert not Note.objects.exists()


def test_a_note_of_just_the_length_is_kept_however_a_browser_ends_its_lines(as_trainee: Client, db: None) -> None:
    text = "line\n" * 800
    as_trainee.post(ADD, {"text": text.replace("\n", "\r\n")[:-2]})
    assert Note.objects.get().text == text.strip()


def test_the_text_field_cuts_nothing_off(as_trainee: Client) -> None:
    field = as_trainee.get(BOOK).text.partition("<textarea")[2].partition(">")[0]
    assert "maxlength" not in field


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_note_is_shown_as_it_was_typed(as_trainee: Client, item: AttemptItem, text: str) -> None:
    as_trainee.post(ADD, {"text": text, **place(item)})
    note = Note.objects.get()
    assert note.text == text
    for url in (BOOK, note.get_absolute_url(), reverse("note_remove", args=[note.pk])):
        page = as_trainee.get(url).text
        assert "<" not in text or text not in page
        assert escape(text) in page


@pytest.mark.parametrize(
    ("form", "stored"),
    [
        ({"code": " 20983 "}, ("20983", "", "")),
        ({"rule": "20983/units"}, ("20983", "", "20983/units")),
        ({"code": "20983", "section": "billing"}, ("20983", "billing", "")),
        ({"section": "billing"}, ("", "", "")),
        ({"code": "20983", "section": "other-2"}, ("20983", "other-2", "")),
        ({"code": "20983", "section": '"onclick='}, ("20983", "", "")),
        ({"code": "20983", "rule": "20983/invented"}, ("20983", "", "")),
    ],
)
def test_what_a_note_is_about_is_kept_as_far_as_it_exists(
    as_trainee: Client, bone_code: Code, form: dict[str, str], stored: tuple[str, str, str]
) -> None:
    as_trainee.post(ADD, {"text": "About"} | form)
    note = Note.objects.get()
    assert (note.code, note.section, note.rule) == stored


@pytest.fixture
def three(trainee: User, bone_code: Code) -> None:
    """One on a rule, one on its code, one on nothing; the last is the newest."""
    add_note(trainee, Words(text="Units: one session", code="20983", rule="20983/units"), NOON)
    add_note(trainee, Words(text="Bone, not lung", code="20983"), NOON + DAY)
    add_note(trainee, Words(text="Drink water"), NOON + 2 * DAY)


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({}, ["Drink water", "Bone, not lung", "Units: one session"]),
        ({"about": "20983"}, ["Bone, not lung", "Units: one session"]),
        ({"about": "20983/units"}, ["Units: one session"]),
        ({"q": "WATER"}, ["Drink water"]),
        ({"q": "one", "about": "20983"}, ["Bone, not lung", "Units: one session"]),
        ({"q": "%"}, []),
        ({"q": "\0water"}, ["Drink water"]),
        ({"about": "nothing' OR 1=1"}, []),
        ({"page": "99"}, ["Drink water", "Bone, not lung", "Units: one session"]),
    ],
)
def test_notes_are_found_by_word_code_and_rule(
    as_trainee: Client, three: None, query: dict[str, str], texts: list[str]
) -> None:
    page = as_trainee.get(BOOK, query)
    assert [leaf.note.text for leaf in page.context["leaves"]] == texts


def test_the_filter_offers_what_there_are_notes_on(as_trainee: Client, three: None) -> None:
    assert as_trainee.get(BOOK).context["subjects"] == ["20983", "20983/units"]


def test_nothing_found_leads_back_to_all_notes(as_trainee: Client, three: None) -> None:
    page = as_trainee.get(BOOK, {"q": "zebra"}).text
    assert "0 notes" in page
    assert "Show all notes" in page


def test_a_long_notebook_has_pages(as_trainee: Client, trainee: User) -> None:
    for number in range(notebook.PER_PAGE + 1):
        add_note(trainee, Words(text=f"Number {number}"), NOON + number * DAY)
    first, second = as_trainee.get(BOOK), as_trainee.get(BOOK, {"page": 2})
    assert len(first.context["leaves"]) == notebook.PER_PAGE
    assert [leaf.note.text for leaf in second.context["leaves"]] == ["Number 0"]
    assert "Older notes" in first.text


def test_a_note_can_be_changed(as_trainee: Client, trainee: User) -> None:
    note = add_note(trainee, Words(text="Before"), NOON)
    page = as_trainee.get(note.get_absolute_url())
    assert "Before" in page.text
    as_trainee.post(note.get_absolute_url(), {"text": "After", "seen": page.context["form"].initial["seen"]})
    note.refresh_from_db()
    assert note.text == "After"
    assert note.changed_at > note.created_at == NOON


def test_a_note_cannot_be_changed_into_nothing(as_trainee: Client, trainee: User) -> None:
    note = add_note(trainee, Words(text="Before"), NOON)
    page = as_trainee.post(note.get_absolute_url(), {"text": "", "seen": note.edition})
    assert page.status_code == 422
    assert "Write something, or remove the note" in page.text
    assert Note.objects.get().text == "Before"


def test_a_note_changed_in_another_tab_is_shown_and_what_was_typed_is_kept(as_trainee: Client, trainee: User) -> None:
    note = add_note(trainee, Words(text="Before"), NOON)
    url, seen = note.get_absolute_url(), note.edition
    as_trainee.post(url, {"text": "From the first tab", "seen": seen})
    page = as_trainee.post(url, {"text": "From the second tab", "seen": seen})
    assert page.status_code == 409
    assert "From the first tab" in page.text
    assert "From the second tab" in page.text
    assert Note.objects.get().text == "From the first tab"
    as_trainee.post(url, {"text": "From the second tab", "seen": page.context["form"]["seen"].value()})
    assert Note.objects.get().text == "From the second tab"


def test_a_note_is_removed_only_after_a_question(as_trainee: Client, trainee: User) -> None:
    note = add_note(trainee, Words(text="Away with it"), NOON)
    url = reverse("note_remove", args=[note.pk])
    page = as_trainee.get(url)
    assert "Away with it" in page.text
    assert Note.objects.exists()
    as_trainee.post(url)
    assert not Note.objects.exists()
    assert as_trainee.post(url).status_code == 404


def test_a_number_beyond_all_notes_is_missing(as_trainee: Client) -> None:
    assert as_trainee.get("/notebook/99999999999999999999/").status_code == 404


def test_the_notebook_costs_the_same_queries_with_one_note_and_with_many(
    as_trainee: Client, trainee: User, bone_code: Code
) -> None:
    attempt = practice.start(trainee, bone_code, seed=1, recipe=PLAIN)
    hang(trainee, attempt, 1)
    as_trainee.get(BOOK)
    with CaptureQueriesContext(connection) as one:
        as_trainee.get(BOOK)
    hang(trainee, attempt, 3)
    with CaptureQueriesContext(connection) as many:
        as_trainee.get(BOOK)
    assert len(many) == len(one) <= 8


def hang(person: User, attempt: Attempt, number: int) -> None:
    """A note on each of the first questions."""
    for item in attempt.items.all()[:number]:
        add_note(person, Words(text=f"On {item.position}", code="20983", section="billing"), NOON, item)
