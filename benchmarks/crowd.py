"""Sixty-four people who answer at once for a minute, and how much memory the worker has afterwards."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from benchmarks.client import Ask, Client
from benchmarks.prepare import Stage, right_form, sign_in
from benchmarks.probes import FORM
from benchmarks.report import Figure
from quizzes import practice
from quizzes.models import Attempt, QuestionVersion

PEOPLE, SECONDS = 64, 60.0
#: So many questions for each: more than anybody gets through.
SETS, QUESTIONS = 12, 10
#: What docs/benchmarks.md promises: p99 of so many times the time that an answer takes when all are served in turn.
WAITS = 2.5
MEGABYTES = 150
STEPS = 1


def measure(port: int, stage: Stage, log: Path, step: Callable[[], object]) -> Iterator[Figure]:
    """Answers a second, how long they took, and whether the server said anything of a lock; then its memory."""
    asks = asks_of(stage, PEOPLE, SETS)
    with Client(port, connections=PEOPLE) as client:
        burst = client.burst(asks, SECONDS)
        memory = int(client.one(Ask(path=reverse("bench_memory"))).body) / 1_000_000
    turn = PEOPLE / burst.per_second * 1000
    p99 = burst.percentile(0.99)
    said = log.read_text(errors="replace")
    step()
    # A wrong status would have ended the run.
    yield Figure(name="64 people: answers", value=burst.per_second, unit="/s")
    yield Figure(name="64 people: people / throughput", value=turn, unit="ms")
    yield Figure(name="64 people: p50", value=burst.percentile(0.5), unit="ms")
    yield Figure(name="64 people: p99", value=p99, unit="ms", ratio=p99 / turn, floor="people / throughput")
    yield Figure(name="64 people: p99 at most 2.5 x", value=float(p99 <= WAITS * turn), unit="1 = yes")
    yield Figure(name="64 people: messages about locks", value=said.count("locked"), unit="messages")
    yield Figure(name="worker, after all of it", value=memory, unit="MB")
    yield Figure(name="worker: at most 150 MB", value=float(memory <= MEGABYTES), unit="1 = yes")


def asks_of(stage: Stage, people: int, sets: int) -> list[Ask]:
    """POSTs of right claims, one of each person after the other."""
    versions = [item.version for item in stage.fresh[:QUESTIONS]]
    every = [_questions(_person(), versions, sets) for _ in range(people)]
    return [ask for turn in zip(*every, strict=True) for ask in turn]


def _person() -> User:
    return User.objects.create_user(f"crowd-{secrets.token_hex(6)}")


def _questions(person: User, versions: list[QuestionVersion], sets: int) -> list[Ask]:
    """The same pinned questions in set after set, as people answer them who practise one page again and again."""
    made = Attempt.objects.bulk_create(
        Attempt(person=person, title="Crowd", seed=number, begun_at=timezone.now()) for number in range(sets)
    )
    items = [item for attempt in made for item in practice.lay(attempt, versions)]
    token = secrets.token_hex(16)
    cookies = f"{settings.SESSION_COOKIE_NAME}={sign_in(person)}; {settings.CSRF_COOKIE_NAME}={token}"
    headers = {"Cookie": cookies, **FORM}
    return [
        Ask(path=item.get_absolute_url(), method="POST", headers=headers, body=right_form(item, token), status=302)
        for item in items
    ]
