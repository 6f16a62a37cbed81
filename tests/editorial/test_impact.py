"""What publishing would do, before it is done."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from codes.models import Code, Edition, Example, Rule
from codes.publish import build_document, publish, retired_document
from courses.models import Team
from editorial.impact import Impact, impact_of
from quizzes import practice
from quizzes.models import Exam, ExamPart, Report, Scenario
from tests.courses.builders import course_of, give_course, quiz
from tests.courses.builders import page as reading
from tests.courses.showing import answer_set, answers_of


def impact(code: Code) -> Impact:
    return impact_of(code, build_document(code))


def titles(touched: Any) -> list[str]:
    return [one.asked.title for one in touched]


def test_without_a_change_nothing_is_touched(bone_code: Code) -> None:
    found = impact(bone_code)
    assert (found.changed, found.vanish, found.appear, found.exams.short) == ((), (), (), ())


def test_an_example_that_is_taken_out_is_asked_no_more(bone_code: Code) -> None:
    example = bone_code.example_set.all()[0]
    Example.objects.filter(pk=example.pk).delete()
    found = impact(bone_code)
    assert (titles(found.vanish), found.changed, found.appear) == ([example.title], (), ())


def test_a_new_example_is_a_new_question(bone_code: Code) -> None:
    example = bone_code.example_set.all()[0]
    example.pk, example.slug, example.title, example._state.adding = None, "one-more", "One more", True
    example.save()
    assert titles(impact(bone_code).appear) == ["One more"]


@pytest.fixture
def by_the_tumor(bone_code: Code) -> Code:
    """A draft whose units are counted by tumor, so that claims change."""
    rule = Rule.objects.get(code=bone_code, slug="selection")
    rule.params = {**rule.params, "facets": {**rule.params["facets"], "technique": "radiofrequency"}}
    rule.save()
    return bone_code


def test_a_rule_that_no_longer_selects_takes_the_questions_with_it_on_every_page(by_the_tumor: Code) -> None:
    found = impact(by_the_tumor)
    publish(by_the_tumor, by=None, why="Really")
    live = set(Scenario.objects.live().values_list("code__number", "title"))
    touched = {(one.asked.code, one.asked.title) for one in found.vanish}
    assert touched
    assert not touched & live


def test_what_is_foretold_of_claims_comes_true(bone_code: Code) -> None:
    """A guidance code that is no longer forbidden beside the ablation stands in the claims that have guidance."""
    rule = Rule.objects.get(code=bone_code, slug="not-with")
    Rule.objects.filter(pk=rule.pk).delete()
    found = impact(bone_code)
    assert found.changed or found.vanish
    assert all(one.before and one.after and one.before.claims != one.after.claims for one in found.changed)


def test_open_sets_courses_assignments_and_reports_are_counted(
    bone_code: Code, team: Team, trainee: User, teammate: User
) -> None:
    give_course(team, course_of(reading(bone_code), quiz(bone_code), team=team), trainee, teammate)
    course_of(quiz(Code.objects.get(number="47383")), team=team)
    practice.start(trainee, bone_code, seed=1)
    answer_set(teammate, bone_code, "w")
    (answer,) = answers_of(teammate)
    Report.objects.create(answer=answer, person=teammate, kind="problem", text="Odd")
    found = impact(bone_code)
    assert (found.open_attempts, found.people, len(found.courses), found.assignments, found.reports) == (2, 2, 1, 2, 1)


def test_an_exam_that_cannot_be_filled_any_more_is_named(bone_code: Code) -> None:
    exam = Exam.objects.create(title="On bones", is_open=True)
    ExamPart.objects.create(exam=exam, code=bone_code, number=1)
    newest = Edition.objects.get(code=bone_code)
    found = impact_of(bone_code, retired_document(newest))
    assert [title for title, _ in found.exams.short] == ["On bones"]
    assert impact(bone_code).exams.short == ()


def test_an_exam_that_could_not_be_filled_before_is_not_laid_to_this(bone_code: Code) -> None:
    exam = Exam.objects.create(title="Too much", is_open=True)
    ExamPart.objects.create(exam=exam, code=bone_code, rule="99999/units", number=1)
    assert impact_of(bone_code, retired_document(Edition.objects.get(code=bone_code))).exams.short == ()


def test_a_new_example_counts_for_an_exam(bone_code: Code) -> None:
    """What is drawn from is what is to come, not what is stored."""
    exam = Exam.objects.create(title="On bones", is_open=True)
    ExamPart.objects.create(exam=exam, code=bone_code, number=1)
    document = build_document(bone_code)
    publish_less(bone_code)
    assert impact_of(bone_code, document).exams.short == ()


def publish_less(code: Code) -> None:
    Example.objects.filter(code=code).delete()
    publish(code, by=None, why="No examples")


def test_the_page_shows_numbers_first(as_educator: Client, bone_code: Code) -> None:
    bone_code.example_set.all()[0].delete()
    page = as_educator.get(reverse("review_page", args=[bone_code.number])).text
    assert "<div><dt>Questions that are asked no more</dt><dd>1</dd></div>" in page
