"""Sign-in, sign-out, reset, and what a production site refuses."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as site
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User

LOGIN = "/accounts/login/"


def test_a_person_signs_in_and_out(client: Client, trainee: User) -> None:
    answer = client.post(LOGIN, {"login": "trainee", "password": "word-of-trainee"})
    assert answer.status_code == 302
    assert client.get(reverse("practice")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("practice")).status_code == 302


def test_the_mail_address_signs_in_too(client: Client, trainee: User) -> None:
    client.post(LOGIN, {"login": "trainee@example.com", "password": "word-of-trainee"})
    assert client.get(reverse("practice")).status_code == 200


def test_a_wrong_password_keeps_the_name_and_says_so(client: Client, trainee: User) -> None:
    page = client.post(LOGIN, {"login": "trainee", "password": "nonsense"})
    assert 'value="trainee"' in page.text
    assert "not correct" in page.text


@pytest.mark.parametrize("next_", ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/"])
def test_sign_in_never_leads_elsewhere(client: Client, trainee: User, next_: str) -> None:
    answer = client.post(f"{LOGIN}?next={next_}", {"login": "trainee", "password": "word-of-trainee", "next": next_})
    assert "evil" not in answer.headers["Location"]


def test_signing_in_leads_back_to_the_page(client: Client, trainee: User) -> None:
    url = f"{LOGIN}?next=/practice/"
    answer = client.post(url, {"login": "trainee", "password": "word-of-trainee", "next": "/practice/"})
    assert answer.headers["Location"] == "/practice/"


def test_a_password_can_be_reset_by_mail(client: Client, trainee: User) -> None:
    client.post(reverse("account_reset_password"), {"email": "trainee@example.com"})
    assert [message.to for message in mail.outbox] == [["trainee@example.com"]]


def test_a_reset_does_not_tell_who_is_here(client: Client, trainee: User) -> None:
    answers = [
        client.post(reverse("account_reset_password"), {"email": f"{who}@example.com"}) for who in ("trainee", "nobody")
    ]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (302, reverse("account_reset_password_done"))
    }


def test_registration_is_closed_unless_opened(client: Client, db: None, settings: Any) -> None:
    data = {
        "email": "new@example.com",
        "username": "new",
        "password1": "a-word-for-new-1",
        "password2": "a-word-for-new-1",
    }
    client.post(reverse("account_signup"), data | {"is_staff": "1", "is_superuser": "1"})
    assert not User.objects.exists()
    settings.REGISTRATION_OPEN = True
    client.post(reverse("account_signup"), data | {"is_staff": "1", "is_superuser": "1"})
    made = User.objects.get()
    assert not made.is_staff
    assert not made.is_superuser


def test_every_page_has_the_strict_policy(as_trainee: Client, starter_library: None) -> None:
    for url in ("/", LOGIN, "/codes/20983/", "/practice/", "/admin/login/", "/no-such-page/"):
        policy = as_trainee.get(url).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_private_pages_are_not_stored(as_trainee: Client, starter_library: None) -> None:
    assert as_trainee.get(reverse("practice")).headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ('"><script>', "system")])
def test_the_theme_is_remembered(client: Client, db: None, theme: str, kept: str) -> None:
    client.post(reverse("set_theme"), {"theme": theme, "next": "//evil.example"}, follow=True)
    assert f'data-theme="{kept}"' in client.get("/").text


@pytest.mark.parametrize(
    ("environment", "starts"),
    [({}, False), ({"SECRET_KEY": "short"}, False), ({"SECRET_KEY": "k" * 50}, True)],
)
def test_without_debug_an_unsafe_key_stops_the_start(environment: dict[str, str], starts: bool) -> None:
    env = {**os.environ, "DEBUG": "off", "DJANGO_SETTINGS_MODULE": "coding_edu.settings", **environment}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], env=env, cwd=site.BASE_DIR, capture_output=True, text=True
    )
    assert (done.returncode == 0) is starts
    assert starts or "SECRET_KEY" in done.stderr


def test_an_educator_edits_in_the_admin_and_no_person(as_educator: Client, starter_library: None) -> None:
    assert as_educator.get(reverse("admin:codes_code_changelist")).status_code == 200
    assert as_educator.get(reverse("admin:accounts_user_changelist")).status_code == 403


def test_a_trainee_has_no_admin(as_trainee: Client, starter_library: None) -> None:
    assert as_trainee.get(reverse("admin:codes_code_changelist")).status_code == 302
