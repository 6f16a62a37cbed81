"""What only PostgreSQL does: it is killed and started again, and gives up one transaction for another."""

import threading
import time

import pytest
from django.db import connections

from quizzes.models import Answer, Attempt
from tests.faults.browser import Browser
from tests.faults.conftest import Scratch, Serve
from tests.faults.databases import Postgres
from tests.faults.journal import acknowledged, answering, be_refused, differences, is_stored, keep_answering, told
from tests.faults.people import Person, people, right_form
from tests.faults.serving import Site
from tests.patience import wait_until

KILLS = 3
#: Seconds that nothing takes which does not wait for the database.
HANGS = 100


@pytest.fixture
def scratch(served_by_postgres: Scratch) -> Scratch:
    """Always PostgreSQL here."""
    return served_by_postgres


@pytest.fixture
def person(scratch: Scratch) -> Person:
    return people(1)[0]


def test_a_killed_postgresql_comes_back_without_anybody_doing_anything(
    scratch: Scratch, postgres: Postgres, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = people(6, 300)
    connections["default"].close()
    with answering(site, crowd, seed=3) as journals:
        for _ in range(KILLS):
            keep_answering(journals)
            with postgres.down():
                be_refused(journals)
            wait_until(site.answers, "the site did not come back")
            keep_answering(journals)
            postgres.restart()
            wait_until(site.answers, "the site did not come back")
        wait_until(lambda: acknowledged(journals, Answer.State.SUBMITTED) > KILLS, "nobody got on")
    assert differences(journals) == []
    assert scratch.house.damage(scratch.name) == []
    with capsys.disabled():
        print(f"\npostgresql: kills of the database {2 * KILLS}, {told(journals)}")


def clashing(scratch: Scratch, state: str, times: int) -> None:
    """Let the next so many answers meet an error of PostgreSQL, by its five-character name."""
    assert isinstance(scratch.house, Postgres)
    # A sequence counts on when the transaction that moved it is given up.
    scratch.house.sql("CREATE SEQUENCE clashes", scratch.name)
    scratch.house.sql(
        f"""CREATE FUNCTION clash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('clashes') <= {times} THEN RAISE EXCEPTION 'clash' USING ERRCODE = '{state}'; END IF;
        RETURN NEW; END $$""",
        scratch.name,
    )
    scratch.house.sql(
        "CREATE TRIGGER clash BEFORE INSERT ON quizzes_answer FOR EACH ROW EXECUTE FUNCTION clash()", scratch.name
    )


def tries(scratch: Scratch) -> int:
    """How often an answer was about to be stored."""
    assert isinstance(scratch.house, Postgres)
    return int(scratch.house.sql("SELECT last_value FROM clashes", scratch.name)[0][0])


def answer(site: Site, person: Person) -> tuple[int, bool, int]:
    """Answer the first question: status, whether that says stored, and how many answers there are now."""
    with Browser(site.port, person.session) as browser:
        reply = browser.post(person.items[0].get_absolute_url(), right_form(person.items[0]))
    count = Answer.objects.filter(item=person.items[0]).count()
    return reply.status, is_stored(reply, person.items[0]), count


@pytest.mark.parametrize("state", ["40001", "40P01"], ids=["serialization failure", "deadlock"])
def test_what_clashes_is_tried_three_times_more_and_stored_once(
    scratch: Scratch, site: Site, person: Person, state: str
) -> None:
    clashing(scratch, state, times=3)
    assert answer(site, person) == (302, True, 1)
    assert tries(scratch) == 4


def test_what_clashes_again_and_again_is_not_saved_and_says_so(scratch: Scratch, site: Site, person: Person) -> None:
    clashing(scratch, "40001", times=99)
    assert answer(site, person) == (503, False, 0)
    assert tries(scratch) == 4


def test_a_full_disk_of_postgresql_is_said_at_once(scratch: Scratch, site: Site, person: Person) -> None:
    clashing(scratch, "53100", times=1)
    assert answer(site, person) == (503, False, 0)
    assert tries(scratch) == 1
    assert answer(site, person) == (302, True, 1)


def test_an_answer_that_meets_a_real_deadlock_is_stored_once(scratch: Scratch, serve: Serve, person: Person) -> None:
    assert isinstance(scratch.house, Postgres)
    # Each looks for a circle once, after it has waited so long: by then it must be closed, on a busy machine too.
    scratch.house.sql(f"ALTER DATABASE {scratch.name} SET deadlock_timeout = '5s'")
    site = serve(scratch)
    attempt, last = person.items[0].attempt, person.items[-1]
    with Browser(site.port, person.session) as browser:
        for item in person.items[:-1]:
            browser.post(item.get_absolute_url(), right_form(item))
    replies = []

    def finish() -> None:
        with Browser(site.port, person.session) as browser:
            replies.append(browser.post(last.get_absolute_url(), right_form(last)))

    answering = threading.Thread(target=finish)
    with scratch.house.connected(scratch.name) as other:
        # The server looks after five seconds, this one far later: so the server is the one that gives up.
        other.execute("SET deadlock_timeout = '300s'")
        other.execute("BEGIN")
        other.execute("SELECT 1 FROM quizzes_attempt WHERE id = %s FOR UPDATE", [attempt.pk])
        answering.start()
        until_somebody_waits(scratch)
        other.execute("SELECT 1 FROM quizzes_attemptitem WHERE id = %s FOR UPDATE", [last.pk])
        other.execute("COMMIT")
    answering.join()
    assert is_stored(replies[0], last)
    assert Answer.objects.filter(item=last).count() == 1
    assert Attempt.objects.get(pk=attempt.pk).finished_at is not None
    house = scratch.house
    wait_until(lambda: house.deadlocks(scratch.name) == 1, "there was no deadlock")


def until_somebody_waits(scratch: Scratch) -> None:
    postgres = scratch.house
    assert isinstance(postgres, Postgres)
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    wait_until(lambda: postgres.sql(waiting, scratch.name), "nobody waits")


def test_postgresql_away_is_said_at_once_and_needs_no_restart_of_the_site(
    scratch: Scratch, postgres: Postgres, serve: Serve, person: Person
) -> None:
    site = serve(scratch, DATABASE_TIMEOUT=str(HANGS))
    connections["default"].close()
    url, form = person.items[0].get_absolute_url(), right_form(person.items[0])
    with Browser(site.port, person.session) as browser, postgres.down():
        began = time.monotonic()
        assert (browser.post(url, form).status, browser.get("/").status) == (503, 503)
        # Whoever waited for the database would wait that long, each time.
        assert time.monotonic() - began < HANGS
    with Browser(site.port, person.session) as browser:
        assert is_stored(browser.post(url, form), person.items[0])
