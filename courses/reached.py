"""What somebody reached of the items of a course, read from what was read, answered and mastered. Nothing is written.

The rules, item by item:

- A page is done when its reader says so; the standing itself is where that is kept.
- A set is done when one that was begun for it is finished with enough of its questions clean. What was skipped or
  not answered is not clean. What was begun before attempts were given anew uses up none of those.
- An exam is done when an attempt at it, wherever it was begun, reached the exam's own pass mark, or without one the
  assignment's. Where the assignment repeats another, only attempts since then count. A result that is held back is
  none yet. No attempt is left where the exam itself takes no further one of this person.
- Rules are mastered when at some moment since the assignment all of them were at that level. Rules that no question can
  be about are left out. What was reached once
  stays reached, though a level falls later, and though the pages get more such rules; only gradings that changed
  since, so that it was not reached then after all, take it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum

from codes.library import current_stamp, library
from courses.models import Assignment, CourseItem, Sitting, Standing
from quizzes.models import Answer, Attempt, AttemptItem, Exam, Grading, RuleMemory, RuleReview
from quizzes.models.memory import Level
from quizzes.stakes import table
from rulebook.types import Rule

Kind, State = CourseItem.Kind, Standing.State
#: What of a standing is derived.
DERIVED = ("state", "tried", "kept", "attempts", "hints", "edition", "started_at", "done_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a standing is to say."""

    state: str = State.NOT_STARTED
    tried: int = 0
    kept: int = 0
    attempts: int = 0
    hints: int = 0
    edition: int | None = None
    started_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One set or exam that was begun. ``shown_at``: when its result could first be seen; None until then.

    ``uses_up``: whether it is one of the attempts that its exam allows.
    """

    pk: UUID
    person: int
    exam: int | None
    created_at: datetime
    shown_at: datetime | None
    uses_up: bool = True
    tried: int = 0
    kept: int = 0
    hints: int = 0

    def passes(self, percent: int) -> bool:
        """Whether enough of its questions are clean, and the result can be seen."""
        return self.shown_at is not None and self.tried > 0 and 100 * self.kept >= percent * self.tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A rule became mastered, or is it no longer."""

    at: datetime
    rule: str
    mastered: bool


@dataclass(kw_only=True)
class Facts:
    """What was done by the people of some standings; so many queries, however many those are."""

    rules: Sequence[Rule]
    sittings: Mapping[int, list[UUID]]
    taken: Mapping[UUID, Taken]
    memories: Mapping[tuple[int, str], RuleMemory]
    changes: Mapping[int, list[Change]]
    exams: dict[tuple[int, int], list[Taken]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.taken.values():
            if one.exam is not None:
                self.exams.setdefault((one.person, one.exam), []).append(one)

    @classmethod
    def of(cls, rows: Sequence[Standing]) -> "Facts":
        """Everything that standings follow from; each row with its ``item`` and ``assignment`` at hand."""
        rules = askable() if any(row.item.kind == Kind.MASTERY for row in rows) else ()
        sittings = _sittings(rows)
        memories, changes = _mastery(rows, rules)
        return cls(rules=rules, sittings=sittings, taken=_taken(rows), memories=memories, changes=changes)

    def reached(self, row: Standing) -> Reached:
        """What a standing is to say."""
        kind = row.item.kind
        if kind == Kind.PAGE:
            return _page(row)
        if kind == Kind.QUIZ:
            begun = [self.taken[pk] for pk in self.sittings.get(row.pk, ())]
            return _passed(begun, row.assignment, row.assignment.pass_percent, _allowed(begun, row.assignment))
        return self._exam(row) if kind == Kind.EXAM else self._mastered(row)

    def _exam(self, row: Standing) -> Reached:
        assignment, exam = row.assignment, row.item.exam
        if exam is None:
            return Reached()
        every = self.exams.get((assignment.person_id, exam.pk), [])
        own = self.sittings.get(row.pk, ())
        since = assignment.assigned_at if assignment.repeats_id else None
        counting = [one for one in every if since is None or one.created_at >= since or one.pk in own]
        left = exam.attempts_allowed - sum(one.uses_up for one in every)
        return _passed(counting, assignment, exam.pass_percent or assignment.pass_percent, len(counting) + left)

    def _mastered(self, row: Standing) -> Reached:
        assignment = row.assignment
        if assignment.unassigned_at is not None:
            return stored(row)
        names = [rule.id for rule in rules_of(row.item, self.rules)]
        changes = self.changes.get(assignment.person_id, [])
        done_at = _all_mastered(names, changes, assignment.assigned_at, row)
        known = [self.memories[key] for name in names if (key := (assignment.person_id, name)) in self.memories]
        kept = len(names) if done_at else sum(one.level == Level.MASTERED for one in known)
        begun = [max(one.first_met, assignment.assigned_at) for one in known if _is_begun(one, assignment)]
        started_at = min(begun, default=None)
        state = State.DONE if done_at else State.IN_PROGRESS if started_at else State.NOT_STARTED
        return Reached(state=state, tried=len(names), kept=kept, started_at=started_at, done_at=done_at)


def stored(row: Standing) -> Reached:
    """What a standing says."""
    return Reached(**{name: getattr(row, name) for name in DERIVED})


def _page(row: Standing) -> Reached:
    if row.done_at is None:
        return Reached(tried=1)
    return Reached(
        state=State.DONE, tried=1, kept=1, edition=row.edition, started_at=row.started_at, done_at=row.done_at
    )  # fmt: skip


# Sets and exams ------------------------------------------------------------------------------


def _passed(begun: Sequence[Taken], assignment: Assignment, percent: int, allowed: int | None) -> Reached:
    """Of sets or attempts that were begun: the best, and whether one passed. ``allowed`` None: no limit."""
    if not begun:
        return Reached(state=State.SPENT if allowed is not None and allowed <= 0 else State.NOT_STARTED)
    shown = [one for one in begun if one.shown_at is not None]
    best = max(shown, key=_goodness, default=None)
    passed = [one.shown_at for one in shown if one.shown_at and one.passes(percent)]
    spent = allowed is not None and len(begun) >= allowed and len(shown) == len(begun)
    return Reached(
        state=State.DONE if passed else State.SPENT if spent else State.IN_PROGRESS,
        tried=best.tried if best else 0,
        kept=best.kept if best else 0,
        hints=best.hints if best else 0,
        attempts=len(begun),
        started_at=max(min(one.created_at for one in begun), assignment.assigned_at),
        done_at=max(min(passed), assignment.assigned_at) if passed else None,
    )


def _allowed(begun: Sequence[Taken], assignment: Assignment) -> int | None:
    """How many sets may have been begun: those of the assignment on top of those before attempts were given anew."""
    allowed, anew = assignment.attempts_allowed, assignment.attempts_anew_at
    before = sum(one.created_at < anew for one in begun) if anew else 0
    return None if allowed is None else allowed + before


def _goodness(one: Taken) -> tuple[float, int]:
    """Of equal shares the longer set counts for more."""
    return one.kept / one.tried if one.tried else 0.0, one.tried


def _sittings(rows: Iterable[Standing]) -> dict[int, list[UUID]]:
    asked = [row.pk for row in rows if row.item.kind in (Kind.QUIZ, Kind.EXAM)]
    found: dict[int, list[UUID]] = {}
    if asked:
        for standing, attempt in Sitting.objects.filter(standing__in=asked).values_list("standing", "attempt"):
            found.setdefault(standing, []).append(attempt)
    return found


def _taken(rows: Sequence[Standing]) -> dict[UUID, Taken]:
    sets = [row.pk for row in rows if row.item.kind == Kind.QUIZ]
    exams = [row for row in rows if row.item.kind == Kind.EXAM]
    if not sets and not exams:
        return {}
    wanted = Q(pk__in=Sitting.objects.filter(standing__in=sets).values("attempt"))
    if exams:
        people = {row.assignment.person_id for row in exams}
        wanted |= Q(exam__in={row.item.exam_id for row in exams}, person__in=people)
    begun = Attempt.objects.filter(wanted).select_related("exam").order_by("created_at", "pk")
    found: list[Any] = list(begun.told_whether_counting())
    over = [one.pk for one in found if one.finished_at is not None]
    sizes, outcomes = (_sizes(over), _outcomes(over)) if over else ({}, {})
    return {
        one.pk: Taken(
            pk=one.pk, person=one.person_id, exam=one.exam_id, created_at=one.created_at, shown_at=_shown_at(one),
            uses_up=one.counts, tried=sizes.get(one.pk, 0), **outcomes.get(one.pk, {}),
        )
        for one in found
    }  # fmt: skip


def _shown_at(attempt: Attempt) -> datetime | None:
    if attempt.finished_at is None or not attempt.shows_results:
        return None
    exam = attempt.exam
    if exam is None or exam.release == Exam.Release.AT_END or exam.released_at is None:
        return attempt.finished_at
    return max(attempt.finished_at, exam.released_at)


def _sizes(attempts: Sequence[UUID]) -> dict[UUID, int]:
    rows = AttemptItem.objects.filter(attempt__in=attempts).order_by().values_list("attempt")
    return dict(rows.annotate(size=Count("pk")))


def _outcomes(attempts: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Of the newest grading of each submitted answer: how many are clean, and the hints that they took."""
    given = Grading.objects.filter(answer__state=Answer.State.SUBMITTED, answer__item__attempt__in=attempts)
    newest = given.order_by().values("answer").annotate(newest=Max("pk")).values("newest")
    rows = Grading.objects.filter(pk__in=newest).order_by().values(attempt=F("answer__item__attempt"))
    counted = rows.annotate(kept=Count("pk", filter=Q(is_clean=True)), hints=Sum("answer__hints"))
    return {row["attempt"]: {"kept": row["kept"], "hints": row["hints"]} for row in counted}


# Rules to master -----------------------------------------------------------------------------


def rules_of(item: CourseItem, rules: Iterable[Rule]) -> list[Rule]:
    """The published rules of an item: those named, the kinds on its pages or on all, or all rules of its pages."""
    named, codes = frozenset(item.rules), frozenset(item.codes)
    if not named:
        return [rule for rule in rules if rule.code in codes]
    return [rule for rule in rules if rule.id in named or (rule.kind in named and (not codes or rule.code in codes))]


def askable() -> list[Rule]:
    """The published rules that some question can be about. No other can be mastered."""
    stamp = current_stamp()
    stakes = table(stamp)
    return [rule for rule in library(stamp).rules if stakes.where(rule.id)]


def _mastery(
    rows: Sequence[Standing], rules: Sequence[Rule]
) -> tuple[dict[tuple[int, str], RuleMemory], dict[int, list[Change]]]:
    """What people remember of the rules of mastery items, and when these rose to mastered or fell from it."""
    asked = [row for row in rows if row.item.kind == Kind.MASTERY]
    items = {row.item_id: row.item for row in asked}
    names = {rule.id for item in items.values() for rule in rules_of(item, rules)}
    if not names:
        return {}, {}
    who = {"person__in": {row.assignment.person_id for row in asked}, "rule__in": names}
    memories = {(one.person_id, one.rule): one for one in RuleMemory.objects.filter(**who)}
    rose, fell = Q(level_after=Level.MASTERED), Q(level_before=Level.MASTERED)
    moved = RuleReview.objects.filter((rose & ~fell) | (fell & ~rose), **who).order_by("person", "at", "pk")
    values: Iterable[Any] = moved.values_list("person", "at", "rule", "level_after")
    changes = {
        person: [Change(at=at, rule=rule, mastered=level == Level.MASTERED) for _, at, rule, level in group]
        for person, group in groupby(values, key=lambda one: one[0])
    }
    return memories, changes


def _is_begun(memory: RuleMemory, assignment: Assignment) -> bool:
    return memory.level == Level.MASTERED or memory.reviewed_at >= assignment.assigned_at


def _all_mastered(names: Sequence[str], changes: Iterable[Change], since: datetime, row: Standing) -> datetime | None:
    """From when on, since the assignment, all rules were mastered at once; None where they never were."""
    moments = _counts(frozenset(names), changes, since)
    if row.done_at is not None and row.tried:
        known = [count for at, count in moments if at <= row.done_at]
        if names and known and known[-1] >= min(row.tried, len(names)):
            return row.done_at
    return next((at for at, count in moments if names and count == len(names)), None)


def _counts(names: frozenset[str], changes: Iterable[Change], since: datetime) -> list[tuple[datetime, int]]:
    """How many of the rules were mastered at the beginning, and after each change since."""
    mastered, found = set[str](), [(since, 0)]
    for change in changes:
        if change.rule in names:
            (mastered.add if change.mastered else mastered.discard)(change.rule)
            if change.at <= since:
                found[0] = (since, len(mastered))
            else:
                found.append((change.at, len(mastered)))
    return found
