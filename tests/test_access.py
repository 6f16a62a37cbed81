"""Every URL of the site, and what each of the cast gets from it. A URL without a row fails."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.models import Attempt
from tests.conftest import signed_in

NO_SUCH = UUID("00000000-0000-4000-8000-000000000000")
LOGIN = "/accounts/login/"

# name -> (arguments, {who: status of GET}); "owner" is the trainee whose attempt it is
OPEN = {"anonymous": 200, "owner": 200, "teammate": 200, "manager": 200, "educator": 200, "admin": 200}
SIGNED_IN = OPEN | {"anonymous": 302}
OWN = {"anonymous": 302, "owner": 200, "teammate": 404, "manager": 404, "educator": 404, "admin": 404}
EDITING = {"anonymous": 302, "owner": 403, "teammate": 403, "manager": 403, "educator": 200, "admin": 200}
POST_ONLY = dict.fromkeys(OPEN, 405)

TABLE = {
    "home": ([], OPEN),
    "find_codes": ([], OPEN),
    "code_page": (["number"], OPEN),
    "suggestions": ([], dict.fromkeys(OPEN, 302)),
    "rule_kinds": ([], OPEN),
    "rule_kind": (["kind"], OPEN),
    "upload_article": ([], EDITING),
    "practice": ([], SIGNED_IN),
    "practise": (["number"], POST_ONLY),
    "try_it": ([], SIGNED_IN),
    "attempt_summary": (["attempt"], OWN),
    "question": (["attempt", "position"], OWN),
    "set_theme": ([], POST_ONLY),
}


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
    return practice.start(trainee, bone_code, seed=1)


@pytest.fixture
def cast(trainee: User, teammate: User, manager: User, educator: User, admin: User) -> dict[str, Client]:
    people = {"owner": trainee, "teammate": teammate, "manager": manager, "educator": educator, "admin": admin}
    return {"anonymous": Client()} | {name: signed_in(somebody) for name, somebody in people.items()}


def address(name: str, attempt: Attempt) -> str:
    values = {"number": "20983", "kind": "units", "attempt": attempt.pk, "position": 1}
    return reverse(name, kwargs={argument: values[argument] for argument in TABLE[name][0]})


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_everybody_gets_what_the_table_says(
    name: str, headers: dict[str, str], cast: dict[str, Client], attempt: Attempt
) -> None:
    expected = TABLE[name][1]
    if name == "suggestions" and headers:
        expected = OPEN
    url = address(name, attempt)
    assert {who: client.get(url, headers=headers).status_code for who, client in cast.items()} == expected


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_odd_methods_change_nothing(name: str, method: str, cast: dict[str, Client], attempt: Attempt) -> None:
    statuses = {getattr(client, method)(address(name, attempt)).status_code for client in cast.values()}
    assert statuses <= {302, 403, 404, 405}
    assert not attempt.items.filter(answers__isnull=False).exists()


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
