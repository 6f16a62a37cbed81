"""Exams: one attempt, one clock, one result; what comes too late is kept and does not count."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone as clock

from accounts.models import User
from codes.models import Code
from quizzes import exams, practice
from quizzes.drawing import Recipe, choose
from quizzes.formats import FORMAT
from quizzes.models import Answer, Attempt, AttemptItem, Exam, ExamPart, ExtraTime, Grading, RuleReview, Scenario
from tests.codes.test_editing import form_of
from tests.conftest import signed_in

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
CHOICE = Recipe(formats=("choose-the-code",), size=4, as_written=0.0)


@pytest.fixture
def exam(bone_code: Code, educator: User) -> Exam:
    """Three questions on one page in half an hour."""
    made = Exam.objects.create(title="First test", minutes=30, is_open=True, author=educator)
    ExamPart.objects.create(exam=made, number=3, code=bone_code)
    return made


@pytest.fixture
def attempt(exam: Exam, trainee: User) -> Attempt:
    """Drawn, not begun."""
    return exams.start(trainee, exam, seed=1)


@pytest.fixture
def running(attempt: Attempt) -> Attempt:
    """Begun at noon."""
    exams.begin(attempt, NOON)
    return attempt


def right(item: AttemptItem) -> Any:
    """The right answer to a question."""
    return FORMAT[item.version.question.format].right(item.version)


def wrong(item: AttemptItem) -> Any:
    """A wrong answer to a question."""
    return next(FORMAT[item.version.question.format].wrong(item.version))[0]


def offers_wrong(item: AttemptItem) -> bool:
    """Whether a question has answers that are there to be wrong."""
    return any(FORMAT[item.version.question.format].wrong(item.version))


def save(item: AttemptItem, payload: Any, at: datetime) -> practice.Kept:
    """Autosave."""
    return practice.save_draft(item, uuid.uuid4(), payload, at=at)


def items(attempt: Attempt) -> list[AttemptItem]:
    """The questions in order."""
    return list(attempt.items.select_related("attempt__exam", "version__question"))


# Start and clock --------------------------------------------------------------------------


def test_a_second_start_gives_the_open_attempt(exam: Exam, trainee: User, attempt: Attempt) -> None:
    assert exams.start(trainee, exam) == attempt


def test_the_clock_starts_when_the_first_question_is_shown(trainee: User, attempt: Attempt) -> None:
    client = signed_in(trainee)
    cover = client.get(attempt.get_absolute_url()).text
    first = items(attempt)[0]
    assert "the clock starts" in cover
    assert first.version.prompt["title"] not in cover
    shown = client.post(first.get_absolute_url(), {"action": "begin"})
    attempt.refresh_from_db()
    assert first.version.prompt["title"] in shown.text
    assert attempt.begun_at is not None
    assert attempt.deadline == attempt.begun_at + timedelta(minutes=30)


@pytest.mark.parametrize("method", ["get", "head", "options", "post"])
def test_nothing_but_begin_begins(method: str, trainee: User, attempt: Attempt) -> None:
    client, first = signed_in(trainee), items(attempt)[0]
    answer = getattr(client, method)(first.get_absolute_url())
    attempt.refresh_from_db()
    assert attempt.begun_at is None
    assert first.version.prompt["narrative"][:20] not in answer.content.decode()
    assert not Answer.objects.exists()


def test_beginning_twice_leaves_the_clock_alone(running: Attempt) -> None:
    exams.begin(running, NOON + timedelta(minutes=5))
    running.refresh_from_db()
    assert running.begun_at == NOON


def test_an_attempt_limit_leads_to_the_last_result(exam: Exam, trainee: User, running: Attempt) -> None:
    exams.finish(running, NOON)
    with pytest.raises(practice.NoAttemptsLeft) as caught:
        exams.start(trainee, exam)
    assert caught.value.last == running
    client = signed_in(trainee)
    page = client.post(reverse("exam_start", args=[exam.pk]), {"key": str(uuid.uuid4())}, follow=True)
    assert page.redirect_chain[-1][0] == running.get_absolute_url()
    assert Attempt.objects.count() == 1


def test_a_closed_exam_is_missing_to_those_who_never_took_it(exam: Exam, trainee: User, teammate: User) -> None:
    exams.start(trainee, exam)
    Exam.objects.update(is_open=False)
    url = reverse("exam", args=[exam.pk])
    assert signed_in(trainee).get(url).status_code == 200
    assert signed_in(teammate).get(url).status_code == 404
    assert signed_in(teammate).post(reverse("exam_start", args=[exam.pk])).status_code == 404


def test_no_question_of_an_exam_is_a_scenario_as_it_is_written(attempt: Attempt) -> None:
    written = set(Scenario.objects.values_list("narrative", flat=True))
    assert not [item for item in items(attempt) if item.version.prompt["narrative"] in written]


# Answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "counts"), [(-MILLISECOND, True), (timedelta(), True), (MILLISECOND, False)])
def test_the_deadline_holds_to_the_millisecond(running: Attempt, after: timedelta, counts: bool) -> None:
    item = items(running)[0]
    kept = save(item, right(item), NOON + timedelta(minutes=30) + after)
    assert kept.is_late is not counts
    exams.settle(running, NOON + timedelta(hours=1))
    assert Grading.objects.filter(answer__item=item).exists() is counts
    assert item.answers.filter(state=Answer.State.LATE).exists() is not counts


def test_of_several_answers_the_last_one_counts_and_all_are_kept(bone_code: Code, trainee: User) -> None:
    running = own_exam(trainee, bone_code)
    item = items(running)[0]
    others = [choice["id"] for choice in item.version.options if choice["id"] != right(item)["option"]]
    for second, payload in enumerate([{"option": others[0]}, {"option": others[1]}, right(item)]):
        save(item, payload, NOON + timedelta(seconds=second))
    exams.finish(running, NOON + timedelta(minutes=1))
    assert Grading.objects.get(answer__item=item).is_clean
    assert item.answers.filter(state=Answer.State.DRAFT).count() == 3


def test_finishing_twice_changes_nothing(running: Attempt) -> None:
    item = items(running)[0]
    save(item, right(item), NOON)
    exams.finish(running, NOON + timedelta(minutes=1))
    exams.finish(Attempt.objects.get(), NOON + timedelta(minutes=2))
    running.refresh_from_db()
    assert running.finished_at == NOON + timedelta(minutes=1)
    assert Grading.objects.count() == 1


def test_an_answer_after_the_end_is_a_409_with_a_receipt(running: Attempt, trainee: User) -> None:
    item = next(one for one in items(running) if offers_wrong(one))
    save(item, right(item), NOON)
    exams.finish(running, NOON + timedelta(minutes=1))
    before = list(Grading.objects.values())
    fields = FORMAT[item.version.question.format].fields(wrong(item))
    page = signed_in(trainee).post(item.get_absolute_url(), fields | {"key": str(uuid.uuid4()), "action": "save"})
    assert page.status_code == 409
    assert "This came too late" in page.text
    assert str(item.answers.get(state=Answer.State.LATE).key) in page.text
    assert list(Grading.objects.values()) == before


def test_what_cannot_be_read_is_left_out_of_what_counts(bone_code: Code, trainee: User) -> None:
    attempt = own_exam(trainee, bone_code, Recipe(formats=("code-the-claim",), size=1, as_written=0.0))
    item = items(attempt)[0]
    payload = right(item)
    payload["lines"].append({"code": "?!", "modifiers": "", "units": "many", "pointers": ""})
    save(item, payload, NOON)
    exams.finish(attempt, NOON)
    assert Grading.objects.get().is_clean


def test_a_question_without_an_answer_counts_as_not_answered(running: Attempt, trainee: User) -> None:
    exams.finish(running, NOON)
    page = signed_in(trainee).get(running.get_absolute_url()).text
    assert "0 of 3" in page
    assert not Answer.objects.exists()


def own_exam(person: User, code: Code, recipe: Recipe = CHOICE, **terms: Any) -> Attempt:
    """A set in exam mode that somebody put together, begun at noon."""
    import random

    drawn = choose(list(Scenario.objects.live().of(code.number)), random.Random(1), recipe)
    attempt = practice.open_set(person, practice.Terms(title="Mine", mode=Attempt.Mode.EXAM, **terms), drawn, 1)
    exams.begin(attempt, NOON)
    return attempt


def test_right_and_wrong_answers_lead_to_the_same_bytes(bone_code: Code, trainee: User, teammate: User) -> None:
    pages = []
    for person, pick in ((trainee, right), (teammate, wrong)):
        attempt = own_exam(person, bone_code)
        item = items(attempt)[0]
        fields = FORMAT[item.version.question.format].fields(pick(item)) | {"action": "save", "key": str(uuid.uuid4())}
        answer = signed_in(person).post(item.get_absolute_url(), fields)
        pages.append(
            (answer.status_code, answer.url.replace(str(attempt.pk), ""), dict(answer.headers) | {"Location": ""})
        )
    assert pages[0] == pages[1]


@pytest.mark.parametrize("action", ["hint", "unknown", "check", "skip"])
def test_an_exam_gives_neither_hints_nor_feedback(action: str, bone_code: Code, trainee: User) -> None:
    attempt = own_exam(trainee, bone_code)
    item = items(attempt)[0]
    fields = FORMAT[item.version.question.format].fields(wrong(item))
    page = signed_in(trainee).post(
        item.get_absolute_url(), fields | {"action": action, "key": str(uuid.uuid4())}, follow=True
    )
    item.refresh_from_db()
    assert not Grading.objects.exists()
    assert "verdict" not in page.text
    assert (item.hints, item.left_at) == (0, None)


# Order ---------------------------------------------------------------------------------------


def test_a_sequential_exam_cannot_be_jumped(bone_code: Code, trainee: User) -> None:
    attempt = own_exam(trainee, bone_code, sequential=True)
    client, asked = signed_in(trainee), items(attempt)
    jump = client.get(asked[2].get_absolute_url())
    assert (jump.status_code, jump.url) == (302, asked[0].get_absolute_url())
    sent = client.post(asked[2].get_absolute_url(), {"action": "save", "key": str(uuid.uuid4()), "option": "1"})
    assert (sent.status_code, sent.url) == (302, asked[0].get_absolute_url())
    saved = client.post(reverse("draft", args=[attempt.pk, 3]), {"key": str(uuid.uuid4()), "option": "1"})
    assert saved.status_code == 409
    assert not Answer.objects.exists()


@pytest.mark.parametrize("sequential", [True, False])
def test_an_exam_begins_with_its_first_question_wherever_begin_was_pressed(
    bone_code: Code, trainee: User, sequential: bool
) -> None:
    attempt = own_exam(trainee, bone_code, sequential=sequential)
    Attempt.objects.filter(pk=attempt.pk).update(begun_at=None, deadline=None)
    client, asked = signed_in(trainee), items(attempt)
    page = client.post(asked[2].get_absolute_url(), {"action": "begin"})
    attempt.refresh_from_db()
    assert attempt.begun_at is not None
    assert page.status_code == 200
    assert "Question 1 of" in page.text
    assert f'action="{asked[0].get_absolute_url()}"' in page.text
    assert f'action="{asked[2].get_absolute_url()}"' not in page.text


def test_a_sequential_exam_goes_on_and_not_back(bone_code: Code, trainee: User) -> None:
    attempt = own_exam(trainee, bone_code, sequential=True)
    client, asked = signed_in(trainee), items(attempt)
    on = client.post(asked[0].get_absolute_url(), {"action": "save", "key": str(uuid.uuid4()), "option": "1"})
    assert on.url == asked[1].get_absolute_url()
    assert client.get(asked[0].get_absolute_url()).url == asked[1].get_absolute_url()


def test_a_stray_enter_does_not_leave_a_sequential_question_blank(bone_code: Code, trainee: User) -> None:
    attempt = own_exam(trainee, bone_code, sequential=True)
    client, asked = signed_in(trainee), items(attempt)
    url = asked[0].get_absolute_url()
    assert client.post(url, {"action": "save", "key": str(uuid.uuid4())}).status_code == 422
    assert client.post(url, {"action": "go", "key": str(uuid.uuid4())}).url == asked[1].get_absolute_url()


def test_a_free_exam_leads_through_the_questions_to_the_review_page(bone_code: Code, trainee: User) -> None:
    attempt = own_exam(trainee, bone_code)
    client = signed_in(trainee)
    urls = [item.get_absolute_url() for item in items(attempt)]
    for here, there in zip(urls, [*urls[1:], attempt.get_absolute_url()], strict=True):
        on = client.post(here, {"action": "save", "key": str(uuid.uuid4()), "option": "1"})
        assert on.url == there
    page = client.get(attempt.get_absolute_url()).text
    assert "Every question is answered" in page


# Time ------------------------------------------------------------------------------------------


def test_an_abandoned_exam_is_finished_at_its_deadline_by_the_sweeper(running: Attempt) -> None:
    item = items(running)[0]
    save(item, right(item), NOON)
    assert exams.sweep(NOON + timedelta(minutes=30)) == 0
    assert exams.sweep(NOON + timedelta(minutes=30, seconds=59)) == 1
    running.refresh_from_db()
    assert running.finished_at == running.deadline
    assert Grading.objects.get().is_clean


def test_the_sweeper_is_a_command(running: Attempt) -> None:
    Attempt.objects.update(deadline=clock.now() - timedelta(seconds=1))
    call_command("sweep")
    running.refresh_from_db()
    assert running.finished_at == running.deadline


def test_an_abandoned_exam_is_finished_by_the_next_request(running: Attempt, trainee: User) -> None:
    Attempt.objects.update(deadline=clock.now() - timedelta(seconds=1))
    page = signed_in(trainee).get(items(running)[0].get_absolute_url())
    running.refresh_from_db()
    assert running.finished_at == running.deadline
    assert page.status_code == 200


def test_extra_time_counts_from_the_beginning(exam: Exam, trainee: User, educator: User, attempt: Attempt) -> None:
    exams.grant(trainee, 50, "Letter of March 3", by=educator, at=NOON)
    exams.begin(attempt, NOON)
    assert attempt.deadline == NOON + timedelta(minutes=45)


def test_extra_time_given_on_the_way_moves_the_deadline(
    exam: Exam, trainee: User, educator: User, running: Attempt
) -> None:
    exams.grant(trainee, 100, "A fire alarm", by=educator, at=NOON, exam=exam)
    running.refresh_from_db()
    assert running.deadline == NOON + timedelta(minutes=60)
    granted = ExtraTime.objects.get()
    assert (granted.granted_by, granted.why, granted.created_at) == (educator, "A fire alarm", NOON)


def test_a_step_of_the_clock_gives_no_negative_time(running: Attempt, caplog: pytest.LogCaptureFixture) -> None:
    early = NOON - timedelta(hours=1)
    exams.settle(running, early)
    assert "clock stands 1:00:00 before" in caplog.text
    assert running.left(NOON + timedelta(hours=2)) == timedelta()
    assert not running.is_over(early)


def test_the_clock_of_the_browser_is_never_read(running: Attempt, trainee: User) -> None:
    Attempt.objects.update(deadline=clock.now() + timedelta(minutes=5))
    item = items(running)[0]
    data = {"key": str(uuid.uuid4()), "offline": "86400", "at": "1999-01-01", "option": "1", "line-0-code": "1"}
    answer = signed_in(trainee).post(reverse("draft", args=[running.pk, 1]), data)
    assert answer.json()["late"] is False
    assert 0 < answer.json()["left"] <= 300
    stored = item.answers.get()
    assert (stored.offline_seconds, clock.now() - stored.created_at < timedelta(minutes=1)) == (86400, True)


# Results -----------------------------------------------------------------------------------------


def test_results_wait_until_the_author_releases_them(exam: Exam, running: Attempt, trainee: User) -> None:
    Exam.objects.update(release=Exam.Release.BY_AUTHOR)
    running = Attempt.objects.get()
    item = items(running)[0]
    save(item, wrong(item) if offers_wrong(item) else right(item), NOON)
    exams.finish(running, NOON)
    client = signed_in(trainee)
    for url in (running.get_absolute_url(), item.get_absolute_url()):
        page = client.get(url, follow=True).text
        assert "when the author releases them" in page
        assert "verdict" not in page
    assert not RuleReview.objects.exists()
    exam.refresh_from_db()
    assert exams.release(exam, NOON + timedelta(days=1)) == 1
    assert "verdict" in client.get(item.get_absolute_url()).text
    assert RuleReview.objects.exists()


def test_releasing_twice_changes_nothing(exam: Exam, running: Attempt) -> None:
    Exam.objects.update(release=Exam.Release.BY_AUTHOR)
    exam.refresh_from_db()
    exams.finish(Attempt.objects.get(), NOON)
    assert exams.release(exam, NOON) == 1
    assert exams.release(exam, NOON + timedelta(days=1)) == 0
    exam.refresh_from_db()
    assert exam.released_at == NOON


def test_an_edited_exam_changes_no_attempt(exam: Exam, running: Attempt) -> None:
    versions = [item.version_id for item in items(running)]
    exam.parts.all().delete()
    Exam.objects.update(minutes=1, order=Exam.Order.SEQUENTIAL)
    running.refresh_from_db()
    assert [item.version_id for item in items(running)] == versions
    assert (running.deadline, running.sequential) == (NOON + timedelta(minutes=30), False)


def test_a_retired_scenario_can_still_be_answered(running: Attempt) -> None:
    Scenario.objects.update(active=False)
    item = items(running)[0]
    save(item, right(item), NOON)
    exams.finish(running, NOON)
    assert Grading.objects.get().is_clean


def test_somebody_elses_exam_is_missing(running: Attempt, teammate: User) -> None:
    client = signed_in(teammate)
    item = items(running)[0]
    for url in (running.get_absolute_url(), item.get_absolute_url(), reverse("draft", args=[running.pk, 1])):
        assert client.get(url).status_code == 404
        assert client.post(url, {"action": "begin"}).status_code in (404, 405)
    assert client.post(reverse("finish", args=[running.pk])).status_code == 404
    running.refresh_from_db()
    assert running.finished_at is None


def test_the_page_of_an_exams_question_costs_the_same_at_any_size(
    bone_code: Code, trainee: User, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(trainee)
    for size in (2, 8):
        attempt = own_exam(trainee, bone_code, Recipe(formats=("choose-the-code",), size=size, as_written=0.0))
        for item in items(attempt):
            save(item, right(item), NOON)
        with django_assert_max_num_queries(10):
            client.get(items(attempt)[0].get_absolute_url())


def test_an_anonymous_autosave_is_refused(running: Attempt) -> None:
    answer = Client().post(reverse("draft", args=[running.pk, 1]), {"key": str(uuid.uuid4())})
    assert answer.status_code == 401
    assert "signed out" in answer.json()["say"]


def test_a_rule_that_is_met_has_not_risen(running: Attempt, trainee: User) -> None:
    for item in items(running):
        save(item, right(item), NOON)
    exams.finish(running, NOON)
    moved = signed_in(trainee).get(running.get_absolute_url()).context["moved"]
    assert moved["met"]
    assert (moved["up"], moved["down"]) == ([], [])
    assert {one.rule for one in moved["met"]} == {one.rule for one in moved["back"]}


def test_practice_tells_nothing_of_a_case_that_a_running_exam_asks(bone_code: Code, trainee: User) -> None:
    scenarios = list(Scenario.objects.live().of(bone_code.number))
    questions = choose(scenarios, random.Random(1), CHOICE)
    terms = practice.Terms(title="Test", mode=Attempt.Mode.EXAM)
    taken = practice.open_set(trainee, terms, questions[:1], 1)
    exams.begin(taken, clock.now())
    beside = practice.open_set(trainee, practice.Terms(title="Beside"), questions, 1)
    assert beside.items.count() == len(questions) - 1
    exams.finish(taken, clock.now())
    assert practice.open_set(trainee, practice.Terms(title="After"), questions, 1).items.count() == len(questions)


def test_an_exam_without_an_author_is_saved_in_the_admin(exam: Exam, admin: User) -> None:
    Exam.objects.filter(pk=exam.pk).update(author=None)
    client, url = signed_in(admin), reverse("admin:quizzes_exam_change", args=[exam.pk])
    answer = client.post(url, form_of(client.get(url)) | {"title": "Second test"})
    assert answer.status_code == 302
    exam.refresh_from_db()
    assert (exam.title, exam.author) == ("Second test", None)
