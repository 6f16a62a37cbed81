"""What happened to somebody's answers while they were away: an educator replied to a report, answers were graded again.

Told on *Today* for two weeks, or until the question is looked at in this browser.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from quizzes.models import AttemptItem, RegradeChange, ReportReply
from quizzes.regrading import change_of, shown_changes

TOLD_FOR = timedelta(days=14)
MOST = 5
#: Where a session keeps what was looked at, and how much of it.
LOOKED_AT, KEPT = "looked_at", 100


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One line: what happened, and the question where it can be read."""

    key: str
    words: str
    title: str
    url: str
    at: datetime


def news_of(person: User, at: datetime, looked_at: Iterable[str] = ()) -> list[News]:
    """What is new for a person at a moment, the newest first, without what was looked at; a few lines at most."""
    known = frozenset(looked_at)
    found = [*_replies(person, at - TOLD_FOR), *_regrades(person, at - TOLD_FOR)]
    fresh = sorted((one for one in found if one.key not in known), key=lambda one: one.at, reverse=True)
    return fresh[:MOST]


def _replies(person: User, since: datetime) -> Iterator[News]:
    rows = ReportReply.objects.filter(report__person=person, created_at__gte=since).order_by("-pk")
    rows = rows.select_related("report__answer__item__version").defer("report__answer__item__version__options")
    for one in rows[: 4 * MOST]:
        item = one.report.answer.item
        yield News(
            key=f"report-{one.report_id}-{one.pk}", words="An educator answered what you reported",
            title=item.version.prompt["title"], url=item.get_absolute_url(), at=one.created_at,
        )  # fmt: skip


def _regrades(person: User, since: datetime) -> Iterator[News]:
    """One line a regrade, however many answers it changed."""
    rows = shown_changes(person).filter(after__created_at__gte=since).order_by("-regrade", "pk")
    told: dict[int, list[RegradeChange]] = {}
    for one in rows:
        if change_of(one.before, one.after) != "said":
            told.setdefault(one.regrade_id, []).append(one)
    for regrade, changed in told.items():
        first, count = changed[0], len(changed)
        yield News(
            key=f"regrade-{regrade}",
            words=f"{count} of your answers {'was' if count == 1 else 'were'} graded again: {first.regrade.why}",
            title=str(first.regrade.code), url=first.answer.item.get_absolute_url(), at=first.after.created_at,
        )  # fmt: skip


def look(session: MutableMapping[str, Any], item: AttemptItem) -> None:
    """Note in a session that a question was looked at, with all that there was to tell of it."""
    replies = ReportReply.objects.filter(report__answer__item=item).values_list("report", "pk")
    keys = [f"report-{report}-{pk}" for report, pk in replies]
    changes = RegradeChange.objects.filter(answer__item=item).values_list("regrade", flat=True)
    keys += [f"regrade-{pk}" for pk in changes]
    new = [key for key in keys if key not in session.get(LOOKED_AT, ())]
    if new:
        session[LOOKED_AT] = [*session.get(LOOKED_AT, ()), *new][-KEPT:]
