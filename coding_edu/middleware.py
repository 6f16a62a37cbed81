"""What every answer of the site has in common."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from accounts.kept import LAST_PERSON

Handler = Callable[[HttpRequest], HttpResponse]
A_YEAR = 365 * 24 * 3600


def private_pages_are_not_stored(get_response: Handler) -> Handler:
    """Keep the pages of a signed-in person out of every cache, the browser's Back included."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # The header first: the page of an outage has it, and looking up the person would be a query.
        if not response.has_header("Cache-Control") and request.user.is_authenticated:
            response["Cache-Control"] = "no-store, private"
        patch_vary_headers(response, ["Cookie", "HX-Request"])
        return response

    return middleware


def address_follows_the_page(get_response: Handler) -> Handler:
    """When htmx puts another page in the place of this one, as after a redirect, the browser's address goes along."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        here = urlsplit(request.headers.get("HX-Current-URL", "")).path
        if request.method == "GET" and request.headers.get("HX-Target") == "main" and here not in ("", request.path):
            response["HX-Push-Url"] = request.path
        return response

    return middleware


def nobody_stays_half_signed_in(get_response: Handler) -> Handler:
    """End the session of somebody whose account was closed: its next request is nobody's, and the row is gone.

    A request that did not ask whose session it is leaves it to the next one that does.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # While the database is away there is nobody to look up.
        asked = response.status_code != 503 and request.session.accessed
        if asked and SESSION_KEY in request.session and not request.user.is_authenticated:
            request.session.flush()
        return response

    return middleware


def browser_knows_who_was_here(get_response: Handler) -> Handler:
    """Tell the browser who is signed in, so that after the session it is known whose a form is that it still sends."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 503 and request.session.accessed:
            person = request.session.get(SESSION_KEY)
            if person and request.COOKIES.get(LAST_PERSON) != person:
                response.set_cookie(
                    LAST_PERSON, person, max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
                )
        return response

    return middleware
