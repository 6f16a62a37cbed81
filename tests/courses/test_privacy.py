"""One person's data: all of it in one file; and after an erasure, no trace of the name in the database or its file."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Preferences, User, audit
from accounts.roles import make_educator
from codes.models import Code
from courses.assigning import Terms, assign, extend, unassign
from courses.certificates import issue
from courses.letters import post
from courses.models import Assignment, Certificate, Course, Invitation, Letter, Membership, Team
from courses.privacy import CannotErase, as_json, erase, erase_again, export, is_erased
from quizzes import exams, notebook, practice, reports
from quizzes.drawing import Recipe
from quizzes.models import Answer, Attempt, Exam, Grading, Note, Report, RuleMemory, WeekTally
from tests.conftest import signed_in
from tests.quizzes.learning import right, wrong

AT = timezone.now()
#: What nobody else is called, and nobody else wrote.
CANARIES = (
    "zerafine", "quillfeather", "zq-canary", "canary-note", "canary-report", "canary-extension", "canary-extra-time",
    "canary-back", "canary-audit", "old-canary",
)  # fmt: skip
PLAIN = Recipe(formats=("choose-the-code",), as_written=1.0, size=3)

#: What becomes of each column that names a person, when it is exported and erased. Another one has to be decided.
DECIDED = {
    "accounts.User_groups.user": "exported, deleted",
    "accounts.User_user_permissions.user": "deleted",
    "accounts.Preferences.person": "exported, deleted",
    "accounts.AuditEntry.who": "exported, kept: the number of who acted",
    "codes.Edition.published_by": "kept: the number of who acted",
    "codes.ArticleImport.created_by": "kept: the number of who acted",
    "quizzes.Exam.author": "kept: the number of who acted",
    "quizzes.ExtraTime.person": "exported, deleted",
    "quizzes.ExtraTime.granted_by": "kept: the number of who acted",
    "quizzes.Readmission.person": "exported, deleted",
    "quizzes.Readmission.granted_by": "kept: the number of who acted",
    "quizzes.Attempt.person": "exported, kept without a name",
    "quizzes.RuleMemory.person": "exported, kept without a name",
    "quizzes.RuleReview.person": "exported, kept without a name",
    "quizzes.WeekTally.person": "exported, kept without a name",
    "quizzes.Note.person": "exported, deleted",
    "quizzes.Report.person": "exported, kept without its text",
    "quizzes.ReportReply.by": "kept: the number of who acted",
    "quizzes.Regrade.by": "kept: the number of who acted",
    "quizzes.RegradeChange.person": "exported, kept without a name",
    "editorial.FormDraft.person": "exported, deleted",
    "editorial.Presence.person": "deleted",
    "editorial.Revision.author": "kept: the number of who acted",
    "editorial.Revision.decided_by": "kept: the number of who acted",
    "editorial.Attestation.by": "kept: the number of who acted",
    "courses.Membership.person": "exported, ended",
    "courses.Invitation.invited_by": "kept: the number of who acted",
    "courses.Course.author": "kept: the number of who acted",
    "courses.Assignment.person": "exported, taken back, kept without reasons",
    "courses.Assignment.assigned_by": "kept: the number of who acted",
    "courses.Extension.granted_by": "kept: the number of who acted",
    "courses.Certificate.person": "exported, revoked, kept without a name",
    "courses.Letter.person": "exported, deleted",
    "account.EmailAddress.user": "exported, deleted",
    "admin.LogEntry.user": "kept: the number of who acted; names in it are deleted",
}


@pytest.fixture(autouse=True)
def _erasures(settings: Any, tmp_path: Path) -> None:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")


@pytest.fixture
def person(team: Team, bone_code: Code, manager: User, educator: User) -> User:
    """Somebody who has left traces wherever one can."""
    mine = User.objects.create_user(
        "zq-canary", "zq-canary@example.com", "word-of-canary", first_name="Zerafine", last_name="Quillfeather"
    )
    make_educator(mine)
    EmailAddress.objects.create(user=mine, email="old-canary@example.com")
    Preferences.objects.create(person=mine, ask_certainty=True)
    invitation = Invitation.objects.create(
        team=team,
        email="OLD-canary@example.com",
        name="Zerafine Quillfeather",
        used=1,
        expires_at=AT + timedelta(days=9),
    )
    Membership.objects.create(team=team, person=mine, invitation=invitation)
    post(Letter.Kind.INVITATION, "1", at=AT, invitation=invitation)
    has_learnt(mine, bone_code, educator)
    has_courses(mine, team, manager)
    audit(mine, "something done", team, team=team.pk)
    audit(manager, "told off", mine, why="canary-audit: Zerafine was rude")
    log = {"user": manager, "action_flag": CHANGE, "change_message": "Changed zq-canary@example.com"}
    LogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(User), object_id=str(mine.pk), object_repr="zq-canary", **log
    )
    LogEntry.objects.create(object_repr="Preferences of Zerafine Quillfeather", **log)
    return mine


def has_learnt(mine: User, code: Code, educator: User) -> None:
    attempt = practice.start(mine, code, seed=1, recipe=PLAIN)
    first, second, _ = attempt.items.select_related("attempt__exam", "version__question")
    answer = practice.submit(first, uuid.uuid4(), right(first)).answer
    practice.submit(second, uuid.uuid4(), wrong(second))
    notebook.add_note(mine, notebook.Words(text="canary-note"), AT, first)
    reports.report(Answer.objects.filter(item=first).first() or answer, mine, Report.Kind.PROBLEM, "canary-report", AT)
    exams.grant(mine, 25, "canary-extra-time", by=educator, at=AT)


def has_courses(mine: User, team: Team, manager: User) -> None:
    given = [
        assign(team, Course.objects.create(title=title, gives_certificate=True), [mine], Terms(), by=manager, at=AT)[0]
        for title in ("Open", "Done", "Taken back")
    ]
    extend(given[0], AT + timedelta(days=30), "canary-extension", by=manager, at=AT)
    unassign(given[2], "canary-back", by=manager, at=AT)
    given[1].done_at = AT
    given[1].save(update_fields=["done_at"])
    issue(given[1], AT)


def everything() -> str:
    """Every value in every table of the database."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(row) for row in cursor.fetchall()]
    found += [str(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join(found).lower()


# Export ---------------------------------------------------------------------------------------


def test_every_column_that_names_a_person_is_decided_about() -> None:
    there = {
        f"{field.related_model._meta.label}.{field.field.name}"
        for field in User._meta.get_fields(include_hidden=True)
        if field.auto_created and not field.concrete and field.related_model
    }
    assert there == set(DECIDED)


def test_the_export_holds_everything(person: User) -> None:
    text = as_json(person).lower()
    missing = [canary for canary in CANARIES if canary not in text and canary not in ("canary-audit",)]
    assert not missing


def test_the_export_has_answers_with_claims_findings_and_certainty(person: User) -> None:
    data = json.loads(as_json(person))
    assert data["format"] == "person-1"
    (mine,) = data["sets"]
    first = mine["questions"][0]
    assert first["title"]
    assert first["version__question__scenario__code__number"] == "20983"
    (answer,) = first["answers"]
    assert {"payload", "certainty", "hints", "created_at"} <= set(answer)
    assert {"claim", "findings", "is_clean", "element_accuracy"} <= set(answer["gradings"][0])


def test_the_export_has_what_hangs_on_an_assignment(person: User) -> None:
    opened = next(one for one in export(person)["assignments"] if one["course__title"] == "Open")
    assert opened["extensions"][0]["why"] == "canary-extension"
    assert opened["team__name"] == "Tumor team"


def test_every_part_of_the_export_is_documented(person: User) -> None:
    text = (Path(site.BASE_DIR) / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert not [part for part in export(person) if f"`{part}`" not in text]


def test_the_export_holds_neither_password_nor_token(person: User) -> None:
    text = as_json(person)
    assert person.password not in text
    assert Invitation.objects.get(name="Zerafine Quillfeather").nonce not in text
    assert not [secret for secret in ("password", "nonce", "session") if f'"{secret}' in text]


def test_the_export_holds_nothing_of_anybody_else(person: User, teammate: User) -> None:
    notebook.add_note(teammate, notebook.Words(text="of a teammate"), AT)
    text = as_json(person)
    assert "of a teammate" not in text
    assert "teammate@example.com" not in text


def test_the_export_does_not_tell_results_that_are_held_back(person: User, bone_code: Code) -> None:
    exam = Exam.objects.create(title="Held back", is_open=True, release=Exam.Release.BY_AUTHOR)
    Attempt.objects.filter(person=person).update(
        mode=Attempt.Mode.EXAM, exam=exam, source=Attempt.Source.EXAM, finished_at=AT
    )
    (mine,) = export(person)["sets"]
    answers = [answer for item in mine["questions"] for answer in item["answers"]]
    assert answers
    assert not [answer for answer in answers if answer["gradings"]]


def test_everybody_gets_their_own_data_on_the_settings_page(person: User, teammate: User) -> None:
    client = signed_in(person)
    assert reverse("my_data") in client.get(reverse("settings")).text
    answer = client.get(reverse("my_data"))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="person-{person.pk}.json"'
    assert json.loads(answer.content)["account"]["username"] == "zq-canary"
    assert json.loads(signed_in(teammate).get(reverse("my_data")).content)["account"]["username"] == "teammate"


def test_the_command_writes_the_export_to_a_file(person: User, tmp_path: Path) -> None:
    call_command("export_person", "zq-canary", output=str(tmp_path / "one.json"))
    assert json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))["account"]["id"] == person.pk
    with pytest.raises(CommandError, match="Nobody is called"):
        call_command("export_person", "nobody")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_person", "zq-canary", output=str(tmp_path / "no" / "such.json"))


def test_the_export_of_many_answers_takes_as_few_queries(
    person: User, bone_code: Code, django_assert_max_num_queries: Any
) -> None:
    for seed in range(2, 6):
        practice.start(person, bone_code, seed=seed, recipe=PLAIN)
    with django_assert_max_num_queries(32):
        export(person)


# Erasure --------------------------------------------------------------------------------------


def test_no_trace_of_the_person_is_left_in_any_table(person: User, manager: User) -> None:
    signed_in(person).get("/settings/")
    assert not [canary for canary in CANARIES if canary not in everything()]
    erase(person, by=manager, why="Asked for it", at=AT)
    assert not [canary for canary in CANARIES if canary in everything()]


def test_the_account_is_nobodys(person: User, manager: User) -> None:
    client = signed_in(person)
    erase(person, by=manager, why="Asked for it", at=AT)
    now = User.objects.get(pk=person.pk)
    assert now.username == f"erased-{person.pk}"
    assert (now.email, now.get_full_name(), now.is_active, now.is_staff) == ("", "", False, False)
    assert not now.has_usable_password()
    assert not now.groups.exists()
    assert client.get(reverse("settings")).status_code == 302
    assert not Client().login(username="zq-canary", password="word-of-canary")


def test_answers_and_figures_stay_without_a_name(person: User, manager: User) -> None:
    kept = (Attempt, Answer, Grading, RuleMemory, WeekTally, Report, Assignment)
    before = [model._default_manager.count() for model in kept]
    assert all(before)
    erase(person, by=manager, why="Asked for it", at=AT)
    assert [model._default_manager.count() for model in kept] == before
    assert not Note.objects.exists()


def test_seats_end_and_open_assignments_are_taken_back(person: User, manager: User) -> None:
    erase(person, by=manager, why="Asked for it", at=AT)
    assert not Membership.objects.active().filter(person=person).exists()
    assert not Assignment.objects.open().filter(person=person).exists()


def test_certificates_lose_their_name_and_hold_no_longer(person: User, manager: User, client: Client) -> None:
    code = Certificate.objects.get().code
    erase(person, by=manager, why="Asked for it", at=AT)
    page = client.get(reverse("verify", args=[code])).text
    assert "It is no longer valid" in page
    assert "at the request of the person" in page
    assert "Zerafine" not in page


def test_nobody_else_is_touched(person: User, manager: User, teammate: User, team: Team) -> None:
    notebook.add_note(teammate, notebook.Words(text="of a teammate"), AT)
    before = as_json(teammate)
    erase(person, by=manager, why="Asked for it", at=AT)
    untimed = [json.loads(text) | {"exported_at": ""} for text in (before, as_json(teammate))]
    assert untimed[0] == untimed[1]


def test_an_erasure_is_audited_and_again_changes_nothing(person: User, manager: User) -> None:
    erase(person, by=manager, why="Asked for it", at=AT)
    (entry,) = AuditEntry.objects.filter(verb="person erased")
    assert (entry.who, entry.subject, entry.why) == (manager, f"user {person.pk}", "Asked for it")
    count = AuditEntry.objects.count()
    erase(person, by=manager, why="Asked for it", at=AT)
    assert AuditEntry.objects.count() == count


def test_the_last_administrator_stays(admin: User) -> None:
    with pytest.raises(CannotErase):
        erase(admin, by=None, why="Asked for it", at=AT)
    assert User.objects.get(pk=admin.pk).is_superuser
    User.objects.create_superuser("second", "second@example.com", "word-of-second")
    erase(admin, by=None, why="Asked for it", at=AT)
    assert not User.objects.get(pk=admin.pk).is_superuser


def test_a_name_that_somebody_took_is_no_hindrance(person: User, manager: User) -> None:
    User.objects.create_user(f"erased-{person.pk}")
    erase(person, by=manager, why="Asked for it", at=AT)
    assert is_erased(User.objects.get(pk=person.pk))


def test_nothing_is_erased_by_half(person: User, manager: User, settings: Any, tmp_path: Path) -> None:
    settings.ERASURES_FILE = str(tmp_path / "no" / "such")
    with pytest.raises(FileNotFoundError):
        erase(person, by=manager, why="Asked for it", at=AT)
    assert User.objects.get(pk=person.pk).username == "zq-canary"
    assert Note.objects.exists()


# After a restore ------------------------------------------------------------------------------


def brought_back(person: User) -> User:
    """As a backup of before the erasure would."""
    User.objects.filter(pk=person.pk).update(username="zq-canary", email="zq-canary@example.com", is_active=True)
    return User.objects.get(pk=person.pk)


def test_whom_a_backup_brings_back_is_erased_again(person: User, manager: User, teammate: User) -> None:
    erase(person, by=manager, why="Asked for it", at=AT)
    assert erase_again(AT) == 0
    assert not is_erased(brought_back(person))
    call_command("erase_person", again=True)
    assert is_erased(User.objects.get(pk=person.pk))
    assert not is_erased(User.objects.get(pk=teammate.pk))
    assert len(Path(site.ERASURES_FILE).read_text(encoding="utf-8").splitlines()) == 1


def test_who_got_the_number_of_an_erased_person_is_left_alone(person: User, manager: User) -> None:
    erase(person, by=manager, why="Asked for it", at=AT)
    brought_back(person)
    User.objects.filter(pk=person.pk).update(date_joined=AT + timedelta(days=1))
    assert erase_again(AT) == 0


def test_the_list_of_erasures_names_nobody(person: User, manager: User) -> None:
    erase(person, by=manager, why="Asked for it", at=AT)
    (line,) = Path(site.ERASURES_FILE).read_text(encoding="utf-8").splitlines()
    assert set(json.loads(line)) == {"id", "joined", "erased_at"}


# By command and in the admin --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"username": "zq-canary"}, "why"),
        ({"why": "x"}, "who"),
        ({"username": "nobody", "why": "x"}, "Nobody is called nobody"),
    ],
)
def test_the_command_refuses_in_words(person: User, given: dict[str, Any], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("erase_person", yes=True, **given)
    assert not is_erased(User.objects.get(pk=person.pk))


def test_the_command_says_so_where_there_is_nobody_to_ask(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match="there is nobody to ask"):
        call_command("erase_person", "zq-canary", why="Asked for it")
    assert not is_erased(User.objects.get(pk=person.pk))


def test_the_command_asks_first(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_person", "zq-canary", why="Asked for it")
    monkeypatch.setattr("builtins.input", lambda _: "zq-canary")
    call_command("erase_person", "zq-canary", why="Asked for it")
    assert is_erased(User.objects.get(pk=person.pk))


PEOPLE = "/admin/accounts/user/"


def act(client: Client, action: str, *people: User, **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [one.pk for one in people]}
    return client.post(PEOPLE, chosen | more, follow=True)


def test_an_administrator_exports_one_person(person: User, admin: User) -> None:
    answer = act(signed_in(admin), "export_data", person)
    assert json.loads(answer.content)["account"]["id"] == person.pk
    assert AuditEntry.objects.filter(verb="data exported", who=admin).count() == 1


def test_an_administrator_erases_one_person_after_a_question(person: User, admin: User) -> None:
    client = signed_in(admin)
    asked = act(client, "erase_person", person)
    assert "This cannot be taken back" in asked.text
    assert not is_erased(User.objects.get(pk=person.pk))
    assert "This field is required" in act(client, "erase_person", person, confirmed="1", why="").text
    assert "Erased" in act(client, "erase_person", person, confirmed="1", why="Asked for it").text
    assert is_erased(User.objects.get(pk=person.pk))


def test_nobody_erases_themself_or_several_at_once(person: User, teammate: User, admin: User) -> None:
    client = signed_in(admin)
    assert "You cannot erase yourself" in act(client, "erase_person", admin, confirmed="1", why="x").text
    assert "one person at a time" in act(client, "erase_person", person, teammate, confirmed="1", why="x").text
    assert not User.objects.filter(username__startswith="erased").exists()


def test_staff_who_are_no_administrators_do_neither(person: User, educator: User) -> None:
    client = signed_in(educator)
    assert act(client, "export_data", person).status_code == 403
    educator.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    for action in ("export_data", "erase_person"):
        assert act(signed_in(educator), action, person, confirmed="1", why="x").status_code == 403
    assert not is_erased(User.objects.get(pk=person.pk))


# On the disk ----------------------------------------------------------------------------------

MADE = """
from accounts.models import User
from quizzes.models import Note
one = User.objects.create_user("zq-canary", "zq-canary@example.com", first_name="Zerafine", last_name="Quillfeather")
for n in range(200):
    Note.objects.create(person=one, text=f"canary-note {n} " * 40)
    User.objects.create_user(f"other{n}", f"other{n}@example.com")
"""


@pytest.mark.long
def test_no_trace_is_left_in_the_file_or_its_log(tmp_path: Path) -> None:
    file = tmp_path / "site.sqlite3"
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{file}", "DEBUG": "1", "ERASURES_FILE": str(tmp_path / "erasures.jsonl"),
        "DJANGO_SETTINGS_MODULE": "coding_edu.settings",
    }  # fmt: skip

    def manage(*words: str, typed: str = "") -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, env=env, cwd=site.BASE_DIR, input=typed, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def on_disk() -> bytes:
        return b"".join(one.read_bytes() for one in tmp_path.glob("site.sqlite3*")).lower()

    manage("migrate", "--verbosity", "0")
    manage("shell", "--verbosity", "0", typed=MADE)
    watcher = sqlite3.connect(file)  # another process that has the file open, as a server would
    assert b"zerafine" in on_disk()
    assert "Erased; the account is" in manage("erase_person", "zq-canary", "--why", "Asked for it", "--yes")
    assert not [canary for canary in CANARIES if canary.encode() in on_disk()]
    assert watcher.execute("SELECT count(*) FROM accounts_user").fetchone() == (201,)
    watcher.close()
