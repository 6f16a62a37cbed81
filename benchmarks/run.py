"""All of it in order, or some parts. Needs Django set up, which ``__main__`` does first."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connections
from tqdm import tqdm

from benchmarks import crowd, edits, engine, grid, pages, queries, sets
from benchmarks.client import Client
from benchmarks.prepare import Stage, prepare
from benchmarks.probes import QUESTIONS
from benchmarks.report import Figure
from benchmarks.server import log_of, running

#: Part -> its steps. Queries are counted without the server, and last of what uses the stage.
PARTS = {
    "pages": pages.STEPS, "crowd": crowd.STEPS, "edits": edits.STEPS, "engine": engine.STEPS, "sets": sets.STEPS,
    "queries": 1, "grid": grid.STEPS,
}  # fmt: skip


def run(folder: Path, asked: frozenset[str] = frozenset()) -> list[Figure]:
    """Prepare, serve, measure; gives every figure in the order of the table. ``asked``: only these parts."""
    parts = asked & PARTS.keys() or frozenset(PARTS)
    steps = 1 + sum(PARTS[part] for part in parts)
    try:
        with tqdm(total=steps, desc="Preparing", unit="step", file=sys.stderr, leave=False) as progress:
            stage = prepare(QUESTIONS + queries.SPARE)
            progress.update()
            return list(_figures(folder, stage, parts, progress.update))
    finally:
        connections.close_all()


def _figures(folder: Path, stage: Stage, parts: frozenset[str], step: Callable[[], object]) -> Iterator[Figure]:
    """The parts that need the server share one, so that its memory is that after all of it."""
    if parts & {"pages", "edits", "crowd"}:
        with running(folder) as port:
            if "pages" in parts:
                with Client(port) as client:
                    yield from pages.measure(client, stage, step)
            if "edits" in parts:
                yield from edits.measure(folder, port, stage, step)
            if "crowd" in parts:
                yield from crowd.measure(port, stage, log_of(folder), step)
    if "engine" in parts:
        yield from engine.measure(stage.page, step)
    if "sets" in parts:
        yield from sets.measure(stage.person, step)
    if "queries" in parts:
        yield from queries.measure(stage)
        step()
    if "grid" in parts:
        yield from grid.measure(step)
