"""What needs no server: grading, deriving, searching. Each in turns with its floor."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from benchmarks.report import Figure
from codes.library import library
from codes.models import Code, PublishedCode
from quizzes.models import Scenario
from rulebook import Claim, ClaimLine, Encounter, Grade, Rulebook, derive, grade
from rulebook.case_format import read_encounter, write_claim
from rulebook.types import Derivation

ROUNDS = 7
SECONDS = 0.1
STEPS = 2 * ROUNDS
#: Grading a claim of two lines may take so many times a JSON round trip of its case.
LIMIT = 5
Work = Callable[[], object]
Step = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A claim of two lines: the accepted one, and one for work that it already includes.

    ``again`` is the same encounter read a second time, as each request reads one of its own.
    """

    claim: Claim
    encounter: Encounter
    again: Encounter
    book: Rulebook
    case: dict[str, Any]

    def grade_seen(self) -> Grade:
        """Grade where somebody had the same encounter before, so what follows from it is remembered."""
        return grade(self.claim, self.again, self.book)

    def grade_new(self) -> Grade:
        """Grade where nobody had the encounter before."""
        self.book.forget()
        return grade(self.claim, self.encounter, self.book)

    def derive_new(self) -> Derivation:
        """Derive where nobody had the encounter before."""
        self.book.forget()
        return derive(self.encounter, self.book)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """CPU seconds of one call, and how many times its floor that is; both medians over the rounds."""

    seconds: float
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
            again = read_encounter(scenario.encounter)
            return Task(claim=claim, encounter=encounter, again=again, book=book, case=case)
    raise LookupError("No scenario of the library bundles a service.")


def _engine(task: Task, step: Step) -> Iterator[Figure]:
    name = "JSON round trip of the same case"
    task.derive_new()
    trip, seen, new, derived = _in_turns(
        lambda: json.loads(json.dumps(task.case)), task.grade_seen, task.grade_new, task.derive_new, step=step
    )
    yield _rate(name, trip)
    for what, timed in (("seen before", seen), ("new", new)):
        yield _rate(f"grade, two lines, encounter {what}", timed, name)
        yield _limit(f"at most {LIMIT} x, encounter {what}", timed)
    yield _rate("derive alone, encounter new", derived, name)


def _search(page: Code, step: Step) -> Iterator[Figure]:
    """Four ways to look for a code, in one go: number, beginning of a number, one word, two words."""
    words = page.title.split()
    texts = (page.number, page.number[:3], words[0], " ".join(words[:2]))
    names = ("ORM get of one code", "search")
    timed = _in_turns(
        lambda: [PublishedCode.objects.get(number=page.number) for _ in texts],
        lambda: [list(PublishedCode.objects.search(text)) for text in texts],
        step=step,
    )
    for name, one in zip(names, timed, strict=True):
        floor = "" if name == names[0] else names[0]
        each = Timed(seconds=one.seconds / len(texts), ratio=one.ratio)
        rate = _rate(f"{name}: queries", each, floor)
        yield rate
        yield replace(rate, name=f"{name}: mean", value=each.seconds * 1000, unit="ms")


def _rate(name: str, timed: Timed, floor: str = "") -> Figure:
    return Figure(name=name, value=1 / timed.seconds, unit="/s", ratio=timed.ratio if floor else None, floor=floor)


def _limit(name: str, timed: Timed) -> Figure:
    return Figure(name=name, value=timed.ratio, unit="x: holds" if timed.ratio <= LIMIT else "x: does not hold")


def _in_turns(*works: Work, step: Step) -> list[Timed]:
    """The floor, then the others, then the floor again and so on; the first round does not count."""
    rounds = []
    for number in range(ROUNDS + 1):
        seconds = [_seconds(work) for work in works]
        if number:
            rounds.append(seconds)
            step()
    return [
        Timed(seconds=median(column), ratio=median(one / row[0] for one, row in zip(column, rounds, strict=True)))
        for column in zip(*rounds, strict=True)
    ]


def _seconds(work: Work) -> float:
    """CPU seconds a call, from as many calls as fit; what others do on the machine does not count."""
    calls, began = 0, time.process_time()
    while (spent := time.process_time() - began) < SECONDS:
        work()
        calls += 1
    return spent / calls
