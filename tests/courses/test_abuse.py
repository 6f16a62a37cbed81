"""What people try who mean harm, and what odd browsers send: no error, no leak, nothing stored that was not asked."""

import io
import json
import logging
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.db.models import ForeignKey, UUIDField
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code, PublishedCode
from courses import doing
from courses.access import own_step
from courses.invitations import invite, open_link
from courses.models import Assignment, Certificate, Course, CourseItem, Invitation, Membership, Sitting, Standing, Team
from courses.reports.exports import SHEETS, TYPES
from courses.seats import withdraw
from courses.views import join as join_views
from quizzes import exams, practice
from quizzes.models import Answer, Attempt, AttemptItem, Exam, ExamPart, Grading
from rulebook.kinds import KIND
from tests.conftest import signed_in
from tests.courses.builders import course_of, give_course, quiz
from tests.courses.inviting import link, mailed, token_of
from tests.faults.people import right_form
from tests.quizzes.learning import give, wrong
from tests.quizzes.test_formats import secrets

#: The pages of a team, with what their addresses need besides the team.
PAGES = (
    "team", "heat_map", "cell", "member", "team_answers", "cohorts", "people", "assignments", "team_assignment",
    "assign", "letters", "team_certificates", "team_settings", "invite", "seat",
)  # fmt: skip


@pytest.fixture
def given(team: Team, trainee: User, bone_code: Code) -> Assignment:
    """A set of four that the trainee is assigned, due in a week, with a certificate at its end."""
    course = course_of(quiz(bone_code), team=team, title="Ablation", gives_certificate=True)
    made: Assignment = give_course(team, course, trainee, due_at=timezone.now() + timedelta(days=7))
    return made


def addresses(given: Assignment) -> dict[str, str]:
    """Every page and file of the team, by its name."""
    team, person = given.team_id, given.person_id
    more = {"cell": [person, "units"], "member": [person], "seat": [person], "team_assignment": [given.pk]}
    pages = {name: reverse(name, args=[team, *more.get(name, [])]) for name in PAGES}
    return pages | {
        f"{what}.{form}": reverse("team_export", args=[team, what, form]) for what in SHEETS for form in TYPES
    }


def read(client: Client, address: str) -> str:
    """The bytes of a page or a file, unpacked."""
    body = client.get(address).content
    if body[:2] != b"PK":
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


# Fields that no form asks for (A8, E18) ---------------------------------------------------------

#: What somebody may add to a form in the hope that it is stored.
WISHES = {
    "role": "admin", "is_staff": "1", "is_superuser": "1", "is_active": "0", "groups": "1", "user_permissions": "1",
    "person": "1", "user": "1", "author": "1", "by": "1", "score": "100", "percent": "100", "state": "done",
    "graded": "1", "done_at": "2020-01-01", "kept": "9", "tried": "9", "is_clean": "1", "unassigned_at": "2020-01-01",
    "archived_at": "2020-01-01", "ended_at": "2020-01-01", "revoked_at": "2020-01-01", "used": "-5", "nonce": "x",
    "token": "x", "slug": "x", "is_template": "on", "is_remediation": "on", "id": "1", "pk": "1", "position": "99",
    "assigned_by": "1", "batch": "0" * 32, "repeats": "1", "before_kept": "0", "result": "All", "name_on_it": "x",
}  # fmt: skip


def forms(given: Assignment) -> dict[str, tuple[str, list[Any], dict[str, str]]]:
    """Every form of a manager: its URL name, what that needs, and how it is filled in."""
    team, course, item = given.team_id, given.course_id, given.course.items.get().pk
    certificate = Certificate.objects.create(
        assignment=given, person=given.person, code="ABCD-EFGH-JKLM", name="T", course_title="C", team_name="T"
    )
    offer = open_link(given.team, by=None, at=timezone.now())
    decided = {"name": "Renamed", "time_zone": "UTC", "scoring": "elements", "target_percent": "90"}
    terms = {"everybody": "on", "course": str(course), "mode": "tutor", "pass_percent": "80", "action": "assign"}
    change = {"assignment": str(given.pk), "verb": "extend", "due_on": "", "no_date": "on", "why": "Away"}
    return {
        "make a team": ("team_new", [], decided),
        "change a team": ("team_settings", [team], decided),
        "put a team away": ("team_archive", [team], {}),
        "change a seat": ("seat", [team, given.person_id], {"role": "trainee", "cohort": "Spring"}),
        "withdraw a seat": ("seat_withdraw", [team, given.person_id], {}),
        "invite by mail": ("invite", [team], {"addresses": "a@example.org", "role": "trainee", "cohort": ""}),
        "invite by a link": ("invite_link", [team], {"uses": "3", "days": "7", "cohort": ""}),
        "renew an invitation": ("invitation_renew", [team, offer.pk], {}),
        "withdraw an invitation": ("invitation_withdraw", [team, offer.pk], {}),
        "make a course": ("course_new", [], {"title": "New", "team": str(team), "in_order": "on"}),
        "change a course": ("course_edit", [course], {"title": "Other"}),
        "copy a course": ("course_copy", [course], {"team": str(team)}),
        "put a course away": ("course_archive", [course], {}),
        "add an item": ("item_new", [course, "quiz"], {"number": "5", "title": "More"}),
        "change an item": ("item_edit", [course, item], {"number": "6", "title": "Less"}),
        "remove an item": ("item_remove", [course, item], {}),
        "assign": ("assign", [team], terms),
        "change assignments": ("assignments_change", [team], change),
        "revoke a certificate": ("certificate_revoke", [certificate.code], {"why": "Wrong person"}),
        "remediate": ("remediate", [team, given.person_id], {"category": ""}),
    }


def rows() -> dict[str, list[dict[str, Any]]]:
    """What is stored of people and teams, but for numbers and moments that differ from one time to the next."""
    models = (User, Team, Membership, Invitation, Course, CourseItem, Assignment, Standing, Certificate, AuditEntry)
    return {model.__name__: [_plain(one) for one in model._default_manager.order_by("pk")] for model in models}


def _plain(row: Any) -> dict[str, Any]:
    told = {}
    for field in row._meta.concrete_fields:
        value = field.value_from_object(row)
        is_plain = isinstance(value, str | bool | int) and not field.primary_key
        is_plain = (
            is_plain
            and not isinstance(field, ForeignKey | UUIDField)
            and field.name not in ("nonce", "subject", "team")
        )
        told[field.name] = value if is_plain or getattr(field, "related_model", None) is User else value is None
    return told


class _Undone(Exception):
    """Nothing of it is to stay."""


def after(client: Client, url: str, sent: dict[str, Any]) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """What a form leads to, and what is stored then; taken back in the end."""
    try:
        with transaction.atomic():
            told = client.post(url, sent).status_code, rows()
            raise _Undone
    except _Undone:
        return told


FORMS = (
    "make a team", "change a team", "put a team away", "change a seat", "withdraw a seat", "invite by mail",
    "invite by a link", "renew an invitation", "withdraw an invitation", "make a course", "change a course",
    "copy a course", "put a course away", "add an item", "change an item", "remove an item", "assign",
    "change assignments", "revoke a certificate", "remediate",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_a_managers_form_does_not_ask_is_not_stored(
    as_manager: Client, given: Assignment, teammate: User, other_manager: User, form: str
) -> None:
    every = forms(given)
    assert set(every) == set(FORMS)
    name, args, sent = every[form]
    give(sit_down(given).items.first(), practice.I_DO_NOT_KNOW, timezone.now())
    # The only item of a course that people are at is not removed.
    CourseItem.objects.create(course=given.course, position=2, kind=CourseItem.Kind.QUIZ, number=5)
    another = str(Team.objects.get(name="Another team").pk)
    url, before = reverse(name, args=args), rows()
    plain = after(as_manager, url, sent)
    assert plain[0] == 302
    assert plain[1] != before
    assert after(as_manager, url, {**WISHES, "team": another, **sent}) == plain


def sit_down(given: Assignment) -> Attempt:
    """The set of the item, begun as its trainee does."""
    kinds = (CourseItem.Kind.QUIZ, CourseItem.Kind.EXAM)
    step = own_step(given.person, given.pk, given.course.items.get().pk, kinds)
    return doing.start(step, timezone.now(), seed=1)


@pytest.mark.parametrize("role", ["admin", "owner", "MANAGER", "", "trainee\x00"])
def test_a_role_that_is_none_is_refused(as_manager: Client, given: Assignment, role: str) -> None:
    before = rows()
    for name, args, more in (("seat", [given.person_id], {}), ("invite", [], {"addresses": "a@example.org"})):
        url = reverse(name, args=[given.team_id, *args])
        assert as_manager.post(url, {"role": role, "cohort": "", **more}).status_code == 422
    assert rows() == before


def test_a_trainee_who_begins_a_set_decides_nothing_of_it(as_trainee: Client, given: Assignment) -> None:
    item = given.course.items.get()
    as_trainee.post(reverse("item_start", args=[given.pk, item.pk]), WISHES | {"mode": "tutor", "minutes": "999"})
    attempt = Attempt.objects.get()
    assert (attempt.person, attempt.mode, attempt.minutes, attempt.finished_at) == (given.person, "tutor", None, None)
    standing = given.standings.get()
    assert (standing.state, standing.kept, standing.tried) == (Standing.State.IN_PROGRESS, 0, 0)


@pytest.mark.parametrize("mode", ["tutor", "exam"])
@pytest.mark.parametrize("source", ["mixed", "assigned"])
def test_a_set_that_was_built_does_not_count_as_one_that_is_assigned(
    as_trainee: Client, given: Assignment, mode: str, source: str
) -> None:
    item, sent = given.course.items.get(), {"key": str(uuid.uuid4()), "number": "1", "formats": "minimal-pair"}
    Assignment.objects.filter(pk=given.pk).update(mode=mode)
    as_trainee.post(reverse("practice_start"), sent | {"mode": mode, "source": source})
    built = Attempt.objects.get()
    answer = as_trainee.post(reverse("item_start", args=[given.pk, item.pk]), sent)
    assert answer.status_code == 409
    assert "Nothing was started" in answer.text
    assert list(Attempt.objects.all()) == [built]
    assert not Sitting.objects.exists()


def test_an_exam_that_was_finished_elsewhere_does_not_count_by_its_key(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    exam = Exam.objects.create(title="An exam", is_open=True, attempts_allowed=2)
    exam.parts.create(number=1, code=bone_code)
    given = give_course(team, course_of({"kind": CourseItem.Kind.EXAM, "exam": exam}, team=team), trainee)
    sent = {"key": str(uuid.uuid4())}
    as_trainee.post(reverse("exam_start", args=[exam.pk]), sent)
    Attempt.objects.update(finished_at=timezone.now())
    url = reverse("item_start", args=[given.pk, given.course.items.get().pk])
    assert as_trainee.post(url, sent).status_code == 409
    assert Attempt.objects.count() == 1
    as_trainee.post(url, {"key": str(uuid.uuid4())})
    assert Attempt.objects.count() == 2


def test_the_key_of_one_item_begins_no_other(as_trainee: Client, team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code), quiz(bone_code), team=team), trainee)
    first, second = given.course.items.order_by("position")
    sent = {"key": str(uuid.uuid4())}
    begun = as_trainee.post(reverse("item_start", args=[given.pk, first.pk]), sent).url
    assert as_trainee.post(reverse("item_start", args=[given.pk, second.pk]), sent).status_code == 409
    assert as_trainee.post(reverse("item_start", args=[given.pk, first.pk]), sent).url == begun
    assert Sitting.objects.get().standing.item == first


# Roles (A9, A10) --------------------------------------------------------------------------------


def test_an_educator_changes_no_course_of_a_team(as_educator: Client, given: Assignment) -> None:
    course, item = given.course_id, given.course.items.get().pk
    before = rows()
    tries = {
        "course_edit": ([course], {"title": "Mine"}), "course_archive": ([course], {}),
        "item_new": ([course, "page"], {"code": "20983"}), "item_edit": ([course, item], {"number": "1"}),
        "item_move": ([course, item], {"to": "up"}), "item_remove": ([course, item], {}),
        "course_copy": ([course], {"team": ""}),
    }  # fmt: skip
    assert {as_educator.post(reverse(name, args=args), sent).status_code for name, (args, sent) in tries.items()} == {
        404
    }
    assert as_educator.post(reverse("course_new"), {"title": "T", "team": given.team_id}).status_code == 422
    assert rows() == before


def test_an_educator_opens_no_page_of_a_team(as_educator: Client, given: Assignment) -> None:
    assert {as_educator.get(address).status_code for address in addresses(given).values()} == {404}


# What an exam must not give away (B6, B8, B11, B12) ---------------------------------------------


@pytest.fixture
def exam(bone_code: Code, educator: User) -> Exam:
    """Three questions; its author releases the results."""
    made = Exam.objects.create(
        title="Sealed exam", minutes=30, is_open=True, author=educator, release=Exam.Release.BY_AUTHOR
    )
    ExamPart.objects.create(exam=made, number=3, code=bone_code)
    return made


@pytest.fixture
def sealed(team: Team, trainee: User, exam: Exam) -> Assignment:
    """The exam, assigned."""
    course = Course.objects.create(title="Exam week", team=team)
    CourseItem.objects.create(course=course, position=1, kind=CourseItem.Kind.EXAM, exam=exam)
    made: Assignment = give_course(team, course, trainee)
    return made


def questions(attempt: Attempt) -> list[AttemptItem]:
    return list(attempt.items.select_related("attempt__exam", "version__question"))


@pytest.fixture
def running(sealed: Assignment) -> Attempt:
    """Begun, with one answer saved."""
    attempt = sit_down(sealed)
    exams.begin(attempt, timezone.now())
    item = questions(attempt)[0]
    signed_in(sealed.person).post(item.get_absolute_url(), right_form(item))
    assert Answer.objects.filter(item=item).exists()
    attempt.refresh_from_db()
    return attempt


def texts(value: Any) -> Iterator[str]:
    """Every text in a question or an answer, long ones by their sentences."""
    if isinstance(value, str):
        yield from re.split(r"\n|(?<=\.) ", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", value))
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def canaries(attempt: Attempt) -> set[str]:
    """The sentences of the questions, and every reason there could be for an answer to be right or wrong."""
    said = {text for item in questions(attempt) for text in texts([item.version.prompt])}
    return {text for text in said if len(text) > 20} | {why for item in questions(attempt) for why in secrets(item)}


def found_in(page: str, words: set[str]) -> list[str]:
    page = page.replace("&#x27;", "'").replace("&quot;", '"')
    return [word for word in words if word in page]


#: Sentences that stand in notes of many pages, examples to read among them.
STOCK = ("The performing physician", "He went", "She went", "Diagnosis: ")


def test_nothing_to_read_during_an_exam_holds_its_questions(running: Attempt, as_trainee: Client) -> None:
    [item, *_] = questions(running)
    words = {text for one in questions(running) for text in texts([one.version.prompt]) if len(text) > 20}
    words = {word for word in words if not word.startswith(STOCK)}
    assert found_in(as_trainee.get(item.get_absolute_url()).text, words)
    numbers = PublishedCode.objects.values_list("number", flat=True)
    pages = [reverse("code_page", args=[number]) for number in numbers]
    pages += [reverse("rule_kind", args=[kind]) for kind in KIND]
    pages += [reverse(name) for name in ("home", "practice", "review", "progress", "mistakes", "notebook", "teams")]
    pages += [reverse("find_codes") + f"?q={word}" for word in ("ablation", "tumor", "fluoroscopy", "man")]
    pages += [reverse("suggestions") + "?q=ablation"]
    pages += [reverse("assignment", args=[Assignment.objects.get().pk])]
    for address in pages:
        answer = as_trainee.get(address, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert not found_in(answer.text, words), address


def test_no_page_or_file_of_a_manager_holds_a_word_of_an_open_exam(
    running: Attempt, sealed: Assignment, as_manager: Client
) -> None:
    words = canaries(running)
    assert len(words) > 20
    for name, address in addresses(sealed).items():
        assert not found_in(read(as_manager, address), words), name
    assert "In progress" in read(as_manager, addresses(sealed)["team_assignment"])


def test_nor_of_one_whose_results_are_not_released(
    running: Attempt, sealed: Assignment, exam: Exam, as_manager: Client, as_trainee: Client
) -> None:
    for item in questions(running):
        as_trainee.post(item.get_absolute_url(), right_form(item))
    as_trainee.post(reverse("finish", args=[running.pk]))
    running.refresh_from_db()
    assert running.finished_at is not None
    words = canaries(running)
    for name, address in addresses(sealed).items():
        assert not found_in(read(as_manager, address), words), name
    answers = Answer.objects.filter(item__attempt=running, state=Answer.State.SUBMITTED)
    assert answers
    for answer in answers:
        assert as_manager.get(reverse("team_answer", args=[sealed.team_id, answer.pk])).status_code == 404
    assert not found_in(read(as_trainee, running.get_absolute_url()), words)
    exams.release(exam, timezone.now())
    assert found_in(read(as_manager, addresses(sealed)["team_answers"]), words)


def test_nor_of_an_open_set_in_exam_mode(as_manager: Client, team: Team, teammate: User, bone_code: Code) -> None:
    mine: Assignment = give_course(team, course_of(quiz(bone_code), title="Week"), teammate, mode="exam")
    attempt = sit_down(mine)
    exams.begin(attempt, timezone.now())
    item = questions(attempt)[0]
    signed_in(teammate).post(item.get_absolute_url(), right_form(item))
    assert Answer.objects.filter(item=item).exists()
    for name, address in addresses(mine).items():
        assert not found_in(read(as_manager, address), canaries(attempt)), name


def test_a_page_that_fails_and_what_is_noted_of_it_hold_no_key(
    running: Attempt, as_trainee: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(practice, "save_draft", fail)
    monkeypatch.setattr(exams, "finish", fail)
    as_trainee.raise_request_exception = False
    item, words = questions(running)[0], canaries(running)
    answers = [
        as_trainee.post(item.get_absolute_url() + "draft/", right_form(item)),
        as_trainee.post(reverse("finish", args=[running.pk])),
    ]
    assert 500 in {answer.status_code for answer in answers}
    told = "".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    noted = json.dumps(list(AuditEntry.objects.values()), default=str)
    for text in (*(answer.text for answer in answers), told, noted):
        assert not found_in(text, words)


# Somebody leaves in the middle (C20), and gets more time (C23) ----------------------------------


def test_whoever_is_removed_in_the_middle_may_finish_and_nothing_is_lost(
    given: Assignment, as_trainee: Client, as_manager: Client, manager: User
) -> None:
    attempt = sit_down(given)
    first, *others = questions(attempt)
    as_trainee.post(first.get_absolute_url(), right_form(first))
    withdraw(given.team.memberships.get(person=given.person), by=manager, at=timezone.now())
    for item in others:
        assert as_trainee.get(item.get_absolute_url()).status_code == 200
        assert as_trainee.post(item.get_absolute_url(), right_form(item)).status_code == 302
    assert as_trainee.get(attempt.get_absolute_url()).status_code == 200
    attempt.refresh_from_db()
    assert attempt.finished_at is not None
    assert Grading.objects.filter(answer__item__attempt=attempt, is_clean=True).count() == 4
    given.refresh_from_db()
    assert given.done_at is not None
    # Neither side finds it in the team any more, and nothing of the person is on any page of it.
    assert as_trainee.get(given.get_absolute_url()).status_code == 404
    pages = addresses(given)
    gone = {as_manager.get(pages[name]).status_code for name in ("member", "cell", "seat")}
    assert gone == {404}
    kept = [name for name in pages if name not in ("member", "cell", "seat", "team_assignment", "team_certificates")]
    link_to_them = reverse("member", args=[given.team_id, given.person_id])
    for name in kept:
        assert link_to_them not in read(as_manager, pages[name]), name
    for answer in Answer.objects.all():
        assert as_manager.get(reverse("team_answer", args=[given.team_id, answer.pk])).status_code == 404


def test_nothing_new_is_begun_after_the_seat_is_gone(given: Assignment, as_trainee: Client, manager: User) -> None:
    withdraw(given.team.memberships.get(person=given.person), by=manager, at=timezone.now())
    item = given.course.items.get()
    assert as_trainee.post(reverse("item_start", args=[given.pk, item.pk])).status_code == 404
    assert not Attempt.objects.exists()


def test_extra_time_that_comes_with_an_assignment_moves_the_deadline_of_an_open_exam(
    running: Attempt, sealed: Assignment, as_manager: Client, as_trainee: Client
) -> None:
    def page() -> Any:
        return as_trainee.get(questions(running)[0].get_absolute_url()).context["attempt"].deadline

    before, course = page(), course_of({"kind": CourseItem.Kind.EXAM, "exam": running.exam}, team=sealed.team)
    sent = {"people": str(running.person_id), "course": str(course.pk), "mode": "tutor", "pass_percent": "80"}
    sent |= {"extra_percent": "50", "action": "assign"}
    assert as_manager.post(reverse("assign", args=[sealed.team_id]), sent).status_code == 302
    assert page() - before == timedelta(minutes=15)
    assert AuditEntry.objects.filter(verb="extra time granted").count() == 1


# Mail (D14) and tokens (E16) --------------------------------------------------------------------


def test_with_a_dead_mail_server_a_reset_answers_the_same_for_everybody(
    client: Client, trainee: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*args: Any) -> int:
        raise ConnectionRefusedError("no such server mail.example.org")

    monkeypatch.setattr(EmailBackend, "send_messages", refused)
    for who in ("trainee@example.com", "nobody@example.com"):
        answer = client.post(reverse("account_reset_password"), {"email": who}, follow=True)
        assert answer.redirect_chain == [(reverse("account_reset_password_done"), 302)]
        assert "mail.example.org" not in answer.text
        assert "ConnectionRefusedError" in caplog.text
        assert who not in caplog.text


@pytest.mark.parametrize("logger", ["django.request", "django.server", "coding_edu.outages"])
def test_a_token_is_in_no_log_of_a_page_that_failed(
    client: Client, team: Team, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, logger: str
) -> None:
    token = token_of(mailed(team))

    def fail(*args: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(join_views, "invitation_for", fail)
    client.raise_request_exception = False
    assert client.get(reverse("join", args=[token])).status_code == 500
    writer = logging.getLogger(logger)
    monkeypatch.setattr(writer, "propagate", True)
    writer.warning('"%s" %s', f"GET /join/{token}/ HTTP/1.1", 200)
    writer.warning(f"GET /accounts/password/reset/key/1-{token}/")
    assert token not in caplog.text
    assert "GET /join/…/ HTTP/1.1" in caplog.text


def test_a_token_of_one_team_opens_no_other(as_trainee: Client, team: Team, other_manager: User) -> None:
    ours, theirs = link(team), link(Team.objects.get(name="Another team"))
    number, nonce, seal = token_of(ours).split(".")
    for forged in (f"{theirs.pk}.{nonce}.{seal}", f"{number}.{theirs.nonce}.{seal}", f"{number}.{nonce}."):
        assert as_trainee.get(f"/join/{forged}/", follow=True).status_code == 404
    assert Membership.objects.filter(team=theirs.team).count() == 1


def test_an_address_that_htmx_names_leads_nowhere_else(as_manager: Client, given: Assignment) -> None:
    for odd in ("//evil.example", "https://evil.example/", "/\\evil.example", "x\r\nSet-Cookie: a=b"):
        headers = {"HX-Request": "true", "HX-Current-URL": odd, "HX-Target": "main"}
        answer = as_manager.get(reverse("team", args=[given.team_id]), {"next": odd}, headers=headers)
        assert "evil" not in str(answer.headers)
        url = reverse("seat", args=[given.team_id, given.person_id])
        answer = as_manager.post(f"{url}?next={odd}", {"role": "trainee", "cohort": "", "next": odd}, headers=headers)
        assert answer.headers["Location"] == reverse("people", args=[given.team_id])


# Addresses (F7, F17, F19) -----------------------------------------------------------------------

#: Everything that any page of a team reads from its address.
PARAMETERS = (
    "weeks", "cohort", "show", "sort", "page", "person", "category", "error", "kind", "broken", "outcome",
    "fresh", "item", "week", "state", "course", "batch", "role", "invited", "by", "code", "team", "assignment",
)  # fmt: skip
PAYLOADS = (
    "'; DROP TABLE courses_team; --", '" OR 1=1 --', "1 UNION SELECT password FROM accounts_user", "%00\x00", "-1",
    "9" * 40, "0x1", "1e309", "９", "9999-12-31", "0000-00-00", "2026-02-30", "__class__", "\u202e", "x" * 5000,
)  # fmt: skip
LOOK_UPS = (
    {"sort": "person__password"}, {"sort": "-person__password"}, {"sort": "?"}, {"sort": "name;--"},
    {"order_by": "person__password"}, {"person__regex": ".*"}, {"person__password__startswith": "m"},
    {"team__isnull": "1"}, {"_connector": "OR"}, {"_negated": "1"}, {"pk__in": "1,2"}, {"cohort__regex": "."},
    {"state__in": "x"}, {"weeks": "4'"},
)  # fmt: skip


@pytest.fixture
def shown(given: Assignment, teammate: User) -> Assignment:
    """A team with an answer, another assignment and an invitation, so that every list has a row."""
    item = questions(sit_down(given))[0]
    give(item, wrong(item), timezone.now())
    give_course(given.team, given.course, teammate)
    invite(given.team, "guest@example.org", "trainee", by=None, at=timezone.now())
    return given


def lines(answer: Any) -> int:
    """How many rows the tables of a page have."""
    return len(re.findall(r"<tr[ >]", answer.text))


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_does_not_know_of_its_address_changes_nothing(
    as_manager: Client, shown: Assignment, name: str
) -> None:
    address = addresses(shown)[name]
    as_it_is = lines(as_manager.get(address))
    for asked in (*(dict.fromkeys(PARAMETERS, text) for text in PAYLOADS), *LOOK_UPS):
        answer = as_manager.get(address, asked)
        assert answer.status_code == 200, asked
        assert lines(answer) == as_it_is, asked
    assert Team.objects.filter(pk=shown.team_id).exists()


@pytest.mark.parametrize("what", SHEETS)
def test_what_a_file_does_not_know_of_its_address_changes_nothing(
    as_manager: Client, shown: Assignment, what: str
) -> None:
    address = addresses(shown)[f"{what}.csv"]
    as_it_is = as_manager.get(address).content
    for asked in (*(dict.fromkeys(PARAMETERS, text) for text in PAYLOADS), *LOOK_UPS):
        assert as_manager.get(address, asked).content == as_it_is, asked


@pytest.mark.parametrize("text", [*PAYLOADS, "'", "%", "_", "\\", ".*"])
def test_whom_somebody_looks_for_is_text(as_manager: Client, shown: Assignment, text: str) -> None:
    answer = as_manager.get(addresses(shown)["team"], {"find": text})
    assert answer.status_code == 200
    assert "/people/" + str(shown.person_id) not in answer.text


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_rule_or_an_item_that_is_none_is_no_error(as_manager: Client, shown: Assignment, text: str) -> None:
    for asked in ({"rule": text}, {"item": text}, {"item": "9" * 15}, {"person": "9" * 15}):
        assert as_manager.get(addresses(shown)["team_answers"], asked).status_code == 200


@pytest.mark.parametrize("week", ["9999-12-31", "9999-12-27", "0001-01-01", "1900-01-01", "2026-W10-1", "٢٠٢٦-٠١-٠١"])
def test_a_week_at_the_end_of_the_calendar_is_none(as_manager: Client, shown: Assignment, week: str) -> None:
    assert as_manager.get(addresses(shown)["team_answers"], {"week": week}).status_code == 200
    assert as_manager.get(addresses(shown)["answers.csv"], {"week": week}).status_code == 200


@pytest.mark.parametrize("name", ["join", "verify", "certificate_pdf", "certificate_revoke", "code_page"])
@pytest.mark.parametrize("text", ["%00", "%ED%A0%80", "%F0%9F%98%80", "%FF", "'--", "%0d%0aX:1", "x" * 3000])
def test_a_code_that_is_none_is_missing(as_manager: Client, given: Assignment, name: str, text: str) -> None:
    address = reverse(name, args=["CODE"]).replace("CODE", text)
    assert as_manager.get(address, follow=True).status_code == 404
    assert as_manager.post(address).status_code in (404, 405)


@pytest.mark.parametrize("name", ["team", "team_answers", "assignments", "people"])
def test_too_many_parameters_are_refused_and_a_repeated_one_is_one(
    as_manager: Client, shown: Assignment, name: str
) -> None:
    address = addresses(shown)[name]
    assert as_manager.get(address + "?" + "&".join(f"p{n}=1" for n in range(10_000))).status_code == 400
    assert as_manager.get(address + "?" + "&".join(["page=1", "weeks=4", "role=x"] * 100)).status_code == 200
    assert as_manager.get(address, headers={"cookie": "x=" + "y" * 65_536}).status_code in (200, 302, 400)


def test_a_form_with_too_many_fields_is_refused_whole(as_manager: Client, given: Assignment) -> None:
    name, args, sent = forms(given)["change a team"]
    before = rows()
    flood = sent | {f"extra-{n}": "1" for n in range(1_001)}
    assert as_manager.post(reverse(name, args=args), flood).status_code == 400
    assert rows() == before


@pytest.mark.parametrize(
    "sent", ["2026-02-30", "0000-00-00", "9999-12-31", "1e309", "-1", "２０２６-０１-０１", "tomorrow"]
)
def test_a_day_that_is_none_moves_no_due_date(as_manager: Client, given: Assignment, sent: str) -> None:
    form = {"assignment": str(given.pk), "verb": "extend", "due_on": sent, "why": "Away"}
    answer = as_manager.post(reverse("assignments_change", args=[given.team_id]), form)
    assert answer.status_code == 422
    assert 'href="#id_due_on"' in answer.text
    due = given.due_at
    given.refresh_from_db()
    assert given.due_at == due


# Texts (F8, F16) --------------------------------------------------------------------------------

#: Form -> the field that takes a text, the object it is stored with, and its name there.
FIELDS: dict[str, tuple[str, Callable[[Assignment], Any], str]] = {
    "change a team": ("name", lambda given: given.team, "name"),
    "change a seat": ("cohort", lambda given: given.team.memberships.get(person=given.person), "cohort"),
    "change a course": ("title", lambda given: given.course, "title"),
    "change an item": ("title", lambda given: given.course.items.get(), "title"),
    "change assignments": ("why", lambda given: given.extensions.get(), "why"),
    "revoke a certificate": ("why", lambda given: Certificate.objects.get(), "revoked_why"),
}


@pytest.mark.parametrize("form", FIELDS)
@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Cafe\u0301 \U0001f600", "Café \U0001f600"), ("\ufeffSpring", "Spring"), ("\u202eSpring\u202c", "Spring"),
        ("Sp\u200bring", "Spring"), ("  two\r\nlines\t ", "two lines"), ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("<b>\"x\" & 'y'</b>", "<b>\"x\" & 'y'</b>"), ("שלום", "שלום"),
    ],
)  # fmt: skip
def test_a_text_is_stored_in_one_line_without_what_nobody_sees(
    as_manager: Client, given: Assignment, form: str, typed: str, stored: str
) -> None:
    name, args, sent = forms(given)[form]
    field, of, attribute = FIELDS[form]
    assert as_manager.post(reverse(name, args=args), sent | {field: typed}).status_code == 302
    given = Assignment.objects.get(pk=given.pk)
    assert getattr(of(given), attribute) == stored


@pytest.mark.parametrize("form", FIELDS)
@pytest.mark.parametrize("typed", ["a\x00b", "bell\x07", "\x1b[31mred", "e" + "\u0301" * 10_000, "e" + "\u0301" * 50])
def test_a_text_that_cannot_be_read_is_refused_at_its_field(
    as_manager: Client, given: Assignment, form: str, typed: str
) -> None:
    name, args, sent = forms(given)[form]
    before = rows()
    answer = as_manager.post(reverse(name, args=args), sent | {FIELDS[form][0]: typed})
    assert answer.status_code == 422
    assert f"id_{FIELDS[form][0]}" in answer.text
    assert rows() == before


@pytest.mark.parametrize("raw", ["%FF%FE", "%C0%AF", "%ED%A0%80", "%F8%88%80%80%80", "%EF%BF%BF"])
def test_bytes_that_are_no_text_break_nothing(as_manager: Client, given: Assignment, raw: str) -> None:
    url = reverse("seat", args=[given.team_id, given.person_id])
    answer = as_manager.post(url, f"role=trainee&cohort=a{raw}b", content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (302, 422)
    assert {as_manager.get(address).status_code for address in addresses(given).values()} == {200}


def test_a_name_with_a_line_end_adds_no_header(as_manager: Client, given: Assignment, other_manager: User) -> None:
    Team.objects.filter(pk=given.team_id).update(name="T\r\nSet-Cookie: a=b")
    Course.objects.filter(pk=given.course_id).update(title="C\r\nSet-Cookie: a=b")
    User.objects.filter(pk=given.person_id).update(first_name="N\r\nSet-Cookie: a=b")
    certificate = Certificate.objects.create(
        assignment=given, person=given.person, code="ABCD-EFGH-JKLM", name="N\r\nX: y", course_title="C\r\nX: y",
        team_name="T\r\nX: y",
    )  # fmt: skip
    for address in (*addresses(given).values(), reverse("certificate_pdf", args=[certificate.code])):
        answer = as_manager.get(address)
        assert answer.status_code == 200
        assert not any("\n" in value or "\r" in value for value in answer.headers.values())
        assert "a" not in answer.cookies
    stranger = signed_in(other_manager)
    assert stranger.get(reverse("certificate_pdf", args=[certificate.code])).status_code == 404
