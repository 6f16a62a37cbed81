"""What an assignment brings to the exams of its course: extra time while it is open, and attempts anew."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses import assigning
from courses.assigning import Terms, unassign
from courses.models import Assignment, Course, CourseItem, Standing, Team
from courses.standing import renew_course
from quizzes import exams, practice
from quizzes.models import Attempt, Exam, ExamPart, ExtraTime, Readmission
from quizzes.models.exams import extra_time_of, percent_for
from quizzes.today import can_be_taken
from tests.conftest import signed_in
from tests.courses.builders import course_of, exam_course, give_course, quiz, standing, take

State = Standing.State
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def exam(bone_code: Code) -> Exam:
    made = Exam.objects.create(title="Finals", minutes=20, is_open=True, pass_percent=50, attempts_allowed=1)
    ExamPart.objects.create(exam=made, number=2, code=bone_code, format="choose-the-code")
    return made


@pytest.fixture
def course(exam: Exam) -> Course:
    return course_of(exam_course(exam))


def assign(team: Team, course: Course, person: User, manager: User, percent: int) -> Assignment:
    [made] = assigning.assign(team, course, [person], Terms(extra_percent=percent), by=manager, at=timezone.now())
    return made


# Extra time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("granted", "assigned", "counts"), [(50, 10, 50), (10, 50, 50), (0, 25, 25), (25, 0, 25)])
def test_of_what_is_granted_and_what_is_assigned_the_greater_counts(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User, admin: User, granted: int, assigned: int,
    counts: int,
) -> None:  # fmt: skip
    exams.grant(trainee, granted, "For good", by=admin, at=NOW)
    assign(team, course, trainee, manager, assigned)
    attempt = exams.start(trainee, exam, seed=3)
    cover = signed_in(trainee).get(attempt.get_absolute_url()).text
    exams.begin(attempt, NOW)
    assert percent_for(trainee.pk, exam.pk) == counts
    assert f"your {counts} % of extra time" in cover
    assert attempt.deadline == NOW + timedelta(minutes=20) * (100 + counts) / 100


def test_extra_time_of_an_assignment_ends_when_it_is_taken_back(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User, admin: User
) -> None:
    exams.grant(trainee, 10, "For good", by=admin, at=NOW)
    made = assign(team, course, trainee, manager, 50)
    assert [row.percent for row in extra_time_of(trainee)] == [10, 50]
    unassign(made, "By mistake", by=manager, at=NOW)
    assert percent_for(trainee.pk, exam.pk) == 10
    assert [row.percent for row in extra_time_of(trainee)] == [10]


def test_extra_time_of_an_assignment_ends_when_it_is_done_and_comes_back_with_it(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User
) -> None:
    assign(team, course, trainee, manager, 50)
    take(trainee, exam, clean=2)
    assert percent_for(trainee.pk, exam.pk) == 0
    assert extra_time_of(trainee) == []
    Exam.objects.update(release=Exam.Release.BY_AUTHOR)
    practice.progressed.send(Attempt, person_id=trainee.pk, attempt_id=None)
    assert percent_for(trainee.pk, exam.pk) == 50


def test_an_exam_that_runs_keeps_the_time_it_was_begun_with(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User
) -> None:
    made = assign(team, course, trainee, manager, 50)
    attempt = exams.start(trainee, exam, seed=3)
    exams.begin(attempt, NOW)
    unassign(made, "By mistake", by=manager, at=NOW)
    attempt.refresh_from_db()
    assert attempt.deadline == NOW + timedelta(minutes=30)


def test_two_assignments_with_extra_time_do_not_end_each_other_s(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User
) -> None:
    first = assign(team, course, trainee, manager, 50)
    other = assign(team, course_of(exam_course(exam), title="Another"), trainee, manager, 20)
    assert percent_for(trainee.pk, exam.pk) == 50
    unassign(first, "By mistake", by=manager, at=NOW)
    assert percent_for(trainee.pk, exam.pk) == 20
    unassign(other, "By mistake", by=manager, at=NOW)
    assert percent_for(trainee.pk, exam.pk) == 0


def test_an_exam_that_a_course_gets_later_has_the_extra_time_too(
    team: Team, exam: Exam, trainee: User, manager: User, bone_code: Code
) -> None:
    growing = course_of(quiz(bone_code))
    assign(team, growing, trainee, manager, 50)
    CourseItem.objects.create(course=growing, position=2, **exam_course(exam))
    renew_course(growing, NOW)
    renew_course(growing, NOW)
    assert percent_for(trainee.pk, exam.pk) == 50
    assert ExtraTime.objects.count() == 1


# Attempts anew ----------------------------------------------------------------------------------


def failed(team: Team, course: Course, exam: Exam, person: User) -> Assignment:
    """Assigned, taken as often as the exam allows, and not passed."""
    given: Assignment = give_course(team, course, person)
    take(person, exam, clean=0)
    assert standing(given).state == State.SPENT
    return given


def test_once_more_brings_the_attempts_of_the_exam_anew(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User
) -> None:
    given = failed(team, course, exam, trainee)
    unassign(given, "Once more", by=manager, at=timezone.now())
    again = assigning.reassign(given, Terms(), by=manager, at=timezone.now())
    page = signed_in(trainee).get(again.get_absolute_url()).text
    assert standing(again).state == State.NOT_STARTED
    assert "1 of 1 attempt left" in page
    assert "Not passed" not in page
    assert list(can_be_taken(trainee)) == [exam]
    take(trainee, exam, clean=2)
    again.refresh_from_db()
    assert again.done_at is not None
    assert standing(given).state == State.SPENT


def test_the_new_attempts_are_as_many_as_the_exam_allows(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User
) -> None:
    given = failed(team, course, exam, trainee)
    unassign(given, "Once more", by=manager, at=timezone.now())
    again = assigning.reassign(given, Terms(), by=manager, at=timezone.now())
    take(trainee, exam, clean=0)
    assert standing(again).state == State.SPENT
    assert "0 of 1 attempt left" in signed_in(trainee).get(again.get_absolute_url()).text
    with pytest.raises(practice.NoAttemptsLeft):
        exams.start(trainee, exam)
    assert not can_be_taken(trainee).exists()


def test_attempts_given_anew_open_the_exam_to_one_person(
    team: Team, course: Course, exam: Exam, trainee: User, teammate: User, manager: User
) -> None:
    given, other = failed(team, course, exam, trainee), failed(team, course, exam, teammate)
    assert assigning.give_attempts(given, "A bad day", by=manager, at=timezone.now())
    assert (standing(given).state, standing(other).state) == (State.IN_PROGRESS, State.SPENT)
    take(trainee, exam, clean=2)
    given.refresh_from_db()
    assert given.done_at is not None
    assert Readmission.objects.get().person == trainee


def test_once_more_is_no_permission_for_anybody_else(
    team: Team, course: Course, exam: Exam, trainee: User, teammate: User, manager: User
) -> None:
    given, other = failed(team, course, exam, trainee), failed(team, course, exam, teammate)
    unassign(given, "Once more", by=manager, at=timezone.now())
    assigning.reassign(given, Terms(), by=manager, at=timezone.now())
    assert standing(other).state == State.SPENT
    with pytest.raises(practice.NoAttemptsLeft):
        exams.start(teammate, exam)


def test_a_first_assignment_can_be_done_by_somebody_who_used_up_the_attempts_before(
    team: Team, course: Course, exam: Exam, trainee: User
) -> None:
    take(trainee, exam, clean=0)
    given = give_course(team, course, trainee)
    assert standing(given).state == State.IN_PROGRESS
    assert "1 of 1 attempt left" in signed_in(trainee).get(given.get_absolute_url()).text
    take(trainee, exam, clean=2)
    assert standing(given).state == State.DONE


def test_whoever_passed_before_gets_no_attempts_anew(team: Team, course: Course, exam: Exam, trainee: User) -> None:
    take(trainee, exam, clean=2)
    given = give_course(team, course, trainee)
    assert standing(given).state == State.DONE
    assert not Readmission.objects.exists()


def test_new_attempts_open_every_assignment_of_the_exam(
    team: Team, course: Course, exam: Exam, trainee: User, manager: User
) -> None:
    given = failed(team, course, exam, trainee)
    give_course(team, course_of(exam_course(exam), title="Another"), trainee)
    assert standing(given).state == State.IN_PROGRESS


def test_the_check_page_says_what_the_exam_allows(
    as_manager: Client, team: Team, course: Course, exam: Exam, trainee: User
) -> None:
    form: dict[str, Any] = {
        "people": [trainee.pk], "course": course.pk, "mode": "tutor", "pass_percent": "80", "attempts_allowed": "5",
    }  # fmt: skip
    page = as_manager.post(reverse("assign", args=[team.pk]), form).text
    assert "5 at each set" in page
    assert "1 at the exam “Finals”, as the exam itself says, of 20 minutes" in page
    assert "none left" not in page
    take(trainee, exam, clean=0)
    page = as_manager.post(reverse("assign", args=[team.pk]), form).text
    assert f"{trainee} has none left, and gets them anew" in page


def test_extra_time_that_was_given_before_is_put_right(
    team: Team, course: Course, exam: Exam, trainee: User, teammate: User, manager: User, admin: User
) -> None:
    exams.grant(trainee, 50, "For good", by=admin, at=NOW)
    ended, going_on = (
        Assignment.objects.create(
            team=team, course=course, person=one, extra_percent=10, assigned_by=manager, assigned_at=NOW, **more
        )
        for one, more in ((trainee, {"unassigned_at": NOW}), (teammate, {}))
    )
    for one in (trainee, teammate):
        exams.grant(one, 10, "Assigned with Ablation", by=manager, at=NOW, exam=exam)
    assert percent_for(trainee.pk, exam.pk) == 10
    then = MigrationLoader(connection).project_state([("courses", "0004_extra_time_ends")]).apps
    import_module("courses.migrations.0004_extra_time_ends").hang(then, None)
    assert percent_for(trainee.pk, exam.pk) == 50
    assert percent_for(teammate.pk, exam.pk) == 10
    assert [row.basis for row in extra_time_of(teammate)] == [f"assignment {going_on.pk}"]
    assert not extra_time_of(trainee)[0].basis
    assert ended.unassigned_at
