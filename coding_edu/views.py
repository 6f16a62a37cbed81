"""Pages that belong to no app."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from django.views.defaults import server_error

from accounts.back import back
from accounts.kept import forget_form, offered_form, texts_of
from coding_edu.context import THEMES
from coding_edu.outages import is_outage, unavailable

A_YEAR = 365 * 24 * 3600
TOKEN = "csrfmiddlewaretoken"


@csrf_exempt
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice in a cookie, and go back to the page.

    Pages for strangers are the same for all of them and so carry no token; the browser says where the form came from.
    """
    if not _comes_from_here(request):
        raise PermissionDenied
    response = back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=A_YEAR, samesite="Lax", httponly=True)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def kept_form(request: HttpRequest) -> HttpResponse:
    """What somebody sent after the session had ended, to be sent again; a POST forgets it."""
    if request.method == "POST":
        forget_form(request)
    offered = offered_form(request)
    if offered is None:
        return redirect("home")
    path, sent = offered
    fields = [(name, value) for name, values in sent.lists() if name != TOKEN for value in values]
    return render(request, "kept_form.html", {"path": path, "fields": fields, "texts": list(texts_of(sent))})


def _comes_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a form was on a page of this site; without a word of it, it was not."""
    if getattr(request, "_dont_enforce_csrf_checks", False):  # Django's word for a test's client
        return True
    origin = request.headers.get("Origin", "")
    ours = (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)
    return origin in ours or request.headers.get("Sec-Fetch-Site") == "same-origin"


def fault(request: HttpRequest) -> HttpResponse:
    """What failed outside of a view, as when a session is stored: an outage is said as one, the rest is a fault."""
    return unavailable(request) if is_outage(sys.exc_info()[1]) else server_error(request)
