"""What a memory of a rule is, and what one answer does to it. Nothing here reads a clock or a database.

The spacing is FSRS (library ``fsrs``): a stability in days, a difficulty, and the day on which the chance of recall
falls to nine in ten. Days are calendar days of the moments' own zone, so that a rule that was answered in the
evening comes back in the morning of its day, and what is due today stays the same all day.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum, StrEnum

from fsrs import Card, Scheduler, State
from fsrs import Rating as FsrsRating

RETENTION = 0.90
#: How many clean answers in a row, each on another scenario, make a rule steady.
IN_A_ROW = 3
#: How long a rule has been steady, at least, when one more clean answer makes it mastered.
TO_MASTER = timedelta(days=7)

#: How many reviews a day, at most.
MOST_A_DAY = 10
#: Days after which a rule comes back however well it is known: codes and rules change every year.
LONGEST = 365

# Without steps every interval is in whole days, and without fuzz the same answers give the same days again.
_SCHEDULER = Scheduler(
    desired_retention=RETENTION, learning_steps=(), relearning_steps=(), maximum_interval=LONGEST, enable_fuzzing=False
)


class Level(StrEnum):
    """How well a rule is known."""

    LEARNING = "learning"
    STEADY = "steady"
    MASTERED = "mastered"


class Rating(IntEnum):
    """What an answer says of the memory of a rule, in the scheduler's own numbers."""

    AGAIN = FsrsRating.Again
    HARD = FsrsRating.Hard
    GOOD = FsrsRating.Good


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one answer showed of one rule.

    ``broken``: a fault that makes the claim wrong, or "I do not know". ``flawed``: another fault.
    ``mixed``: the set did not say which rule or page it was about. ``scenario`` tells encounters
    apart, whatever words and format they are put in.
    """

    at: datetime
    scenario: str
    broken: bool = False
    flawed: bool = False
    hints: int = 0
    unsure: bool = False
    mixed: bool = False

    @property
    def rating(self) -> Rating:
        """Broken is Again; right with help, with doubt or with a lesser fault is Hard; right is Good."""
        if self.broken:
            return Rating.AGAIN
        return Rating.HARD if self.hints or self.unsure or self.flawed else Rating.GOOD

    @property
    def earns(self) -> bool:
        """Whether it counts towards a level: kept, and without help.

        Doubt costs nothing here: it was right all the same, and whoever admits it should not rise more slowly.
        """
        return not (self.broken or self.flawed or self.hints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One rule in one person's memory after its last answer.

    ``streak``: the scenarios answered cleanly in a row, in order, each once. ``broken_at``: when it was last broken.
    """

    stability: float
    difficulty: float
    due: datetime
    reviewed_at: datetime
    first_met: datetime
    reviews: int = 0
    lapses: int = 0
    streak: tuple[str, ...] = ()
    level: Level = Level.LEARNING
    steady_since: datetime | None = None
    broken_at: datetime | None = None


def review(memory: Memory | None, shown: Shown) -> Memory:
    """The memory after an answer; None before the first one. ``shown.at`` is in the zone whose days count."""
    spaced = _spaced(memory, shown)
    streak = _streak(memory.streak if memory else (), shown)
    level, since = _level(memory, shown, streak)
    return replace(
        spaced,
        reviewed_at=shown.at,
        reviews=spaced.reviews + 1,
        lapses=spaced.lapses + shown.broken,
        streak=streak,
        level=level,
        steady_since=since,
        broken_at=shown.at if shown.broken else spaced.broken_at,
    )


def recall(memory: Memory, at: datetime) -> float:
    """The chance, from 0 to 1, that the rule would be kept at this moment."""
    return _SCHEDULER.get_card_retrievability(_card(memory, at), _day(at, at))


def urgency(memory: Memory, at: datetime) -> tuple[datetime, float]:
    """What is due is reviewed in this order: what has waited longest, and of one day what is least sure.

    Where more is due than fits into a day, the simulated learner keeps more rules so than with the least sure first,
    which spends the day on what was forgotten anyway (docs/reviewing.md).
    """
    return memory.due, recall(memory, at)


def _spaced(memory: Memory | None, shown: Shown) -> Memory:
    """Stability, difficulty and the day it is due.

    A day counts once for each rule. A set asks the same rule several times within minutes: being right again then
    shows nothing of memory, and ten such answers must not put the next review off. Only the first break of a
    day still counts after another answer; the tenth break of a bad hour says no more than the first.
    """
    if memory is not None and _is_repeat(memory, shown):
        return memory
    at = shown.at
    card, _ = _SCHEDULER.review_card(_card(memory, at), FsrsRating(shown.rating), _day(at, at))
    assert card.stability is not None
    assert card.difficulty is not None
    due = datetime.combine(card.due.date(), time(), tzinfo=at.tzinfo)
    if memory is None:
        return Memory(stability=card.stability, difficulty=card.difficulty, due=due, reviewed_at=at, first_met=at)
    return replace(memory, stability=card.stability, difficulty=card.difficulty, due=due)


def _is_repeat(memory: Memory, shown: Shown) -> bool:
    """Whether the day has counted for this rule already."""
    broken_today = memory.broken_at is not None and _day(memory.broken_at, shown.at) >= _day(shown.at, shown.at)
    seen_today = _day(memory.reviewed_at, shown.at) >= _day(shown.at, shown.at)
    return broken_today or (seen_today and not shown.broken)


def _streak(streak: tuple[str, ...], shown: Shown) -> tuple[str, ...]:
    """In a row means without a break, a lesser fault or a hint in between; the same scenario again adds nothing."""
    if not shown.earns:
        return ()
    # More than are needed for a level say nothing more, and the row of years would only grow.
    return streak if shown.scenario in streak else (*streak, shown.scenario)[-IN_A_ROW:]


def _level(memory: Memory | None, shown: Shown, streak: tuple[str, ...]) -> tuple[Level, datetime | None]:
    """The level after an answer, and since when the rule is steady."""
    if memory is None or shown.broken or memory.level == Level.LEARNING:
        is_steady = len(streak) >= IN_A_ROW
        return (Level.STEADY, shown.at) if is_steady else (Level.LEARNING, None)
    assert memory.steady_since is not None
    if shown.earns and shown.mixed and shown.at - memory.steady_since >= TO_MASTER:
        return Level.MASTERED, memory.steady_since
    return memory.level, memory.steady_since


def _card(memory: Memory | None, at: datetime) -> Card:
    """As the scheduler knows it. An id of its own: by default it waits a millisecond for one."""
    if memory is None:
        return Card(card_id=0, due=_day(at, at))
    return Card(
        card_id=0, state=State.Review, stability=memory.stability, difficulty=memory.difficulty,
        due=_day(memory.due, at), last_review=_day(memory.reviewed_at, at),
    )  # fmt: skip


def _day(moment: datetime, at: datetime) -> datetime:
    """The calendar day of a moment in the zone of ``at``, as a midnight in UTC: such days all have 24 hours."""
    return datetime.combine(moment.astimezone(at.tzinfo).date(), time(), tzinfo=UTC)
