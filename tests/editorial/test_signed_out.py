"""A session may end while somebody writes: what they send then is there after the sign-in, for them and nobody else."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from codes.models import Code
from courses.models import Course, Membership, Team
from editorial.models import FormDraft
from quizzes.models import Note, Report, ReportReply
from tests.codes.sent import fields_of
from tests.editorial.answers import answered, reported

RULE, NEW_RULE = "rules/selection/", "rules/new/not-with/"
EXAMPLE, NEW_EXAMPLE = "examples/solitary-iliac-metastasis/", "new-example/"
WORDS = "Typed while the session ended."


def sign_in(browser: Client, username: str, follow: str = "") -> Any:
    """Through the form, as after the sign-in page that stood in the way."""
    sent = {"login": username, "password": f"word-of-{username}"}
    return browser.post(follow or "/accounts/login/", sent, follow=bool(follow))


def session_ends(browser: Client) -> None:
    """As when its time is over: its cookie is gone, and all others stay."""
    del browser.cookies[settings.SESSION_COOKIE_NAME]


@pytest.mark.parametrize(
    ("place", "form", "field", "button"),
    [
        (RULE, "rule-form", "source", "store"),
        (NEW_RULE, "rule-form", "source", "store"),
        (RULE, "rule-form", "source", "accept"),
        (EXAMPLE, "example-form", "title", "store"),
        (NEW_EXAMPLE, "example-form", "narrative", "store"),
        (EXAMPLE, "example-form", "narrative", "add-service"),
    ],
)
def test_a_form_stands_again_after_the_sign_in(
    client: Client, educator: User, bone_code: Code, place: str, form: str, field: str, button: str
) -> None:
    url = f"/write/20983/{place}"
    sign_in(client, "educator")
    sent = fields_of(client.get(url).text, form) | {field: WORDS, "action": button}
    session_ends(client)
    answer = client.post(url, sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/accounts/login/?next={url}")
    page = sign_in(client, "educator", answer.headers["Location"])
    assert page.request["PATH_INFO"] == url
    assert fields_of(page.text, form)[field].strip() == WORDS
    assert "You had been signed out. What you typed is here again" in page.text
    assert FormDraft.objects.get().fields[field] == [WORDS]


def test_a_removal_that_did_not_arrive_empties_no_form(client: Client, educator: User, bone_code: Code) -> None:
    url = f"/write/20983/{RULE}"
    sign_in(client, "educator")
    before = fields_of(client.get(url).text, "rule-form")
    session_ends(client)
    answer = client.post(url, {"action": "remove", "kind": "selection", "seen": before["seen"], "why_removed": "Old"})
    page = sign_in(client, "educator", answer.headers["Location"])
    assert "nothing was done" in page.text
    after = fields_of(page.text, "rule-form")
    assert after | {"csrfmiddlewaretoken": ""} == before | {"csrfmiddlewaretoken": ""}
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("place", [RULE, EXAMPLE, "part/sections/billing/"])
def test_it_is_nobody_elses(client: Client, educator: User, admin: User, bone_code: Code, place: str) -> None:
    url = f"/write/20983/{place}"
    sign_in(client, "educator")
    client.get(url)
    session_ends(client)
    answer = client.post(url, {"part": place[:-1], "title": WORDS, "source": WORDS, "body": WORDS})
    page = sign_in(client, "admin", answer.headers["Location"])
    assert page.request["PATH_INFO"] == url
    assert WORDS not in page.text
    assert "You had been signed out" not in page.text
    assert not FormDraft.objects.exists()
    assert client.get("/kept/").headers["Location"] == "/"


# Forms that keep nothing while one types -------------------------------------------------------


@pytest.fixture
def report(client: Client, trainee: User, educator: User, bone_code: Code) -> Report:
    return reported(trainee, answered(trainee, bone_code))


def test_an_answer_to_a_report_is_sent_again_with_one_button(client: Client, report: Report) -> None:
    url = reverse("dispute", args=[report.pk])
    sign_in(client, "educator")
    client.get(url)
    session_ends(client)
    answer = client.post(url, {"outcome": "stands", "text": WORDS})
    assert answer.headers["Location"] == "/accounts/login/?next=/kept/"
    page = sign_in(client, "educator", answer.headers["Location"])
    assert f'<form method="post" action="{url}">' in page.text
    assert f">{WORDS}</blockquote>" in page.text
    assert not ReportReply.objects.exists()
    assert client.get("/kept/").status_code == 200  # a reload loses nothing
    sent = {"outcome": "stands", "text": WORDS}
    assert all(f'name="{name}" value="{value}"' in page.text for name, value in sent.items())
    assert client.post(url, sent).status_code == 302
    assert ReportReply.objects.get().text == WORDS
    assert client.get("/kept/").headers["Location"] == "/"


def test_what_is_offered_can_be_left(client: Client, report: Report) -> None:
    sign_in(client, "educator")
    session_ends(client)
    client.post(reverse("dispute", args=[report.pk]), {"outcome": "stands", "text": WORDS})
    sign_in(client, "educator")
    assert WORDS in client.get("/kept/").text
    assert client.post("/kept/").headers["Location"] == "/"
    assert client.get("/kept/").status_code == 302


@pytest.mark.parametrize(
    ("name", "of", "field"),
    [
        ("word_new", [], "synonyms"),
        ("run_draft", ["20983"], "cases"),
        ("regrade_new", ["20983"], "why"),
        ("upload_article", [], "article"),
        ("course_new", [], "summary"),
        ("invite", ["team"], "emails"),
        ("invite_list", ["team"], "rows"),
        ("note", ["note"], "text"),
        ("review_page", ["20983"], "why"),
    ],
)
def test_so_is_every_other_form_with_a_long_text(
    client: Client, educator: User, team: Team, bone_code: Code, name: str, of: list[str], field: str
) -> None:
    Membership.objects.create(team=team, person=educator, role=Membership.Role.MANAGER)
    numbers = {"team": team.pk, "note": Note.objects.create(person=educator, text="Before").pk}
    url = reverse(name, args=[numbers.get(one, one) for one in of])
    courses = Course.objects.count()
    answer = client.post(url, {field: f'{WORDS} <b>&"'})
    page = sign_in(client, "educator", answer.headers["Location"])
    assert f'<form method="post" action="{url}">' in page.text
    assert f'name="{field}" value="{WORDS} &lt;b&gt;&amp;&quot;"' in page.text
    assert Course.objects.count() == courses
