"""A grown installation moves from a file to PostgreSQL and back, whole or not at all."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import AuditEntry, audit
from codes import catalogue
from codes.models import PublishedCode
from datasets import lookups, store
from datasets.loading import load, recognise
from datasets.making import MAKERS, ptp_rows
from datasets.models import Release
from datasets.search import building
from datasets.search.asking import Filters
from quizzes.models import Answer
from quizzes.practice import I_DO_NOT_KNOW
from tests.faults.databases import ROOT, SECRET_KEY, House, Postgres, Sqlite, environment, manage
from tests.faults.people import exam_of, people
from tests.in_use import in_use
from tests.quizzes.learning import give


def run(url: str, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command of the site on a database, whatever becomes of it."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT, env=environment(url, **more), capture_output=True, text=True, check=False,
    )  # fmt: skip


@contextmanager
def database(house: House, name: str) -> Iterator[str]:
    """An empty one for the block."""
    house.drop(name)
    if isinstance(house, Postgres):
        house.sql(f"CREATE DATABASE {name}")
    try:
        yield house.url(name)
    finally:
        house.drop(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the public code sets of the files lie."""
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture(scope="module", autouse=True)
def _there(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATASETS_DIR", str(folder))
        patch.setattr("django.conf.settings.DATASETS_DIR", str(folder))
        yield
        store.close()


@pytest.fixture(scope="module")
def grown(sqlite: Sqlite, folder: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """An installation with people who have answered, an exam, audit entries and three public code sets, in a file."""
    url = sqlite.copy("grown")
    with django_db_blocker.unblock(), override_settings(SECRET_KEY=SECRET_KEY), in_use(url):
        exam_of()
        for person in people(5, 20):
            audit(person.user, "tried", person.user, before={"b": 1, "a": [1.5, None]}, after={"é": "“quoted”"})
            for item in person.items:
                give(item, I_DO_NOT_KNOW)
        for kind in ("ptp", "mue", "hcpcs"):
            file = folder / MAKERS[kind][1]
            MAKERS[kind][0](file, 3000, 1)
            load(recognise(file)[0], at=timezone.now())
        building.rebuild(at=timezone.now())
        store.close()
    yield url
    sqlite.drop("grown")


@pytest.fixture(scope="module")
def moved(grown: str, postgres: Postgres) -> Iterator[tuple[str, str]]:
    """PostgreSQL after the move, and what the command printed."""
    with database(postgres, "moved") as url:
        manage(url, "migrate", "--verbosity", "0")
        done = run(url, "copy_database", "--from", grown)
        assert done.returncode == 0, done.stderr
        yield url, done.stdout


@pytest.fixture
def there(moved: tuple[str, str], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """This process works on what was moved."""
    with django_db_blocker.unblock(), in_use(moved[0]):
        yield


def test_every_table_is_printed_with_what_it_adds_up_to(moved: tuple[str, str]) -> None:
    lines = moved[1].splitlines()
    assert any(line.startswith("quizzes_answer ") and line.endswith("the same") for line in lines)
    assert any(line.startswith("public codes: ptp") for line in lines)
    assert "rows in" in lines[-1]


def test_what_is_no_row_has_come_along(there: None) -> None:
    assert Answer.objects.count() == 100
    assert PublishedCode.objects.search("bone cryo").exists()
    pair = next(ptp_rows(3000))[:2]
    assert {(one.column1, one.column2) for one in lookups.edits_among(pair, date(2026, 2, 1))} <= {pair}
    assert store.places() == {release.place for release in Release.objects.all()}
    assert not building.is_stale()
    assert catalogue.find("LT", Filters(on=date(2026, 2, 1))).total
    with pytest.raises(DatabaseError, match="kept as they were"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditentry")
    # Numbers go on behind those that came along.
    newest = AuditEntry.objects.order_by("-pk")[0].pk
    assert audit(None, "tried", "the sequences").pk == newest + 1


def test_what_is_not_empty_is_refused_and_so_is_another_version(
    grown: str, moved: tuple[str, str], postgres: Postgres
) -> None:
    again = run(moved[0], "copy_database", "--from", grown)
    assert again.returncode == 1
    assert "Nothing was copied. The target is not empty: " in again.stderr
    with database(postgres, "bare") as url:
        bare = run(url, "copy_database", "--from", grown)
        assert "The target has no tables." in bare.stderr
        manage(url, "migrate", "codes", "0001", "--verbosity", "0")
        older = run(url, "copy_database", "--from", grown)
        assert "of different versions" in older.stderr


def test_it_is_whole_or_not_at_all_and_may_be_run_again(sqlite: Sqlite, grown: str, postgres: Postgres) -> None:
    source = sqlite.file("grown")
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    with database(postgres, "whole") as url:
        manage(url, "migrate", "--verbosity", "0")
        # Of the last rows one is not taken.
        postgres.sql("ALTER TABLE django_session ADD CONSTRAINT never CHECK (session_key = '')", "whole")
        failed = run(url, "copy_database", "--from", grown)
        assert "django_session: the target does not take a row of it" in failed.stderr
        assert postgres.sql("SELECT count(*) FROM accounts_user", "whole") == [(0,)]
        postgres.sql("ALTER TABLE django_session DROP CONSTRAINT never", "whole")
        assert run(url, "copy_database", "--from", grown).returncode == 0
        assert hashlib.sha256(source.read_bytes()).hexdigest() == before


def test_it_goes_back_into_a_file(moved: tuple[str, str], sqlite: Sqlite) -> None:
    with database(sqlite, "back") as url:
        manage(url, "migrate", "--verbosity", "0")
        done = run(url, "copy_database", "--from", moved[0])
        assert done.returncode == 0, done.stderr
        assert sqlite.damage("back") == []
    sums = [{line.split()[0]: line.split()[2] for line in out.splitlines()[:-1]} for out in (moved[1], done.stdout)]
    # But for the one entry of the test above, whichever ran first.
    assert {name for name in sums[0] if sums[0][name] != sums[1][name]} <= {"accounts_auditentry"}


def test_a_backup_of_postgresql_is_restored_into_an_empty_database(
    moved: tuple[str, str], postgres: Postgres, tmp_path: Path
) -> None:
    programs = {"PATH": f"{postgres.programs}:{os.environ['PATH']}"}
    made = run(moved[0], "backup", str(tmp_path), **programs)
    assert made.returncode == 0, made.stderr
    with database(postgres, "restored") as url:
        done = run(url, "restore", made.stdout.strip(), **programs)
        assert done.returncode == 0, done.stderr
        for question in ("SELECT count(*) FROM quizzes_answer", "SELECT count(*) FROM codes_fulltext"):
            assert postgres.sql(question, "restored") == postgres.sql(question, "moved")
        again = run(url, "restore", made.stdout.strip(), **programs)
        assert "The database is not empty" in again.stderr
