"""A form that was sent after the session had ended is kept, and offered again after sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict

View = TypeVar("View", bound=Callable[..., HttpResponse])
KEPT = "kept_form"
#: More than any form of this site that is typed (a long section of a page is the longest).
MOST_BYTES = 120_000


def sign_in_keeps_the_form(view: View) -> View:
    """Like ``login_required``; what a stranger's POST holds waits in the session, which outlives the sign-in."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        keep_form(request, request.path)
        return redirect_to_login(request.get_full_path())

    return wrapped  # type: ignore[return-value]


def keep_form(request: HttpRequest, path: str) -> None:
    """Let what a POST holds wait in the session for the page at an address."""
    sent = request.POST.urlencode() if request.method == "POST" else ""
    if sent and len(sent) <= MOST_BYTES:
        request.session[KEPT] = {"path": path, "sent": sent}


def kept_form(request: HttpRequest) -> QueryDict | None:
    """What was sent to this address before the sign-in, once; None where nothing was."""
    kept = request.session.get(KEPT)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[KEPT]
    return QueryDict(kept["sent"])
