"""Stopping and killing processes that make others, none of which may slip through."""

import time
from collections.abc import Sequence
from contextlib import suppress

import psutil  # type: ignore[import-untyped]

WITHIN = 180


def stopped(process: psutil.Process) -> list[psutil.Process]:
    """Let a process stand still, and give it with all its children: whoever stands still makes no more of them."""
    process.suspend()
    _wait([process], (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE))
    return [process, *process.children(recursive=True)]


def kill(processes: Sequence[psutil.Process]) -> None:
    """End processes at once; when this comes back, none of them does anything any more."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    # Those of a parent that is dead itself may stay as zombies where nobody takes them off the list.
    _wait(processes, (psutil.STATUS_ZOMBIE,))


def _wait(processes: Sequence[psutil.Process], states: Sequence[str]) -> None:
    until = time.monotonic() + WITHIN
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            while process.status() not in states:
                assert time.monotonic() < until, process
                time.sleep(0.002)
