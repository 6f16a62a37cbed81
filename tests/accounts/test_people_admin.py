"""People in the admin: who may take rights from whom, and that a closed account is out at once."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.sessions import end_sessions
from tests.conftest import signed_in

LIST = "admin:accounts_user_changelist"


@pytest.fixture
def second(db: None) -> User:
    """Another administrator."""
    return User.objects.create_superuser("second", "second@example.com", "word-of-second")


def changed(by: User, person: User, **fields: str | None) -> Any:
    """The page of a person after its form was sent with these rights; None unticks."""
    rights = dict.fromkeys(
        right for right in ("is_active", "is_staff", "is_superuser") if getattr(person, right) and right not in fields
    )
    data = {
        "username": person.username, "email": person.email, "first_name": "", "last_name": "",
        "date_joined_0": "2025-01-01", "date_joined_1": "00:00:00", **dict.fromkeys(rights, "on"),
        **{name: value for name, value in fields.items() if value is not None},
    }  # fmt: skip
    url = reverse("admin:accounts_user_change", args=[person.pk])
    return signed_in(by).post(url, data, follow=True)


RIGHTS = ("is_active", "is_staff", "is_superuser")


@pytest.mark.parametrize("right", RIGHTS)
def test_nobody_takes_away_their_own_rights(admin: User, second: User, right: str) -> None:
    page = changed(admin, admin, **{right: None})
    assert "You cannot take away your own rights" in page.text
    admin.refresh_from_db()
    assert getattr(admin, right)


@pytest.mark.parametrize("right", RIGHTS)
def test_an_administrator_takes_the_rights_of_another_and_it_is_noted(admin: User, second: User, right: str) -> None:
    changed(admin, second, **{right: None})
    second.refresh_from_db()
    assert not getattr(second, right)
    entry = AuditEntry.objects.get(verb="rights changed")
    assert (entry.who, entry.before, entry.after) == (admin, {right: True}, {right: False})


@pytest.mark.parametrize("right", RIGHTS)
def test_the_last_administrator_who_can_sign_in_stays(admin: User, second: User, right: str) -> None:
    clerk = signed_in_clerk()
    User.objects.filter(pk=second.pk).update(is_active=False)
    page = clerk.post(reverse("admin:accounts_user_change", args=[admin.pk]), {"username": "admin"})
    assert page.status_code == 403
    admin.refresh_from_db()
    assert (admin.is_active, admin.is_superuser) == (True, True)


def signed_in_clerk() -> Client:
    """Somebody who may edit people in the admin and is no administrator."""
    clerk = User.objects.create_user("clerk", "clerk@example.com", "word-of-clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    return signed_in(clerk)


def test_who_is_no_administrator_makes_none(trainee: User) -> None:
    data = {
        "username": "trainee", "email": "", "first_name": "", "last_name": "", "is_active": "on",
        "date_joined_0": "2025-01-01", "date_joined_1": "00:00:00", "is_superuser": "on",
    }  # fmt: skip
    signed_in_clerk().post(reverse("admin:accounts_user_change", args=[trainee.pk]), data)
    trainee.refresh_from_db()
    assert (trainee.is_superuser, trainee.email) == (False, "")


def test_an_administrator_does_not_delete_themself_nor_the_last_one(admin: User, second: User) -> None:
    page = signed_in(admin).post(reverse("admin:accounts_user_delete", args=[admin.pk]), {"post": "yes"})
    assert "You cannot take away your own rights" in page.text
    chosen = {"action": "delete_selected", "_selected_action": [admin.pk, second.pk], "post": "yes"}
    signed_in(second).post(reverse(LIST), chosen)
    clerk = signed_in_clerk()
    User.objects.filter(pk=second.pk).update(is_active=False)
    page = clerk.post(reverse("admin:accounts_user_delete", args=[admin.pk]), {"post": "yes"})
    assert "This is the last administrator who can sign in" in page.text
    assert User.objects.filter(is_superuser=True).count() == 2


def test_somebody_else_can_be_deleted(admin: User, second: User) -> None:
    signed_in(admin).post(reverse("admin:accounts_user_delete", args=[second.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=second.pk).exists()


# Closed accounts ----------------------------------------------------------------------------


def test_closing_an_account_ends_every_session_of_it_and_no_other(admin: User, trainee: User, teammate: User) -> None:
    mine, other = [signed_in(trainee), signed_in(trainee)], signed_in(teammate)
    changed(admin, trainee, is_active=None)
    assert {client.get(reverse("practice")).status_code for client in mine} == {302}
    assert other.get(reverse("practice")).status_code == 200
    assert not any(row.get_decoded().get("_auth_user_id") == str(trainee.pk) for row in Session.objects.all())


def test_an_account_that_is_closed_elsewhere_is_out_with_its_next_request(trainee: User) -> None:
    client = signed_in(trainee)
    key = client.session.session_key
    User.objects.filter(pk=trainee.pk).update(is_active=False)
    assert client.get(reverse("practice")).status_code == 302
    assert not Session.objects.filter(pk=key).exists()


def test_ending_sessions_says_how_many(trainee: User) -> None:
    for _ in range(3):
        signed_in(trainee)
    assert end_sessions(trainee) == 3
    assert end_sessions(trainee) == 0


# The audit trail ----------------------------------------------------------------------------


def test_administrators_read_the_audit_trail_and_nobody_writes_it(admin: User, as_educator: Client) -> None:
    entry = AuditEntry.objects.create(who=admin, verb="tried", subject="user 1")
    listed, one = reverse("admin:accounts_auditentry_changelist"), [entry.pk]
    client = signed_in(admin)
    assert "tried" in client.get(listed).text
    assert client.post(reverse("admin:accounts_auditentry_change", args=one), {"verb": "x"}).status_code == 403
    assert client.post(reverse("admin:accounts_auditentry_delete", args=one), {"post": "yes"}).status_code == 403
    assert as_educator.get(listed).status_code == 403
