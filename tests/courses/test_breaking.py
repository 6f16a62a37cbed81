"""What teams break, kept with answers and seats: it is always what follows from the reviews of their people."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import F, Sum
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from codes.models import Code
from courses.breaking import KEY, differences, recount
from courses.models import BreakTally, Membership, Team
from courses.privacy.erasing import erase
from courses.reports.failing import breaks
from courses.seats import change, seat, withdraw
from quizzes import exams, practice
from quizzes.memory import rebuild, remember
from quizzes.models import Attempt, AttemptItem, Exam, Grading, RuleReview, WeekTally
from tests.conftest import person
from tests.courses.showing import NOW, PLAIN, WEEK, answer_set, framed
from tests.quizzes.learning import give, right, wrong

Rows = dict[tuple[int, str, date, str, str], int]


def kept() -> Rows:
    """What is stored, without rows that say nothing."""
    rows = BreakTally.objects.exclude(times=0).order_by().values_list(*KEY, "times")
    return {tuple(key): times for *key, times in rows}


def seat_of(team: Team, whose: User) -> Membership:
    return team.memberships.active().get(person=whose)


def follows() -> bool:
    """Whether everything kept is what follows, counted from reviews and, by week, from the tallies of people."""
    for team in Team.objects.all():
        learners = team.memberships.counting().trainees().values("person")
        weeks = WeekTally.objects.filter(person__in=learners).exclude(kind="").order_by().values("week")
        by_people = dict(weeks.annotate(broken=Sum(F("tried") - F("kept"))).values_list("week", "broken"))
        by_team = Counter[date]()
        for (pk, _, week, _, _), times in kept().items():
            by_team[week] += times if pk == team.pk else 0
        assert +by_team == +Counter(by_people)
        assert list(differences(team)) == []
    return True


# Answers ----------------------------------------------------------------------------------------


def test_an_answer_adds_what_it_broke(team: Team, trainee: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "w")
    broken = Counter(RuleReview.objects.filter(broken=True).values_list("rule", "category"))
    assert broken
    assert kept() == {(team.pk, "", date(2025, 3, 3), *what): times for what, times in broken.items()}
    answer_set(trainee, bone_code, "rrwww", seed=2, at=NOW + WEEK)
    assert follows()


def test_it_counts_in_every_team_where_the_person_learns_and_nowhere_else(
    team: Team, trainee: User, manager: User, bone_code: Code
) -> None:
    other, managed = Team.objects.create(name="Other"), Team.objects.create(name="Managed")
    seat(other, trainee, "trainee", by=manager, at=NOW, cohort="Spring")
    seat(managed, trainee, "manager", by=manager, at=NOW)
    answer_set(trainee, bone_code, "ww")
    answer_set(manager, bone_code, "ww")
    assert {key[:2] for key in kept()} == {(team.pk, ""), (other.pk, "Spring")}
    assert follows()


def statements(look: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        look()
    return [query["sql"] for query in captured.captured_queries if "breaktally" in query["sql"]]


def test_a_clean_answer_pays_nothing_and_a_wrong_one_one_statement(team: Team, trainee: User, bone_code: Code) -> None:
    attempt = practice.start(trainee, bone_code, seed=1, recipe=PLAIN)
    first, second = list(attempt.items.select_related("attempt__exam", "version__question"))[:2]
    assert statements(lambda: give(first, right(first), NOW)) == []
    assert len(statements(lambda: give(second, wrong(second), NOW + WEEK))) == 1


def test_an_exam_counts_when_its_results_are_shown(team: Team, trainee: User, teammate: User, bone_code: Code) -> None:
    exam = Exam.objects.create(title="Final", release=Exam.Release.BY_AUTHOR)
    for learner in (trainee, teammate):
        attempt = practice.start(learner, bone_code, seed=learner.pk, recipe=PLAIN)
        Attempt.objects.filter(pk=attempt.pk).update(exam=exam, mode=Attempt.Mode.EXAM, begun_at=NOW, finished_at=NOW)
        for item in attempt.items.select_related("attempt__exam", "version__question"):
            give(item, wrong(item), NOW)
    assert kept() == {}
    sent = statements(lambda: exams.release(exam, NOW + WEEK))
    assert len(sent) == 1, "once, of everybody: locks of many people are not to be taken in turn with those rows"
    assert {key[1] for key in kept()} == {""}
    assert follows()


def test_a_grading_that_comes_again_takes_back_what_was_not_broken(team: Team, trainee: User, bone_code: Code) -> None:
    item = answer_set(trainee, bone_code, "ww")[0]
    before = sum(kept().values())
    graded, claim = practice.grade_payload(item.version, right(item))
    practice.record(item.answers.get(), graded, claim, item.version.stamp)
    rebuild(trainee)
    assert 0 < sum(kept().values()) < before
    assert follows()


# Weeks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "at", "week"),
    [
        ("UTC", datetime(2025, 3, 2, 23, 59, tzinfo=UTC), date(2025, 2, 24)),
        ("UTC", datetime(2025, 3, 3, tzinfo=UTC), date(2025, 3, 3)),
        ("America/Chicago", datetime(2025, 3, 3, 5, 59, tzinfo=UTC), date(2025, 2, 24)),
        ("America/Chicago", datetime(2025, 3, 3, 6, tzinfo=UTC), date(2025, 3, 3)),
        ("Asia/Tokyo", datetime(2025, 3, 2, 15, tzinfo=UTC), date(2025, 3, 3)),
    ],
)
def test_a_week_begins_by_the_clocks_of_the_site_not_of_the_team(
    team: Team, trainee: User, bone_code: Code, settings: object, zone: str, at: datetime, week: date
) -> None:
    settings.TIME_ZONE = zone  # type: ignore[attr-defined]
    answer_set(trainee, bone_code, "w", at=at)
    assert {key[2] for key in kept()} == {week}
    assert follows()


def test_the_overview_counts_from_the_first_monday_of_its_period(team: Team, trainee: User, bone_code: Code) -> None:
    monday = datetime(2025, 2, 10, tzinfo=UTC)
    answer_set(trainee, bone_code, "w", at=monday - timedelta(minutes=1))
    older = breaks(framed(team, weeks="all")).times
    answer_set(trainee, bone_code, "w", at=monday, seed=2)
    both = breaks(framed(team, weeks="all")).times
    assert breaks(framed(team, weeks="4")).times == both - older > 0
    assert breaks(framed(team, weeks="8")).times == both


def test_the_overview_says_of_a_team_what_reviews_say_of_its_people(
    team: Team, trainee: User, teammate: User, bone_code: Code
) -> None:
    change(seat_of(team, trainee), role="trainee", cohort="Spring", by=None, at=NOW)
    answer_set(trainee, bone_code, "wwrww")
    answer_set(teammate, bone_code, "rwwwr", seed=2)
    for frame, whose in ((framed(team), [trainee, teammate]), (framed(team, cohort="Spring"), [trainee])):
        shown = breaks(frame)
        rules = Counter(RuleReview.objects.filter(broken=True, person__in=whose).values_list("rule", flat=True))
        assert {one.rule: one.times for one in shown.rules} == rules
        assert (shown.times, shown.different) == (rules.total(), len(rules))
        assert breaks(frame, most=2).rules == shown.rules[:2]
        assert breaks(frame, most=2).others == shown.others


# Seats ------------------------------------------------------------------------------------------


def test_whoever_joins_brings_all_and_takes_it_along_again(team: Team, other_manager: User, bone_code: Code) -> None:
    answer_set(other_manager, bone_code, "www")
    assert kept() == {}
    made = seat(team, other_manager, "trainee", by=None, at=NOW, cohort="Spring")
    assert {key[1] for key in kept()} == {"Spring"}
    assert follows()
    change(made, role="trainee", cohort="Autumn", by=None, at=NOW)
    assert {key[1] for key in kept()} == {"Autumn"}
    withdraw(made, by=None, at=NOW)
    assert kept() == {}
    seat(team, other_manager, "trainee", by=None, at=NOW)
    assert follows()


def test_whoever_manages_from_now_on_counts_no_more(team: Team, trainee: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "ww")
    change(seat_of(team, trainee), role="manager", cohort="", by=None, at=NOW)
    assert kept() == {}
    change(seat_of(team, trainee), role="trainee", cohort="", by=None, at=NOW)
    assert kept()
    assert follows()


def test_what_an_erased_person_broke_stays_counted(
    team: Team, trainee: User, manager: User, bone_code: Code, settings: Any, tmp_path: Path
) -> None:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    seat(Team.objects.create(name="Other"), trainee, "trainee", by=manager, at=NOW)
    answer_set(trainee, bone_code, "ww")
    before = kept()
    erase(trainee, by=manager, why="Asked for it", at=NOW)
    assert kept() == before != {}
    assert follows()


# Always -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_it_is_what_follows(manager: User, bone_code: Code, seed: int) -> None:
    chance = random.Random(seed)
    teams = [Team.objects.create(name=f"Team {number}") for number in range(2)]
    people = [person(f"learner-{number}") for number in range(3)]
    for one in teams:
        seat(one, manager, "manager", by=None, at=NOW)
    for step in range(14):
        at, who, where = NOW + step * WEEK / 3, chance.choice(people), chance.choice(teams)
        taken = where.memberships.active().filter(person=who).first()
        match chance.randrange(5):
            case 0 | 1:
                answer_set(who, bone_code, "".join(chance.choices("wwr.", k=3)), at=at, seed=step)
            case 2:
                _grade_again(who, chance)
            case 3 if taken is not None:
                withdraw(taken, by=manager, at=at)
            case 4 if taken is not None:
                role = chance.choice(Membership.Role.values)
                change(taken, role=role, cohort=chance.choice(["", "Ä", "z"]), by=manager, at=at)
            case _:
                seat(where, who, "trainee", by=manager, at=at, cohort=chance.choice(["", "Ä"]))
        assert follows()


def _grade_again(who: User, chance: random.Random) -> None:
    """An answer of somebody's, if there is one, is judged as if another had been given."""
    items = list(AttemptItem.objects.filter(attempt__person=who, answers__isnull=False).order_by("pk"))
    if items:
        item = chance.choice(items)
        graded, claim = practice.grade_payload(item.version, chance.choice([right, wrong])(item))
        made = practice.record(item.answers.get(), graded, claim, item.version.stamp)
        remember(who.pk, [Grading.objects.get(pk=made.pk)])


# Deriving ---------------------------------------------------------------------------------------


def test_the_command_says_what_differs_and_counts_again(team: Team, trainee: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "ww")
    answer_set(trainee, bone_code, "w", at=NOW + WEEK, seed=2)
    call_command("count_breaks", "--check", stdout=StringIO(), stderr=StringIO())
    before, out = kept(), StringIO()
    gone, wrong_one = BreakTally.objects.order_by("pk")[:2]
    BreakTally.objects.filter(pk=wrong_one.pk).update(times=F("times") + 5)
    gone.delete()
    with pytest.raises(CommandError) as stopped:
        call_command("count_breaks", "--check", stdout=out, stderr=StringIO())
    assert stopped.value.returncode == 1
    said = f"{wrong_one.rule} ({wrong_one.category}): {wrong_one.times + 5}, and should be {wrong_one.times}"
    assert said in out.getvalue()
    assert f"{gone.rule} ({gone.category}): 0, and should be {gone.times}" in out.getvalue()
    call_command("count_breaks", stdout=StringIO(), stderr=StringIO())
    assert kept() == before


def test_an_installation_that_grew_without_them_has_them_after_its_update(
    team: Team, trainee: User, teammate: User, other_manager: User, bone_code: Code
) -> None:
    change(seat_of(team, trainee), role="trainee", cohort="Spring", by=None, at=NOW)
    for number, learner in enumerate((trainee, teammate, other_manager)):
        answer_set(learner, bone_code, "wwrw", at=NOW + number * WEEK, seed=number)
    withdraw(seat_of(team, teammate), by=None, at=NOW)
    before = kept()
    BreakTally.objects.all().delete()
    import_module("courses.migrations.0003_break_tallies").fill(apps, None)
    assert kept() == before != {}
    recount(team)
    assert kept() == before
