"""Doing the same at the same moment."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

from tests.patience import PATIENCE

T = TypeVar("T")
R = TypeVar("R")


def at_once(do: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """Do it to every thing, each in a thread and on a connection of its own, none before all are there."""
    waiting = list(things)
    barrier = threading.Barrier(len(waiting), timeout=PATIENCE)

    def one(thing: T) -> R:
        barrier.wait()
        try:
            return do(thing)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(one, waiting))
