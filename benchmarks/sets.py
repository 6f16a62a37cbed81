"""Building a set of ten questions: variants, their notes, options, the gate, and what is stored."""

import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles

from accounts.models import User
from benchmarks.report import Figure
from codes.models import Code
from quizzes import practice
from quizzes.models import Scenario

PAGES = 8
ROUNDS = 6
STEPS = PAGES * ROUNDS
#: What docs/benchmarks.md promises of the median.
BAR = 50.0


def measure(person: User, step: Callable[[], object]) -> Iterator[Figure]:
    """CPU milliseconds of a set, over the pages with the most scenarios; the first round does not count."""
    counts = Scenario.objects.live().counts()
    numbers = sorted(counts, key=lambda number: (-counts[number], number))[:PAGES]
    spent = []
    for round_number in range(ROUNDS):
        for code in Code.objects.filter(number__in=numbers):
            milliseconds = _milliseconds(person, code, seed=round_number)
            step()
            if round_number:
                spent.append(milliseconds)
    yield Figure(name="set of ten questions, built: median", value=median(spent), unit="ms", ratio=None)
    yield Figure(name="set of ten questions, built: p95", value=quantiles(spent, n=20)[-1], unit="ms", ratio=None)
    yield Figure(name=f"set of ten: median at most {BAR:.0f} ms", value=float(median(spent) <= BAR), unit="1 = yes")


def _milliseconds(person: User, code: Code, seed: int) -> float:
    began = time.process_time()
    practice.start(person, code, seed=seed)
    return (time.process_time() - began) * 1000
