"""Grading again: foreseen without a trace, only added to, the same however often and wherever it was stopped."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from codes.pages import read_part, write_part
from codes.publish import publish
from courses.models import Certificate, Letter, Standing, Team
from courses.standing import renew_person
from courses.writing import write
from editorial import regrades
from quizzes.exams import release
from quizzes.memory import differences
from quizzes.models import Answer, Attempt, AttemptItem, Exam, Grading, Regrade, RegradeChange
from quizzes.news import news_of
from quizzes.regrading import Scope
from tests.conftest import signed_in
from tests.courses.builders import course_of, give_course, quiz, sit
from tests.courses.builders import standing as standing_of
from tests.editorial.answers import accept, answered, begun, count_each, many_units
from tests.quizzes.learning import NOON, give, right

AT = timezone.now()
WHY = "Each session is counted"


@pytest.fixture
def items(trainee: User, teammate: User, bone_code: Code) -> list[AttemptItem]:
    """The same question, answered by two people with too many units."""
    return [answered(person, bone_code) for person in (trainee, teammate)]


def asked(code: Code, educator: User, *scenarios: str) -> Regrade:
    return regrades.ask(Scope(code=code, scenarios=scenarios), WHY, by=educator, at=AT)


def graded_again(code: Code, educator: User) -> Regrade:
    """Asked for and run."""
    regrade = asked(code, educator)
    assert regrades.run(regrade.pk, AT) == Regrade.State.DONE
    regrade.refresh_from_db()
    return regrade


def stored() -> list[Any]:
    """What a regrade may add to, without what differs with time alone."""
    gradings = Grading.objects.order_by("answer", "pk").values_list("answer", "is_clean", "stamp", "findings")
    changes = RegradeChange.objects.order_by("answer").values_list("answer", "person", "before__is_clean")
    return [list(map(str, gradings)), list(changes), sorted(Letter.objects.values_list("key", flat=True))]


def test_the_preview_says_what_would_change_and_stores_nothing(bone_code: Code, items: list[AttemptItem]) -> None:
    accept(items[0])
    before = stored()
    preview = regrades.preview(Scope(code=bone_code))
    assert (preview.answers, len(preview.rows), preview.people) == (2, 2, 2)
    assert {row.kind for row in preview.rows} == {"gained"}
    assert stored() == before
    assert not Regrade.objects.exists()


def test_another_example_is_left_alone(bone_code: Code, items: list[AttemptItem]) -> None:
    accept(items[0])
    slug = items[0].version.question.scenario.slug
    other = bone_code.scenarios.exclude(slug=slug).first()
    assert other is not None
    assert len(regrades.preview(Scope(code=bone_code, scenarios=(slug,))).rows) == 2
    assert not regrades.preview(Scope(code=bone_code, scenarios=(other.slug,))).rows


def test_gradings_are_added_and_the_old_ones_stay_as_they_were(
    bone_code: Code, educator: User, items: list[AttemptItem]
) -> None:
    old = list(Grading.objects.order_by("pk").values())
    accept(items[0])
    regrade = graded_again(bone_code, educator)
    assert list(Grading.objects.order_by("pk").values())[: len(old)] == old
    newest = [Answer.objects.get(item=item).gradings.latest("pk") for item in items]
    assert [(one.is_clean, one.stamp) for one in newest] == [(True, regrade.stamp)] * 2
    assert (regrade.done, regrade.total, regrade.changes.count()) == (2, 2, 2)


def test_a_second_time_adds_nothing(bone_code: Code, educator: User, items: list[AttemptItem]) -> None:
    accept(items[0])
    first = graded_again(bone_code, educator)
    before = stored()
    assert regrades.run(first.pk, AT) == Regrade.State.DONE
    graded_again(bone_code, educator)
    assert stored() == before


def test_asked_for_twice_is_one_regrade(bone_code: Code, educator: User, items: list[AttemptItem]) -> None:
    accept(items[0])
    assert asked(bone_code, educator) == asked(bone_code, educator)
    assert AuditEntry.objects.filter(verb=regrades.ASKED).count() == 1


def test_killed_in_the_middle_and_run_again_it_ends_the_same(
    bone_code: Code, educator: User, items: list[AttemptItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(items[0])
    regrade, grade, graded = asked(bone_code, educator), regrades.grade_person, []

    def die_at_the_second(regrade: Regrade, person: User, *rest: Any) -> Any:
        made = grade(regrade, person, *rest)
        graded.append(person)
        if len(graded) == 2:
            raise RuntimeError("killed")
        return made

    monkeypatch.setattr(regrades, "grade_person", die_at_the_second)
    assert regrades.run(regrade.pk, AT) == Regrade.State.FAILED
    assert RegradeChange.objects.count() == 1  # of the second nothing is stored
    monkeypatch.undo()
    assert regrades.run(regrade.pk, AT) == Regrade.State.DONE
    regrade.refresh_from_db()
    assert (regrade.done, regrade.total, regrade.changes.count()) == (2, 2, 2)
    assert Grading.objects.count() == 4
    assert Letter.objects.filter(kind=Letter.Kind.REGRADE).count() == 2
    assert AuditEntry.objects.filter(verb=regrades.FINISHED).count() == 1
    assert regrades.run(regrade.pk, AT) == Regrade.State.DONE
    assert Grading.objects.count() == 4


def test_memory_follows_and_is_what_follows_from_the_gradings(
    bone_code: Code, trainee: User, educator: User, items: list[AttemptItem]
) -> None:
    assert trainee.memories.get(rule="20983/units").lapses  # type: ignore[attr-defined]
    accept(items[0])
    graded_again(bone_code, educator)
    assert not trainee.memories.filter(rule="20983/units").exists()  # type: ignore[attr-defined]
    assert differences(trainee) == []


def test_what_was_right_can_be_wrong_by_a_mended_rule(bone_code: Code, trainee: User, educator: User) -> None:
    for item in begun(trainee, bone_code, seed=3):
        give(item, right(item))
    edition = count_each(bone_code)
    preview = regrades.preview(Scope(code=bone_code))
    lost = {row.answer for row in preview.rows if row.kind == "lost"}
    graded_again(bone_code, educator)
    for answer in Answer.objects.filter(state="submitted"):
        assert answer.gradings.latest("pk").is_clean is (answer.pk not in lost)
        # Judged by the same rules or by newer ones, an answer is not looked at.
        assert answer.gradings.latest("pk").stamp == edition.pk or answer.gradings.count() == 1
    assert differences(trainee) == []


def test_an_answer_by_the_same_rules_is_not_graded_again(bone_code: Code, trainee: User, educator: User) -> None:
    count_each(bone_code)
    answered(trainee, bone_code)
    regrade = graded_again(bone_code, educator)
    assert (regrade.total, regrade.changes.count(), Grading.objects.count()) == (1, 0, 1)


def test_an_older_regrade_does_not_undo_a_newer_one(bone_code: Code, educator: User, items: list[AttemptItem]) -> None:
    older = asked(bone_code, educator)
    accept(items[0])
    graded_again(bone_code, educator)
    before = stored()
    regrades.run(older.pk, AT)
    assert stored() == before


def test_asking_and_finishing_are_audited(bone_code: Code, educator: User, items: list[AttemptItem]) -> None:
    accept(items[0])
    regrade = graded_again(bone_code, educator)
    ask, finish = AuditEntry.objects.filter(subject=f"regrade {regrade.pk}").order_by("pk")
    assert (ask.who, ask.verb, ask.why) == (educator, regrades.ASKED, WHY)
    assert (finish.verb, finish.after) == (regrades.FINISHED, {"answers": 2, "people": 2, "gained": 2})


# What its learners see -----------------------------------------------------------------------


def test_the_learner_is_told_by_mail_on_today_and_beside_the_answer(
    bone_code: Code, trainee: User, educator: User, items: list[AttemptItem]
) -> None:
    accept(items[0])
    graded_again(bone_code, educator)
    message = write(Letter.objects.get(kind=Letter.Kind.REGRADE, person=trainee), AT)
    assert message.subject.startswith("Graded again: 1 of your answers")
    assert "before not clean, now clean" in message.body
    client = signed_in(trainee)
    assert f"1 of your answers was graded again: {WHY}" in client.get("/").text
    page = client.get(items[0].get_absolute_url()).text
    assert "Graded again on" in page
    assert f"{WHY}<br><span" in page
    assert "Before: not clean" in page
    assert "was graded again" not in client.get("/").text


def test_an_exam_that_is_held_back_stays_so(bone_code: Code, trainee: User, educator: User) -> None:
    exam = Exam.objects.create(title="Held", is_open=True, release=Exam.Release.BY_AUTHOR, pass_percent=100)
    item = begun(trainee, bone_code)[0]
    item.attempt.items.exclude(pk=item.pk).delete()
    Attempt.objects.filter(pk=item.attempt_id).update(mode="exam", exam=exam, begun_at=NOON, finished_at=NOON)
    item.attempt.refresh_from_db()
    give(item, many_units(item))
    accept(item)
    (fate,) = regrades.preview(Scope(code=bone_code)).fates
    assert (fate.what, fate.before, fate.after) == ("Exam “Held” (held back)", "not passed", "passed")
    graded_again(bone_code, educator)
    assert RegradeChange.objects.count() == 1
    assert not Letter.objects.filter(kind=Letter.Kind.REGRADE).exists()
    assert not news_of(trainee, AT)
    assert not trainee.memories.exists()  # type: ignore[attr-defined]
    assert "Graded again" not in signed_in(trainee).get(item.get_absolute_url(), follow=True).text
    release(exam, AT)
    assert "Graded again on" in signed_in(trainee).get(item.get_absolute_url()).text


# Courses and certificates --------------------------------------------------------------------


def of_a_course(person: User, team: Team, code: Code, **course: Any) -> tuple[Any, AttemptItem]:
    """An assignment with one set of one open question about a case as it is written."""
    kept = begun(person, code)[0]
    assignment = give_course(team, course_of(quiz(code, 1), **course), person)
    attempt = sit(assignment)
    AttemptItem.objects.filter(attempt=attempt).delete()
    AttemptItem.objects.filter(pk=kept.pk).update(attempt=attempt, position=1)
    return assignment, AttemptItem.objects.select_related("attempt", "version__question__scenario").get(pk=kept.pk)


def finished(item: AttemptItem) -> None:
    """Answer the question with too many units, and with it the set."""
    Attempt.objects.filter(pk=item.attempt_id).update(finished_at=NOON)
    give(item, many_units(item))
    renew_person(item.attempt.person_id, AT)


def test_a_pass_follows(bone_code: Code, team: Team, trainee: User, educator: User) -> None:
    assignment, item = of_a_course(trainee, team, bone_code)
    finished(item)
    accept(item)
    fates = regrades.preview(Scope(code=bone_code)).fates
    assert [(one.before, one.after) for one in fates] == [("not done", "done")] * 2
    graded_again(bone_code, educator)
    assignment.refresh_from_db()
    assert standing_of(assignment).state == Standing.State.DONE
    assert assignment.done_at is not None


def test_nobody_loses_a_certificate_before_somebody_decides_so(
    bone_code: Code, team: Team, trainee: User, teammate: User, educator: User, as_educator: Client
) -> None:
    accept(answered(teammate, bone_code))
    assignment, item = of_a_course(trainee, team, bone_code, gives_certificate=True)
    finished(item)
    certificate = Certificate.objects.get(assignment=assignment)
    take_back(item)
    preview = regrades.preview(Scope(code=bone_code))
    assert preview.losing == 1
    regrade = graded_again(bone_code, educator)
    certificate.refresh_from_db()
    assert certificate.revoked_at is None
    assert not regrade.changes.filter(person=trainee).exists()
    url = reverse("regrade", args=[regrade.pk])
    assert "Left for you to decide" in as_educator.get(url).text
    as_educator.post(url, {"person": trainee.pk})
    certificate.refresh_from_db()
    assert certificate.revoked_at is not None
    assert regrade.changes.filter(person=trainee).count() == 1
    assert AuditEntry.objects.get(verb=regrades.DECIDED).who == educator
    assert "Left for you to decide" not in as_educator.get(url).text


def take_back(item: AttemptItem) -> None:
    """Publish the page once more without the claim."""
    scenario = item.version.question.scenario
    part = f"examples/{scenario.slug}"
    write_part(scenario.code, part, read_part(scenario.code, part) | {"also_accepted": []})
    publish(scenario.code, by=None, why="Not accepted after all")


# The pages -----------------------------------------------------------------------------------


def test_a_reason_is_asked_for(as_educator: Client, bone_code: Code, items: list[AttemptItem]) -> None:
    accept(items[0])
    page = as_educator.post(reverse("regrade_new", args=["20983"]), {"why": " ", "example": ""})
    assert page.status_code == 422
    assert "Say why the answers are graded again." in page.text
    assert not Regrade.objects.exists()


def test_from_the_preview_to_what_changed(
    as_educator: Client, bone_code: Code, items: list[AttemptItem],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:  # fmt: skip
    accept(items[0])
    url = reverse("regrade_new", args=["20983"])
    assert "<b>2 of 2 answers</b> would be judged otherwise" in as_educator.get(url).text
    with django_capture_on_commit_callbacks(execute=True):
        as_educator.post(url, {"why": WHY, "example": ""})
    regrade = Regrade.objects.get()
    assert regrade.state == Regrade.State.DONE
    page = as_educator.get(reverse("regrade", args=[regrade.pk])).text
    assert "2 of 2 answers looked at" in page
    assert page.count("Not clean, now clean") == 2
    assert "<b>0 of 2 answers</b>" in as_educator.get(url).text


def test_one_that_stopped_can_be_begun_again(
    as_educator: Client, bone_code: Code, educator: User, items: list[AttemptItem],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:  # fmt: skip
    accept(items[0])
    regrade = asked(bone_code, educator)
    Regrade.objects.update(state=Regrade.State.FAILED)
    url = reverse("regrade", args=[regrade.pk])
    assert "Begin it again" in as_educator.get(url).text
    with django_capture_on_commit_callbacks(execute=True):
        as_educator.post(url, {"action": "again"})
    regrade.refresh_from_db()
    assert (regrade.state, regrade.changes.count()) == (Regrade.State.DONE, 2)


def test_the_pages_cost_the_same_however_many_answers_change(
    as_educator: Client, trainee: User, teammate: User, educator: User, bone_code: Code
) -> None:
    items = [answered(trainee, bone_code)]
    accept(items[0])
    counts = [cost(as_educator, bone_code, educator)]
    items += [answered(person, bone_code) for person in (teammate, educator)]
    take_back(items[0])
    assert len(regrades.preview(Scope(code=bone_code)).rows) == 3
    cache.clear()
    counts.append(cost(as_educator, bone_code, educator))
    assert counts[0] == counts[1]


def cost(client: Client, code: Code, educator: User) -> tuple[int, int]:
    """How many queries the preview takes, and the page of the regrade that follows."""
    with CaptureQueriesContext(connection) as foreseen:
        client.get(reverse("regrade_new", args=[code.number]))
    regrade = graded_again(code, educator)
    with CaptureQueriesContext(connection) as done:
        client.get(reverse("regrade", args=[regrade.pk]))
    return len(foreseen), len(done)
