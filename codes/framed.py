"""A page inside the site's header and footer, which are rendered once and put around it for each reader.

For pages whose main part is another one each time, as the results of a search are; ``codes.stored`` keeps whole pages.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import mark_safe

from codes import stored
from codes.holes import Sheet, hole
from codes.stored import Here

SHELL = "codes/shell.html"


def framed(request: HttpRequest, *, title: str, main: bytes) -> HttpResponse:
    """The page for whoever asks; ``main`` is HTML as it is sent, ``title`` is text.

    With a message to tell it is rendered whole.
    """
    if len(get_messages(request)):
        return render(request, SHELL, {"title": title, "main": mark_safe(main.decode())})
    values = stored._site_values(request)
    own: dict[str, Callable[[], object]] = {
        "title": lambda: escape(title),
        "main": lambda: main,
        "path": lambda: escape(request.get_full_path()),
    }
    if not request.user.is_authenticated:
        return HttpResponse(_strangers_shell(values["theme"]).filled(own | {"here": lambda: quote(request.path)}))
    token = stored._token(request)
    mine: dict[str, Callable[[], object]] = {
        "csrf_token": lambda: token,
        "name": lambda: escape(str(request.user)),
        "reviews": lambda: values["reviews_due"],
    }
    return HttpResponse(_shell(values).filled(own | mine))


def forget() -> None:
    """As a fresh process would be."""
    _strangers_shell.cache_clear()


def _shell(values: Mapping[str, Any]) -> Sheet:
    manages, is_educator = bool(values["manages"]), bool(values["is_educator"])
    return stored._shell(values["theme"], manages, is_educator, bool(values["reviews_due"]))


@lru_cache(maxsize=8)
def _strangers_shell(theme: str) -> Sheet:
    """Nothing in it is anybody's own: it has neither a token nor a name."""
    here = Here(path=hole("here"), get_full_path=hole("path"))
    own = {"user": AnonymousUser(), "theme": theme, "request": here, "title": hole("title"), "main": hole("main")}
    return Sheet.of(stored._rendered(SHELL, stored._site() | own))
