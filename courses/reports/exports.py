"""What can be taken away as a file, with the filters of its page. Made for each request, stored nowhere."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, Sum
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.models import User
from codes.sheets import Cell, csv_file, plain
from courses import assignments
from courses.models import CourseItem
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
    known = _accounts(row.seat.person for row in rows)
    head = (
        "Person", "Username", "Mail address", "Cohort", "Assigned", "Done", "Overdue", "Due in 7 days", "Not started",
        "Not passed", "Next due", "Last answer", "Answers", "Clean answers", f"{way.name} (%)", f"n ({way.counted})",
        "From (%)", "To (%)", "Answers with hints",
    )  # fmt: skip
    return Sheet(title="People", head=head, rows=(_person(frame, row, known) for row in rows))


def _accounts(people: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Person -> username and mail address, by which other programs know them."""
    rows = User.objects.filter(pk__in=list(people)).values_list("pk", "username", "email")
    return {person: (username, email) for person, username, email in rows}


def _person(frame: Frame, row: people.Row, known: Mapping[int, tuple[str, str]]) -> Sequence[Cell]:
    still, told = row.open, row.told
    return (
        row.seat.name, *known.get(row.seat.person, ("", "")), row.seat.cohort, told.assigned, told.done, still.overdue,
        still.soon, still.not_started, still.not_passed,
        _day(frame, still.next_due), _day(frame, told.answered_at), row.sums.tried, row.sums.kept, *_scored(row.score),
        row.sums.hinted,
    )  # fmt: skip


def _scored(score: Score) -> Sequence[Cell]:
    """Percentage, n and interval; no percentage where there are too few."""
    if not score.is_enough:
        return (None, score.tried, None, None)
    return (round(100 * score.value, 1), score.tried, *(round(100 * end, 1) for end in score.interval))


def _day(frame: Frame, at: datetime | None) -> date | None:
    return timezone.localtime(at, frame.team.zone).date() if at else None


def _heat_map(frame: Frame, given: Mapping[str, str]) -> Sheet:
    cells = cells_of(frame, [seat.person for seat in frame.seats])
    head = ["Person", "Cohort", *(f"{one.value}, {what}" for one in SLUGS.values() for what in ("kept", "tried"))]
    return Sheet(
        title="Heat map", head=head, rows=(_heat_row(seat, cells.get(seat.person, {})) for seat in frame.seats)
    )


def _heat_row(seat: Any, cells: Cells) -> Sequence[Cell]:
    shares = [cells.get(one, Share(kept=0, tried=0)) for one in SLUGS.values()]
    return [seat.name, seat.cohort, *(number for one in shares for number in (one.kept, one.tried))]


def _assignments(frame: Frame, given: Mapping[str, str]) -> Sheet:
    """Who has what to do, or did it. The score is that of the best attempts at what is asked, where anything was."""
    asked = Q(standings__item__kind__in=(CourseItem.Kind.QUIZ, CourseItem.Kind.EXAM))
    rows = assignments.asked_for(frame.team, assignments.Asked.of(given), frame.at).select_related("person", "course")
    rows = rows.annotate(
        tried=Sum("standings__tried", filter=asked), kept=Sum("standings__kept", filter=asked),
        code=F("certificate__code"), revoked=F("certificate__revoked_at"),
    )  # fmt: skip
    head = (
        "Person", "Username", "Mail address", "Course", "Assigned", "Due", "State", "Done on", "Clean answers",
        "Answers", "Score (%)", "Certificate",
    )  # fmt: skip
    return Sheet(title="Assignments", head=head, rows=(_assignment(frame, row) for row in rows))


def _assignment(frame: Frame, row: Any) -> Sequence[Cell]:
    score = round(100 * row.kept / row.tried, 1) if row.tried else None
    return (
        str(row.person), row.person.username, row.person.email, row.course.title, _day(frame, row.assigned_at),
        _day(frame, row.due_at), _state(row, frame.at), _day(frame, row.done_at),
        row.kept if row.tried else None, row.tried or None, score, "" if row.revoked else row.code,
    )  # fmt: skip


def _state(row: Any, at: datetime) -> str:
    if row.unassigned_at is not None:
        return "Taken back"
    if row.done_at is not None:
        return "Done"
    if row.items_spent:
        return "Not passed"
    if row.is_overdue(at):
        return "Overdue"
    return "In progress" if row.items_begun else "Not started"


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
    "assignments": _assignments,
    "rules": _rules,
}
