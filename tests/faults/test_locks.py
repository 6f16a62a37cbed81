"""Another program holds the database, or the disk is full: people wait, or are told that nothing was saved."""

import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache

import pytest

from quizzes.models import Answer
from tests.faults.browser import Browser, Reply
from tests.faults.conftest import Scratch, Serve
from tests.faults.databases import Postgres, Sqlite
from tests.faults.journal import answering, be_refused, differences, is_stored, keep_answering
from tests.faults.people import Person, people, right_form
from tests.faults.serving import Site
from tests.patience import PATIENCE

NOT_SAVED = "not saved, keep this page open"
HoldUntil = Callable[[], None]


@contextmanager
def held(scratch: Scratch, table: str = "quizzes_answer") -> Iterator[HoldUntil]:
    """Another program keeps a table from being written, until it is told to let go or the block is left."""
    if isinstance(scratch.house, Sqlite):
        file = scratch.house.file(scratch.name)
        connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        begin = ["BEGIN IMMEDIATE"]
    else:
        assert isinstance(scratch.house, Postgres)
        connection = scratch.house.connected(scratch.name)  # type: ignore[assignment]
        begin = ["BEGIN", f"LOCK TABLE {table} IN EXCLUSIVE MODE"]
    with closing(connection):
        for statement in begin:
            connection.execute(statement)
        let_go = cache(lambda: connection.execute("ROLLBACK") and None)
        yield let_go
        # PostgreSQL takes a while to see that somebody has hung up, but whoever let go has let go.
        let_go()


def assert_not_saved(reply: Reply) -> None:
    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    assert NOT_SAVED in reply.text


def one_answer(person: Person) -> bool:
    return Answer.objects.filter(item=person.items[0], state=Answer.State.SUBMITTED).count() == 1


@pytest.mark.parametrize("seconds", [1, 5])
def test_an_answer_waits_for_another_program_to_finish(scratch: Scratch, site: Site, seconds: float) -> None:
    person = people(1)[0]
    with Browser(site.port, person.session) as browser, held(scratch) as let_go:
        began = time.monotonic()
        other = threading.Timer(seconds, let_go)
        other.start()
        reply = browser.post(person.items[0].get_absolute_url(), right_form(person.items[0]))
        waited = time.monotonic() - began
        other.join()
    assert is_stored(reply, person.items[0])
    assert waited >= seconds
    assert one_answer(person)


def test_after_the_limit_an_answer_is_said_to_be_not_saved_and_reading_goes_on(scratch: Scratch, serve: Serve) -> None:
    site, person = serve(scratch, DATABASE_TIMEOUT="1"), people(1)[0]
    url, form = person.items[0].get_absolute_url(), right_form(person.items[0])
    with Browser(site.port, person.session) as browser:
        with held(scratch):
            assert_not_saved(browser.post(url, form))
            assert_not_saved(browser.post(url, {**form, "action": ""}))
            assert browser.get(url).status == 200
        assert not Answer.objects.filter(item=person.items[0]).exists()
        assert is_stored(browser.post(url, form), person.items[0])
    assert one_answer(person)


def test_whoever_answers_while_another_program_comes_and_goes_loses_nothing(scratch: Scratch, serve: Serve) -> None:
    site = serve(scratch, DATABASE_TIMEOUT="1")
    with answering(site, people(4, 200), seed=1) as journals:
        for seconds in (0.3, 1.6, 0.1, 2.2):
            with held(scratch):
                time.sleep(seconds)
            keep_answering(journals)
        with held(scratch):
            be_refused(journals)
        keep_answering(journals)
    assert differences(journals) == []


@contextmanager
def full_disk(site: Site) -> Iterator[None]:
    """No process of the server can make a file any longer, as on a disk without room."""
    _limit(site, 4096)
    try:
        yield
    finally:
        _limit(site, resource.RLIM_INFINITY)


def _limit(site: Site, size: int) -> None:
    for process in site.workers():
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_on_a_full_disk_nothing_is_saved_and_said_so_until_there_is_room(lite: Scratch, serve: Serve) -> None:
    site, person = serve(lite), people(1)[0]
    url, form = person.items[0].get_absolute_url(), right_form(person.items[0])
    with Browser(site.port, person.session) as browser:
        with full_disk(site):
            for _ in range(3):
                assert_not_saved(browser.post(url, form))
            assert browser.get(url).status == 200
            assert browser.get("/").status == 200
            assert not Answer.objects.filter(item=person.items[0]).exists()
        assert is_stored(browser.post(url, form), person.items[0])
    assert one_answer(person)
    assert lite.house.damage(lite.name) == []


def test_whoever_answers_while_the_disk_is_full_at_times_loses_nothing(lite: Scratch, serve: Serve) -> None:
    site = serve(lite)
    with answering(site, people(4, 200), seed=2) as journals:
        for _ in range(4):
            keep_answering(journals)
            with full_disk(site):
                be_refused(journals)
        keep_answering(journals)
    assert differences(journals) == []
    assert lite.house.damage(lite.name) == []
