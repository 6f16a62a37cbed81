"""Who may read which page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from accounts.kept import sign_in_offers_the_form
from codes.models import Edition, PublishedCode

View = Callable[..., HttpResponse]
#: Any view, one that sends a file in parts too.
AnyView = TypeVar("AnyView", bound=Callable[..., HttpResponseBase])


def reader_required(view: AnyView) -> AnyView:
    """Pages are open to all or to those signed in, as the installation says (READING_OPEN)."""
    private = login_required(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (view if settings.READING_OPEN else private)(request, *args, **kwargs)

    return cast(AnyView, wrapped)


def educator_required(view: View) -> View:
    """Only those who may change pages; others who are signed in get 403."""

    @wraps(view)
    @sign_in_offers_the_form
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm("codes.change_code"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


def printable(number: str) -> str:
    """The number as pages have it, or 404 for what can be none: PostgreSQL takes no NUL in what is looked for."""
    if not number.isprintable():
        raise Http404
    return number.upper()


def published_code(number: str) -> PublishedCode:
    """The published page of a code; a draft is as missing as a code that is not there."""
    row: PublishedCode = get_object_or_404(
        PublishedCode.objects.select_related("code", "edition"), number=printable(number)
    )
    return row


def newest_edition_of(number: str) -> Edition:
    """The newest edition of a code's page, retired or not, with its code; 404 where there is none."""
    found: Edition | None = Edition.objects.filter(code__number=printable(number)).select_related("code").first()
    if found is None:
        raise Http404
    return found
