"""What needs no server: grading, deriving, searching. Each in turns with its floor."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.report import Figure
from codes.library import library
from codes.models import Code, PublishedCode
from quizzes.models import Scenario
from rulebook import Claim, ClaimLine, Encounter, Rulebook, derive, grade
from rulebook.case_format import read_encounter, write_claim

ROUNDS = 7
SECONDS = 0.1
STEPS = 3 * ROUNDS
Work = Callable[[], object]
Step = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A claim of two lines: the accepted one, and one for work that it already includes."""

    claim: Claim
    encounter: Encounter
    book: Rulebook
    case: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Seconds a call of a subject and of its floor, and how many times the floor the subject takes."""

    subject: float
    floor: float
    ratio: float


def measure(page: Code, step: Step) -> Iterator[Figure]:
    """Grades, derivations and searches per second."""
    yield from _engine(task(), step)
    yield from _search(page, step)


def task() -> Task:
    """The first scenario of the library in which a service is bundled, with the claim that unbundles it."""
    for scenario in Scenario.objects.live():
        encounter = read_encounter(scenario.encounter)
        book = library().on(encounter.date_of_service)
        accepted = derive(encounter, book).accepted[0]
        if len(accepted.claim.lines) == 1 and accepted.bundled:
            claim = Claim(lines=(*accepted.claim.lines, ClaimLine(code=accepted.bundled[0].codes[0])))
            case = {**scenario.encounter, "claim": write_claim(claim)}
            return Task(claim=claim, encounter=encounter, book=book, case=case)
    raise LookupError("No scenario of the library bundles a service.")


def _engine(task: Task, step: Step) -> Iterator[Figure]:
    name = "JSON round trip of the same case"

    def floor() -> object:
        return json.loads(json.dumps(task.case))

    graded = _in_turns(floor, lambda: grade(task.claim, task.encounter, task.book), step)
    derived = _in_turns(floor, lambda: derive(task.encounter, task.book), step)
    yield Figure(name=name, value=1 / graded.floor, unit="/s")
    yield Figure(
        name="grade, two lines, derive included", value=1 / graded.subject, unit="/s", ratio=graded.ratio, floor=name
    )
    yield Figure(name="derive alone", value=1 / derived.subject, unit="/s", ratio=derived.ratio, floor=name)


def _search(page: Code, step: Step) -> Iterator[Figure]:
    """Four ways to look for a code, in one go: number, beginning of a number, one word, two words."""
    name = "ORM get of one code"
    words = page.title.split()
    texts = (page.number, page.number[:3], words[0], " ".join(words[:2]))

    def queries() -> None:
        for text in texts:
            list(PublishedCode.objects.search(text))

    def floor() -> None:
        for _ in texts:
            PublishedCode.objects.get(number=page.number)

    found = _in_turns(floor, queries, step)
    yield Figure(name=f"{name}: queries", value=len(texts) / found.floor, unit="/s")
    yield Figure(name=f"{name}: mean", value=found.floor / len(texts) * 1000, unit="ms")
    yield Figure(name="search: queries", value=len(texts) / found.subject, unit="/s", ratio=found.ratio, floor=name)
    yield Figure(name="search: mean", value=found.subject / len(texts) * 1000, unit="ms", ratio=found.ratio, floor=name)


def _in_turns(floor: Work, subject: Work, step: Step) -> Compared:
    """Floor, subject, floor, subject ...; medians over the rounds, after one that does not count."""
    rounds = []
    for number in range(ROUNDS + 1):
        pair = (_seconds(floor), _seconds(subject))
        if number:
            rounds.append(pair)
            step()
    return Compared(
        floor=median(floor for floor, _ in rounds),
        subject=median(subject for _, subject in rounds),
        ratio=median(subject / floor for floor, subject in rounds),
    )


def _seconds(work: Work) -> float:
    """Seconds a call, from as many calls as fit."""
    calls, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        work()
        calls += 1
    return spent / calls
