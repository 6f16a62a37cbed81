"""What is typed is kept as it is typed, and stands in the form again until it is saved or discarded."""

from typing import Any

import pytest
from django import forms
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from codes.pages import read_page, read_part
from editorial import autosaving
from editorial.models import FormDraft
from tests.conftest import signed_in
from tests.editorial.pages import form_of, opened, part_url, saved, sent

BILLING = "sections/billing"


def autosave_url(code: Code) -> str:
    return f"/write/{code.number}/autosave/"


def keep(client: Client, code: Code, part: str = BILLING, **typed: str) -> Any:
    """What the script sends as somebody types."""
    fields = opened(client, code, part) | typed
    return client.post(autosave_url(code), {name: fields[name] for name in fields if name != "action"})


def test_what_is_typed_is_kept_and_said_in_words(as_educator: Client, bone_code: Code) -> None:
    before = read_page(bone_code)
    answer = keep(as_educator, bone_code, body="Half a sen")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert answer.text.startswith("Kept at ")
    assert answer.text.endswith("not yet saved on the page.")
    assert read_page(bone_code) == before
    assert not AuditEntry.objects.exists()


def test_it_stands_in_the_form_again_with_a_word(as_educator: Client, bone_code: Code) -> None:
    keep(as_educator, bone_code, body="Half a sen", why="Because")
    page = as_educator.get(part_url(bone_code, BILLING))
    assert (form_of(page)["body"], form_of(page)["why"]) == ("Half a sen", "Because")
    assert "Discard what I typed" in page.text
    assert "Kept at" in page.text
    assert "Somebody has changed" not in page.text


def test_nobody_else_sees_it(as_educator: Client, admin: User, bone_code: Code) -> None:
    keep(as_educator, bone_code, body="Half a sen")
    page = signed_in(admin).get(part_url(bone_code, BILLING)).text
    assert "Half a sen" not in page
    assert "Discard" not in page


def test_the_newest_is_kept_in_one_row(as_educator: Client, bone_code: Code) -> None:
    for text in ("H", "Ha", "Half"):
        keep(as_educator, bone_code, body=text)
    assert [draft.fields["body"] for draft in FormDraft.objects.all()] == [["Half"]]


def test_it_outlives_the_session(as_educator: Client, educator: User, bone_code: Code) -> None:
    keep(as_educator, bone_code, body="Half a sen")
    Session.objects.all().delete()
    assert as_educator.get(part_url(bone_code, BILLING)).status_code == 302
    assert opened(signed_in(educator), bone_code, BILLING)["body"] == "Half a sen"


def test_whoever_is_signed_out_is_told_and_nothing_is_kept(as_educator: Client, bone_code: Code) -> None:
    typed = opened(as_educator, bone_code, BILLING)
    answer = Client().post(autosave_url(bone_code), {name: typed[name] for name in typed if name != "action"})
    assert answer.status_code == 401
    assert "You are signed out." in answer.text
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("action", ["save", "preview", "keep"])
def test_a_form_that_was_sent_after_the_session_had_ended_is_there_after_sign_in(
    as_educator: Client, educator: User, bone_code: Code, action: str
) -> None:
    url, body = part_url(bone_code, BILLING), "Long. " * 5000
    typed = opened(as_educator, bone_code, BILLING) | {"body": body, "action": action, "next": url}
    before = read_page(bone_code)
    browser = Client()
    answer = browser.post(autosave_url(bone_code) if action == "keep" else url, typed)
    assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={url}")
    browser.post("/accounts/login/", {"login": "educator", "password": "word-of-educator"})
    page = browser.get(url)
    assert form_of(page)["body"].strip() == body.strip()
    assert "You had been signed out." in page.text
    assert read_page(bone_code) == before
    assert saved(browser, bone_code, BILLING).status_code == 302
    assert read_part(bone_code, BILLING)["body"] == body.strip()


def test_saving_ends_it(as_educator: Client, bone_code: Code) -> None:
    keep(as_educator, bone_code, body="A sentence.")
    assert saved(as_educator, bone_code, BILLING).status_code == 302
    assert read_part(bone_code, BILLING)["body"] == "A sentence."
    assert not FormDraft.objects.exists()


def test_discarding_ends_it(as_educator: Client, bone_code: Code) -> None:
    url = part_url(bone_code, BILLING)
    keep(as_educator, bone_code, body="Half a sen")
    answer = as_educator.post(autosave_url(bone_code), {"part": BILLING, "action": "discard", "next": url})
    assert answer.url == url
    assert opened(as_educator, bone_code, BILLING)["body"] == read_part(bone_code, BILLING)["body"]


def test_a_button_keeps_it_without_script(as_educator: Client, bone_code: Code) -> None:
    url = part_url(bone_code, BILLING)
    typed = opened(as_educator, bone_code, BILLING) | {"body": "By hand", "action": "keep", "next": url}
    assert as_educator.post(autosave_url(bone_code), typed).url == url
    assert opened(as_educator, bone_code, BILLING)["body"] == "By hand"


def test_it_leads_to_no_other_site(as_educator: Client, bone_code: Code) -> None:
    for there in ("//evil.example/", "https://evil.example/", "javascript:alert(1)", ""):
        answer = as_educator.post(autosave_url(bone_code), {"part": BILLING, "action": "discard", "next": there})
        assert answer.url == "/write/"


def test_rows_come_back_as_many_as_were_typed(as_educator: Client, bone_code: Code) -> None:
    keep(as_educator, bone_code, "sources", rows="3", **{"rows-2-title": "A third", "rows-2-url": "not an address"})
    typed = opened(as_educator, bone_code, "sources")
    assert (typed["rows"], typed["rows-2-title"], typed["rows-2-url"]) == ("3", "A third", "not an address")


def test_somebody_who_saved_meanwhile_is_told_of_at_once(as_educator: Client, admin: User, bone_code: Code) -> None:
    typed = opened(as_educator, bone_code, BILLING)
    saved(signed_in(admin), bone_code, BILLING, body="Theirs.")
    del typed["action"]
    assert "admin has changed this part meanwhile" in as_educator.post(autosave_url(bone_code), typed).text
    page = as_educator.get(part_url(bone_code, BILLING))
    assert "Somebody has changed this part since you typed this." in page.text
    assert as_educator.post(part_url(bone_code, BILLING), form_of(page) | {"body": "Mine."}).status_code == 409


@pytest.mark.parametrize("part", ["", "odd", "sections/", "sections/UP", "about/x", "sections/" + "x" * 80, "a\x00b"])
def test_what_names_no_part_is_refused(as_educator: Client, bone_code: Code, part: str) -> None:
    answer = as_educator.post(autosave_url(bone_code), {"part": part, "body": "x"})
    assert answer.status_code == 422
    assert not FormDraft.objects.exists()


def test_text_that_no_database_takes_is_kept_without_it(as_educator: Client, bone_code: Code) -> None:
    keep(as_educator, bone_code, body="One\x00 two", odd="kept too", seen="x" * 500)
    draft = FormDraft.objects.get()
    assert (draft.fields["body"], draft.fields["odd"], len(draft.seen)) == (["One two"], ["kept too"], 64)
    assert "csrfmiddlewaretoken" not in draft.fields


def test_trainees_keep_nothing(as_trainee: Client, bone_code: Code) -> None:
    assert as_trainee.post(autosave_url(bone_code), {"part": BILLING, "body": "x"}).status_code == 403
    assert not FormDraft.objects.exists()


class AnyForm(forms.Form):
    """A form with a field of each nature."""

    word = forms.CharField()
    day = forms.DateField()
    tick = forms.BooleanField(required=False)
    some = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B"), ("c", "C")])


def test_any_form_is_filled_with_what_was_typed_and_not_judged(educator: User, bone_code: Code) -> None:
    data = sent(word="", day="2024-02-30", tick="on")
    data.setlist("some", ["a", "c"])
    draft = autosaving.keep(educator, bone_code, "rules/units", data, at=timezone.now())
    found = autosaving.restored(AnyForm(initial={"word": "stored"}), "digest", draft)
    assert {one.name: one.value() for one in found.form} == {
        "word": "",
        "day": "2024-02-30",
        "tick": True,
        "some": ["a", "c"],
    }
    assert not found.form.errors
    assert found.seen == ""


def test_without_anything_typed_a_form_is_as_it_is_stored() -> None:
    found = autosaving.restored(AnyForm(initial={"word": "stored"}), "digest", None)
    assert (found.form["word"].value(), found.seen, found.draft) == ("stored", "digest", None)
