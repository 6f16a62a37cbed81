"""What is due for review and why, and the set that is made of it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp
from codes.models import Code
from quizzes import practice, review
from quizzes.drawing import cases_seen_by
from quizzes.formats.base import I_DO_NOT_KNOW
from quizzes.models import Attempt, AttemptItem, RuleMemory, RuleReview
from quizzes.practice import NothingToAsk
from quizzes.schedule import MOST_A_DAY
from quizzes.stakes import table
from tests.quizzes.learning import DAY, give, right

NOW = datetime(2025, 3, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BUNDLED = "20983/not-with"
#: Session and person, the stamp twice, all memories, those due, the day's reviews, breaks, the open set, the header's
#: number.
PAGE = 10


@pytest.fixture
def rules(bone_code: Code) -> list[str]:
    """Rules that can be asked about, of several pages."""
    return sorted(table(current_stamp()).scenarios)[::3]


def remembered(person: User, rule: str, *, due: datetime = NOW, **more: Any) -> RuleMemory:
    """A memory of a rule: met three weeks ago, seen ten days ago."""
    values = {"stability": 8.0, "difficulty": 5.0, "reviewed_at": NOW - 10 * DAY, "first_met": NOW - 21 * DAY}
    code = rule.partition("/")[0]
    return RuleMemory.objects.create(person=person, rule=rule, kind="units", code=code, due=due, **values | more)


def due_rules(person: User, at: datetime = NOW) -> list[str]:
    return [one.card.rule for one in review.queue(person, at).due]


@pytest.fixture
def item(trainee: User, bone_code: Code) -> AttemptItem:
    """A question that reviews hang on."""
    found = practice.start(trainee, bone_code, seed=1).items.select_related("attempt", "version__question").first()
    assert found is not None
    return found


def broken(item: AttemptItem, rule: str, *moments: datetime, was: bool = True) -> None:
    """Reviews in which a rule was broken, or was not."""
    for moment in moments:
        RuleReview.objects.create(
            person=item.attempt.person, rule=rule, kind="units", category="units", item=item, grading=graded(item),
            at=moment, rating=1, broken=was, is_fresh=True, level_after="learning", due=NOW,
        )  # fmt: skip


def graded(item: AttemptItem) -> Any:
    grade, claim = practice.grade_payload(item.version, I_DO_NOT_KNOW)
    sequence = item.answers.count() + 1
    answer = item.answers.create(sequence=sequence, key=uuid.uuid4(), state="late", payload={})
    return practice.record(answer, grade, claim, item.version.stamp)


# The queue -------------------------------------------------------------------------------------


def test_what_is_due_is_queued_and_nothing_else(trainee: User, teammate: User, rules: list[str]) -> None:
    remembered(trainee, rules[0], due=NOW)
    remembered(trainee, rules[1], due=NOW + timedelta(seconds=1))
    remembered(teammate, rules[2])
    assert due_rules(trainee) == [rules[0]]
    assert review.due_count(trainee, NOW) == 1


def test_what_has_waited_longest_comes_first_and_of_one_day_what_is_least_sure(trainee: User, rules: list[str]) -> None:
    remembered(trainee, rules[0], due=NOW - DAY, stability=20)
    remembered(trainee, rules[1], due=NOW - DAY, stability=5)
    remembered(trainee, rules[2], due=NOW - 3 * DAY, stability=30)
    assert due_rules(trainee) == [rules[2], rules[1], rules[0]]


def test_ten_are_the_most_of_a_day(trainee: User, rules: list[str]) -> None:
    for rule in rules[:14]:
        remembered(trainee, rule)
    queue = review.queue(trainee, NOW)
    assert (len(queue.due), queue.waiting, queue.minutes) == (MOST_A_DAY, 4, 15)
    assert review.due_count(trainee, NOW) == MOST_A_DAY


def test_a_rule_that_is_no_longer_in_the_library_is_not_due(trainee: User, rules: list[str]) -> None:
    remembered(trainee, "20983/given-up")
    assert due_rules(trainee) == []
    assert review.due_count(trainee, NOW) == 0


def test_what_was_reviewed_today_counts_towards_the_ten(trainee: User, rules: list[str]) -> None:
    for rule in rules[:14]:
        remembered(trainee, rule, due=NOW - DAY)
    attempt = review.start(trainee, NOW, seed=1)
    items = list(attempt.items.select_related("attempt", "version__question"))
    for item in items[:4]:
        give(item, right(item), NOW + item.position * MINUTE)
    for rule in rules[14:24]:
        remembered(trainee, rule, due=NOW - DAY)
    later = NOW + 5 * MINUTE
    assert review.queue(trainee, later).done == 4
    assert len(due_rules(trainee, later)) == review.due_count(trainee, later) == 6
    assert len(due_rules(trainee, NOW + DAY)) == review.due_count(trainee, NOW + DAY) == 10


def test_a_day_is_one_of_the_place_where_the_site_is(trainee: User, rules: list[str], settings: Any) -> None:
    remembered(trainee, rules[0], due=NOW - DAY)
    attempt = review.start(trainee, NOW, seed=1)
    item = attempt.items.select_related("attempt", "version__question").get()
    give(item, right(item), NOW.replace(hour=23))
    midnight = NOW.replace(hour=0) + DAY
    assert review.queue(trainee, midnight + timedelta(hours=4)).done == 0
    settings.TIME_ZONE = "America/New_York"
    with timezone.override("America/New_York"):
        assert review.queue(trainee, midnight + timedelta(hours=3)).done == 1
        assert review.queue(trainee, midnight + timedelta(hours=5)).done == 0


# Why -------------------------------------------------------------------------------------------


def whys(person: User) -> list[str]:
    return [one.why for one in review.queue(person, NOW).due]


def test_it_says_how_often_it_was_broken(trainee: User, item: AttemptItem) -> None:
    remembered(trainee, BUNDLED)
    broken(item, BUNDLED, NOW - 2 * DAY, NOW - 3 * DAY, NOW - 8 * DAY)
    assert whys(trainee) == ["Broken twice in the last 7 days; last seen 10 days ago"]


def test_it_says_when_it_was_met(trainee: User, bone_code: Code) -> None:
    remembered(trainee, BUNDLED, first_met=NOW - DAY, reviewed_at=NOW - DAY)
    assert whys(trainee) == ["First review since you met it yesterday"]


def test_it_says_that_mastery_is_near(trainee: User, bone_code: Code) -> None:
    remembered(trainee, BUNDLED, level="steady", steady_since=NOW - 8 * DAY)
    assert whys(trainee) == ["Clean without a hint today, and it is mastered; last seen 10 days ago"]


def test_else_it_says_how_sure_it_is(trainee: User, bone_code: Code) -> None:
    remembered(trainee, BUNDLED, stability=10, reviewed_at=NOW - 10 * DAY)
    assert whys(trainee) == ["Chance of recall about 90 %; last seen 10 days ago"]


# The set ---------------------------------------------------------------------------------------


def test_a_set_asks_each_due_rule_on_a_case_never_seen(trainee: User, rules: list[str], bone_code: Code) -> None:
    practice.start(trainee, bone_code, seed=1)
    for rule in rules[:6]:
        remembered(trainee, rule)
    seen = cases_seen_by(trainee)
    attempt = review.start(trainee, NOW, seed=1)
    items = list(attempt.items.select_related("version"))
    assert (attempt.source, attempt.mode, attempt.title) == ("due", "tutor", "Review of 6 rules")
    assert set(attempt.rules) == set(rules[:6])
    assert len(items) == 6
    assert seen.isdisjoint(item.version.case for item in items)


def test_answering_it_rightly_leaves_nothing_due(trainee: User, rules: list[str]) -> None:
    for rule in rules[:8]:
        remembered(trainee, rule)
    attempt = review.start(trainee, NOW, seed=1)
    for item in attempt.items.select_related("attempt", "version__question"):
        give(item, right(item), NOW + item.position * MINUTE)
    assert due_rules(trainee, NOW + DAY / 2) == []
    assert set(RuleMemory.objects.filter(rule__in=rules[:8]).values_list("lapses", flat=True)) == {0}


def test_the_same_seed_gives_the_same_set(trainee: User, teammate: User, rules: list[str]) -> None:
    for person in (trainee, teammate):
        for rule in rules[:5]:
            remembered(person, rule)
    first, second = (review.start(person, NOW, seed=3) for person in (trainee, teammate))
    assert [one.version_id for one in first.items.all()] == [one.version_id for one in second.items.all()]


def test_nothing_due_makes_no_set(trainee: User) -> None:
    with pytest.raises(NothingToAsk):
        review.start(trainee, NOW)
    assert not Attempt.objects.exists()


def test_the_same_start_and_an_open_set_of_today_are_gone_on_with(trainee: User, rules: list[str]) -> None:
    at = timezone.now()
    for rule in rules[:3]:
        remembered(trainee, rule, due=at - DAY)
    key = uuid.uuid4()
    first = review.start(trainee, at, key=key)
    assert review.start(trainee, at, key=key) == first
    assert review.start(trainee, at, key=uuid.uuid4()) == first
    practice.finish(first, at)
    assert review.start(trainee, at, key=key) == first
    assert review.start(trainee, at, key=uuid.uuid4()) != first


# Rules that need help --------------------------------------------------------------------------


def test_the_weakest_rule_is_the_one_broken_most_often_and_not_steady(trainee: User, item: AttemptItem) -> None:
    for rule, level in [(BUNDLED, "learning"), ("20983/units", "learning"), ("20983/validity", "steady")]:
        remembered(trainee, rule, level=level, steady_since=NOW if level == "steady" else None)
    broken(item, BUNDLED, NOW - DAY, NOW - 9 * DAY)
    broken(item, BUNDLED, NOW - 2 * DAY, was=False)
    broken(item, "20983/units", NOW - DAY, *(NOW - days * DAY for days in (29, 30, 31)))
    broken(item, "20983/validity", *(NOW - days * DAY for days in range(5)))
    found = review.weakest(trainee, NOW)
    assert found is not None
    assert (found.card.rule, found.times, found.tried) == (BUNDLED, 2, 3)


def test_nobody_has_a_weakest_rule_without_a_break(trainee: User, item: AttemptItem) -> None:
    remembered(trainee, BUNDLED)
    broken(item, BUNDLED, NOW - DAY, was=False)
    assert review.weakest(trainee, NOW) is None


@pytest.mark.parametrize(("days", "offered"), [((1, 6), True), ((1,), False), ((1, 7.1), False), ((8, 9), False)])
def test_two_breaks_within_a_week_offer_a_set(
    trainee: User, item: AttemptItem, days: tuple[float, ...], offered: bool
) -> None:
    broken(item, BUNDLED, *(NOW - day * DAY for day in days))
    assert [one.card.rule for one in review.to_repair(trainee, NOW)] == ([BUNDLED] if offered else [])


def test_after_the_set_only_new_breaks_count(trainee: User, item: AttemptItem) -> None:
    broken(item, BUNDLED, NOW - 6 * DAY, NOW - 5 * DAY)
    mended = Attempt.objects.create(person=trainee, source="remediation", title="Set", seed=1, rules=[BUNDLED])
    Attempt.objects.filter(pk=mended.pk).update(created_at=NOW - 4 * DAY)
    assert review.to_repair(trainee, NOW) == []
    broken(item, BUNDLED, NOW - 3 * DAY)
    assert review.to_repair(trainee, NOW) == []
    broken(item, BUNDLED, NOW - 2 * DAY)
    (found,) = review.to_repair(trainee, NOW)
    assert (found.times, found.tried) == (2, 2)


# The page --------------------------------------------------------------------------------------


def test_the_page_says_what_is_due_and_why(as_trainee: Client, trainee: User, rules: list[str]) -> None:
    at = timezone.now()
    for rule in rules[:12]:
        remembered(trainee, rule, due=at - DAY, first_met=at - 3 * DAY, reviewed_at=at - 3 * DAY)
    text = as_trainee.get(reverse("review")).text
    assert "Review 10 rules" in text
    assert "rules due, about 15 minutes" in text
    assert text.count("First review since you met it 3 days ago") == 10
    assert "2 more are due and wait" in text


def test_the_button_leads_to_the_first_question_however_often_it_is_pressed(
    as_trainee: Client, trainee: User, rules: list[str]
) -> None:
    remembered(trainee, rules[0], due=timezone.now() - DAY)
    form = {"key": str(uuid.uuid4())}
    answers = [as_trainee.post(reverse("review_start"), form) for _ in range(3)]
    attempt = Attempt.objects.get()
    assert {one.headers["Location"] for one in answers} == {reverse("question", args=[attempt.pk, 1])}
    page = as_trainee.get(reverse("review")).text
    assert "0 of 1" in page
    assert "Go on" in page


def test_without_anything_due_the_button_says_so(as_trainee: Client) -> None:
    page = as_trainee.post(reverse("review_start"), {"key": "x"}, follow=True)
    assert "Nothing is due" in page.text
    assert "Each rule that you meet comes back here" in page.text


def test_the_page_says_what_comes_and_at_which_level_rules_are(
    as_trainee: Client, trainee: User, rules: list[str]
) -> None:
    at = timezone.now()
    remembered(trainee, rules[0], due=at + 2 * DAY, level="mastered", steady_since=at)
    remembered(trainee, rules[1], due=at + 30 * DAY)
    page = as_trainee.get(reverse("review"))
    assert [number for _, number in page.context["coming"]] == [0, 1, 0, 0, 0, 0, 0]
    assert [(one.level.label, len(one.rules)) for one in page.context["levels"]] == [
        ("Mastered", 1),
        ("Three in a row", 0),
        ("Learning", 1),
    ]


@pytest.mark.parametrize("number", [2, 30])
def test_the_page_costs_the_same_queries_whatever_is_remembered(
    as_trainee: Client, trainee: User, rules: list[str], number: int, django_assert_num_queries: Any
) -> None:
    at = timezone.now()
    for rule in rules[:number]:
        remembered(trainee, rule, due=at - DAY)
    review.due_count(trainee, at)
    as_trainee.get(reverse("review"))
    with django_assert_num_queries(1):
        review.due_count(trainee, at)
    with django_assert_num_queries(PAGE):
        as_trainee.get(reverse("review"))
