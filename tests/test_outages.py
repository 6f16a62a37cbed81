"""What a person is told while the database is away, and what is tried again without telling."""

import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from coding_edu import outages
from coding_edu.outages import Outages, is_outage
from quizzes import practice, views
from quizzes.models import Answer

NOT_SAVED = "not saved, keep this page open"


def as_django_says(kind: type[DatabaseError], cause: Exception) -> DatabaseError:
    """The cause wrapped as the ORM wraps it."""
    error = kind(*cause.args)
    error.__cause__ = cause
    return error


def lite(do: Callable[[sqlite3.Connection], Any]) -> DatabaseError:
    """The error that SQLite itself gives."""
    with closing(sqlite3.connect(":memory:", timeout=0)) as connection, pytest.raises(sqlite3.OperationalError) as got:
        do(connection)
    return as_django_says(OperationalError, got.value)


def locked(folder: Path) -> DatabaseError:
    """What a writer gets while another one holds the lock."""
    file = folder / "locked.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        return lite(lambda _: sqlite3.connect(file, timeout=0).execute("BEGIN IMMEDIATE"))


def full() -> DatabaseError:
    """What a writer gets when nothing more fits."""

    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("CREATE TABLE one (text)")
        connection.execute("INSERT INTO one VALUES (zeroblob(1000000))")

    return lite(fill)


def of_postgresql(cause: type[psycopg.Error], kind: type[DatabaseError] = OperationalError) -> DatabaseError:
    return as_django_says(kind, cause("as the server says"))


def test_a_locked_file_is_an_outage(tmp_path: Path) -> None:
    assert is_outage(locked(tmp_path))


def test_a_full_disk_is_an_outage() -> None:
    assert is_outage(full())


def test_a_file_that_cannot_be_opened_is_an_outage(tmp_path: Path) -> None:
    assert is_outage(lite(lambda _: sqlite3.connect(tmp_path / "nowhere" / "db").execute("SELECT 1")))


def test_a_missing_table_is_a_fault_of_ours_and_no_outage() -> None:
    assert not is_outage(lite(lambda connection: connection.execute("SELECT * FROM nothing")))
    assert not is_outage(of_postgresql(psycopg.errors.UndefinedTable, ProgrammingError))


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.OperationalError,
        psycopg.errors.AdminShutdown,
        psycopg.errors.DiskFull,
        psycopg.errors.LockNotAvailable,
        psycopg.errors.TooManyConnections,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.SerializationFailure,
    ],
)
def test_what_postgresql_recovers_from_is_an_outage(cause: type[psycopg.Error]) -> None:
    assert is_outage(of_postgresql(cause))


def test_a_connection_that_is_gone_is_an_outage() -> None:
    assert is_outage(of_postgresql(psycopg.InterfaceError, InterfaceError))
    assert not is_outage(as_django_says(InterfaceError, sqlite3.InterfaceError("a wrong parameter")))


def test_nothing_is_no_outage() -> None:
    assert not is_outage(None)
    assert not is_outage(ValueError("wrong"))


# On the page ----------------------------------------------------------------------------


@pytest.fixture
def form() -> dict[str, str]:
    return {"key": str(uuid.uuid4()), "action": "unknown"}


@pytest.fixture
def question(trainee: Any, bone_code: Any) -> str:
    attempt = practice.start(trainee, bone_code, seed=1)
    return reverse("question", args=[attempt.pk, 1])


@pytest.fixture
def locked_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(practice, "insert", _raising(locked(tmp_path)))


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_an_answer_that_was_not_stored_is_said_to_be_not_saved(
    as_trainee: Client, question: str, form: dict[str, str], locked_answers: None, headers: dict[str, str]
) -> None:
    answer = as_trainee.post(question, form, headers=headers)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert NOT_SAVED in answer.text
    assert not Answer.objects.exists()


def test_the_same_form_is_saved_when_the_database_is_back(
    as_trainee: Client, question: str, form: dict[str, str]
) -> None:
    with pytest.MonkeyPatch.context() as away:
        away.setattr(practice, "submit", _raising(of_postgresql(psycopg.OperationalError)))
        assert as_trainee.post(question, form).status_code == 503
    assert as_trainee.post(question, form).status_code == 302
    assert Answer.objects.get().key == uuid.UUID(form["key"])


def test_a_page_that_cannot_be_read_says_that_nothing_is_lost(
    as_trainee: Client, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views.question, "question_page", _raising(of_postgresql(psycopg.OperationalError)))
    answer = as_trainee.get(question)
    assert answer.status_code == 503
    assert "Nothing that was saved is lost" in answer.text
    assert NOT_SAVED not in answer.text


def test_a_person_who_cannot_be_looked_up_is_told_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionStore, "load", _raising(of_postgresql(psycopg.OperationalError)))
    client.cookies["sessionid"] = "something"
    assert client.get(reverse("practice")).status_code == 503


def test_a_session_that_cannot_be_stored_is_said_as_an_outage(trainee: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionStore, "save", _raising(of_postgresql(psycopg.OperationalError)))
    form = {"login": "trainee", "password": "word-of-trainee"}
    answer = Client(raise_request_exception=False).post(reverse("account_login"), form)
    assert answer.status_code == 503
    assert NOT_SAVED in answer.text


def test_a_fault_of_ours_is_not_said_as_an_outage(
    as_trainee: Client, question: str, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(practice, "submit", _raising(of_postgresql(psycopg.errors.UndefinedTable, ProgrammingError)))
    as_trainee.raise_request_exception = False
    answer = as_trainee.post(question, form)
    assert answer.status_code == 500
    assert "The fault is on our side" in answer.text


def test_the_page_of_an_outage_needs_no_database() -> None:
    # pytest-django refuses every query of a test that does not ask for the database.
    assert outages.unavailable(RequestFactory().post("/")).status_code == 503


# Again ----------------------------------------------------------------------------------


class View:
    """A view that meets other transactions so many times before it gets through."""

    def __init__(self, clashes: int, error: type[psycopg.Error] = psycopg.errors.SerializationFailure) -> None:
        self.calls, self.clashes, self.error = 0, clashes, error

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.calls += 1
        if self.calls <= self.clashes:
            raise of_postgresql(self.error)
        return HttpResponse("saved")


def run(view: View, request: HttpRequest | None = None) -> Any:
    """What Django does with a view: call it, and ask the middleware when it fails."""
    request = request or RequestFactory().post("/")
    request.resolver_match = SimpleNamespace(func=view, args=(), kwargs={})  # type: ignore[assignment]
    try:
        return view(request)
    except DatabaseError as error:
        return Outages(view).process_exception(request, error)


@pytest.mark.parametrize("error", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected])
@pytest.mark.parametrize("clashes", [1, 2, 3])
def test_a_view_that_met_another_transaction_runs_again(error: type[psycopg.Error], clashes: int) -> None:
    view = View(clashes, error)
    assert run(view).status_code == 200
    assert view.calls == clashes + 1


def test_after_three_more_times_it_is_an_outage() -> None:
    view = View(99)
    assert run(view).status_code == 503
    assert view.calls == 4


def test_a_lost_connection_is_not_tried_again() -> None:
    view = View(1, psycopg.errors.AdminShutdown)
    assert run(view).status_code == 503
    assert view.calls == 1


def test_a_form_with_a_file_is_not_tried_again() -> None:
    view = View(1)
    sent = RequestFactory().post("/", {"file": SimpleUploadedFile("article.txt", b"read once")})
    assert run(view, sent).status_code == 503
    assert view.calls == 1


def test_what_else_goes_wrong_the_second_time_is_not_hidden() -> None:
    request = RequestFactory().post("/")
    request.resolver_match = SimpleNamespace(func=_raising(ValueError("wrong")), args=(), kwargs={})  # type: ignore[assignment]
    with pytest.raises(ValueError, match="wrong"):
        Outages(View(0)).process_exception(request, of_postgresql(psycopg.errors.SerializationFailure))


def _raising(error: Exception) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise error

    return refuse
