"""What is requested, and which floor each subject is measured against."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from benchmarks.client import CONNECTIONS, Ask, Client, WrongAnswer
from benchmarks.prepare import Stage, right_form
from quizzes.models import AttemptItem

ROUNDS = 5
#: A burst of pages ends after so many requests or so many seconds, whichever comes first.
MOST = 400
SECONDS = 0.35
#: Each answer takes a fresh question, so answers come in fixed numbers; the seconds are for emergencies.
ANSWERS = 60
ANSWER_SECONDS = 60.0
WARM_UP = 5 * CONNECTIONS
QUESTIONS = WARM_UP + ROUNDS * ANSWERS

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_COOKIE = re.compile(r"csrftoken=([^;]+)")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Something to request: its name in the table, and a function that gives the next requests of a number."""

    name: str
    asks: Callable[[int], list[Ask]]
    most: int = MOST
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A subject, and the floor that is measured right before it."""

    floor: Probe
    subject: Probe


class World:
    """The site as one signed-in person's browser sees it: paths, cookies, a CSRF token, questions to answer."""

    def __init__(self, client: Client, stage: Stage) -> None:
        self.stage = stage
        self.question = stage.looked_at.get_absolute_url()
        self.page = stage.page.get_absolute_url()
        form = client.one(Ask(path=self.question, headers={"Cookie": stage.cookie}))
        self.token = _found(_TOKEN, form.body.decode())
        self.signed_in = {"Cookie": f"{stage.cookie}; csrftoken={_found(_COOKIE, form.cookies)}"}
        self.size = len(client.one(Ask(path=self.page, headers=self.signed_in)).body)
        self.sent = 0
        self._fresh = iter(stage.fresh)
        self._answered: list[AttemptItem] = []

    def get(self, name: str, path: str) -> Probe:
        """The same page again and again, signed in."""
        return Probe(name=name, asks=lambda count: [Ask(path=path, headers=self.signed_in)] * count)

    def bare(self) -> Probe:
        """The floor of every signed-in page."""
        return self.get("bare view, signed in", reverse("bench_bare"))

    def memory(self) -> Probe:
        """The floor of the reference page."""
        return self.get(f"{self.size:,} bytes from memory", reverse("bench_bytes", args=[self.size]))

    def insert(self, count: int) -> list[Ask]:
        """POSTs that read a row and insert one."""
        path = reverse("bench_row", args=[self.stage.written_on.pk])
        return [self._post(path, f"csrfmiddlewaretoken={self.token}")] * count

    def answer(self, count: int) -> list[Ask]:
        """POSTs of the right claim to the next fresh questions."""
        self._answered = [next(self._fresh) for _ in range(count)]
        self.sent += count
        return [self._post(item.get_absolute_url(), right_form(item, self.token)) for item in self._answered]

    def feedback(self, count: int) -> list[Ask]:
        """GETs of the questions just answered, where the redirect leads a browser."""
        return [Ask(path=item.get_absolute_url(), headers=self.signed_in) for item in self._answered[:count]]

    def _post(self, path: str, body: str) -> Ask:
        return Ask(path=path, method="POST", body=body, headers={**self.signed_in, **FORM}, status=302)


def _found(pattern: re.Pattern[str], text: str) -> str:
    """The first group of the first match; without one the page is not what it should be."""
    match = pattern.search(text)
    if match is None:
        raise WrongAnswer(f"The question page has nothing like {pattern.pattern}.")
    return match[1]


def from_memory(world: World) -> Pair:
    """What the bytes themselves cost."""
    return Pair(floor=world.bare(), subject=world.memory())


def reference_page(world: World) -> Pair:
    """A code's page, signed in."""
    return Pair(floor=world.memory(), subject=world.get("reference page, signed in", world.page))


def reference_page_anonymous(world: World) -> Pair:
    """The same for a stranger without cookies."""

    def stranger(name: str, path: str) -> Probe:
        return Probe(name=name, asks=lambda count: [Ask(path=path)] * count)

    floor = stranger("bare view, anonymous", reverse("bench_bare"))
    return Pair(floor=floor, subject=stranger("reference page, anonymous", world.page))


def question_page(world: World) -> Pair:
    """An unanswered question."""
    return Pair(floor=world.bare(), subject=world.get("question page", world.question))


def checking(world: World) -> Pair:
    """The right claim to a fresh question: load, grade, append answer and grading, redirect."""
    floor = Probe(name="one row read, one inserted", asks=world.insert, most=ANSWERS, seconds=ANSWER_SECONDS)
    subject = Probe(name="checking an answer (POST)", asks=world.answer, most=ANSWERS, seconds=ANSWER_SECONDS)
    return Pair(floor=floor, subject=subject)


def feedback_page(world: World) -> Pair:
    """The GET after it; must follow ``checking``."""
    subject = Probe(name="its feedback (GET)", asks=world.feedback, most=ANSWERS, seconds=ANSWER_SECONDS)
    return Pair(floor=world.bare(), subject=subject)


PAIRS: tuple[Callable[[World], Pair], ...] = (
    from_memory,
    reference_page,
    reference_page_anonymous,
    question_page,
    checking,
    feedback_page,
)
