"""The verbs of practising: start a set, keep a draft, submit an answer."""

import hashlib
import json
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp, library
from codes.models import Code
from codes.phrasebook import phrasebook
from quizzes.asking import Candidate, Source
from quizzes.formats import FORMAT, FORMATS, Material
from quizzes.formats.base import Payload
from quizzes.models import Answer, Attempt, AttemptItem, Grading, Question, QuestionVersion, Scenario
from rulebook import ENGINE_VERSION
from rulebook.case_format import read_encounter, write_claim, write_finding
from rulebook.types import Claim, Outcome
from rulebook.types import Grade as Graded
from rulebook.variants import Variant

SET_SIZE = 10
#: The formats of a set in turn; where one cannot be asked of a scenario, the next that can takes its place.
RHYTHM = (
    "code-the-claim", "choose-the-code", "audit-the-claim", "code-the-claim", "minimal-pair", "code-the-claim",
    "finish-the-claim", "choose-the-code", "missing-in-the-note", "code-the-claim",
)  # fmt: skip
#: How many variants of a scenario are tried for a place before the scenario is asked as it is written.
TRIES = 3
I_DO_NOT_KNOW: Payload = {"gave_up": True}


T = TypeVar("T")


class NothingToAsk(Exception):
    """There is no scenario that could be asked."""


class Answered(Exception):
    """The question has been answered with something else; ``answer`` is what stands."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("This question has been answered.")
        self.answer = answer


@transaction.atomic
def start(person: User, code: Code, *, seed: int | None = None, recipe: "Recipe | None" = None) -> Attempt:
    """A tutor-mode set on the scenarios of one page, pinned to the library as it is now."""
    seed = secrets.randbits(48) if seed is None else seed
    scenarios = list(Scenario.objects.live().of(code.number))
    questions = choose(scenarios, random.Random(seed), recipe or Recipe())
    if not questions:
        raise NothingToAsk
    attempt = Attempt.objects.create(person=person, title=f"{code.number} {code.title}", code=code, seed=seed)
    AttemptItem.objects.bulk_create(
        AttemptItem(attempt=attempt, position=position, version=version)
        for position, version in enumerate(pin(questions, current_stamp()), 1)
    )
    return attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a set is made of: formats by turns, and the share of scenarios asked in the words they were written in."""

    formats: tuple[str, ...] = RHYTHM
    as_written: float = 0.5
    size: int = SET_SIZE


def choose(scenarios: list[Scenario], chance: random.Random, recipe: Recipe) -> list[Candidate]:
    """As many questions as the recipe says, each of another scenario as far as there are so many."""
    pages, phrases = library(), phrasebook()
    chance.shuffle(scenarios)
    chosen: list[Candidate] = []
    for place, scenario in enumerate(islice(cycle(scenarios), recipe.size * 2) if scenarios else ()):
        source = Source(scenario=scenario, library=pages, phrases=phrases)
        # A scenario that comes round again is not asked as it was written twice.
        written = place < len(scenarios) and chance.random() < recipe.as_written
        wanted = recipe.formats[len(chosen) % len(recipe.formats)]
        candidate = _candidate(source, wanted, chance, written=written)
        if candidate is not None and candidate.prompt not in [one.prompt for one in chosen]:
            chosen.append(candidate)
        if len(chosen) == recipe.size:
            break
    return chosen


class _Again(Generic[T]):
    """What an iterator gives, as often as one likes; each thing is made only when it is first asked for."""

    def __init__(self, source: Iterator[T]) -> None:
        self._source, self._made = source, list[T]()

    def __iter__(self) -> Iterator[T]:
        yield from self._made
        for one in self._source:
            self._made.append(one)
            yield one


def _candidate(source: Source, wanted: str, chance: random.Random, *, written: bool) -> Candidate | None:
    """A question in the wanted format, or in another where no material can be asked like that."""
    seed = chance.randrange(2**32)
    made: dict[str, _Again[tuple[Variant | None, Material]]] = {}
    for form in (FORMAT[wanted], *FORMATS):
        if form.about not in made:
            made[form.about] = _Again(source.materials(seed, most=TRIES, written_first=written, about=form.about))
        for variant, material in made[form.about]:
            candidate = source.candidate(material, form, seed, variant)
            if candidate is not None and not candidate.reasons:
                return candidate
    return None


def pin(candidates: list[Candidate], stamp: int) -> list[QuestionVersion]:
    """The questions as stored, immutable versions, in the same order; what is stored already is used again."""
    questions = _questions(candidates)
    versions = [_version(one, questions[one.scenario.pk, one.format.id], stamp) for one in candidates]
    known = _known(versions)
    new = {_place(one): one for one in versions if _place(one) not in known}
    QuestionVersion.objects.bulk_create(new.values(), ignore_conflicts=True)
    stored = _known(versions)
    return [stored[_place(one)] for one in versions]


def _questions(candidates: list[Candidate]) -> dict[tuple[int, str], Question]:
    """The rows for scenario and format, made where they are missing."""
    wanted = {(one.scenario.pk, one.format.id) for one in candidates}
    Question.objects.bulk_create(
        (Question(scenario_id=scenario, format=form) for scenario, form in wanted), ignore_conflicts=True
    )
    rows = Question.objects.filter(scenario__in={scenario for scenario, _ in wanted})
    return {(row.scenario_id, row.format): row for row in rows}


def _version(candidate: Candidate, question: Question, stamp: int) -> QuestionVersion:
    content = [candidate.prompt, candidate.pinned.options, candidate.key, stamp]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return QuestionVersion(
        question=question, digest=digest, stamp=stamp, seed=candidate.seed, prompt=candidate.prompt,
        options=candidate.pinned.options, key=candidate.key,
    )  # fmt: skip


def _known(versions: list[QuestionVersion]) -> dict[tuple[int, str], QuestionVersion]:
    rows = QuestionVersion.objects.filter(digest__in=[one.digest for one in versions])
    return {_place(row): row for row in rows}


def _place(version: QuestionVersion) -> tuple[int, str]:
    return (version.question_id, version.digest)


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
