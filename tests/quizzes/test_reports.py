"""Reports: one of a kind, on an answer whose result is shown, read by educators beside everything they need."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from codes.publish import publish
from quizzes import exams, practice
from quizzes.drawing import Recipe
from quizzes.models import AttemptItem, Exam, ExamPart, Report, ReportReply
from quizzes.reports import report
from tests.conftest import signed_in
from tests.quizzes.learning import NOON, give, right, wrong

PLAIN = Recipe(formats=("code-the-claim",), as_written=1.0, size=2)
FORM = {"kind": "disagree", "text": "The note says that it was a separate session."}


@pytest.fixture
def item(trainee: User, bone_code: Code) -> AttemptItem:
    """An open question of the trainee's."""
    found = practice.start(trainee, bone_code, seed=1, recipe=PLAIN).items.select_related("version__question").first()
    assert found is not None
    return found


@pytest.fixture
def answered(item: AttemptItem) -> AttemptItem:
    """The same, answered wrongly."""
    give(item, wrong(item))
    return item


def address(item: AttemptItem) -> str:
    return reverse("report", args=[item.attempt_id, item.position])


def test_a_report_is_stored_and_says_what_happens_next(
    as_trainee: Client, trainee: User, answered: AttemptItem
) -> None:
    page = as_trainee.post(address(answered), FORM, follow=True)
    assert "The educators have it now" in page.text
    assert "your answer stays as you gave it" in page.text
    stored = Report.objects.get()
    assert (stored.answer.item, stored.person, stored.kind, stored.text) == (
        answered, trainee, "disagree", FORM["text"],
    )  # fmt: skip


def test_the_same_report_sent_again_is_one_report(as_trainee: Client, answered: AttemptItem) -> None:
    for _ in range(5):
        as_trainee.post(address(answered), FORM)
    assert Report.objects.count() == 1


def test_another_thing_to_say_is_another_report(as_trainee: Client, answered: AttemptItem) -> None:
    as_trainee.post(address(answered), FORM)
    as_trainee.post(address(answered), FORM | {"kind": "problem"})
    assert Report.objects.count() == 2


def test_the_question_says_since_when_a_report_waits_until_it_is_answered(
    as_trainee: Client, trainee: User, educator: User, answered: AttemptItem
) -> None:
    assert "Your report" not in as_trainee.get(answered.get_absolute_url()).text
    sent = report(answered.answers.get(), trainee, **FORM, at=NOON)
    page = as_trainee.get(answered.get_absolute_url()).text
    assert "Your report has waited for an educator since <time" in page
    assert ">Mar 3, 2025, 12:00 PM UTC</time>" in page
    assert FORM["text"] in page
    ReportReply.objects.create(report=sent, by=educator, outcome="stands", text="So it is.")
    page = as_trainee.get(answered.get_absolute_url()).text
    assert "has waited" not in page
    assert "the grading stands" in page


def test_a_report_sent_after_the_session_had_ended_is_offered_again(client: Client, answered: AttemptItem) -> None:
    answer = client.post(address(answered), FORM)
    page = client.post(answer.headers["Location"], {"login": "trainee", "password": "word-of-trainee"}, follow=True)
    assert page.request["PATH_INFO"] == address(answered)
    assert "You had been signed out" in page.text
    assert FORM["text"] in page.text
    assert 'value="disagree" checked' in page.text
    assert not Report.objects.exists()


def test_an_open_question_cannot_be_reported(as_trainee: Client, item: AttemptItem) -> None:
    assert as_trainee.post(address(item), FORM).status_code == 404
    assert not Report.objects.exists()


def test_an_exam_can_be_reported_only_when_its_results_are_shown(
    as_trainee: Client, trainee: User, bone_code: Code
) -> None:
    exam = Exam.objects.create(title="Test", is_open=True, release=Exam.Release.BY_AUTHOR)
    ExamPart.objects.create(exam=exam, number=1, code=bone_code)
    attempt = exams.start(trainee, exam, seed=1)
    asked = attempt.items.select_related("version__question").get()
    exams.begin(attempt, NOON)
    practice.save_draft(asked, uuid.uuid4(), right(asked), at=NOON)
    exams.finish(attempt, timezone.now())
    assert as_trainee.post(address(asked), FORM).status_code == 404
    exams.release(exam, timezone.now())
    assert as_trainee.post(address(asked), FORM).status_code == 302
    assert Report.objects.count() == 1


@pytest.mark.parametrize("who", ["teammate", "educator", "admin"])
def test_nobody_reports_in_my_name(who: str, answered: AttemptItem, request: pytest.FixtureRequest) -> None:
    client = signed_in(request.getfixturevalue(who))
    assert client.post(address(answered), FORM).status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": ""}, "Choose what it is about"),
        ({"kind": "praise"}, "Choose what it is about"),
        ({"text": ""}, "Say in a sentence what is wrong"),
        ({"text": "y" * 2001}, "This has 2,001 characters; a report takes 2,000"),
        ({"text": "y\0"}, "Null characters are not allowed"),
    ],
)
def test_what_is_missing_is_said_and_the_words_stay(
    as_trainee: Client, answered: AttemptItem, form: dict[str, str], said: str
) -> None:
    page = as_trainee.post(address(answered), FORM | form)
    assert page.status_code == 422
    assert said in page.text
    assert (FORM | form)["text"].strip("\0") in page.text
    assert not Report.objects.exists()


@pytest.fixture
def stored(trainee: User, answered: AttemptItem) -> Report:
    """A report that tries to be more than text."""
    return report(answered.answers.get(), trainee, "problem", "<script>alert(1)</script> & so on", NOON)


def test_educators_see_a_report_in_their_list(as_educator: Client, stored: Report) -> None:
    page = as_educator.get(reverse("admin:quizzes_report_changelist")).text
    assert "Something is wrong with the question" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on" in page
    assert "20983" in page


@pytest.mark.parametrize(("words", "found"), [("20983", 1), ("so on", 1), ("2098", 0), ("zebra", 0)])
def test_educators_find_reports_by_word_and_code(as_educator: Client, stored: Report, words: str, found: int) -> None:
    page = as_educator.get(reverse("admin:quizzes_report_changelist"), {"q": words})
    assert len(page.context["cl"].result_list) == found


def test_educators_see_the_answer_its_findings_and_the_edition(
    as_educator: Client, stored: Report, bone_code: Code
) -> None:
    page = as_educator.get(reverse("admin:quizzes_report_change", args=[stored.pk])).text
    edition = bone_code.editions.get()
    assert stored.answer.item.version.prompt["title"] in page
    assert "Given: " in page
    assert "Not yet clean" in page
    assert stored.answer.gradings.get().findings[0]["rule"] in page
    assert f"/codes/20983/?edition={edition.number}" in page
    assert "<script>alert" not in page


def test_the_edition_is_the_one_it_was_graded_under(
    as_educator: Client, educator: User, stored: Report, bone_code: Code
) -> None:
    bone_code.title = "Another title"
    bone_code.save(update_fields=["title"])
    publish(bone_code, by=educator, why="Another title")
    page = as_educator.get(reverse("admin:quizzes_report_change", args=[stored.pk])).text
    assert "edition 1 of 20983" in page
    assert "edition 2 of 20983" not in page


def test_a_report_is_read_only(as_educator: Client, stored: Report) -> None:
    url = reverse("admin:quizzes_report_change", args=[stored.pk])
    assert as_educator.post(url, {"text": "Never mind"}).status_code == 403
    assert as_educator.post(reverse("admin:quizzes_report_delete", args=[stored.pk])).status_code == 403
    assert Report.objects.get().text == stored.text


def test_trainees_do_not_see_the_list_of_reports(as_trainee: Client, stored: Report) -> None:
    assert as_trainee.get(reverse("admin:quizzes_report_changelist")).status_code == 302


def test_the_list_costs_the_same_queries_with_one_report_and_with_many(
    as_educator: Client, trainee: User, stored: Report
) -> None:
    url = reverse("admin:quizzes_report_changelist")
    as_educator.get(url)
    with CaptureQueriesContext(connection) as one:
        as_educator.get(url)
    for number in range(5):
        report(stored.answer, trainee, "problem", f"Number {number}", NOON)
    with CaptureQueriesContext(connection) as many:
        as_educator.get(url)
    assert len(many) == len(one)
