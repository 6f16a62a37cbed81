"""A quarter's edits: loading them, asking for those of one claim, and people who answer meanwhile."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from threading import Thread

from benchmarks.client import Client
from benchmarks.crowd import asks_of
from benchmarks.prepare import Stage
from benchmarks.processes import Spent, manage, spent
from benchmarks.report import Figure
from datasets import lookups, making, store
from datasets.models import Release

ROWS = 2_500_000
ROUNDS = 2
STEPS = 2 * ROUNDS + 3
DAY = date(2026, 2, 2)
CLAIM, CLAIMS = 6, 2_000
PEOPLE, SETS, QUIET = 4, 60, 8.0
FLOOR = "sqlite3 .import and an index"
Step = Callable[[], object]


def measure(folder: Path, port: int, stage: Stage, step: Step) -> Iterator[Figure]:
    """Load in turns with the floor, then ask, then load once more while people answer."""
    path = folder / "ccipra-2026q1-f1.txt"
    making.ptp(path, ROWS)
    step()
    floors, loads = [], []
    for _ in range(ROUNDS):
        if shutil.which("sqlite3"):
            floors.append(_import(folder, path))
        step()
        loads.append(_load(path))
        step()
    yield from compared(FLOOR, floors, loads)
    memory = max(one.memory for one in loads)
    yield Figure(name="load_dataset: most memory", value=memory, unit="MB", ratio=memory / 100, floor="100 MB")
    yield from _asking()
    step()
    yield from _meanwhile(port, stage, path)
    step()


def compared(name: str, floors: Sequence[Spent], loads: Sequence[Spent]) -> Iterator[Figure]:
    """Loads beside the floors that were taken in turn with them, if there are any."""
    for kind, unit in (("cpu", "s CPU"), ("wall", "s")):
        if floors:
            value = median(getattr(one, kind) for one in floors)
            yield Figure(name=f"{name}, 2,500,000 edits", value=value, unit=unit)
        ratios = [getattr(one, kind) / getattr(floor, kind) for floor, one in zip(floors, loads, strict=False)]
        yield Figure(
            name="load_dataset, 2,500,000 edits", value=median(getattr(one, kind) for one in loads), unit=unit,
            ratio=median(ratios) if ratios else None, floor=name if ratios else "",
        )  # fmt: skip


def _import(folder: Path, path: Path) -> Spent:
    """What the database's own tool takes for the same file."""
    database = folder / "floor.sqlite3"
    database.unlink(missing_ok=True)
    columns = "one, two, before, starts, ends, indicator, why"
    commands = f"CREATE TABLE edits ({columns});\n.mode tabs\n.import --skip 6 {path} edits\n"
    commands += "CREATE INDEX pairs ON edits (one, two);\n"
    took = spent(["sqlite3", str(database)], commands)
    database.unlink()
    return took


def _load(path: Path) -> Spent:
    """The command, of a quarter that is not loaded yet."""
    for release in Release.objects.filter(kind="ptp"):
        store.drop(release.place)
        release.delete()
    store.close()
    return manage("load_dataset", str(path))


def _asking() -> Iterator[Figure]:
    """All edits between the six codes of a claim, over many claims of codes that have edits."""
    known = making.codes(11_000, 1)
    claims = [[known[(place * 37 + step * 811) % len(known)] for step in range(CLAIM)] for place in range(CLAIMS)]
    lookups.edits_among(claims[0], DAY)
    times, found = [], 0
    for codes in claims:
        began = time.perf_counter()
        found += len(lookups.edits_among(codes, DAY))
        times.append((time.perf_counter() - began) * 1000)
    p99 = quantiles(times, n=100)[-1]
    yield Figure(name="edits of six codes: found", value=found, unit="edits")
    yield Figure(name="edits of six codes: p50", value=median(times), unit="ms")
    yield Figure(name="edits of six codes: p99", value=p99, unit="ms", ratio=p99 / 0.5, floor="0.5 ms")


def _meanwhile(port: int, stage: Stage, path: Path) -> Iterator[Figure]:
    """The same people before and while another process loads; the answers come one after the other on each line."""
    asks = asks_of(stage, PEOPLE, SETS)
    half = len(asks) // 2
    with Client(port, connections=PEOPLE) as client:
        quiet = client.burst(asks[:half], QUIET)
        loading = Thread(target=_load, args=[path])
        loading.start()
        busy = client.burst(asks[half:], QUIET)
        loading.join()
    p99s = [burst.percentile(0.99) for burst in (quiet, busy)]
    yield Figure(name="4 people, nothing else: p99", value=p99s[0], unit="ms")
    yield Figure(
        name="4 people, while edits are loaded: p99", value=p99s[1], unit="ms", ratio=p99s[1] / p99s[0],
        floor="nothing else",
    )  # fmt: skip
