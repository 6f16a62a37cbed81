"""Storing drawn questions as pinned versions, which never change."""

import hashlib
import json

from quizzes.asking import Candidate
from quizzes.models import Question, QuestionVersion


def pin(candidates: list[Candidate], stamp: int) -> list[QuestionVersion]:
    """The questions as stored, immutable versions, in the same order; what is stored already is used again."""
    questions = _questions(candidates)
    versions = [_version(one, questions[one.scenario.pk, one.format.id], stamp) for one in candidates]
    known = _known(versions)
    new = {_place(one): one for one in versions if _place(one) not in known}
    # In one order for everybody: of two sets at once, each could otherwise wait for a row of the other.
    QuestionVersion.objects.bulk_create((new[place] for place in sorted(new)), ignore_conflicts=True)
    stored = _known(versions)
    return [stored[_place(one)] for one in versions]


def _questions(candidates: list[Candidate]) -> dict[tuple[int, str], Question]:
    """The rows for scenario and format, made where they are missing."""
    wanted = {(one.scenario.pk, one.format.id) for one in candidates}
    Question.objects.bulk_create(
        (Question(scenario_id=scenario, format=form) for scenario, form in sorted(wanted)), ignore_conflicts=True
    )
    rows = Question.objects.filter(scenario__in={scenario for scenario, _ in wanted})
    return {(row.scenario_id, row.format): row for row in rows}


def _version(candidate: Candidate, question: Question, stamp: int) -> QuestionVersion:
    content = [candidate.prompt, candidate.pinned.options, candidate.key, stamp]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return QuestionVersion(
        question=question, digest=digest, stamp=stamp, seed=candidate.seed, prompt=candidate.prompt,
        options=candidate.pinned.options, key=candidate.key, case=candidate.case,
    )  # fmt: skip


def _known(versions: list[QuestionVersion]) -> dict[tuple[int, str], QuestionVersion]:
    rows = QuestionVersion.objects.filter(digest__in=[one.digest for one in versions])
    return {_place(row): row for row in rows}


def _place(version: QuestionVersion) -> tuple[int, str]:
    return (version.question_id, version.digest)
