"""Whose assignments count for a team: those of its trainees, in every figure alike."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses import seats
from courses.assigning import Terms, assign
from courses.models import Assignment, Course, Membership, Team
from courses.people import own_teams
from courses.writing import overdue_of
from tests.courses.test_exports import rows

LATE = timezone.now() - timedelta(days=2)


@pytest.fixture
def late(team: Team, trainee: User, teammate: User) -> list[Assignment]:
    """Three overdue assignments: two of the trainee, one of the teammate."""
    made = []
    for title, people in {"One": [trainee, teammate], "Two": [trainee]}.items():
        made += assign(team, Course.objects.create(title=title), people, Terms(due_at=LATE), by=None, at=LATE)
    return made


def overdue(client: Client, team: Team, manager: User) -> set[int]:
    """How many are overdue, wherever that is said: overview, list, teams, daily mail, file."""
    listed = client.get(reverse("assignments", args=[team.pk])).context["states"]
    [own] = [one for one in own_teams(manager) if one.team == team]
    head, *lines = rows(client, team, "people", "csv")
    return {
        client.get(reverse("team", args=[team.pk])).context["figures"]["overdue"][0],
        *(count for name, _, count, _ in listed if name == "overdue"),
        own.open,
        len(overdue_of(manager, timezone.now())),
        sum(int(line[list(head).index("Overdue")]) for line in lines),
    }


def make(team: Team, person: User, role: str, by: User) -> None:
    seats.change(team.memberships.get(person=person), role=role, cohort="", by=by, at=timezone.now())


def test_every_figure_counts_the_trainees_alone(
    as_manager: Client, team: Team, trainee: User, manager: User, late: list[Assignment]
) -> None:
    assert overdue(as_manager, team, manager) == {3}
    make(team, trainee, Membership.Role.MANAGER, manager)
    assert overdue(as_manager, team, manager) == {1}
    make(team, trainee, Membership.Role.TRAINEE, manager)
    assert overdue(as_manager, team, manager) == {3}


def test_the_page_of_the_seat_says_so_before(
    as_manager: Client, team: Team, trainee: User, manager: User, late: list[Assignment]
) -> None:
    assert "2 open assignments" in as_manager.get(reverse("seat", args=[team.pk, trainee.pk])).text
    assert "leaves all of them" not in as_manager.get(reverse("seat", args=[team.pk, manager.pk])).text


def test_the_page_of_such_an_assignment_leads_nowhere_that_is_missing(
    as_manager: Client, team: Team, trainee: User, manager: User, late: list[Assignment]
) -> None:
    make(team, trainee, Membership.Role.MANAGER, manager)
    page = as_manager.get(reverse("team_assignment", args=[team.pk, late[0].pk])).text
    assert "has no seat as a trainee in this team now" in page
    assert reverse("member", args=[team.pk, trainee.pk]) not in page
    assert reverse("assignments_change", args=[team.pk]) not in page
    form = {"assignment": late[0].pk, "verb": "unassign", "why": "Manages now"}
    as_manager.post(reverse("assignments_change", args=[team.pk]), form)
    assert Assignment.objects.get(pk=late[0].pk).unassigned_at is None
