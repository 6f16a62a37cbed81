"""``python -m benchmarks [verdict | teams | search | postgres | PART ...]``: figures and floors; docs/benchmarks.md."""

import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

import django

from benchmarks.report import table
from benchmarks.server import ROOT, environment


def main() -> int:
    """Measure in a temporary folder and print the table; 130 after Ctrl+C."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        with TemporaryDirectory(prefix="bench-") as folder:
            print(_measured_in(Path(folder)))
    except KeyboardInterrupt:
        print("Stopped. Nothing is left behind.", file=sys.stderr)
        return 130
    return 0


def _measured_in(folder: Path) -> str:
    """The table. Models can be imported only after the environment is set, hence the late import."""
    os.environ.update(environment(folder))
    sys.path.insert(0, str(ROOT))
    django.setup()
    from benchmarks import postgres, run, search, teams, verdict

    modes = {"verdict": verdict.run, "teams": teams.run, "search": search.run, "postgres": postgres.run}
    asked = next((mode for mode in sys.argv[1:] if mode in modes), "")
    return table(modes[asked](folder) if asked else run.run(folder, frozenset(sys.argv[1:])))


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """End in order, so that the server is stopped and the folder removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
