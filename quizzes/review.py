"""What is due for review and why, which rules need help, and the set that is made of what is due."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp, library
from codes.models import Edition
from quizzes import schedule
from quizzes.drawing import cases_seen_by, draw_for_rules
from quizzes.memory import memory_of
from quizzes.models import Attempt, RuleMemory, RuleReview
from quizzes.models.memory import Level
from quizzes.practice import NothingToAsk, Terms, new_seed, open_set, started
from quizzes.schedule import MOST_A_DAY
from quizzes.stakes import RuleCard, table

#: What a question takes, for "about 6 minutes".
MINUTES_EACH = 1.5
WEEK, MONTH = timedelta(days=7), timedelta(days=28)
#: How many breaks within a week make a five-minute set worth while.
BREAKS_TO_REPAIR = 2
#: What the form that starts a review set asks for, whatever is due by then.
ASKED = "what is due"
COMING_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as these pages show it."""

    card: RuleCard

    @property
    def url(self) -> str:
        """The section of the page it stands in."""
        return f"{reverse('code_page', args=[self.card.code])}#{self.card.section}"

    @property
    def kind(self) -> str:
        """What kind of rule it is, in words."""
        return self.card.title.partition(": ")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Rule):
    """A rule that is due, and why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What there is to review today. ``waiting``: due too, but beyond what fits into a day; ``done``: reviewed today.

    ``open`` is the set of today that has not come to its end.
    """

    due: tuple[Due, ...]
    waiting: int
    done: int
    open: Attempt | None

    @property
    def minutes(self) -> int:
        """How long it takes, about."""
        return minutes(len(self.due))


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Rule):
    """A rule that was broken, how often, and in how many questions about it."""

    times: int
    tried: int


def minutes(questions: int) -> int:
    """How long so many questions take, about."""
    return math.ceil(questions * MINUTES_EACH)


# What is due ---------------------------------------------------------------------------------


def due_count(person: User, at: datetime) -> int:
    """How many reviews are due and still fit into the day, with one query."""
    return due_of(list(due_rows(person, day_start(at), at)))


def due_rows(person: User, since: datetime, at: datetime) -> QuerySet[RuleMemory, Any]:
    """What ``due_of`` counts: of each due rule its name, how many reviews the day had so far, and the newest stamp.

    ``since`` is when the day began.
    """
    done = _reviewed(person, since, at).order_by().values("person").annotate(items=Count("item", distinct=True))
    stamp = Edition.objects.order_by("-pk").values("pk")[:1]
    rows = RuleMemory.objects.of(person).due(at).order_by()
    return rows.values_list("rule", Subquery(done.values("items")), Subquery(stamp))


def due_of(rows: Sequence[tuple[str, int | None, int | None]]) -> int:
    """How many reviews are due and still fit into the day."""
    if not rows:
        return 0
    _, reviewed, newest = rows[0]
    known = {rule.id for rule in library(newest or 0).rules}
    return min(sum(rule in known for rule, _, _ in rows), _room(reviewed or 0))


def queue(person: User, at: datetime) -> Queue:
    """What is due today, what has waited longest first."""
    cards = table(current_stamp()).cards
    rows = [row for row in RuleMemory.objects.of(person).due(at) if row.rule in cards]
    here = timezone.localtime(at)
    rows.sort(key=lambda row: (*schedule.urgency(memory_of(row), here), row.rule))
    done = _reviewed_today(person, at).values("item").distinct().count()
    room, breaks = _room(done), _breaks(person, at)
    due = [Due(card=cards[row.rule], why=why(row, breaks.get(row.rule, 0), at)) for row in rows[:room]]
    return Queue(due=tuple(due), waiting=len(rows[room:]), done=done, open=_open_today(person, at))


def why(row: RuleMemory, breaks: int, at: datetime) -> str:
    """Why a rule is due, in words; ``breaks`` are those of the last seven days."""
    seen = f"last seen {ago(row.reviewed_at, at)}"
    if breaks:
        return f"Broken {times(breaks)} in the last 7 days; {seen}"
    if local_day(row.first_met) == local_day(row.reviewed_at):
        return f"First review since you met it {ago(row.first_met, at)}"
    if row.level == Level.STEADY and row.steady_since and at - row.steady_since >= schedule.TO_MASTER:
        return f"Clean without a hint today, and it is mastered; {seen}"
    chance = schedule.recall(memory_of(row), timezone.localtime(at))
    return f"Chance of recall about {round(chance * 100)} %; {seen}"


def times(number: int) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def ago(moment: datetime, at: datetime) -> str:
    """``today``, ``yesterday``, ``9 days ago``, by the calendar."""
    days = (local_day(at) - local_day(moment)).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def local_day(moment: datetime) -> date:
    """The day of a moment where the site is."""
    return timezone.localtime(moment).date()


def day_start(at: datetime) -> datetime:
    """The first moment of the day."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _room(done: int) -> int:
    """How many more reviews fit into a day."""
    return max(0, MOST_A_DAY - done)


def _reviewed_today(person: User, at: datetime) -> QuerySet[RuleReview]:
    """Reviews in the day's review sets."""
    return _reviewed(person, day_start(at), at)


def _reviewed(person: User, since: datetime, at: datetime) -> QuerySet[RuleReview]:
    return RuleReview.objects.filter(person=person, at__gte=since, at__lte=at, item__attempt__source=Attempt.Source.DUE)


def _breaks(person: User, at: datetime) -> dict[str, int]:
    """Rule -> how often it was broken in the last seven days."""
    rows = RuleReview.objects.filter(person=person, broken=True, at__gt=at - WEEK, at__lte=at).order_by()
    return dict(rows.values_list("rule").annotate(times=Count("pk")))


def _open_today(person: User, at: datetime) -> Attempt | None:
    """The review set that was begun today and is not finished, with its progress."""
    sets = Attempt.objects.filter(person=person, source=Attempt.Source.DUE, mode=Attempt.Mode.TUTOR)
    begun = sets.filter(created_at__gte=day_start(at))
    return begun.filter(finished_at=None).with_progress().order_by("-created_at").first()


# A review set --------------------------------------------------------------------------------


def start(person: User, at: datetime, *, key: UUID | None = None, seed: int | None = None) -> Attempt:
    """A set with a question for each rule that is due, on cases that the person has not seen.

    The form sent again makes no other set, and a set of today that is still open is gone on with.
    Raises NothingToAsk when nothing is due, OtherStart where the key began something else.
    """
    known = started(person, Terms(title="", key=key, asked=ASKED)) or _open_today(person, at)
    if known is not None:
        return known
    rules = [one.card.rule for one in queue(person, at).due]
    if not rules:
        raise NothingToAsk
    seed = new_seed() if seed is None else seed
    chance = random.Random(seed)
    # What waited equally long was mostly met together; asked in that order, each question would announce the next.
    chance.shuffle(rules)
    questions = draw_for_rules(rules, chance, seen=cases_seen_by(person), size=len(rules))
    title = f"Review of {len(rules)} rule{'' if len(rules) == 1 else 's'}"
    terms = Terms(title=title, source=Attempt.Source.DUE, rules=tuple(rules), key=key, asked=ASKED)
    return open_set(person, terms, questions, seed)


# Rules that need help ------------------------------------------------------------------------


def weakest(person: User, at: datetime) -> Broken | None:
    """The rule broken most often in the last four weeks that is not three in a row by now; None without one."""
    learning = RuleMemory.objects.of(person).filter(level=Level.LEARNING).values("rule")
    rows = RuleReview.objects.filter(person=person, at__gt=at - MONTH, at__lte=at, rule__in=learning).order_by()
    counted = rows.values("rule").annotate(times=Count("pk", filter=Q(broken=True)), tried=Count("pk"))
    cards = table(current_stamp()).cards
    for row in counted.filter(times__gt=0).order_by("-times", "tried", "rule"):
        if row["rule"] in cards:
            return Broken(card=cards[row["rule"]], times=row["times"], tried=row["tried"])
    return None


def to_repair(person: User, at: datetime) -> list[Broken]:
    """Rules broken twice within a week, and not practised in a five-minute set since; the most often broken first."""
    since = {"person": person, "created_at__gt": at - WEEK, "source": Attempt.Source.REMEDIATION}
    sets = Attempt.objects.filter(**since).order_by("created_at").values_list("rules", "created_at")
    mended = {rule: moment for rules, moment in sets for rule in rules}
    reviews = RuleReview.objects.filter(person=person, at__gt=at - WEEK, at__lte=at)
    rows = reviews.values_list("rule", "at", "broken")
    found = [(rule, was) for rule, moment, was in rows if rule not in mended or moment > mended[rule]]
    broken, tried = Counter(rule for rule, was in found if was), Counter(rule for rule, _ in found)
    cards = table(current_stamp()).cards
    wanted = [rule for rule in broken if broken[rule] >= BREAKS_TO_REPAIR and rule in cards]
    wanted.sort(key=lambda rule: (-broken[rule], rule))
    return [Broken(card=cards[rule], times=broken[rule], tried=tried[rule]) for rule in wanted]


# The page ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Rule):
    """A rule with the day it comes back."""

    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfLevel:
    """The rules of one level."""

    level: Level
    how: str
    rules: tuple[Known, ...]


HOW = {
    Level.LEARNING: "Three clean answers in a row, on different scenarios and without hints, are next.",
    Level.STEADY: "Clean once more, at least seven days later and in a mixed set, is next.",
    Level.MASTERED: "They come back from time to time, a year apart at most.",
}


def review_page(person: User, at: datetime) -> dict[str, Any]:
    """Due today and why, what comes, and the rules by level."""
    cards = table(current_stamp()).cards
    memories = [row for row in RuleMemory.objects.of(person) if row.rule in cards]
    return {
        "queue": queue(person, at),
        "coming": coming(memories, at),
        "levels": [_of_level(level, memories, cards) for level in reversed(Level)],
        "known": len(memories),
    }


def coming(memories: Iterable[RuleMemory], at: datetime) -> list[tuple[date, int]]:
    """How many reviews become due on each of the next days."""
    counts = Counter(local_day(row.due) for row in memories if row.due > at)
    days = (local_day(at) + timedelta(days=number) for number in range(1, COMING_DAYS + 1))
    return [(day, counts[day]) for day in days]


def _of_level(level: Level, memories: Iterable[RuleMemory], cards: Mapping[str, RuleCard]) -> OfLevel:
    rules = tuple(Known(card=cards[row.rule], due=row.due) for row in memories if row.level == level)
    return OfLevel(level=level, how=HOW[level], rules=rules)
