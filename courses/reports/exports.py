"""What can be taken away as a file, with the filters of its page. Made for each request, stored nowhere."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from codes.sheets import Cell, csv_file, plain
from courses.reports import answers, dashboard, people
from courses.reports.categories import Cells, cells_of
from courses.reports.failing import breaks
from courses.reports.frame import SLUGS, Frame
from courses.scoring import Score, Sums
from quizzes.shares import Share

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table to take away."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def export(frame: Frame, what: str, form: str, given: Mapping[str, str]) -> HttpResponse:
    """The file that was asked for; 404 for what is none."""
    if what not in SHEETS or form not in TYPES:
        raise Http404
    sheet = SHEETS[what](frame, given)
    body = csv_file(sheet.head, sheet.rows) if form == "csv" else _workbook(sheet)
    name = f"{_named(frame.team.name)}, {sheet.title.lower()}, {_day(frame, frame.at)}.{form}"
    response = HttpResponse(body, content_type=TYPES[form])
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _workbook(sheet: Sheet) -> bytes:
    from courses.workbook import xlsx_file  # loaded when first wanted, not at each start

    return xlsx_file(sheet.title, sheet.head, sheet.rows)


def _named(text: str) -> str:
    """A name that a file can have on any system, and that stays within one line of a header."""
    kept = "".join("-" if one in '\\/:*?"<>|\n\t' or not one.isprintable() else one for one in plain(text))
    return kept.strip(" .") or "Team"


def _people(frame: Frame, given: Mapping[str, str]) -> Sheet:
    asked = dashboard.Asked.of(given)
    rows = people.rows(frame, dashboard.ordered(frame, dashboard.chosen(people.lines(frame), asked), asked))
    way = frame.score(Sums()).way
    head = (
        "Person", "Cohort", "Assigned", "Done", "Overdue", "Due in 7 days", "Not started", "Not passed", "Next due",
        "Last answer", "Answers", "Clean answers", f"{way.name} (%)", f"n ({way.counted})", "From (%)", "To (%)",
        "Answers with hints",
    )  # fmt: skip
    return Sheet(title="People", head=head, rows=(_person(frame, row) for row in rows))


def _person(frame: Frame, row: people.Row) -> Sequence[Cell]:
    still, told = row.open, row.told
    return (
        row.seat.name, row.seat.cohort, told.assigned, told.done, still.overdue, still.soon, still.not_started,
        still.not_passed, _day(frame, still.next_due), _day(frame, told.answered_at), row.sums.tried, row.sums.kept,
        *_scored(row.score), row.sums.hinted,
    )  # fmt: skip


def _scored(score: Score) -> Sequence[Cell]:
    """Percentage, n and interval; no percentage where there are too few."""
    if not score.is_enough:
        return (None, score.tried, None, None)
    return (round(100 * score.value, 1), score.tried, *(round(100 * end, 1) for end in score.interval))


def _day(frame: Frame, at: datetime | None) -> str:
    return timezone.localtime(at, frame.team.zone).date().isoformat() if at else ""


def _heat_map(frame: Frame, given: Mapping[str, str]) -> Sheet:
    cells = cells_of(frame, [seat.person for seat in frame.seats])
    head = ["Person", "Cohort", *(f"{one.value}, {what}" for one in SLUGS.values() for what in ("kept", "tried"))]
    return Sheet(
        title="Heat map", head=head, rows=(_heat_row(seat, cells.get(seat.person, {})) for seat in frame.seats)
    )


def _heat_row(seat: Any, cells: Cells) -> Sequence[Cell]:
    shares = [cells.get(one, Share(kept=0, tried=0)) for one in SLUGS.values()]
    return [seat.name, seat.cohort, *(number for one in shares for number in (one.kept, one.tried))]


def _answers(frame: Frame, given: Mapping[str, str]) -> Sheet:
    rows = answers.rows_of(frame, answers.chosen(frame, answers.Asked.of(given)))
    head = ("Day", "Person", "Question", "Format", "Outcome", "Hints")
    return Sheet(title="Answers", head=head, rows=(_answer(frame, row) for row in rows))


def _answer(frame: Frame, row: answers.Row) -> Sequence[Cell]:
    outcome = "Clean" if row.is_clean else "Not clean"
    return (_day(frame, row.day), row.name, row.question, row.format, outcome, row.hints)


def _rules(frame: Frame, given: Mapping[str, str]) -> Sheet:
    head = ("Rank", "Rule", "Kind", "What it says", "Error", "Broken", "Share (%)", "Together (%)")
    rows = (
        (
            one.place, one.rule, one.title, one.sentence, one.category, one.times, round(100 * one.share.value, 1),
            round(100 * one.upto.value, 1),
        )
        for one in breaks(frame).rules
    )  # fmt: skip
    return Sheet(title="Failing rules", head=head, rows=rows)


SHEETS: Mapping[str, Callable[[Frame, Mapping[str, str]], Sheet]] = {
    "people": _people,
    "heat-map": _heat_map,
    "answers": _answers,
    "rules": _rules,
}
