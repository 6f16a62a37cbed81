"""The overview of a team: the figures, who is behind, what fails, how it goes; in so many queries."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses.assigning import end_of_day
from courses.assignments import Asked as Listed
from courses.assignments import assignments_page
from courses.models import Assignment, Membership, Standing, Team
from courses.reports.dashboard import EVERY_SORT, Asked, dashboard_page
from courses.reports.exports import SHEETS
from courses.reports.failing import breaks
from quizzes import charts
from quizzes.shares import Share
from tests.courses.showing import NOW, WEEK, answer_set, assignment, course, framed, people, tallies, tally

DAY = timedelta(days=1)
Page = dict[str, Any]


def shown(team: Team, **given: str) -> Page:
    """What the overview shows."""
    return dashboard_page(framed(team, **given), Asked.of(given))


def rows(page: Page) -> dict[str, Any]:
    return {row.seat.name: row for row in page["page"].object_list}


def names(page: Page) -> list[str]:
    return [row.seat.name for row in page["page"].object_list]


# Figures ----------------------------------------------------------------------------------------


def test_figures_count_assignments_and_their_people(team: Team, trainee: User, teammate: User) -> None:
    assignment(team, trainee, due_at=NOW - DAY)
    assignment(team, trainee, due_at=NOW - 2 * DAY, state=Standing.State.IN_PROGRESS)
    assignment(team, teammate, due_at=NOW + 3 * DAY)
    assignment(team, teammate, due_at=NOW + 30 * DAY)
    assert shown(team)["figures"] == {"overdue": (2, 1), "soon": (1, 1), "not_started": (3, 2)}


@pytest.mark.parametrize(
    ("due", "is_soon"),
    [((2025, 3, 5), 1), ((2025, 3, 12), 1), ((2025, 3, 13), 0)],
    ids=["today", "in seven days", "in eight"],
)
def test_seven_days_are_counted_by_the_calendar_everywhere(
    team: Team, trainee: User, due: tuple[int, int, int], is_soon: int
) -> None:
    assignment(team, trainee, due_at=end_of_day(date(*due), team))
    states = {name: count for name, _, count, _ in assignments_page(team, Listed(), NOW)["states"]}
    file = SHEETS["people"](framed(team), {})
    in_file = [dict(zip(file.head, row, strict=True))["Due in 7 days"] for row in file.rows if row[0] == "trainee"]
    assert shown(team)["figures"]["soon"][0] == states["soon"] == in_file[0] == is_soon
    assert names(shown(team, show="soon")) == ["trainee"] * is_soon


@pytest.mark.parametrize("ended", [{"done_at": NOW}, {"unassigned_at": NOW}])
def test_what_is_done_or_taken_back_is_not_overdue(team: Team, trainee: User, ended: dict[str, Any]) -> None:
    assignment(team, trainee, due_at=NOW - DAY, **ended)
    assert shown(team)["figures"]["overdue"] == (0, 0)


def test_an_assignment_due_this_very_second_is_not_overdue(team: Team, trainee: User) -> None:
    assignment(team, trainee, due_at=NOW)
    assert shown(team)["figures"]["overdue"] == (0, 0)
    assert shown(team)["figures"]["soon"] == (1, 1)


def test_a_course_with_several_items_is_counted_once(team: Team, trainee: User) -> None:
    made = assignment(team, trainee, to=course(team, items=5), due_at=NOW - DAY)
    made.standings.filter(item__position__lte=2).update(state=Standing.State.DONE)
    page = shown(team)
    assert page["figures"] == {"overdue": (1, 1), "soon": (0, 0), "not_started": (0, 0)}
    assert rows(page)["trainee"].told.assigned == 1


def test_the_score_is_the_teams_own(team: Team, trainee: User, teammate: User) -> None:
    tally(trainee, 9, 10)
    tally(teammate, 3, 10)
    page = shown(team)
    assert (page["score"].percent, page["score"].tried) == (60, 20)
    Team.objects.update(scoring="elements")
    team.refresh_from_db()
    assert shown(team)["score"].way.name == "Element accuracy"


def test_only_people_with_a_seat_count(team: Team, trainee: User, teammate: User, manager: User) -> None:
    tally(trainee, 9, 10)
    tally(teammate, 0, 10)
    tally(manager, 0, 10)
    Membership.objects.filter(person=teammate).update(ended_at=NOW)
    page = shown(team)
    assert (page["score"].kept, page["score"].tried) == (9, 10)
    assert names(page) == ["trainee"]


def test_the_period_ends_the_count(team: Team, trainee: User) -> None:
    tally(trainee, 10, 10)
    tally(trainee, 0, 10, at=NOW - 5 * WEEK)
    tally(trainee, 0, 10, at=NOW - 20 * WEEK)
    tried = {weeks: shown(team, weeks=weeks)["score"].tried for weeks in ("4", "8", "all", "5", "nonsense")}
    assert tried == {"4": 10, "8": 20, "all": 30, "5": 20, "nonsense": 20}


def test_a_cohort_is_counted_alone(team: Team, trainee: User, teammate: User) -> None:
    Membership.objects.filter(person=trainee).update(cohort="Spring & “2026”")
    tally(trainee, 10, 10)
    tally(teammate, 0, 10)
    assert shown(team, cohort="Spring & “2026”")["score"].percent == 100
    assert shown(team, cohort="no such")["score"].percent == 50


# Who is behind ----------------------------------------------------------------------------------


def test_who_is_late_stands_first(team: Team, trainee: User, teammate: User) -> None:
    assignment(team, teammate, due_at=NOW - DAY)
    assignment(team, trainee, due_at=NOW + DAY)
    assert names(shown(team)) == ["teammate", "trainee"]


def test_a_row_says_how_far_somebody_is(team: Team, trainee: User, bone_code: Code) -> None:
    assignment(team, trainee, due_at=NOW + 9 * DAY)
    assignment(team, trainee, due_at=NOW + 2 * DAY)
    assignment(team, trainee, due_at=NOW - DAY, done_at=NOW)
    answer_set(trainee, bone_code, "rrw")
    row = rows(shown(team))["trainee"]
    assert (row.told.assigned, row.told.done, row.open.overdue) == (3, 1, 0)
    assert row.open.next_due == NOW + 2 * DAY
    assert row.told.answered_at == NOW + timedelta(minutes=2)
    assert (row.score.kept, row.score.tried) == (2, 3)


def test_days_are_those_of_the_teams_clocks(team: Team, trainee: User, bone_code: Code) -> None:
    assignment(team, trainee, due_at=datetime(2025, 3, 8, 3, tzinfo=UTC))
    answer_set(trainee, bone_code, "r", at=datetime(2025, 3, 5, 5, 59, tzinfo=UTC))
    row = rows(shown(team))["trainee"]
    assert (row.next_due, row.answered) == ("Mar 7", "Mar 4")


def test_what_is_due_next_is_still_to_come(team: Team, trainee: User, teammate: User) -> None:
    assignment(team, trainee, due_at=NOW - 3 * DAY)
    assignment(team, trainee, due_at=NOW + 2 * DAY)
    assignment(team, teammate, due_at=NOW - 3 * DAY)
    found = rows(shown(team))
    assert (found["trainee"].next_due, found["teammate"].next_due) == ("Mar 7", "was due Mar 2")


@pytest.mark.parametrize("given", [{}, {"weeks": "4"}])
def test_a_row_leads_to_its_person_and_to_what_is_weakest(team: Team, trainee: User, given: dict[str, str]) -> None:
    tally(trainee, 6, 10, kind="units")
    page, query = shown(team, **given), "?weeks=4" if given else ""
    row = rows(page)["trainee"]
    assert row.url == reverse("member", args=[team.pk, trainee.pk]) + query
    assert row.weakest_url == reverse("cell", args=[team.pk, trainee.pk, "units"]) + query
    assert rows(page)["teammate"].weakest_url == ""


def test_the_weakest_category_needs_enough_tries(team: Team, trainee: User) -> None:
    tally(trainee, 0, 4, kind="modifier")
    tally(trainee, 6, 10, kind="units")
    tally(trainee, 9, 9, kind="validity")
    assert rows(shown(team))["trainee"].weakest.slug == "units"


def test_nobody_is_weak_in_what_was_always_kept(team: Team, trainee: User) -> None:
    tally(trainee, 10, 10, kind="units")
    assert rows(shown(team))["trainee"].weakest is None


@pytest.mark.parametrize(
    ("show", "who"),
    [
        ("all", {"trainee", "teammate"}), ("overdue", {"teammate"}), ("soon", {"trainee"}),
        ("not-started", {"teammate", "trainee"}), ("silent", {"teammate"}), ("' OR 1=1 --", {"trainee", "teammate"}),
    ],
)  # fmt: skip
def test_the_table_is_narrowed(team: Team, trainee: User, teammate: User, show: str, who: set[str]) -> None:
    assignment(team, teammate, due_at=NOW - DAY)
    assignment(team, trainee, due_at=NOW + DAY)
    tally(trainee, 1, 2)
    assert set(names(shown(team, show=show))) == who


def test_people_are_found_by_name(team: Team) -> None:
    assert names(shown(team, find="TEAMM")) == ["teammate"]
    assert names(shown(team, find="nobody")) == []


@pytest.mark.parametrize("sort", EVERY_SORT)
def test_every_order_can_be_turned_round(team: Team, sort: str) -> None:
    tallies(people(team, 7))
    forth, back = names(shown(team, sort=sort)), names(shown(team, sort=f"-{sort}"))
    assert sorted(forth) == sorted(back)
    assert len(forth) == 9


def test_the_score_puts_the_lowest_first(team: Team, trainee: User, teammate: User) -> None:
    tally(trainee, 9, 10)
    tally(teammate, 3, 10)
    assert names(shown(team, sort="score")) == ["teammate", "trainee"]
    assert names(shown(team, sort="-score")) == ["trainee", "teammate"]


def test_fifty_people_a_page_and_the_number_of_all(as_manager: Client, team: Team) -> None:
    people(team, 60)
    page = as_manager.get(team.get_absolute_url(), {"page": "2", "sort": "name"}).text
    assert "51 to 62 of 62 people" in page
    assert as_manager.get(team.get_absolute_url(), {"page": "99999999999999999999"}).status_code == 200


# What fails -------------------------------------------------------------------------------------


def test_failing_rules_come_by_how_often_they_were_broken(team: Team, trainee: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "wwwwwwwwww")
    found = breaks(framed(team))
    times = [one.times for one in found.rules]
    assert times == sorted(times, reverse=True)
    assert found.times == sum(times) == sum(one.share.kept for one in found.errors)
    assert found.rules[-1].upto.kept == found.times
    assert all(one.url.startswith("/codes/") and "#" in one.url for one in found.rules)


def test_what_is_kept_fails_nothing(team: Team, trainee: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "rrr")
    assert breaks(framed(team)).times == 0


def test_a_pareto_ends_with_the_share_of_what_it_shows() -> None:
    drawn = charts.pareto([("1", 6), ("2", 3)], 10)
    assert [line[0] for line in drawn.lines] == [0, 50, 100]
    first, second = drawn.columns
    assert second.upto_y < first.upto_y == first.y < second.y
    assert second.upto_y - charts.TOP == pytest.approx(charts.TALL * 0.1)


def test_a_pareto_of_many_small_ones_fills_its_scale() -> None:
    drawn = charts.pareto([(str(n), 1) for n in range(10)], 50)
    assert [line[0] for line in drawn.lines] == [0, 10, 20]
    assert drawn.columns[-1].upto_y == charts.TOP


def test_a_trend_has_the_line_of_its_target() -> None:
    weeks = [("a", Share(kept=5, tried=10)), ("b", Share(kept=9, tried=10))]
    assert charts.trend(weeks).target is None
    assert charts.trend(weeks, target=100).target == (100, charts.TOP)
    assert not charts.trend(weeks, target=98).is_target_told
    assert charts.trend(weeks, target=75).is_target_told


# The page ---------------------------------------------------------------------------------------


@pytest.fixture
def answered(trainee: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "rrrwwwrrww", timezone.now() - DAY)


def test_every_figure_leads_to_what_is_behind_it(as_manager: Client, team: Team, answered: None) -> None:
    page = as_manager.get(team.get_absolute_url()).text
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page)}
    answers = f"/teams/{team.pk}/answers/"
    assert {"?show=overdue#people", "?show=soon#people", "?show=not-started#people", answers} <= links
    rules = [link for link in links if "rule=" in link]
    assert rules
    for link in [*rules, *(link for link in links if "error=" in link)]:
        assert 'class="table-plain answers-table stacks"' in as_manager.get(link).text


def test_every_score_stands_with_its_formula(as_manager: Client, team: Team, answered: None) -> None:
    page = as_manager.get(team.get_absolute_url()).text
    assert "clean answers ÷ all answers" in page
    Team.objects.update(scoring="practicode")
    assert "of the longer claim, given or accepted" in as_manager.get(team.get_absolute_url()).text


def test_every_drawing_has_a_name_and_a_table(as_manager: Client, team: Team, answered: None) -> None:
    page = as_manager.get(team.get_absolute_url()).text
    drawings = re.findall(r'<svg class="chart".*?</svg>', page, flags=re.DOTALL)
    assert len(drawings) == 2
    assert all("<title id=" in one and "<desc id=" in one for one in drawings)
    assert "style=" not in page


def test_an_empty_team_is_told_to_invite(as_manager: Client, team: Team) -> None:
    Membership.objects.filter(role=Membership.Role.TRAINEE).update(ended_at=NOW)
    assert "Nobody learns in this team yet" in as_manager.get(team.get_absolute_url()).text


def test_a_team_without_an_answer_has_a_page(as_manager: Client, team: Team) -> None:
    page = as_manager.get(team.get_absolute_url()).text
    assert "no answer yet" in page
    assert "No rule was broken" in page


@pytest.mark.parametrize(
    "query",
    [
        {"weeks": "'; DROP TABLE x; --"}, {"sort": "person__password"}, {"cohort": "\x00"}, {"page": "-1"},
        {"find": "\x00\ud83d"}, {"_connector": "OR"}, {"person__regex": ".*"}, {"sort": "--name"}, {"sort": "-"},
        {"show": "__class__"},
    ],
)  # fmt: skip
def test_what_an_address_does_not_know_is_ignored(as_manager: Client, team: Team, query: dict[str, str]) -> None:
    try:
        answer = as_manager.get(team.get_absolute_url(), query)
    except UnicodeEncodeError:  # half a pair cannot be sent as UTF-8 at all
        answer = as_manager.get(f"{team.get_absolute_url()}?find=%ED%A0%BD")
    assert answer.status_code == 200
    assert len(re.findall('<th scope="row"><a href="/teams/', answer.text)) == (0 if "find" in query else 2)


def counted(look: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        look()
    return len(captured)


def test_the_number_of_queries_does_not_depend_on_the_people(as_manager: Client, team: Team, bone_code: Code) -> None:
    def look() -> None:
        assert as_manager.get(team.get_absolute_url()).status_code == 200

    load(team, people(team, 5))
    look()
    few = counted(look)
    load(team, _more(team, 45))
    assert counted(look) == few <= 10


@pytest.mark.parametrize("sort", EVERY_SORT)
def test_an_order_takes_one_query_more_at_most(as_manager: Client, team: Team, bone_code: Code, sort: str) -> None:
    load(team, people(team, 5))
    as_manager.get(team.get_absolute_url())
    assert counted(lambda: as_manager.get(team.get_absolute_url(), {"sort": sort})) <= 11


def _more(team: Team, number: int) -> list[User]:
    made = User.objects.bulk_create(User(username=f"more-{place}") for place in range(number))
    Membership.objects.bulk_create(Membership(team=team, person=one, cohort=f"c{one.pk % 3}") for one in made)
    return made


def load(team: Team, persons: list[User]) -> None:
    """Something of everything for everybody."""
    tallies(persons)
    made = course(team)
    assigned = Assignment.objects.bulk_create(
        Assignment(team=team, person=one, course=made, due_at=NOW) for one in persons
    )
    Standing.objects.bulk_create(Standing(assignment=one, item=made.items.get()) for one in assigned)
