"""What tests about invitations say often."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.invitations import invite, open_link, token_of
from courses.models import Invitation, Membership, Team

NOW = datetime.now(UTC)
ACCOUNT = {
    "username": "newcomer", "first_name": "New", "last_name": "Comer", "email": "newcomer@example.org",
    "password": "a-long-word-for-new-1", "again": "a-long-word-for-new-1",
}  # fmt: skip
CANNOT = "This invitation cannot be used"


def mailed(team: Team, email: str = "guest@example.org", role: str = "trainee", **more: Any) -> Invitation:
    """An invitation by mail."""
    return invite(team, email, role, by=None, at=more.pop("at", NOW), **more)


def link(team: Team, **more: Any) -> Invitation:
    """An invitation by a link."""
    return open_link(team, by=None, at=more.pop("at", NOW), **more)


def opened(client: Client, invitation: Invitation) -> Any:
    """The page that somebody gets who opens the link of an invitation."""
    return client.get(reverse("join", args=[token_of(invitation)]), follow=True)


def joined(client: Client) -> Any:
    """What the button of that page leads to."""
    return client.post(reverse("joining"))


def registered(client: Client, **changes: str) -> Any:
    """What the form for a new account leads to."""
    return client.post(reverse("join_account"), ACCOUNT | changes)


def seats_of(person: User | str) -> list[tuple[str, str, str]]:
    """Team, role and cohort of somebody's seats."""
    name = person if isinstance(person, str) else person.username
    rows = Membership.objects.active().filter(person__username=name)
    return list(rows.values_list("team__name", "role", "cohort"))


LATER = NOW + timedelta(days=15)
