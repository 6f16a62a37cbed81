"""The overview of 1,000 people with 20 items each, when they have given 20,000 answers and when 200,000."""

import time
from collections.abc import Callable, Iterator
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
from benchmarks.report import Figure
from benchmarks.server import HOST
from courses.models import Team

PEOPLE = 1_000
#: All answers together -> how many each has given.
ANSWERS = {20_000: 20, 200_000: 200}
ROUNDS = 5
STEPS = len(ANSWERS) + 1
FLOOR = "raw SELECT of 20,000 standings"
_RAW = """
SELECT standing.* FROM courses_standing AS standing JOIN courses_assignment AS assignment
ON assignment.id = standing.assignment_id WHERE assignment.team_id = %s
"""
Step = Callable[[], object]


def measure(step: Step) -> Iterator[Figure]:
    """CPU milliseconds of the page beside those of reading the rows it is about; in this process."""
    manager = User.objects.create_user("grid-manager")
    client = Client(HTTP_HOST=HOST)
    client.cookies[settings.SESSION_COOKIE_NAME] = sign_in(manager)
    made = {}
    for answers, each in ANSWERS.items():
        made[answers] = teams.team_of(PEOPLE, manager, name=f"grid-{answers}", answered=each)
        step()
    spent: dict[str, list[float]] = {}
    for _ in range(ROUNDS + 1):
        for answers, team in made.items():
            spent.setdefault(FLOOR, []).append(_milliseconds(lambda team=team: _raw(team)))  # type: ignore[misc]
            path = reverse("team", args=[team.pk])
            spent.setdefault(_name(answers), []).append(_milliseconds(lambda path=path: client.get(path)))  # type: ignore[misc]
    step()
    raw, few, many = (median(times[1:]) for times in spent.values())
    yield Figure(name=FLOOR, value=raw, unit="ms CPU")
    for answers, value in zip(ANSWERS, (few, many), strict=True):
        yield Figure(name=_name(answers), value=value, unit="ms CPU", ratio=value / raw, floor=FLOOR)
    yield Figure(name="the same with 10 times the answers", value=many, unit="ms CPU", ratio=many / few, floor="few")
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    count = sum(not query["sql"].startswith(TRANSACTION) for query in captured.captured_queries)
    yield Figure(name="overview, 1,000 people", value=count, unit="queries")


def _name(answers: int) -> str:
    return f"overview, 1,000 people, {answers:,} answers"


def _raw(team: Team) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(_RAW, [team.pk])
        return list(cursor.fetchall())


def _milliseconds(look: Callable[[], object]) -> float:
    began = time.process_time()
    look()
    return (time.process_time() - began) * 1000
