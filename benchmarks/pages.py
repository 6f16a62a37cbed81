"""Pages and answers over HTTP: several rounds, in each the floor and right after it the subject."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median

from benchmarks.client import Burst, Client
from benchmarks.prepare import Stage
from benchmarks.probes import ANSWER_SECONDS, PAIRS, ROUNDS, WARM_UP, Pair, Probe, World
from benchmarks.report import Figure
from quizzes.models import Grading

STEPS = ROUNDS * len(PAIRS)
Step = Callable[[], object]


class WrongGrade(Exception):
    """Not every right claim was answered in time and graded clean, so the table would not mean what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing to say of a burst, and its milliseconds, which grow as things get slower."""

    label: str
    unit: str
    value: Callable[[Burst], float]
    cost: Callable[[Burst], float]


def p50(burst: Burst) -> float:
    """Half of the requests took at most so many milliseconds."""
    return burst.percentile(0.5)


def p99(burst: Burst) -> float:
    """99 of 100 requests took at most so many milliseconds."""
    return burst.percentile(0.99)


def cpu(burst: Burst) -> float:
    """What a request costs the server, whoever else uses the machine."""
    return burst.cpu_each


METRICS = (
    Metric(
        label="requests", unit="/s", value=lambda burst: burst.per_second, cost=lambda burst: 1000 / burst.per_second
    ),
    Metric(label="p50", unit="ms", value=p50, cost=p50),
    Metric(label="p99", unit="ms", value=p99, cost=p99),
    Metric(label="server CPU", unit="ms", value=cpu, cost=cpu),
)


@dataclass(slots=True)
class Rounds:
    """All bursts of one probe; where it was a subject, each with its floor's burst of the same round."""

    bursts: list[Burst] = field(default_factory=list)
    beside: list[tuple[Burst, Burst]] = field(default_factory=list)
    floor: str = ""

    def figure(self, name: str, metric: Metric) -> Figure:
        """The median over the rounds; the ratio is taken round by round, and of that the median."""
        ratios = [metric.cost(subject) / metric.cost(floor) for floor, subject in self.beside]
        return Figure(
            name=f"{name}: {metric.label}",
            value=median(map(metric.value, self.bursts)),
            unit=metric.unit,
            ratio=median(ratios) if ratios else None,
            floor=self.floor,
        )


def measure(client: Client, stage: Stage, step: Step) -> Iterator[Figure]:
    """Warm up, then measure every pair in every round; gives four figures for each floor and subject."""
    world = World(client, stage)
    pairs = [make(world) for make in PAIRS]
    for pair in pairs:
        for probe in (pair.floor, pair.subject):
            client.burst(probe.asks(WARM_UP), ANSWER_SECONDS)
    found = _rounds(client, pairs, step)
    _all_were_right(world.sent)
    for name, rounds in found.items():
        yield from (rounds.figure(name, metric) for metric in METRICS)


def _rounds(client: Client, pairs: Iterable[Pair], step: Step) -> dict[str, Rounds]:
    """Name of each floor and subject -> its bursts."""
    found: dict[str, Rounds] = defaultdict(Rounds)
    for pair in list(pairs) * ROUNDS:
        floor, subject = _burst(client, pair.floor), _burst(client, pair.subject)
        found[pair.floor.name].bursts.append(floor)
        found[pair.subject.name].bursts.append(subject)
        found[pair.subject.name].beside.append((floor, subject))
        found[pair.subject.name].floor = pair.floor.name
        step()
    return found


def _burst(client: Client, probe: Probe) -> Burst:
    return client.burst(probe.asks(probe.most), probe.seconds)


def _all_were_right(sent: int) -> None:
    clean = Grading.objects.filter(is_clean=True).count()
    if clean != sent:
        raise WrongGrade(f"Of {sent} right claims that were to be sent, {clean} were graded clean.")
