"""What is remembered of rules follows from the gradings, and from nothing else."""

import random
import uuid
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from codes.models import Code
from quizzes import exams, practice
from quizzes.drawing import Recipe
from quizzes.memory import differences, is_mixed, rebuild, remember, rules_seen
from quizzes.models import Attempt, AttemptItem, Exam, Grading, RuleMemory, RuleReview
from rulebook.types import Outcome
from tests.quizzes.learning import DAY, NOON, answer_all, give, right

CLAIMS = Recipe(formats=("code-the-claim",), as_written=1.0)


@pytest.fixture
def attempt(trainee: User, bone_code: Code) -> Attempt:
    """Ten claims to code."""
    return practice.start(trainee, bone_code, seed=1, recipe=CLAIMS)


@pytest.fixture
def items(attempt: Attempt) -> list[AttemptItem]:
    return list(attempt.items.select_related("attempt", "version__question"))


def guided(item: AttemptItem) -> dict[str, Any]:
    """The right claim with a line that its page includes."""
    payload = right(item)
    line = payload["lines"][0] | {"code": "76940", "units": 1, "modifiers": ""}
    return payload | {"lines": [*payload["lines"], line]}


def rules_of(item: AttemptItem) -> set[str]:
    """The rules that speak of the right answer."""
    graded, _ = practice.grade_payload(item.version, right(item))
    return {one.rule for one in graded.findings if one.outcome is Outcome.KEPT}


def stored(person: User) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Everything that is remembered, without the numbers of its rows."""

    def rows(model: Any) -> list[dict[str, Any]]:
        found = [{name: row[name] for name in row if name != "id"} for row in model.objects.values()]
        return sorted((row for row in found if row["person_id"] == person.pk), key=repr)

    return rows(RuleMemory), rows(RuleReview)


# What a grading says of rules ------------------------------------------------------------------


def test_a_clean_claim_is_a_review_of_each_rule_that_speaks_of_it(items: list[AttemptItem], trainee: User) -> None:
    grading = give(items[0], right(items[0]))
    reviews = RuleReview.objects.filter(grading=grading)
    assert {one.rule for one in reviews} == {one["rule"] for one in grading.findings if one["outcome"] == "kept"}
    assert {(one.rating, one.broken, one.level_before, one.recall) for one in reviews} == {(3, False, "", None)}
    assert {one.rule for one in RuleMemory.objects.filter(person=trainee)} == {one.rule for one in reviews}


def test_a_broken_rule_is_rated_again_and_the_kept_ones_good(items: list[AttemptItem]) -> None:
    give(items[0], guided(items[0]))
    ratings = dict(RuleReview.objects.values_list("rule", "rating"))
    assert ratings.pop("20983/not-with") == RuleReview.Rating.AGAIN
    assert set(ratings.values()) == {RuleReview.Rating.GOOD}


@pytest.mark.parametrize("more", [{"hints": 1}, {"hints": 3}, {"certainty": 1}])
def test_right_with_a_hint_or_with_doubt_is_hard(items: list[AttemptItem], more: dict[str, int]) -> None:
    give(items[0], right(items[0]), **more)
    assert set(RuleReview.objects.values_list("rating", flat=True)) == {RuleReview.Rating.HARD}


def test_a_lesser_fault_is_hard_and_breaks_nothing(items: list[AttemptItem]) -> None:
    grading = give(items[0], right(items[0]))
    grading.findings[0] |= {"outcome": "missing", "severity": "actionable"}
    seen = next(one for one in rules_seen(grading) if one.rule == grading.findings[0]["rule"])
    assert (seen.broken, seen.flawed) == (False, True)


@pytest.mark.parametrize("outcome", ["optional", "unclear"])
def test_what_is_optional_or_left_open_says_nothing(items: list[AttemptItem], outcome: str) -> None:
    grading = give(items[0], right(items[0]))
    for finding in grading.findings:
        finding["outcome"] = outcome
    assert rules_seen(grading) == []


def test_whoever_does_not_know_breaks_what_is_at_fault_and_keeps_nothing(items: list[AttemptItem]) -> None:
    grading = give(items[0], practice.I_DO_NOT_KNOW)
    reviews = RuleReview.objects.all()
    assert {one.rule for one in reviews} == {one["rule"] for one in grading.findings if one["outcome"] != "kept"}
    assert {(one.rating, one.broken) for one in reviews} == {(1, True)}


def test_whoever_does_not_know_breaks_the_rule_that_the_question_turns_on(items: list[AttemptItem]) -> None:
    grading = give(items[0], practice.I_DO_NOT_KNOW)
    assert "20983/validity" not in {one.rule for one in rules_seen(grading)}
    items[0].version.key["variant"] = {"rule": "20983/validity", "flips": True}
    assert "20983/validity" in {one.rule for one in rules_seen(grading) if one.broken}


OTHER = "11102/missed-service"


def test_a_clean_answer_keeps_the_rules_that_it_could_have_broken(items: list[AttemptItem]) -> None:
    items[0].version.key |= {"rules": [OTHER, ""], "variant": {"rule": "none/of-the-library"}}
    grading = give(items[0], right(items[0]))
    spoken = {one["rule"] for one in grading.findings}
    assert {one.rule for one in rules_seen(grading)} == spoken | {OTHER}
    assert not any(one.broken or one.flawed for one in rules_seen(grading))
    grading.is_clean = False
    assert {one.rule for one in rules_seen(grading)} == spoken


def test_a_question_about_one_rule_says_nothing_of_others(items: list[AttemptItem]) -> None:
    items[0].version.key |= {"rule": "20983/units", "rules": [OTHER], "variant": {"rule": OTHER}}
    assert OTHER not in {one.rule for one in rules_seen(give(items[0], right(items[0])))}


@pytest.mark.parametrize(
    ("source", "mixed"),
    [("due", True), ("mixed", True), ("exam", True), ("page", False), ("remediation", False), ("variant", False)],
)
def test_a_mixed_set_is_one_that_does_not_say_what_it_is_about(
    attempt: Attempt, source: str, mixed: bool, bone_code: Code
) -> None:
    attempt.source, attempt.code = source, None
    assert is_mixed(attempt) == mixed
    attempt.code = bone_code
    assert not is_mixed(attempt)


# Keeping it up ---------------------------------------------------------------------------------


def test_an_answer_in_tutor_mode_is_remembered(items: list[AttemptItem], trainee: User) -> None:
    practice.submit(items[0], items[0].attempt_id, right(items[0]))
    assert RuleMemory.objects.filter(person=trainee, reviews=1).count() == RuleReview.objects.count() > 0


def test_the_same_form_sent_again_is_remembered_once(items: list[AttemptItem]) -> None:
    for _ in range(3):
        practice.submit(items[0], items[0].attempt_id, right(items[0]))
    assert set(RuleMemory.objects.values_list("reviews", flat=True)) == {1}


def test_each_remembers_for_oneself(items: list[AttemptItem], teammate: User) -> None:
    give(items[0], right(items[0]))
    assert not RuleMemory.objects.filter(person=teammate).exists()


def test_a_case_is_fresh_once_for_each_person(items: list[AttemptItem], trainee: User, teammate: User) -> None:
    versions = [items[0].version, items[0].version]
    again = practice.lay(Attempt.objects.create(person=trainee, title="Again", seed=1), versions)
    others = practice.lay(Attempt.objects.create(person=teammate, title="Another's", seed=1), versions)
    given = [items[0], *again, *others]
    for place, item in enumerate(given):
        give(item, right(item), NOON + place * DAY)
    fresh = dict(RuleReview.objects.values_list("item", "is_fresh"))
    assert [fresh[item.pk] for item in given] == [True, False, False, True, False]


def test_sets_from_before_are_noted_as_they_were_counted(items: list[AttemptItem], trainee: User) -> None:
    practice.lay(Attempt.objects.create(person=trainee, title="Again", seed=1), [items[0].version])
    noted = set(AttemptItem.objects.filter(is_first=True).values_list("pk", flat=True))
    AttemptItem.objects.update(is_first=False)
    import_module("quizzes.migrations.0006_first").note(apps, None)
    assert set(AttemptItem.objects.filter(is_first=True).values_list("pk", flat=True)) == noted
    assert len(noted) == len({item.version.case for item in items})


def test_three_clean_claims_make_a_rule_steady(items: list[AttemptItem]) -> None:
    about = [item for item in items if "20983/not-with" in rules_of(item)]
    for place, item in enumerate(about[:3]):
        give(item, right(item), NOON + place * DAY)
    memory = RuleMemory.objects.get(rule="20983/not-with")
    assert (memory.level, memory.steady_since, len(memory.streak)) == ("steady", NOON + 2 * DAY, 3)
    levels = RuleReview.objects.filter(rule="20983/not-with").values_list("level_before", "level_after")
    assert list(levels) == [("", "learning"), ("learning", "learning"), ("learning", "steady")]


def test_remembering_costs_the_same_for_one_answer_and_for_ten(
    items: list[AttemptItem], django_assert_num_queries: Any
) -> None:
    gradings = [kept_quiet(item) for item in items]
    for some in (gradings[:1], gradings[1:]):
        with django_assert_num_queries(4 + connection.features.has_select_for_update):
            remember(some[0].answer.item.attempt.person_id, some)


def kept_quiet(item: AttemptItem) -> Grading:
    """A grading that is not taken into memory yet."""
    graded, claim = practice.grade_payload(item.version, right(item))
    answer = item.answers.create(
        sequence=1, key=item.attempt_id, state="submitted", payload=right(item), created_at=NOON + item.position * DAY
    )
    return practice.record(answer, graded, claim, item.version.stamp)


# Deriving it again -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_derived_again_is_what_was_there(seed: int, trainee: User, bone_code: Code) -> None:
    chance, at = random.Random(seed), NOON
    for _ in range(4):
        attempt = practice.start(trainee, bone_code, seed=chance.randrange(99))
        at = answer_all(attempt, chance, at) + timedelta(days=chance.randrange(12))
    before = stored(trainee)
    assert len(before[1]) > 100
    assert {row["level"] for row in before[0]} >= {"learning", "steady"}
    rebuild(trainee)
    assert stored(trainee) == before


def exam_of(attempt: Attempt, release: str = Exam.Release.AT_END) -> Exam:
    """Make a set an attempt at an exam."""
    exam = Exam.objects.create(title="Exam", release=release)
    terms = {"exam": exam, "mode": "exam", "source": "exam", "code": None, "begun_at": NOON - DAY}
    Attempt.objects.filter(pk=attempt.pk).update(**terms)
    return exam


def finish(attempt: Attempt) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=NOON + 2 * DAY)


def test_an_exam_counts_when_its_results_may_be_seen(attempt: Attempt, trainee: User) -> None:
    exam = exam_of(attempt, Exam.Release.BY_AUTHOR)
    answer_all(attempt, random.Random(1), NOON)
    rebuild(trainee)
    assert stored(trainee) == ([], [])
    finish(attempt)
    rebuild(trainee)
    assert stored(trainee) == ([], [])
    Exam.objects.filter(pk=exam.pk).update(released_at=NOON + 9 * DAY)
    rebuild(trainee)
    assert RuleReview.objects.filter(person=trainee).count() > 20
    assert differences(trainee) == []


def drafted(attempt: Attempt) -> Attempt:
    """Two answers saved in an exam that is over two days later."""
    for item in attempt.items.all()[:2]:
        practice.save_draft(item, uuid.uuid4(), right(item), at=NOON)
    return Attempt.objects.get(pk=attempt.pk)


def test_an_exam_is_remembered_when_it_is_finished(attempt: Attempt, trainee: User) -> None:
    exam_of(attempt)
    exams.finish(drafted(attempt), NOON + 2 * DAY)
    assert RuleReview.objects.filter(person=trainee).values("item").distinct().count() == 2
    assert differences(trainee) == []


def test_an_exam_of_which_the_results_wait_is_remembered_when_they_are_released(
    attempt: Attempt, trainee: User
) -> None:
    exam = exam_of(attempt, Exam.Release.BY_AUTHOR)
    exams.finish(drafted(attempt), NOON + 2 * DAY)
    assert not RuleReview.objects.exists()
    exams.release(exam, NOON + 3 * DAY)
    assert RuleReview.objects.filter(person=trainee, at=NOON + 2 * DAY).exists()
    assert differences(trainee) == []


def test_what_comes_late_is_put_in_its_place(attempt: Attempt, trainee: User, bone_code: Code) -> None:
    late = [kept_quiet(item) for item in attempt.items.select_related("attempt", "version__question")]
    newer = practice.start(trainee, bone_code, seed=2)
    answer_all(newer, random.Random(1), NOON + 40 * DAY)
    remember(trainee.pk, late)
    assert differences(trainee) == []
    assert RuleReview.objects.filter(item__attempt=attempt).exists()


def test_the_newest_grading_of_an_answer_counts(items: list[AttemptItem], trainee: User) -> None:
    first = give(items[0], guided(items[0]))
    broken = RuleReview.objects.filter(broken=True).count()
    assert broken > 0
    graded, claim = practice.grade_payload(items[0].version, right(items[0]))
    again = practice.record(first.answer, graded, claim, items[0].version.stamp)
    remember(trainee.pk, [again])
    assert set(RuleReview.objects.values_list("grading", "broken")) == {(again.pk, False)}
    assert differences(trainee) == []


def test_the_command_writes_what_is_missing(items: list[AttemptItem], trainee: User) -> None:
    give(items[0], guided(items[0]))
    before = stored(trainee)
    RuleMemory.objects.all().delete()
    RuleReview.objects.filter(broken=True).delete()
    out = StringIO()
    call_command("rebuild_memory", stdout=out, stderr=StringIO())
    assert stored(trainee) == before
    assert "Derived again: 1 person." in out.getvalue()


def test_the_command_says_what_differs_and_changes_nothing(items: list[AttemptItem], trainee: User) -> None:
    give(items[0], guided(items[0]))
    call_command("rebuild_memory", "--check", stdout=StringIO(), stderr=StringIO())
    RuleMemory.objects.filter(rule="20983/not-with").update(lapses=7)
    RuleReview.objects.filter(rule="20983/not-with").delete()
    before, out = stored(trainee), StringIO()
    with pytest.raises(CommandError) as stopped:
        call_command("rebuild_memory", "--check", "--person", "trainee", stdout=out, stderr=StringIO())
    assert stopped.value.returncode == 1
    assert "trainee: memory 20983/not-with: lapses is 7 and should be 1" in out.getvalue()
    assert "trainee: review 20983/not-with of grading" in out.getvalue()
    assert stored(trainee) == before


def test_the_command_knows_nobody_else(db: None) -> None:
    with pytest.raises(CommandError, match="nobody called x"):
        call_command("rebuild_memory", "--person", "x", stdout=StringIO(), stderr=StringIO())
