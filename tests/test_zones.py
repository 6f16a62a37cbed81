"""Times are told by the clocks of the team, with their zone; what is counted by days is not moved by them."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses.models import Membership, Team
from quizzes import exams
from quizzes.models import Attempt, Exam, ExamPart
from tests.conftest import signed_in

#: Tuesday evening in Chicago, Wednesday in Greenwich.
EVENING = datetime(2026, 12, 2, 1, 31, 26, tzinfo=UTC)


@pytest.fixture
def at_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: EVENING)


@pytest.fixture
def running(team: Team, trainee: User, bone_code: Code) -> Attempt:
    """An exam of half an hour, begun in the evening."""
    exam = Exam.objects.create(title="First test", minutes=30, is_open=True)
    ExamPart.objects.create(exam=exam, number=2, code=bone_code)
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, EVENING)
    return attempt


def test_today_is_the_day_where_the_team_is(at_evening: None, team: Team, trainee: User, other_manager: User) -> None:
    assert "Tuesday, December 1" in signed_in(trainee).get("/").text
    assert "Wednesday, December 2" in signed_in(other_manager).get("/").text


def test_an_exam_ends_at_the_same_instant_on_the_teams_clock(at_evening: None, running: Attempt, trainee: User) -> None:
    client = signed_in(trainee)
    question = reverse("question", args=[running.pk, 1])
    shown = client.get(question)
    assert "until 8:01:26 PM CST by the server" in shown.text
    assert running.deadline == datetime(2026, 12, 2, 2, 1, 26, tzinfo=UTC)
    sent = {"key": "4f8b1a5e-58a3-4d37-9f0c-3a3f6f0b8a11", "choice": "0", "line-0-code": "20983", "lines": "1"}
    said = client.post(reverse("draft", args=[running.pk, 1]), sent).json()
    assert said["say"] == "Saved at 7:31:26 PM CST"


def test_the_first_team_of_somebody_in_several_counts(at_evening: None, team: Team, trainee: User) -> None:
    other = Team.objects.create(name="Tokyo", time_zone="Asia/Tokyo")
    Membership.objects.create(team=other, person=trainee)
    assert "Tuesday" in signed_in(trainee).get("/").text
    Membership.objects.filter(team=team).update(ended_at=EVENING)
    assert "Wednesday" in signed_in(trainee).get("/").text


def test_who_is_in_no_team_is_told_the_sites_time(at_evening: None, as_trainee: Client) -> None:
    assert "Wednesday, December 2" in as_trainee.get("/").text


def test_the_day_on_which_a_set_ended_is_the_teams(at_evening: None, running: Attempt, trainee: User) -> None:
    exams.finish(running, EVENING)
    page = signed_in(trainee).get(running.get_absolute_url()).text
    assert "Dec 1, 2026" in page
    assert "Dec 2, 2026" not in page
