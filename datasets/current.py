"""Which release answers for a day. Every look-up asks that first, so it takes no longer than the database does.

A release is read once a build: when anything of it changes, so does that.
"""

from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from datasets.models import Release
from datasets.store import Gone
from statements.prepared import Prepared

MOST_RELEASES = 256


def release_on(kind: str, day: date, setting: str = "") -> Release | None:
    """The newest release of a kind in force on a day. Raises Gone where it is loaded anew just then."""
    found = _FOUND.rows(kind, setting, day)
    return _release(*found[0]) if found else None


@lru_cache(maxsize=MOST_RELEASES)
def _release(pk: int, build: int) -> Release:
    found = Release.objects.filter(pk=pk, build=build).first()
    if found is None:
        raise Gone(f"{pk}")
    return found


def _newest(kind: str, setting: str, day: date) -> QuerySet[Release, tuple[int, int]]:
    return Release.objects.of(kind, setting).holding(day).values_list("pk", "build")[:1]


_FOUND = Prepared(_newest, str, str, date)
