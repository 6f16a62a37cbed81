"""Mail: written when it is sent, sent once, kept while nobody answers, and never anybody's error but the log's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from accounts.models import Preferences, User
from courses import delivery, tasks
from courses.assigning import Terms, assign, extend, reassign, unassign
from courses.certificates import issue, revoke
from courses.delivery import LEASE, WAITS, send
from courses.invitations import join_url
from courses.letters import post, try_again
from courses.models import Assignment, Certificate, Course, Invitation, Letter, Membership, Team
from courses.tending import digest, remind, tend, wake
from courses.writing import compose

#: A Wednesday, noon in Chicago.
NOON = datetime(2026, 3, 11, 17, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
State = Letter.State


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    """A site that can be reached, whose queue waits for a worker."""
    settings.SITE_URL = "https://claims.example.org"
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}


@pytest.fixture
def course(db: None) -> Course:
    return Course.objects.create(title="Ablation", gives_certificate=True)


@pytest.fixture
def assigned(team: Team, course: Course, trainee: User, manager: User) -> Assignment:
    """The course for the trainee, due in ten days."""
    return assign(team, course, [trainee], Terms(due_at=NOON + 10 * DAY), by=manager, at=NOON)[0]


@pytest.fixture
def letter(assigned: Assignment) -> Letter:
    """The letter that tells of it."""
    return Letter.objects.get(kind=Letter.Kind.ASSIGNMENT)


@pytest.fixture
def invitation(team: Team, manager: User) -> Invitation:
    return Invitation.objects.create(
        team=team, email="new@example.com", name="Ann Ames", invited_by=manager, expires_at=NOON + 14 * DAY
    )


def now(letter: Letter) -> Letter:
    letter.refresh_from_db()
    return letter


def break_mail(monkeypatch: pytest.MonkeyPatch, *errors: Exception | None) -> list[int]:
    """Answer each mail in turn with an error, or (None) send it; how often somebody knocked."""
    asked: list[int] = []
    sent = EmailBackend.send_messages

    def answer(self: EmailBackend, messages: Any) -> int:
        error = errors[min(len(asked), len(errors) - 1)]
        asked.append(1)
        if error is not None:
            raise error
        return int(sent(self, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", answer)
    return asked


# Sending ------------------------------------------------------------------------------------


def test_an_assignment_is_told_of_once(letter: Letter) -> None:
    assert send(letter.pk, NOON) == State.SENT
    assert send(letter.pk, NOON + DAY) == ""
    (message,) = mail.outbox
    assert message.to == ["trainee@example.com"]
    assert message.subject == "Assigned to you: Ablation"
    assert "Saturday, March 21, 2026, 12:00 PM CDT" in message.body
    assert "https://claims.example.org/settings/" in message.body
    assert message.extra_headers == {"List-Unsubscribe": "<https://claims.example.org/settings/>"}
    assert (now(letter).sent_at, letter.tries, letter.error) == (NOON, 1, "")


def test_a_letter_is_in_the_queue_once_its_cause_is_committed(
    assigned: Assignment, django_capture_on_commit_callbacks: Callable[..., Any], teammate: User, manager: User
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assign(assigned.team, assigned.course, [teammate], Terms(), by=manager, at=NOON)
        assert not DBTaskResult.objects.exists()
    (queued,) = DBTaskResult.objects.all()
    assert queued.args_kwargs["args"] == [Letter.objects.get(person=teammate).pk]


def test_the_worker_sends_what_is_queued(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    # It puts its connection down after each task, and with it the transaction that a test is.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    tasks.send_letter.enqueue(letter.pk)
    call_command("db_worker", "--batch", "--no-startup-delay", "--no-reload", verbosity=0)
    assert now(letter).state == State.SENT
    assert len(mail.outbox) == 1


def test_a_queue_that_cannot_be_written_hinders_nobody(
    assigned: Assignment, teammate: User, manager: User, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:  # fmt: skip
    def locked(*args: Any) -> None:
        raise OSError("database is locked")

    monkeypatch.setattr(type(tasks.send_letter), "enqueue", locked)
    with django_capture_on_commit_callbacks(execute=True):
        assign(assigned.team, assigned.course, [teammate], Terms(), by=manager, at=NOON)
    monkeypatch.undo()
    assert wake(NOON) == 2


def test_of_two_workers_one_sends(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    second: list[str] = []

    def meanwhile(self: EmailBackend, messages: Any) -> int:
        second.append(send(letter.pk, NOON))
        mail.outbox.extend(messages)
        return 1

    monkeypatch.setattr(EmailBackend, "send_messages", meanwhile)
    assert send(letter.pk, NOON) == State.SENT
    assert second == [""]
    assert len(mail.outbox) == 1


# Nobody answers -----------------------------------------------------------------------------


def test_a_dead_server_loses_nothing_and_tells_the_learner_nothing(
    team: Team, course: Course, as_manager: Client, as_trainee: Client, trainee: User, manager: User,
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any], settings: Any,
) -> None:  # fmt: skip
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    knocked = break_mail(monkeypatch, ConnectionRefusedError())
    with django_capture_on_commit_callbacks(execute=True):
        assign(team, course, [trainee], Terms(), by=manager, at=NOON)
    letter = Letter.objects.get()
    assert (knocked, letter.state, letter.error) == ([1], State.WAITING, "ConnectionRefusedError")
    page = as_trainee.get("/")
    assert page.status_code == 200
    assert "Refused" not in page.text
    monkeypatch.undo()
    assert send(letter.pk, now(letter).not_before) == State.SENT


def test_it_is_tried_later_and_later_for_a_week_and_has_failed_then(
    letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_mail(monkeypatch, SMTPServerDisconnected())
    at, waited = NOON, []
    while send(letter.pk, at) == State.WAITING:
        waited.append(now(letter).not_before - at)
        at = letter.not_before
    assert waited == list(WAITS)
    assert waited[:5] == [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)]
    assert set(waited[5:]) == {DAY}
    assert 7 * DAY < at - NOON < 8 * DAY
    assert (now(letter).state, letter.tries, letter.error) == (State.FAILED, 13, "SMTPServerDisconnected")


def test_it_is_not_tried_before_its_time(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    break_mail(monkeypatch, ConnectionRefusedError(), None)
    send(letter.pk, NOON)
    assert send(letter.pk, NOON + WAITS[0] - timedelta(seconds=1)) == ""
    assert send(letter.pk, NOON + WAITS[0]) == State.SENT


def test_while_nobody_answers_the_others_do_not_knock(
    team: Team, course: Course, trainee: User, teammate: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign(team, course, [trainee, teammate], Terms(), by=manager, at=NOON)
    knocked = break_mail(monkeypatch, TimeoutError())
    first, second = Letter.objects.all()
    assert send(first.pk, NOON) == State.WAITING
    assert send(second.pk, NOON) == ""
    assert knocked == [1]
    assert (now(second).tries, second.not_before) == (0, NOON + WAITS[0])


def test_a_refused_mail_holds_up_no_other(
    team: Team, course: Course, trainee: User, teammate: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign(team, course, [trainee, teammate], Terms(), by=manager, at=NOON)
    break_mail(monkeypatch, SMTPDataError(451, b"later"), None)
    first, second = Letter.objects.all()
    assert [send(first.pk, NOON), send(second.pk, NOON)] == [State.WAITING, State.SENT]


@pytest.mark.parametrize(
    ("code", "state"), [(550, State.FAILED), (450, State.WAITING)], ids=["no such address", "busy"]
)
def test_only_an_address_that_is_none_is_given_up_at_once(
    letter: Letter, monkeypatch: pytest.MonkeyPatch, code: int, state: str
) -> None:
    break_mail(monkeypatch, SMTPRecipientsRefused({"trainee@example.com": (code, b"")}))
    assert send(letter.pk, NOON) == state


def test_neither_the_log_nor_the_letter_holds_the_address(
    letter: Letter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_mail(monkeypatch, SMTPRecipientsRefused({"trainee@example.com": (550, b"trainee@example.com is unknown")}))
    send(letter.pk, NOON)
    assert now(letter).error == "SMTPRecipientsRefused"
    assert f"Letter {letter.pk} could not be sent: SMTPRecipientsRefused" in caplog.text
    assert "example.com" not in caplog.text


def test_what_a_killed_worker_had_in_its_hands_is_sent_by_the_next(
    letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As kill -9: nothing is put back."""

    monkeypatch.setattr(delivery, "write", lambda *args: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        send(letter.pk, NOON)
    monkeypatch.undo()
    assert now(letter).state == State.WAITING
    assert wake(NOON + LEASE - timedelta(seconds=1)) == 0
    assert wake(NOON + LEASE) == 1
    assert send(letter.pk, NOON + LEASE) == State.SENT


def test_a_fault_of_ours_is_told_and_the_letter_kept(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "write", lambda *args: (_ for _ in ()).throw(KeyError("oops")))
    with pytest.raises(KeyError):
        send(letter.pk, NOON)
    assert (now(letter).state, letter.error, letter.not_before) == (State.WAITING, "KeyError", NOON + WAITS[0])


def test_a_failed_letter_can_be_tried_again_from_the_beginning(letter: Letter, team: Team, manager: User) -> None:
    assert not try_again(letter, team=team, by=manager, at=NOON)
    Letter.objects.update(state=State.FAILED, tries=13, error="TimeoutError")
    assert try_again(letter, team=team, by=manager, at=NOON)
    assert (now(letter).state, letter.tries, letter.error) == (State.WAITING, 0, "")
    assert send(letter.pk, NOON) == State.SENT


# No longer true, or not wanted ----------------------------------------------------------------


def dropped(letter: Letter) -> str:
    assert send(letter.pk, NOON) == State.DROPPED
    assert not mail.outbox
    return now(letter).error


def test_a_closed_account_gets_no_mail(letter: Letter, trainee: User) -> None:
    User.objects.filter(pk=trainee.pk).update(is_active=False)
    assert dropped(letter) == "the account is closed"


def test_nobody_without_an_address_gets_mail(letter: Letter, trainee: User) -> None:
    User.objects.filter(pk=trainee.pk).update(email="")
    assert dropped(letter) == "no mail address"


def test_whoever_switched_it_off_gets_no_mail(letter: Letter, trainee: User) -> None:
    Preferences.objects.create(person=trainee, mail_assignments=False)
    assert dropped(letter) == "mail is switched off"


@pytest.mark.parametrize(
    "end",
    [
        lambda one, by: unassign(one, "left", by=by, at=NOON),
        lambda one, by: Assignment.objects.filter(pk=one.pk).update(done_at=NOON),
        lambda one, by: Membership.objects.filter(person=one.person).update(ended_at=NOON),
        lambda one, by: Team.objects.update(archived_at=NOON),
    ],
    ids=["taken back", "done", "seat withdrawn", "team put away"],
)
def test_nobody_is_told_of_what_is_over(
    letter: Letter, assigned: Assignment, manager: User, end: Callable[..., Any]
) -> None:
    end(assigned, manager)
    assert "no longer in the team" in dropped(letter)


@pytest.mark.parametrize(
    "change",
    [{"withdrawn_at": NOON}, {"expires_at": NOON}, {"used": 1}],
    ids=["withdrawn", "expired", "accepted"],
)
def test_an_invitation_that_is_no_longer_open_is_not_sent(invitation: Invitation, change: dict[str, Any]) -> None:
    letter = post(Letter.Kind.INVITATION, "1", at=NOON, invitation=invitation)
    Invitation.objects.update(**change)
    assert dropped(letter) == "the invitation is no longer open"


def test_a_revoked_certificate_is_not_announced(assigned: Assignment, manager: User) -> None:
    letter = certified(assigned)
    revoke(Certificate.objects.get(), "By mistake", by=manager, at=NOON)
    assert dropped(letter) == "the certificate is revoked"


def certified(assigned: Assignment) -> Letter:
    assigned.done_at = NOON
    assigned.save(update_fields=["done_at"])
    issue(assigned, NOON)
    return Letter.objects.get(kind=Letter.Kind.CERTIFICATE)


def test_a_certificate_is_announced_with_its_code(assigned: Assignment) -> None:
    assert send(certified(assigned).pk, NOON) == State.SENT
    (message,) = mail.outbox
    code = Certificate.objects.get().code
    assert message.subject == "Your certificate: Ablation"
    assert f"https://claims.example.org/verify/{code}/" in message.body


@pytest.mark.parametrize(
    ("address", "said"), [("NEW@example.com", "sign in with"), ("other@example.com", "choose a name")]
)
def test_whoever_has_an_account_is_asked_to_sign_in(invitation: Invitation, address: str, said: str) -> None:
    User.objects.create_user("new", address)
    text = compose(Letter(kind=Letter.Kind.INVITATION, invitation=invitation), NOON)
    assert said in text.body


def test_an_invitation_has_its_link_and_nothing_to_switch_off(invitation: Invitation) -> None:
    letter = post(Letter.Kind.INVITATION, "1", at=NOON, invitation=invitation)
    assert send(letter.pk, NOON) == State.SENT
    (message,) = mail.outbox
    assert message.to == ["new@example.com"]
    assert join_url(invitation) in message.body
    assert join_url(invitation).startswith("https://claims.example.org/join/")
    assert "settings" not in message.body
    assert message.extra_headers == {}


# Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@example.com", "Eve\n\nBuy", "Eve\x0b\x85\u2028Bcc: x", "\x1b[31mEve\u202e"]
)
def test_a_name_adds_no_header_and_no_line(letter: Letter, assigned: Assignment, name: str) -> None:
    Course.objects.update(title=name)
    User.objects.update(first_name=name)
    Team.objects.update(name=name)
    assert send(letter.pk, NOON) == State.SENT
    (message,) = mail.outbox
    raw = message.message()
    assert raw["Bcc"] is None
    assert "\n" not in str(raw["Subject"]).replace("\n ", "")
    assert not {"\x1b", "\u202e", "\x85", "\u2028"} & set(message.body + message.subject)
    assert "\nBcc" not in message.body
    assert "\nBuy" not in message.body


def test_html_in_a_name_is_text_as_it_was_typed_and_no_link(letter: Letter) -> None:
    User.objects.update(first_name="<b>O'Hara</b> & Co https://evil.example")
    send(letter.pk, NOON)
    (message,) = mail.outbox
    assert message.content_subtype == "plain"
    assert "Hello <b>O'Hara</b> & Co https evil.example," in message.body


# From time to time ----------------------------------------------------------------------------


def reminders() -> list[Letter]:
    return list(Letter.objects.filter(kind=Letter.Kind.DUE_SOON))


def test_what_is_due_within_three_days_is_reminded_of_once(assigned: Assignment) -> None:
    due = NOON + 10 * DAY
    assert [remind(due - 3 * DAY - HOUR), remind(due - 3 * DAY), remind(due - 2 * DAY)] == [0, 1, 0]
    (letter,) = reminders()
    assert send(letter.pk, due - 2 * DAY) == State.SENT
    (message,) = mail.outbox
    assert message.subject == "Due in 2 days: Ablation"


def test_after_an_extension_it_is_reminded_of_again(assigned: Assignment, manager: User) -> None:
    due = NOON + 10 * DAY
    remind(due - 2 * DAY)
    extend(assigned, due + 10 * DAY, "Was ill", by=manager, at=due - 2 * DAY)
    (first,) = reminders()
    assert send(first.pk, due - DAY) == State.DROPPED
    assert [remind(due - DAY), remind(due + 8 * DAY), remind(due + 9 * DAY)] == [0, 1, 0]
    assert send(reminders()[1].pk, due + 8 * DAY) == State.SENT


def test_another_date_is_told_with_its_reason(assigned: Assignment, manager: User) -> None:
    extend(assigned, NOON + 20 * DAY, "Was ill", by=manager, at=NOON)
    extend(assigned, None, "Still ill", by=manager, at=NOON)
    first, second = Letter.objects.filter(kind=Letter.Kind.MOVED).order_by("pk")
    assert [send(first.pk, NOON), send(second.pk, NOON)] == [State.DROPPED, State.SENT]
    (message,) = mail.outbox
    assert message.subject == "No due date any more: Ablation"
    assert "Why: Still ill" in message.body


def test_what_is_taken_back_is_told_with_its_reason(assigned: Assignment, manager: User) -> None:
    unassign(assigned, "Assigned by mistake", by=manager, at=NOON)
    unassign(assigned, "Again", by=manager, at=NOON)
    letter = Letter.objects.get(kind=Letter.Kind.TAKEN_BACK)
    assert send(letter.pk, NOON) == State.SENT
    assert "Why: Assigned by mistake" in mail.outbox[0].body
    assert f"/assignments/{assigned.pk}/" in mail.outbox[0].body


def test_who_has_it_once_more_is_not_told_that_it_was_taken_back(assigned: Assignment, manager: User) -> None:
    unassign(assigned, "By mistake", by=manager, at=NOON)
    reassign(assigned, Terms(), by=manager, at=NOON)
    assert dropped(Letter.objects.get(kind=Letter.Kind.TAKEN_BACK)) == "assigned once more since"


def test_nobody_is_reminded_of_what_they_were_told_a_moment_ago(
    team: Team, course: Course, trainee: User, manager: User
) -> None:
    assign(team, course, [trainee], Terms(due_at=NOON + 2 * DAY), by=manager, at=NOON)
    assert [remind(NOON), remind(NOON + DAY)] == [0, 1]


def test_a_reminder_that_comes_too_late_is_not_sent(assigned: Assignment) -> None:
    due = NOON + 10 * DAY
    remind(due - HOUR)
    assert send(reminders()[0].pk, due) == State.DROPPED


MORNING = datetime(2026, 3, 23, 12, tzinfo=UTC)  # 7:00 in Chicago, two days after it was due


def test_managers_are_told_who_is_overdue_once_a_morning(assigned: Assignment, manager: User) -> None:
    moments = [MORNING - timedelta(minutes=1), MORNING, MORNING + HOUR, MORNING + 16 * HOUR]
    assert [digest(at) for at in moments] == [0, 1, 0, 0]
    letter = Letter.objects.get(kind=Letter.Kind.DIGEST)
    assert send(letter.pk, MORNING) == State.SENT
    (message,) = mail.outbox
    assert message.to == ["manager@example.com"]
    assert message.subject == "Overdue: 1 assignment of 1 person"
    assert "Tumor team\n- trainee: Ablation, overdue for 2 days\n" in message.body
    assert f"{reverse('assignments', args=[assigned.team_id])}?state=overdue\n" in message.body
    assert digest(MORNING + DAY) == 1


def test_nobody_is_told_that_nobody_is_overdue(assigned: Assignment) -> None:
    assert digest(MORNING - 5 * DAY) == 0
    digest(MORNING)
    Assignment.objects.update(done_at=MORNING)
    letter = Letter.objects.get(kind=Letter.Kind.DIGEST)
    assert send(letter.pk, MORNING + HOUR) == State.DROPPED
    assert now(letter).error == "nobody is overdue any more"


def test_a_manager_of_two_teams_gets_one_mail(
    assigned: Assignment, course: Course, manager: User, teammate: User
) -> None:
    second = Team.objects.create(name="Second team")
    for person, role in ((manager, "manager"), (teammate, "trainee")):
        Membership.objects.create(team=second, person=person, role=role)
    assign(second, course, [teammate], Terms(due_at=NOON + DAY), by=manager, at=NOON)
    assert digest(MORNING) == 1
    send(Letter.objects.get(kind=Letter.Kind.DIGEST).pk, MORNING)
    (message,) = mail.outbox
    assert message.subject == "Overdue: 2 assignments of 2 people"
    assert "Second team\n- teammate" in message.body
    assert "Tumor team\n- trainee" in message.body


def test_a_manager_can_switch_the_digest_off(assigned: Assignment, manager: User) -> None:
    Preferences.objects.create(person=manager, mail_digest=False)
    digest(MORNING)
    assert send(Letter.objects.get(kind=Letter.Kind.DIGEST).pk, MORNING) == State.DROPPED


def test_after_days_without_a_server_the_newest_digest_comes_alone(assigned: Assignment) -> None:
    digest(MORNING)
    digest(MORNING + DAY)
    states = [send(one.pk, MORNING + DAY) for one in Letter.objects.filter(kind=Letter.Kind.DIGEST)]
    assert states == [State.DROPPED, State.SENT]


def test_who_left_is_not_overdue(assigned: Assignment, trainee: User) -> None:
    Membership.objects.filter(person=trainee).update(ended_at=NOON)
    assert digest(MORNING) == 0


def test_the_queue_is_not_filled_again_while_it_holds_letters(letter: Letter) -> None:
    assert [wake(NOON), wake(NOON)] == [1, 0]
    DBTaskResult.objects.all().delete()
    assert wake(NOON) == 1


def test_what_is_long_done_or_was_killed_leaves_the_queue(letter: Letter) -> None:
    tasks.send_letter.enqueue(letter.pk)
    DBTaskResult.objects.update(status="RUNNING", started_at=NOON)
    assert [tasks.tidy(NOON + HOUR), tasks.tidy(NOON + 7 * HOUR)] == [0, 1]
    tasks.send_letter.enqueue(letter.pk)
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=NOON)
    assert [tasks.tidy(NOON + DAY), tasks.tidy(NOON + 3 * DAY)] == [0, 1]


def test_tending_takes_the_same_few_queries_for_many(
    team: Team, course: Course, manager: User, trainee: User, django_assert_max_num_queries: Any
) -> None:
    people = [User.objects.create_user(f"p{number}", f"p{number}@example.com") for number in range(30)]
    Membership.objects.bulk_create(Membership(team=team, person=one) for one in people)
    assign(team, course, people, Terms(due_at=NOON + 10 * DAY), by=manager, at=NOON)
    Letter.objects.update(state=State.SENT)
    remind(NOON + 8 * DAY)
    digest(MORNING)
    Letter.objects.update(state=State.SENT)
    with django_assert_max_num_queries(14):
        tend(NOON + 8 * DAY)
    with django_assert_max_num_queries(14):
        tend(MORNING + HOUR)


def test_the_command_says_what_it_did(letter: Letter, capsys: pytest.CaptureFixture[str]) -> None:
    Letter.objects.update(not_before=NOON - 365 * DAY)
    Assignment.objects.update(due_at=None)
    call_command("tend")
    said = capsys.readouterr().out
    assert "exams finished: 0" in said
    assert "letters put into the queue: 1" in said


def test_every_kind_of_letter_has_its_text(letter: Letter, assigned: Assignment, manager: User) -> None:
    texts = [compose(one, NOON) for one in (letter, certified(assigned), Letter(kind="digest", person=manager))]
    assert all(text.subject and text.body.startswith("Hello ") for text in texts)
    assert "\n\nYou have finished Ablation." in texts[1].body


def test_the_settings_page_switches_mail_off(as_trainee: Client, trainee: User, letter: Letter) -> None:
    page = as_trainee.get(reverse("settings")).text
    assert "Mail me about my assignments" in page
    as_trainee.post(reverse("settings"), {"mail_digest": "on"})
    assert dropped(letter) == "mail is switched off"
