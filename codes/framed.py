"""A page inside the site's header and footer (the shell), which are rendered once and put around it for each reader.

For pages whose main part is another one each time, as the results of a search are, and for those that ``codes.stored``
keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template import Context, engines
from django.template.backends.django import DjangoTemplates, Template
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import mark_safe

from codes.holes import PutIn, Sheet, hole

SHELL = "codes/shell.html"
Values = Mapping[str, Any]


class Somebody:
    """Stands for whoever is signed in while a page is rendered; number and name are put in later."""

    is_authenticated = True
    pk = hole("person")

    def __str__(self) -> str:
        return hole("name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Stands for the request, of which the shell uses the address."""

    path: str
    get_full_path: str


def framed(request: HttpRequest, *, title: str, main: bytes) -> HttpResponse:
    """The page for whoever asks; ``main`` is HTML as it is sent, ``title`` is text.

    With a message to tell it is rendered whole.
    """
    if len(get_messages(request)):
        return render(request, SHELL, {"title": title, "main": mark_safe(main.decode())})
    values = site_values(request)
    own: PutIn = {
        "title": lambda: escape(title),
        "main": lambda: main,
        "path": lambda: escape(request.get_full_path()),
    }
    if not request.user.is_authenticated:
        return HttpResponse(_strangers_shell(values["theme"]).filled(own | {"here": lambda: quote(request.path)}))
    return HttpResponse(shell(values).filled(own | of_reader(request, values)))


def forget() -> None:
    """As a fresh process would be."""
    for kept in (_shell, _strangers_shell):
        kept.cache_clear()


# Parts ---------------------------------------------------------------------------------------


def site_values(request: HttpRequest) -> dict[str, Any]:
    """What every template may use: the values of the site's context processors, most of them not looked up yet."""
    values: dict[str, Any] = {}
    for processor in cast(DjangoTemplates, engines["django"]).engine.template_context_processors:
        values |= processor(request)
    return values


def of_reader(request: HttpRequest, values: Values) -> PutIn:
    """What the shell says of whoever is signed in, and the token of the page's forms."""
    token = _token(request)
    return {
        "csrf_token": lambda: token,
        "person": lambda: str(request.user.pk),
        "name": lambda: escape(str(request.user)),
        "reviews": lambda: values["reviews_due"],
    }


def shell(values: Values) -> Sheet:
    """The shell for somebody signed in; its holes are those of ``of_reader``, and ``title``, ``main`` and ``path``."""
    manages, is_educator = bool(values["manages"]), bool(values["is_educator"])
    return _shell(values["theme"], manages, is_educator, bool(values["reviews_due"]))


def nobodys_values() -> dict[str, Any]:
    """The site's values for nobody in particular; nothing of a request can get into what is kept."""
    return site_values(_nobody()) | {"messages": [], "csrf_token": ""}


def rendered(name: str, context: dict[str, Any]) -> str:
    """A template without the site's context processors, whose values are in the context already."""
    return cast(Template, get_template(name)).template.render(Context(context))


@lru_cache(maxsize=64)
def _shell(theme: str, manages: bool, is_educator: bool, has_reviews: bool) -> Sheet:
    own = {name: hole(name) for name in ("csrf_token", "title", "main")}
    context = nobodys_values() | own | {
        "user": Somebody(), "theme": theme, "manages": manages, "is_educator": is_educator,
        "reviews_due": hole("reviews") if has_reviews else 0,
        "request": Here(path=hole("path"), get_full_path=hole("path")),
    }  # fmt: skip
    return Sheet.of(rendered(SHELL, context))


@lru_cache(maxsize=8)
def _strangers_shell(theme: str) -> Sheet:
    """Nothing in it is anybody's own: it has neither a token nor a name."""
    here = Here(path=hole("here"), get_full_path=hole("path"))
    own = {"user": AnonymousUser(), "theme": theme, "request": here, "title": hole("title"), "main": hole("main")}
    return Sheet.of(rendered(SHELL, nobodys_values() | own))


def _nobody() -> HttpRequest:
    request = HttpRequest()
    request.user = AnonymousUser()
    return request


def _token(request: HttpRequest) -> str:
    """The token of the page's forms. Its cookie lasts for a year, so whoever has it is not sent it with every page."""
    has_cookie = "CSRF_COOKIE" in request.META and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
    token = get_token(request)
    if has_cookie:
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
    return token
