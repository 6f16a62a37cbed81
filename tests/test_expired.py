"""A form whose token is stale: what was sent comes back on the page, where it came from this very site."""

import html
import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.kept import KEPT, MOST_BYTES
from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.models import Answer, AttemptItem
from tests.quizzes.test_practice import PLAIN, item_in, right_form

HERE = {"Origin": "http://testserver"}
OFFERED = "Send it again"
#: Field -> value of the form that is offered.
FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture
def strict(trainee: User) -> Client:
    """The trainee's browser, whose forms need a token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(trainee)
    return client


@pytest.fixture
def item(trainee: User, bone_code: Code) -> AttemptItem:
    """A claim to code."""
    return item_in(practice.start(trainee, bone_code, seed=1, recipe=PLAIN), "code-the-claim")


def offered(page: str) -> dict[str, list[str]]:
    """The form on the page as a browser would send it."""
    form = page.partition('class="expired"')[2].partition("</form>")[0]
    fields: dict[str, list[str]] = {}
    for name, value in FIELD.findall(form):
        fields.setdefault(html.unescape(name), []).append(html.unescape(value))
    return fields


def test_an_answer_with_a_stale_token_comes_back_and_can_be_sent(strict: Client, item: AttemptItem) -> None:
    strict.get(item.get_absolute_url())
    stale = {"csrfmiddlewaretoken": "a" * 64}
    page = strict.post(item.get_absolute_url(), right_form(item) | stale, headers=HERE)
    assert page.status_code == 403
    assert OFFERED in page.text
    assert f'action="{item.get_absolute_url()}"' in page.text
    assert "no-store" in page.headers["Cache-Control"]
    again = offered(page.text)
    assert again["line-0-code"] == [right_form(item)["line-0-code"]]
    assert again["csrfmiddlewaretoken"] != [stale["csrfmiddlewaretoken"]]
    assert not Answer.objects.exists()
    assert strict.post(item.get_absolute_url(), again, headers=HERE).status_code == 302
    assert item.answers.get().state == Answer.State.SUBMITTED


def test_what_came_back_is_stored_nowhere(strict: Client, item: AttemptItem) -> None:
    strict.post(item.get_absolute_url(), right_form(item), headers=HERE)
    assert all(KEPT not in one.get_decoded() for one in Session.objects.all())
    assert not Answer.objects.exists()


def test_the_address_that_the_browser_came_from_serves_as_well(strict: Client, item: AttemptItem) -> None:
    from_there = {"Referer": f"http://testserver{item.get_absolute_url()}"}
    assert OFFERED in strict.post(item.get_absolute_url(), right_form(item), headers=from_there).text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver@evil.example"},
        {"Origin": "http://[evil"},
        {"Referer": "https://evil.example/http://testserver/"},
        {"Origin": "https://evil.example", "Referer": "http://testserver/practice/"},
        HERE | {"Sec-Fetch-Site": "cross-site"},
        HERE | {"Sec-Fetch-Site": "same-site"},
        HERE | {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_a_form_of_another_site_does_not_come_back(strict: Client, item: AttemptItem, headers: dict[str, str]) -> None:
    page = strict.post(item.get_absolute_url(), {"note": "canary-7"}, headers=headers)
    assert page.status_code == 403
    assert OFFERED not in page.text
    assert "canary-7" not in page.text
    assert "Nothing was stored" in page.text


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password", "admin:login"])
def test_a_form_to_sign_in_does_not_come_back(db: None, name: str) -> None:
    sent = {"login": "canary-7", "username": "canary-7", "email": "canary-7@example.org"}
    page = Client(enforce_csrf_checks=True).post(reverse(name), sent, headers=HERE)
    assert page.status_code == 403
    assert "canary-7" not in page.text


@pytest.mark.parametrize("field", ["password", "old_password", "Password1"])
def test_nor_does_one_with_a_password(strict: Client, item: AttemptItem, field: str) -> None:
    page = strict.post(item.get_absolute_url(), {field: "canary-7", "note": "canary-8"}, headers=HERE)
    assert page.status_code == 403
    assert "canary" not in page.text


def test_what_was_sent_is_shown_as_text(strict: Client, item: AttemptItem) -> None:
    text = "\"><script>alert(1)</script>\n<b>'two' lines</b>"
    page = strict.post(item.get_absolute_url(), {"note": text, '"><img src=x>': "1"}, headers=HERE).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert offered(page)["note"] == [text]


def test_a_field_that_came_several_times_comes_back_as_often(strict: Client, item: AttemptItem) -> None:
    page = strict.post(item.get_absolute_url(), {"missing": ["a", "b"], "empty": ""}, headers=HERE).text
    assert offered(page) | {"csrfmiddlewaretoken": []} == {
        "csrfmiddlewaretoken": [], "missing": ["a", "b"], "empty": [""],
    }  # fmt: skip


@pytest.mark.parametrize(("name", "sent"), [("notebook", {"text": "A note to keep"}), ("report", {"text": "Odd"})])
def test_every_form_comes_back(strict: Client, item: AttemptItem, name: str, sent: dict[str, Any]) -> None:
    arguments = [item.attempt_id, item.position] if name == "report" else []
    page = strict.post(reverse(name, args=arguments), sent, headers=HERE).text
    assert offered(page)["text"] == [sent["text"]]


def test_of_a_file_it_is_said_that_it_must_be_chosen_again(strict: Client, item: AttemptItem) -> None:
    sent = {"note": "kept", "file": SimpleUploadedFile("a.csv", b"canary-7")}
    page = strict.post(item.get_absolute_url(), sent, headers=HERE).text
    assert "choose it again" in page
    assert "canary-7" not in page
    assert offered(page)["note"] == ["kept"]


def test_more_than_any_form_of_this_site_holds_does_not_come_back(strict: Client, item: AttemptItem) -> None:
    page = strict.post(item.get_absolute_url(), {"note": "x" * (MOST_BYTES + 1)}, headers=HERE)
    assert page.status_code == 403
    assert OFFERED not in page.text
