"""Which release answers for a day. Every look-up asks that first, so it takes no longer than the database does.

The ORM writes the question once a process. A release is read once a build: when anything of it changes, so does that.
"""

from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.db import connection

from datasets.models import Release
from datasets.store import Gone

#: Stand in the question for what is asked; nothing that is stored is called so.
A_KIND, A_SETTING, A_DAY = "a kind", "a setting", date(1, 1, 2)
MOST_RELEASES = 256


def release_on(kind: str, day: date, setting: str = "") -> Release | None:
    """The newest release of a kind in force on a day. Raises Gone where it is loaded anew just then."""
    sql, values = _question(connection.vendor)
    given = {A_KIND: kind, A_SETTING: setting, _adapted(A_DAY): _adapted(day)}
    with connection.cursor() as cursor:
        cursor.execute(sql, [given.get(value, value) for value in values])
        found = cursor.fetchone()
    return _release(*found) if found else None


@lru_cache(maxsize=MOST_RELEASES)
def _release(pk: int, build: int) -> Release:
    found = Release.objects.filter(pk=pk, build=build).first()
    if found is None:
        raise Gone(f"{pk}")
    return found


@cache
def _question(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The SQL of a database that finds it, and its values with what stands for those that are given."""
    found = Release.objects.of(A_KIND, A_SETTING).holding(A_DAY).values_list("pk", "build")[:1]
    return found.query.sql_with_params()


def _adapted(day: date) -> Any:
    """A day as this database is given it."""
    return connection.ops.adapt_datefield_value(day)
