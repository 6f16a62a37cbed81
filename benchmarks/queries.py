"""How many queries each page takes, counted in this process on the database the server had."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.prepare import Stage, right_form
from benchmarks.report import Figure
from benchmarks.server import HOST

FLOOR = "bare view, signed in"
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
SPARE = 2
"""Fresh questions that counting takes; the first one only warms up."""


def measure(stage: Stage) -> Iterator[Figure]:
    """One figure a page; the floor is what session and user take."""
    person, stranger = Client(HTTP_HOST=HOST), Client(HTTP_HOST=HOST)
    person.cookies[settings.SESSION_COOKIE_NAME] = stage.session
    stranger_sees = _of_page(stranger, stage.page.get_absolute_url())
    least = _of_page(person, reverse("bench_bare"))
    yield Figure(name=FLOOR, value=least, unit="queries")
    for name, count in _counts(person, stage):
        yield Figure(name=name, value=count, unit="queries", ratio=count / least, floor=FLOOR)
    yield Figure(name="reference page, anonymous", value=stranger_sees, unit="queries")


def _counts(person: Client, stage: Stage) -> Iterator[tuple[str, int]]:
    """What each page is called -> its queries."""
    for name, path in _paths(stage).items():
        yield name, _of_page(person, path)
    warm_up, item = stage.fresh[-SPARE:]
    checked = [_queries(_check(person, one.get_absolute_url(), right_form(one, ""))) for one in (warm_up, item)]
    yield "checking an answer (POST)", checked[-1]
    yield "its feedback (GET)", _of_page(person, item.get_absolute_url())
    yield "summary of a set", _of_page(person, item.attempt.get_absolute_url())


def _paths(stage: Stage) -> dict[str, str]:
    return {
        "front page": reverse("home"),
        "all codes": reverse("find_codes"),
        "search for a word": f"{reverse('find_codes')}?q={stage.page.title.split()[0]}",
        "reference page, signed in": stage.page.get_absolute_url(),
        "rule kinds": reverse("rule_kinds"),
        "practice": reverse("practice"),
        "question page": stage.looked_at.get_absolute_url(),
    }


def _check(person: Client, path: str, body: str) -> Callable[[], object]:
    return lambda: person.post(path, body, content_type="application/x-www-form-urlencoded")


def _of_page(client: Client, path: str) -> int:
    """Queries of the second GET; the first fills what is kept in memory."""
    client.get(path)
    return _queries(lambda: client.get(path))


def _queries(request: Callable[[], object]) -> int:
    """Queries of one request, without those that only begin and end a transaction."""
    with CaptureQueriesContext(connection) as captured:
        request()
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured.captured_queries)
