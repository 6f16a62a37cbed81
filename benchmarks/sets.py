"""Building sets: a page's ten questions, the builder's, those on rules, and an exam of thirty."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median, quantiles

from accounts.models import User
from benchmarks.report import Figure
from codes.library import current_stamp
from codes.models import Code
from quizzes import practice, sets
from quizzes.drawing import cases_seen_by, draw_blueprint
from quizzes.models import ExamPart, Scenario
from quizzes.pools import Choice
from quizzes.stakes import table

PAGES = 8
ROUNDS = 6
#: How many built sets, sets on rules and exams there are, the first of each not counted.
OTHERS = 13
STEPS = PAGES * ROUNDS + 3 * OTHERS
#: What docs/benchmarks.md promises of the medians.
BAR, RULES_BAR, EXAM_BAR = 50.0, 150.0, 1000.0
#: Thirty questions as an author might ask for them.
BLUEPRINT = ((10, "units", ""), (10, "", ""), (5, "selection", ""), (5, "", "minimal-pair"))
SOME_DAY = datetime(2025, 3, 3, tzinfo=UTC)


def measure(person: User, step: Callable[[], object]) -> Iterator[Figure]:
    """CPU milliseconds of each; the first round does not count."""
    yield from _figures("set of ten questions, built", "set of ten", BAR, _of_pages(person, step))
    built = _others(step, lambda seed: sets.build(person, Choice(), SOME_DAY, seed=seed))
    yield from _figures("set of ten from the builder", "set from the builder", RULES_BAR, built)
    rules = _others(step, lambda seed: sets.on_rules(person, _some_rules(seed), 10, seed=seed))
    yield from _figures("set of ten on ten rules", "set on rules", RULES_BAR, rules)
    exams = _others(step, lambda seed: _exam(person, seed))
    yield from _figures("exam of thirty, drawn", "exam of thirty", EXAM_BAR, exams)


def _figures(name: str, short: str, bar: float, spent: list[float]) -> Iterator[Figure]:
    yield Figure(name=f"{name}: median", value=median(spent), unit="ms", ratio=None)
    yield Figure(name=f"{name}: p95", value=quantiles(spent, n=20)[-1], unit="ms", ratio=None)
    yield Figure(name=f"{short}: median at most {bar:.0f} ms", value=float(median(spent) <= bar), unit="1 = yes")


def _of_pages(person: User, step: Callable[[], object]) -> list[float]:
    """Over the pages with the most scenarios."""
    counts = Scenario.objects.live().counts()
    numbers = sorted(counts, key=lambda number: (-counts[number], number))[:PAGES]
    spent = []
    for seed in range(ROUNDS):
        for code in Code.objects.filter(number__in=numbers):
            milliseconds = _milliseconds(practice.start, person, code, seed=seed)
            step()
            if seed:
                spent.append(milliseconds)
    return spent


def _others(step: Callable[[], object], make: Callable[[int], object]) -> list[float]:
    spent = []
    for seed in range(OTHERS):
        spent.append(_milliseconds(make, seed))
        step()
    return spent[1:]


def _some_rules(seed: int) -> list[str]:
    return random.Random(seed).sample(sorted(table(current_stamp()).scenarios), 10)


def _exam(person: User, seed: int) -> object:
    parts = [ExamPart(number=number, rule=rule, format=form) for number, rule, form in BLUEPRINT]
    return draw_blueprint(parts, random.Random(seed), seen=cases_seen_by(person))


def _milliseconds(make: Callable[..., object], *args: object, **kwargs: object) -> float:
    began = time.process_time()
    make(*args, **kwargs)
    return (time.process_time() - began) * 1000
