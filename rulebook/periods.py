"""Global periods: the days around a procedure whose care is part of its price."""

from collections.abc import Iterator
from datetime import date

from rulebook.book import Rulebook
from rulebook.types import Encounter, Rule

PERIODS = ("000", "010", "090", "XXX", "YYY", "ZZZ", "MMM")
#: The periods in which care around the procedure is part of its price.
INCLUSIVE = ("000", "010", "090", "MMM")
#: How many days after the procedure belong to it; the others are no number of days.
DAYS_AFTER = {"000": 0, "010": 10, "090": 90}


def covers(period: str, done: date, day: date) -> bool:
    """Whether a day lies in the period of a procedure done on another day or on the same one."""
    return 0 <= (day - done).days <= DAYS_AFTER.get(period, -1)


def running(encounter: Encounter, book: Rulebook) -> Iterator[tuple[int, Rule]]:
    """The earlier procedures whose period covers the encounter: the index of each, and its rule."""
    for index, earlier in enumerate(encounter.earlier):
        for rule in book.of(earlier.code, "global-period"):
            if covers(rule.params.days, earlier.date, encounter.date_of_service):
                yield index, rule
