"""Questions judged by their answers: every figure against small data that was counted by hand."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from codes.models import Code
from editorial import disputes
from quizzes import items as analysis
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.items import Common, Figures, Given, Pool, correlation
from quizzes.models import AttemptItem, QuestionVersion, RuleReview
from quizzes.shares import Share
from tests.conftest import person
from tests.editorial.answers import answered, begun, many_units, reported
from tests.quizzes.learning import NOON, give, right

MINUTE = timedelta(minutes=1)
START = datetime(2025, 3, 3, 12, tzinfo=UTC)


def given(question: int, person: int, clean: bool, *, answer: int = 0, minutes: float = 1, **more: Any) -> Given:
    """An answer at so many minutes of a set that began at noon; each person has one set."""
    values: dict[str, Any] = {
        "question": question, "person": person, "answer": answer or 100 * person + question, "clean": clean, "hints": 0,
        "gave_up": False, "at": START + minutes * MINUTE, "attempt": UUID(int=person), "begun": START, "mode": "tutor",
    }  # fmt: skip
    return Given(**(values | more))


def pool_of(*answers: Given) -> Pool:
    pool = Pool()
    for one in answers:
        pool.take(one)
    pool.compare()
    return pool


def figures(**more: Any) -> Figures:
    values: dict[str, Any] = {
        "question": 1, "code": "A0001", "slug": "one", "title": "One", "format": "code-the-claim", "answers": 40,
        "first": Share(kept=20, tried=40), "compared": 40, "correlation": 0.4, "seconds": 30.0, "timed": 40,
        "hinted": 0, "gave_up": 0, "reports": 0, "waiting": 0, "disagreements": 0, "disputing": 0,
    }  # fmt: skip
    return Figures(**(values | more))


def flags(one: Figures, strong: Common | None = None) -> list[str]:
    return [flag.name for flag in analysis._flagged(one, strong).flags]


# Figures -------------------------------------------------------------------------------------


def test_the_correlation_is_pearsons() -> None:
    # By hand: x = 1 1 0 0, y = .8 .6 .4 .2; covariance .4, spreads 1 and .2, so r = .4 / sqrt(.2).
    assert correlation([(1, 0.8), (1, 0.6), (0, 0.4), (0, 0.2)]) == pytest.approx(0.894427191)
    assert correlation([(1, 0.2), (0, 0.8)]) == pytest.approx(-1.0)


@pytest.mark.parametrize("pairs", [[], [(1.0, 0.5)], [(1.0, 0.5), (1.0, 0.2)], [(1.0, 0.5), (0.0, 0.5)]])
def test_what_never_varies_tells_nothing(pairs: list[tuple[float, float]]) -> None:
    assert correlation(pairs) is None


def test_only_the_first_answer_of_a_person_counts() -> None:
    pool = pool_of(given(1, 1, False, answer=1, minutes=1), given(1, 1, True, answer=2, minutes=2), given(1, 2, True))
    assert {who: one.clean for who, one in pool.first[1].items()} == {1: False, 2: True}
    assert pool.answers[1] == 3


def test_somebody_is_compared_by_the_rest_of_what_they_answered() -> None:
    # Six questions; on the others than question 1 the first person is clean in 3 of 5, the second in 1 of 5.
    rows = [given(1, 1, True), given(1, 2, False)]
    rows += [given(n, 1, n < 5) for n in range(2, 7)] + [given(n, 2, n < 3) for n in range(2, 7)]
    assert [rest for _, rest in pool_of(*rows).pairs(1)] == [0.6, 0.2]


def test_who_gave_too_few_other_answers_is_not_compared() -> None:
    rows = [given(n, 1, True) for n in range(1, 1 + analysis.OTHERS)]
    assert pool_of(*rows).pairs(1) == []
    assert len(pool_of(*rows, given(9, 1, True)).pairs(1)) == 1


def test_the_strongest_third_did_best_elsewhere() -> None:
    rows = [given(n, who, n <= 1 + who) for who in range(1, 6) for n in range(1, 7)]
    assert [one.person for one in pool_of(*rows).strongest(1)] == [5, 4]


def test_time_runs_from_the_answer_before_or_the_beginning() -> None:
    rows = [given(1, 1, True, minutes=2), given(2, 1, True, minutes=5), given(3, 1, True, minutes=36)]
    other = given(1, 2, True, minutes=1)
    exam = given(1, 3, True, minutes=9, mode="exam")
    pool = pool_of(*rows, other, exam)
    assert pool.seconds[1] == [120.0, 60.0]
    assert pool.seconds[2] == [180.0]
    assert 3 not in pool.seconds  # 31 minutes: somebody was away


# Gates and flags -----------------------------------------------------------------------------


@pytest.mark.parametrize(("people", "shown", "provisional"), [(29, None, True), (30, 0.4, True), (100, 0.4, False)])
def test_discrimination_is_hidden_then_provisional_then_said(people: int, shown: Any, provisional: bool) -> None:
    one = figures(compared=people)
    assert (one.discrimination, one.is_provisional) == (shown, provisional)


@pytest.mark.parametrize(("tried", "percent"), [(9, None), (10, 100)])
def test_a_percentage_needs_ten_first_answers(tried: int, percent: int | None) -> None:
    assert Share(kept=tried, tried=tried).percent == percent


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"correlation": -0.2}, ["probably miskeyed"]),
        ({"correlation": 0.09}, ["probably miskeyed"]),
        ({"correlation": -0.2, "compared": 29}, []),
        ({"correlation": 0.05, "first": Share(kept=38, tried=40)}, []),
        ({"first": Share(kept=40, tried=40)}, ["too easy"]),
        ({"first": Share(kept=9, tried=9)}, []),
        ({"first": Share(kept=3, tried=40)}, ["too hard"]),
        ({"first": Share(kept=0, tried=9)}, []),
        ({"disagreements": 2, "disputing": 2}, ["disputed"]),
        ({"disagreements": 2, "disputing": 1}, []),
        ({"disagreements": 1, "reports": 5, "waiting": 5}, []),
    ],
)
def test_each_flag_has_its_gate(changed: dict[str, Any], found: list[str]) -> None:
    assert flags(figures(**changed)) == found


def test_the_strongest_agreeing_on_another_answer_is_told_with_it() -> None:
    (flag,) = analysis._flagged(figures(), Common(words="A0001 × 9", gave=8, of=13)).flags
    assert flag.name == "probably miskeyed"
    assert flag.why == "8 of the 13 who do best elsewhere give the same other answer: A0001 × 9."
    assert "grade again" in flag.do


# From stored answers -------------------------------------------------------------------------


@pytest.fixture
def item(trainee: User, teammate: User, bone_code: Code) -> AttemptItem:
    """One question: the trainee is wrong, then right; the teammate is right at once, with a hint."""
    wrong = answered(trainee, bone_code)
    for who, at, hints in ((trainee, NOON + MINUTE, 0), (teammate, NOON, 1)):
        again = begun(who, bone_code, seed=2)[0]
        again.version = wrong.version
        again.save(update_fields=["version"])
        give(again, right(again), at, hints=hints)
    return wrong


def test_stored_answers_come_to_what_was_counted(trainee: User, item: AttemptItem) -> None:
    reported(trainee, item)
    (one,) = analysis.every_item()
    assert (one.question, one.code, one.answers) == (item.version.question_id, "20983", 3)
    assert (one.first.kept, one.first.tried, one.hinted, one.gave_up) == (1, 2, 1, 0)
    assert (one.reports, one.disagreements, one.compared, one.discrimination) == (1, 1, 0, None)


def test_what_is_answered_is_counted_in_words(item: AttemptItem) -> None:
    read = analysis.read_item(item.version.question)
    assert [(one.times, one.percent, one.clean) for one in read.chosen] == [(2, 67, 2), (1, 33, 0)]
    assert read.chosen[1].words.count("× 9") == 1
    assert [(one.rule, one.times) for one in read.faults] == [("20983/units", 1)]


def test_an_answer_that_is_clean_for_one_version_only_is_not_called_clean(
    as_educator: Client, trainee: User, bone_code: Code
) -> None:
    first, *others = begun(trainee, bone_code, recipe=Recipe(formats=("code-the-claim",), size=12))
    question, judged = first.version.question, Counter([give(first, right(first)).is_clean])
    for item in others:
        if item.version.question_id == question.pk:
            continue
        facts = {name: getattr(item.version, name) for name in ("stamp", "seed", "prompt", "options", "key", "digest")}
        item.version = QuestionVersion.objects.create(question=question, **facts)
        item.save(update_fields=["version"])
        judged[give(item, right(first)).is_clean] += 1
    assert judged[True] > 0
    assert judged[False] > 0
    (chosen,) = analysis.read_item(question).chosen
    assert (chosen.times, chosen.clean) == (judged.total(), judged[True])
    page = as_educator.get(reverse("item", args=[question.pk])).text
    assert f"clean {judged[True]} of {judged.total()}</span>" in page
    assert ">clean</span>" not in page


def test_a_question_is_disputed_as_long_as_two_wait_for_an_answer(
    as_educator: Client, educator: User, trainee: User, teammate: User, bone_code: Code
) -> None:
    reports = [reported(one, answered(one, bone_code)) for one in (trainee, teammate)]
    url = reverse("item", args=[reports[0].answer.item.version.question_id])
    assert "2 people disagree with how it was graded, and wait for an answer." in as_educator.get(url).text
    assert "2, 2 of them waiting for an answer; 2 people disagreed" in as_educator.get(url).text
    for report, (flagged, waiting) in zip(reports, (([], 1), ([], 0)), strict=True):
        disputes.answer_report(report, "stands", "So it is.", by=educator, at=NOON)
        (one,) = analysis.every_item()
        assert ([flag.name for flag in one.flags], one.waiting) == (flagged, waiting)
        assert (one.reports, one.disagreements) == (2, 2)
    page = as_educator.get(url).text
    assert "2, all answered; 2 people disagreed" in page
    assert "Read their reports" not in page


def test_giving_up_is_counted(trainee: User, bone_code: Code) -> None:
    give(begun(trainee, bone_code)[0], practice.I_DO_NOT_KNOW)
    (one,) = analysis.every_item()
    assert one.gave_up == 1


def test_what_is_remembered_is_forgotten_with_the_next_answer(teammate: User, bone_code: Code, item: Any) -> None:
    assert analysis.every_item()[0].answers == 3
    give(begun(teammate, bone_code, seed=1)[0], many_units(item))
    assert sum(one.answers for one in analysis.every_item()) == 4


def test_rules_and_codes_add_up_what_reviews_say(item: AttemptItem) -> None:
    units = next(one for one in analysis.by_rule() if one.name == "20983/units")
    rows = RuleReview.objects.filter(rule="20983/units")
    assert (units.share.tried, units.share.kept) == (rows.count(), rows.filter(broken=False).count())
    (code,) = [one for one in analysis.by_code() if one.name == "20983"]
    assert code.share.tried == RuleReview.objects.filter(rule__startswith="20983/").count()


# The pages -----------------------------------------------------------------------------------


def test_the_pages_show_counts_where_a_percentage_would_say_too_much(as_educator: Client, item: AttemptItem) -> None:
    for url in (reverse("items"), reverse("page_items", args=["20983"])):
        page = as_educator.get(url).text
        assert "1 of 2" in page
        assert "too few, n 0" in page
    page = as_educator.get(reverse("item", args=[item.version.question_id])).text
    assert "What is answered" in page
    assert "20983/units" in page
    assert "20983/units" in as_educator.get(reverse("items"), {"by": "rules"}).text


def test_the_list_is_narrowed_and_sorted(as_educator: Client, item: AttemptItem) -> None:
    url = reverse("items")
    assert "Nothing fits" in as_educator.get(url, {"flag": "disputed"}).text
    assert "Nothing fits" in as_educator.get(url, {"format": "minimal-pair"}).text
    for name in ("flags", "clean", "discrimination", "answers", "time", "reports", "page", "nonsense"):
        assert as_educator.get(url, {"sort": name}).context["page"].paginator.count == 1


def test_all_of_it_is_a_csv_file(as_educator: Client, item: AttemptItem) -> None:
    file = as_educator.get(reverse("items"), {"csv": ""})
    assert file.headers["Content-Type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert (told["Answers"], told["First answers"], told["Clean at first"], told["Clean %"]) == ("3", "2", "1", "")


def test_the_pages_cost_the_same_however_much_was_answered(as_educator: Client, bone_code: Code) -> None:
    counts = []
    for size in (1, 4):
        for n in range(size):
            for one in begun(person(f"p{size}{n}"), bone_code, seed=size):
                give(one, many_units(one))
        found = []
        for url in (reverse("items"), reverse("page_items", args=["20983"]), f"{reverse('items')}?by=rules"):
            with CaptureQueriesContext(connection) as caught:
                as_educator.get(url)
            found.append(len(caught))
        counts.append(found)
    assert counts[0] == counts[1]
