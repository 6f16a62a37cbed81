"""How a score goes, week by week."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from courses.reports.answers import behind
from courses.reports.frame import Frame, summed, sums_from
from courses.reports.reading import read
from courses.scoring import WAYS, Score, Sums
from quizzes import charts
from statements.prepared import as_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week: its Monday in words, the score, and the answers behind it (no address where there is none)."""

    label: str
    score: Score
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A score by week, as rows of a table and as a drawing."""

    rows: tuple[Week, ...]
    chart: charts.Trend


def weekly_sums(frame: Frame) -> dict[date, Sums]:
    """What the team's score is made of, by week; one query."""
    names = WAYS[frame.team.scoring].sums
    return {as_day(week): sums_from(names, values) for week, *values in read(_by_week, frame)}


def _by_week(frame: Frame) -> "QuerySet[Any, Any]":
    names = WAYS[frame.team.scoring].sums
    return summed(frame.answers(), "week", only=names).values_list("week", *(f"sum_{name}" for name in names))


def weekly(frame: Frame, sums: dict[date, Sums]) -> Weekly:
    """The same as rows and as a chart, one for every week of the period."""
    return drawn(frame, sums, frame.weeks(min(sums, default=None)))


def drawn(frame: Frame, sums: dict[date, Sums], weeks: list[date], **whose: object) -> Weekly:
    """Sums by week as rows and as a chart, with the line of what the team aims at.

    ``whose``: whose answers they are, as the list of answers is asked for them.
    """
    rows = tuple(
        Week(label=f"{week:%b %-d}", score=score, url=behind(frame, week=week, **whose) if score.tried else "")
        for week in weeks
        for score in [frame.score(sums.get(week, Sums()))]
    )
    return Weekly(rows=rows, chart=charts.trend([(one.label, one.score) for one in rows], frame.team.target_percent))
