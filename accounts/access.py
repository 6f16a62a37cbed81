"""The person behind a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


def person_of(request: HttpRequest) -> User:
    """The signed-in person; PermissionDenied where a view forgot to ask for sign-in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
