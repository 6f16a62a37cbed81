"""The course “What changed”: built from the history of the codes that a team uses."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.library import library
from codes.models import Code, HistoryEvent, PublishedCode
from courses import doing
from courses.changes import build, codes_used, years
from courses.models import Course, Membership, Team
from quizzes import practice, stakes
from quizzes.around import days_of
from quizzes.models import Attempt, Scenario
from rulebook import derive
from rulebook.case_format import read_encounter
from rulebook.kinds.selection import selects
from rulebook.types import Claim
from tests.courses.builders import answer, course_of, give_course, page, standing

TODAY = date(2025, 3, 1)
URL = "/courses/changes/"
CHANGE = date(2018, 1, 1)


@pytest.fixture
def lung(starter_library: None) -> dict[str, Code]:
    """A code that was deleted with the end of 2017, and its successor."""
    return {"old": Code.objects.get(number="0340T"), "new": Code.objects.get(number="32994")}


def test_years_are_told_with_what_changed_and_those_without_too(lung: dict[str, Code]) -> None:
    found = {one.year: [code.number for code in one.codes] for one in years(["0340T", "32994"], TODAY)}
    assert found[2018] == ["0340T", "32994"]
    assert found[2020] == []
    assert max(found) == 2025


def test_what_did_not_change_is_no_event(lung: dict[str, Code]) -> None:
    HistoryEvent.objects.create(code=lung["new"], date=date(2023, 1, 1), kind=HistoryEvent.Kind.NO_CHANGE)
    assert not [one for one in years(["32994"], TODAY) if one.year == 2023 and one.events]


def test_a_team_uses_the_codes_of_its_courses_and_of_its_practice(
    team: Team, trainee: User, bone_code: Code, lung: dict[str, Code]
) -> None:
    assert codes_used(team) == frozenset(PublishedCode.objects.values_list("number", flat=True))
    course_of(page(lung["new"]), team=team)
    assert codes_used(team) == {"32994"}
    answer(practice.start(trainee, bone_code, seed=1), 2)
    assert codes_used(team) >= {"32994", "20983"}
    Membership.objects.filter(person=trainee).update(ended_at=timezone.now())
    assert codes_used(team) == {"32994"}


def test_the_course_reads_each_changed_page_and_asks_around_the_day(
    team: Team, manager: User, lung: dict[str, Code]
) -> None:
    course_of(page(lung["old"]), team=team)
    made = build(team, 2018, by=manager, at=timezone.now())
    assert made is not None
    items = list(made.items.all())
    assert [item.code for item in items if item.kind == "page"] == [lung["old"], lung["new"]]
    around, plain = (item for item in items if item.kind == "quiz")
    assert "0340T/validity" in around.rules
    assert {rule.partition("/")[0] for rule in around.rules} <= {"0340T", "32994"}
    assert set(plain.codes) <= {"0340T", "32994"}


def test_questions_around_the_change_have_dates_on_both_sides(
    team: Team, trainee: User, manager: User, lung: dict[str, Code]
) -> None:
    course_of(page(lung["old"]), team=team)
    made = build(team, 2018, by=manager, at=timezone.now())
    assert made is not None
    Course.objects.update(in_order=False)
    made.refresh_from_db()
    given = give_course(team, made, trainee)
    place = made.items.filter(kind="quiz").earliest("position").position
    step = doing.Step(assignment=given, standing=standing(given, place))
    attempt = doing.start(step, timezone.now(), seed=1)
    days = [date.fromisoformat(one["date_of_service"]) for one in asked(attempt)]
    assert min(days) < CHANGE <= max(days)
    assert all(abs(day - CHANGE) <= timedelta(days=14) for day in days)
    assert len(days) == made.items.get(around_year=2018).number


@pytest.mark.parametrize("mode", ["exam", "tutor"])
def test_each_question_around_the_change_has_another_claim_on_the_other_side(
    team: Team, trainee: User, manager: User, lung: dict[str, Code], mode: str
) -> None:
    course_of(page(lung["old"]), team=team)
    made = build(team, 2018, by=manager, at=timezone.now())
    assert made is not None
    Course.objects.update(in_order=False)
    made.refresh_from_db()
    item = made.items.get(around_year=2018)
    given = give_course(team, made, trainee, mode=mode)
    attempt = doing.start(doing.Step(assignment=given, standing=standing(given, item.position)), timezone.now(), seed=2)
    for encounter in asked(attempt):
        claims = [claim_on(encounter, day) for day in (CHANGE - timedelta(days=1), CHANGE)]
        assert claims[0] != claims[1]
        assert claim_on(encounter, date.fromisoformat(encounter["date_of_service"])) in claims


def test_the_library_may_have_fewer_questions_and_the_course_says_how_many(
    team: Team, manager: User, lung: dict[str, Code], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rulebook.variants.CLOSE", 1)
    one = Scenario.objects.live().filter(code=lung["old"]).earliest("pk")
    Scenario.objects.exclude(pk=one.pk).update(active=False)
    stakes.forget()
    course_of(page(lung["old"]), team=team)
    made = build(team, 2018, by=manager, at=timezone.now())
    assert made is not None
    number = made.items.get(around_year=2018).number
    assert 0 < number < 10
    assert f"{number} claims lie around" in made.summary


def test_where_no_claim_is_touched_there_is_no_such_set(team: Team, manager: User, bone_code: Code) -> None:
    course_of(page(bone_code), team=team)
    made = build(team, 2015, by=manager, at=timezone.now())
    assert made is not None
    assert not made.items.filter(around_year__isnull=False).exists()
    assert "No claims lie around" in made.summary


def asked(attempt: Attempt) -> list[dict[str, Any]]:
    """The facts of each question."""
    return [item.version.prompt["encounter"] for item in attempt.items.select_related("version")]


def claim_on(facts: dict[str, Any], day: date) -> Claim:
    """What is to be claimed for a case on a day."""
    encounter = replace(read_encounter(facts), date_of_service=day)
    return derive(encounter, library().on(day)).accepted[0].claim


def test_a_course_of_a_year_that_is_there_is_told_and_not_made_again(
    as_manager: Client, team: Team, lung: dict[str, Code]
) -> None:
    course_of(page(lung["new"]), team=team)
    as_manager.post(URL, {"team": team.pk, "year": "2018"})
    there = Course.objects.get(title="What changed in 2018")
    refused = as_manager.post(URL, {"team": team.pk, "year": "2018"})
    assert refused.status_code == 422
    assert "“What changed in 2018” is there already" in refused.text
    assert f'href="{there.get_absolute_url()}"' in refused.text
    as_manager.post(URL, {"team": team.pk, "again": "2018"})
    assert Course.objects.filter(title="What changed in 2018").count() == 2


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [
        (date(2018, 1, 1), None, [date(2018, 1, 1)]), (None, date(2017, 12, 31), [date(2018, 1, 1)]),
        (date(2017, 7, 1), date(2018, 6, 30), [date(2018, 7, 1)]), (None, date(2018, 12, 31), []), (None, date.max, []),
    ],
)  # fmt: skip
def test_what_ends_with_a_year_changes_the_next(starts: date | None, ends: date | None, days: list[date]) -> None:
    rule = replace(selects("20983", procedure="ablation"), starts=starts, ends=ends)
    assert days_of(rule, 2018) == days


def test_a_year_without_a_change_makes_no_course(as_manager: Client, team: Team, lung: dict[str, Code]) -> None:
    course_of(page(lung["new"]), team=team)
    refused = as_manager.post(URL, {"team": team.pk, "year": "2020"})
    assert refused.status_code == 422
    assert "Year: no code that this team uses changed in it." in refused.text
    assert Course.objects.count() == 1


def test_a_manager_builds_it_in_one_press(as_manager: Client, team: Team, lung: dict[str, Code]) -> None:
    course_of(page(lung["new"]), team=team)
    shown = as_manager.get(URL).text
    assert "1 code changed" in shown
    assert "None of these codes changed." in shown
    made = as_manager.post(URL, {"team": team.pk, "year": "2018"})
    course = Course.objects.get(title="What changed in 2018")
    assert made.url == reverse("course", args=[course.pk])
    assert course.team == team


@pytest.mark.parametrize("sent", [{"year": "2018"}, {"year": "x", "team": "own"}, {"year": "2018", "team": "other"}])
def test_nobody_builds_it_for_another_team(
    as_manager: Client, team: Team, other_manager: User, lung: dict[str, Code], sent: dict[str, str]
) -> None:
    teams = {"own": str(team.pk), "other": str(Team.objects.get(name="Another team").pk)}
    sent = sent | ({"team": teams[sent["team"]]} if "team" in sent else {})
    assert as_manager.post(URL, sent).status_code == 422
    assert not Course.objects.exists()


def test_an_educator_builds_it_for_the_site(as_educator: Client, lung: dict[str, Code]) -> None:
    as_educator.post(URL, {"year": "2018"})
    assert Course.objects.get().team is None
