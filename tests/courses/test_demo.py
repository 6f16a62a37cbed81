"""The demo team, as its manager finds it."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from accounts.models import User
from courses import demo, demo_people
from courses.breaking import differences
from courses.models import Assignment, Letter, Team
from quizzes.models import Grading
from tests.conftest import signed_in

PAGES = ("", "map/", "answers/", "cohorts/", "assignments/", "people/", "certificates/", "mail/", "settings/")


@pytest.fixture
def played(starter_library: None, manager: User, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Team:
    """Two people of the twelve in the first two weeks, which takes a small part of the time."""
    settings.DEBUG = True
    few = [one for one in demo_people.LEARNERS if one.username in ("hoa", "sara")]
    monkeypatch.setattr(demo, "LEARNERS", few)
    monkeypatch.setattr(demo, "WEEKS", 2)
    call_command("load_courses", verbosity=0)
    call_command("demo_team", verbosity=0)
    return Team.objects.get(name=demo.NAME)


def test_the_demo_team_is_made_once_and_has_every_page(played: Team, manager: User) -> None:
    client = signed_in(manager)
    assert {client.get(played.get_absolute_url() + page).status_code for page in PAGES} == {200}
    assert Grading.objects.exists()
    assert Assignment.objects.filter(team=played).exists()
    assert not Letter.objects.filter(state=Letter.State.WAITING).exists()
    assert Client().login(username="hoa", password="hoa-demo-1") is False
    call_command("demo_team", verbosity=0)
    assert Team.objects.filter(name=demo.NAME).count() == 1
    assert played.break_tallies.exists()
    assert list(differences(played)) == []


def test_the_twelve_are_told_apart() -> None:
    names = [one.username for one in demo_people.LEARNERS]
    assert len(set(names)) == 12
    assert {one.cohort for one in demo_people.LEARNERS} == {demo_people.SPRING, demo_people.FALL}


def test_demo_teams_are_made_only_where_debug_is_on(db: None, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo_team")
