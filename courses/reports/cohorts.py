"""Cohort against cohort, and for those who manage several, team against team."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import User
from courses.models import Membership, Team
from courses.models.teams import MembershipQuerySet
from courses.reports.answers import behind
from courses.reports.frame import CATEGORY_OF, KEPT, SLUGS, Frame, slug_of, summed, sums_of
from courses.reports.trends import Weekly, drawn
from courses.scoring import Score, Sums, total
from quizzes import charts
from quizzes.models import WeekTally
from quizzes.shares import Share
from quizzes.tallies import ANSWERS
from rulebook.types import Category

NO_COHORT = "Without a cohort"
#: What there is room for beside a drawing; the table has the whole name.
MOST_LETTERS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a group keeps of a category, and the answers behind it."""

    share: Share
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A cohort or a team: its people, score, weeks, what it keeps by category, and the answers behind it."""

    name: str
    people: int
    score: Score
    url: str
    weekly: Weekly
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Groups side by side, and the categories of their cells."""

    groups: tuple[Group, ...]
    categories: tuple[Category, ...]

    @property
    def chart(self) -> charts.Shares:
        """The scores with their intervals, one below the other."""
        return charts.shares([(group.name[:MOST_LETTERS], group.score) for group in self.groups])

    @property
    def rows(self) -> list[tuple[Category, list[tuple[str, Cell]]]]:
        """Each category with the cell of every group, by its name."""
        return [
            (one, [(group.name, group.cells[place]) for group in self.groups])
            for place, one in enumerate(self.categories)
        ]


def cohorts_page(frame: Frame, person: User) -> dict[str, Any]:
    """Cohorts of the team, and the other teams that a person manages, all scored as this team counts."""
    return {
        "team": frame.team,
        "frame": frame,
        "cohorts": _compared(frame, _members(Team.objects.filter(pk=frame.team.pk)), "cohort"),
        "teams": _compared(frame, _members(Team.objects.managed_by(person)), "team__name"),
    }


def _members(teams: "QuerySet[Team]") -> MembershipQuerySet:
    """Whoever counts in these teams."""
    return Membership.objects.counting().trainees().filter(team__in=teams).order_by()


def _compared(frame: Frame, members: MembershipQuerySet, by: str) -> Comparison | None:
    """None where there is only one group; three queries."""
    key = "team" if by == "team__name" else by
    names = dict.fromkeys(members.active().values_list(key, by).annotate(people=Count("pk")).order_by(by, key))
    if len(names) < 2:
        return None
    answers, kinds = _sums(frame, members, key)
    categories = tuple(one for one in SLUGS.values() if any(one in cells for cells in kinds.values()))
    weeks = frame.weeks(min((week for by_week in answers.values() for week in by_week), default=None))
    groups = (
        _group(
            _of(frame, key, one), name or NO_COHORT, people, answers.get(one, {}), kinds.get(one, {}), categories,
            weeks, {} if one else {"no_cohort": "1"},
        )
        for one, name, people in names
    )  # fmt: skip
    return Comparison(groups=tuple(groups), categories=categories)


def _sums(
    frame: Frame, members: MembershipQuerySet, key: str
) -> tuple[dict[Any, dict[date, Sums]], dict[Any, dict[Category, Sums]]]:
    """Group -> week -> answers, and group -> category -> rules.

    Somebody who is in two teams counts in both, so tallies are joined with seats and not looked up by person.
    """
    rows = WeekTally.objects.filter(person__memberships__in=members).order_by()
    rows = rows if frame.since is None else rows.filter(week__gte=frame.since)
    group = f"person__memberships__{key}"
    answers: dict[Any, dict[date, Sums]] = {}
    for row in summed(rows.filter(kind=ANSWERS), group, "week"):
        answers.setdefault(row[group], {})[row["week"]] = sums_of(row)
    kinds: dict[Any, dict[Category, Sums]] = {}
    for row in summed(rows.exclude(kind=ANSWERS), group, "kind", only=KEPT):
        _put(kinds.setdefault(row[group], {}), row["kind"], sums_of(row))
    return answers, kinds


def _put(cells: dict[Category, Sums], kind: str, sums: Sums) -> None:
    if category := CATEGORY_OF.get(kind):
        cells[category] = cells.get(category, Sums()) + sums


def _of(frame: Frame, key: str, group: Any) -> Frame:
    """The frame of one group, which the answers behind it are looked up by; scored as the team of the page."""
    if key == "team":
        other = copy(frame.team)
        other.pk = group
        return replace(frame, team=other, cohort=None)
    return replace(frame, cohort=group or None)


def _group(
    frame: Frame, name: str, people: int, answers: Mapping[date, Sums], kinds: Mapping[Category, Sums],
    categories: Iterable[Category], weeks: list[date], whose: Mapping[str, str],
) -> Group:  # fmt: skip
    cells = (
        Cell(share=kinds.get(one, Sums()).share, url=behind(frame, category=slug_of(one), **whose))
        for one in categories
    )
    return Group(
        name=name, people=people, score=frame.score(total(answers.values())), url=behind(frame, **whose),
        weekly=drawn(frame, dict(answers), weeks, **whose), cells=tuple(cells),
    )  # fmt: skip
