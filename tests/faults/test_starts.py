"""Starting the same set several times at once."""

import random
import threading
import uuid
from collections.abc import Callable

from django.db import connections, transaction
from django.urls import reverse

from accounts.models import User
from quizzes import exams, practice
from quizzes.asking import Candidate
from quizzes.drawing import Recipe
from quizzes.models import Attempt, AttemptItem, QuestionVersion
from quizzes.pinning import pin
from tests.faults.browser import post
from tests.faults.conftest import Scratch
from tests.faults.people import PAGE, drawn, exam_of, page, session_of, somebody
from tests.faults.serving import Site
from tests.faults.threads import at_once
from tests.patience import PATIENCE

PEOPLE = 200
SOME = 50
FEW = 10
TIMES = 8
ROUNDS = 25
Start = tuple[User, practice.Terms]
ONE = Recipe(formats=("code-the-claim",), as_written=1.0, size=1)


def test_of_eight_starts_at_once_one_makes_the_set_two_hundred_times(shared: Scratch) -> None:
    cards = drawn()[:1]
    cast = [(somebody(), practice.Terms(title="A set", key=uuid.uuid4())) for _ in range(PEOPLE)]
    assert_one_each(cast, lambda user, terms: practice.open_set(user, terms, cards, seed=1))


def test_of_eight_starts_of_an_exam_at_once_one_makes_the_attempt(shared: Scratch) -> None:
    cards, terms = drawn()[:1], exams.terms_of(exam_of())
    cast = [(somebody(), terms) for _ in range(SOME)]
    assert_one_each(cast, lambda user, terms: practice.open_set(user, terms, cards, seed=1))


def test_eight_starts_that_draw_at_once_make_one_set(shared: Scratch) -> None:
    code, exam = page(), exam_of(1)
    cast = [(somebody(), practice.Terms(title="", key=uuid.uuid4())) for _ in range(FEW)]
    assert_one_each(cast, lambda user, terms: practice.start(user, code, recipe=ONE, key=terms.key))
    assert_one_each([(somebody(), terms) for _, terms in cast], lambda user, _: exams.start(user, exam))


def test_whoever_presses_practise_eight_times_has_one_set(shared: Scratch, shared_site: Site) -> None:
    url = reverse("practise", args=[PAGE])
    cast = [somebody() for _ in range(FEW)]
    for user in cast:
        session, form = session_of(user), {"key": str(uuid.uuid4())}
        replies = at_once(lambda _, s=session, f=form: post(shared_site, s, url, f), range(TIMES))  # type: ignore[misc]
        assert {reply.status for reply in replies} == {302}
        assert len({reply.headers["Location"] for reply in replies}) == 1
    assert Attempt.objects.filter(person__in=cast).count() == FEW


def assert_one_each(cast: list[Start], start: Callable[[User, practice.Terms], Attempt]) -> None:
    """Each of the cast starts so many times at the same moment, and all of them get the one set."""
    together = threading.Barrier(TIMES, timeout=PATIENCE)
    connections.close_all()

    def start_all(_: int) -> list[uuid.UUID]:
        made = []
        for user, terms in cast:
            together.wait()
            made.append(start(user, terms).pk)
        return made

    answers = at_once(start_all, range(TIMES))
    assert all(answer == answers[0] for answer in answers)
    mine = Attempt.objects.filter(person__in=[user for user, _ in cast])
    assert mine.count() == AttemptItem.objects.filter(attempt__in=mine).count() == len(cast)


def test_sets_that_store_the_same_questions_at_once_never_wait_for_each_other_in_a_circle(shared: Scratch) -> None:
    cards = drawn()
    before = QuestionVersion.objects.count()
    connections.close_all()
    for stamp in range(10**6 + before, 10**6 + before + ROUNDS):
        # Of another state of the library each time, so that all questions are new again.
        at_once(lambda seed, stamp=stamp: stored(cards, seed, stamp), range(TIMES))  # type: ignore[misc]
    assert QuestionVersion.objects.count() - before == ROUNDS * len(cards)


def stored(cards: list[Candidate], seed: int, stamp: int) -> None:
    """Store the questions in an order of one's own."""
    with transaction.atomic():
        pin(random.Random(seed).sample(cards, len(cards)), stamp)
