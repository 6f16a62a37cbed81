"""One person as their manager sees them: outcomes, dates and hints; what is assigned; before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from textwrap import shorten
from typing import Any

from courses.models import Assignment
from courses.reports.answers import Asked, behind, chosen, rows_of
from courses.reports.dashboard import weakest
from courses.reports.failing import breaks
from courses.reports.frame import Frame, Seat, by_category, slug_of, summed, sums_of
from courses.reports.heat_map import look
from courses.reports.people import told
from courses.reports.remediation import remediations
from courses.reports.trends import drawn
from courses.scoring import Sums, total
from quizzes import charts
from quizzes.shares import Share
from quizzes.tallies import ANSWERS, week_of
from rulebook.types import Category

NEWEST = 10
#: So many letters of a label fit beside a drawing; the table has all of it.
LABEL = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """One category: kept of tried, and on cases never seen before in the earlier and the later half of the period.

    Each with the answers behind it.
    """

    category: Category
    slug: str
    share: Share
    look: str
    before: Share
    after: Share
    url: str
    before_url: str
    after_url: str


def person_page(frame: Frame, seat: Seat) -> dict[str, Any]:
    """Everything on the page; so many queries, however much was answered."""
    weeks: dict[date, dict[str, Sums]] = {}
    for row in summed(frame.tallies([seat.person]), "week", "kind"):
        weeks.setdefault(row["week"], {})[row["kind"]] = sums_of(row)
    answers = {week: kinds.pop(ANSWERS, Sums()) for week, kinds in weeks.items()}
    categories, mended = _categories(frame, weeks, seat), remediations(frame.team, seat.person)
    whole = total(answers.values())
    return {
        "team": frame.team,
        "frame": frame,
        "seat": seat,
        "answered_at": told(frame, [seat.person])[seat.person].answered_at,
        "score": frame.score(whole),
        "sums": whole,
        "behind": {
            name: behind(frame, person=seat.person, **more)
            for name, more in {"all": {}, "fresh": {"fresh": "1"}, "hinted": {"hinted": "1"}}.items()
        },
        "hinted": Share(kept=whole.hinted, tried=whole.tried),
        "weekly": drawn(frame, answers, frame.weeks(min(answers, default=None)), person=seat.person),
        "categories": categories,
        "weakest": weakest({one.category: one.share for one in categories}),
        "halves": _halves(frame, weeks),
        "fresh": _dumbbells([(one.category.value.capitalize(), one.before, one.after) for one in categories]),
        "mended": mended,
        "mended_chart": _dumbbells(
            [(shorten(one.label, LABEL, placeholder=" …"), one.before, one.after) for one in mended]
        ),
        "open_remediation": any(one.assignment.done_at is None for one in mended),
        "assignments": assignments_of(frame, seat.person),
        "breaks": breaks(frame, seat.person),
        "answers": list(islice(rows_of(frame, chosen(frame, Asked(person=seat.person))[:NEWEST]), NEWEST)),
    }


def _kinds(weeks: Any) -> dict[str, Sums]:
    """Kind -> what all weeks come to."""
    found: dict[str, Sums] = {}
    for kinds in weeks:
        for kind, sums in kinds.items():
            found[kind] = found.get(kind, Sums()) + sums
    return found


def _middle(frame: Frame, weeks: Mapping[date, object]) -> date:
    """The Monday at which the later half of the period begins."""
    every = frame.weeks(min(weeks, default=None))
    return every[len(every) // 2] if len(every) > 1 else week_of(frame.at)


def _halves(frame: Frame, weeks: Mapping[date, object]) -> tuple[date, date]:
    """The first day of the period and of its later half."""
    return frame.weeks(min(weeks, default=None))[0], _middle(frame, weeks)


def _categories(frame: Frame, weeks: Mapping[date, Mapping[str, Sums]], seat: Seat) -> list[CategoryRow]:
    """In the order of findings."""
    middle = _middle(frame, weeks)
    early = by_category(_kinds(kinds for week, kinds in weeks.items() if week < middle))
    late = by_category(_kinds(kinds for week, kinds in weeks.items() if week >= middle))
    rows = []
    for category in Category:
        before, after = early.get(category, Sums()), late.get(category, Sums())
        share = (before + after).share
        if share.tried:
            slug = slug_of(category)
            asked = {"person": seat.person, "category": slug}
            rows.append(
                CategoryRow(
                    category=category, slug=slug, share=share, look=look(share), before=before.fresh,
                    after=after.fresh, url=behind(frame, **asked),
                    before_url=behind(frame, **asked, fresh="1", until=middle),
                    after_url=behind(frame, **asked, fresh="1", since=middle),
                )
            )  # fmt: skip
    return rows


def _dumbbells(rows: Sequence[tuple[str, Share, Share]]) -> charts.Dumbbells | None:
    """The pairs of which at least one side can be drawn; None where there is none."""
    drawable = [row for row in rows if max(row[1].tried, row[2].tried) >= charts.FEW]
    return charts.dumbbells(drawable) if drawable else None


# Assignments ------------------------------------------------------------------------------------


def assignments_of(frame: Frame, person: int) -> list[Any]:
    """What the team has assigned to somebody, open first and by due date, with how far it is."""
    rows = Assignment.objects.filter(team=frame.team, person=person).select_related("course").with_progress()
    return sorted(rows, key=lambda one: (one.unassigned_at is not None, one.done_at is not None, _due(one), one.pk))


def _due(assignment: Assignment) -> float:
    """What has no date comes last."""
    return assignment.due_at.timestamp() if assignment.due_at else float("inf")
