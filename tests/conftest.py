"""The cast and the library, the same in every test."""

import json
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from datetime import time as clock
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.guarding import dropping, making
from accounts.models import User
from accounts.roles import make_educator
from codes import catalogue, framed, library, phrasebook, starter, stored, synonyms
from codes.models import Code, DocumentationTopic, Edition, Facet, FacetValue, Phrase, PublishedCode, Synonym
from codes.pages import PARTS
from coding_edu import health
from courses.models import Membership, Team
from quizzes import feedback, practice, stakes
from quizzes.models import Scenario

# The same examples every time, however long one takes, so that a run says something of the commit and nothing of the
# machine. EXPLORE=1 draws others.
hypothesis.settings.register_profile(
    "steady",
    derandomize="EXPLORE" not in os.environ,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")


#: Where the days of tests begin: on the site, and in the team of the cast.
ZONES = (ZoneInfo("UTC"), ZoneInfo("America/Chicago"))
#: Seconds that a test takes at most, but for those few that do not ask what day it is.
A_TEST = 60


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long ones first, so that in the end no process works on one alone.

    On PostgreSQL without those that never ask for a database: on SQLite they have said the same already.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if connection.vendor == "postgresql":
        asking = {"db", "transactional_db"}
        left_out = [one for one in items if not asking & set(getattr(one, "fixturenames", ()))]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [one for one in items if one not in set(left_out)]


@pytest.fixture(autouse=True)
def _same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sets at every run: one draw in a thousand cannot give what the others do. EXPLORE=1 draws others."""
    if "EXPLORE" not in os.environ:
        monkeypatch.setattr(practice.secrets, "randbits", random.Random(1).getrandbits)


@pytest.fixture(scope="session", autouse=True)
def _nobody_stands_back() -> Iterator[None]:
    """A command that lets others go first, called in a test, would slow down all tests of this process after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.nice", lambda steps: 0)
        yield


@pytest.fixture(autouse=True)
def _within_one_day() -> None:
    """No test begins just before midnight: what it does today, and the page that it then looks at, are of one day."""
    while (left := min(until_midnight(zone) for zone in ZONES)) < A_TEST:
        time.sleep(left)


def until_midnight(zone: ZoneInfo) -> float:
    """Seconds that are left of the day there; a day of 23 or 25 hours included."""
    now = datetime.now(zone)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), clock(), zone)
    return tomorrow.timestamp() - now.timestamp()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """A test's database goes back in time; what is kept in memory about it must not stay."""
    forget()
    yield
    forget()


def forget() -> None:
    """As a fresh process would be."""
    library.forget()
    phrasebook.forget()
    synonyms.forget()
    catalogue.forget()
    feedback._section_url.cache_clear()
    stakes.forget()
    health.forget()
    stored.forget()
    framed.forget()
    cache.clear()


def person(username: str) -> User:
    """Somebody who can sign in with the password ``word-of-NAME``."""
    return User.objects.create_user(username, f"{username}@example.com", f"word-of-{username}")


@pytest.fixture
def trainee(db: None) -> User:
    """Reads and practises."""
    return person("trainee")


@pytest.fixture
def teammate(db: None) -> User:
    """Another trainee."""
    return person("teammate")


@pytest.fixture
def manager(db: None) -> User:
    """Leads people; edits nothing."""
    return person("manager")


@pytest.fixture
def other_manager(db: None) -> User:
    """Manages another team."""
    made = person("othermanager")
    stranger_team = Team.objects.create(name="Another team")
    Membership.objects.create(team=stranger_team, person=made, role=Membership.Role.MANAGER)
    return made


@pytest.fixture
def team(trainee: User, teammate: User, manager: User) -> Team:
    """The trainee and the teammate, managed by the manager; its clocks are Chicago's."""
    made = Team.objects.create(name="Tumor team", time_zone="America/Chicago", target_percent=85)
    for learner in (trainee, teammate):
        Membership.objects.create(team=made, person=learner)
    Membership.objects.create(team=made, person=manager, role=Membership.Role.MANAGER)
    return made


@pytest.fixture
def as_manager(manager: User, team: Team) -> Client:
    """A browser in which the manager of the team is signed in."""
    return signed_in(manager)


@pytest.fixture
def educator(db: None) -> User:
    """Edits and publishes."""
    made = person("educator")
    make_educator(made)
    return made


@pytest.fixture
def admin(db: None) -> User:
    """May do everything."""
    return User.objects.create_superuser("admin", "admin@example.com", "word-of-admin")


@pytest.fixture
def as_trainee(trainee: User) -> Client:
    """A browser in which the trainee is signed in."""
    return signed_in(trainee)


@pytest.fixture
def as_educator(educator: User) -> Client:
    """A browser in which the educator is signed in."""
    return signed_in(educator)


def signed_in(somebody: User) -> Client:
    """A fresh browser in which this person is signed in."""
    client = Client()
    client.force_login(somebody)
    return client


@pytest.fixture(scope="session", autouse=True)
def _made_once() -> Iterator[None]:
    """Libraries, phrasebooks and tables follow from rows alone, so that the same rows need no second making.

    It was a third of the time of all tests. The rows are read again each time: whatever a test changes is seen.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((library, "library_of"), (phrasebook, "book_of"), (stakes, "table_of")):
            patch.setattr(module, name, once(getattr(module, name)))
        yield


def once(make: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which makes only once what follows from the same rows."""

    @lru_cache(maxsize=32)
    def made(*given: Any) -> Any:
        return make(*(json.loads(one) if isinstance(one, str) else one for one in given))

    return lambda *given: made(*(json.dumps(list(one)) if isinstance(one, Iterable) else one for one in given))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Load the starter library once; each test then works in a transaction of its own on top of it."""
    with django_db_blocker.unblock():
        if not Edition.objects.exists():  # else the whole database is a copy of one that has it
            load()
    forget()  # The first test begins as every other: publishing has filled what is kept in memory.


def load() -> None:
    """Vocabulary and pages, published."""
    starter.load_vocabulary()
    for content in starter.pages():
        starter.load_page(content)


@pytest.fixture
def starter_library(db: None) -> None:
    """The starter library (loaded again where a test with real transactions has emptied the tables)."""
    if not Edition.objects.exists():
        load()


@pytest.fixture
def no_library(db: None) -> None:
    """A site on which nothing was loaded yet."""
    parts = [model for model, _ in PARTS.values()]
    for model in (Scenario, PublishedCode, Edition, *parts, Code, FacetValue, Facet, Phrase, Synonym):
        rows = model._default_manager.all()
        rows._raw_delete(rows.db)
    DocumentationTopic.objects.all().delete()


@pytest.fixture
def bone_code(starter_library: None) -> Code:
    """A published page with ten examples."""
    return Code.objects.get(number="20983")


@pytest.fixture(scope="session", autouse=True)
def _flushing() -> None:
    """Let tests with real transactions empty their tables: SQLite does it row by row, which triggers refuse."""
    operations: Any = type(connection.ops)
    flush = operations.sql_flush

    def without_triggers(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        statements: list[str] = flush(self, *args, **kwargs)
        return [*dropping(connection), *statements, *making(connection)] if statements else []

    # On the class: a browser's test may be handed another connection than the one that is there now.
    if connection.vendor == "sqlite":
        operations.sql_flush = without_triggers
