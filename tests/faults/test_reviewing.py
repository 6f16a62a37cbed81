"""Two people press the same button of a revision at the same time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from django.db import connections

from accounts.models import AuditEntry, User
from accounts.roles import make_educator
from codes.models import Code
from editorial import reviewing
from editorial.models import Revision
from tests.faults.conftest import Scratch
from tests.patience import PATIENCE

AT = datetime(2026, 12, 2, 12, tzinfo=UTC)
AT_ONCE = 4


def educator(name: str) -> User:
    """An educator of one test alone: the database is not emptied between them."""
    made = User.objects.create_user(f"{name}-{uuid4().hex[:8]}")
    make_educator(made)
    return made


def changed(number: str) -> Code:
    """A page with something new in it, and nothing of an earlier test under way."""
    code = Code.objects.get(number=number)
    Revision.objects.open().filter(code=code).delete()
    Code.objects.filter(pk=code.pk).update(summary=f"First words {uuid4().hex}.")
    return code


def at_once(verb: Callable[[], object]) -> list[BaseException]:
    """The same thing done by several at once; what went wrong."""
    wrong: list[BaseException] = []
    gate = threading.Barrier(AT_ONCE, timeout=PATIENCE)

    def press() -> None:
        gate.wait()
        try:
            verb()
        except reviewing.Refused as refused:
            wrong.append(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_of_several_who_press_at_once_one_hands_in_one_approves_and_one_publishes(shared: Scratch) -> None:
    author, reviewer = educator("author"), educator("reviewer")
    code = changed("99213")
    editions = code.editions.count()
    refused = at_once(lambda: reviewing.hand_in(code, "Clearer", by=author, at=AT))
    assert len(refused) == AT_ONCE - 1
    revision = Revision.objects.get(code=code, author=author)
    assert at_once(lambda: reviewing.approve(revision, by=reviewer, at=AT)) == []
    assert at_once(lambda: reviewing.publish_now(revision, by=author, at=AT)) == []
    assert code.editions.count() == editions + 1
    for verb in ("handed in for review", "approved", "published"):
        assert AuditEntry.objects.filter(who__in=(author, reviewer), verb=verb).count() == 1


def test_of_a_round_and_a_person_one_publishes(shared: Scratch) -> None:
    author, reviewer = educator("author"), educator("reviewer")
    code = changed("85025")
    editions = code.editions.count()
    revision = reviewing.hand_in(code, "Clearer", by=author, at=AT)
    reviewing.approve(revision, by=reviewer, at=AT)
    reviewing.schedule(revision, datetime(2027, 1, 1).date(), by=author, at=AT)
    at_once(lambda: reviewing.publish_due(datetime(2027, 1, 2, tzinfo=UTC)))
    assert code.editions.count() == editions + 1
    assert Revision.objects.get(pk=revision.pk).state == Revision.State.PUBLISHED


def test_whatever_is_handed_in_meanwhile_what_is_approved_is_what_was_shown(shared: Scratch) -> None:
    """One gives back and the author hands another text in, while others approve the one that they were shown."""
    author, reviewer = educator("author"), educator("reviewer")
    code = changed("99213")
    revision = reviewing.hand_in(code, "Clearer", by=author, at=AT)
    seen, first, turns = reviewing.seen_revision(revision), revision.digest, iter(range(AT_ONCE))

    def press() -> None:
        if next(turns) % 2:
            reviewing.approve(revision, by=reviewer, at=AT, seen=seen)
            return
        reviewing.ask_for_changes(revision, "Shorter", by=reviewer, at=AT, seen=seen)
        Code.objects.filter(pk=code.pk).update(summary=f"Second words {uuid4().hex}.")
        reviewing.hand_in(code, "Shorter", by=author, at=AT)

    at_once(press)
    last = Revision.objects.get(pk=revision.pk)
    assert (last.state, last.digest == first) in {
        (Revision.State.APPROVED, True),
        (Revision.State.IN_REVIEW, False),
    }
