"""Adding up a person's answers by week, so that a report on many people reads a few rows instead of every answer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from quizzes.models import Grading, WeekTally

#: Element accuracies are added up as whole numbers, so that their sum does not depend on the order.
FINE = 10_000
#: The kind of a tally that is about whole answers.
ANSWERS = ""
SUMS = (
    "tried", "kept", "fresh_tried", "fresh_kept", "hinted", "accuracy", "codes_right", "codes_key", "codes_most",
)  # fmt: skip

Key = tuple[date, str]
#: Week, rule and category of what was found -> how often answers broke it so.
Breaks = Counter[tuple[date, str, str]]


@dataclass(kw_only=True)
class Tallies:
    """What answers of one person add to the tallies of their weeks."""

    sums: dict[Key, Counter[str]] = field(default_factory=dict)

    def take(self, grading: Grading, kinds: Iterable[tuple[str, bool]]) -> None:
        """One answer: itself, and for each rule it says something of the rule's kind and whether it was broken."""
        week = week_of(grading.answer.created_at)
        hinted, is_fresh = bool(grading.answer.hints), grading.answer.item.is_first
        codes = code_counts(grading.claim, grading.accepted)
        self._add((week, ANSWERS), kept=grading.is_clean, is_fresh=is_fresh, hinted=hinted)
        more = {"accuracy": round(grading.element_accuracy * FINE), **codes}
        self.sums[week, ANSWERS].update(more)
        for kind, broken in kinds:
            self._add((week, kind), kept=not broken, is_fresh=is_fresh, hinted=hinted)

    def _add(self, key: Key, *, kept: bool, is_fresh: bool, hinted: bool) -> None:
        sums = self.sums.setdefault(key, Counter())
        sums.update(tried=1, kept=kept, fresh_tried=is_fresh, fresh_kept=is_fresh and kept, hinted=hinted)

    def rows(self, person_id: int) -> list[WeekTally]:
        """One row a week and kind, with what is added to it."""
        return [
            WeekTally(person_id=person_id, week=week, kind=kind, **{name: self.sums[week, kind][name] for name in SUMS})
            for week, kind in sorted(self.sums)
        ]


def week_of(at: datetime) -> date:
    """The Monday of the week of a moment, in the time zone of the site."""
    day = timezone.localtime(at).date()
    return day - timedelta(days=day.weekday())


def breaks_of(broken: Iterable[tuple[datetime, str, str]]) -> Breaks:
    """Breaks, each as its moment, rule and category, counted by week."""
    return Counter((week_of(at), rule, category) for at, rule, category in broken)


def code_counts(claim: Mapping[str, Any], accepted: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many code lines are right, in the key, and the more of the key's and those given.

    The accepted claim with most codes in common is the key. An answer that is no claim counts nothing.
    """
    given = _codes(claim)
    keys = [_codes(one) for one in accepted]
    if not keys or not (given or any(keys)):
        return {}
    key = max(keys, key=lambda one: ((one & given).total(), -one.total()))
    right, most = (key & given).total(), max(key.total(), given.total())
    return {"codes_right": right, "codes_key": key.total(), "codes_most": most}


def _codes(claim: Mapping[str, Any]) -> Counter[str]:
    return Counter(str(line["code"]) for line in claim.get("lines", ()) if line.get("code"))
