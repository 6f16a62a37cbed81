"""``python -m benchmarks [verdict | teams | search | PART ...] [--postgres]``: figures beside floors.

With ``--postgres`` on a PostgreSQL that is started for the run. See docs/benchmarks.md.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

import django

from benchmarks.report import table
from benchmarks.server import ROOT, environment

POSTGRES = "--postgres"


def main() -> int:
    """Measure in a temporary folder and print the table; 130 after Ctrl+C."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        with TemporaryDirectory(prefix="bench-") as folder, _database() as others:
            print(_measured_in(Path(folder), others))
    except KeyboardInterrupt:
        print("Stopped. Nothing is left behind.", file=sys.stderr)
        return 130
    return 0


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


def _measured_in(folder: Path, others: dict[str, str]) -> str:
    """The table. Models can be imported only after the environment is set, hence the late import."""
    os.environ.update(environment(folder) | others)
    sys.path.insert(0, str(ROOT))
    django.setup()
    from benchmarks import run, search, teams, verdict

    modes = {"verdict": verdict.run, "teams": teams.run, "search": search.run}
    asked = next((mode for mode in sys.argv[1:] if mode in modes), "")
    return table(modes[asked](folder) if asked else run.run(folder, frozenset(sys.argv[1:])))


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """End in order, so that the server is stopped and the folder removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
