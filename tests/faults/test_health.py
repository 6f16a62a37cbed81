"""Whoever watches is told within two seconds that the site cannot serve, and within five that it can again."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.conftest import Scratch, Serve
from tests.faults.databases import Postgres
from tests.faults.serving import HOST, Site

#: What is promised is two and five seconds on a machine that has nothing else to do; here only what hangs fails.
TOLD_WITHIN, BACK_WITHIN = 60.0, 120.0
Fault = Callable[[Postgres, str, Path], AbstractContextManager[None]]


@pytest.fixture
def scratch(served_by_postgres: Scratch) -> Scratch:
    """Always PostgreSQL here: it can fail in more ways."""
    return served_by_postgres


def asked(site: Site, address: str = "/readyz") -> tuple[int, dict[str, str]]:
    """Status and words of an address."""
    connection = HTTPConnection(HOST, site.port, timeout=TOLD_WITHIN)
    connection.request("GET", address)
    reply = connection.getresponse()
    words = json.loads(reply.read())
    connection.close()
    return reply.status, words


def until(site: Site, status: int, within: float) -> dict[str, str]:
    """Ask until the status is this; a server that is alive says so all the time."""
    end = time.monotonic() + within
    while True:
        found, words = asked(site)
        assert asked(site, "/healthz") == (200, {"status": "alive"})
        if found == status:
            assert time.monotonic() <= end, words
            return words
        assert time.monotonic() < end, words
        time.sleep(0.05)


@contextmanager
def killed(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    with postgres.down():
        yield


@contextmanager
def frozen(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    with postgres.frozen():
        yield


@contextmanager
def closed(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        yield
    finally:
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@contextmanager
def renamed(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    postgres.sql("ALTER TABLE django_migrations RENAME TO elsewhere", name)
    yield
    postgres.sql("ALTER TABLE elsewhere RENAME TO django_migrations", name)


@contextmanager
def older(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    row = "FROM django_migrations WHERE app = 'codes' AND name = '0001_initial'"
    postgres.sql(f"CREATE TABLE aside AS SELECT * {row}", name)
    postgres.sql(f"DELETE {row}", name)
    yield
    postgres.sql("INSERT INTO django_migrations OVERRIDING SYSTEM VALUE SELECT * FROM aside", name)


@contextmanager
def locked(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    with postgres.connected(name) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE django_migrations")
        yield


@contextmanager
def crowded(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    """Others take every place, and each that is left from then on: one who was about to leave leaves one free."""
    others, enough = list[psycopg.Connection[Any]](), threading.Event()

    def press_in() -> None:
        while not enough.is_set():
            try:
                others.append(postgres.connected(name))
            except psycopg.OperationalError as error:
                if "too many clients" not in str(error):
                    raise
                enough.wait(0.05)

    pressing = threading.Thread(target=press_in)
    pressing.start()
    try:
        yield
    finally:
        enough.set()
        pressing.join()
        for other in others:
            other.close()


@contextmanager
def no_folder(postgres: Postgres, name: str, folder: Path) -> Iterator[None]:
    (folder / "imports").write_text("a file where the folder was")
    yield
    (folder / "imports").unlink()


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (killed, "database"),
        (frozen, "database"),
        (closed, "database"),
        (renamed, "migrations"),
        (crowded, "database"),
        (older, "migrations"),
        (locked, "migrations"),
        (no_folder, "disk"),
    ],
)
def test_a_fault_is_told_in_time_and_so_is_its_end(
    scratch: Scratch, postgres: Postgres, serve: Serve, tmp_path: Path, fault: Fault, what: str
) -> None:
    site = serve(scratch, IMPORTS_FOLDER=str(tmp_path / "imports"))
    until(site, 200, BACK_WITHIN)
    with fault(postgres, scratch.name, tmp_path):
        words = until(site, 503, TOLD_WITHIN)
        assert words["status"] == "not ready"
        assert words[what] != "ok"
        assert scratch.name not in str(words)
        assert str(tmp_path) not in str(words)
    until(site, 200, BACK_WITHIN)


def test_a_log_that_nothing_fits_into_is_counted_and_harms_nobody(scratch: Scratch) -> None:
    """Each process of a site counts its own lines, and which of them answers is chance: asked until one says so."""
    site = Site(scratch.url, Path("/dev/full"))
    site.start()
    try:
        end = time.monotonic() + TOLD_WITHIN
        while True:
            connection = HTTPConnection(HOST, site.port, timeout=TOLD_WITHIN)
            connection.request("GET", "/there-is-no-such-page")  # which leaves a line in the log
            assert connection.getresponse().status == 404
            connection.close()
            # Two questions, so that processes which take turns do not put the same one off again and again.
            told = [words["log"] for status, words in (asked(site), asked(site)) if status == 200]
            if any("could not be written" in log for log in told):
                break
            assert time.monotonic() < end, told
    finally:
        site.stop()
