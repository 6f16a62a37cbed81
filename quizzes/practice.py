"""The verbs of practising: start a set, keep a draft, submit an answer."""

import hashlib
import json
import random
import secrets
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp, library
from codes.models import Code
from quizzes.formats import FORMAT, FORMATS, Pinned
from quizzes.formats.base import Payload
from quizzes.models import Answer, Attempt, AttemptItem, Grading, Question, QuestionVersion, Scenario
from rulebook import ENGINE_VERSION, derive, grade
from rulebook.case_format import read_encounter, write_claim, write_finding
from rulebook.types import Claim, Outcome
from rulebook.types import Grade as Graded

SET_SIZE = 10
#: Every third question is a choice; the others ask for the whole claim.
RHYTHM = ("code-the-claim", "code-the-claim", "choose-the-code")
I_DO_NOT_KNOW: Payload = {"gave_up": True}


class NothingToAsk(Exception):
    """There is no scenario that could be asked."""


class Answered(Exception):
    """The question has been answered with something else; ``answer`` is what stands."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("This question has been answered.")
        self.answer = answer


@transaction.atomic
def start(person: User, code: Code, *, seed: int | None = None) -> Attempt:
    """A tutor-mode set on the scenarios of one page, pinned to the library as it is now."""
    seed = secrets.randbits(48) if seed is None else seed
    chance = random.Random(seed)
    scenarios = list(Scenario.objects.live().of(code.number))
    chance.shuffle(scenarios)
    stamp = current_stamp()
    versions = [
        _pin(scenario, place, stamp, chance.randrange(2**48)) for place, scenario in enumerate(scenarios[:SET_SIZE])
    ]
    if not versions:
        raise NothingToAsk
    attempt = Attempt.objects.create(person=person, title=f"{code.number} {code.title}", code=code, seed=seed)
    AttemptItem.objects.bulk_create(
        AttemptItem(attempt=attempt, position=position, version=version) for position, version in enumerate(versions, 1)
    )
    return attempt


def _pin(scenario: Scenario, place: int, stamp: int, seed: int) -> QuestionVersion:
    """The scenario as a pinned question, in the format its place asks for if that is possible."""
    encounter = read_encounter(scenario.encounter)
    book = library(stamp).on(encounter.date_of_service)
    derivation = derive(encounter, book)
    for wanted in (FORMAT[RHYTHM[place % len(RHYTHM)]], *FORMATS):
        pinned = wanted.pin(encounter, derivation, book, seed)
        if pinned is not None:
            question, _ = Question.objects.get_or_create(scenario=scenario, format=wanted.id)
            return _version(question, pinned, stamp, seed)
    raise NothingToAsk


def _version(question: Question, pinned: Pinned, stamp: int, seed: int) -> QuestionVersion:
    scenario = question.scenario
    prompt = {"title": scenario.title, "narrative": scenario.narrative, "encounter": scenario.encounter}
    content = [prompt, pinned.options, pinned.key, stamp]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    version, _ = QuestionVersion.objects.get_or_create(
        question=question,
        digest=digest,
        defaults={"stamp": stamp, "seed": seed, "prompt": prompt, "options": pinned.options, "key": pinned.key},
    )
    return version


def save_draft(item: AttemptItem, key: UUID, payload: Payload) -> None:
    """Keep what was typed. The same form sent twice is one draft; after the answer there are no more."""
    with transaction.atomic():
        answers = _locked(item)
        if not any(answer.state == Answer.State.SUBMITTED or answer.key == key for answer in answers):
            _add(item, answers, key, Answer.State.DRAFT, payload)


def submit(item: AttemptItem, key: UUID, payload: Payload) -> Answer:
    """Store the answer with its grading, or return the same one when it is sent again.

    Answered means a different answer was there first; it stands. The grading is computed
    before the transaction, which only reads, adds two rows and marks the end of the set.
    """
    graded, claim = grade_payload(item.version, payload)
    with transaction.atomic():
        answers = _locked(item)
        for answer in answers:
            if answer.state == Answer.State.SUBMITTED:
                if answer.key == key and answer.payload == payload:
                    return answer
                raise Answered(answer)
        answer = _add(item, answers, key, Answer.State.SUBMITTED, payload)
        record(answer, graded, claim, item.version.stamp)
        _finish(item.attempt)
    return answer


def grade_payload(version: QuestionVersion, payload: Payload) -> tuple[Graded, Claim]:
    """Grade an answer under the editions its question is pinned to."""
    encounter = read_encounter(version.prompt["encounter"])
    form = FORMAT[version.question.format]
    claim = Claim(lines=()) if payload == I_DO_NOT_KNOW else form.claim(payload, version)
    return grade(claim, encounter, library(version.stamp).on(encounter.date_of_service)), claim


def record(answer: Answer, graded: Graded, claim: Claim, stamp: int) -> Grading:
    """Append a grading."""
    grading = grading_of(graded, claim, stamp)
    grading.answer = answer
    grading.save()
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
    """The item's answers, with the item locked so that two requests cannot both be first."""
    AttemptItem.objects.select_for_update().get(pk=item.pk)
    return list(Answer.objects.filter(item=item))


def _add(item: AttemptItem, answers: list[Answer], key: UUID, state: str, payload: Payload) -> Answer:
    sequence = answers[-1].sequence + 1 if answers else 1
    return Answer.objects.create(item=item, sequence=sequence, key=key, state=state, payload=payload)


def _finish(attempt: Attempt) -> None:
    """Note the time when the last question is answered."""
    if not attempt.items.exclude(answers__state=Answer.State.SUBMITTED).exists():
        Attempt.objects.filter(pk=attempt.pk, finished_at=None).update(finished_at=timezone.now())
