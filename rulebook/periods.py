"""Global periods: the days around a procedure whose care is part of its price."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rulebook.book import Rulebook
from rulebook.params import Facets, ParamError, param
from rulebook.types import Encounter, Rule

PERIODS = ("000", "010", "090", "XXX", "YYY", "ZZZ", "MMM")
#: The periods in which care around the procedure is part of its price.
INCLUSIVE = ("000", "010", "090", "MMM")
#: How many days after the procedure belong to it; the others are no number of days.
DAYS_AFTER = {"000": 0, "010": 10, "090": 90}


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalPeriodParams:
    """The days, and the visits that belong to them."""

    days: str = param("000, 010, 090, XXX, YYY, ZZZ or MMM")
    visits: Facets = param("Which services are visits: procedure: office visit", default_factory=dict)
    apart: Facets = param("Which visits stand apart all the same: visit: significant", default_factory=dict)
    unrelated: Facets = param(
        "Which visits in the days after the procedure stand apart: relation: unrelated",
        default_factory=lambda: {"relation": ("unrelated",)},
    )

    def __post_init__(self) -> None:
        if self.days not in PERIODS:
            raise ParamError("days", f"must be one of {', '.join(PERIODS)}")


def covers(period: str, done: date, day: date) -> bool:
    """Whether a day lies in the period of a procedure done on another day or on the same one."""
    return 0 <= (day - done).days <= DAYS_AFTER.get(period, -1)


def running(encounter: Encounter, book: Rulebook) -> Iterator[tuple[int, Rule]]:
    """The earlier procedures whose period covers the encounter: the index of each, and its rule."""
    for index, earlier in enumerate(encounter.earlier):
        for rule in book.of(earlier.code, "global-period"):
            if covers(rule.params.days, earlier.date, encounter.date_of_service):
                yield index, rule
