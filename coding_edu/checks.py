"""Reasons not to start."""

import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

import django
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import Error as DatabaseFault
from django.db import connection

from coding_edu.folders import NOT_WRITABLE, written_to, wrong_with

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
#: The oldest of each with which the tests were run, and which get security fixes.
PYTHON, DJANGO, SQLITE = (3, 11), (5, 2, 19), (3, 40)
POSTGRESQL = 15


@register()
def safe_key(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """With DEBUG off, the key that everybody can read in the source is refused."""
    weak = settings.SECRET_KEY == settings.UNSAFE_KEY or len(settings.SECRET_KEY) < 32
    if settings.DEBUG or not weak:
        return []
    return [
        Error(
            "DEBUG is off and SECRET_KEY is missing, public or shorter than 32 characters.",
            hint="Set SECRET_KEY to a long random text, kept out of the repository (docs/settings.md).",
            id="coding_edu.E001",
        )
    ]


@register()
def nobody_sees_debug(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """With DEBUG on, a page of an error shows the program and its settings: only to who sits at the machine."""
    others = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
    if not settings.DEBUG or not others:
        return []
    return [
        Error(
            f"DEBUG is on and ALLOWED_HOSTS lets others in: {', '.join(others)}.",
            hint="Set DEBUG=off (docs/running.md).",
            id="coding_edu.E002",
        )
    ]


@register()
def folders_can_be_written_to(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A folder of another owner, or on a disk that is read-only, would fail the first who sends something."""
    return [
        Error(
            f"{folder} {NOT_WRITABLE}.",
            hint="Give it to the user that runs the site, or name another folder (docs/settings.md).",
            id="coding_edu.E003",
        )
        for folder in written_to()
        if wrong_with(folder) == NOT_WRITABLE
    ]


@register()
def nothing_is_too_old(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """What is older than the tests know is refused, as after a downgrade."""
    here = {"Python": (sys.version_info[:3], PYTHON), "Django": (django.VERSION[:3], DJANGO)}
    if connection.vendor == "sqlite":
        here["SQLite"] = (sqlite3.sqlite_version_info, SQLITE)
    return [
        Error(f"{name} {_dotted(found)} is too old; {_dotted(floor)} is needed.", id="coding_edu.E004")
        for name, (found, floor) in here.items()
        if found < floor
    ]


@register(Tags.database)
def the_database_is_sound(
    app_configs: Sequence[Any] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A damaged file takes no more answers, and a server that is too old is not begun with.

    One that is away is no reason: it may be back before anybody asks for a page.
    """
    if not databases:
        return []
    try:
        return _damage() if connection.vendor == "sqlite" else _age_of_server()
    except DatabaseFault as error:
        # SQLite says so at once where the damage is in its first page.
        return [_damaged(str(error))] if "malformed" in str(error) or "not a database" in str(error) else []


def _damage() -> list[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        told = str(cursor.fetchone()[0])
    return [] if told == "ok" else [_damaged(told)]


def _damaged(told: str) -> Error:
    hint = "Stop everything, move the file away and restore the newest backup (docs/running.md)."
    return Error(f"The database is damaged: {told}.", hint=hint, id="coding_edu.E005")


def _age_of_server() -> list[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        found = int(cursor.fetchone()[0]) // 10_000
    if found >= POSTGRESQL:
        return []
    return [Error(f"PostgreSQL {found} is too old; {POSTGRESQL} is needed.", id="coding_edu.E004")]


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
