"""Where a form leads when it is done."""

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, otherwise: str = "home") -> HttpResponseRedirect:
    """To the page of this site that the form names in ``next``, else to the URL name ``otherwise``.

    Only an address that begins with a slash is taken: ``redirect()`` would look anything else up as the name of a
    view, and fail.
    """
    asked = request.POST.get("next", "")
    ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return HttpResponseRedirect(asked if ours else reverse(otherwise))
