"""A learner who does not exist, to see what the schedule does: how many reviews a day, how much is kept, how soon.

The learner forgets by a rule of its own (docs/reviewing.md): the chance of recall is halved with every half-life,
and half-lives grow by a factor. That is not the formula of the scheduler, which has to find its way without knowing it.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from quizzes import schedule
from quizzes.schedule import MOST_A_DAY, Level, Memory, Shown

MORNING = datetime(2025, 1, 6, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How the learner learns and forgets. ``first``, ``longest`` and ``spread`` are about half-lives in days.

    A clean answer multiplies the half-life by up to ``growth``, the more the nearer the rule was to being
    forgotten; a break multiplies it by ``loss``. ``guess``: right without knowing; ``slip``: wrong in spite of it.
    """

    first: float = 7.0
    longest: float = 720.0
    spread: float = 0.4
    growth: float = 3.2
    loss: float = 0.5
    guess: float = 0.15
    slip: float = 0.02


@dataclass(kw_only=True)
class Known:
    """A rule in the learner's head; the scheduler sees nothing of it. ``ease`` is what makes rules differ."""

    ease: float
    half_life: float
    since: datetime

    def chance(self, at: datetime) -> float:
        """Of recalling it at this moment."""
        return float(2 ** (-((at - self.since) / DAY) / self.half_life))


@dataclass(kw_only=True)
class Learner:
    """Somebody who knows nothing at first; the same seed gives the same life."""

    chance: random.Random
    traits: Traits = field(default_factory=Traits)
    head: dict[int, Known] = field(default_factory=dict)

    def meet(self, rule: int, at: datetime) -> bool:
        """A rule never met before: whether the answer is clean, by luck. The feedback is read in any case."""
        ease = self.chance.lognormvariate(0, self.traits.spread)
        self.head[rule] = Known(ease=ease, half_life=self.traits.first * ease, since=at)
        return self.chance.random() < self.traits.guess

    def answer(self, rule: int, at: datetime) -> bool:
        """A question about a rule that was met: whether the answer is clean, and what that does to the head."""
        known, traits = self.head[rule], self.traits
        recalled = known.chance(at)
        knows = self.chance.random() < recalled
        clean = self.chance.random() < (1 - traits.slip if knows else traits.guess)
        grown = 1 + (traits.growth - 1) * known.ease * min(1.0, 4 * (1 - recalled))
        least = traits.first * known.ease
        known.half_life = (
            min(known.half_life * grown, traits.longest) if clean else max(known.half_life * traits.loss, least)
        )
        known.since = at
        return clean


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOf:
    """What happened on one day, and how it stood in the evening. ``truth`` is the mean chance in the learner's head."""

    day: int
    reviews: int
    clean: int
    backlog: int
    met: int
    steady: int
    mastered: int
    truth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All of it. ``to_mastery``: for each rule that was mastered, the days from its first question until then."""

    days: tuple[DayOf, ...]
    to_mastery: tuple[int, ...]

    @property
    def reviews(self) -> int:
        """How many there were."""
        return reviews(self.days)

    @property
    def retention(self) -> float:
        """The share of reviews that were clean; 0 without any."""
        return retention(self.days)

    @property
    def days_to_mastery(self) -> float | None:
        """The median; None where nothing was mastered."""
        return median(self.to_mastery) if self.to_mastery else None


def reviews(days: Iterable[DayOf]) -> int:
    """How many reviews there were on these days."""
    return sum(one.reviews for one in days)


def retention(days: Iterable[DayOf]) -> float:
    """The share of these days' reviews that were clean; 0 without any."""
    some = tuple(days)
    return sum(one.clean for one in some) / max(1, reviews(some))


def live(days: int, seed: int, *, new_a_day: int = 1, traits: Traits | None = None) -> Life:
    """So many days: each morning what is due, ten at most and the longest due first, then so many new rules."""
    learner = Learner(chance=random.Random(seed), traits=traits or Traits())
    memories: dict[int, Memory] = {}
    mastered: dict[int, int] = {}
    lived = [_day(day, learner, memories, mastered, new_a_day) for day in range(days)]
    return Life(days=tuple(lived), to_mastery=tuple(sorted(mastered.values())))


def _day(day: int, learner: Learner, memories: dict[int, Memory], mastered: dict[int, int], new_a_day: int) -> DayOf:
    at = MORNING + day * DAY
    due = [rule for rule in memories if memories[rule].due <= at]
    due.sort(key=lambda rule: schedule.urgency(memories[rule], at))
    clean = 0
    for rule in due[:MOST_A_DAY]:
        kept = learner.answer(rule, at)
        clean += kept
        memories[rule] = _reviewed(memories[rule], at, broken=not kept, mixed=True)
        if memories[rule].level == Level.MASTERED:
            mastered.setdefault(rule, (at - memories[rule].first_met).days)
    for rule in range(len(memories), len(memories) + new_a_day):
        memories[rule] = _reviewed(None, at, broken=not learner.meet(rule, at), mixed=False)
    levels = [memory.level for memory in memories.values()]
    return DayOf(
        day=day + 1, reviews=len(due[:MOST_A_DAY]), clean=clean, backlog=len(due[MOST_A_DAY:]), met=len(memories),
        steady=levels.count(Level.STEADY), mastered=levels.count(Level.MASTERED),
        truth=sum(known.chance(at + DAY) for known in learner.head.values()) / max(1, len(learner.head)),
    )  # fmt: skip


def _reviewed(memory: Memory | None, at: datetime, *, broken: bool, mixed: bool) -> Memory:
    """Every question is another scenario, as every review draws one that was not seen before."""
    number = memory.reviews if memory else 0
    return schedule.review(memory, Shown(at=at, scenario=str(number), broken=broken, mixed=mixed))
