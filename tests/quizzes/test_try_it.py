"""The page on which anybody signed in tries the rules."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code, DocumentationTopic
from quizzes import exams
from quizzes.models import Answer, Attempt, Exam, ExamPart, Grading

FORM: dict[str, Any] = {
    "day": "2024-03-01",
    "note-diagnoses": "C79.51",
    "services": "2",
    "service-0-procedure": "ablation",
    "service-0-site": "bone",
    "service-0-technique": "cryoablation",
    "service-0-approach": "percutaneous",
    "service-0-count": "3",
    "service-1-procedure": "imaging guidance",
    "service-1-modality": "ultrasound",
    "service-1-for": "ablation",
    "service-1-count": "1",
    "diagnosis-A": "C79.51",
    "lines": "2",
    "line-0-code": "20983",
    "line-0-pointers": "A",
    "line-1-code": "76940",
    "line-1-pointers": "A",
    "action": "check",
}


@pytest.fixture
def sent(as_trainee: Client, starter_library: None) -> Any:
    return lambda **changes: as_trainee.post(reverse("try_it"), FORM | changes)


def test_a_claim_is_judged_at_once_and_stored_nowhere(sent: Any) -> None:
    page = sent()
    assert "Not yet clean" in page.text
    assert "/codes/20983/?dos=2024-03-01#billing" in page.text
    assert not Answer.objects.exists()
    assert not Grading.objects.exists()


def test_a_long_list_is_read_to_its_end(sent: Any) -> None:
    items = [f"an-item-of-the-note-{n}" for n in range(40)]
    page = sent(lines="1", documented=" ".join([*items, "Times!"]))
    assert "is not the slug" in page.text
    assert f"{items[-1]} Times!" in page.text


def test_the_right_claim_is_clean(sent: Any) -> None:
    assert "Clean claim" in sent(lines="1").text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("day", "2024-02-30", "must be a date"),
        ("note-diagnoses", "nonsense!", "does not look like"),
        ("age", "old", "patient.age: must be a whole number"),
        ("place", "office", "must be two digits"),
        ("documented", "Times!", "is not the slug"),
        ("earlier-day", "2024-02-30", "earlier.0.date: must be a date"),
        ("service-0-count", "x", "must be a whole number"),
        ("service-0-site", "elbow", "is not a known site"),
        ("line-0-units", "0", "whole number from 1"),
    ],
)
def test_what_cannot_be_read_is_named_and_kept(sent: Any, field: str, value: str, said: str) -> None:
    page = sent(**{field: value})
    assert page.status_code == 422
    assert said in page.text
    assert f'href="#{field}"' in page.text
    assert 'value="20983"' in page.text


def test_services_and_lines_can_be_added_without_a_script(sent: Any) -> None:
    assert 'name="service-2-procedure"' in sent(action="add-service").text
    assert 'name="service-1-procedure"' not in sent(action="remove-service-0").text
    assert 'name="line-2-code"' in sent(action="add-line").text


def test_an_educator_sees_every_rule_that_spoke(sent: Any, as_educator: Client) -> None:
    assert "Every rule that spoke" not in sent().text
    assert "Every rule that spoke" in as_educator.post(reverse("try_it"), FORM).text


def test_a_procedure_shows_what_can_be_said_of_it(sent: Any) -> None:
    page = sent(
        action="refresh", **{"service-1-procedure": "office visit", "service-1-modality": "", "service-1-for": ""}
    )
    assert 'name="service-0-technique"' in page.text
    assert 'name="service-1-decision-making"' in page.text
    assert 'name="service-1-technique"' not in page.text
    assert "Not yet clean" not in page.text


def test_an_earlier_procedure_counts(sent: Any) -> None:
    visit = {"service-0-procedure": "office visit", "service-0-status": "established patient"}
    visit |= {"service-0-decision-making": "low complexity", "service-0-site": "", "service-0-technique": ""}
    visit |= {"service-0-approach": "", "service-0-count": "1", "services": "1", "lines": "1", "line-0-code": "99213"}
    visit |= {"note-diagnoses": "", "diagnosis-A": "", "line-0-pointers": ""}
    assert "Clean claim" in sent(**visit).text
    page = sent(**visit, **{"earlier-code": "29881", "earlier-day": "2024-02-09"})
    assert "Not yet clean" in page.text
    assert "has a global period of 90 days" in page.text


def test_the_patient_and_the_note_count(sent: Any) -> None:
    page = sent(age="61", sex="F", place="22", documented="times signature", lines="1")
    assert "The note does not show" in page.text
    assert 'value="times signature"' in page.text


# While an exam runs ------------------------------------------------------------------------


@pytest.fixture
def taken(bone_code: Code, trainee: User) -> Attempt:
    """An exam of half an hour, begun now."""
    exam = Exam.objects.create(title="First test", minutes=30, is_open=True)
    ExamPart.objects.create(exam=exam, number=2, code=bone_code)
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, timezone.now())
    return attempt


def test_nothing_is_judged_while_an_exam_runs(taken: Attempt, as_trainee: Client) -> None:
    for page in (as_trainee.get(reverse("try_it")), as_trainee.post(reverse("try_it"), FORM | {"lines": "1"})):
        assert "opens again when the exam is handed in" in page.text
        assert f'href="{taken.get_absolute_url()}"' in page.text
        assert "Clean claim" not in page.text
        assert "procedure" not in page.text


@pytest.mark.parametrize("over", ["handed in", "out of time", "not begun"])
def test_it_is_judged_again_when_no_exam_runs(taken: Attempt, as_trainee: Client, over: str) -> None:
    now = timezone.now()
    changes = {"handed in": {"finished_at": now}, "out of time": {"deadline": now - timedelta(seconds=1)}}
    Attempt.objects.update(**changes.get(over, {"begun_at": None, "deadline": None}))
    assert "Clean claim" in as_trainee.post(reverse("try_it"), FORM | {"lines": "1"}).text


def test_an_exam_closes_the_page_to_its_own_person_only(taken: Attempt, as_educator: Client) -> None:
    assert "Clean claim" in as_educator.post(reverse("try_it"), FORM | {"lines": "1"}).text


def test_a_site_without_topics_offers_none(as_trainee: Client) -> None:
    DocumentationTopic.objects.all().delete()
    assert "Otherwise some of" not in as_trainee.get(reverse("try_it")).text
