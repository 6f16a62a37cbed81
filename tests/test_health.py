"""What is said to whoever watches: alive, ready, and if not, what is missing, without a name or a number."""

import errno
import io
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from coding_edu import health, logs
from coding_edu.health import Words
from tests.patience import PATIENCE

FINE = {
    "status": "ready", "disk": "ok", "log": "ok", "database": "ok", "migrations": "ok", "cache": "ok", "tasks": "ok"
}  # fmt: skip


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time enough on a busy machine: only what hangs is not there in time."""
    monkeypatch.setattr(health, "WITHIN", PATIENCE)


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the site writes, each test's own; and a log of which no line was lost."""
    monkeypatch.setattr(logs, "_lost", 0)
    settings.IMPORTS_FOLDER = str(tmp_path / "imports")
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    return tmp_path


class FullDisk(io.StringIO):
    """Where nothing more fits."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def asked(**headers: str) -> tuple[int, dict[str, str]]:
    """Status and words of /readyz, as it stands now."""
    health.forget()
    response = Client().get("/readyz", headers=headers)
    return response.status_code, response.json()


def test_a_site_that_can_serve_is_ready(db: None) -> None:
    assert asked() == (200, FINE)


def test_a_cache_whose_table_was_never_made_is_told(settings: Any, db: None) -> None:
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "never_made"}}
    assert asked() == (503, FINE | {"status": "not ready", "cache": "cannot be read"})


@pytest.mark.parametrize("address", sorted(health.PROBES))
def test_whoever_watches_needs_no_name_no_https_and_gets_no_cookie(settings: Any, db: None, address: str) -> None:
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["claims.example.org"]
    settings.SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
    response = Client().get(address, headers={"host": "10.0.0.7:8000"})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    assert Client().post(address).status_code == 405


def test_alive_asks_nobody_even_for_somebody_with_a_session(
    client: Client, django_assert_num_queries: Any, trainee: object
) -> None:
    client.force_login(trainee)  # type: ignore[arg-type]
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "alive"}


def test_a_database_that_is_away_is_said(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> None:
        raise OperationalError('connection to "db.internal" port 5432 failed')

    with monkeypatch.context() as broken:
        broken.setattr(type(connections["default"]), "cursor", away)
        status, words = asked()
    assert (status, words["status"], words["database"]) == (503, "not ready", "cannot be reached")
    assert "internal" not in str(words)


def test_a_database_that_hangs_is_said_in_time_and_forgotten_when_it_answers(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, answers = threading.Event(), threading.Event()

    def hang(*args: Any) -> None:
        hangs.set()
        answers.wait(PATIENCE)
        raise OperationalError("gone meanwhile")

    def submit(do: Callable[[Words], None], words: Words) -> Future[None]:
        looking = looker.submit(do, words)
        assert hangs.wait(PATIENCE)  # whoever waits for it begins to wait now
        return looking

    with monkeypatch.context() as hanging:
        looker = health._looker
        hanging.setattr(health, "_looker", SimpleNamespace(submit=submit))
        hanging.setattr(health, "WITHIN", 0.1)
        hanging.setattr(type(connections["default"]), "cursor", hang)
        status, words = asked()
        assert (status, words["database"], words["disk"]) == (503, "does not answer in time", "ok")
    answers.set()
    assert asked()[0] == 200


def test_tables_that_are_older_than_the_code_are_not_ready_and_newer_ones_are(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = health._known_migrations()
    assert ("codes", "0001_initial") in known
    monkeypatch.setattr(health, "_known_migrations", lambda: known - {("codes", "0001_initial")})
    assert asked()[0] == 200
    monkeypatch.setattr(health, "_known_migrations", lambda: known | {("codes", "9999_of_tomorrow")})
    assert asked() == (503, FINE | {"status": "not ready", "migrations": "are missing"})


@pytest.mark.parametrize(
    ("enqueued", "due", "said"),
    [(6, None, "wait for a worker"), (4, None, "ok"), (60, 4, "ok"), (60, -60, "ok"), (60, 6, "wait for a worker")],
)
def test_work_that_nobody_does_is_said(db: None, enqueued: int, due: int | None, said: str) -> None:
    now = timezone.now()
    run_after = get_date_max() if due is None else now - timedelta(minutes=due)
    task = DBTaskResult.objects.create(
        task_path="courses.tasks.send",
        backend_name="default",
        run_after=run_after,
        args_kwargs={},
        queue_name="default",
    )
    DBTaskResult.objects.update(enqueued_at=now - timedelta(minutes=enqueued))
    assert health.LOOKS["tasks"]() == said
    task.status = TaskResultStatus.RUNNING
    task.save(update_fields=["status"])
    assert health.LOOKS["tasks"]() == "ok"


def test_lines_of_the_log_that_could_not_be_written_are_counted(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)  # nothing on standard error, it is what fails
    handler = logs.Counting(FullDisk())
    for _ in range(3):
        handler.handle(logging.makeLogRecord({"msg": "a line"}))
    assert asked()[1]["log"] == "3 lines could not be written"


@pytest.mark.parametrize("what", ["a file", "no room"])
def test_a_folder_that_cannot_be_written_to_is_said(
    db: None, folders: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "a file":
        (folders / "imports").write_text("a file where the folder was")
        said = "cannot be written to"
    else:
        monkeypatch.setattr("coding_edu.folders.LEAST_FREE", 2**62)
        said = "has hardly any room left"
    assert asked() == (503, FINE | {"status": "not ready", "disk": said})
    if what == "a file":
        (folders / "imports").unlink()
        assert asked()[0] == 200


def test_many_who_ask_are_one_who_looks(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(health, "_look", lambda: looked.append(1) or FINE)
    monkeypatch.setattr(health, "HOLDS", PATIENCE)
    health.forget()
    for _ in range(20):
        assert Client().get("/readyz").status_code == 200
    assert len(looked) == 1
    monkeypatch.setattr(health, "HOLDS", -1)  # as after a second
    assert Client().get("/readyz").status_code == 200
    assert len(looked) == 2
