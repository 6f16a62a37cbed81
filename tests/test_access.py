"""Every URL of the site, and what each of the cast gets from it. A URL without a row fails."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code, FacetValue
from codes.pages import read_page
from coding_edu.health import PROBES
from courses.invitations import open_link, token_of
from courses.models import Assignment, Certificate, Course, CourseItem, Invitation, Team
from courses.reports.exports import SHEETS, TYPES
from datasets import store
from datasets.kinds import KIND
from datasets.models import Release
from editorial.models import Revision
from quizzes import practice
from quizzes.models import Answer, Attempt, Exam, Note, Regrade, Report
from tests.conftest import forget, signed_in
from tests.quizzes.learning import give

Alone = Callable[[str], AbstractContextManager[None]]
NO_SUCH = UUID("00000000-0000-4000-8000-000000000000")
LOGIN = "/accounts/login/"

# name -> (arguments, {who: status of GET}); "owner" is the trainee whose attempt it is
WHO = ("anonymous", "owner", "teammate", "manager", "other_manager", "educator", "admin")
OPEN = dict.fromkeys(WHO, 200)
SIGNED_IN = OPEN | {"anonymous": 302}
OWN = dict.fromkeys(WHO, 404) | {"anonymous": 302, "owner": 200}
EDITING = dict.fromkeys(WHO, 403) | {"anonymous": 302, "educator": 200, "admin": 200}
#: Of a team: its manager and the administrator see it, its members are told that they may not, nobody else finds it.
TEAM = dict.fromkeys(WHO, 404) | {"anonymous": 302, "owner": 403, "teammate": 403, "manager": 200, "admin": 200}
#: Who builds courses: anybody who manages a team, and educators.
MAKING = EDITING | {"manager": 200, "other_manager": 200}
#: A course of a team: whoever builds no courses is told so, other builders do not find it.
OF_TEAM = MAKING | {"other_manager": 404, "educator": 404}
POST_ONLY = dict.fromkeys(OPEN, 405)

TABLE = {
    "home": ([], OPEN),
    "healthz": ([], OPEN),
    "readyz": ([], OPEN),
    "find_codes": ([], OPEN),
    "code_page": (["number"], OPEN),
    "code_data": (["number"], OPEN),
    "code_data_summary": (["number"], dict.fromkeys(OPEN, 302)),
    "code_data_edits": (["number"], OPEN),
    "suggestions": ([], dict.fromkeys(OPEN, 302)),
    "find_results": ([], dict.fromkeys(OPEN, 302)),
    "rule_kinds": ([], OPEN),
    "rule_kind": (["kind"], OPEN),
    "upload_article": ([], EDITING),
    "desk": ([], EDITING),
    "trail": ([], EDITING),
    "trail_file": ([], EDITING),
    "page_trail": (["number"], EDITING),
    "problems": ([], EDITING),
    "check_page": (["number"], EDITING),
    "attest": (["number"], POST_ONLY),
    "disputes": ([], EDITING),
    "dispute": (["report"], EDITING),
    "regrade": (["regrade"], EDITING),
    "regrade_new": (["number"], EDITING),
    "items": ([], EDITING),
    "page_items": (["number"], EDITING),
    "item": (["question"], EDITING),
    "reviews": ([], EDITING),
    "coming": ([], EDITING),
    "revision": (["pk"], EDITING),
    "review_page": (["number"], EDITING),
    "from_files": ([], EDITING),
    "take_up": (["number"], EDITING),
    "compare_editions": (["number"], EDITING),
    "write_rules": (["number"], EDITING),
    "write_rule": (["number", "slug"], EDITING),
    "write_rule_new": (["number", "kind"], EDITING),
    "write_examples": (["number"], EDITING),
    "write_example": (["number", "slug"], EDITING),
    "write_example_new": (["number"], EDITING),
    "try_draft": (["number"], EDITING),
    "try_page": (["number"], EDITING),
    "try_questions": (["number", "slug"], EDITING),
    # Which question is said in the query; without one there is none.
    "try_question": (["number", "slug"], EDITING | {"educator": 404, "admin": 404}),
    "run_draft": (["number"], EDITING),
    "words": ([], EDITING),
    "word_new": ([], EDITING),
    "word": (["word"], EDITING),
    "write_new": ([], EDITING),
    "write_page": (["number"], EDITING),
    "write_part": (["number", "part"], EDITING),
    "section_move": (["number", "slug"], POST_ONLY),
    "section_remove": (["number", "slug"], EDITING),
    "write_autosave": (["number"], POST_ONLY),
    # The part is there, so it leads to its form.
    "kept_text": (["number", "part"], EDITING | {"educator": 302, "admin": 302}),
    "files": ([], EDITING),
    "files_export": ([], EDITING),
    "files_progress": (["digest"], EDITING | {"educator": 404, "admin": 404}),
    "page_export": (["number", "format"], EDITING),
    "data": ([], EDITING),
    "data_load": (["key"], EDITING | {"educator": 404, "admin": 404}),
    "data_remove": (["release"], EDITING),
    "practice": ([], SIGNED_IN),
    "practice_start": ([], POST_ONLY),
    "practise_rules": ([], POST_ONLY),
    "practise_mixed": ([], POST_ONLY),
    "repair": ([], POST_ONLY),
    "variant": (["attempt", "position"], POST_ONLY),
    "practise": (["number"], POST_ONLY),
    "try_it": ([], SIGNED_IN),
    "review": ([], SIGNED_IN),
    "review_start": ([], POST_ONLY),
    "attempt_summary": (["attempt"], OWN),
    "question": (["attempt", "position"], OWN),
    "draft": (["attempt", "position"], OWN | {"anonymous": 401}),
    "finish": (["attempt"], POST_ONLY),
    "exam": (["pk"], SIGNED_IN),
    "exam_start": (["pk"], POST_ONLY),
    "set_theme": ([], POST_ONLY),
    "kept_form": ([], dict.fromkeys(OPEN, 302)),
    "settings": ([], SIGNED_IN),
    "notebook": ([], SIGNED_IN),
    "note_add": ([], SIGNED_IN),
    "note": (["note"], OWN),
    "note_remove": (["note"], OWN),
    "report": (["attempt", "position"], OWN | {"owner": 404}),
    "mistakes": ([], SIGNED_IN),
    "progress": ([], SIGNED_IN),
    "teams": ([], SIGNED_IN),
    "team_new": ([], MAKING | {"educator": 403}),
    "team_settings": (["team"], TEAM),
    "team_archive": (["team"], TEAM),
    "people": (["team"], TEAM),
    "seat": (["team", "person"], TEAM),
    "seat_withdraw": (["team", "person"], TEAM),
    "invite": (["team"], TEAM),
    "invite_link": (["team"], TEAM),
    "invite_list": (["team"], TEAM),
    "invitation": (["team", "invitation"], TEAM),
    "invitation_renew": (["team", "invitation"], POST_ONLY),
    "invitation_withdraw": (["team", "invitation"], POST_ONLY),
    "join": (["token"], dict.fromkeys(OPEN, 302)),
    "joining": ([], dict.fromkeys(OPEN, 404)),
    "join_account": ([], dict.fromkeys(OPEN, 302)),
    "courses": ([], MAKING),
    "course_new": ([], MAKING),
    "course_changes": ([], MAKING),
    "course": (["course"], OF_TEAM),
    "course_edit": (["course"], OF_TEAM),
    "course_copy": (["course"], OF_TEAM),
    "course_archive": (["course"], OF_TEAM),
    "course_preview": (["course"], OF_TEAM),
    "item_new": (["course", "kind"], OF_TEAM),
    "item_edit": (["course", "item"], OF_TEAM),
    "item_remove": (["course", "item"], OF_TEAM),
    "item_move": (["course", "item"], POST_ONLY),
    "assignment": (["assignment"], OWN),
    "item_start": (["assignment", "item"], POST_ONLY),
    "item_read": (["assignment", "item"], POST_ONLY),
    "assign": (["team"], TEAM),
    "assignments": (["team"], TEAM),
    "assignments_change": (["team"], TEAM | {"manager": 302, "admin": 302}),
    "team_assignment": (["team", "assignment"], TEAM),
    "letters": (["team"], TEAM),
    "letter_again": (["team", "letter"], POST_ONLY),
    "team_certificates": (["team"], TEAM),
    "certificates": ([], SIGNED_IN),
    "certificate_pdf": (["code"], OWN | {"manager": 200, "admin": 200}),
    "certificate_revoke": (["code"], TEAM),
    "certificate_anew": (["code"], POST_ONLY),
    "verify_form": ([], OPEN),
    "verify": (["code"], OPEN),
    "my_data": ([], SIGNED_IN),
    "team": (["team"], TEAM),
    "heat_map": (["team"], TEAM),
    "cell": (["team", "person", "category"], TEAM),
    "member": (["team", "person"], TEAM),
    "remediate": (["team", "person"], POST_ONLY),
    "team_answers": (["team"], TEAM),
    "team_answer": (["team", "answer"], TEAM),
    "cohorts": (["team"], TEAM),
    "team_export": (["team", "what", "form"], TEAM),
}


def team_verb(manager: int, admin: int | None = None) -> dict[str, int]:
    """What a team's verb answers to its manager; the administrator, who comes after, may find it done already."""
    return TEAM | {"manager": manager, "admin": manager if admin is None else admin}


def anybodys(status: int) -> dict[str, int]:
    """What anybody who is signed in gets."""
    return dict.fromkeys(WHO, status) | {"anonymous": 302}


#: What an empty form sent to an address gets, by who sends it, one after the other; where there is no row: 405.
POSTS = {
    "upload_article": EDITING | {"educator": 422, "admin": 422},
    "attest": EDITING | {"educator": 302, "admin": 302},
    "dispute": EDITING | {"educator": 422, "admin": 422},
    "regrade": EDITING | {"educator": 404, "admin": 404},
    "regrade_new": EDITING | {"educator": 422, "admin": 422},
    "revision": EDITING | {"educator": 409, "admin": 409},
    "review_page": EDITING | {"educator": 422, "admin": 422},
    "take_up": EDITING | {"educator": 422, "admin": 422},
    "compare_editions": EDITING | {"educator": 422, "admin": 422},
    "write_rules": EDITING | {"educator": 422, "admin": 422},
    "write_rule": EDITING | {"educator": 422, "admin": 422},
    "write_rule_new": EDITING | {"educator": 422, "admin": 422},
    "write_example": EDITING | {"educator": 422, "admin": 422},
    "write_example_new": EDITING | {"educator": 422, "admin": 422},
    "try_question": EDITING | {"educator": 404, "admin": 404},
    "run_draft": EDITING | {"educator": 422, "admin": 422},
    "word_new": EDITING | {"educator": 422, "admin": 422},
    "word": EDITING | {"educator": 409, "admin": 409},
    "write_new": EDITING | {"educator": 422, "admin": 422},
    "write_part": EDITING | {"educator": 422, "admin": 422},
    "section_move": EDITING | {"educator": 302, "admin": 302},
    "section_remove": EDITING | {"educator": 409, "admin": 409},
    "kept_text": EDITING | {"educator": 302, "admin": 302},
    "write_autosave": EDITING | {"anonymous": 401, "educator": 422, "admin": 422},
    "files": EDITING | {"educator": 422, "admin": 422},
    "data": EDITING | {"educator": 422, "admin": 422},
    "data_load": EDITING | {"educator": 404, "admin": 404},
    "data_remove": EDITING | {"educator": 302, "admin": 404},
    "practice_start": anybodys(302),
    "practise_rules": anybodys(302),
    "practise_mixed": anybodys(302),
    "repair": anybodys(404),
    "variant": OWN | {"owner": 404},
    "practise": anybodys(302),
    "try_it": anybodys(200),
    "review_start": anybodys(302),
    "question": OWN | {"owner": 422},
    "draft": OWN | {"anonymous": 401, "owner": 409},
    "finish": OWN | {"owner": 302},
    "exam_start": anybodys(302),
    "set_theme": dict.fromkeys(WHO, 302),
    "kept_form": dict.fromkeys(WHO, 302),
    "settings": anybodys(302),
    "note_add": anybodys(422),
    "note": OWN | {"owner": 422},
    "note_remove": OWN | {"owner": 302},
    "report": OWN | {"owner": 404},
    "team_new": MAKING | {"manager": 422, "other_manager": 422, "educator": 403, "admin": 422},
    "team_settings": team_verb(422),
    "team_archive": team_verb(302, 404),
    "seat": team_verb(422),
    "seat_withdraw": team_verb(302, 404),
    "invite": team_verb(422),
    "invite_link": team_verb(422),
    "invite_list": team_verb(422),
    "invitation_renew": team_verb(302),
    "invitation_withdraw": team_verb(302),
    "joining": dict.fromkeys(WHO, 404),
    "join_account": dict.fromkeys(WHO, 302),
    "course_new": MAKING | dict.fromkeys(("manager", "other_manager", "educator", "admin"), 422),
    "course_changes": MAKING,
    "course_edit": team_verb(422),
    # An administrator may copy for the whole site, and is asked for no team.
    "course_copy": team_verb(422, 302),
    "course_archive": team_verb(302, 404),
    "item_new": team_verb(422),
    "item_edit": team_verb(422),
    "item_remove": team_verb(302, 404),
    "item_move": team_verb(302),
    "item_start": OWN | {"owner": 404},
    "item_read": OWN | {"owner": 404},
    "assign": team_verb(422),
    "assignments_change": team_verb(302),
    "letter_again": team_verb(404),
    "certificate_revoke": team_verb(422),
    "certificate_anew": team_verb(302),
    "remediate": team_verb(302),
}
#: What is no page: asked for as one, it leads elsewhere.
FOR_HTMX = ("suggestions", "find_results", "code_data_summary")
#: Arguments that are called otherwise in their addresses.
CALLED = {"note": "pk", "report": "pk", "regrade": "pk", "question": "pk", "release": "pk"}


def own_url_names(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[str]:
    """Names of the site's own URLs; allauth and the admin bring their own rules and tests."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) not in ("accounts/", "admin/"):
                yield from own_url_names(pattern.url_patterns)
        else:
            yield str(pattern.name)


def test_every_url_has_a_row() -> None:
    assert set(own_url_names()) == set(TABLE)


@pytest.fixture
def attempt(trainee: User, bone_code: Code) -> Attempt:
    Exam.objects.create(title="Open to all", is_open=True)
    answered = practice.start(trainee, bone_code, seed=2)
    give(answered.items.select_related("attempt__exam", "version__question")[0], practice.I_DO_NOT_KNOW)
    return practice.start(trainee, bone_code, seed=1)


@pytest.fixture
def cast(
    trainee: User, teammate: User, manager: User, other_manager: User, educator: User, admin: User, team: Team
) -> dict[str, Client]:
    people = dict(zip(WHO[1:], (trainee, teammate, manager, other_manager, educator, admin), strict=True))
    return {"anonymous": Client()} | {name: signed_in(somebody) for name, somebody in people.items()}


def assigned_to(somebody: User) -> Assignment:
    """A course that is assigned to somebody in the team."""
    course, _ = Course.objects.get_or_create(title="Assigned to the owner")
    team = Team.objects.get(name="Tumor team")
    return Assignment.objects.get_or_create(team=team, course=course, person=somebody)[0]


def built_by(team: int) -> tuple[int, int]:
    """A course of a team and its item."""
    course, _ = Course.objects.get_or_create(title="Built by the team", team_id=team)
    item, _ = CourseItem.objects.get_or_create(course=course, position=1, kind="quiz", title="A set")
    return course.pk, item.pk


def handed_in(code: int | None) -> Revision:
    """A draft of a page that waits for review."""
    author, _ = User.objects.get_or_create(username="author")
    code_of = Code.objects.get(pk=code)
    waiting = {"content": read_page(code_of), "digest": "x", "author": author, "why": "Clearer"}
    return Revision.objects.get_or_create(code=code_of, defaults=waiting)[0]


def certificate_of(assignment: int) -> Certificate:
    words = {"code": "ABCD-EFGH-JKLM", "name": "Trainee", "course_title": "A course", "team_name": "Tumor team"}
    owner = Assignment.objects.get(pk=assignment).person
    return Certificate.objects.get_or_create(assignment_id=assignment, defaults=words | {"person": owner})[0]


def loaded_release() -> Release:
    """A release of a public file, whose rows nobody asks for in this century."""
    known = {"kind": "cpt", "in_force_from": date(2100, 10, 1)}
    files = [{"name": "x.txt", "digest": "0"}]
    release, is_new = Release.objects.get_or_create(**known, defaults={"label": "FY 2101", "files": files})
    if is_new:
        store.build(release.place, KIND["cpt"].tables, ())
    return release


def address(name: str, attempt: Attempt) -> str:
    values = {"number": "20983", "kind": "units", "attempt": attempt.pk, "position": 1, "pk": Exam.objects.get().pk}
    values["team"], values["person"] = Team.objects.get(name="Tumor team").pk, attempt.person_id
    values["assignment"] = assigned_to(attempt.person).pk
    offered = Invitation.objects.filter(team=values["team"]).first() or open_link(
        Team.objects.get(pk=values["team"]), by=None, at=timezone.now()
    )
    values["invitation"], values["token"] = offered.pk, token_of(offered)
    values["course"], values["item"] = built_by(values["team"])
    if name == "revision":
        values["pk"] = handed_in(attempt.code_id).pk
    if name == "item_new":
        values["kind"] = "quiz"
    values["letter"], values["code"] = values["assignment"], certificate_of(values["assignment"]).code
    values["answer"] = Answer.objects.get(state=Answer.State.SUBMITTED).pk
    values |= {"category": "units", "what": "people", "form": "csv"}
    answer = Answer.objects.get(pk=values["answer"])
    words = {"kind": "disagree", "text": "Not so."}
    values["report"] = Report.objects.get_or_create(answer=answer, person=attempt.person, **words)[0].pk
    values["regrade"] = Regrade.objects.get_or_create(code=attempt.code, why="Mended", stamp=0)[0].pk
    values["question"] = answer.item.version.question_id
    values["word"] = FacetValue.objects.get(facet__name="site", value="bone").pk
    slugs = {"write_rule": "units", "section_move": "billing", "section_remove": "billing"}
    values |= {"part": "sections/billing", "slug": slugs.get(name, "solitary-iliac-metastasis")}
    values |= {"digest": "0" * 64, "key": "0" * 64, "format": "gift"}
    values["release"] = loaded_release().pk
    values["note"] = Note.objects.get_or_create(person=attempt.person, text="Mine alone")[0].pk
    return reverse(name, kwargs={CALLED.get(argument, argument): values[argument] for argument in TABLE[name][0]})


@pytest.fixture
def alone(subtests: pytest.Subtests) -> Alone:
    """A test within the test, after which everything is as before."""

    @contextmanager
    def within(name: str) -> Iterator[None]:
        with subtests.test(name), transaction.atomic():
            forget()
            yield
            transaction.set_rollback(True)

    return within


def shared_out(names: Iterable[str]) -> pytest.MarkDecorator:
    """Making the cast takes longer than asking, so each test asks for a quarter of the addresses."""
    wanted = list(names)
    return pytest.mark.parametrize("names", [wanted[start::4] for start in range(4)], ids="1234")


@shared_out(TABLE)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_everybody_gets_what_the_table_says(
    names: list[str], headers: dict[str, str], cast: dict[str, Client], attempt: Attempt, alone: Alone
) -> None:
    for name in names:
        with alone(name):
            expected = OPEN if name in FOR_HTMX and headers else TABLE[name][1]
            url = address(name, attempt)
            assert {who: client.get(url, headers=headers).status_code for who, client in cast.items()} == expected
            posted = {who: client.post(url, headers=headers).status_code for who, client in cast.items()}
            assert posted == POSTS.get(name, dict.fromkeys(WHO, 405))


def kept() -> dict[str, list[object]]:
    """Everything that is stored of teams, of people and of what was answered, to see that nothing changed."""
    models = [*apps.get_app_config("courses").get_models(), User, Attempt, Answer, Note, AuditEntry]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


@shared_out(TABLE)
def test_odd_methods_change_nothing(names: list[str], cast: dict[str, Client], attempt: Attempt, alone: Alone) -> None:
    for name in names:
        with alone(name):
            url, before = address(name, attempt), kept()
            for method in ("put", "patch", "delete", "trace", "options"):
                statuses = {getattr(client, method)(url).status_code for client in cast.values()}
                assert statuses <= {302, 401, 403, 404, 405}, method
            for who, client in cast.items():
                assert client.head(url).status_code in (TABLE[name][1][who], 405)
            assert kept() == before


#: No such number of any thing.
NOTHING = 999_999_999


def said(response: Any) -> tuple[int, str]:
    """Status and page, without what differs in every page and without the address that was asked for."""
    text = response.text.replace(response.wsgi_request.path, "")
    return response.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


@shared_out(name for name in TABLE if "team" in TABLE[name][0])
def test_what_is_another_teams_is_as_missing_as_none(
    names: list[str], cast: dict[str, Client], attempt: Attempt, alone: Alone
) -> None:
    """Under its own address, and under that of the team that one does manage; files of every kind too."""
    for name in names:
        with alone(name):
            given, own = resolve(address(name, attempt)).kwargs, Team.objects.get(name="Another team").pk
            before, numbers = kept(), [one for one in given if isinstance(given[one], int)]
            files = (
                [{"what": what, "form": form} for what in SHEETS for form in TYPES] if name == "team_export" else [{}]
            )
            for file in files:
                theirs = [given | file] + ([given | {"team": own}] if len(numbers) > 1 else [])
                missing = given | file | dict.fromkeys(numbers, NOTHING)
                for ask in (cast["other_manager"].get, cast["other_manager"].post):
                    answers = {said(ask(reverse(name, kwargs=one))) for one in [*theirs, missing]}
                    assert len(answers) == 1
                    assert {status for status, _ in answers} <= {404, 405}
            assert kept() == before


@shared_out(name for name in TABLE if set(TABLE[name][0]) - {"number", "kind", "code", "token"})
def test_a_number_that_no_database_holds_is_as_missing_as_none(
    names: list[str], cast: dict[str, Client], attempt: Attempt, alone: Alone
) -> None:
    for name in names:
        with alone(name):
            given, before = resolve(address(name, attempt)).kwargs, kept()
            for one in [one for one in given if isinstance(given[one], int)]:
                for who in ("owner", "admin"):
                    for method in ("get", "post"):
                        ask = getattr(cast[who], method)
                        huge, none = (ask(reverse(name, kwargs=given | {one: number})) for number in (10**30, NOTHING))
                        assert (one, huge.status_code) == (one, none.status_code)
            assert kept() == before


def test_an_anonymous_post_leads_to_sign_in(bone_code: Code) -> None:
    answer = Client().post(reverse("practise", args=["20983"]))
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)
    assert not Attempt.objects.exists()


def test_somebody_elses_attempt_is_as_missing_as_none(cast: dict[str, Client], attempt: Attempt) -> None:
    def shown(pk: UUID) -> tuple[int, str]:
        answer = cast["teammate"].get(reverse("question", args=[pk, 1]))
        return answer.status_code, re.sub(
            r'name="csrfmiddlewaretoken" value="\w+"', "", answer.text.replace(str(pk), "")
        )

    assert shown(attempt.pk) == shown(NO_SUCH)


def test_nobody_answers_in_somebody_elses_attempt(cast: dict[str, Client], attempt: Attempt) -> None:
    answer = cast["teammate"].post(
        reverse("question", args=[attempt.pk, 1]), {"action": "unknown", "key": str(NO_SUCH)}
    )
    assert answer.status_code == 404
    assert not attempt.items.filter(answers__isnull=False).exists()


def test_an_inactive_person_is_signed_out_at_once(cast: dict[str, Client], trainee: User, attempt: Attempt) -> None:
    trainee.is_active = False
    trainee.save(update_fields=["is_active"])
    assert cast["owner"].get(reverse("practice")).status_code == 302


def test_pages_can_be_closed_to_strangers(settings: object, cast: dict[str, Client], attempt: Attempt) -> None:
    settings.READING_OPEN = False  # type: ignore[attr-defined]
    url = reverse("code_page", args=["20983"])
    assert cast["anonymous"].get(url).status_code == 302
    assert cast["owner"].get(url).status_code == 200


@shared_out(name for name in TABLE if TABLE[name][1]["owner"] == 200 and f"/{name}" not in PROBES)
def test_no_cache_on_the_way_keeps_what_somebody_sees(
    names: list[str], cast: dict[str, Client], attempt: Attempt, alone: Alone
) -> None:
    for name in names:
        with alone(name):
            for headers in ({}, {"HX-Request": "true"}, {"HX-Request": ""}, {"HX-History-Restore-Request": "true"}):
                response = cast["owner"].get(address(name, attempt), headers=headers)
                assert response.headers["Cache-Control"] == "no-store, private"
                assert {"Cookie", "HX-Request"} <= set(response.headers["Vary"].split(", "))
                assert response.headers["X-Frame-Options"] == "DENY"
                assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
                assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_a_page_that_htmx_restores_is_whole(cast: dict[str, Client], attempt: Attempt) -> None:
    url = reverse("question", args=[attempt.pk, 1])
    page = cast["owner"].get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}).text
    assert page.startswith("<!doctype html>")
    assert 'class="shell-foot"' in page
