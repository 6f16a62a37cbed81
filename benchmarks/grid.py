"""The overview of 1,000 people with 20 items each, when they have given 20,000 answers and when 2,000,000."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from benchmarks import teams
from benchmarks.prepare import sign_in
from benchmarks.queries import TRANSACTION
from benchmarks.report import Figure, holds
from benchmarks.server import HOST
from courses.models import Team

PEOPLE = 1_000
#: All answers together -> how many each has given.
ANSWERS = {20_000: 20, 200_000: 200, 2_000_000: 2_000}
#: The most that the overview may cost beside its floor, and with the most answers beside the fewest.
AT_MOST, AT_MOST_MORE = 2.0, 1.2
ROUNDS = 15
STEPS = len(ANSWERS) + 1
FLOOR = "raw SELECT of 20,000 standings"
_RAW = """
SELECT standing.* FROM courses_standing AS standing JOIN courses_assignment AS assignment
ON assignment.id = standing.assignment_id WHERE assignment.team_id = %s
"""
#: Of SQLite: what is filled here is thrown away with its folder, so it need not outlive a power cut.
_IN_A_HURRY = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -500000")
Step = Callable[[], object]


def measure(step: Step) -> Iterator[Figure]:
    """CPU milliseconds of the page beside those of reading the rows it is about; in this process."""
    manager = User.objects.create_user("grid-manager")
    made = {}
    for answers, each in ANSWERS.items():
        with _in_a_hurry():
            made[answers] = teams.team_of(PEOPLE, manager, name=f"grid-{answers}", answered=each)
        step()
    client = Client(HTTP_HOST=HOST)
    client.cookies[settings.SESSION_COOKIE_NAME] = sign_in(manager)
    rounds = [_round(client, made) for _ in range(ROUNDS + 1)][1:]
    step()
    yield Figure(name=FLOOR, value=median(raw for one in rounds for raw, _ in one.values()), unit="ms CPU")
    for answers in ANSWERS:
        yield from _beside_its_floor(answers, [one[answers] for one in rounds])
    yield from _beside_the_fewest(rounds)
    yield _queries(client, made[max(ANSWERS)])


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """Fill quickly; what is measured after it has a connection like any other."""
    with connection.cursor() as cursor:
        for pragma in _IN_A_HURRY:
            cursor.execute(pragma)
    yield
    connection.close()


def _round(client: Client, made: dict[int, Team]) -> dict[int, tuple[float, float]]:
    """Answers -> milliseconds of the floor and, right after it, of the page."""
    return {
        answers: (
            _milliseconds(partial(_raw, team)),
            _milliseconds(partial(client.get, reverse("team", args=[team.pk]))),
        )
        for answers, team in made.items()
    }


def _beside_its_floor(answers: int, rounds: list[tuple[float, float]]) -> Iterator[Figure]:
    name, ratio = f"overview, 1,000 people, {answers:,} answers", median(page / raw for raw, page in rounds)
    yield Figure(name=name, value=median(page for _, page in rounds), unit="ms CPU", ratio=ratio, floor=FLOOR)
    yield Figure(name=f"at most {AT_MOST:.0f} x, {answers:,} answers", value=ratio, unit=holds(ratio <= AT_MOST))


def _beside_the_fewest(rounds: list[dict[int, tuple[float, float]]]) -> Iterator[Figure]:
    fewest, most = min(ANSWERS), max(ANSWERS)
    value, ratio = (median(one[most][1] for one in rounds), median(one[most][1] / one[fewest][1] for one in rounds))
    name = f"the same with {most // fewest} times the answers"
    yield Figure(name=name, value=value, unit="ms CPU", ratio=ratio, floor=f"{fewest:,} answers")
    yield Figure(name=f"at most {AT_MOST_MORE} x", value=ratio, unit=holds(ratio <= AT_MOST_MORE))


def _queries(client: Client, team: Team) -> Figure:
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("team", args=[team.pk]))
    count = sum(not query["sql"].startswith(TRANSACTION) for query in captured.captured_queries)
    return Figure(name="overview, 1,000 people", value=count, unit="queries")


def _raw(team: Team) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(_RAW, [team.pk])
        return list(cursor.fetchall())


def _milliseconds(look: Callable[[], object]) -> float:
    began = time.process_time()
    look()
    return (time.process_time() - began) * 1000
