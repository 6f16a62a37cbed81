"""My progress: what somebody knows, what of it is still there, how it goes week by week, and what a manager sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from accounts.models import User
from codes.library import library
from quizzes import charts, schedule
from quizzes.feedback import whole_percent
from quizzes.memory import memory_of
from quizzes.models import Answer, AttemptItem, Grading, RuleMemory, RuleReview
from quizzes.models.memory import Level
from quizzes.shares import ENOUGH, Share
from rulebook.kinds import KIND
from rulebook.types import Category, Rule

WEEKS = 12
SHOWN_TO_MANAGER = 10
NOT_MET = "not-met"
IN_WORDS = {2: "Two", 3: "Three"}
#: From left to right as they are drawn, the best first.
LEVELS = (
    (Level.MASTERED.value, "Mastered"),
    (Level.STEADY.value, "Three in a row"),
    (Level.LEARNING.value, "Learning"),
    (NOT_MET, "Not met"),
)


def progress_page(person: User, at: datetime) -> dict[str, Any]:
    """Everything the page shows at a moment; so many queries, however much was answered."""
    rules = library().rules
    memories = {memory.rule: memory for memory in RuleMemory.objects.of(person)}
    reviews, gradings = RuleReview.objects.of(person), shown_gradings(person)
    overall, sure = _outcomes(gradings)
    weeks = _weeks(reviews, at)
    return {
        "rules": len(rules),
        "levels": charts.bar(_counted([level_of(memories.get(rule.id)) for rule in rules])),
        "categories": categories(rules, memories, at),
        "kept": kept_rules(rules, memories, reviews.by_rule(), at),
        "overall": overall,
        "weeks": weeks,
        "trend": charts.trend(weeks),
        "has_trend": any(share.is_enough for _, share in weeks),
        "sure": sure,
        "calibration": charts.shares(sure),
        "for_manager": for_manager(gradings),
        "enough": ENOUGH,
    }


# Levels -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One rule as far as a person knows it, and how it rises."""

    rule: str
    says: str
    level: str
    label: str
    rise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryLevels:
    """The rules of one category by level, how to rise in it, and those that were met."""

    name: str
    parts: tuple[charts.Part, ...]
    rise: str
    met: tuple[Known, ...]


def level_of(memory: RuleMemory | None) -> str:
    """The level of a rule."""
    return memory.level if memory else NOT_MET


def categories(rules: Iterable[Rule], memories: Mapping[str, RuleMemory], at: datetime) -> list[CategoryLevels]:
    """The published rules by category, in the order in which findings name them."""
    groups: dict[Category, list[Rule]] = {}
    for rule in rules:
        groups.setdefault(KIND[rule.kind].category, []).append(rule)
    return [_category(one, groups[one], memories, at) for one in Category if one in groups]


def _category(name: Category, rules: list[Rule], memories: Mapping[str, RuleMemory], at: datetime) -> CategoryLevels:
    known = [_known(rule, memories.get(rule.id), at) for rule in rules]
    nearest = min(rules, key=lambda rule: _distance(memories.get(rule.id), at))
    return CategoryLevels(
        name=name.value,
        parts=charts.bar(_counted([one.level for one in known])),
        rise=rise(nearest.id, memories.get(nearest.id), at),
        met=tuple(one for one in known if one.level != NOT_MET),
    )


def _known(rule: Rule, memory: RuleMemory | None, at: datetime) -> Known:
    level = level_of(memory)
    says = KIND[rule.kind].describe(rule.params) if memory else ""
    return Known(rule=rule.id, says=says, level=level, label=dict(LEVELS)[level], rise=rise(rule.id, memory, at))


def _counted(levels: Sequence[str]) -> list[tuple[str, str, int]]:
    return [(level, label, levels.count(level)) for level, label in LEVELS]


def _distance(memory: RuleMemory | None, at: datetime) -> tuple[int, float]:
    """What is nearest to its next level comes first: one clean answer, then two, three, a rule not met, a wait."""
    if memory is None:
        return (schedule.IN_A_ROW + 1, 0)
    if memory.level == Level.LEARNING:
        return (schedule.IN_A_ROW - len(memory.streak), 0)
    if memory.level == Level.STEADY:
        wait = _from(memory) - at
        return (1, 0) if wait <= timedelta() else (schedule.IN_A_ROW + 2, wait.total_seconds())
    return (schedule.IN_A_ROW + 3, 0)


def rise(rule: str, memory: RuleMemory | None, at: datetime) -> str:
    """How a rule gets to its next level, in one sentence."""
    if memory is None:
        return f"Meet {rule} in a question."
    if memory.level == Level.LEARNING:
        return _more(schedule.IN_A_ROW - len(memory.streak), rule)
    if memory.level == Level.MASTERED:
        return f"{rule} is mastered; its reviews keep it so."
    if at < _from(memory):
        day = timezone.localdate(_from(memory))
        return f"{rule} is mastered with a clean answer in a mixed set from {day:%b %-d, %Y} on."
    return f"One clean answer on {rule} in a mixed set, and it is mastered."


def _more(more: int, rule: str) -> str:
    if more == 1:
        return f"One more clean answer on another scenario of {rule}, without hints."
    return f"{IN_WORDS[more]} clean answers in a row on different scenarios of {rule}, without hints."


def _from(memory: RuleMemory) -> datetime:
    """From when a clean answer can make a steady rule mastered."""
    return (memory.steady_since or memory.reviewed_at) + schedule.TO_MASTER


# Covered and retained -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many of the published rules were once kept, and how many of those a person would keep now."""

    covered: Share
    retained: Share
    covered_bar: tuple[charts.Part, ...]
    retained_bar: tuple[charts.Part, ...]


def kept_rules(
    rules: Sequence[Rule], memories: Mapping[str, RuleMemory], by_rule: Iterable[Mapping[str, Any]], at: datetime
) -> Kept:
    """Covered: kept in some answer. Retained: kept in the last one, with a chance of recall of nine in ten now."""
    seen = {row["rule"]: row for row in by_rule}
    covered = [rule.id for rule in rules if rule.id in seen and seen[rule.id]["kept"]]
    last_kept = [rule for rule in covered if seen[rule]["last"] == seen[rule]["last_kept"] and rule in memories]
    retained = [rule for rule in last_kept if is_retained(memories[rule], at)]
    one, two = Share(kept=len(covered), tried=len(rules)), Share(kept=len(retained), tried=len(rules))
    return Kept(covered=one, retained=two, covered_bar=_of(one, "Covered"), retained_bar=_of(two, "Retained"))


def is_retained(memory: RuleMemory, at: datetime) -> bool:
    """Whether the chance of recall is still nine in ten."""
    return schedule.recall(memory_of(memory), timezone.localtime(at)) >= schedule.RETENTION


def _of(share: Share, label: str) -> tuple[charts.Part, ...]:
    return charts.bar([(label.lower(), label, share.kept), ("rest", "Not", share.tried - share.kept)])


# Outcomes -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """How the answers came out."""

    clean: Share
    accuracy: int | None
    """Mean element accuracy in whole percent; None where there are too few answers for one."""


def shown_gradings(person: User) -> QuerySet[Grading]:
    """The newest grading of each submitted answer whose result the person may see."""
    shown = AttemptItem.objects.of(person).shown()
    given = Grading.objects.filter(answer__state=Answer.State.SUBMITTED, answer__item__in=shown)
    newest = given.order_by().values("answer").annotate(newest=Max("pk")).values("newest")
    return Grading.objects.filter(pk__in=newest)


def _outcomes(gradings: QuerySet[Grading]) -> tuple[Overall, list[tuple[str, Share]]]:
    """All answers together, and those that say how sure their author was, by that."""
    counted = gradings.order_by().values("answer__certainty").annotate(
        tried=Count("pk"), kept=Count("pk", filter=Q(is_clean=True)), accuracy=Sum("element_accuracy")
    )  # fmt: skip
    rows = {row["answer__certainty"]: row for row in counted}
    tried = sum(row["tried"] for row in rows.values())
    clean = Share(kept=sum(row["kept"] for row in rows.values()), tried=tried)
    mean = sum(row["accuracy"] for row in rows.values()) / tried if tried else 0.0
    sure = [(one.label, _share(rows.get(one.value, {}))) for one in Answer.Certainty]
    overall = Overall(clean=clean, accuracy=whole_percent(mean) if clean.is_enough else None)
    return overall, sure if any(share.tried for _, share in sure) else []


def _share(row: Mapping[str, Any]) -> Share:
    return Share(kept=row.get("kept", 0), tried=row.get("tried", 0))


def _weeks(reviews: Any, at: datetime) -> list[tuple[str, Share]]:
    """The last weeks, those without an answer included, up to the present one."""
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today.date() - timedelta(days=today.weekday())
    days = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    since = timezone.make_aware(datetime.combine(days[0], datetime.min.time()))
    rows = {timezone.localtime(row["week"]).date(): row for row in reviews.fresh_by_week(since)}
    return [(f"{day:%b %-d}", _share(rows.get(day, {}))) for day in days]


def for_manager(gradings: QuerySet[Grading]) -> list[Mapping[str, Any]]:
    """What a manager sees of the newest answers, field by field: question, day, outcome, hints used. Nothing else."""
    title = KeyTextTransform("title", "answer__item__version__prompt")
    rows = gradings.order_by("-answer__created_at", "-pk").values(
        "is_clean", question=title, answered=F("answer__created_at"), hints=F("answer__hints")
    )
    return [*rows[:SHOWN_TO_MANAGER]]
