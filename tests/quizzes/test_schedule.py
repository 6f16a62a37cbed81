"""What an answer does to the memory of a rule: spacing, days, levels."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fsrs import Card, Scheduler
from fsrs import Rating as FsrsRating
from hypothesis import given
from hypothesis import strategies as st

from quizzes import models, schedule
from quizzes.schedule import IN_A_ROW, LONGEST, Level, Memory, Rating, Shown, recall, review

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def after(*answers: Shown) -> Memory:
    """The memory after these answers."""
    memory = None
    for shown in answers:
        memory = review(memory, shown)
    assert memory is not None
    return memory


def clean(day: float = 0, scenario: str = "", **more: object) -> Shown:
    """A right answer so many days after the first noon, on a scenario of its own unless it is named."""
    return replace(Shown(at=NOON + day * DAY, scenario=scenario or f"of day {day}"), **more)  # type: ignore[arg-type]


def broken(day: float = 0) -> Shown:
    return clean(day, broken=True)


answers = st.builds(
    Shown,
    at=st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)),
    scenario=st.sampled_from("abcdef"),
    broken=st.booleans(),
    flawed=st.booleans(),
    hints=st.integers(0, 3),
    unsure=st.booleans(),
    mixed=st.booleans(),
)
histories = st.lists(answers, min_size=1, max_size=25).map(lambda found: sorted(found, key=lambda one: one.at))


# Ratings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "rating"),
    [
        ({}, Rating.GOOD),
        ({"hints": 1}, Rating.HARD),
        ({"hints": 3}, Rating.HARD),
        ({"unsure": True}, Rating.HARD),
        ({"flawed": True}, Rating.HARD),
        ({"broken": True}, Rating.AGAIN),
        ({"broken": True, "hints": 1, "unsure": True}, Rating.AGAIN),
    ],
)
def test_an_answer_is_rated_as_the_contract_says(more: dict[str, object], rating: Rating) -> None:
    assert clean(**more).rating == rating  # type: ignore[arg-type]


def test_levels_and_ratings_are_called_as_they_are_stored() -> None:
    assert [level.value for level in Level] == models.memory.Level.values
    assert [rating.value for rating in Rating] == models.RuleReview.Rating.values


# Spacing ---------------------------------------------------------------------------------------


def test_it_is_the_scheduler_of_the_library() -> None:
    scheduler = Scheduler(desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card, memory = Card(card_id=1), None
    for day, shown in [(0, clean(0)), (3, clean(3)), (15, broken(15)), (18, clean(18)), (22, clean(22, hints=1))]:
        card, _ = scheduler.review_card(card, FsrsRating(shown.rating), NOON + day * DAY)
        memory = review(memory, shown)
        assert (memory.stability, memory.difficulty) == (card.stability, card.difficulty)
        assert memory.due.date() == card.due.date()


def test_a_rule_is_due_when_the_chance_of_recall_has_fallen_to_nine_in_ten() -> None:
    memory = after(clean(0), clean(2), clean(14))
    assert recall(memory, memory.due) == pytest.approx(0.9, abs=0.005)
    assert recall(memory, memory.reviewed_at) == 1


def test_it_is_due_from_the_first_moment_of_a_day() -> None:
    memory = after(clean(0))
    assert memory.due == datetime(2025, 3, 5, tzinfo=UTC)


def test_days_are_those_of_the_zone_it_is_told_in() -> None:
    evening = datetime(2025, 3, 8, 20, tzinfo=ZoneInfo("America/New_York"))
    assert review(None, Shown(at=evening, scenario="a")).due == datetime(2025, 3, 10, 4, tzinfo=UTC)
    assert review(None, Shown(at=evening.astimezone(UTC), scenario="a")).due == datetime(2025, 3, 11, tzinfo=UTC)


def test_nothing_rests_longer_than_a_year() -> None:
    memory = after(clean(0))
    for place in range(12):
        memory = review(memory, replace(clean(scenario=str(place)), at=memory.due))
    assert memory.due - memory.reviewed_at == LONGEST * DAY


def test_whoever_breaks_a_rule_meets_it_sooner() -> None:
    known = [clean(0), clean(2), clean(14)]
    assert after(*known, broken(60)).due < after(*known, clean(60, hints=1)).due < after(*known, clean(60)).due


@given(histories)
def test_the_same_answers_give_the_same_memory(history: list[Shown]) -> None:
    assert after(*history) == after(*history)


@given(histories)
def test_a_memory_is_always_in_bounds(history: list[Shown]) -> None:
    memory = after(*history)
    assert memory.stability > 0
    assert 1 <= memory.difficulty <= 10
    assert memory.reviewed_at < memory.due <= memory.reviewed_at + (LONGEST + 1) * DAY
    assert (memory.reviews, memory.lapses) == (len(history), sum(one.broken for one in history))
    assert memory.first_met == history[0].at
    assert 0 < recall(memory, memory.due) <= 1


# The same day again ----------------------------------------------------------------------------


def spacing(memory: Memory) -> tuple[float, float, datetime]:
    return memory.stability, memory.difficulty, memory.due


@given(histories, st.lists(st.sampled_from(["good", "hint", "unsure"]), min_size=1, max_size=10))
def test_what_is_right_again_on_the_same_day_puts_nothing_off(history: list[Shown], more: list[str]) -> None:
    memory = once = after(*history)
    for place, how in enumerate(more):
        again = Shown(at=once.reviewed_at, scenario=f"new {place}", hints=how == "hint", unsure=how == "unsure")
        memory = review(memory, again)
    assert spacing(memory) == spacing(once)
    assert memory.reviews == once.reviews + len(more)


@given(histories, st.integers(1, 10))
def test_the_first_break_of_a_day_counts_and_the_tenth_says_no_more(history: list[Shown], times: int) -> None:
    known = after(*history)
    day = known.reviewed_at
    once = review(known, Shown(at=day, scenario="x", broken=True))
    memory = once
    for _ in range(times):
        memory = review(memory, Shown(at=day, scenario="x", broken=True))
    assert spacing(memory) == spacing(once)
    assert memory.lapses == once.lapses + times


def test_a_break_after_a_clean_answer_of_the_same_day_brings_it_back() -> None:
    before = after(clean(0), clean(2), clean(14))
    assert after(clean(0), clean(2), clean(14), broken(14.1)).due < before.due


def test_the_next_morning_is_another_day() -> None:
    evening, morning = clean(0.4), clean(0.9)
    assert after(broken(0), evening).due.date() == (NOON + DAY).date()
    assert after(broken(0), evening, morning).due.date() > (NOON + DAY).date()


# Levels ----------------------------------------------------------------------------------------


def test_three_clean_in_a_row_on_different_scenarios_make_it_steady() -> None:
    assert after(clean(0), clean(1)).level == Level.LEARNING
    assert after(clean(0), clean(1), clean(2)).level == Level.STEADY


def test_the_same_scenario_again_does_not_count() -> None:
    same = [clean(day, "the same") for day in range(5)]
    assert after(*same).level == Level.LEARNING
    assert after(*same, clean(6), clean(7)).level == Level.STEADY


@pytest.mark.parametrize("more", [{"hints": 1}, {"hints": 3}, {"flawed": True}, {"broken": True}])
def test_what_stands_between_begins_the_row_again(more: dict[str, object]) -> None:
    between = clean(2, **more)  # type: ignore[arg-type]
    assert after(clean(0), clean(1), between, clean(3), clean(4)).level == Level.LEARNING
    assert after(clean(0), clean(1), between, clean(3), clean(4), clean(5)).level == Level.STEADY


def test_doubt_does_not_cost_a_level() -> None:
    assert after(clean(0), clean(1, unsure=True), clean(2)).level == Level.STEADY


def test_clean_again_seven_days_later_in_a_mixed_set_is_mastered() -> None:
    steady = after(clean(0), clean(1), clean(2))
    assert review(steady, clean(9, mixed=True)).level == Level.MASTERED
    second = timedelta(seconds=1)
    soon = replace(clean(9, mixed=True), at=NOON + 9 * DAY - second)
    assert review(steady, soon).level == Level.STEADY


@pytest.mark.parametrize("more", [{"mixed": False}, {"hints": 1}, {"hints": 3}, {"flawed": True}])
def test_without_a_mixed_set_or_with_help_it_stays_steady(more: dict[str, object]) -> None:
    answer = replace(clean(20, mixed=True), **more)  # type: ignore[arg-type]
    assert after(clean(0), clean(1), clean(2), answer).level == Level.STEADY


@given(histories)
def test_a_break_always_leads_back_to_learning(history: list[Shown]) -> None:
    memory = review(after(*history), replace(history[-1], broken=True))
    assert (memory.level, memory.streak, memory.steady_since) == (Level.LEARNING, (), None)


@given(histories)
def test_a_level_is_never_skipped_and_falls_only_by_a_break(history: list[Shown]) -> None:
    order, memory = list(Level), None
    for shown in history:
        before, memory = memory, review(memory, shown)
        step = order.index(memory.level) - (order.index(before.level) if before else 0)
        assert step <= 1
        assert step >= 0 or shown.broken
        assert (memory.steady_since is None) == (memory.level == Level.LEARNING)


@given(histories)
def test_nobody_is_steady_without_three_scenarios(history: list[Shown]) -> None:
    seen = {one.scenario for one in history if one.earns}
    assert len(seen) >= IN_A_ROW or after(*history).level == Level.LEARNING


def test_reading_a_memory_changes_nothing() -> None:
    memory = after(clean(0), clean(2))
    copy = replace(memory)
    schedule.recall(memory, NOON + 30 * DAY)
    review(memory, broken(40))
    assert memory == copy
