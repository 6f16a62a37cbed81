"""Drafts: kept as typed, told in words, never lost, never mistaken for an answer."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.models import Answer, Attempt, AttemptItem
from tests.conftest import signed_in
from tests.quizzes.test_practice import PLAIN, item_in, right_form


@pytest.fixture
def item(trainee: User, bone_code: Code) -> AttemptItem:
    """A claim to code."""
    return item_in(practice.start(trainee, bone_code, seed=1, recipe=PLAIN), "code-the-claim")


def autosave(client: Client, item: AttemptItem, code: str, **more: Any) -> Any:
    """What the page's script sends on change."""
    url = reverse("draft", args=[item.attempt_id, item.position])
    return client.post(url, {"key": str(uuid.uuid4()), "lines": "1", "line-0-code": code} | more)


def test_a_draft_is_kept_as_typed_and_offered_again(as_trainee: Client, item: AttemptItem) -> None:
    said = autosave(as_trainee, item, "209 8?").json()
    assert said["say"].startswith("Saved at ")
    assert 'value="209 8?"' in as_trainee.get(item.get_absolute_url()).text


def test_the_same_draft_again_is_one_row(as_trainee: Client, item: AttemptItem) -> None:
    key, tab = str(uuid.uuid4()), str(uuid.uuid4())
    bodies = {autosave(as_trainee, item, "20983", key=key, tab=tab).content for _ in range(5)}
    assert (len(bodies), item.answers.count()) == (1, 1)
    autosave(as_trainee, item, "20983", tab=tab)
    assert item.answers.count() == 1


def test_the_same_key_with_something_else_is_refused(as_trainee: Client, item: AttemptItem) -> None:
    key = str(uuid.uuid4())
    autosave(as_trainee, item, "20983", key=key)
    assert autosave(as_trainee, item, "20982", key=key).status_code == 409
    assert item.answers.get().payload["lines"][0]["code"] == "20983"


def test_a_draft_without_a_key_is_refused(as_trainee: Client, item: AttemptItem) -> None:
    assert autosave(as_trainee, item, "20983", key="7").status_code == 409
    assert not item.answers.exists()


def test_of_two_tabs_both_drafts_are_kept_and_the_later_is_told(as_trainee: Client, item: AttemptItem) -> None:
    one, two = str(uuid.uuid4()), str(uuid.uuid4())
    first = autosave(as_trainee, item, "20983", tab=one, seen=0).json()
    second = autosave(as_trainee, item, "20982", tab=two, seen=0).json()
    assert "20983 × ?" in second["other"] or "20983" in second["other"]
    assert "newer and counts" in second["other"]
    assert [row.payload["lines"][0]["code"] for row in item.answers.all()] == ["20983", "20982"]
    news = as_trainee.get(reverse("draft", args=[item.attempt_id, item.position]), {"tab": one, "seen": first["seen"]})
    assert "20982" in news.json()["other"]
    assert "That one counts" in news.json()["other"]


def test_a_tab_hears_nothing_of_its_own_drafts(as_trainee: Client, item: AttemptItem) -> None:
    tab = str(uuid.uuid4())
    autosave(as_trainee, item, "20983", tab=tab)
    assert autosave(as_trainee, item, "20982", tab=tab).json()["other"] == ""


def test_a_draft_after_the_answer_is_kept_as_late(as_trainee: Client, item: AttemptItem) -> None:
    as_trainee.post(item.get_absolute_url(), right_form(item))
    late = autosave(as_trainee, item, "00000", tab=str(uuid.uuid4()))
    assert (late.status_code, late.json()["late"]) == (409, True)
    assert "answered on another page" in late.json()["other"]
    assert [row.state for row in item.answers.all()] == ["submitted", "late"]
    assert "00000" not in as_trainee.get(item.get_absolute_url()).text


def test_a_second_answer_is_kept_and_both_are_shown(as_trainee: Client, item: AttemptItem) -> None:
    as_trainee.post(item.get_absolute_url(), right_form(item))
    form = right_form(item) | {"key": str(uuid.uuid4()), "line-0-code": "77013"}
    page = as_trainee.post(item.get_absolute_url(), form)
    assert page.status_code == 409
    assert "77013" in page.text
    assert "is kept, but does not count" in page.text
    assert [row.state for row in item.answers.all()] == ["submitted", "late"]


def test_the_same_answer_key_with_something_else_keeps_what_was_typed(as_trainee: Client, item: AttemptItem) -> None:
    form = right_form(item) | {"action": "add-line"}
    as_trainee.post(item.get_absolute_url(), form)
    page = as_trainee.post(item.get_absolute_url(), form | {"line-0-code": "77013"})
    assert page.status_code == 409
    assert 'value="77013"' in page.text
    assert form["line-0-code"] in page.text
    assert "is not stored yet" in page.text
    assert item.answers.count() == 1


def test_what_was_sent_after_the_session_ended_is_offered_again(trainee: User, item: AttemptItem) -> None:
    client = Client()
    sent = client.post(item.get_absolute_url(), right_form(item) | {"line-0-code": "20983-X"})
    assert sent.url == f"/accounts/login/?next={item.get_absolute_url()}"
    client.post(sent.url, {"login": "trainee", "password": "word-of-trainee"})
    page = client.get(item.get_absolute_url())
    assert 'value="20983-X"' in page.text
    assert "You had been signed out" in page.text
    assert item.answers.get().state == Answer.State.DRAFT
    assert "You had been signed out" not in client.get(item.get_absolute_url()).text


def test_after_a_sign_in_it_is_told_what_another_page_stored_meanwhile(trainee: User, item: AttemptItem) -> None:
    client = Client()
    tabs = {"tab": str(uuid.uuid4()), "seen": "0"}
    sent = client.post(item.get_absolute_url(), right_form(item) | tabs | {"line-0-code": "20983-X"})
    autosave(signed_in(trainee), item, "77013", tab=str(uuid.uuid4()))
    client.post(sent.url, {"login": "trainee", "password": "word-of-trainee"})
    page = client.get(item.get_absolute_url()).text
    assert "Another page stored something else" in page
    assert "77013" in page


def test_what_somebody_sent_is_offered_to_nobody_else(trainee: User, teammate: User, item: AttemptItem) -> None:
    client = Client()
    client.post(item.get_absolute_url(), right_form(item))
    client.post("/accounts/login/", {"login": "teammate", "password": "word-of-teammate"})
    assert client.get(item.get_absolute_url()).status_code == 404
    assert not Answer.objects.exists()


@pytest.mark.parametrize("action", ["flag", "mark-2", "hint"])
def test_marking_keeps_what_is_typed(action: str, as_trainee: Client, item: AttemptItem) -> None:
    page = as_trainee.post(item.get_absolute_url(), right_form(item) | {"action": action}, follow=True)
    assert f'value="{right_form(item)["line-0-code"]}"' in page.text
    item.refresh_from_db()
    assert (item.flagged, item.marked, item.hints) == (action == "flag", [2] * (action == "mark-2"), action == "hint")


def test_a_mark_is_taken_back_by_the_same_button(as_trainee: Client, item: AttemptItem) -> None:
    for _ in range(2):
        as_trainee.post(item.get_absolute_url(), {"action": "mark-1", "key": str(uuid.uuid4())})
    item.refresh_from_db()
    assert item.marked == []


def test_an_option_can_be_ruled_out(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    item = item_in(practice.start(trainee, bone_code, seed=1, recipe=PLAIN), "choose-the-code")
    page = as_trainee.post(item.get_absolute_url(), {"action": "out-2", "key": str(uuid.uuid4())}, follow=True)
    assert "Ruled out" in page.text
    item.refresh_from_db()
    assert item.ruled_out == ["2"]
    as_trainee.post(item.get_absolute_url(), {"action": "out-99", "key": str(uuid.uuid4())})
    item.refresh_from_db()
    assert item.ruled_out == ["2"]


def test_hints_come_one_after_the_other_and_are_noted_with_the_answer(as_trainee: Client, item: AttemptItem) -> None:
    said = []
    for _ in range(4):
        page = as_trainee.post(item.get_absolute_url(), {"action": "hint", "key": str(uuid.uuid4())}, follow=True)
        said.append(("The rule is" in page.text, "no longer counts towards mastery" in page.text))
    assert said == [(False, False), (True, False), (True, True), (True, True)]
    as_trainee.post(item.get_absolute_url(), right_form(item))
    assert item.answers.get(state=Answer.State.SUBMITTED).hints == 3


def test_certainty_is_asked_only_of_those_who_want_it(as_trainee: Client, trainee: User, item: AttemptItem) -> None:
    from accounts.models import Preferences

    assert "How certain" not in as_trainee.get(item.get_absolute_url()).text
    Preferences.objects.create(person=trainee, ask_certainty=True)
    assert "How certain" in as_trainee.get(item.get_absolute_url()).text
    as_trainee.post(item.get_absolute_url(), right_form(item) | {"certainty": "2"})
    assert item.answers.get().certainty == 2


@pytest.mark.parametrize("certainty", ["9", "-1", "sure", ""])
def test_a_certainty_that_is_none_is_left_out(as_trainee: Client, item: AttemptItem, certainty: str) -> None:
    as_trainee.post(item.get_absolute_url(), right_form(item) | {"certainty": certainty})
    assert item.answers.get().certainty is None


def test_a_set_can_be_finished_early(as_trainee: Client, item: AttemptItem) -> None:
    as_trainee.post(item.get_absolute_url(), right_form(item))
    page = as_trainee.post(reverse("finish", args=[item.attempt_id]), follow=True)
    attempt = Attempt.objects.get()
    assert attempt.finished_at is not None
    assert "1 of 1" in page.text
    before = attempt.finished_at
    as_trainee.post(reverse("finish", args=[item.attempt_id]))
    attempt.refresh_from_db()
    assert attempt.finished_at == before


def test_a_step_that_prepares_can_be_skipped(trainee: User, bone_code: Code) -> None:
    from quizzes.drawing import Recipe

    attempt = practice.start(
        trainee, bone_code, seed=1, recipe=Recipe(formats=("worked-example", "code-the-claim"), size=2)
    )
    first, second = attempt.items.all()
    client = signed_in(trainee)
    assert "Skip this step" in client.get(first.get_absolute_url()).text
    skipped = client.post(first.get_absolute_url(), {"action": "skip", "key": str(uuid.uuid4())})
    assert skipped.url == second.get_absolute_url()
    client.post(second.get_absolute_url(), {"action": "unknown", "key": str(uuid.uuid4())})
    attempt.refresh_from_db()
    assert attempt.finished_at is not None
