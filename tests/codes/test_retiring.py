"""A page that is taken off the site: gone from every list, still there for whoever answered, and back when wanted."""

import random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from codes.library import library
from codes.models import Code, Edition, PublishedCode
from codes.pages import read_page
from codes.publish import NotPublished, content_of, document_of, is_retired, publish, retire
from courses.models import Assignment, Standing, Team
from quizzes import practice
from quizzes.drawing import TooFewQuestions
from quizzes.exams import rehearse
from quizzes.models import Answer, Attempt, Exam, ExamPart, Grading, Scenario
from quizzes.stakes import table
from tests.courses.builders import course_of, give_course, page
from tests.quizzes.learning import NOON, answer_all


@pytest.fixture
def retired(bone_code: Code, educator: User) -> Edition:
    """The page, taken off."""
    return retire(bone_code, by=educator, why="Deleted from the code set")


def test_retiring_makes_an_edition_that_says_so(bone_code: Code, retired: Edition) -> None:
    assert (retired.number, retired.document["retired"], retired.document["last"]) == (2, True, 1)
    assert (retired.document["rules"], retired.document["examples"]) == ([], [])
    assert not PublishedCode.objects.filter(code=bone_code).exists()


def test_retiring_twice_is_once(bone_code: Code, retired: Edition) -> None:
    assert retire(bone_code, by=None, why="Again") == retired


def test_what_was_never_published_is_not_retired(db: None) -> None:
    with pytest.raises(NotPublished):
        retire(Code.objects.create(number="A1234", title="New"), by=None, why="No")


def test_its_readers_learn_since_when_and_why(client: Client, retired: Edition) -> None:
    answer = client.get(reverse("code_page", args=["20983"]))
    assert answer.status_code == 410
    assert "This page was retired on" in answer.text
    assert "Deleted from the code set" in answer.text
    assert "?edition=1" in answer.text


def test_its_last_edition_can_be_read_and_not_practised(client: Client, retired: Edition) -> None:
    answer = client.get(reverse("code_page", args=["20983"]), {"edition": 1})
    assert answer.status_code == 200
    assert "The page is retired" in answer.text
    assert "Practise this page" not in answer.text


def test_it_names_what_took_its_place(client: Client, bone_code: Code) -> None:
    bone_code.history.create(kind="deleted", date="2026-01-01", successor="47383")
    publish(bone_code, by=None, why="Deleted")
    retire(bone_code, by=None, why="Deleted")
    answer = client.get(reverse("code_page", args=["20983"]))
    assert f'<a href="{reverse("code_page", args=["47383"])}" class="code">47383</a>' in answer.text


def test_no_search_and_no_suggestion_has_it(client: Client, retired: Edition) -> None:
    link = reverse("code_page", args=["20983"])
    assert link not in client.get(reverse("find_codes")).text
    assert link not in client.get(reverse("find_codes"), {"q": "20983"}).text
    assert not PublishedCode.objects.search("cryoablation bone").filter(number="20983").exists()
    assert "20983" not in client.get(reverse("suggestions"), {"q": "2098"}, headers={"HX-Request": "true"}).text


def test_nothing_is_asked_about_it(as_trainee: Client, bone_code: Code, retired: Edition) -> None:
    assert not Scenario.objects.live().filter(code=bone_code).exists()
    assert "20983" not in table(retired.pk).pages.values()
    assert 'value="20983"' not in as_trainee.get(reverse("practice")).text


def test_who_still_has_it_open_is_told_when_they_practise_it(as_trainee: Client, retired: Edition) -> None:
    answer = as_trainee.post(reverse("practise", args=["20983"]), follow=True)
    assert answer.redirect_chain == [(reverse("code_page", args=["20983"]), 302)]
    assert answer.status_code == 410
    assert "This page was retired on" in answer.text


def test_a_page_that_never_was_there_is_missing(as_trainee: Client, db: None) -> None:
    Code.objects.create(number="A1234", title="Only a draft")
    for number in ("A1234", "99999"):
        assert as_trainee.post(reverse("practise", args=[number])).status_code == 404


def test_no_claim_is_judged_by_it_and_pages_that_name_it_stay(retired: Edition) -> None:
    pages = library()
    assert "20983" not in pages.codes
    assert not [rule for rule in pages.rules if rule.code == "20983"]
    assert [rule for rule in pages.rules if "20983" in str(rule.params)]  # rules of others that name it
    assert Scenario.objects.live().exists()


def test_an_exam_on_it_says_that_it_cannot_be_drawn(bone_code: Code, retired: Edition) -> None:
    exam = Exam.objects.create(title="On bones", is_open=True)
    ExamPart.objects.create(exam=exam, code=bone_code, number=1)
    with pytest.raises(TooFewQuestions):
        rehearse(exam)


@pytest.fixture
def assigned(bone_code: Code, team: Team, trainee: User) -> Any:
    """The page, to be read by the trainee."""
    return give_course(team, course_of(page(bone_code), team=team), trainee)


def test_a_course_that_asks_to_read_it_can_be_finished(
    as_trainee: Client, assigned: Assignment, retired: Edition
) -> None:
    assert as_trainee.get(assigned.get_absolute_url()).status_code == 200
    assert "I have read it" in as_trainee.get(reverse("code_page", args=["20983"])).text
    item = assigned.course.items.get()
    as_trainee.post(reverse("item_read", args=[assigned.pk, item.pk]), {"edition": retired.number})
    assert Standing.objects.get(assignment=assigned).state == Standing.State.DONE


def test_a_course_with_it_is_still_shown(as_manager: Client, assigned: Assignment, retired: Edition) -> None:
    assert as_manager.get(assigned.course.get_absolute_url()).status_code == 200


def past(person: User) -> list[Any]:
    """What somebody answered, and how it was graded."""
    gradings = Grading.objects.filter(answer__item__attempt__person=person).order_by("pk")
    return list(gradings.values("findings", "accepted", "claim", "is_clean", "answer__payload"))


@pytest.fixture
def answered(trainee: User, bone_code: Code) -> Attempt:
    """A set on the page, answered to its end."""
    attempt = practice.start(trainee, bone_code, seed=1)
    answer_all(attempt, random.Random(1), NOON)
    return attempt


def test_old_attempts_stay_and_can_be_read(
    as_trainee: Client, trainee: User, bone_code: Code, answered: Attempt
) -> None:
    before = past(trainee)
    again = [practice.grade_payload(one.item.version, one.payload)[0] for one in Answer.objects.all()]
    retire(bone_code, by=None, why="Gone")
    assert past(trainee) == before
    assert [practice.grade_payload(one.item.version, one.payload)[0] for one in Answer.objects.all()] == again
    assert as_trainee.get(answered.get_absolute_url()).status_code == 200
    shown = as_trainee.get(reverse("question", args=[answered.pk, 1]))
    assert shown.status_code == 200
    assert "&amp;edition=1#" in shown.text


def test_publishing_again_brings_it_back(client: Client, bone_code: Code, retired: Edition) -> None:
    back = publish(bone_code, by=None, why="A mistake")
    assert (back.number, is_retired(back)) == (3, False)
    assert client.get(reverse("code_page", args=["20983"])).status_code == 200
    assert Scenario.objects.live().filter(code=bone_code).count() == 10
    assert PublishedCode.objects.search("20983").exists()


def test_an_edition_gives_its_content_again(starter_library: None) -> None:
    for edition in Edition.objects.all():
        content = content_of(edition.document)
        assert document_of(content) == edition.document
        assert content == read_page(edition.code)
