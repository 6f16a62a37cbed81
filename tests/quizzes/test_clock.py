"""The server's clock may be put back or forward while somebody answers; nothing of it is lost or negative."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from codes.models import Code
from quizzes import exams, practice
from quizzes.models import Answer, Attempt, AttemptItem, Exam, ExamPart
from tests.quizzes.learning import right

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def running(trainee: User, bone_code: Code) -> Attempt:
    """An exam of thirty minutes, begun at noon."""
    exam = Exam.objects.create(title="First test", minutes=30, is_open=True)
    ExamPart.objects.create(exam=exam, number=2, code=bone_code)
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, NOON)
    return attempt


@pytest.fixture
def item(running: Attempt) -> AttemptItem:
    first = running.items.select_related("attempt__exam", "version__question").first()
    assert first is not None
    return first


def test_an_exam_finished_after_the_clock_was_put_back_has_not_ended_before_it_began(running: Attempt) -> None:
    exams.finish(running, NOON - HOUR)
    running.refresh_from_db()
    assert running.finished_at == running.begun_at == NOON


def test_an_exam_finished_after_the_clock_was_put_forward_ended_at_its_deadline(running: Attempt) -> None:
    exams.finish(running, NOON + HOUR)
    running.refresh_from_db()
    assert running.finished_at == running.deadline == NOON + HOUR / 2


def test_a_set_finished_after_the_clock_was_put_back_has_not_ended_before_it_began(
    trainee: User, bone_code: Code
) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    assert attempt.begun_at is not None
    practice.finish(attempt, attempt.begun_at - HOUR)
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.begun_at


def test_the_later_of_two_answers_counts_whatever_the_clock_says(running: Attempt, item: AttemptItem) -> None:
    practice.save_draft(item, uuid.uuid4(), {"lines": [], "diagnoses": []}, at=NOON + timedelta(minutes=20))
    practice.save_draft(item, later := uuid.uuid4(), right(item), at=NOON - HOUR)
    exams.finish(running, NOON - HOUR)
    assert Answer.objects.get(item=item, state=Answer.State.SUBMITTED).key == later


def test_the_deadline_stays_when_the_clock_steps(running: Attempt, item: AttemptItem) -> None:
    for at in (NOON - HOUR, NOON + timedelta(minutes=29), NOON - HOUR):
        exams.settle(running, at)
        exams.begin(running, at)
        assert running.deadline == NOON + HOUR / 2
        assert running.finished_at is None
        assert running.left(at) is not None


def test_an_answer_that_waited_for_a_connection_counts_by_its_arrival(running: Attempt, item: AttemptItem) -> None:
    sent = practice.Sent(offline_seconds=3600)
    kept = practice.save_draft(item, uuid.uuid4(), right(item), at=NOON + timedelta(minutes=31), sent=sent)
    assert kept.is_late
    assert kept.answer.created_at == NOON + timedelta(minutes=31)
