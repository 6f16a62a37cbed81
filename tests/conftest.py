"""The cast and the library, the same in every test."""

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import make_educator
from codes import library, starter
from codes.models import Code


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """A test's database goes back in time; what is kept in memory about it must not stay."""
    library.forget()
    yield
    library.forget()


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


@pytest.fixture
def starter_library(db: None) -> None:
    """The starter library, loaded and published."""
    starter.load_vocabulary()
    for content in starter.pages():
        starter.load_page(content)


@pytest.fixture
def bone_code(starter_library: None) -> Code:
    """A published page with ten examples."""
    return Code.objects.get(number="20983")
