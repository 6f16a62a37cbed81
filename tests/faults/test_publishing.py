"""Two educators publish at the same time."""

import threading

from django.db import connections, transaction

from codes.library import current_stamp, library
from codes.models import Code, Edition
from codes.publish import publish
from tests.faults.conftest import Scratch

LONG = 1.5


def test_whoever_reads_between_two_publications_never_misses_the_first(shared: Scratch) -> None:
    """A library is remembered by its stamp: an edition with a smaller one that came later would never be seen."""
    first, second = changed("99213"), changed("85025")
    published: list[Edition] = []

    def other() -> None:
        published.append(publish(second, by=None, why="The second"))
        connections.close_all()

    waiting = threading.Thread(target=other)
    with transaction.atomic():
        mine = publish(first, by=None, why="The first")
        waiting.start()
        waiting.join(LONG)
        assert waiting.is_alive(), "the second was visible before the first"
    waiting.join()
    assert published[0].pk > mine.pk
    assert library().stamp == current_stamp() == published[0].pk


def changed(number: str) -> Code:
    """A page with something new to publish."""
    code = Code.objects.get(number=number)
    code.summary += " Changed."
    code.save(update_fields=["summary"])
    return code
