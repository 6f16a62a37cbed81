"""Questions around the day of a change: what they are drawn from, when rules came or went in a year."""

import random
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from quizzes.asking import DayOfChange
from quizzes.drawing import Wish, shuffled
from quizzes.stakes import Stakes
from rulebook import Library
from rulebook.types import Rule

#: The kind of a rule that says itself from when until when its code is valid.
DATED = "validity"
#: Formats that ask for the claim; the others turn on some other fact of the note.
FORMATS = ("code-the-claim", "choose-the-code")


def days_of(rule: Rule, year: int) -> list[date]:
    """The days of a year from which on what a rule says is new, or holds no more."""
    first, last = [rule.starts], [rule.ends]
    if rule.kind == DATED:
        first, last = [*first, rule.params.from_], [*last, rule.params.to]
    days = {day for day in first if day} | {day + timedelta(days=1) for day in last if day and day < date.max}
    return sorted(day for day in days if day.year == year)


def wishes_around(
    names: Collection[str], year: int, stakes: Stakes, library: Library, chance: random.Random
) -> Iterator[Wish]:  # fmt: skip
    """For each day of a change by these rules, each case that may be about it; most come to nothing."""
    changed: dict[date, set[str]] = {}
    for rule in library.rules:
        if rule.id in names:
            for day in days_of(rule, year):
                changed.setdefault(day, set()).add(rule.id)
    for day, rules in changed.items():
        known = [name for name in rules if name in stakes.cards]
        codes = {code for name in known for code in (stakes.cards[name].code, *stakes.named[name])}
        near = sorted({pk for code in codes for pk in stakes.reporting.get(code, ())})
        change = DayOfChange(day=day, rules=frozenset(rules))
        yield from (Wish(scenarios=(pk,), change=change) for pk in shuffled(near, chance))
