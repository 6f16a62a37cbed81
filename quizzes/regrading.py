"""Grading answers once more, after a page was mended. Gradings are only added; the newest of an answer counts.

An answer is judged on the question as it was pinned: its facts, its date of service, its options. The rules are those
of the library at the regrade's stamp, in force on that date of service. What comes out the same is not stored again;
what was judged by the same rules or by newer ones is not even looked at. So a regrade that is run again adds nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from accounts.models import User
from codes.library import library
from codes.models import Code
from quizzes.formats import FORMAT
from quizzes.formats.base import I_DO_NOT_KNOW, NoLongerAsked
from quizzes.memory import rebuild
from quizzes.models import Answer, AttemptItem, Grading, QuestionVersion, Regrade, RegradeChange
from quizzes.practice import grading_of
from rulebook import ENGINE_VERSION, Library
from rulebook.case_format import read_encounter

PORTION = 500
#: A judge that remembers the verdicts on so many different answers begins again.
MOST_KNOWN = 20_000
#: What two gradings have in common that say the same of an answer; how a finding is worded does not matter.
SCORES = ("is_clean", "required", "kept", "extra")
SAID = ("rule", "outcome", "severity", "element", "line", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The answers that are meant: to the questions of a page, or of some of its examples; variants included."""

    code: Code
    scenarios: tuple[str, ...] = ()

    @classmethod
    def of(cls, regrade: Regrade) -> "Scope":
        """What a regrade is about."""
        return cls(code=regrade.code, scenarios=tuple(regrade.scenarios))

    def answers(self) -> QuerySet[Answer]:
        """Every submitted answer."""
        found: QuerySet[Answer] = Answer.objects.filter(
            state=Answer.State.SUBMITTED, item__version__question__scenario__code=self.code
        )
        return found.filter(item__version__question__scenario__slug__in=self.scenarios) if self.scenarios else found

    def people(self) -> list[int]:
        """Whose answers they are, in one order."""
        ids = self.answers().order_by("item__attempt__person").values_list("item__attempt__person", flat=True)
        return list(ids.distinct())


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An answer that is judged otherwise now: the grading that counted, and the one to be stored."""

    before: Grading
    after: Grading

    @property
    def person(self) -> int:
        """Whose answer it is."""
        return int(self.before.answer.item.attempt.person_id)

    @property
    def attempt(self) -> UUID:
        """The set that it belongs to."""
        return self.before.answer.item.attempt_id

    @property
    def kind(self) -> str:
        """What changes: ``gained``, ``lost``, ``score``, or only what the rules say (``said``)."""
        return change_of(self.before, self.after)


KINDS = {
    "gained": "Not clean, now clean",
    "lost": "Clean, now not clean",
    "score": "Another score",
    "said": "The same score, other rules at fault",
}


def change_of(before: Grading, after: Grading) -> str:
    """What the second of two gradings changes of the first, as in ``KINDS``."""
    if before.is_clean != after.is_clean:
        return "gained" if after.is_clean else "lost"
    return "score" if any(getattr(before, name) != getattr(after, name) for name in SCORES) else "said"


@dataclass(kw_only=True)
class Judge:
    """The rules of one state of the library, held against pinned questions; the same answer is judged once."""

    stamp: int
    versions: dict[int, QuestionVersion] = field(default_factory=dict)
    known: dict[tuple[int, str], Grading | None] = field(default_factory=dict)

    def changes(self, gradings: Iterable[Grading]) -> Iterator[Change]:
        """Those whose answers are judged otherwise. Each with its answer, item and attempt at hand."""
        rest = iter(gradings)
        while portion := list(islice(rest, PORTION)):
            self._fetch({one.answer.item.version_id for one in portion})
            for before in portion:
                after = self.judged(before.answer)
                if after is not None and differs(before, after):
                    yield Change(before=before, after=after)

    def judged(self, answer: Answer) -> Grading | None:
        """An answer's new grading, not stored; None where its question does not stand by these rules any more."""
        version = answer.item.version_id
        key = (version, json.dumps(answer.payload, sort_keys=True))
        if len(self.known) >= MOST_KNOWN:
            self.known.clear()
        if key not in self.known:
            self._fetch({version})
            self.known[key] = judged_by(library(self.stamp), self.versions[version], answer.payload)
        known = self.known[key]
        return None if known is None else _copy(known, answer)

    def _fetch(self, wanted: set[int]) -> None:
        missing = wanted - self.versions.keys()
        if missing:
            self.versions |= QuestionVersion.objects.select_related("question").in_bulk(missing)


def judged_by(pages: Library, version: QuestionVersion, payload: Any) -> Grading | None:
    """What a library says of an answer to a pinned question; None where the question does not stand by it."""
    encounter, form = read_encounter(version.prompt["encounter"]), FORMAT[version.question.format]
    try:
        if payload == I_DO_NOT_KNOW:
            judged = form.give_up(version, encounter, pages)
        else:
            judged = form.judge(payload, version, encounter, pages)
    except NoLongerAsked:
        return None
    return grading_of(judged.grade, judged.claim, pages.stamp)


def _copy(grading: Grading, answer: Answer) -> Grading:
    values = {one.attname: getattr(grading, one.attname) for one in Grading._meta.concrete_fields}
    skipped = ("id", "answer_id", "created_at")
    return Grading(answer=answer, **{name: value for name, value in values.items() if name not in skipped})


def differs(before: Grading, after: Grading) -> bool:
    """Whether two gradings of an answer come to another score, or find other things at fault or kept."""
    scores = any(getattr(before, name) != getattr(after, name) for name in SCORES)
    return scores or _said(before.findings) != _said(after.findings)


def _said(findings: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    return sorted(tuple(str(one[name]) for name in SAID) for one in findings)


def old_gradings(scope: Scope, stamp: int, people: Sequence[int] | None = None) -> QuerySet[Grading]:
    """The gradings that count of the answers meant, but for those by the same rules or by newer ones."""
    answers = scope.answers()
    if people is not None:
        answers = answers.filter(item__attempt__person__in=people)
    newest = Grading.objects.filter(answer__in=answers).order_by().values("answer").annotate(newest=Max("pk"))
    rows = Grading.objects.filter(pk__in=newest.values("newest")).exclude(
        Q(stamp__gt=stamp) | Q(stamp=stamp, engine=ENGINE_VERSION)
    )
    return rows.select_related("answer__item__attempt").order_by("pk")


def changes(scope: Scope, judge: Judge, people: Sequence[int] | None = None) -> list[Change]:
    """Every answer that would be judged otherwise, in the order of the answers' gradings. Nothing is stored."""
    return list(judge.changes(old_gradings(scope, judge.stamp, people).iterator(chunk_size=PORTION)))


@transaction.atomic
def grade_person(regrade: Regrade, person: User, judge: Judge, at: datetime) -> list[RegradeChange]:
    """Append the gradings of one person's answers that come out otherwise, and derive the person's memory again.

    What was graded again already is left as it is, so that nothing is added by doing it once more.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    found = list(judge.changes(old_gradings(Scope.of(regrade), regrade.stamp, [person.pk])))
    made = [_store(regrade, one, at) for one in found]
    if made:
        rebuild(person)
    return made


def _store(regrade: Regrade, change: Change, at: datetime) -> RegradeChange:
    change.after.created_at = at
    change.after.save()
    change_row: RegradeChange = RegradeChange.objects.create(
        regrade=regrade, answer=change.before.answer, person_id=change.person, before=change.before, after=change.after
    )
    return change_row


# What its learner sees of it ------------------------------------------------------------------


def shown_changes(person: User) -> "QuerySet[RegradeChange]":
    """Changes of a person's results that may be seen by now: nothing of an exam that is held back."""
    rows = RegradeChange.objects.filter(person=person).select_related(
        "regrade__code", "before", "after", "answer__item__attempt__exam"
    )
    shown: QuerySet[RegradeChange] = rows.filter(answer__item__in=AttemptItem.objects.of(person).shown().order_by())
    return shown
