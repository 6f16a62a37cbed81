"""The page of today."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp
from codes.models import Code
from quizzes import exams, practice
from quizzes.formats.base import I_DO_NOT_KNOW
from quizzes.models import Attempt, Exam, ExamPart, RuleMemory, RuleReview
from quizzes.stakes import table
from quizzes.today import begun, can_be_taken
from tests.quizzes.learning import DAY, right
from tests.quizzes.test_review import remembered

#: Session, person, stamp (three times), whether a team is managed, what is assigned, due, the day's reviews, breaks,
#: the open set, open sets, exams, weakest, and for the five-minute sets the sets and the reviews of a week; and the
#: number in the header.
QUERIES = 18

FORM = re.compile(r'<form method="post" action="(/(?:practice|review)/\w+/)"[^>]*>(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'name="(rule|size|key)" value="([^"]*)"')


@pytest.fixture
def exam(bone_code: Code) -> Exam:
    """Two questions in ten minutes, twice."""
    made = Exam.objects.create(title="Bones", minutes=10, attempts_allowed=2, is_open=True)
    ExamPart.objects.create(exam=made, number=2, code=bone_code)
    return made


def test_a_visitor_sees_what_the_site_is(client: Client, starter_library: None) -> None:
    text = client.get("/").text
    assert "Code the claim. See the rule." in text
    assert "Today" not in text


def test_with_nothing_due_it_offers_a_mixed_set(as_trainee: Client) -> None:
    text = as_trainee.get("/").text
    assert "Nothing due" in text
    assert f'action="{reverse("practise_mixed")}"' in text
    assert "Continue" not in text
    assert "weakest" not in text


def test_what_is_due_has_its_minutes_and_its_button(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    for rule in sorted(table(current_stamp()).scenarios)[:4]:
        remembered(trainee, rule, due=timezone.now() - DAY)
    text = as_trainee.get("/").text
    assert "rules due, about 6 minutes" in text
    assert "Review 4 rules" in text
    assert text.count('<span class="quiet">Chance of recall') == 3
    assert "practise_mixed" not in text


def test_after_ten_it_says_that_it_is_enough(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    at = timezone.now()
    attempt = practice.start(trainee, bone_code, seed=1)
    Attempt.objects.filter(pk=attempt.pk).update(source="due")
    for item in attempt.items.select_related("attempt", "version__question"):
        practice.submit(item, uuid.uuid4(), right(item))
    remembered(trainee, "11102/units", due=at - DAY)
    text = as_trainee.get("/").text
    assert "You have reviewed 10 today, which is enough for one day. 1 more waits until tomorrow." in text


def test_a_set_goes_on_at_its_first_open_question(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    for item in attempt.items.all()[:3]:
        practice.submit(item, uuid.uuid4(), I_DO_NOT_KNOW)
    text = as_trainee.get("/").text
    assert f'<a href="{reverse("question", args=[attempt.pk, 4])}">{attempt.title}</a>' in text
    assert "7 of 10 questions left" in text


def test_what_is_finished_is_not_gone_on_with(trainee: User, bone_code: Code) -> None:
    practice.finish(practice.start(trainee, bone_code, seed=1), timezone.now())
    assert begun(trainee, timezone.now()) == []


def test_the_review_of_today_stands_only_above(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    remembered(trainee, "20983/units", due=timezone.now() - DAY)
    as_trainee.post(reverse("review_start"), {"key": str(uuid.uuid4())})
    page = as_trainee.get("/")
    assert "0 of 1" in page.text
    assert page.context["begun"] == []


def test_a_running_exam_says_what_is_saved_and_what_is_left(trainee: User, exam: Exam) -> None:
    at = timezone.now()
    attempt = exams.start(trainee, exam, seed=1)
    assert [one.words for one in begun(trainee, at)] == ["Exam, not begun, 2 questions"]
    exams.begin(attempt, at)
    item = attempt.items.select_related("version__question").first()
    assert item is not None
    practice.save_draft(item, uuid.uuid4(), right(item), at=at)
    (one,) = begun(trainee, at + timedelta(minutes=4, seconds=1))
    assert (one.words, one.url) == ("Exam, 1 of 2 answers saved, 6 minutes left", attempt.get_absolute_url())


def test_an_exam_whose_time_is_up_is_finished_and_gone(trainee: User, exam: Exam) -> None:
    at = timezone.now()
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, at)
    assert begun(trainee, at + timedelta(minutes=11)) == []
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.deadline


def test_an_exam_can_be_taken_while_attempts_are_left_and_none_is_open(
    trainee: User, teammate: User, exam: Exam
) -> None:
    at = timezone.now()
    Exam.objects.create(title="Closed")
    assert [(one.title, one.left) for one in can_be_taken(trainee)] == [("Bones", 2)]  # type: ignore[attr-defined]
    first = exams.start(trainee, exam, seed=1)
    assert not can_be_taken(trainee)
    exams.finish(first, at)
    assert [one.left for one in can_be_taken(trainee)] == [1]  # type: ignore[attr-defined]
    exams.finish(exams.start(trainee, exam, seed=2), at)
    assert not can_be_taken(trainee)
    assert can_be_taken(teammate).get().left == 2  # type: ignore[attr-defined]


def test_exams_stand_by_their_titles_however_they_were_made(trainee: User, exam: Exam) -> None:
    for title in ("Zygomatic bones", "Abdomen"):
        Exam.objects.create(title=title, is_open=True)
    assert [one.title for one in can_be_taken(trainee)] == ["Abdomen", "Bones", "Zygomatic bones"]


def test_what_was_broken_twice_is_offered_to_be_mended(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    for item in practice.start(trainee, bone_code, seed=1).items.all():
        practice.submit(item, uuid.uuid4(), I_DO_NOT_KNOW)
    page = as_trainee.get("/")
    offered = page.context["repairs"]
    assert offered
    assert all(one.times >= 2 for one in offered)
    assert page.text.count(f'action="{reverse("repair")}"') == len(offered)
    weakest = page.context["weakest"].card.rule
    assert f'<input type="hidden" name="rule" value="{weakest}">' in page.text
    assert f'action="{reverse("practise_rules")}"' in page.text
    assert "Practise 5" in page.text


def test_every_form_has_a_key_of_its_own(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    for item in practice.start(trainee, bone_code, seed=1).items.all():
        practice.submit(item, uuid.uuid4(), I_DO_NOT_KNOW)
    keys = [part[:36] for part in as_trainee.get("/").text.split('name="key" value="')[1:]]
    assert len(keys) == len(set(keys)) >= 3


def test_every_button_leads_to_a_question(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    for item in practice.start(trainee, bone_code, seed=1).items.all():
        practice.submit(item, uuid.uuid4(), I_DO_NOT_KNOW)
    nothing_due = as_trainee.get("/").text
    RuleMemory.objects.update(due=timezone.now() - DAY)
    forms = FORM.findall(nothing_due) + FORM.findall(as_trainee.get("/").text)
    sources = set()
    for action, fields in forms:
        page = as_trainee.post(action, dict(FIELD.findall(fields)), follow=True)
        assert "Question 1 of" in page.text
        sources.add(Attempt.objects.latest("created_at").source)
    assert sources == {"mixed", "rules", "remediation", "due"}


def test_nobody_sees_anybody_elses_day(as_trainee: Client, teammate: User, bone_code: Code) -> None:
    for item in practice.start(teammate, bone_code, seed=1).items.all()[:3]:
        practice.submit(item, uuid.uuid4(), I_DO_NOT_KNOW)
    RuleMemory.objects.update(due=timezone.now() - DAY)
    assert RuleReview.objects.exists()
    text = as_trainee.get("/").text
    assert "Nothing due" in text
    assert bone_code.title not in text


@pytest.mark.parametrize("size", [1, 4])
def test_it_costs_the_same_queries_on_a_full_day(
    as_trainee: Client, trainee: User, bone_code: Code, exam: Exam, size: int, django_assert_num_queries: Any
) -> None:
    for seed in range(size):
        attempt = practice.start(trainee, bone_code, seed=seed)
        for item in attempt.items.all()[: 2 * size]:
            practice.submit(item, uuid.uuid4(), I_DO_NOT_KNOW)
        Exam.objects.create(title=f"Exam {seed}", is_open=True)
    RuleMemory.objects.update(due=timezone.now() - DAY)
    as_trainee.get("/")
    with django_assert_num_queries(QUERIES):
        as_trainee.get("/")
