"""What every answer of the site has in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponse]


def private_pages_are_not_stored(get_response: Handler) -> Handler:
    """Keep the pages of a signed-in person out of every cache, the browser's Back included."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        patch_vary_headers(response, ["Cookie", "HX-Request"])
        return response

    return middleware
