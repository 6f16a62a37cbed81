"""Whether this process lives and whether it can serve, in plain words for proxies and for whoever watches them.

``/healthz`` asks nobody. ``/readyz`` looks at what a page needs and answers within two seconds, whatever hangs. Neither
says versions, paths or names; those stand in the log.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache

from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from coding_edu import logs
from coding_edu.folders import written_to, wrong_with
from coding_edu.middleware import Handler

OK = "ok"
LATE = "does not answer in time"
#: Without these no page is served; what else is said is for people to look at.
NEEDED = ("disk", "database", "migrations", "cache")
#: How long an answer is waited for, and how long it holds: many who ask are one who looks.
WITHIN, HOLDS = 1.5, 1.0
#: With a worker at work, nothing that is due waits that long.
TASKS_WAIT = timedelta(minutes=5)

Words = dict[str, str]
_looker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readiness")
_asking = threading.Lock()
_latest: list[tuple[float, Words]] = []


def answer_probes(get_response: Handler) -> Handler:
    """Middleware: whoever watches comes without the site's name, without HTTPS and without a session."""

    def middleware(request: HttpRequest) -> HttpResponse:
        view = PROBES.get(request.path_info)
        return view(request) if view else get_response(request)

    return middleware


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process can answer at all."""
    return _said({"status": "alive"}, 200)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 while pages can be served, else 503; with a word on each thing that was looked at."""
    words = _recent()
    is_ready = all(words[name] == OK for name in NEEDED)
    return _said({"status": "ready" if is_ready else "not ready"} | words, 200 if is_ready else 503)


PROBES: Mapping[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": alive, "/readyz": ready}


def forget() -> None:
    """As a fresh process would be."""
    _latest.clear()


def _said(words: Words, status: int) -> HttpResponse:
    return JsonResponse(words, status=status, headers={"Cache-Control": "no-store"})


def _recent() -> Words:
    """What was found just now, or what is found when looking again."""
    with _asking:
        if not _latest or time.monotonic() - _latest[0][0] > HOLDS:
            words = _look()
            _latest[:] = [(time.monotonic(), words)]
        return _latest[0][1]


def _look() -> Words:
    """What is found by another thread, so that whoever asked has an answer although that one hangs."""
    words: Words = {}
    looking = _looker.submit(_fill, words)
    try:
        looking.result(timeout=WITHIN)
    except TimeoutError:
        looking.cancel()  # it may not have begun: the one before still hangs
    return dict.fromkeys(LOOKS, LATE) | words


def _fill(words: Words) -> None:
    try:
        for name, look in LOOKS.items():
            words[name] = look()
    finally:
        connection.close()


def _disk() -> str:
    return next((wrong for folder in written_to() if (wrong := wrong_with(folder))), OK)


def _log() -> str:
    return f"{logs.lost()} lines could not be written" if logs.lost() else OK


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "cannot be reached"
    return OK


def _migrations() -> str:
    """Code that is newer than its tables serves no page; tables that are newer than the code are on their way."""
    try:
        missing = _known_migrations() - MigrationRecorder(connection).applied_migrations().keys()
    except Error:
        return "cannot be read"
    return "are missing" if missing else OK


@lru_cache(maxsize=1)
def _known_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations)


def _cache() -> str:
    """Signing in and pages with public data ask it; its table in the database is made by a command of its own."""
    try:
        cache.get("readyz")
    except Exception:  # each backend has errors of its own
        return "cannot be read"
    return OK


def _tasks() -> str:
    since = timezone.now() - TASKS_WAIT
    due = Q(run_after=get_date_max()) | Q(run_after__lt=since)  # the first is how "at once" is stored
    waiting = DBTaskResult.objects.filter(due, status=TaskResultStatus.READY, enqueued_at__lt=since)
    try:
        return "wait for a worker" if waiting.exists() else OK
    except Error:
        return "cannot be read"


LOOKS: Mapping[str, Callable[[], str]] = {
    "disk": _disk,
    "log": _log,
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "tasks": _tasks,
}
