"""A server that is told to end lets running requests end first."""

import threading
import time

from django.db import connections

from quizzes.models import Answer
from tests.faults.browser import Browser, Reply
from tests.faults.conftest import Scratch, Serve
from tests.faults.databases import Postgres
from tests.faults.journal import is_stored
from tests.faults.people import people, right_form
from tests.faults.test_postgres import until_somebody_waits
from tests.patience import PATIENCE


def test_an_answer_on_its_way_is_stored_before_the_server_ends(
    served_by_postgres: Scratch, postgres: Postgres, serve: Serve
) -> None:
    scratch, (person,) = served_by_postgres, people(1)
    connections["default"].close()
    site, item, replies = serve(scratch), person.items[0], list[Reply]()

    def answer() -> None:
        with Browser(site.port, person.session) as browser:
            replies.append(browser.post(item.get_absolute_url(), right_form(item)))

    answering = threading.Thread(target=answer)
    with postgres.connected(scratch.name) as other:
        other.execute("BEGIN")
        other.execute("SELECT 1 FROM quizzes_attempt WHERE id = %s FOR UPDATE", [item.attempt_id])
        answering.start()
        until_somebody_waits(scratch)
        site.end()
        time.sleep(1)
        other.execute("COMMIT")
    answering.join()
    assert is_stored(replies[0], item)
    assert Answer.objects.filter(item=item).count() == 1
    site.wait(PATIENCE)
