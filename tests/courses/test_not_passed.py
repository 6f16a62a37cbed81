"""Whoever has no attempt left: the learner is told, the manager sees it, and can give attempts anew."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from courses import assigning
from courses.assignments import STATES
from courses.models import Assignment, Standing, Team
from courses.standing import differences
from tests.courses.builders import answer, course_of, give_course, page, quiz, sit, standing
from tests.courses.test_exports import rows

State = Standing.State


@pytest.fixture
def stuck(team: Team, trainee: User, bone_code: Code) -> Assignment:
    """A set that was not passed with the only attempt, and a page that waits for it."""
    given: Assignment = give_course(
        team, course_of(quiz(bone_code), page(bone_code), in_order=True), trainee, attempts_allowed=1
    )
    answer(sit(given), clean=0)
    return given


def change(client: Client, one: Assignment, **sent: str) -> str:
    """Send the form that changes assignments; the page that comes then."""
    form = {"assignment": str(one.pk), "verb": "attempts", "why": "A bad day"} | sent
    return client.post(reverse("assignments_change", args=[one.team_id]), form, follow=True).text


def test_the_learner_is_told_to_ask(as_trainee: Client, stuck: Assignment) -> None:
    assert "You have no attempt left at “" in as_trainee.get(stuck.get_absolute_url()).text


def test_the_manager_finds_it_by_itself(as_manager: Client, team: Team, stuck: Assignment, teammate: User) -> None:
    give_course(team, stuck.course, teammate, attempts_allowed=1)
    url = reverse("assignments", args=[team.pk])
    listed = as_manager.get(url, {"state": "not-passed"})
    assert [one.pk for one in listed.context["page"]] == [stuck.pk]
    assert "no attempt left" in listed.text
    counts = {name: count for name, _, count, _ in listed.context["states"]}
    assert tuple(counts) == STATES
    assert (counts["open"], counts["not-started"], counts["not-passed"]) == (2, 1, 1)
    assert "Give trainee the attempts anew" in as_manager.get(reverse("team_assignment", args=[team.pk, stuck.pk])).text


def test_the_overview_and_the_file_count_it(as_manager: Client, team: Team, stuck: Assignment) -> None:
    shown = as_manager.get(reverse("team", args=[team.pk]), {"show": "not-passed"})
    assert [row.seat.name for row in shown.context["page"]] == ["trainee"]
    head, *lines = rows(as_manager, team, "people", "csv")
    place = list(head).index("Not passed")
    assert {line[0]: line[place] for line in lines} == {"trainee": "1", "teammate": "0"}


def test_attempts_anew_let_it_be_passed(
    as_manager: Client, as_trainee: Client, stuck: Assignment, manager: User
) -> None:
    assert "Attempts given anew: 1." in change(as_manager, stuck)
    stuck.refresh_from_db()
    assert standing(stuck).state == State.IN_PROGRESS
    shown = as_trainee.get(stuck.get_absolute_url()).text
    assert "You have no attempt left" not in shown
    assert "1 of 1 attempt left" in shown
    assert AuditEntry.objects.get(verb="attempts given anew").why == "A bad day"
    answer(sit(stuck, seed=2), clean=4)
    assert (standing(stuck).state, standing(stuck).attempts) == (State.DONE, 2)
    assert not differences([stuck])


def test_those_anew_are_as_many_as_before(as_manager: Client, stuck: Assignment) -> None:
    change(as_manager, stuck)
    stuck.refresh_from_db()
    answer(sit(stuck, seed=2), clean=0)
    assert standing(stuck).state == State.SPENT
    assert not differences([stuck])


@pytest.mark.parametrize(
    "end",
    [
        lambda one: Assignment.objects.filter(pk=one.pk).update(unassigned_at=timezone.now()),
        lambda one: one.standings.update(state=State.IN_PROGRESS),
    ],
    ids=["taken back", "an attempt left"],
)
def test_what_is_not_stuck_is_left_as_it_is(
    as_manager: Client, stuck: Assignment, end: Callable[[Assignment], object]
) -> None:
    end(stuck)
    assert "Attempts given anew: 0. 1 was left as it is" in change(as_manager, stuck)
    stuck.refresh_from_db()
    assert stuck.attempts_anew_at is None


def test_attempts_anew_are_explained(as_manager: Client, stuck: Assignment) -> None:
    assert "Nothing is changed yet" in change(as_manager, stuck, why=" ")


def test_given_twice_at_once_they_are_given_once(stuck: Assignment, manager: User) -> None:
    at = timezone.now()
    assert assigning.give_attempts(stuck, "Once", by=manager, at=at)
    assert not assigning.give_attempts(stuck, "Twice", by=manager, at=at)
