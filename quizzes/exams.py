"""The verbs of exams: begin, go on, finish, sweep, give more time, release results.

Every moment comes in as an argument; deadlines are instants that are stored once, so that no clock
of a browser and no step of the server's own matters to them.
"""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts.models import User, audit
from quizzes.asking import Candidate
from quizzes.drawing import Ground, cases_seen_by, draw_blueprint
from quizzes.formats import FORMAT
from quizzes.formats.base import Payload
from quizzes.memory import rebuild, remember
from quizzes.models import Answer, Attempt, AttemptItem, Exam, ExtraTime, Grading, Readmission
from quizzes.models.exams import percent_for
from quizzes.practice import Terms, grade_payload, new_seed, open_set, record, started
from quizzes.signals import progressed
from rulebook.types import Claim
from rulebook.types import Grade as Graded

log = logging.getLogger(__name__)


class Closed(Exception):
    """The exam cannot be taken now."""


def start(person: User, exam: Exam, *, seed: int | None = None, key: UUID | None = None, asked: str = "") -> Attempt:
    """An attempt at an exam, drawn from its blueprint, or the open one. The clock does not run yet.

    ``asked``: for what else than itself it is begun. Raises Closed, NoAttemptsLeft, OtherStart, or TooFewQuestions
    where the library cannot fill the blueprint. The drawing takes a while and happens before anything is locked.
    """
    terms = terms_of(exam, key, asked)
    known = started(person, terms)
    if known is not None:
        return known
    if not exam.is_open:
        raise Closed
    seed = new_seed() if seed is None else seed
    questions = draw_blueprint(list(exam.parts.all()), random.Random(seed), seen=cases_seen_by(person))
    return open_set(person, terms, questions, seed)


def rehearse(exam: Exam, ground: Ground | None = None) -> list[Candidate]:
    """Questions as somebody new might get them, from the present library or another ground.

    TooFewQuestions where it cannot fill the blueprint.
    """
    return draw_blueprint(list(exam.parts.all()), random.Random(0), seen=frozenset(), ground=ground)


def terms_of(exam: Exam, key: UUID | None = None, asked: str = "") -> Terms:
    """On what terms an exam is taken now; an attempt keeps them."""
    return Terms(
        title=exam.title, source=Attempt.Source.EXAM, mode=Attempt.Mode.EXAM, exam=exam, minutes=exam.minutes,
        sequential=exam.order == Exam.Order.SEQUENTIAL, key=key, asked=asked or f"exam {exam.pk}",
    )  # fmt: skip


@transaction.atomic
def begin(attempt: Attempt, at: datetime) -> None:
    """Start the clock, once. To be called in the transaction that shows the first question."""
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.begun_at is None:
        locked.begun_at = at
        locked.deadline = deadline_of(locked)
        locked.save(update_fields=["begun_at", "deadline"])
        progressed.send(Attempt, person_id=locked.person_id, attempt_id=locked.pk)
    attempt.begun_at, attempt.deadline = locked.begun_at, locked.deadline


def deadline_of(attempt: Attempt) -> datetime | None:
    """When time is up, extra time included; None without a limit or before the clock runs."""
    if attempt.minutes is None or attempt.begun_at is None:
        return None
    percent = percent_for(attempt.person_id, attempt.exam_id)
    return attempt.begun_at + timedelta(minutes=attempt.minutes) * (100 + percent) / 100


def leave(item: AttemptItem, at: datetime) -> None:
    """Go on to the next question of a sequential exam; there is no way back."""
    AttemptItem.objects.filter(pk=item.pk, left_at=None).update(left_at=at)


def current(attempt: Attempt) -> AttemptItem | None:
    """The question that a sequential exam is at; None when all are behind."""
    return attempt.items.filter(left_at=None).first()


def is_closed(item: AttemptItem, at: datetime) -> bool:
    """Whether a question takes no answer any more because its set is over; in tutor mode one that has none yet."""
    return item.attempt.is_over(at) and (item.attempt.is_exam or not item.shows_feedback)


def elsewhere(item: AttemptItem) -> Attempt | AttemptItem | None:
    """Where to go instead of an exam's question that cannot be seen now; None where it can.

    Before the beginning and while results are held back that is the exam's own page, in a sequential
    exam the question it is at.
    """
    attempt = item.attempt
    if attempt.shows_results:
        return None
    if attempt.begun_at is None or attempt.finished_at is not None:
        return attempt
    if not attempt.sequential:
        return None
    here = current(attempt)
    return None if here == item else here or attempt


def go_on(item: AttemptItem, at: datetime) -> Attempt | AttemptItem:
    """What comes after a question of an exam: the next one, or after the last the review page."""
    if item.attempt.sequential:
        leave(item, at)
        return current(item.attempt) or item.attempt
    return item.attempt.items.filter(position=item.position + 1).first() or item.attempt


def attempts_left(person: User, exam: Exam) -> int:
    """How many further attempts a person may begin at an exam."""
    return exam.attempts_allowed - Attempt.objects.filter(person=person, exam=exam).counting().count()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A draft as the answer it amounts to, judged."""

    draft: Answer
    payload: Payload
    graded: Graded
    claim: Claim


def finish(attempt: Attempt, at: datetime) -> None:
    """End an exam: the newest draft of each question that can be read becomes its answer and is graded.

    A second finish changes nothing. Judging happens before the set is locked; only what was saved
    in between is judged inside. The time noted is never after the deadline, nor before the beginning.
    """
    ready = {one.draft.pk: one for one in map(_ready, newest_drafts(attempt)) if one}
    with transaction.atomic():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if locked.finished_at is None:
            locked.finished_at = _end_of(locked, at)
            last = _last_sequences(attempt)
            gradings = [
                _settle(one, last[one.draft.item_id] + 1, locked.finished_at) for one in _all_ready(attempt, ready)
            ]
            locked.save(update_fields=["finished_at"])
            if locked.shows_results:
                remember(locked.person_id, gradings)
            progressed.send(Attempt, person_id=locked.person_id, attempt_id=locked.pk)
        attempt.finished_at = locked.finished_at


def _end_of(attempt: Attempt, at: datetime) -> datetime:
    """When an exam that is finished now ended, wherever the server's clock has gone since it began."""
    end = max(at, attempt.begun_at or at)
    return min(end, attempt.deadline) if attempt.deadline else end


def newest_drafts(attempt: Attempt) -> list[Answer]:
    """The newest draft of each question that has one, in the order of the questions."""
    drafts = Answer.objects.filter(item__attempt=attempt, state=Answer.State.DRAFT)
    rows = drafts.select_related("item__version__question").order_by("item__position", "sequence")
    return list({draft.item_id: draft for draft in rows}.values())


def _all_ready(attempt: Attempt, ready: dict[int, _Ready]) -> list[_Ready]:
    found = (ready.get(draft.pk) or _ready(draft) for draft in newest_drafts(attempt))
    return [one for one in found if one is not None]


def _ready(draft: Answer) -> _Ready | None:
    """None where nothing of a draft can be read."""
    version = draft.item.version
    payload = FORMAT[version.question.format].settle(draft.payload, version)
    if payload is None:
        return None
    graded, claim = grade_payload(version, payload)
    return _Ready(draft=draft, payload=payload, graded=graded, claim=claim)


def _last_sequences(attempt: Attempt) -> dict[int, int]:
    """Item -> the sequence of its newest answer; one that came too late may follow the newest draft."""
    rows = Answer.objects.filter(item__attempt=attempt).order_by().values_list("item")
    return dict(rows.annotate(last=Max("sequence")))


def _settle(ready: _Ready, sequence: int, at: datetime) -> Grading:
    """Store the answer that counts, with its grading."""
    draft = ready.draft
    answer = Answer.objects.create(
        item=draft.item, sequence=sequence, key=draft.key, state=Answer.State.SUBMITTED, payload=ready.payload,
        tab=draft.tab, certainty=draft.certainty, created_at=at,
    )  # fmt: skip
    return record(answer, ready.graded, ready.claim, draft.item.version.stamp)


def settle(attempt: Attempt, at: datetime) -> None:
    """Bring an attempt to its true state: finished, if its time was up without anybody looking."""
    if attempt.begun_at is not None and at < attempt.begun_at:
        log.warning("The clock stands %s before the beginning of attempt %s.", attempt.begun_at - at, attempt.pk)
    if attempt.is_exam and attempt.finished_at is None and attempt.is_over(at):
        finish(attempt, at)


def sweep(at: datetime) -> int:
    """Finish every exam whose time is up; how many there were."""
    overdue = list(Attempt.objects.filter(finished_at=None, deadline__lt=at).select_related("exam"))
    for attempt in overdue:
        settle(attempt, at)
    return len(overdue)


@transaction.atomic
def grant(
    person: User, percent: int, why: str, *, by: User | None, at: datetime, exam: Exam | None = None, basis: str = ""
) -> ExtraTime:  # fmt: skip
    """Give somebody more time, for one exam or all; what is running ends later at once.

    ``basis``: what it is granted for; it counts beside what else is granted, until ``end_grant`` ends it.
    """
    granted = ExtraTime.objects.create(
        person=person, exam=exam, percent=percent, basis=basis, why=why, granted_by=by, created_at=at
    )
    running = Attempt.objects.select_for_update().filter(person=person, finished_at=None, deadline__isnull=False)
    for attempt in running.filter(exam=exam) if exam else running:
        attempt.deadline = deadline_of(attempt)
        attempt.save(update_fields=["deadline"])
    audit(by, "extra time granted", granted, after={"person": person.pk, "percent": percent, "exam": exam and exam.pk})
    return granted


def end_grant(person: User, exam: Exam, basis: str, why: str, *, by: User | None, at: datetime) -> ExtraTime:
    """End the extra time that was granted for something. What is running keeps the time it was begun with."""
    ended = ExtraTime.objects.create(
        person=person, exam=exam, percent=0, basis=basis, why=why, granted_by=by, created_at=at
    )
    audit(by, "extra time ended", ended, after={"person": person.pk, "exam": exam.pk})
    return ended


@transaction.atomic
def readmit(person: User, exam: Exam, why: str, *, by: User | None, at: datetime) -> Readmission:
    """Give somebody the attempts at an exam anew. An attempt that is running goes on, and uses up none of these."""
    granted = Readmission.objects.create(person=person, exam=exam, why=why, granted_by=by, created_at=at)
    audit(by, "attempts granted anew", granted, after={"person": person.pk, "exam": exam.pk})
    progressed.send(Attempt, person_id=person.pk, attempt_id=None)
    return granted


@transaction.atomic
def release(exam: Exam, at: datetime, *, by: User | None = None) -> int:
    """Show the results to everybody who finished; how many people that are. Releasing again changes nothing."""
    if exam.released_at is not None:
        return 0
    exam.released_at = at
    exam.save(update_fields=["released_at"])
    people = User.objects.filter(attempts__exam=exam, attempts__finished_at__isnull=False).distinct()
    rebuild(*people)
    audit(by, "results released", exam, after={"people": len(people)})
    return len(people)
