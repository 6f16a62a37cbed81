"""A server that can be told to die at the worst moment."""

import os
import signal
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

DIE = "X-Die"


def before_the_reply(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: do all that is asked, then, instead of saying so, end the process where the header asks for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if DIE in request.headers:
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    return middleware
