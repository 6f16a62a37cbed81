"""People who press the button of an invitation several times, and several people who press it at once."""

import uuid
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.invitations import invite, open_link, token_of
from courses.models import Invitation, Membership, Team
from tests.conftest import signed_in
from tests.faults.browser import post
from tests.faults.conftest import Scratch
from tests.faults.people import somebody
from tests.faults.serving import Site
from tests.faults.threads import at_once

TIMES = 8


@pytest.fixture
def site(shared_site: Site) -> Site:
    return shared_site


@pytest.fixture
def team(shared: Scratch) -> Team:
    return Team.objects.create(name=f"Team {uuid.uuid4().hex[:8]}")


def session_with(invitation: Invitation, user: User | None = None) -> str:
    """A session in which the link of an invitation was opened."""
    client = signed_in(user) if user else Client()
    client.get(reverse("join", args=[token_of(invitation)]), headers={"host": "127.0.0.1"})
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def mailed(team: Team) -> Invitation:
    return invite(team, f"{uuid.uuid4().hex}@example.org", "trainee", by=None, at=datetime.now(UTC))


def test_eight_presses_of_one_person_make_one_seat(site: Site, team: Team) -> None:
    made, user = mailed(team), somebody()
    session = session_with(made, user)
    replies = at_once(lambda _: post(site, session, reverse("joining"), {}), range(TIMES))
    assert {reply.status for reply in replies} == {302}
    assert team.memberships.filter(person=user).count() == 1


def test_of_eight_people_with_one_token_one_gets_in(site: Site, team: Team) -> None:
    made = mailed(team)
    sessions = [session_with(made, somebody()) for _ in range(TIMES)]
    replies = at_once(lambda session: post(site, session, reverse("joining"), {}), sessions)
    assert sorted(reply.status for reply in replies) == [302] + [404] * (TIMES - 1)
    assert Membership.objects.filter(team=team).count() == 1


def test_a_link_for_three_lets_three_of_eight_in(site: Site, team: Team) -> None:
    made = open_link(team, uses=3, by=None, at=datetime.now(UTC))
    sessions = [session_with(made, somebody()) for _ in range(TIMES)]
    replies = at_once(lambda session: post(site, session, reverse("joining"), {}), sessions)
    made.refresh_from_db()
    assert ([reply.status for reply in replies].count(302), made.used) == (3, 3)
    assert Membership.objects.filter(team=team).count() == 3


def test_eight_new_accounts_with_one_token_are_one(site: Site, team: Team) -> None:
    made = mailed(team)
    sessions = [session_with(made) for _ in range(TIMES)]

    def register(numbered: tuple[int, str]) -> int:
        number, session = numbered
        word = "a-long-word-for-new-1"
        name = f"new-{made.pk}-{number if number % 2 else 'same'}"
        form = {"username": name, "first_name": "", "last_name": "", "password": word, "again": word}
        return post(site, session, reverse("join_account"), form).status

    statuses = at_once(register, enumerate(sessions))
    assert set(statuses) <= {302, 404, 422}
    assert User.objects.filter(email=made.email).count() == 1
    assert Membership.objects.filter(team=team).count() == 1
