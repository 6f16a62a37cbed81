"""How a score goes, week by week."""

from dataclasses import dataclass
from datetime import date

from courses.reports.frame import Frame, summed, sums_of
from courses.scoring import WAYS, Score, Sums
from quizzes import charts


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A score by week, as rows of a table and as a drawing."""

    rows: tuple[tuple[str, Score], ...]
    chart: charts.Trend


def weekly_sums(frame: Frame) -> dict[date, Sums]:
    """What the team's score is made of, by week; one query."""
    rows = summed(frame.answers(), "week", only=WAYS[frame.team.scoring].sums)
    return {row["week"]: sums_of(row) for row in rows}


def weekly(frame: Frame, sums: dict[date, Sums]) -> Weekly:
    """The same as rows and as a chart, one for every week of the period."""
    return drawn(frame, sums, frame.weeks(min(sums, default=None)))


def drawn(frame: Frame, sums: dict[date, Sums], weeks: list[date]) -> Weekly:
    """Sums by week as rows and as a chart, with the line of what the team aims at."""
    rows = tuple((f"{week:%b %-d}", frame.score(sums.get(week, Sums()))) for week in weeks)
    return Weekly(rows=rows, chart=charts.trend(rows, target=frame.team.target_percent))
