"""``python -m benchmarks``: everything in one table. See docs/benchmarks.md.

``python -m benchmarks [verdict | teams | search | postgres | PART ...] [--postgres]`` measures some of it; with
``--postgres`` the search, on a PostgreSQL that is started for the run.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

import django

from benchmarks.report import Figure, table
from benchmarks.server import ROOT, environment

POSTGRES = "--postgres"
#: Figures as JSON, for the run that puts the tables of all others together.
BARE = "--figures"
#: What is measured by processes of their own, each with databases of its own. Teams of thousands take ten minutes and
#: are asked for by name.
ALL = (("main",), ("search",), ("search", POSTGRES), ("postgres",), ("verdict",))
#: Those by name, and the parts of the main one; what they are is imported when Django is set up.
MODES = ("search", "postgres", "verdict", "teams")
PARTS = ("pages", "crowd", "edits", "engine", "sets", "queries", "grid")
HELP = {"-h", "--help"}
WORDS = {"main", *MODES, *PARTS, POSTGRES, BARE}
USAGE = f"""usage: python -m benchmarks [main | {" | ".join(MODES)} | PART ...] [{POSTGRES}]

Without a word everything but teams is measured, in about six minutes on a quiet machine. PART is of main:
{", ".join(PARTS)}.
{POSTGRES}: search on a PostgreSQL that is started for the run. See docs/benchmarks.md."""


def main() -> int:
    """Measure in a temporary folder and print the table; 130 after Ctrl+C, 2 for a word that is not known."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    asked = sys.argv[1:]
    if unknown := [word for word in asked if word not in WORDS]:
        print(USAGE, file=sys.stdout if set(unknown) <= HELP else sys.stderr)
        return 0 if set(unknown) <= HELP else 2
    try:
        figures = _measured(asked) if asked else [figure for these in ALL for figure in _of(these)]
    except KeyboardInterrupt:
        print("Stopped. Nothing is left behind.", file=sys.stderr)
        return 130
    print(json.dumps([asdict(figure) for figure in figures]) if BARE in asked else table(figures))
    return 0


def _of(asked: tuple[str, ...]) -> Iterator[Figure]:
    """What another process measures; it says itself how far it is, and why it stops where it does."""
    command = [sys.executable, "-m", "benchmarks", BARE, *asked]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    where = " (PostgreSQL)" if POSTGRES in asked else ""
    for row in json.loads(done.stdout):
        yield Figure(**row | {"name": row["name"] + where, "floor": row["floor"] and row["floor"] + where})


def _measured(asked: list[str]) -> list[Figure]:
    with TemporaryDirectory(prefix="bench-") as folder, _database() as others:
        return _measured_in(Path(folder), others, frozenset(asked))


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """What the environment has for another database than SQLite, which is there until the block is left."""
    if POSTGRES not in sys.argv:
        yield {}
        return
    from tests.postgres import Server  # what it needs is installed for tests only

    server = Server()
    try:
        server.sql("CREATE DATABASE bench")
        yield {"DATABASE_URL": server.url("bench")}
    finally:
        server.stop()


def _measured_in(folder: Path, others: dict[str, str], asked: frozenset[str]) -> list[Figure]:
    """The figures. Models can be imported only after the environment is set, hence the late import."""
    os.environ.update(environment(folder) | others)
    sys.path.insert(0, str(ROOT))
    django.setup()
    from benchmarks import postgres, run, search, teams, verdict

    modes = {"verdict": verdict.run, "teams": teams.run, "search": search.run, "postgres": postgres.run}
    chosen = next((measure for mode, measure in modes.items() if mode in asked), None)
    return list(chosen(folder) if chosen else run.run(folder, asked))


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """End in order, so that the server is stopped and the folder removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
