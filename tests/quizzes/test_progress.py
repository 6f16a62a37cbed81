"""My progress and mistakes by rule: what is counted, how it is said, and what stays private."""

import random
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from codes.library import library
from codes.models import Code
from codes.publish import publish
from quizzes import charts, exams, practice
from quizzes.drawing import Recipe
from quizzes.memory import rebuild
from quizzes.mistakes import NEWEST, mistakes
from quizzes.models import Answer, Attempt, AttemptItem, Exam, ExamPart, Grading, RuleMemory, RuleReview
from quizzes.notebook import Words, add_note
from quizzes.progress import SHOWN_TO_MANAGER, WEEKS, progress_page, rise
from quizzes.shares import Share
from rulebook.kinds import KIND
from tests.conftest import signed_in
from tests.patience import within
from tests.quizzes.learning import DAY, NOON, answer_all, give, right, wrong

PLAIN = Recipe(formats=("code-the-claim",), as_written=1.0)
RULE = "20983/units"
URL, MISTAKES = "/progress/", "/mistakes/"


@pytest.fixture
def attempt(trainee: User, bone_code: Code) -> Attempt:
    """A set of ten."""
    return practice.start(trainee, bone_code, seed=1, recipe=PLAIN)


def items(attempt: Attempt) -> list[AttemptItem]:
    return list(attempt.items.select_related("attempt__exam", "version__question"))


def remembered(person: User, rule: str = RULE, **more: Any) -> RuleMemory:
    """A memory of a rule, just reviewed, good for ten days."""
    fields = {"stability": 10.0, "difficulty": 5.0, "reviewed_at": NOON, "first_met": NOON, "due": NOON + 10 * DAY}
    fields |= {"kind": "units", "code": rule.partition("/")[0]} | more
    return RuleMemory.objects.create(person=person, rule=rule, **fields)


# Shares and charts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "tried", "interval"),
    # Wilson's score interval, computed by hand from the formula in Wilson (1927).
    [(0, 10, (0.0, 0.278)), (5, 10, (0.237, 0.763)), (10, 10, (0.722, 1.0)), (81, 263, (0.255, 0.366))],
)
def test_the_interval_is_wilsons(kept: int, tried: int, interval: tuple[float, float]) -> None:
    assert Share(kept=kept, tried=tried).interval == pytest.approx(interval, abs=0.001)


@pytest.mark.parametrize("tried", range(1, 40))
def test_the_share_lies_in_its_interval(tried: int) -> None:
    for kept in range(tried + 1):
        share = Share(kept=kept, tried=tried)
        low, high = share.interval
        assert 0 <= low <= share.value <= high <= 1


def test_there_is_no_percentage_below_ten() -> None:
    assert Share(kept=9, tried=9).percent is None
    assert Share(kept=10, tried=10).percent == 100
    assert Share(kept=199, tried=200).percent == 99


def test_a_bar_is_cut_into_its_parts_without_a_gap() -> None:
    parts = charts.bar([("a", "A", 1), ("b", "B", 0), ("c", "C", 3)])
    assert [(part.x, part.width) for part in parts] == [(0, 25), (25, 0), (25, 75)]


def test_a_bar_of_nothing_has_no_width() -> None:
    assert [part.width for part in charts.bar([("a", "A", 0)])] == [0]


def test_a_trend_draws_no_point_for_a_few_and_joins_only_neighbours() -> None:
    enough, few = Share(kept=8, tried=10), Share(kept=2, tried=3)
    drawn = charts.trend([("1", enough), ("2", enough), ("3", few), ("4", enough)])
    assert [mark.y is not None for mark in drawn.marks] == [True, True, False, True]
    assert len(drawn.links) == 1
    assert (drawn.links[0].x1, drawn.links[0].x2) == (drawn.marks[0].x, drawn.marks[1].x)


def test_a_better_share_stands_higher_and_further_right() -> None:
    worse, better = Share(kept=2, tried=10), Share(kept=9, tried=10)
    low, high = charts.trend([("1", worse), ("2", better)]).marks
    assert low.y is not None
    assert high.y is not None
    assert high.y < low.y
    left, further = charts.shares([("1", worse), ("2", better)]).lines
    assert left.x is not None
    assert further.x is not None
    assert left.x < further.x <= 100


# Levels -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory", "at", "said"),
    [
        (None, NOON, f"Meet {RULE} in a question."),
        ({}, NOON, f"Three clean answers in a row on different scenarios of {RULE}, without hints."),
        ({"streak": ["a"]}, NOON, f"Two clean answers in a row on different scenarios of {RULE}, without hints."),
        ({"streak": ["a", "b"]}, NOON, f"One more clean answer on another scenario of {RULE}, without hints."),
        (
            {"level": "steady", "steady_since": NOON},
            NOON + 6 * DAY,
            f"{RULE} is mastered with a clean answer in a mixed set from Mar 10, 2025 on.",
        ),
        (
            {"level": "steady", "steady_since": NOON},
            NOON + 7 * DAY,
            f"One clean answer on {RULE} in a mixed set, and it is mastered.",
        ),
        ({"level": "mastered"}, NOON, f"{RULE} is mastered; its reviews keep it so."),
    ],
)
def test_how_to_rise_is_one_concrete_sentence(memory: dict[str, Any] | None, at: datetime, said: str) -> None:
    known = None if memory is None else RuleMemory(rule=RULE, reviewed_at=NOON, **memory)
    assert rise(RULE, known, at) == said


def test_every_published_rule_has_a_level(trainee: User, starter_library: None) -> None:
    remembered(trainee)
    remembered(trainee, "20982/units", level="mastered")
    page = progress_page(trainee, NOON)
    counts = {part.name: part.count for part in page["levels"]}
    assert counts == {"mastered": 1, "steady": 0, "learning": 1, "not-met": len(library().rules) - 2}
    by_category = [part.count for category in page["categories"] for part in category.parts]
    assert sum(by_category) == len(library().rules)


def test_a_category_names_the_rule_that_is_nearest_to_rise(trainee: User, starter_library: None) -> None:
    remembered(trainee, "20982/units", streak=["a"])
    remembered(trainee, RULE, streak=["a", "b"])
    units = next(one for one in progress_page(trainee, NOON)["categories"] if one.name == "units")
    assert units.rise == f"One more clean answer on another scenario of {RULE}, without hints."
    assert {known.rule for known in units.met} == {"20982/units", RULE}


def test_a_rule_that_no_page_states_any_more_is_left_out(trainee: User, educator: User, bone_code: Code) -> None:
    remembered(trainee)
    bone_code.rules.get(slug="units").delete()
    publish(bone_code, by=educator, why="No limit any more")
    counts = {part.name: part.count for part in progress_page(trainee, NOON)["levels"]}
    assert counts["learning"] == 0


# Covered and retained -----------------------------------------------------------------------


def reviewed(person: User, item: AttemptItem, rule: str = RULE, **more: Any) -> RuleReview:
    """A review of a rule by hand, of an answer of its own."""
    broken = more.get("broken", False)
    answer = Answer.objects.create(
        item=item, sequence=1, key=uuid.uuid4(), state="submitted", payload={}, created_at=more.get("at", NOON),
        certainty=more.pop("certainty", None),
    )  # fmt: skip
    grading = Grading.objects.create(
        answer=answer, engine="1", stamp=1, is_clean=more.pop("clean", not broken), required=1, kept=1, extra=0,
        element_accuracy=0.5, claim={}, accepted=[], findings=[],
    )  # fmt: skip
    fields = {"at": NOON, "rating": 1 if broken else 3, "broken": broken, "is_fresh": True, "due": NOON + DAY} | more
    return RuleReview.objects.create(
        person=person, rule=rule, kind="units", category="units", item=item, grading=grading, level_after="learning",
        **fields,
    )  # fmt: skip


def kept(person: User, at: datetime = NOON) -> tuple[int, int]:
    """How many rules are covered and how many retained."""
    found = progress_page(person, at)["kept"]
    return found.covered.kept, found.retained.kept


def test_a_rule_kept_just_now_is_covered_and_retained(trainee: User, attempt: Attempt) -> None:
    remembered(trainee)
    reviewed(trainee, items(attempt)[0])
    assert kept(trainee) == (1, 1)


def test_a_rule_that_was_only_broken_is_neither(trainee: User, attempt: Attempt) -> None:
    remembered(trainee)
    reviewed(trainee, items(attempt)[0], broken=True)
    assert kept(trainee) == (0, 0)


def test_a_rule_broken_last_is_covered_and_not_retained(trainee: User, attempt: Attempt) -> None:
    remembered(trainee)
    reviewed(trainee, items(attempt)[0])
    reviewed(trainee, items(attempt)[1], at=NOON + DAY, broken=True)
    assert kept(trainee) == (1, 0)


def test_a_rule_is_retained_until_the_chance_of_recall_falls_below_nine_in_ten(trainee: User, attempt: Attempt) -> None:
    remembered(trainee, stability=10.0)
    reviewed(trainee, items(attempt)[0])
    assert [kept(trainee, NOON + days * DAY) for days in (10, 11)] == [(1, 1), (1, 0)]


# Outcomes, trend, calibration ---------------------------------------------------------------


def test_outcomes_are_counts_below_ten_and_percentages_from_ten_on(
    as_trainee: Client, trainee: User, attempt: Attempt
) -> None:
    for item in items(attempt)[:9]:
        reviewed(trainee, item, clean=item.position > 1)
    few = progress_page(trainee, NOON)["overall"]
    assert (few.clean.kept, few.clean.tried, few.clean.percent, few.accuracy) == (8, 9, None, None)
    assert "8 of 9" in as_trainee.get(URL).text
    reviewed(trainee, items(attempt)[9])
    enough = progress_page(trainee, NOON)["overall"]
    assert (enough.clean.percent, enough.accuracy) == (90, 50)
    assert "9 of 10 answers; likely between 60 and 98 %" in as_trainee.get(URL).text


def test_an_answer_that_says_something_of_several_rules_counts_once(trainee: User, attempt: Attempt) -> None:
    for item in items(attempt):
        give(item, right(item))
    assert RuleReview.objects.count() > 10
    assert progress_page(trainee, NOON)["overall"].clean == Share(kept=10, tried=10)
    assert progress_page(trainee, NOON)["weeks"][-1][1] == Share(kept=10, tried=10)


def test_only_the_newest_grading_counts(trainee: User, attempt: Attempt) -> None:
    item = items(attempt)[0]
    first = give(item, wrong(item))
    graded, claim = practice.grade_payload(item.version, right(item))
    practice.record(first.answer, graded, claim, item.version.stamp)
    rebuild(trainee)
    assert progress_page(trainee, NOON)["overall"].clean == Share(kept=1, tried=1)
    assert len(progress_page(trainee, NOON)["for_manager"]) == 1


def test_the_trend_has_only_questions_never_seen_before(trainee: User, attempt: Attempt) -> None:
    one, two = items(attempt)[:2]
    reviewed(trainee, one)
    reviewed(trainee, two, is_fresh=False)
    assert progress_page(trainee, NOON)["weeks"][-1][1] == Share(kept=1, tried=1)


def test_the_trend_goes_by_weeks_from_monday_in_the_zone_of_the_site(
    trainee: User, attempt: Attempt, settings: Any
) -> None:
    settings.TIME_ZONE = "America/New_York"
    sunday_night = datetime(2025, 3, 3, 4, 30, tzinfo=UTC)
    for item, at in zip(items(attempt), [sunday_night, sunday_night + timedelta(hours=1)], strict=False):
        reviewed(trainee, item, at=at)
    weeks = progress_page(trainee, NOON)["weeks"]
    assert len(weeks) == WEEKS
    assert [(label, share.tried) for label, share in weeks[-2:]] == [("Feb 24", 1), ("Mar 3", 1)]


def test_a_week_of_a_change_of_the_clocks_loses_nothing(trainee: User, attempt: Attempt, settings: Any) -> None:
    settings.TIME_ZONE = "America/New_York"
    for item, day in zip(items(attempt), (7, 8, 9, 10, 11), strict=False):
        reviewed(trainee, item, at=datetime(2025, 3, day, 16, tzinfo=UTC))
    weeks = progress_page(trainee, datetime(2025, 3, 12, 16, tzinfo=UTC))["weeks"]
    assert [(label, share.tried) for label, share in weeks[-2:]] == [("Mar 3", 3), ("Mar 10", 2)]


def test_without_a_word_on_certainty_there_is_no_calibration(
    as_trainee: Client, trainee: User, attempt: Attempt
) -> None:
    reviewed(trainee, items(attempt)[0])
    assert progress_page(trainee, NOON)["sure"] == []
    assert "How sure, and how right" not in as_trainee.get(URL).text


def test_calibration_has_three_rows_with_their_numbers(as_trainee: Client, trainee: User, attempt: Attempt) -> None:
    for item, certainty in zip(items(attempt), (1, 1, 3), strict=False):
        reviewed(trainee, item, certainty=certainty, clean=item.position != 1)
    assert progress_page(trainee, NOON)["sure"] == [
        ("Unsure", Share(kept=1, tried=2)),
        ("Rather sure", Share(kept=0, tried=0)),
        ("Sure", Share(kept=1, tried=1)),
    ]
    assert "How sure, and how right" in as_trainee.get(URL).text


# What my manager sees -----------------------------------------------------------------------


def test_a_manager_sees_outcome_date_and_hints_and_nothing_else(
    as_trainee: Client, trainee: User, attempt: Attempt
) -> None:
    item = items(attempt)[0]
    give(item, right(item), hints=2, certainty=1)
    add_note(trainee, Words(text="My secret thought"), NOON, item)
    (row,) = progress_page(trainee, NOON)["for_manager"]
    assert row == {"is_clean": True, "question": item.version.prompt["title"], "answered": NOON, "hints": 2}
    table = as_trainee.get(URL).text.partition("manager-table")[2]
    assert re.findall(r'<th scope="col"[^>]*>(\w+)', table) == ["Date", "Question", "Outcome", "Hints"]
    assert not re.search(r"Unsure|secret|12:00", table)


def test_a_manager_sees_the_last_ten(trainee: User, attempt: Attempt, bone_code: Code) -> None:
    for item in items(attempt) + items(practice.start(trainee, bone_code, seed=2, recipe=PLAIN))[:2]:
        reviewed(trainee, item, at=NOON + item.position * DAY)
    rows = progress_page(trainee, NOON)["for_manager"]
    assert len(rows) == SHOWN_TO_MANAGER
    assert [row["answered"] for row in rows] == sorted((row["answered"] for row in rows), reverse=True)


# The page -----------------------------------------------------------------------------------


def test_an_empty_page_leads_to_a_first_question(as_trainee: Client, starter_library: None) -> None:
    page = as_trainee.get(URL).text
    assert "Answer a first question" in page
    assert "Week by week" not in page


def test_a_site_without_a_library_has_a_page_too(as_trainee: Client, no_library: None) -> None:
    assert "No page is published yet" in as_trainee.get(URL).text


def test_every_chart_has_a_title_a_description_and_a_table(as_trainee: Client, trainee: User, attempt: Attempt) -> None:
    for item in items(attempt):
        reviewed(trainee, item, certainty=3, at=datetime.now(UTC))
    page = as_trainee.get(URL).text
    drawings = re.findall(r'<svg[^>]*role="img".*?</svg>', page, re.DOTALL)
    assert len(drawings) == 3
    assert all("<title" in one and "<desc" in one for one in drawings)
    sections = re.findall(r"<section.*?</section>", page, re.DOTALL)
    assert all("<table" in one for one in sections if 'role="img"' in one)


def test_a_chart_is_the_same_in_every_language(
    as_trainee: Client, trainee: User, attempt: Attempt, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "de"
    for item in items(attempt):
        reviewed(trainee, item, at=datetime.now(UTC))
    page = as_trainee.get(URL).text
    assert re.search(r'c[xy]="\d+\.\d+', page)
    assert not re.search(r' (?:x|y|cx|cy|x1|x2|y1|y2|width)="\d+,', page)


def test_nobody_sees_somebody_elses_progress(teammate: User, trainee: User, attempt: Attempt) -> None:
    item = items(attempt)[0]
    give(item, wrong(item))
    page = progress_page(teammate, NOON)
    assert page["overall"].clean.tried == 0
    assert page["for_manager"] == []
    assert "No rule is broken so far" in signed_in(teammate).get(MISTAKES).text


# Mistakes by rule ---------------------------------------------------------------------------


def test_a_broken_rule_comes_with_everything_about_it(as_trainee: Client, trainee: User, attempt: Attempt) -> None:
    item = items(attempt)[0]
    give(item, wrong(item))
    broken = set(RuleReview.objects.filter(broken=True).values_list("rule", flat=True))
    found = mistakes(trainee)
    assert {one.id for one in found} == broken
    first = found[0]
    assert first.rule is not None
    assert (first.times, first.last, first.level) == (1, NOON, "Learning")
    assert first.answers == [(item.get_absolute_url(), item.version.prompt["title"], NOON)]
    day = item.version.prompt["encounter"]["date_of_service"]
    page = as_trainee.get(MISTAKES).text
    assert f'href="/codes/{first.rule.code}/?dos={day}#{first.rule.section}"' in page
    assert KIND[first.rule.kind].title in page
    assert f'href="{item.get_absolute_url()}"' in page


def test_a_broken_rule_can_be_practised_at_once(as_trainee: Client, trainee: User, attempt: Attempt) -> None:
    reviewed(trainee, items(attempt)[0], broken=True)
    page = as_trainee.get(MISTAKES).text
    for name, source, size in (("practise_rules", "rules", 5), ("repair", "remediation", None)):
        form = page.partition(f'action="{reverse(name)}"')[2].partition("</form>")[0]
        fields = dict(re.findall(r'name="(rule|size|key)" value="([^"]+)"', form))
        begun = [as_trainee.post(reverse(name), fields).headers["Location"] for _ in range(2)]
        assert begun[0] == begun[1]
        made = Attempt.objects.get(source=source)
        assert made.rules == [RULE]
        assert size is None or made.items.count() == size


def test_a_clean_answer_is_no_mistake(as_trainee: Client, attempt: Attempt) -> None:
    item = items(attempt)[0]
    give(item, right(item))
    assert "No rule is broken so far" in as_trainee.get(MISTAKES).text


def test_the_most_often_broken_rule_comes_first_and_names_its_newest_answers(trainee: User, attempt: Attempt) -> None:
    for item in items(attempt)[:7]:
        reviewed(trainee, item, at=NOON + item.position * DAY, broken=True)
    reviewed(trainee, items(attempt)[7], "20983/selection", at=NOON + 9 * DAY, broken=True)
    first, second = mistakes(trainee)
    assert (first.id, first.times, second.id, second.times) == (RULE, 7, "20983/selection", 1)
    assert [at for _, _, at in first.answers] == [NOON + day * DAY for day in range(7, 7 - NEWEST, -1)]


def test_a_rule_broken_in_two_ways_is_one_row(trainee: User, attempt: Attempt) -> None:
    one, two = items(attempt)[:2]
    reviewed(trainee, one, broken=True)
    RuleReview.objects.filter(pk=reviewed(trainee, two, broken=True).pk).update(category="over-coding")
    (row,) = mistakes(trainee)
    assert (row.times, set(row.categories)) == (2, {"units", "over-coding"})


def test_a_mistake_in_a_rule_that_is_gone_can_be_read_and_not_practised(
    as_trainee: Client, trainee: User, educator: User, bone_code: Code, attempt: Attempt
) -> None:
    reviewed(trainee, items(attempt)[0], broken=True)
    bone_code.rules.get(slug="units").delete()
    publish(bone_code, by=educator, why="No limit any more")
    page = as_trainee.get(MISTAKES).text
    assert "No page states this rule any more" in page
    assert "Practise 5" not in page


def test_results_that_are_not_shown_are_in_no_count(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    exam = Exam.objects.create(title="Test", is_open=True, release=Exam.Release.BY_AUTHOR)
    ExamPart.objects.create(exam=exam, number=2, code=bone_code, format="choose-the-code")
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, NOON)
    for item in items(attempt):
        practice.save_draft(item, uuid.uuid4(), wrong(item), at=NOON)
    exams.finish(attempt, NOON)
    assert Grading.objects.count() == 2
    assert not RuleReview.objects.exists()
    assert mistakes(trainee) == []
    assert progress_page(trainee, NOON)["overall"].clean.tried == 0
    assert progress_page(trainee, NOON)["for_manager"] == []
    exams.release(exam, NOON + DAY)
    assert progress_page(trainee, NOON)["overall"].clean.tried == 2


# Cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [URL, MISTAKES])
def test_the_pages_cost_the_same_queries_with_little_and_with_much(
    url: str, as_trainee: Client, trainee: User, attempt: Attempt, bone_code: Code
) -> None:
    first, *others = items(attempt)
    give(first, wrong(first), certainty=2)
    as_trainee.get(url)
    with CaptureQueriesContext(connection) as little:
        as_trainee.get(url)
    for number, item in enumerate(others):
        give(item, wrong(item) if number % 2 else right(item), NOON + number * DAY, certainty=3)
    answer_all(practice.start(trainee, bone_code, seed=5), random.Random(1), NOON + 20 * DAY)
    with CaptureQueriesContext(connection) as much:
        as_trainee.get(url)
    assert len(much) == len(little) <= 12


def test_five_thousand_reviews_take_no_longer_than_a_moment(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    practised(trainee, bone_code, sets=170)
    assert RuleReview.objects.count() == 5100
    for url in (URL, MISTAKES):
        as_trainee.get(url)
        with within(4):  # measured: 0.2
            assert as_trainee.get(url).status_code == 200


def practised(person: User, code: Code, sets: int) -> None:
    """Sets of ten answers with three reviews each, over a year, as rows."""
    version = practice.start(person, code, seed=1, recipe=PLAIN).items.all()[0].version
    chance, start = random.Random(1), datetime.now(UTC) - timedelta(days=360)
    rules = library().rules[:120]
    attempts = Attempt.objects.bulk_create(Attempt(person=person, title="Set", seed=n) for n in range(sets))
    made = AttemptItem.objects.bulk_create(
        AttemptItem(attempt=one, position=n, version=version) for one in attempts for n in range(1, 11)
    )
    moments = [start + timedelta(hours=5 * n) for n in range(len(made))]
    answers = Answer.objects.bulk_create(
        Answer(item=item, sequence=1, key=uuid.uuid4(), state="submitted", payload={}, created_at=at, certainty=2)
        for item, at in zip(made, moments, strict=True)
    )
    gradings = Grading.objects.bulk_create(
        Grading(answer=one, engine="1", stamp=1, is_clean=chance.random() < 0.6, required=3, kept=2, extra=0,
                element_accuracy=0.67, claim={}, accepted=[], findings=[{"why": "x" * 300}] * 6)
        for one in answers
    )  # fmt: skip
    RuleReview.objects.bulk_create(
        RuleReview(person=person, rule=rule.id, kind=rule.kind, category="units", item=item, grading=grading, at=at,
                   rating=3, broken=chance.random() < 0.3, is_fresh=chance.random() < 0.5, level_after="learning",
                   due=at)
        for item, grading, at in zip(made, gradings, moments, strict=True)
        for rule in chance.sample(rules, 3)
    )  # fmt: skip
    RuleMemory.objects.bulk_create(
        RuleMemory(person=person, rule=rule.id, kind=rule.kind, code=rule.code, stability=20, difficulty=5, due=start,
                   reviewed_at=moments[-1], first_met=start)
        for rule in rules
    )  # fmt: skip
