"""What a program takes: time by the clock, time of the processor, and the most memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.server import ROOT

#: A small program in between: a new process begins with the memory of the one that starts it, and that counts for both.
_BETWEEN = """
import json, resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a process took: seconds by the clock and of the processor, and the most memory in megabytes."""

    wall: float
    cpu: float
    memory: float


def spent(command: Sequence[str], text: str = "", **environment: str) -> Spent:
    """Run a program of the repository to its end with a text to read; raises RuntimeError where it fails."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-S", "-c", _BETWEEN, *command], input=text, capture_output=True, text=True, check=True,
        env=os.environ | environment, cwd=ROOT,
    )  # fmt: skip
    wall = time.perf_counter() - began
    status, cpu, memory = json.loads(done.stdout)
    if status:
        raise RuntimeError(f"{command[0]} ended with {status}.")
    return Spent(wall=wall, cpu=cpu, memory=memory)


def manage(*arguments: str, **environment: str) -> Spent:
    """Run a command of the site."""
    return spent([sys.executable, str(ROOT / "manage.py"), *arguments], **environment)
