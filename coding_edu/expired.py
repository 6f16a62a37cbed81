"""The page for a form whose token is stale: what was sent is offered to be sent again, and stored nowhere.

A form that another site sends arrives in the same way. Offered again, it would be one press away from doing what that
site wanted, so only what the browser says was on a page of this site comes back.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.urls import reverse

from accounts.kept import MOST_BYTES

TOKEN = "csrfmiddlewaretoken"
SAME = "same-origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a form had in it: where it goes, its fields as often as they came, and whether there were files."""

    address: str
    fields: tuple[tuple[str, str], ...]
    has_files: bool


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form had expired, and offer it again with a fresh token, where that is safe."""
    return render(request, "403_csrf.html", {"sent": sent_here(request)}, status=403)


def sent_here(request: HttpRequest) -> Sent | None:
    """What the request holds; None where it is not from this site, too long, or about signing in or a password."""
    if request.method != "POST" or not _is_from_here(request) or _is_about_signing_in(request.path):
        return None
    try:
        fields = tuple((name, value) for name, all in request.POST.lists() for value in all if name != TOKEN)
    except UnreadablePostError:
        return None
    is_long = sum(len(name) + len(value) for name, value in fields) > MOST_BYTES
    if is_long or any("password" in name.lower() for name, _ in fields):
        return None
    return Sent(address=request.get_full_path(), fields=fields, has_files=bool(request.FILES))


def _is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that the form was on a page of this very site; without a word of it, it was not."""
    if request.headers.get("Sec-Fetch-Site", SAME) != SAME:
        return False
    try:
        said = urlsplit(request.headers.get("Origin") or request.headers.get("Referer", ""))
    except ValueError:
        return False
    return f"{said.scheme}://{said.netloc}" == f"{request.scheme}://{request.get_host()}"


def _is_about_signing_in(path: str) -> bool:
    return path.startswith(("/accounts/", reverse("admin:login")))
