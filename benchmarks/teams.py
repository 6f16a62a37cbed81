"""Dashboard and heat map of teams of 50, 500 and 5,000 people: ``python -m benchmarks teams``."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from benchmarks.prepare import sign_in
from benchmarks.queries import TRANSACTION
from benchmarks.report import Figure
from benchmarks.server import HOST
from codes import starter
from codes.library import library
from courses.breaking import recount
from courses.models import Assignment, Course, CourseItem, Membership, Standing, Team
from quizzes.tallies import ANSWERS, week_of
from rulebook.kinds import KIND

#: People in the team -> how often each of its pages is asked for.
SIZES = {50: 100, 500: 100, 5_000: 30}
PAGES = {"dashboard": "team", "heat map": "heat_map"}
ITEMS, WEEKS = 20, 8
#: What each person has answered in those weeks, and of how many rules an answer says something.
ANSWERED, RULES_AN_ANSWER = 80, 3
#: What docs/benchmarks.md promises of the median for 500 people.
BAR, BAR_AT = 300.0, 500
BATCH = 2_000
WARM_UP = 3


def run(folder: Path) -> list[Figure]:
    """Fill a database with three teams, ask for their pages, and give median, p99 and queries of each."""
    try:
        _library()
        manager = User.objects.create_user("bench-manager")
        teams = {size: team_of(size, manager) for size in tqdm(SIZES, desc="Teams", file=sys.stderr, leave=False)}
        return list(_measured(teams, manager))
    finally:
        connections.close_all()


def _library() -> None:
    call_command("migrate", verbosity=0)
    starter.load_vocabulary()
    for content in starter.pages():
        starter.load_page(content)


def _measured(teams: dict[int, Team], manager: User) -> Iterator[Figure]:
    client = Client(HTTP_HOST=HOST)
    client.cookies[settings.SESSION_COOKIE_NAME] = sign_in(manager)
    for size, team in tqdm(teams.items(), desc="Pages", file=sys.stderr, leave=False):
        for name, url_name in PAGES.items():
            yield from _page(client, f"{name}, {size:,} people", reverse(url_name, args=[team.pk]), size)


def _page(client: Client, name: str, path: str, size: int) -> Iterator[Figure]:
    """In this process, from request to whole answer: the time in the server, without any waiting."""
    spent = [_milliseconds(lambda: client.get(path)) for _ in range(SIZES[size] + WARM_UP)][WARM_UP:]
    walls, cpu = [wall for wall, _ in spent], median(busy for _, busy in spent)
    yield Figure(name=f"{name}: median", value=median(walls), unit="ms", ratio=median(walls) / BAR, floor="300 ms")
    yield Figure(name=f"{name}: p99", value=quantiles(walls, n=100)[-1], unit="ms", ratio=None)
    yield Figure(name=f"{name}: server CPU", value=cpu, unit="ms", ratio=cpu / BAR, floor="300 ms")
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    count = sum(not query["sql"].startswith(TRANSACTION) for query in captured.captured_queries)
    yield Figure(name=f"{name}: queries", value=count, unit="queries", ratio=None)
    if size == BAR_AT:
        yield Figure(name=f"{name}: CPU at most {BAR:.0f} ms", value=float(cpu <= BAR), unit="1 = yes", ratio=None)


def _milliseconds(look: Callable[[], object]) -> tuple[float, float]:
    """By the clock on the wall, and of the processor."""
    wall, busy = time.perf_counter(), time.process_time()
    look()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - busy) * 1000


# Teams to look at -------------------------------------------------------------------------------


def team_of(size: int, manager: User, *, name: str = "bench", answered: int = ANSWERED) -> Team:
    """A team of so many people, each of whom has given so many answers, with all that the pages read."""
    team = Team.objects.create(name=f"{name}, {size} people", target_percent=85)
    Membership.objects.create(team=team, person=manager, role=Membership.Role.MANAGER)
    names = (f"{name}-{size}-{place}" for place in range(size))
    people = User.objects.bulk_create((User(username=one, first_name="Kim", last_name=one) for one in names), BATCH)
    seats = (Membership(team=team, person=one, cohort=f"Cohort {one.pk % 4}") for one in people)
    Membership.objects.bulk_create(seats, BATCH)
    _assign(team, people)
    _fill(people, answered)
    recount(team)
    return team


def _assign(team: Team, people: list[User]) -> None:
    """Twenty courses of one item each for everybody, of which some are done, some begun, some late."""
    now = timezone.now()
    for place in range(ITEMS):
        course = Course.objects.create(title=f"Course {place}", team=team)
        item = CourseItem.objects.create(course=course, position=1, kind=CourseItem.Kind.QUIZ)
        due = now + timedelta(days=3 * place - 30)
        made = Assignment.objects.bulk_create(
            (
                Assignment(
                    team=team, course=course, person=one, due_at=due, done_at=now if (one.pk + place) % 5 else None
                )
                for one in people
            ),
            BATCH,
        )
        states = (Standing.State.DONE if one.done_at else Standing.State.NOT_STARTED for one in made)
        Standing.objects.bulk_create(
            (Standing(assignment=one, item=item, state=state) for one, state in zip(made, states, strict=True)), BATCH
        )


def _fill(people: list[User], answered: int) -> None:
    """Eight weeks of everybody: tallies of answers and of each kind of rule, and what answers showed of rules.

    A million rows through the ORM would take minutes, so SQLite makes them itself. No page here looks behind a review,
    so the answers that it names are not made.
    """
    rules = [(rule.id, rule.kind, KIND[rule.kind].category.value) for rule in library().rules]
    weeks = [(week_of(timezone.now()) - timedelta(weeks=back)).isoformat() for back in range(WEEKS)]
    first, last = people[0].pk, people[-1].pk
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        _table(cursor, "bench_rule", ("place", "rule", "kind", "category"), _numbered(rules))
        _table(cursor, "bench_kind", ("place", "kind"), _numbered((kind,) for kind in (ANSWERS, *KIND)))
        _table(cursor, "bench_week", ("place", "week"), _numbered((week,) for week in weeks))
        cursor.execute(_TALLIES, [first, last])
        cursor.execute(_REVIEWS, [answered * RULES_AN_ANSWER, len(rules), first, last])


def _table(cursor: Any, name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({', '.join(columns)}, PRIMARY KEY (place))")
    cursor.executemany(f"INSERT OR REPLACE INTO {name} VALUES ({', '.join(['%s'] * len(columns))})", rows)


def _numbered(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(place, *row) for place, row in enumerate(rows)]


_TALLIES = """
INSERT INTO quizzes_weektally (person_id, week, kind, tried, kept, fresh_tried, fresh_kept, hinted, accuracy,
                               codes_right, codes_key, codes_most)
SELECT person.id, week, kind, 10, (person.id + w.place + k.place) %% 11, 8, (person.id + w.place + k.place) %% 9, 1,
       50000, 8, 12, 14
FROM accounts_user AS person CROSS JOIN bench_week AS w CROSS JOIN bench_kind AS k
WHERE person.id BETWEEN %s AND %s
"""
_REVIEWS = f"""
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s)
INSERT INTO quizzes_rulereview (person_id, rule, kind, category, item_id, grading_id, at, rating, broken, hints,
                                is_fresh, level_before, level_after, due)
SELECT person.id, r.rule, r.kind, r.category, person.id * 100000 + i / {RULES_AN_ANSWER},
       person.id * 100000 + i / {RULES_AN_ANSWER},
       datetime('now', '-' || (i / {RULES_AN_ANSWER} * 16 %% 1280 + person.id %% 16) || ' hours'), 3,
       (person.id + i * 13) %% 4 = 0, 0, 1, '', 'learning', datetime('now')
FROM accounts_user AS person CROSS JOIN n JOIN bench_rule AS r ON r.place = (person.id + i * i %% 7 + i) %% %s
WHERE person.id BETWEEN %s AND %s
ON CONFLICT DO NOTHING
"""
