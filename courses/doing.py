"""The verbs of somebody who takes a course: begin a set or an exam, say that a page is read."""

import math
import random
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from codes.library import current_stamp
from codes.models import Edition
from courses import standing as standings
from courses.models import Assignment, CourseItem, Sitting, Standing
from courses.opening import Lock, locks
from quizzes import exams
from quizzes.around import FORMATS, wishes_around
from quizzes.asking import Candidate
from quizzes.drawing import AS_WRITTEN, RHYTHM, Drawing, Wish, cases_seen_by, interleaved, wish_for
from quizzes.models import Attempt
from quizzes.models.exams import percent_for
from quizzes.pools import Past
from quizzes.practice import Terms, new_seed, open_set
from quizzes.signals import progressed
from quizzes.stakes import Stakes, table

#: The share of a set in tutor mode that is on rules somebody breaks, as far as there are such.
WEAK_SHARE = 0.4


class Locked(Exception):
    """Something else comes first."""

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock.reason)
        self.lock = lock


class Over(Exception):
    """There is nothing to begin any more: it is done, or no attempt is left. ``last``: the newest set, if any."""

    def __init__(self, words: str, last: Attempt | None) -> None:
        super().__init__(words)
        self.last = last


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One item of one assignment, about to be done."""

    assignment: Assignment
    standing: Standing

    @property
    def item(self) -> CourseItem:
        """The item."""
        return self.standing.item

    @property
    def is_exam_mode(self) -> bool:
        """Whether its set has neither hints nor feedback before the end."""
        return self.assignment.mode == Attempt.Mode.EXAM


# Verbs ---------------------------------------------------------------------------------------


def start(step: Step, at: datetime, *, key: UUID | None = None, seed: int | None = None) -> Attempt:
    """A set or an exam for an item: the one that is open, the one that this form began before, or a new one.

    Raises Locked, Over, NothingToAsk, OtherStart; of exams also what quizzes.exams.start raises.
    """
    known = running(step) or _made_by(step, key)
    if known is not None:
        return known
    _check_open(step)
    if step.item.kind == CourseItem.Kind.EXAM:
        return _start_exam(step, key, seed)
    terms = terms_of(step, key)
    seed = new_seed() if seed is None else seed
    questions = draw(step, random.Random(seed), at)
    with transaction.atomic():
        # Of two tabs that begin at once the second finds the set of the first.
        User.objects.select_for_update(no_key=True).get(pk=step.assignment.person_id)
        known = running(step)
        if known is not None:
            return known
        _check_open(step)
        return _sit(step, open_set(step.assignment.person, terms, questions, seed))


def mark_read(step: Step, edition: int | None, at: datetime) -> None:
    """Say that a page is read, in the edition that was shown. Raises Locked."""
    _check_lock(step)
    # Not the published row: a page that was retired meanwhile counts as read by whoever was told so.
    newest = Edition.objects.filter(code=step.item.code_id).values_list("number", flat=True).first() or 1
    standings.read(step.standing, min(edition or newest, newest), at)


def running(step: Step) -> Attempt | None:
    """The set or exam of an item that is not finished."""
    own = Attempt.objects.filter(sitting__standing=step.standing, finished_at=None)
    if step.item.kind == CourseItem.Kind.EXAM:
        own = Attempt.objects.filter(person=step.assignment.person_id, exam=step.item.exam_id, finished_at=None)
    found = own.select_related("exam").first()
    if found is not None and step.item.kind == CourseItem.Kind.EXAM:
        return _sit(step, found)
    return found


def _made_by(step: Step, key: UUID | None) -> Attempt | None:
    if key is None:
        return None
    return Attempt.objects.filter(sitting__standing=step.standing, start_key=key).first()


def _start_exam(step: Step, key: UUID | None, seed: int | None) -> Attempt:
    exam = step.item.exam
    if exam is None:
        raise exams.Closed
    return _sit(step, exams.start(step.assignment.person, exam, key=key, asked=_asked(step), seed=seed))


@transaction.atomic
def _sit(step: Step, attempt: Attempt) -> Attempt:
    """Note for which item a set was begun. One that another assignment has already stays with that."""
    _, new = Sitting.objects.get_or_create(attempt=attempt, defaults={"standing": step.standing})
    if new:
        progressed.send(Attempt, person_id=attempt.person_id, attempt_id=attempt.pk)
    return attempt


def _check_open(step: Step) -> None:
    """Locked or Over where nothing can be begun; by what is stored now."""
    _check_lock(step)
    row = Standing.objects.get(pk=step.standing.pk)
    last = Attempt.objects.filter(sitting__standing=row).order_by("-created_at").first()
    if row.state == Standing.State.DONE:
        raise Over("This is done.", last)
    if row.state == Standing.State.SPENT:
        raise Over("You have no attempt left here. This is your last one; ask your manager for more.", last)


def _check_lock(step: Step) -> None:
    course = step.assignment.course
    items = list(course.items.prefetch_related("requires"))
    done = step.assignment.standings.filter(state=Standing.State.DONE).values_list("item", flat=True)
    lock = locks(course, items, done).get(step.item.pk)
    if lock is not None:
        raise Locked(lock)


# Sets ----------------------------------------------------------------------------------------


def terms_of(step: Step, key: UUID | None) -> Terms:
    """On what terms a set is taken; a set in tutor mode has no limit."""
    minutes = minutes_for(step.assignment, step.item) if step.is_exam_mode else None
    named = tuple(rule for rule in step.item.rules if "/" in rule)
    return Terms(
        title=f"{step.item}"[:200], source=Attempt.Source.ASSIGNED, mode=step.assignment.mode, rules=named,
        minutes=minutes, key=key, asked=_asked(step),
    )  # fmt: skip


def _asked(step: Step) -> str:
    """For what a set is begun: no set that was begun for anything else may count here."""
    return f"item {step.standing.pk}"


def minutes_for(assignment: Assignment, item: CourseItem) -> int | None:
    """The time limit of a set with the extra time of the assignment.

    Who has extra time for everything gets that when the clock starts; of the two the greater counts, not both.
    """
    if item.minutes is None:
        return None
    has = percent_for(assignment.person_id, None)
    return math.ceil(item.minutes * (100 + max(assignment.extra_percent, has)) / (100 + has))


def draw(step: Step, chance: random.Random, at: datetime) -> list[Candidate]:
    """The questions of a set: cases that are new to the person, as far as there are any."""
    person, stakes = step.assignment.person, table(current_stamp())
    hidden = step.is_exam_mode
    drawing = Drawing(
        chance=chance, seen=cases_seen_by(person), as_written=0.0 if hidden else AS_WRITTEN, hidden=hidden
    )
    if step.item.around_year:
        fill_around(drawing, step.item, step.item.around_year)
    else:
        weak = () if hidden else Past.of(person, at).weak
        drawing.fill(wishes(step.item, stakes, chance, weak), RHYTHM, step.item.number)
    chance.shuffle(drawing.chosen)
    return drawing.chosen


def fill_around(drawing: Drawing, item: CourseItem, year: int) -> int:
    """Cases on days close to those on which the rules of an item changed in a year; how many places stay empty."""
    near = wishes_around(item.rules, year, drawing.stakes, drawing.ground.library, drawing.chance)
    return drawing.fill(list(near), FORMATS, item.number)


def wishes(item: CourseItem, stakes: Stakes, chance: random.Random, weak: tuple[str, ...] = ()) -> list[Wish]:
    """What the set of an item may be filled with, what somebody breaks (``weak``) first."""
    among = frozenset(pk for pk, number in stakes.pages.items() if not item.codes or number in item.codes)
    if item.rules:
        names = [card.rule for card in stakes.cards.values() if _is_named(item, card.rule, card.kind, card.code)]
        chance.shuffle(names)
        ranked = sorted(names, key=lambda rule: rule not in weak)
        found = [_wish(rule, stakes, chance, among) for rule in ranked]
    else:
        own = [rule for rule in weak if (card := stakes.cards.get(rule)) and card.code in (item.codes or [card.code])]
        first = [wish_for(rule, stakes, chance, among) for rule in own[: round(WEAK_SHARE * item.number)]]
        found = [*first, *(Wish(scenarios=(pk,)) for pk in interleaved(among, stakes, chance))]
    return [one for one in found if one.scenarios]


def _is_named(item: CourseItem, rule: str, kind: str, code: str) -> bool:
    return rule in item.rules or (kind in item.rules and (not item.codes or code in item.codes))


def _wish(rule: str, stakes: Stakes, chance: random.Random, among: frozenset[int]) -> Wish:
    """On the pages of the item if the rule is at stake there, else wherever it is."""
    found = wish_for(rule, stakes, chance, among)
    return found if found.scenarios else wish_for(rule, stakes, chance)
