"""Pages that belong to no app."""

import sys

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.defaults import server_error

from accounts.back import back
from coding_edu.context import THEMES
from coding_edu.outages import is_outage, unavailable

A_YEAR = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice in a cookie, and go back to the page."""
    response = back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=A_YEAR, samesite="Lax", httponly=True)
    return response


def fault(request: HttpRequest) -> HttpResponse:
    """What failed outside of a view, as when a session is stored: an outage is said as one, the rest is a fault."""
    return unavailable(request) if is_outage(sys.exc_info()[1]) else server_error(request)
