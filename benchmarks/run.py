"""All of it in order. Needs Django set up, which ``__main__`` does first."""

import sys
from pathlib import Path

from django.db import connections
from tqdm import tqdm

from benchmarks import engine, pages, queries, sets
from benchmarks.client import Client
from benchmarks.prepare import prepare
from benchmarks.probes import QUESTIONS
from benchmarks.report import Figure
from benchmarks.server import running


def run(folder: Path) -> list[Figure]:
    """Prepare, serve, measure; gives every figure in the order of the table."""
    steps = 1 + pages.STEPS + engine.STEPS + sets.STEPS + 1
    try:
        with tqdm(total=steps, desc="Preparing", unit="step", file=sys.stderr, leave=False) as progress:
            stage = prepare(QUESTIONS + queries.SPARE)
            progress.update()
            progress.set_description("Pages")
            with running(folder) as port, Client(port) as client:
                figures = list(pages.measure(client, stage, progress.update))
            progress.set_description("Engine and search")
            figures += engine.measure(stage.page, progress.update)
            progress.set_description("Sets")
            figures += sets.measure(stage.person, progress.update)
            progress.set_description("Queries")
            figures += queries.measure(stage)
            progress.update()
    finally:
        connections.close_all()
    return figures
