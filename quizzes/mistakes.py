"""Mistakes by rule: what was broken, how often, and the way to practise it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse

from accounts.models import User
from codes.library import library
from quizzes.models import RuleMemory, RuleReview
from quizzes.models.memory import Level
from rulebook.kinds import KIND
from rulebook.types import Rule

NEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One rule that was broken. ``rule`` None: no page states it any more, so it cannot be practised."""

    id: str
    kind: str
    rule: Rule | None
    says: str
    times: int
    last: datetime
    categories: tuple[str, ...]
    level: str
    url: str
    section: str
    answers: Sequence[tuple[str, str, datetime]]
    """Address, title and moment of the newest answers that broke it."""
    practise_key: UUID
    repair_key: UUID


def mistakes(person: User) -> list[Mistake]:
    """The rules that a person broke, the most often broken first; so many queries, however many there are."""
    reviews = RuleReview.objects.of(person)
    broken: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in reviews.broken_rules():
        broken[row["rule"]].append(row)
    breaks: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in reviews.newest_breaks(NEWEST):
        breaks[row["rule"]].append(row)
    levels = dict(RuleMemory.objects.of(person).filter(rule__in=broken).values_list("rule", "level"))
    rules = {rule.id: rule for rule in library().rules}
    found = [_mistake(rules.get(id), rows, breaks[id], levels.get(id, "")) for id, rows in broken.items() if breaks[id]]
    return sorted(found, key=lambda one: (-one.times, -one.last.timestamp(), one.id))


def _mistake(
    rule: Rule | None, rows: Sequence[Mapping[str, Any]], breaks: Sequence[Mapping[str, Any]], level: str
) -> Mistake:
    return Mistake(
        id=rows[0]["rule"],
        kind=KIND[rows[0]["kind"]].title if rows[0]["kind"] in KIND else rows[0]["kind"],
        rule=rule,
        says=KIND[rule.kind].describe(rule.params) if rule else "",
        times=sum(row["times"] for row in rows),
        last=max(row["last"] for row in rows),
        categories=tuple(row["category"] for row in rows),
        level=Level(level).label if level else "",
        url=f"{reverse('code_page', args=[rule.code])}?dos={breaks[0]['day']}#{rule.section}" if rule else "",
        section=rule.section.replace("-", " ") if rule else "",
        answers=[(_url(one), one["title"], one["at"]) for one in breaks],
        practise_key=uuid4(),
        repair_key=uuid4(),
    )


def _url(row: Mapping[str, Any]) -> str:
    return reverse("question", args=[row["attempt"], row["position"]])
