"""Those who write to SQLite stand in line."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError
from pytest_django.plugin import DjangoDbBlocker

from coding_edu.outages import is_outage
from coding_edu.sqlite.base import DatabaseWrapper, Line
from tests.patience import PATIENCE, wait_until

WRITERS = 8
Opens = Callable[[], DatabaseWrapper]


def test_the_line_is_first_come_first_served() -> None:
    line = Line()
    served: list[int] = []

    def write(number: int) -> None:
        line.enter(PATIENCE)
        served.append(number)
        line.leave()

    writers = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    assert line.enter(1)
    for number, writer in enumerate(writers, start=1):
        writer.start()
        wait_until(lambda number=number: len(line._waiting) == number, "nobody stands in line")  # type: ignore[misc]
    line.leave()
    for writer in writers:
        writer.join()
    assert served == list(range(WRITERS))
    assert line.enter(0)


def test_who_waits_too_long_leaves_the_line_and_holds_nobody_up() -> None:
    line = Line()
    assert line.enter(1)
    assert not line.enter(0.01)
    line.leave()
    assert line.enter(0)


@pytest.fixture
def open_database(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Opens]:
    """Makes connections to one database with one table."""
    options = {"transaction_mode": "IMMEDIATE", "timeout": 1, "init_command": "PRAGMA journal_mode=WAL;"}
    given = settings.DATABASES["default"] | {"NAME": tmp_path / "line.sqlite3", "OPTIONS": options}
    given = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "TIME_ZONE": None, "CONN_HEALTH_CHECKS": False} | given

    def open_one() -> DatabaseWrapper:
        return DatabaseWrapper({**given, "CONN_MAX_AGE": 0, "TEST": {}}, alias="line")

    with django_db_blocker.unblock():
        made = open_one()
        with made.cursor() as cursor:
            cursor.execute("CREATE TABLE word (word text UNIQUE)")
        made.close()
        yield open_one


def test_a_transaction_that_fails_lets_the_next_one_in(open_database: Opens) -> None:
    first, second = open_database(), open_database()
    for word in ("once", "once"):
        try:
            _write(first, word)
        except IntegrityError:
            break
    _write(second, "twice")
    _write(first, "again")
    with second.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM word")
        assert cursor.fetchone() == (3,)
    first.close()
    second.close()


def test_a_connection_that_is_closed_in_the_middle_lets_the_next_one_in(open_database: Opens) -> None:
    first, second = open_database(), open_database()
    first.ensure_connection()
    first._start_transaction_under_autocommit()
    first.close()
    _write(second, "word")
    second.close()


def test_who_waits_too_long_is_told_so_as_by_sqlite(open_database: Opens) -> None:
    first, second = open_database(), open_database()
    first.ensure_connection()
    second.ensure_connection()
    first._start_transaction_under_autocommit()
    with pytest.raises(OperationalError, match="locked") as told:
        second._start_transaction_under_autocommit()
    assert is_outage(told.value)
    first._rollback()
    _write(second, "word")
    first.close()
    second.close()


def _write(database: DatabaseWrapper, word: str) -> None:
    database.ensure_connection()
    database._start_transaction_under_autocommit()
    try:
        with database.cursor() as cursor:
            cursor.execute("INSERT INTO word VALUES (%s)", [word])
        database._commit()
    except IntegrityError:
        database._rollback()
        raise
