"""The verbs of practising: start a set, keep a draft, submit an answer."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Exists, Max, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp, library
from codes.models import Code
from quizzes.asking import Candidate
from quizzes.drawing import Recipe, cases_in_exams, cases_seen_by, choose, to_introduce
from quizzes.formats import FORMAT
from quizzes.formats.base import I_DO_NOT_KNOW as I_DO_NOT_KNOW
from quizzes.formats.base import Payload
from quizzes.memory import remember
from quizzes.models import Answer, Attempt, AttemptItem, Exam, Grading, QuestionVersion, RuleMemory, Scenario
from quizzes.pinning import pin
from quizzes.signals import progressed
from quizzes.stakes import table
from rulebook import ENGINE_VERSION
from rulebook.case_format import read_encounter, write_claim, write_finding
from rulebook.types import Claim, Outcome
from rulebook.types import Grade as Graded
from statements.inserting import insert
from statements.prepared import Prepared


class NothingToAsk(Exception):
    """There is no scenario that could be asked."""


class NoAttemptsLeft(Exception):
    """The exam was taken as often as it may be; ``last`` is the newest attempt."""

    def __init__(self, last: Attempt) -> None:
        super().__init__("No attempts are left.")
        self.last = last


class OtherStart(Exception):
    """The key of this start belongs to another one; ``attempt`` is what that began. Nothing was started."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(
            f"Nothing was started: this form has begun something else before, “{attempt}”. Please try again."
        )
        self.attempt = attempt


class Answered(Exception):
    """The question has been answered with something else; ``answer`` is what stands."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("This question has been answered.")
        self.answer = answer


class Finished(Exception):
    """The set had been finished; ``answer`` is what came too late, kept and not counted."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("This set is finished.")
        self.answer = answer


class KeyReused(Answered):
    """The same form was sent before with something else in it; ``answer`` is what was stored then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a set is, and on what terms it is taken.

    ``key``: the form sent again with it starts no other set. ``asked``: what that form asked for; the same key with
    anything else is no second sending, whatever the two sets have in common.
    """

    title: str
    source: str = Attempt.Source.PAGE
    mode: str = Attempt.Mode.TUTOR
    code: Code | None = None
    rules: tuple[str, ...] = ()
    exam: Exam | None = None
    minutes: int | None = None
    sequential: bool = False
    key: UUID | None = None
    asked: str = ""

    @property
    def start_terms(self) -> UUID | None:
        """The key and what was asked for, in one."""
        return uuid5(self.key, self.asked) if self.key is not None else None


def start(
    person: User, code: Code, *, seed: int | None = None, recipe: Recipe | None = None, key: UUID | None = None
) -> Attempt:
    """A tutor-mode set on the scenarios of one page, pinned to the library as it is now.

    Without a recipe it begins with a rule of the page that the person has never met, if there is one.
    """
    terms = Terms(title=f"{code.number} {code.title}", code=code, key=key, asked=f"page {code.pk}")
    known = started(person, terms)
    if known is not None:
        return known
    seed = new_seed() if seed is None else seed
    scenarios = list(Scenario.objects.live().of(code.number))
    recipe = recipe or Recipe(first=_first_rule(person, code))
    return open_set(person, terms, choose(scenarios, random.Random(seed), recipe, cases_seen_by(person)), seed)


def _first_rule(person: User, code: Code) -> str:
    """The rule of a page that a person is to be introduced to."""
    stakes = table(current_stamp())
    met = frozenset(RuleMemory.objects.of(person).values_list("rule", flat=True))
    return to_introduce([card.rule for card in stakes.cards.values() if card.code == code.number], met, stakes)


def new_seed() -> int:
    """A seed that nobody can guess."""
    return secrets.randbits(48)


def open_set(person: User, terms: Terms, questions: list[Candidate], seed: int) -> Attempt:
    """Store a set of drawn questions, or return the one that the same start made already.

    Raises NothingToAsk without questions, NoAttemptsLeft when the exam was taken as often as
    it may be, OtherStart where the key began something else. The person is locked, so that of
    several starts at once one makes the set. What would be told at once leaves out the cases that
    an exam of the person's asks now.
    """
    if terms.mode == Attempt.Mode.TUTOR:
        running = cases_in_exams(person, timezone.now())
        questions = [one for one in questions if one.case not in running]
    if not questions:
        raise NothingToAsk
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        attempt = started(person, terms)
        if attempt is None:
            attempt = _new_attempt(person, terms, seed)
            lay(attempt, pin(questions, current_stamp()))
    return attempt


def lay(attempt: Attempt, versions: Sequence[QuestionVersion]) -> list[AttemptItem]:
    """Store the questions of a set, in this order, each with whether its person was ever given its case before.

    Whoever calls it has locked the person, so that of two sets at once only one is the first.
    """
    cases = {version.case for version in versions}
    given = AttemptItem.objects.filter(attempt__person=attempt.person_id, version__case__in=cases).order_by()
    met = set(given.values_list("version__case", flat=True))
    items = []
    for position, version in enumerate(versions, 1):
        is_first = version.case not in met
        items.append(AttemptItem(attempt=attempt, position=position, version=version, is_first=is_first))
        met.add(version.case)
    return AttemptItem.objects.bulk_create(items)


def started(person: User, terms: Terms) -> Attempt | None:
    """The set that this start has made already: by its key, or as the open attempt of its exam.

    Raises OtherStart where the key came with another wish before; NoAttemptsLeft.
    """
    mine = Attempt.objects.filter(person=person)
    if terms.key is not None and (known := mine.filter(start_key=terms.key).first()):
        if known.start_terms != terms.start_terms:
            raise OtherStart(known)
        return known
    if terms.exam is None:
        return None
    # One query: a set that is begun just now is among them with all that is said of it, or is not.
    taken = list(mine.filter(exam=terms.exam).told_whether_counting())
    for attempt in taken:
        if attempt.finished_at is None:
            return attempt
    if sum(attempt.counts for attempt in taken) >= terms.exam.attempts_allowed:  # type: ignore[attr-defined]
        raise NoAttemptsLeft(taken[0])
    return None


def _new_attempt(person: User, terms: Terms, seed: int) -> Attempt:
    """In tutor mode it has begun; the clock of an exam waits until its first question is shown."""
    return Attempt.objects.create(
        begun_at=None if terms.mode == Attempt.Mode.EXAM else timezone.now(),
        person=person, title=terms.title, source=terms.source, mode=terms.mode, code=terms.code,
        rules=list(terms.rules), exam=terms.exam, minutes=terms.minutes, sequential=terms.sequential,
        start_key=terms.key, start_terms=terms.start_terms, seed=seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came along with a form: the opened page it came from, the newest answer that page knew, and how certain."""

    tab: str = ""
    seen: int = 0
    certainty: int | None = None
    offline_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was stored, and what another opened page had stored in between, which this one did not know of."""

    answer: Answer
    other: Answer | None = None

    @property
    def is_late(self) -> bool:
        """Kept, but not counted."""
        return self.answer.state == Answer.State.LATE


def save_draft(
    item: AttemptItem, key: UUID, payload: Payload, *, at: datetime | None = None, sent: Sent = Sent()
) -> Kept:
    """Keep what was typed. The same form sent twice is one draft; what comes too late is kept as late.

    Raises KeyReused where the key came with something else before.
    """
    at = at or timezone.now()
    with transaction.atomic():
        answers = _locked(item)
        known = [one for one in answers if one.key == key and one.state != Answer.State.SUBMITTED]
        if known:
            return Kept(answer=_same(known[0], payload))
        if answers and _is_unchanged(answers[-1], payload, sent):
            return Kept(answer=answers[-1])
        state = Answer.State.LATE if is_too_late(item, answers, at) else Answer.State.DRAFT
        answer = _add(item, answers, key, state, payload, at, sent)
    return Kept(answer=answer, other=other_page(answers, sent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The answer that stands, and its grading where both are new; nobody can have said anything about them then."""

    answer: Answer
    grading: Grading | None = None


def submit(item: AttemptItem, key: UUID, payload: Payload, *, at: datetime | None = None, sent: Sent = Sent()) -> Given:
    """Store the answer with its grading, or return the same one when it is sent again.

    Raises Answered where a different answer was there first, Finished where the set had been
    finished; what stands stays, this one is kept as late. Raises KeyReused where the key came with
    something else before. The grading is computed before the transaction, which only reads, adds
    two rows and marks the end of the set.
    """
    at = at or timezone.now()
    graded, claim = grade_payload(item.version, payload)
    with transaction.atomic():
        place = _place(item)
        if not place.is_answered and not place.is_finished:
            answer = _new(item, place.sequence + 1, key, Answer.State.SUBMITTED, payload, at, sent)
            insert([answer])
            grading = record(answer, graded, claim, item.version.stamp)
            if item.attempt.shows_results:
                remember(item.attempt.person_id, [grading])
            if not place.others_are_open:
                _end(item.attempt, at)
            progressed.send(Attempt, person_id=item.attempt.person_id, attempt_id=item.attempt_id)
            return Given(answer=answer, grading=grading)
        answers = _locked(item)
        first = next((one for one in answers if one.state == Answer.State.SUBMITTED), None)
        if first and first.key == key:
            return Given(answer=_same(first, payload))
        known = next((one for one in answers if one.key == key and one.state == Answer.State.LATE), None)
        late = known or _add(item, answers, key, Answer.State.LATE, payload, at, sent)
    raise Answered(first) if first else Finished(late)


@transaction.atomic
def finish(attempt: Attempt, at: datetime) -> None:
    """End a set in tutor mode before its last question; what is open stays open and counts as not answered."""
    _end(attempt, at)
    progressed.send(Attempt, person_id=attempt.person_id, attempt_id=attempt.pk)


@transaction.atomic
def skip(item: AttemptItem, at: datetime) -> None:
    """Leave a question unanswered; the set can end without it."""
    AttemptItem.objects.filter(pk=item.pk, left_at=None).update(left_at=at)
    _finish(item.attempt, at)
    progressed.send(Attempt, person_id=item.attempt.person_id, attempt_id=item.attempt_id)


def is_too_late(item: AttemptItem, answers: list[Answer], at: datetime) -> bool:
    """Whether nothing that comes now counts: the question is answered, or its set is over."""
    return item.attempt.is_over(at) or any(one.state == Answer.State.SUBMITTED for one in answers)


def other_page(answers: list[Answer], sent: Sent) -> Answer | None:
    """The newest answer that another opened page stored after what this one has seen."""
    others = [one for one in answers if one.sequence > sent.seen and one.tab != sent.tab]
    return others[-1] if others else None


def grade_payload(version: QuestionVersion, payload: Payload) -> tuple[Graded, Claim]:
    """Judge an answer under the editions its question is pinned to."""
    encounter = read_encounter(version.prompt["encounter"])
    form, pages = FORMAT[version.question.format], library(version.stamp)
    gave_up = payload == I_DO_NOT_KNOW
    judged = form.give_up(version, encounter, pages) if gave_up else form.judge(payload, version, encounter, pages)
    return judged.grade, judged.claim


def record(answer: Answer, graded: Graded, claim: Claim, stamp: int) -> Grading:
    """Append a grading."""
    grading = grading_of(graded, claim, stamp)
    grading.answer = answer
    insert([grading])
    return grading


def grading_of(graded: Graded, claim: Claim, stamp: int) -> Grading:
    """A grading as a row that is not stored yet."""
    counts: dict[str, Any] = {
        "required": graded.counts.required,
        "kept": graded.counts.kept,
        "extra": graded.counts.extra,
    }
    return Grading(
        engine=ENGINE_VERSION,
        stamp=stamp,
        is_clean=graded.clean,
        element_accuracy=graded.element_accuracy,
        claim=write_claim(claim),
        accepted=[write_claim(accepted) for accepted in graded.accepted],
        findings=[write_finding(finding) for finding in graded.findings],
        undecided=sum(finding.outcome is Outcome.UNCLEAR for finding in graded.findings),
        **counts,
    )


def _locked(item: AttemptItem) -> list[Answer]:
    """The item's answers, with its set locked: of several requests at once each sees what the ones before it did.

    Not its key: whoever ends the set holds that while answers are added to its questions, which look at their keys.
    """
    fresh = AttemptItem.objects.select_for_update(no_key=True).select_related("attempt").get(pk=item.pk)
    item.hints = fresh.hints
    for name in ("begun_at", "deadline", "finished_at"):
        setattr(item.attempt, name, getattr(fresh.attempt, name))
    return list(Answer.objects.filter(item=item))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a question stands: the last sequence of its answers (0: none), and how its set does."""

    sequence: int
    is_answered: bool
    others_are_open: bool
    is_finished: bool


def _place(item: AttemptItem) -> Place:
    """The item as it stands now, with its set locked; what was asked for of hints meanwhile goes into ``item``."""
    if connection.features.has_select_for_update:  # else beginning to write has locked everything
        AttemptItem.objects.select_for_update(no_key=True).select_related("attempt").get(pk=item.pk)
    [(item.hints, sequence, answered, others, finished)] = _PLACE.rows(item.pk, item.attempt_id)
    return Place(
        sequence=sequence or 0, is_answered=bool(answered), others_are_open=bool(others), is_finished=bool(finished)
    )


def _place_query(item: int, attempt: UUID) -> QuerySet[AttemptItem, Any]:
    answers = Answer.objects.filter(item=item).order_by()
    last = answers.values("item").annotate(last=Max("sequence")).values("last")
    return AttemptItem.objects.filter(pk=item).values_list(
        "hints", Subquery(last), Exists(answers.filter(state=Answer.State.SUBMITTED)),
        Exists(_open_in(attempt).exclude(pk=item)),
        Exists(Attempt.objects.filter(pk=attempt, finished_at__isnull=False)),
    )  # fmt: skip


_PLACE = Prepared(_place_query, int, UUID)


def _open_in(attempt: UUID) -> QuerySet[AttemptItem]:
    """The questions of a set that are neither answered nor skipped."""
    return AttemptItem.objects.filter(attempt=attempt, left_at=None).exclude(answers__state=Answer.State.SUBMITTED)


def _add(
    item: AttemptItem, answers: list[Answer], key: UUID, state: str, payload: Payload, at: datetime, sent: Sent
) -> Answer:
    answer = _new(item, answers[-1].sequence + 1 if answers else 1, key, state, payload, at, sent)
    answer.save()
    return answer


def _new(
    item: AttemptItem, sequence: int, key: UUID, state: str, payload: Payload, at: datetime, sent: Sent
) -> Answer:  # fmt: skip
    return Answer(
        item=item, sequence=sequence, key=key, state=state, payload=payload, tab=sent.tab,
        offline_seconds=sent.offline_seconds, hints=item.hints, certainty=sent.certainty, created_at=at,
    )  # fmt: skip


def _same(known: Answer, payload: Payload) -> Answer:
    """The stored answer, if it is what is sent again."""
    if known.payload != payload:
        raise KeyReused(known)
    return known


def _is_unchanged(newest: Answer, payload: Payload, sent: Sent) -> bool:
    """Whether the newest draft is from the same page and says the same, so that there is nothing to store."""
    return newest.state == Answer.State.DRAFT and newest.tab == sent.tab and newest.payload == payload


def _finish(attempt: Attempt, at: datetime) -> None:
    """Note the time when no question is open any more."""
    if not _open_in(attempt.pk).exists():
        _end(attempt, at)


def _end(attempt: Attempt, at: datetime) -> None:
    # A clock that was put back gives no set that ended before it began.
    end = max(at, attempt.begun_at or at)
    Attempt.objects.filter(pk=attempt.pk, finished_at=None).update(finished_at=end)
