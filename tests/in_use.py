"""Another database in the place of the tests' own."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from coding_edu.databases import database


@contextmanager
def in_use(url: str) -> Iterator[None]:
    """Let Django's ``default`` be this database; what was there before stays open and comes back."""
    settings, before = connections.settings, connections["default"]
    known = settings["default"]
    settings["default"] = connections.configure_settings({"default": database(url, timeout=20, max_age=0)})["default"]
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        settings["default"], connections["default"] = known, before
