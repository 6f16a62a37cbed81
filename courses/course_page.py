"""A course as its trainee sees it: what there is to do, how far each thing is, what is in the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Min, QuerySet
from django.urls import reverse

from accounts.models import User
from codes.library import library
from courses.contents import Contents
from courses.doing import minutes_for
from courses.due import due_exactly
from courses.models import Assignment, Certificate, Course, CourseItem, Sitting, Standing
from courses.opening import Lock, locks
from quizzes.models import Answer, Attempt, AttemptItem, RuleMemory, RuleReview
from quizzes.progress import kept_rules
from quizzes.shares import Share
from rulebook.types import Rule

Kind, State = CourseItem.Kind, Standing.State
#: State -> its word. The icon of each is drawn in courses/_state.html.
WORDS = {
    "not-started": "Not started",
    "in-progress": "In progress",
    "done": "Done",
    "overdue": "Overdue",
    "not-passed": "Not passed",
    "locked": "Locked",
}
#: How many rules a form that practises them sends.
MOST_RULES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item on the page."""

    item: CourseItem
    state: str
    counts: str
    minutes: int
    standing: Standing | None = None
    lock: Lock | None = None
    result: str = ""
    left: str = ""
    running: Attempt | None = None
    go_on: str = ""
    last: Attempt | None = None
    edition: int | None = None
    rules: tuple[str, ...] = ()
    waits: bool = False
    missing: str = ""

    @property
    def word(self) -> str:
        """The state in words."""
        return WORDS[self.state]

    @property
    def can_begin(self) -> bool:
        """Whether there is something to do about it now."""
        return self.state in ("not-started", "in-progress", "overdue") and not self.waits and not self.is_stuck

    @property
    def is_stuck(self) -> bool:
        """Whether there is nothing to take any more; that a page is read can still be said."""
        return bool(self.missing) and self.item.kind != Kind.PAGE


def assignment_page(assignment: Assignment, at: datetime) -> dict[str, Any]:
    """Everything on the page; so many queries, however long the course is."""
    person, course = assignment.person, assignment.course
    items, rules = items_of(course), library().rules
    contents = Contents.of(items, rules)
    standings = {row.item_id: row for row in assignment.standings.all()}
    # What a course got after it was done is not asked any more.
    asked = [item for item in items if item.pk in standings or assignment.done_at is None]
    locked = locks(course, items, [pk for pk, row in standings.items() if row.state == State.DONE])
    sat = _sat(assignment, asked)
    places = _places([one for every in sat.values() for one in every])
    used = _used(person, asked)
    rows = [
        _row(
            item, standings.get(item.pk), assignment, contents, locked.get(item.pk), sat.get(item.pk, []), places, at,
            used=used.get(item.exam_id or 0, 0),
        )
        for item in asked
    ]  # fmt: skip
    return {
        "assignment": assignment,
        "course": course,
        "at": at,
        "rows": rows,
        "later": [item for item in items if item not in asked],
        "next": next((row.item.pk for row in rows if row.can_begin), None),
        "due_words": due_exactly(assignment.due_at, assignment.team.zone, at) if assignment.due_at else "",
        "is_overdue": assignment.is_overdue(at),
        "not_passed": [row.item for row in rows if row.state == "not-passed"] if assignment.done_at is None else [],
        "covered": Share(kept=sum(row.state == "done" for row in rows), tried=len(rows)),
        "retained": retained(person, contents.taught(asked), at),
        "certificate": Certificate.objects.filter(assignment=assignment, revoked_at=None).first(),
        "key": uuid4,
    }


def preview_page(course: Course) -> dict[str, Any]:
    """The page as somebody sees it to whom the course is newly assigned, on the usual terms."""
    items = items_of(course)
    contents = Contents.of(items, library().rules)
    terms = Assignment(course=course)
    locked = locks(course, items, ())
    rows = [_row(item, None, terms, contents, locked.get(item.pk), [], {}, None) for item in items]
    return {"course": course, "rows": rows, "covered": Share(kept=0, tried=len(rows))}


def items_of(course: Course) -> list[CourseItem]:
    """The items of a course in their order, with what they need to be spoken of."""
    return list(course.items.select_related("code", "exam").prefetch_related("requires"))


def retained(person: User, rules: Sequence[Rule], at: datetime) -> Share:
    """How many of these rules a person kept the last time, and would keep now."""
    names = [rule.id for rule in rules]
    memories = {one.rule: one for one in RuleMemory.objects.of(person).filter(rule__in=names)}
    by_rule = RuleReview.objects.of(person).filter(rule__in=names).by_rule()
    return kept_rules(rules, memories, by_rule, at).retained


def _sat(assignment: Assignment, items: Sequence[CourseItem]) -> dict[int, list[Attempt]]:
    """Item -> the sets and exam attempts begun for it, oldest first; those at its exam, wherever they were begun."""
    found: dict[int, list[Attempt]] = {}
    sittings = Sitting.objects.filter(standing__assignment=assignment).select_related("attempt__exam", "standing")
    for sitting in sittings.order_by("attempt__created_at"):
        found.setdefault(sitting.standing.item_id, []).append(sitting.attempt)
    exams = {item.exam_id: item.pk for item in items if item.exam_id is not None}
    known = {one.pk for every in found.values() for one in every}
    if exams:
        mine = Attempt.objects.filter(person=assignment.person_id, exam__in=exams).select_related("exam")
        for attempt in mine.order_by("created_at"):
            if attempt.pk not in known and attempt.exam_id is not None:
                found.setdefault(exams[attempt.exam_id], []).append(attempt)
    return found


def _used(person: User, items: Iterable[CourseItem]) -> dict[int, int]:
    """Exam -> how many of the attempts that it allows are used up, wherever they were begun."""
    exams = [item.exam_id for item in items if item.exam_id is not None]
    begun = Attempt.objects.filter(person=person, exam__in=exams).counting().order_by().values_list("exam")
    return dict(begun.annotate(used=Count("pk"))) if exams else {}


def _places(attempts: Iterable[Attempt]) -> dict[UUID, str]:
    """Open set -> the address of its first open question; sets in exam mode go on from their own page."""
    going_on = [one.pk for one in attempts if one.finished_at is None and not one.is_exam]
    left = AttemptItem.objects.filter(attempt__in=going_on, left_at=None).order_by()
    unanswered = left.exclude(answers__state=Answer.State.SUBMITTED).values_list("attempt")
    first = unanswered.annotate(place=Min("position")) if going_on else ()
    return {attempt: reverse("question", args=[attempt, place]) for attempt, place in first}


def _row(
    item: CourseItem, standing: Standing | None, terms: Assignment, contents: Contents, lock: Lock | None,
    sat: Sequence[Attempt], places: Mapping[UUID, str], at: datetime | None, *, used: int = 0,
) -> Row:  # fmt: skip
    running = next((one for one in sat if one.finished_at is None), None)
    page = contents.pages.get(item.code.number) if item.code else None
    state = _state(standing, lock, is_overdue=at is not None and terms.is_overdue(at), running=running)
    return Row(
        item=item,
        standing=standing,
        state=state,
        lock=lock if state == "locked" else None,
        counts=counts(item, terms, contents),
        minutes=contents.minutes(item, timed=terms.mode == Attempt.Mode.EXAM),
        result=result(item, standing, sat),
        left=_left(item, terms, used if item.exam else _begun(sat, terms)) if running is None else "",
        running=running,
        go_on=places.get(running.pk, running.get_absolute_url()) if running else "",
        last=next((one for one in reversed(sat) if one.finished_at is not None), None),
        edition=page.edition.number if page else None,
        rules=tuple(rule.id for rule in contents.rules_in(item))[:MOST_RULES] if item.kind == Kind.MASTERY else (),
        waits=_waits(sat) and running is None,
        missing=contents.missing(item) if state not in ("done", "not-passed") and running is None else "",
    )


def _state(standing: Standing | None, lock: Lock | None, *, is_overdue: bool, running: Attempt | None) -> str:
    state = standing.state if standing else State.NOT_STARTED
    if state in (State.DONE, State.SPENT):
        return "done" if state == State.DONE else "not-passed"
    # What was begun before something else was put in its way can be finished.
    if lock is not None and running is None:
        return "locked"
    if is_overdue:
        return "overdue"
    return "in-progress" if state == State.IN_PROGRESS else "not-started"


def _waits(sat: Sequence[Attempt]) -> bool:
    """Whether a result is held back, so that nobody knows yet whether another attempt is needed."""
    return any(one.finished_at is not None and not one.shows_results for one in sat)


def counts(item: CourseItem, terms: Assignment, contents: Contents) -> str:
    """What counts as done, in a sentence."""
    if item.kind == Kind.PAGE:
        return "Done when you say that you have read it."
    if item.kind == Kind.QUIZ:
        asked = "the question is" if item.number == 1 else f"{terms.pass_percent} % of {item.number} questions are"
        return f"Done when {asked} clean.{_limit(item, terms)}"
    if item.kind == Kind.EXAM:
        percent = (item.exam and item.exam.pass_percent) or terms.pass_percent
        return f"Done when {percent} % of the exam are clean."
    size = len(contents.rules_in(item))
    if not size:
        return ""
    rules = "the rule is" if size == 1 else f"all {size} rules are"
    return f"Done when {rules} mastered: three clean answers in a row, and one in a mixed set a week later."


def _limit(item: CourseItem, terms: Assignment) -> str:
    if terms.mode != Attempt.Mode.EXAM:
        return ""
    minutes = minutes_for(terms, item) if terms.person_id else item.minutes
    return f" In exam mode: no hints, feedback at the end{f', {minutes} minutes' if minutes else ''}."


def result(item: CourseItem, standing: Standing | None, sat: Sequence[Attempt]) -> str:
    """The best result so far, in words; empty where there is none."""
    if standing is None or not standing.started_at:
        return ""
    if item.kind == Kind.PAGE:
        return f"Read in edition {standing.edition}" if standing.edition else ""
    if item.kind == Kind.MASTERY:
        return f"{standing.kept} of {standing.tried} mastered"
    if _waits(sat):
        return "Finished; the results are not shown yet"
    return f"Best so far: {standing.kept} of {standing.tried} clean" if standing.tried else ""


def _begun(sat: Sequence[Attempt], terms: Assignment) -> int:
    """How many of the sets that were begun use up an attempt of the assignment."""
    anew = terms.attempts_anew_at
    return sum(anew is None or one.created_at >= anew for one in sat)


def _left(item: CourseItem, terms: Assignment, used: int) -> str:
    """How many attempts are left, in words; empty where that does not matter. ``used``: of those that are allowed."""
    allowed = item.exam.attempts_allowed if item.exam else terms.attempts_allowed
    if item.kind not in (Kind.QUIZ, Kind.EXAM) or allowed is None:
        return ""
    left = max(0, allowed - used)
    return f"{left} of {allowed} attempt{'' if allowed == 1 else 's'} left"


# Other pages ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A page that somebody is to read for a course, and is looking at."""

    assignment: Assignment
    item: int
    is_read: bool


def reading_of(person: User, number: str) -> Reading | None:
    """For the reader of a page: the assignment that asks for it, unread ones and the most urgent first."""
    due = (
        readings_of(person, number)
        .select_related("assignment__course", "assignment__team")
        .order_by("done_at", "assignment__due_at", "pk")
    )
    unread = [row for row in due if row.done_at is None]
    for row in unread:
        items = items_of(row.assignment.course)
        done = row.assignment.standings.filter(state=State.DONE).values_list("item", flat=True)
        if row.item_id not in locks(row.assignment.course, items, done):
            return Reading(assignment=row.assignment, item=row.item_id, is_read=False)
    read = next((row for row in due if row.done_at is not None), None)
    return Reading(assignment=read.assignment, item=read.item_id, is_read=True) if read else None


def readings_of(person: User, number: str) -> QuerySet[Standing]:
    """The standings of a page in a person's open assignments."""
    assignments = Assignment.objects.in_teams_of(person).open()
    return Standing.objects.filter(assignment__in=assignments, item__kind=Kind.PAGE, item__code__number=number)


def course_of_set(attempt: UUID, person: User) -> Assignment | None:
    """The assignment that a set was begun for, as long as the person can open it."""
    mine = Assignment.objects.in_teams_of(person).standing()
    return mine.filter(standings__sittings__attempt=attempt).select_related("course").first()
