"""A form that was sent after the session had ended is kept, and offered again after sign-in to whoever sent it."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

View = TypeVar("View", bound=Callable[..., HttpResponse])
KEPT = "kept_form"
#: The cookie with the number of the person who was signed in in this browser last. It opens nothing: it only keeps what
#: one person sent from being offered to another.
LAST_PERSON = "last_person"
#: More than any form of this site that is typed (a long section of a page is the longest).
MOST_BYTES = 120_000
#: What forms send besides what was typed.
NOT_TYPED = frozenset({"csrfmiddlewaretoken", "action", "next", "seen", "part", "key"})


def sign_in_keeps_the_form(view: View) -> View:
    """Like ``login_required``; what a stranger's POST holds waits in the session, which outlives the sign-in.

    For a view that looks for it with ``kept_form``.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        keep_form(request, request.path)
        return redirect_to_login(request.get_full_path())

    return wrapped  # type: ignore[return-value]


def sign_in_offers_the_form(view: View) -> View:
    """The same for any other view: a page of its own shows after sign-in what was sent, to be sent again."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            if request.method == "POST":
                forget_form(request)
            return view(request, *args, **kwargs)
        is_kept = keep_form(request, request.get_full_path())
        return redirect_to_login(reverse("kept_form") if is_kept else request.get_full_path())

    return wrapped  # type: ignore[return-value]


def keep_form(request: HttpRequest, path: str) -> bool:
    """Let what a POST holds wait in the session for the page at an address; whether it does."""
    sent = request.POST.urlencode() if request.method == "POST" else ""
    if not sent or len(sent) > MOST_BYTES:
        return False
    request.session[KEPT] = {"path": path, "sent": sent, "person": request.COOKIES.get(LAST_PERSON)}
    return True


def kept_form(request: HttpRequest) -> QueryDict | None:
    """What was sent to this address before the sign-in, once; None where nothing was, or by somebody else."""
    kept = _own(request)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[KEPT]
    return QueryDict(kept["sent"])


def offered_form(request: HttpRequest) -> tuple[str, QueryDict] | None:
    """The address and the fields of what this person sent before the sign-in; it goes on waiting."""
    kept = _own(request)
    return (kept["path"], QueryDict(kept["sent"])) if kept is not None else None


def forget_form(request: HttpRequest) -> None:
    """It was sent again, or is not wanted any more."""
    request.session.pop(KEPT, None)


def texts_of(sent: QueryDict) -> Iterator[str]:
    """What was typed in words, as far as it is worth reading again."""
    for name, values in sent.lists():
        if name not in NOT_TYPED:
            yield from (text for value in values if " " in (text := value.strip()))


def _own(request: HttpRequest) -> dict[str, str] | None:
    """What waits in the session, unless the browser says that it was somebody else who sent it."""
    kept: dict[str, str] | None = request.session.get(KEPT)
    return kept if kept is not None and kept.get("person") in (None, str(request.user.pk)) else None
