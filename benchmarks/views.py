"""Floors: the least that Django does behind the site's own middleware, session and user."""

import time
import uuid
from functools import lru_cache
from itertools import count

import psutil  # type: ignore[import-untyped]
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from quizzes.models import Answer, AttemptItem

#: One worker serves all requests, so a counter of the process is enough.
_sequence = count(1)


@require_safe
def bare(request: HttpRequest) -> HttpResponse:
    """Two bytes, after asking who it is."""
    return HttpResponse(b"ok" if request.user.is_authenticated else b"no")


@require_safe
def same_bytes(request: HttpRequest, size: int) -> HttpResponse:
    """As many bytes as asked for, out of memory, after asking who it is."""
    return HttpResponse(_body(size, request.user.is_authenticated))


@require_POST
def row_in_row_out(request: HttpRequest, item: int) -> HttpResponse:
    """Read one row and insert one through the ORM, then redirect, as a view that takes an answer must."""
    read = AttemptItem.objects.get(pk=item)
    Answer.objects.create(
        item=read,
        sequence=next(_sequence),
        key=uuid.uuid4(),
        state=Answer.State.DRAFT,
        payload={"user": request.user.pk},
    )
    return redirect("bench_bare")


@require_safe
def cpu(request: HttpRequest) -> HttpResponse:
    """No floor: the seconds of CPU time that this process has used."""
    return HttpResponse(str(time.process_time()))


@require_safe
def memory(request: HttpRequest) -> HttpResponse:
    """No floor: the bytes of memory that this process has."""
    return HttpResponse(str(psutil.Process().memory_info().rss))


@lru_cache(maxsize=4)
def _body(size: int, signed_in: bool) -> bytes:
    return (b"y" if signed_in else b"n") * size
