"""A scratch database of either kind for each test, with the library, and a server on it."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.faults.databases import SECRET_KEY, House, Postgres, Sqlite
from tests.faults.serving import Site
from tests.in_use import in_use

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqlite]:
    """Where SQLite's files are."""
    house = Sqlite(tmp_path_factory.mktemp("sqlite"))
    yield house
    house.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL for these tests."""
    house = Postgres()
    yield house
    house.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest) -> House:
    """Both kinds by turns."""
    found: House = request.getfixturevalue("sqlite" if request.param == "sqlite" else "postgres")
    return found


@dataclass(frozen=True, slots=True)
class Scratch:
    """A database of one test; the ORM of the test's own process works on it too, in every thread."""

    house: House
    name: str
    url: str

    @property
    def vendor(self) -> str:
        return self.house.vendor


@contextmanager
def scratch_of(house: House, blocker: DjangoDbBlocker) -> Iterator[Scratch]:
    """A copy of the library's database, dropped in the end."""
    name = f"scratch{next(_numbers)}"
    url = house.copy(name)
    try:
        with blocker.unblock(), override_settings(SECRET_KEY=SECRET_KEY), in_use(url):
            yield Scratch(house, name, url)
    finally:
        house.drop(name)


@pytest.fixture
def scratch(house: House, django_db_blocker: DjangoDbBlocker) -> Iterator[Scratch]:
    """A database of either kind."""
    with scratch_of(house, django_db_blocker) as made:
        yield made


@pytest.fixture(scope="module")
def shared(house: House, django_db_blocker: DjangoDbBlocker) -> Iterator[Scratch]:
    """A database for the tests of a module that break nothing; each has its own people."""
    with scratch_of(house, django_db_blocker) as made:
        yield made


@pytest.fixture(scope="module")
def shared_site(shared: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site on it."""
    site = Site(shared.url, tmp_path_factory.mktemp("server") / "log")
    site.start()
    yield site
    site.stop()


@pytest.fixture
def lite(sqlite: Sqlite, django_db_blocker: DjangoDbBlocker) -> Iterator[Scratch]:
    """A database in a file."""
    with scratch_of(sqlite, django_db_blocker) as made:
        yield made


@pytest.fixture
def served_by_postgres(postgres: Postgres, django_db_blocker: DjangoDbBlocker) -> Iterator[Scratch]:
    """A database in PostgreSQL."""
    with scratch_of(postgres, django_db_blocker) as made:
        yield made


Serve = Callable[..., Site]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers, with what else should be in their environment; all end with the test."""
    started = []

    def start(scratch: Scratch, **environment: str) -> Site:
        site = Site(scratch.url, tmp_path / "server.log", **environment)
        started.append(site)
        site.start()
        return site

    yield start
    for site in started:
        site.stop()


@pytest.fixture
def site(scratch: Scratch, serve: Serve) -> Site:
    """The site on the test's database."""
    return serve(scratch)
