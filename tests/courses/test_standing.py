"""How far assignments are: what counts as done, and that keeping it up ends where deriving it again does."""

import random
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses import standing as standings
from courses.assigning import unassign
from courses.models import Assignment, Certificate, CourseItem, Sitting, Standing, Team
from quizzes import exams, practice
from quizzes.memory import rebuild
from quizzes.models import Answer, Attempt, Exam, ExamPart, Grading, RuleMemory, RuleReview
from quizzes.models.memory import Level
from quizzes.signals import progressed
from tests.courses.builders import answer, course_of, exam_course, give_course, mastery, page, quiz, sit, standing, take

State = Standing.State
NOW = timezone.now()
DAY = timedelta(days=1)
UNITS, BUNDLED = "20983/units", "20983/not-with"


def is_kept_up() -> bool:
    """Whether what is stored is what follows."""
    return standings.differences(list(Assignment.objects.order_by("pk"))) == []


def regrade(attempt: Attempt, *, clean: bool) -> None:
    """Grade every answer of a set once more, as after the correction of a key."""
    for one in Answer.objects.filter(item__attempt=attempt, state=Answer.State.SUBMITTED):
        newest = one.gradings.last()
        assert newest is not None
        newest.pk, newest._state.adding, newest.is_clean = None, True, clean
        newest.save()
    rebuild(attempt.person)


def master(person: User, rule: str, at: datetime, *, falls: bool = False) -> None:
    """A rule rises to mastered, or falls from it."""
    gradings = Grading.objects.filter(answer__item__attempt__person=person)
    if not gradings:
        answer(practice.start(person, Code.objects.get(number="20983"), seed=9), 2)
    RuleReview.objects.filter(person=person, rule=rule, at__gt=NOW - DAY / 2, at__lt=NOW + DAY / 2).delete()
    grading = gradings.exclude(reviews__rule=rule).latest("pk")
    before, after = (Level.MASTERED, Level.LEARNING) if falls else (Level.STEADY, Level.MASTERED)
    RuleReview.objects.create(
        person=person, rule=rule, kind="units", category="units", item=grading.answer.item, grading=grading, at=at,
        rating=3, broken=falls, is_fresh=True, level_before=before, level_after=after, due=at + DAY,
    )  # fmt: skip
    values: dict[str, Any] = {
        "kind": "units", "code": "20983", "stability": 9.0, "difficulty": 5.0, "due": at + 9 * DAY,
        "reviewed_at": at, "level": after,
    }  # fmt: skip
    RuleMemory.objects.update_or_create(
        person=person, rule=rule, defaults=values, create_defaults=values | {"first_met": at}
    )
    progressed.send(Attempt, person_id=person.pk, attempt_id=grading.answer.item.attempt_id)


# Pages --------------------------------------------------------------------------------------


def test_a_page_is_done_when_its_reader_says_so(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(page(bone_code)), trainee)
    assert standing(given).state == State.NOT_STARTED
    standings.read(standing(given), 7, NOW)
    row = standing(given)
    assert (row.state, row.edition, row.done_at, row.kept, row.tried) == (State.DONE, 7, NOW, 1, 1)
    assert is_kept_up()


def test_reading_a_page_again_changes_nothing(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(page(bone_code), quiz(bone_code)), trainee)
    standings.read(standing(given), 7, NOW)
    standings.read(standing(given), 8, NOW + DAY)
    assert (standing(given).edition, standing(given).done_at) == (7, NOW)


# Sets ---------------------------------------------------------------------------------------


def test_a_set_is_begun_then_done_when_enough_is_clean(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee, pass_percent=75)
    attempt = sit(given)
    row = standing(given)
    assert (row.state, row.attempts, row.tried, row.kept) == (State.IN_PROGRESS, 1, 0, 0)
    answer(attempt, clean=3)
    row = standing(given)
    assert (row.state, row.kept, row.tried, row.done_at) == (State.DONE, 3, 4, attempt.finished_at)
    given.refresh_from_db()
    assert given.done_at == row.done_at
    assert is_kept_up()


@pytest.mark.parametrize(("clean", "skip"), [(2, 0), (2, 2)], ids=["wrong", "skipped"])
def test_what_is_wrong_or_skipped_is_not_clean(
    team: Team, trainee: User, bone_code: Code, clean: int, skip: int
) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee, pass_percent=75)
    answer(sit(given), clean=clean, skip=skip)
    row = standing(given)
    assert (row.state, row.kept, row.tried) == (State.IN_PROGRESS, 2, 4)
    assert Assignment.objects.open().filter(pk=given.pk).exists()


def test_without_an_attempt_left_it_is_spent(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee, attempts_allowed=2)
    answer(sit(given), clean=3)
    assert standing(given).state == State.IN_PROGRESS
    attempt = sit(given, seed=2)
    assert standing(given).state == State.IN_PROGRESS
    answer(attempt, clean=1)
    row = standing(given)
    assert (row.state, row.attempts, row.kept) == (State.SPENT, 2, 3)
    assert is_kept_up()


def test_a_set_of_somebody_elses_assignment_moves_nothing_here(
    team: Team, trainee: User, teammate: User, bone_code: Code
) -> None:
    mine, other = give_course(team, course_of(quiz(bone_code)), trainee, teammate)
    answer(sit(mine), clean=4)
    assert [standing(one).state for one in (mine, other)] == [State.DONE, State.NOT_STARTED]


def test_a_regrade_opens_the_assignment_again_and_revokes_its_certificate(
    team: Team, trainee: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(quiz(bone_code), gives_certificate=True), trainee)
    attempt = sit(given)
    answer(attempt, clean=4)
    certificate = Certificate.objects.get(assignment=given, revoked_at=None)
    regrade(attempt, clean=False)
    given.refresh_from_db()
    certificate.refresh_from_db()
    assert given.done_at is None
    assert certificate.revoked_at is not None
    assert standing(given).state == State.IN_PROGRESS
    regrade(attempt, clean=True)
    given.refresh_from_db()
    assert given.done_at == attempt.finished_at
    assert is_kept_up()


def test_a_regrade_leaves_closed_what_was_assigned_again(team: Team, trainee: User, bone_code: Code) -> None:
    course = course_of(quiz(bone_code), gives_certificate=True)
    first = give_course(team, course, trainee)
    attempt = sit(first)
    answer(attempt, clean=4)
    give_course(team, course, trainee)
    regrade(attempt, clean=False)
    first.refresh_from_db()
    assert first.done_at is not None
    assert not Certificate.objects.filter(assignment=first, revoked_at=None).exists()


# Courses that change ------------------------------------------------------------------------


def test_a_new_item_does_not_undo_what_was_done(team: Team, trainee: User, teammate: User, bone_code: Code) -> None:
    course = course_of(page(bone_code))
    done, still_open = give_course(team, course, trainee, teammate)
    standings.read(standing(done), 1, NOW)
    CourseItem.objects.create(course=course, position=2, **quiz(bone_code))
    assert standings.renew_course(course, NOW) == 1
    standings.renew([done], NOW)
    done.refresh_from_db()
    assert done.done_at == NOW
    assert done.standings.count() == 1
    assert still_open.standings.count() == 2


def test_removing_the_last_open_item_makes_it_done(team: Team, trainee: User, bone_code: Code) -> None:
    course = course_of(page(bone_code), quiz(bone_code))
    given = give_course(team, course, trainee)
    standings.read(standing(given), 1, NOW)
    course.items.get(position=2).delete()
    standings.renew_course(course, NOW + DAY)
    given.refresh_from_db()
    assert given.done_at == NOW


def test_what_is_taken_back_may_be_finished_and_stays_taken_back(
    team: Team, trainee: User, manager: User, bone_code: Code
) -> None:
    given = give_course(team, course_of(quiz(bone_code), gives_certificate=True), trainee)
    attempt = sit(given)
    unassign(given, "Moved to another team", by=manager, at=NOW)
    answer(attempt, clean=4)
    given.refresh_from_db()
    assert standing(given).state == State.DONE
    assert given.done_at is None
    assert not Certificate.objects.exists()
    assert is_kept_up()


# Exams --------------------------------------------------------------------------------------


@pytest.fixture
def exam(bone_code: Code) -> Exam:
    made = Exam.objects.create(title="Ablation", is_open=True, pass_percent=50, attempts_allowed=1)
    ExamPart.objects.create(exam=made, number=2, code=bone_code, format="choose-the-code")
    return made


def test_an_exam_needs_its_own_pass_mark(team: Team, trainee: User, teammate: User, exam: Exam) -> None:
    first, second = give_course(team, course_of(exam_course(exam)), trainee, teammate, pass_percent=100)
    take(trainee, exam, clean=1)
    take(teammate, exam, clean=0)
    assert standing(first).state == State.DONE
    assert standing(second).state == State.SPENT
    assert is_kept_up()


def test_an_exam_without_a_pass_mark_takes_that_of_the_assignment(team: Team, trainee: User, exam: Exam) -> None:
    Exam.objects.update(pass_percent=None)
    given = give_course(team, course_of(exam_course(exam)), trainee, pass_percent=100)
    take(trainee, exam, clean=1)
    assert standing(given).state == State.SPENT


def test_a_result_that_is_held_back_is_none_yet(team: Team, trainee: User, exam: Exam) -> None:
    Exam.objects.update(release=Exam.Release.BY_AUTHOR)
    exam.refresh_from_db()
    given = give_course(team, course_of(exam_course(exam)), trainee)
    take(trainee, exam, clean=2)
    row = standing(given)
    assert (row.state, row.kept, row.tried) == (State.IN_PROGRESS, 0, 0)
    exams.release(exam, NOW + 2 * DAY)
    row = standing(given)
    assert (row.state, row.kept, row.done_at) == (State.DONE, 2, NOW + 2 * DAY)
    assert is_kept_up()


def test_an_exam_passed_before_counts_unless_it_is_assigned_again(team: Team, trainee: User, exam: Exam) -> None:
    take(trainee, exam, clean=2)
    course = course_of(exam_course(exam))
    given = give_course(team, course, trainee)
    given.refresh_from_db()
    assert standing(given).state == State.DONE
    again = give_course(team, course, trainee)
    Assignment.objects.filter(pk=again.pk).update(repeats=given, done_at=None)
    standings.renew([again], timezone.now())
    assert standing(again).state == State.SPENT
    Exam.objects.update(attempts_allowed=2)
    standings.renew(list(Assignment.objects.filter(pk=again.pk)), timezone.now())
    assert standing(again).state == State.NOT_STARTED


# Mastery ------------------------------------------------------------------------------------


def test_rules_are_mastered_when_all_of_them_are(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(mastery(UNITS, BUNDLED)), trainee, at=NOW)
    master(trainee, UNITS, NOW + DAY)
    row = standing(given)
    assert (row.state, row.kept, row.tried) == (State.IN_PROGRESS, 1, 2)
    master(trainee, BUNDLED, NOW + 2 * DAY)
    row = standing(given)
    assert (row.state, row.kept, row.done_at) == (State.DONE, 2, NOW + 2 * DAY)
    assert is_kept_up()


def test_what_was_mastered_stays_done_though_it_falls(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(mastery(UNITS), page(bone_code)), trainee, at=NOW)
    master(trainee, UNITS, NOW + DAY)
    master(trainee, UNITS, NOW + 2 * DAY, falls=True)
    assert RuleMemory.objects.get(person=trainee, rule=UNITS).level == Level.LEARNING
    assert standing(given).state == State.DONE
    assert is_kept_up()


def test_what_was_mastered_and_lost_before_the_assignment_is_not_done(
    team: Team, trainee: User, bone_code: Code
) -> None:
    master(trainee, UNITS, NOW - 9 * DAY)
    master(trainee, UNITS, NOW - 2 * DAY, falls=True)
    given = give_course(team, course_of(mastery(UNITS)), trainee, at=NOW)
    assert standing(given).state != State.DONE


def test_one_that_falls_before_the_other_rises_is_not_all_of_them(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(mastery(UNITS, BUNDLED)), trainee, at=NOW)
    master(trainee, UNITS, NOW + DAY)
    master(trainee, UNITS, NOW + 2 * DAY, falls=True)
    master(trainee, BUNDLED, NOW + 3 * DAY)
    assert standing(given).state == State.IN_PROGRESS
    assert is_kept_up()


def test_a_kind_stands_for_the_rules_of_that_kind_on_the_pages_of_the_item(
    team: Team, trainee: User, bone_code: Code
) -> None:
    here = give_course(team, course_of(mastery("units", codes=[bone_code.number])), trainee)
    everywhere = give_course(team, course_of(mastery("units")), trainee)
    assert standing(here).tried == 1
    assert standing(everywhere).tried > 5


# Laws and costs -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_keeping_up_ends_where_deriving_again_does(
    team: Team, trainee: User, teammate: User, bone_code: Code, exam: Exam, seed: int
) -> None:
    chance = random.Random(seed)
    items = (page(bone_code), quiz(bone_code), mastery("units", codes=["20983"]), exam_course(exam), quiz(bone_code, 3))
    given = give_course(team, course_of(*items), trainee, teammate, attempts_allowed=2, pass_percent=50)
    steps = ["read", "sit", "sit", "exam", "practise", "answer"]
    for n in range(10):
        one, step = chance.choice(given), chance.choice(steps)
        person = one.person
        if step == "read":
            standings.read(standing(one), n, timezone.now())
        elif step == "exam" and not Attempt.objects.filter(person=person, exam=exam).exists():
            take(person, exam, clean=chance.randrange(3))
        elif step == "sit":
            attempt = sit(one, chance.choice([2, 5]), seed=n)
            if chance.random() < 0.7:
                answer(attempt, chance.randrange(5), skip=chance.randrange(2))
        else:
            answer(practice.start(person, bone_code, seed=n), chance.randrange(9))
        assert is_kept_up(), step
    for person in (trainee, teammate):
        rebuild(person)
    assert is_kept_up()


def test_somebody_with_nothing_open_pays_one_query(
    trainee: User, bone_code: Code, team: Team, django_assert_num_queries: Any
) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    with django_assert_num_queries(1):
        progressed.send(Attempt, person_id=trainee.pk, attempt_id=attempt.pk)


def test_many_items_and_people_take_no_more_queries(
    team: Team, trainee: User, teammate: User, manager: User, bone_code: Code
) -> None:
    def cost(items: int, *people: User) -> int:
        course = course_of(*[quiz(bone_code), page(bone_code), mastery(UNITS)] * items)
        given = give_course(team, course, *people)
        given = given if isinstance(given, list) else [given]
        for one in given:
            for place in range(1, 3 * items, 3):
                answer(sit(one, place, seed=place), 1)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            standings.renew(given, NOW)
        return len(seen)

    assert cost(1, trainee) == cost(3, trainee, teammate)


def test_the_command_says_what_differs_and_mends_it(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee)
    answer(sit(given), clean=4)
    Standing.objects.update(state=State.NOT_STARTED)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("renew_standings", "--check", stdout=out, stderr=StringIO())
    assert "state is not started and should be done" in out.getvalue()
    assert standing(given).state == State.NOT_STARTED
    call_command("renew_standings", stdout=StringIO(), stderr=StringIO())
    assert standing(given).state == State.DONE
    call_command("renew_standings", "--check", stdout=StringIO(), stderr=StringIO())


def test_a_sitting_is_of_one_attempt(team: Team, trainee: User, bone_code: Code) -> None:
    given = give_course(team, course_of(quiz(bone_code)), trainee)
    assert Sitting.objects.get(attempt=sit(given)).standing == standing(given)
