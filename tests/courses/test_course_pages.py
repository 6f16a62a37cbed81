"""A course as its trainee sees it, and what can be done there."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code, PublishedCode
from codes.publish import retire
from courses import doing, standing
from courses.assigning import extend, unassign
from courses.course_page import assignment_page
from courses.due import due_exactly, due_shortly
from courses.models import Assignment, CourseItem, Membership, Sitting, Standing, Team
from quizzes import exams, practice
from quizzes.models import Attempt, Exam, ExamPart, ExtraTime
from tests.conftest import signed_in
from tests.courses.builders import answer, course_of, exam_course, give_course, mastery, page, quiz, sit
from tests.courses.builders import standing as standing_of

State = Standing.State
CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2025, 3, 11, 15, tzinfo=UTC)


def states(assignment: Assignment) -> list[str]:
    """The words beside the items."""
    return [row.word for row in assignment_page(assignment, timezone.now())["rows"]]


def item_at(assignment: Assignment, place: int) -> CourseItem:
    return assignment.course.items.get(position=place)


def begin(client: Client, assignment: Assignment, place: int = 1, key: str = "") -> Any:
    url = reverse("item_start", args=[assignment.pk, item_at(assignment, place).pk])
    return client.post(url, {"key": key or str(uuid.uuid4())})


def say_read(client: Client, assignment: Assignment, place: int = 1, **more: str) -> Any:
    return client.post(reverse("item_read", args=[assignment.pk, item_at(assignment, place).pk]), more)


def step(assignment: Assignment, place: int = 1) -> doing.Step:
    return doing.Step(assignment=assignment, standing=standing_of(assignment, place))


# When it is due ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "exactly", "shortly"),
    [
        ((2025, 3, 14, 23, 59), "in 3 days, Fri Mar 14, 11:59 PM CDT", "Due in 3 days, Fri 14 Mar"),
        ((2025, 3, 12, 9, 5), "tomorrow, Wed Mar 12, 9:05 AM CDT", "Due tomorrow, Wed 12 Mar"),
        ((2025, 3, 11, 23, 59), "today, Tue Mar 11, 11:59 PM CDT", "Due today, Tue 11 Mar"),
        ((2025, 3, 10, 23, 59), "yesterday, Mon Mar 10, 11:59 PM CDT", "Was due yesterday, Mon 10 Mar"),
        ((2025, 3, 1, 23, 59), "10 days ago, Sat Mar 1, 11:59 PM CST", "Was due 10 days ago, Sat 1 Mar"),
        ((2026, 1, 5, 23, 59), "in 300 days, Mon Jan 5, 2026, 11:59 PM CST", "Due in 300 days, Mon 5 Jan 2026"),
    ],
)
def test_a_due_date_is_said_in_the_teams_time(due: tuple[int, ...], exactly: str, shortly: str) -> None:
    moment = datetime(*due, tzinfo=CHICAGO)  # type: ignore[arg-type, misc]
    assert due_exactly(moment, CHICAGO, NOW) == exactly
    assert due_shortly(moment, CHICAGO, NOW) == shortly


def test_what_is_due_at_midnight_in_the_team_is_not_due_tomorrow() -> None:
    assert due_shortly(datetime(2025, 3, 12, 4, 59, 59, tzinfo=UTC), CHICAGO, NOW) == "Due today, Tue 11 Mar"


# The page ------------------------------------------------------------------------------------


def test_each_item_has_its_state_in_a_word(as_trainee: Client, team: Team, trainee: User, bone_code: Code) -> None:
    course = course_of(page(bone_code), quiz(bone_code), quiz(bone_code), mastery("units"), in_order=False)
    course.items.get(position=4).requires.add(course.items.get(position=3))
    given = give_course(team, course, trainee, attempts_allowed=1)
    standing.read(standing_of(given), 1, timezone.now())
    answer(sit(given, 2), 0)
    assert states(given) == ["Done", "Not passed", "Not started", "Locked"]
    sit(given, 3, seed=2)
    assert states(given)[2] == "In progress"
    shown = as_trainee.get(given.get_absolute_url()).text
    assert "Best so far: 0 of 4 clean" in shown
    assert "0 of 1 attempt left" in shown
    assert "Done when 80 % of 4 questions are clean." in shown


def test_an_open_item_is_overdue_when_the_assignment_is(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(page(bone_code), in_order=False), trainee)
    Assignment.objects.update(due_at=timezone.now() - timedelta(days=2))
    given.refresh_from_db()
    assert states(given) == ["Overdue"]
    assert "<b>Overdue.</b> It was due 2 days ago" in as_trainee.get(given.get_absolute_url()).text


def test_a_locked_item_says_what_opens_it_and_leads_there(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(page(bone_code), quiz(bone_code, title="First set"), in_order=True), trainee)
    first = item_at(given, 1)
    shown = as_trainee.get(given.get_absolute_url()).text
    assert f'Opens when <a href="#item-{first.pk}">{first}</a> is done.' in shown
    refused = begin(as_trainee, given, 2)
    assert refused.status_code == 409
    assert f"This opens when “{first}” is done." in refused.text
    assert not Attempt.objects.exists()
    say_read(as_trainee, given)
    assert states(given) == ["Done", "Not started"]


def test_covered_and_retained_stand_apart(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(page(bone_code), quiz(bone_code)), trainee)
    standing.read(standing_of(given), 1, timezone.now())
    shown = assignment_page(given, timezone.now())
    assert (shown["covered"].kept, shown["covered"].tried) == (1, 2)
    assert shown["retained"].kept == 0
    assert shown["retained"].tried > 5
    answer(sit(given, 2), 4)
    assert assignment_page(given, timezone.now())["retained"].kept > 0


def test_a_longer_course_takes_no_more_queries(team: Team, trainee: User, bone_code: Code) -> None:
    def cost(times: int) -> int:
        given = give_course(team, course_of(*[page(bone_code), quiz(bone_code), mastery("units")] * times), trainee)
        for place in range(2, 3 * times, 3):
            answer(sit(given, place, seed=place), 1)
            sit(given, place, seed=place + 100)
        with CaptureQueriesContext(connection) as seen:
            assignment_page(given, timezone.now())
        return len(seen)

    assert cost(1) == cost(4)


# Doing ---------------------------------------------------------------------------------------


def test_a_set_is_begun_on_the_terms_of_the_assignment(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    course = course_of(quiz(bone_code, 3, minutes=10))
    given = give_course(team, course, trainee, mode=Attempt.Mode.EXAM, extra_percent=50)
    begun = begin(as_trainee, given)
    attempt = Sitting.objects.get(standing=standing_of(given)).attempt
    assert begun.url == attempt.get_absolute_url()
    assert (attempt.mode, attempt.minutes, attempt.source) == ("exam", 15, Attempt.Source.ASSIGNED)
    assert attempt.items.count() == 3
    assert {one.version.question.scenario.code for one in attempt.items.all()} == {bone_code}


def test_of_two_kinds_of_extra_time_the_greater_counts(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code, minutes=60)), trainee, extra_percent=50)
    ExtraTime.objects.create(person=trainee, percent=25, why="Agreed")
    minutes = doing.minutes_for(given, item_at(given, 1))
    assert minutes is not None
    assert minutes * 1.25 == pytest.approx(90, abs=1)
    ExtraTime.objects.create(person=trainee, percent=100, why="Agreed")
    assert doing.minutes_for(given, item_at(given, 1)) == 60


def test_a_set_asks_only_for_the_rules_of_its_item(team: Team, trainee: User, bone_code: Code) -> None:
    item = {"kind": CourseItem.Kind.QUIZ, "codes": [bone_code.number], "rules": ["units"], "number": 3}
    given = give_course(team, course_of(item), trainee)
    attempt = doing.start(step(given), timezone.now(), seed=1)
    assert {one.version.question.scenario.code.number for one in attempt.items.all()} == {bone_code.number}
    assert attempt.items.count() == 3


def test_an_open_set_is_resumed(as_trainee: Client, team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee)
    assert begin(as_trainee, given).url == begin(as_trainee, given).url
    assert Attempt.objects.count() == 1
    assert "Go on" in as_trainee.get(given.get_absolute_url()).text


def test_the_same_form_sent_again_begins_no_other_set(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee)
    key = str(uuid.uuid4())
    begin(as_trainee, given, key=key)
    answer(Attempt.objects.get(), 1)
    begin(as_trainee, given, key=key)
    assert Attempt.objects.count() == 1


def test_each_attempt_has_fresh_cases(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee)
    first = doing.start(step(given), timezone.now(), seed=1)
    answer(first, 0)
    second = doing.start(step(given), timezone.now(), seed=1)
    cases = [set(one.items.values_list("version__case", flat=True)) for one in (first, second)]
    assert not cases[0] & cases[1]


def test_without_an_attempt_left_the_last_result_is_shown(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee, attempts_allowed=1)
    begin(as_trainee, given)
    attempt = Attempt.objects.get()
    answer(attempt, 0)
    assert begin(as_trainee, given).url == attempt.get_absolute_url()
    assert Attempt.objects.count() == 1


def test_an_exam_of_a_course_is_begun_and_linked(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    exam = Exam.objects.create(title="Bone", is_open=True, pass_percent=50)
    ExamPart.objects.create(exam=exam, number=2, code=bone_code)
    given = give_course(team, course_of({"kind": CourseItem.Kind.EXAM, "exam": exam}), trainee)
    begun = begin(as_trainee, given)
    attempt = Attempt.objects.get()
    assert begun.url == attempt.get_absolute_url()
    assert attempt.sitting.standing == standing_of(given)
    assert given.course.title in as_trainee.get(begun.url).text
    assert begin(as_trainee, given).url == begun.url


def test_a_closed_exam_is_not_begun(as_trainee: Client, team: Team, trainee: User) -> None:
    exam = Exam.objects.create(title="Bone", is_open=False)
    given = give_course(team, course_of({"kind": CourseItem.Kind.EXAM, "exam": exam}), trainee)
    answered = begin(as_trainee, given)
    assert answered.status_code == 409
    assert "This exam cannot be taken now." in answered.text


def test_what_was_retired_offers_no_start_and_managers_are_told(
    as_trainee: Client, as_manager: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    exam = Exam.objects.create(title="Bone", is_open=False)
    liver = Code.objects.get(number="47382")
    items = [quiz(bone_code), quiz(liver), exam_course(exam), mastery(f"{bone_code.number}/units"), page(bone_code)]
    course = course_of(*items, team=team)
    given = give_course(team, course, trainee)
    retire(bone_code, by=None, why="Deleted")
    rows = as_trainee.get(given.get_absolute_url()).context["rows"]
    assert [row.missing for row in rows] == [
        "its page was retired", "", "the exam is closed", "no published page has its rules", "its page was retired",
    ]  # fmt: skip
    assert [row.can_begin for row in rows] == [False, True, False, False, True]
    learner = as_trainee.get(given.get_absolute_url()).text
    assert "Cannot be taken now: the exam is closed. Tell your manager." in learner
    assert learner.count("Start<") == 1
    check = {"course": course.pk, "everybody": "on", "mode": "tutor", "pass_percent": "80", "action": "check"}
    for shown in (
        as_manager.get(course.get_absolute_url()),
        as_manager.get(reverse("team_assignment", args=[team.pk, given.pk])),
        as_manager.post(reverse("assign", args=[team.pk]), check),
    ):
        assert [one.item.position for one in shown.context["missing"]] == [1, 3, 4, 5]
        assert "cannot be taken now: its page was retired." in shown.text


def test_what_is_there_warns_of_nothing(as_manager: Client, team: Team, bone_code: Code) -> None:
    course = course_of(page(bone_code), quiz(bone_code), mastery("units"), team=team)
    shown = as_manager.get(course.get_absolute_url())
    assert (shown.status_code, shown.context["missing"]) == (200, [])


def test_what_is_done_or_runs_needs_no_page_any_more(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(page(bone_code), quiz(bone_code)), trainee)
    standing.read(standing_of(given), 1, timezone.now())
    begin(as_trainee, given, 2)
    retire(bone_code, by=None, why="Deleted")
    rows = as_trainee.get(given.get_absolute_url()).context["rows"]
    assert [row.missing for row in rows] == ["", ""]
    assert rows[1].go_on


def test_an_exam_that_is_open_elsewhere_is_gone_on_with(team: Team, trainee: User, bone_code: Code) -> None:
    exam = Exam.objects.create(title="Bone", is_open=True)
    ExamPart.objects.create(exam=exam, number=2, code=bone_code)
    attempt = exams.start(trainee, exam)
    given = give_course(team, course_of({"kind": CourseItem.Kind.EXAM, "exam": exam}), trainee)
    assert doing.start(step(given), timezone.now()) == attempt
    assert attempt.sitting.standing == standing_of(given)


def test_a_set_leads_back_to_its_course(as_trainee: Client, team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee)
    question = begin(as_trainee, given).url
    attempt = Attempt.objects.get()
    for url in (question, attempt.get_absolute_url()):
        assert f'href="{given.get_absolute_url()}"' in as_trainee.get(url).text


# Reading -------------------------------------------------------------------------------------


def test_a_page_can_be_marked_as_read_where_it_is_read(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(page(bone_code), quiz(bone_code)), trainee)
    shown = as_trainee.get(bone_code.get_absolute_url()).text
    assert "I have read it" in shown
    number = PublishedCode.objects.get(code=bone_code).edition.number
    done = say_read(as_trainee, given, edition=str(number))
    assert done.url.startswith(given.get_absolute_url())
    assert standing_of(given).edition == number
    assert "You have read this for" in as_trainee.get(bone_code.get_absolute_url()).text


def test_nobody_else_is_asked_to_read_it(team: Team, trainee: User, teammate: User, bone_code: Code) -> None:
    give_course(team, course_of(page(bone_code)), trainee)
    for client in (Client(), signed_in(teammate)):
        assert "I have read it" not in client.get(bone_code.get_absolute_url()).text


def test_a_locked_page_cannot_be_marked_as_read(as_trainee: Client, team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code), page(bone_code), in_order=True), trainee)
    assert say_read(as_trainee, given, 2).status_code == 409
    assert standing_of(given, 2).state == State.NOT_STARTED
    assert "I have read it" not in as_trainee.get(bone_code.get_absolute_url()).text


@pytest.mark.parametrize("edition", ["99999", "-1", "x", "", "１"])
def test_an_edition_that_never_was_is_the_newest(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code, edition: str
) -> None:
    given = give_course(team, course_of(page(bone_code)), trainee)
    say_read(as_trainee, given, edition=edition)
    assert standing_of(given).edition == PublishedCode.objects.get(code=bone_code).edition.number


# Who may -------------------------------------------------------------------------------------


def test_nothing_is_begun_of_somebody_elses(team: Team, trainee: User, teammate: User, bone_code: Code) -> None:
    given = give_course(team, course_of(page(bone_code), quiz(bone_code)), trainee)
    theirs = signed_in(teammate)
    assert say_read(theirs, given).status_code == begin(theirs, given, 2).status_code == 404
    assert not Attempt.objects.exists()
    assert standing_of(given).state == State.NOT_STARTED


@pytest.mark.parametrize("how", ["taken back", "seat withdrawn", "team closed"])
def test_nothing_is_begun_when_it_is_over_but_what_runs_is_finished(
    as_trainee: Client, team: Team, trainee: User, manager: User, bone_code: Code, how: str
) -> None:
    given = give_course(team, course_of(quiz(bone_code), page(bone_code), in_order=False), trainee)
    question = begin(as_trainee, given).url
    if how == "taken back":
        unassign(given, "Enough", by=manager, at=timezone.now())
    elif how == "seat withdrawn":
        Membership.objects.filter(person=trainee).update(ended_at=timezone.now())
    else:
        Team.objects.filter(pk=team.pk).update(archived_at=timezone.now())
    assert as_trainee.get(given.get_absolute_url()).status_code == (200 if how == "taken back" else 404)
    done = [begin(as_trainee, given), say_read(as_trainee, given, 2)]
    assert {one.status_code for one in done} == {302 if how == "taken back" else 404}
    assert {one.url for one in done if one.status_code == 302} <= {given.get_absolute_url()}
    assert standing_of(given, 2).state == State.NOT_STARTED
    assert as_trainee.get(question).status_code == 200
    answer(Attempt.objects.get(), 4)
    assert Attempt.objects.get().finished_at is not None


def test_an_item_of_another_kind_is_not_found(as_trainee: Client, team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(page(bone_code), quiz(bone_code)), trainee)
    assert begin(as_trainee, given, 1).status_code == say_read(as_trainee, given, 2).status_code == 404


def test_a_hidden_result_is_not_on_the_page(as_trainee: Client, team: Team, trainee: User, bone_code: Code) -> None:
    exam = Exam.objects.create(title="Bone", is_open=True, release=Exam.Release.BY_AUTHOR, attempts_allowed=2)
    ExamPart.objects.create(exam=exam, number=2, code=bone_code)
    given = give_course(team, course_of({"kind": CourseItem.Kind.EXAM, "exam": exam}), trainee)
    attempt = doing.start(step(given), timezone.now())
    exams.begin(attempt, timezone.now())
    exams.finish(attempt, timezone.now())
    shown = as_trainee.get(given.get_absolute_url()).text
    assert "the results are not shown yet" in shown
    assert reverse("item_start", args=[given.pk, item_at(given, 1).pk]) not in shown
    assert "clean</span>" not in shown


@pytest.mark.parametrize(("length", "leads"), [(6, True), (3, False)])
def test_a_long_course_leads_to_its_next_item(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code, length: int, leads: bool
) -> None:
    given = give_course(team, course_of(*[quiz(bone_code, number=1)] * length), trainee)
    done = standing_of(given)
    done.state = State.DONE
    done.save(update_fields=["state"])
    shown = as_trainee.get(given.get_absolute_url()).text
    assert (f'href="#item-{item_at(given, 2).pk}">Go to the next open item' in shown) == leads
    assert "Done when the question is clean." in shown


# Today, the builder, my progress -------------------------------------------------------------


def test_today_lists_what_is_assigned_by_the_nearest_due_date(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    now = timezone.now()
    for title, days in (("Undated", None), ("Later", 9), ("Late", -2), ("Soon", 3)):
        due = now + timedelta(days=days) if days is not None else None
        give_course(team, course_of(page(bone_code), title=title), trainee, due_at=due)
    for n in range(4):
        done = give_course(team, course_of(page(bone_code), title=f"Finished {n}"), trainee)
        standing.read(standing_of(done), 1, now + timedelta(minutes=n))
    shown = as_trainee.get(reverse("home")).text
    order = ["Late<", "Soon<", "Later<", "Undated<", "Finished 3", "Finished 2", "Finished 1"]
    places = [shown.index(one) for one in order]
    assert places == sorted(places)
    assert "Finished 0" not in shown
    assert "Overdue" in shown
    assert "Due in 3 days" in shown


def test_the_reason_of_another_date_stands_beside_it(
    as_trainee: Client, team: Team, trainee: User, manager: User, bone_code: Code
) -> None:
    now = timezone.now()
    given = give_course(team, course_of(page(bone_code)), trainee, due_at=now)
    extend(given, now + timedelta(days=3), "Was <ill>", by=manager, at=now)
    for shown in (as_trainee.get(given.get_absolute_url()), as_trainee.get(reverse("home"))):
        assert "Was &lt;ill&gt;" in shown.text


def test_what_was_taken_back_says_why_to_its_person_alone(
    as_trainee: Client, team: Team, trainee: User, teammate: User, manager: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(page(bone_code)), trainee)
    unassign(given, "By mistake", by=manager, at=timezone.now())
    for shown in (as_trainee.get(given.get_absolute_url()), as_trainee.get(reverse("home"))):
        assert "Taken back" in shown.text
        assert "By mistake" in shown.text
    assert signed_in(teammate).get(given.get_absolute_url()).status_code == 404
    assert signed_in(manager).get(given.get_absolute_url()).status_code == 404


def test_today_stops_telling_of_what_was_taken_back_long_ago(
    as_trainee: Client, team: Team, trainee: User, manager: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(page(bone_code)), trainee)
    unassign(given, "By mistake", by=manager, at=timezone.now() - timedelta(days=8))
    assert "By mistake" not in as_trainee.get(reverse("home")).text


def test_today_says_nothing_of_assignments_where_there_are_none(as_trainee: Client) -> None:
    assert "Assigned to you" not in as_trainee.get(reverse("home")).text


def test_the_builder_draws_from_what_is_assigned(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    assert 'value="assigned"' not in as_trainee.get(reverse("practice")).text
    give_course(team, course_of(page(bone_code)), trainee)
    scenarios = bone_code.scenarios.count()
    shown = as_trainee.get(reverse("practice"), {"source": "assigned", "number": "4"}).text
    assert f"drawn from <b>{scenarios} scenarios</b>" in shown
    sent = {"mode": "tutor", "source": "assigned", "number": "4", "key": str(uuid.uuid4())}
    as_trainee.post(reverse("practice_start"), sent)
    attempt = Attempt.objects.get()
    assert attempt.source == Attempt.Source.ASSIGNED
    assert {one.version.question.scenario.code for one in attempt.items.all()} == {bone_code}
    assert not Sitting.objects.exists()


def test_the_builder_knows_the_rules_that_are_assigned(
    as_trainee: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    give_course(team, course_of(mastery("20983/units")), trainee)
    sent = {"mode": "tutor", "source": "assigned", "number": "2", "key": str(uuid.uuid4())}
    as_trainee.post(reverse("practice_start"), sent)
    assert Attempt.objects.get().items.count() == 2


def test_my_progress_names_who_sees_it(as_trainee: Client, team: Team, manager: User) -> None:
    manager.first_name, manager.last_name = "Mary", "Manager"
    manager.save()
    shown = as_trainee.get(reverse("progress")).text
    assert "<b>Tumor team</b>: Mary Manager" in shown
    assert "never shown how certain you were" in shown


def test_my_progress_says_so_when_nobody_sees_it(as_trainee: Client, trainee: User) -> None:
    assert "nobody sees this but you" in as_trainee.get(reverse("progress")).text


def test_a_set_that_is_no_part_of_a_course_does_not_ask_for_one(
    as_trainee: Client, trainee: User, bone_code: Code
) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    assert "Back to the course" not in as_trainee.get(attempt.get_absolute_url()).text
