"""Limits that only what hangs goes over."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds after which something hangs: far above what anything takes on a busy machine.
PATIENCE = 300


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail where the block takes so many seconds of the processor.

    Seconds on the clock would count what else the machine does. Even those of the processor grow on a busy one, so
    give five times and more of what was measured: what takes minutes, or grows with the square of a long text, is
    found all the same. How fast the site is, is measured by ``make bench``.
    """
    began = time.process_time()
    yield
    took = time.process_time() - began
    assert took < seconds, f"{took:.1f} s of work, which has never taken half of {seconds:g}"


def wait_until(happened: Callable[[], object], otherwise: str) -> None:
    """Wait for something that is sure to happen, however slow the machine is."""
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, otherwise
        time.sleep(0.01)
