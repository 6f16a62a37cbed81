"""Whoever tries numbers to find what is not theirs is stopped, and it is noted.

Only addresses of own things count: those with a number or a UUID in them. Code pages, files and mistyped words do not,
so nobody gets here by reading. The count is kept in Django's cache (setting ``CACHE_URL``).
"""

from datetime import timedelta
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import AuditEntry, User, audit
from coding_edu.middleware import Handler

#: So many misses within so many seconds are no slip, and are answered with a pause of the same length.
MISSES = 60
WITHIN = 600


def stop_walkers(get_response: Handler) -> Handler:
    """Middleware: after sixty things that are not there, whatever else is not there is answered with a pause.

    What is a person's own still opens, so that nobody loses an answer to a page that asks again and again for
    something that is gone; and the answer for what is somebody else's stays the one for what never was.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 404 or not _asks_for_a_thing(request) or not isinstance(request.user, User):
            return response
        return too_many(request) if _is_walking(request.user) else response

    return middleware


def too_many(request: HttpRequest) -> HttpResponse:
    """The page that says how long to wait."""
    response = render(request, "429.html", {"minutes": WITHIN // 60}, status=429)
    response["Retry-After"] = str(WITHIN)
    return response


def _asks_for_a_thing(request: HttpRequest) -> bool:
    found = request.resolver_match
    return found is not None and any(isinstance(value, int | UUID) for value in found.kwargs.values())


def _is_walking(person: User) -> bool:
    """Count one more miss; whether there were too many before it."""
    stopped, key = _key("stopped", person), _key("misses", person)
    if cache.get(stopped):
        return True
    cache.add(key, 0, WITHIN)
    try:
        misses = cache.incr(key)
    except ValueError:  # its time ran out between the two
        misses = 1
    if misses >= MISSES and cache.add(stopped, True, WITHIN):
        _note(person)
    return False


def _note(person: User) -> None:
    """One entry, although each process may count for itself."""
    since = timezone.now() - timedelta(seconds=WITHIN)
    if not AuditEntry.objects.filter(verb="ids walked", who=person, at__gte=since).exists():
        audit(person, "ids walked", person, after={"misses": MISSES, "within seconds": WITHIN})


def _key(what: str, person: User) -> str:
    return f"walking:{what}:{person.pk}"
