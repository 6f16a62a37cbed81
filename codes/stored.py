"""Reference pages as they are sent, kept in memory: rendered once, and put together for each reader.

A page follows from the state of the library (its stamp), the day and the reader. So what is kept goes by stamp and day,
and nothing has to be thrown away when something is published: docs/decisions/0012-stored-pages.md says more.

- For strangers the whole page is kept, with its compressed form and its ETag. Nothing in it is anybody's own: it has no
  token, no key and no name.
- For whoever is signed in two parts are kept: the shell (header and footer) and the page in it. What is a
  person's own is a hole in both, and is put in for each request.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, cast
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.html import escape

from codes import framed
from codes.holes import PutIn, Sheet, hole
from codes.library import current_stamp
from codes.models import PublishedCode
from codes.page import page_context
from datasets import lookups

Values = Mapping[str, Any]
#: So many pages are kept, of each kind; a page takes about 30 KB (with its compressed form 36).
MOST = 256


class NotThere(LookupError):
    """No published page has this number, so none is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a page follows from: the stamp of the library, the day, and whether any public file is loaded."""

    stamp: int
    day: date
    has_files: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A page for strangers, as bytes and compressed, with the digest that its ETags are made of."""

    body: bytes
    packed: bytes
    digest: str

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The page, compressed for those who take it so; or that the one they have is still right."""
        packs = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(self.packed if packs else self.body)
        if packs:
            response["Content-Encoding"] = "gzip"
        # To be asked for each time: when the page changes, or its reader signs in, nobody must see what was before.
        response["Cache-Control"] = "no-cache"
        response["ETag"] = f'"{self.digest}{"-gzip" if packs else ""}"'
        patch_vary_headers(response, ["Accept-Encoding"])
        return cast(HttpResponse, get_conditional_response(request, etag=response["ETag"], response=response))


@dataclass(frozen=True, slots=True, kw_only=True)
class Main:
    """A page inside the shell, for whoever is signed in: its title (HTML), its parts, the number of its edition."""

    title: str
    sheet: Sheet
    edition: int


def stored_answer(request: HttpRequest, number: str) -> HttpResponse | None:
    """The newest edition of a page as of today, for whoever asks; None where it has to be rendered.

    That is so for what is asked otherwise, for a number without a published page, and where there is a message to tell.
    """
    if request.GET or len(get_messages(request)):
        return None
    state = State(stamp=current_stamp(), day=timezone.localdate(), has_files=lookups.is_anything_loaded())
    values = framed.site_values(request)
    try:
        if request.user.is_authenticated:
            return HttpResponse(_put_together(request, values, number, _main(number, state)))
        return _whole(number, state, values["theme"], request.path).answer(request)
    except NotThere:
        return None


def forget() -> None:
    """As a fresh process would be."""
    for kept in (_whole, _main):
        kept.cache_clear()


# For strangers --------------------------------------------------------------------------------


@lru_cache(maxsize=MOST)
def _whole(number: str, state: State, theme: str, path: str) -> Whole:
    context = _context(number, user=AnonymousUser(), theme=theme, request=framed.Here(path=path, get_full_path=path))
    body = framed.rendered("codes/page.html", context).encode()
    # Level 9 and no time in it, so that all workers have the same bytes.
    return Whole(body=body, packed=gzip.compress(body, 9, mtime=0), digest=hashlib.sha256(body).hexdigest()[:32])


# For whoever is signed in ---------------------------------------------------------------------


@lru_cache(maxsize=MOST)
def _main(number: str, state: State) -> Main:
    own = {name: hole(name) for name in ("csrf_token", "start_key", "reading")}
    context = _context(number, user=framed.Somebody(), **own)
    sheet = Sheet.of(framed.rendered("codes/_page.html", context))
    page = context["page"]
    return Main(title=escape(f"{page['number']} {page['title']}"), sheet=sheet, edition=context["edition"].number)


def _put_together(request: HttpRequest, values: Values, number: str, main: Main) -> bytes:
    put_in: PutIn = framed.of_reader(request, values) | {
        "start_key": uuid4,
        "reading": lambda: _reading(request, values, number, main.edition),
        "title": lambda: main.title,
        "path": lambda: escape(request.path),
    }
    return framed.shell(values).filled(put_in | {"main": lambda: main.sheet.filled(put_in)})


def _reading(request: HttpRequest, values: Values, number: str, edition: int) -> str:
    """What a course asks of whoever reads the page; rendered only where one does."""
    if not values["asked_to_read"]:
        return ""
    return render_to_string("courses/_reading.html", {"number": number, "edition": {"number": edition}}, request)


# Both -----------------------------------------------------------------------------------------


def _context(number: str, **own: Any) -> dict[str, Any]:
    row = PublishedCode.objects.select_related("code", "edition").filter(number=number).first()
    if row is None:
        raise NotThere(number)
    return framed.nobodys_values() | page_context({}, row, row.edition, row.edition) | own
