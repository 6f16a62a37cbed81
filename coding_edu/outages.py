"""While the database is away, locked or full, people are told that nothing was saved and asked to come again."""

import logging
import random
import sqlite3
import time

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from coding_edu.middleware import Handler
from datasets.store import Gone

logger = logging.getLogger(__name__)

RETRIES = 3
RETRY_AFTER = 5
#: SQLite's words for a file that is busy, full or out of reach. Others, such as a missing table, are faults of ours.
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
#: PostgreSQL's words for two transactions that met: a serialization failure and a deadlock.
_CLASHES = frozenset({"40001", "40P01"})


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not serve, for a reason that goes away without a change of the program.

    So it is where the tables of a public file are not where they were put, as after half of a backup was restored.
    """
    if isinstance(error, Gone):
        return True
    cause = error.__cause__ if error else None
    if isinstance(cause, sqlite3.Error):
        # The low byte is the kind, the rest says more of it.
        return isinstance(error, OperationalError) and cause.sqlite_errorcode & 0xFF in _SQLITE
    return isinstance(error, OperationalError | InterfaceError)


def is_clash(error: BaseException) -> bool:
    """Whether the database gave up this transaction for the sake of another; again it may well succeed."""
    return getattr(error.__cause__, "sqlstate", None) in _CLASHES


def unavailable(request: HttpRequest) -> HttpResponse:
    """The page for now: not saved, keep this page, come again. Made without a query."""
    page = render_to_string("503.html", {"was_sent": request.method == "POST"})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"})


class Outages:
    """Middleware: a view that met another transaction runs again, and an outage is said as one, with status 503."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Outages are met below, where Django asks about exceptions."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """The answer of a view that failed for the database, or None for every other failure."""
        for attempt in range(1, RETRIES + 1):
            if not is_clash(error) or not _can_run_again(request):
                break
            # Not at once and not all at the same moment, or the same two would meet again.
            time.sleep(random.uniform(0.01, 0.05) * attempt)
            try:
                return _run_again(request)
            except OperationalError as again:
                error = again
        if not is_outage(error):
            return None
        logger.warning("The database could not serve %s: %s", request.path, error)
        return unavailable(request)


def _can_run_again(request: HttpRequest) -> bool:
    """Not inside a transaction that is broken already, and not where a sent file has been read to its end."""
    return not connection.in_atomic_block and not request.FILES


def _run_again(request: HttpRequest) -> HttpResponseBase:
    """The view once more. Its transaction was rolled back, and forms carry keys, so nothing is done twice."""
    match = request.resolver_match
    assert match is not None, "only views fail here, and a view was found by its URL"
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response
