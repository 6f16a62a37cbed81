"""Twelve coders who do not exist: how able they are, what they keep getting wrong, and how much they practise.

Nothing here is about anybody; the names are made up, and the same seed gives the same two months each time.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from codes.library import library
from quizzes import practice
from quizzes.formats import FORMAT
from quizzes.formats.base import I_DO_NOT_KNOW, Payload
from quizzes.formats.code_the_claim import CodeTheClaim, payload_of
from quizzes.memory import turns_on
from quizzes.models import Answer, Attempt, AttemptItem, QuestionVersion
from rulebook import derive
from rulebook.case_format import read_encounter
from rulebook.mistakes import mistakes

WEEKS = 8
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """One of the twelve. ``able`` is the chance of a clean answer in the first week, and grows by ``grows`` a week.

    On rules of the kinds in ``weak`` the chance is a third lower, until the week ``mends``. ``weeks``: from when
    to when they practised, counted from the first of the eight weeks; ``sets``: how many a week.
    """

    username: str
    first: str
    last: str
    cohort: str
    able: float
    grows: float
    sets: float
    weak: tuple[str, ...] = ()
    mends: int = WEEKS
    weeks: tuple[int, int] = (0, WEEKS)

    def chance_of(self, kind: str, week: int) -> float:
        """Of answering cleanly what turns on a rule of this kind."""
        chance = self.able + self.grows * week
        return min(0.97, chance * 0.66 if kind in self.weak and week < self.mends else chance)


SPRING, FALL = "Spring 2026", "Fall 2026"
LEARNERS = (
    Learner(username="trainee", first="Tessa", last="Trainee", cohort=FALL, able=0.55, grows=0.03, sets=1.5,
            weak=("modifier", "not-with"), mends=5),
    Learner(username="hoa", first="Hoa", last="Nguyễn", cohort=SPRING, able=0.78, grows=0.02, sets=1.6),
    Learner(username="zoe", first="Zoë", last="Ångström", cohort=SPRING, able=0.7, grows=0.02, sets=1.2,
            weak=("units",)),
    Learner(username="omar", first="Omar", last="Haddad", cohort=FALL, able=0.55, grows=0.045, sets=1.8,
            weak=("not-with", "separate-procedure"), mends=4),
    Learner(username="priya", first="Priya", last="Raman", cohort=SPRING, able=0.82, grows=0.012, sets=1.1),
    Learner(username="luis", first="Luis", last="Ortega", cohort=FALL, able=0.48, grows=0.01, sets=1.3,
            weak=("modifier", "selection", "units")),
    Learner(username="ewa", first="Ewa", last="Sałata", cohort=SPRING, able=0.74, grows=0.02, sets=1.0,
            weak=("diagnosis",), weeks=(0, 4)),
    Learner(username="ben", first="Ben", last="Carter", cohort=FALL, able=0.6, grows=0.03, sets=1.2,
            weak=("not-with",)),
    Learner(username="mei", first="Mei", last="Tanaka", cohort=SPRING, able=0.85, grows=0.01, sets=0.8),
    Learner(username="grace", first="Grace", last="Okafor", cohort=FALL, able=0.58, grows=0.04, sets=1.4,
            weak=("add-on", "each-additional")),
    Learner(username="ivan", first="Ivan", last="Petrov", cohort=FALL, able=0.45, grows=0.05, sets=0.9,
            weak=("not-with", "modifier"), weeks=(6, WEEKS)),
    Learner(username="sara", first="Sara", last="Lind", cohort=SPRING, able=0.66, grows=0.0, sets=0.5,
            weak=("missed-service",), weeks=(0, 1)),
)  # fmt: skip


def sittings(learner: Learner, monday: date, chance: random.Random) -> Iterator[tuple[int, timedelta]]:
    """When the learner sat down: the week, and the time since its Monday, on working days."""
    for week in range(*learner.weeks):
        number = int(learner.sets) + (chance.random() < learner.sets % 1)
        days = sorted(chance.sample(range(5), min(5, number)))
        for day in days:
            yield week, timedelta(days=day, hours=chance.randrange(8, 17), minutes=chance.randrange(60))


def work_through(attempt: Attempt, learner: Learner, week: int, at: datetime, chance: random.Random) -> datetime:
    """Answer every question of a set as the learner would, from a moment on; when the last one was answered."""
    Attempt.objects.filter(pk=attempt.pk).update(created_at=at, begun_at=at)
    attempt.created_at = attempt.begun_at = at
    for item in attempt.items.select_related("version__question").order_by("position"):
        at += MINUTE * chance.uniform(0.7, 3.5)
        item.attempt = attempt
        _answer(item, learner, week, at, chance)
    return at


def _answer(item: AttemptItem, learner: Learner, week: int, at: datetime, chance: random.Random) -> None:
    kind = _kind(item.version)
    wrong = chance.random() >= learner.chance_of(kind, week)
    hinted = not attempt_hides(item) and chance.random() < (0.25 if wrong else 0.08)
    if hinted:
        item.hints = chance.choice((1, 1, 2, 3))
        AttemptItem.objects.filter(pk=item.pk).update(hints=item.hints)
    payload = _wrong(item.version, learner, chance) if wrong else _right(item.version)
    sent = practice.Sent(certainty=_certainty(chance, wrong=wrong))
    practice.submit(item, uuid.UUID(int=chance.getrandbits(128), version=4), payload, at=at, sent=sent)


def attempt_hides(item: AttemptItem) -> bool:
    """Whether there are no hints."""
    return item.attempt.is_exam


def _certainty(chance: random.Random, *, wrong: bool) -> int:
    choices = list(Answer.Certainty)
    return chance.choices(choices, weights=(3, 3, 2) if wrong else (1, 3, 6))[0]


def _right(version: QuestionVersion) -> Payload:
    return FORMAT[version.question.format].right(version)


def _wrong(version: QuestionVersion, learner: Learner, chance: random.Random) -> Payload:
    """A wrong answer, rather one about a rule of a kind that the learner is weak in."""
    found = list(_wrong_ones(version))
    if not found:
        return I_DO_NOT_KNOW
    kinds = {rule.id: rule.kind for rule in library(version.stamp).rules}
    weights = [5 if kinds.get(rule) in learner.weak else 1 for _, rule in found]
    return chance.choices(found, weights=weights)[0][0]


def _wrong_ones(version: QuestionVersion) -> Iterator[tuple[Payload, str]]:
    form = FORMAT[version.question.format]
    if not isinstance(form, CodeTheClaim):
        yield from form.wrong(version)
        return
    encounter = read_encounter(version.prompt["encounter"])
    book = library(version.stamp).on(encounter.date_of_service)
    for mistake in mistakes(encounter, book, derive(encounter, book)):
        if not mistake.clean:
            yield payload_of(mistake.claim), mistake.rule.id


def _kind(version: QuestionVersion) -> str:
    """The kind of the rule that a question turns on, or of one of those at stake."""
    rules = [turns_on(version.key), *version.key.get("rules", ())]
    kinds = {rule.id: rule.kind for rule in library(version.stamp).rules}
    return next((kinds[rule] for rule in rules if rule in kinds), "")
