"""Which rules a team breaks, and what kinds of errors that makes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Sum
from django.urls import reverse

from codes.library import library
from codes.models import Edition
from courses.reports.frame import Frame
from courses.reports.reading import read
from quizzes import charts
from quizzes.shares import Share
from rulebook.kinds import KIND
from rulebook.types import Category, Rule

#: So many rules are drawn and listed; the others are counted together.
FIRST = 10
#: What is said of a break.
SAID = ("rule", "category")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """One rule that was broken. ``url`` is its section, empty where no page states it any more."""

    place: int
    rule: str
    title: str
    sentence: str
    category: str
    times: int
    share: Share
    upto: Share
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """One kind of error: how often, and as a bar beside all of them."""

    category: Category
    slug: str
    share: Share
    parts: tuple[charts.Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """Everything that was broken in a period, by rule and by kind of error; ``different`` rules, not all told of."""

    times: int
    different: int
    rules: tuple[Failing, ...]
    errors: tuple[Errors, ...]

    @property
    def first(self) -> tuple[Failing, ...]:
        """Those that are drawn."""
        return self.rules[:FIRST]

    @property
    def others(self) -> int:
        """How many rules are not among them."""
        return max(0, self.different - FIRST)

    @property
    def pareto(self) -> charts.Pareto:
        """The first of them as bars, and how much of all they make up together."""
        return charts.pareto([(str(one.place), one.times) for one in self.first], self.times)


def breaks(frame: Frame, person: int | None = None, *, most: int | None = None) -> Breaks:
    """What was broken by everybody, or by one person; one query, which also says in what state the library is.

    ``most``: of so many rules, those broken most, it tells all; the others are only counted.
    """
    rules: dict[str, dict[str, int]] = {}
    stamp = 0
    errors: dict[str, int] = {}
    for rule, category, count, newest in _counted(frame, person):
        rules.setdefault(rule, {})[category] = count
        errors[category] = errors.get(category, 0) + count
        stamp = newest
    times = sum(errors.values())
    told = tuple(_failing(rules, times, stamp, most))
    return Breaks(times=times, different=len(rules), rules=told, errors=tuple(_errors(errors, times)))


def _counted(frame: Frame, person: int | None) -> Iterable[Sequence[Any]]:
    """Rule, category, how often, and the newest edition: of a team from what is kept, of one person from reviews."""
    if person is None:
        return read(_broken_by_team, frame)
    seen = frame.reviews(person).filter(broken=True).values(*SAID).annotate(count=Count("*"), stamp=_newest())
    return list(seen.values_list(*SAID, "count", "stamp"))


def _broken_by_team(frame: Frame) -> "QuerySet[Any, Any]":
    rows: QuerySet[Any, Any] = frame.breaks().values(*SAID)
    rows = rows.annotate(count=Sum("times"), stamp=_newest()).filter(count__gt=0)
    return rows.values_list(*SAID, "count", "stamp")


def _newest() -> Subquery:
    return Subquery(Edition.objects.order_by("-pk").values("pk")[:1])


def _failing(
    rules: Mapping[str, Mapping[str, int]], times: int, stamp: int, most: int | None
) -> Iterable[Failing]:  # fmt: skip
    """The most often broken first."""
    known = {rule.id: rule for rule in library(stamp).rules} if rules else {}
    counted = sorted(((sum(by.values()), rule) for rule, by in rules.items()), key=lambda one: (-one[0], one[1]))
    upto = 0
    for place, (count, rule) in enumerate(counted[:most], start=1):
        upto += count
        mostly = max(rules[rule], key=lambda category: (rules[rule][category], category))
        yield Failing(
            place=place, rule=rule, category=mostly, times=count, share=Share(kept=count, tried=times),
            upto=Share(kept=upto, tried=times), **_said(known.get(rule)),
        )  # fmt: skip


def _said(rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"title": "A rule that no page states any more", "sentence": "", "url": ""}
    kind = KIND[rule.kind]
    url = f"{reverse('code_page', args=[rule.code])}#{rule.section}"
    return {"title": kind.title, "sentence": kind.describe(rule.params), "url": url}


def _errors(errors: Mapping[str, int], times: int) -> Iterable[Errors]:
    """By their order in findings would say little; the most frequent first says where to begin."""
    known = sorted((one for one in Category if errors.get(one.value)), key=lambda one: -errors[one.value])
    for category in known:
        count = errors[category.value]
        parts = charts.bar([("errors", category.value, count), ("rest", "others", times - count)])
        slug = category.value.replace(" ", "-")
        yield Errors(category=category, slug=slug, share=Share(kept=count, tried=times), parts=parts)
