"""Reminders by mail: to those who asked, when something is due, once a day, and not lost to a dead server."""

import io
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.test import Client

from accounts.models import Preferences, User
from quizzes.models import RuleMemory
from quizzes.reminders import mail_about, remind, send_reminders
from tests.quizzes.learning import DAY, NOON

RULES = ("20983/units", "20983/selection", "20983/not-with")


@pytest.fixture(autouse=True)
def _library(starter_library: None, settings: Any) -> None:
    """Rules that there are, on a site that can be reached."""
    settings.SITE_URL = "https://claims.example.org"


def wants_mail(person: User) -> None:
    Preferences.objects.create(person=person, mail_reviews=True)


def due(person: User, rules: int = 1, at: datetime = NOON) -> None:
    """So many rules that are due at a moment."""
    for rule in RULES[:rules]:
        RuleMemory.objects.create(
            person=person, rule=rule, kind=rule.partition("/")[2], code="20983", stability=1, difficulty=5, due=at,
            reviewed_at=at - DAY, first_met=at - DAY,
        )  # fmt: skip


@pytest.fixture
def waiting(trainee: User) -> User:
    """Somebody who is to get a mail."""
    wants_mail(trainee)
    due(trainee, 3)
    return trainee


def recipients() -> list[str]:
    return [address for message in mail.outbox for address in message.to]


def test_who_asked_for_it_and_has_reviews_due_gets_one_mail(waiting: User) -> None:
    assert send_reminders(NOON) == (1, 0)
    (message,) = mail.outbox
    assert message.to == ["trainee@example.com"]
    assert message.subject == "Claimwright: 3 reviews due"
    assert "https://claims.example.org/review/" in message.body
    assert "https://claims.example.org/settings/" in message.body
    assert "untick" in message.body


def test_the_mail_is_plain_text_with_every_character_as_it_is(waiting: User) -> None:
    waiting.first_name, waiting.last_name = "O'Hara <b>", "& Söhne\r\nBcc: evil@example.com"
    message = mail_about(waiting, 1)
    assert "Hello O'Hara <b> & Söhne" in message.body
    assert "1 rule you have practised is due" in message.body
    assert message.content_subtype == "plain"
    assert "\n" not in message.subject
    assert message.message()["Bcc"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"email": ""},
    ],
)
def test_who_cannot_be_mailed_gets_none(waiting: User, change: dict[str, Any]) -> None:
    User.objects.filter(pk=waiting.pk).update(**change)
    assert send_reminders(NOON) == (0, 0)
    assert mail.outbox == []


def test_who_did_not_ask_gets_none(trainee: User, teammate: User) -> None:
    due(trainee)
    due(teammate)
    Preferences.objects.create(person=teammate, mail_reviews=False)
    assert send_reminders(NOON) == (0, 0)


def test_without_anything_due_there_is_no_mail(trainee: User) -> None:
    wants_mail(trainee)
    due(trainee, at=NOON + timedelta(seconds=1))
    assert send_reminders(NOON) == (0, 0)
    assert Preferences.objects.get().mailed_on is None


def test_there_is_at_most_one_mail_a_day(waiting: User) -> None:
    assert [send_reminders(NOON + timedelta(hours=hours)) for hours in (0, 1, 11)] == [(1, 0), (0, 0), (0, 0)]
    assert send_reminders(NOON + DAY) == (1, 0)


def test_the_day_is_that_of_the_site(waiting: User, settings: Any) -> None:
    settings.TIME_ZONE = "America/New_York"
    evening = NOON.replace(hour=23)
    assert [send_reminders(evening + timedelta(hours=hours)) for hours in (0, 5, 6)] == [(1, 0), (0, 0), (1, 0)]


def test_of_two_runs_at_once_one_sends(waiting: User) -> None:
    assert remind(waiting, 3, NOON) is True
    assert remind(waiting, 3, NOON) is False
    assert len(mail.outbox) == 1


def test_who_unticks_it_meanwhile_gets_none(waiting: User) -> None:
    Preferences.objects.update(mail_reviews=False)
    assert remind(waiting, 3, NOON) is False
    assert mail.outbox == []


# A mail server in trouble -------------------------------------------------------------------


def broken_by(monkeypatch: pytest.MonkeyPatch, error: Exception, only: str = "") -> None:
    """Sending fails, for all or for one address."""
    send = EmailBackend.send_messages

    def fail(self: EmailBackend, messages: list[Any]) -> int:
        if not only or [only] in [message.to for message in messages]:
            raise error
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", fail)


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(111, "refused"), TimeoutError(), SMTPServerDisconnected("gone")], ids=repr
)
def test_a_dead_server_is_logged_and_tried_again_at_the_next_run(
    waiting: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    with monkeypatch.context() as patch:
        broken_by(patch, error)
        assert send_reminders(NOON) == (0, 1)
    assert f"No reminder to person {waiting.pk}: {type(error).__name__}" in caplog.text
    assert "trainee@example.com" not in caplog.text
    assert Preferences.objects.get().mailed_on is None
    assert send_reminders(NOON) == (1, 0)


def test_the_day_that_is_given_back_is_the_one_before(waiting: User, monkeypatch: pytest.MonkeyPatch) -> None:
    yesterday = (NOON - DAY).date()
    Preferences.objects.update(mailed_on=yesterday)
    broken_by(monkeypatch, TimeoutError())
    send_reminders(NOON)
    assert Preferences.objects.get().mailed_on == yesterday


def test_one_refused_address_keeps_no_mail_from_the_others(
    waiting: User, teammate: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants_mail(teammate)
    due(teammate)
    broken_by(monkeypatch, SMTPRecipientsRefused({}), only="trainee@example.com")
    assert send_reminders(NOON) == (1, 1)
    assert recipients() == ["teammate@example.com"]


def test_an_address_that_is_none_keeps_no_mail_from_the_others(waiting: User, teammate: User) -> None:
    User.objects.filter(pk=waiting.pk).update(email="a@b\nBcc: evil@example.com")
    wants_mail(teammate)
    due(teammate)
    assert send_reminders(NOON) == (1, 1)
    assert recipients() == ["teammate@example.com"]


def test_a_dead_server_is_asked_once_and_not_for_everybody(
    waiting: User, teammate: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wants_mail(teammate)
    due(teammate)
    broken_by(monkeypatch, TimeoutError())
    assert send_reminders(NOON) == (0, 2)
    assert caplog.text.count("No reminder to person") == 1
    assert not Preferences.objects.exclude(mailed_on=None).exists()


def test_the_command_says_how_many(waiting: User) -> None:
    out = io.StringIO()
    call_command("mail_reviews", stdout=out)
    assert out.getvalue() == "1 mailed.\n"


def test_the_command_ends_with_how_many_failed_and_no_traceback(
    waiting: User, teammate: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants_mail(teammate)
    due(teammate)
    broken_by(monkeypatch, ConnectionRefusedError())
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("mail_reviews", stdout=io.StringIO(), stderr=err)
    assert ended.value.code == 2
    assert "2 could not be mailed; the next run tries again" in err.getvalue()
    assert "Traceback" not in err.getvalue()


def test_a_mail_server_that_does_not_answer_is_given_up(settings: Any) -> None:
    assert settings.EMAIL_TIMEOUT == 20


def test_the_settings_page_says_what_will_be_mailed(as_trainee: Client) -> None:
    assert "At most one mail a day, and none when nothing is due" in as_trainee.get("/settings/").text


def test_the_queries_do_not_grow_with_those_who_want_no_mail(waiting: User, django_assert_max_num_queries: Any) -> None:
    User.objects.bulk_create(User(username=f"other{n}", email=f"other{n}@example.com") for n in range(50))
    with django_assert_max_num_queries(8):
        send_reminders(NOON)
