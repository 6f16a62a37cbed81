"""Where an invitation leads: signing in or making an account, and taking the seat.

The token is taken out of the address at once and kept in the session, so that it is in no referrer, no log of a page
that failed and no ``next``. Opening the link takes nothing: only the button does.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from courses.invitations import Unusable, accept, invitation_for, locked, seat_taken_with
from courses.models import Invitation, Membership
from courses.people import remember_zone
from courses.people_forms import AccountForm

KEPT = "invitation"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_kept_nowhere = cache_control(no_store=True, private=True)
TAKEN = "This username is taken. Choose another one."


@require_safe
@_kept_nowhere
@sensitive_variables("token")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the token of a link in the session, and go where no address shows it."""
    if invitation_for(token, timezone.now()) is not None or _came_in_with(request, token):
        request.session[KEPT] = token
    else:
        request.session.pop(KEPT, None)
    response = redirect("joining")
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@_kept_nowhere
def joining(request: HttpRequest) -> HttpResponse:
    """The invitation that was opened, and the button that takes the seat."""
    at = timezone.now()
    invitation = invitation_for(_token(request), at)
    if invitation is None:
        return _in_already(request) or _unusable(request)
    if request.method != "POST":
        return _page(request, invitation)
    if not isinstance(request.user, User):
        return redirect_to_login(request.path)
    try:
        return _welcome(request, accept(invitation, request.user, at))
    except Unusable:
        return _in_already(request) or _unusable(request)


@require_http_methods(["GET", "HEAD", "POST"])
@_kept_nowhere
@sensitive_post_parameters("password", "again")
def join_account(request: HttpRequest) -> HttpResponse:
    """Make the account of somebody who was invited, and seat them with it: both or neither."""
    at = timezone.now()
    invitation = invitation_for(_token(request), at)
    if request.method != "POST" or request.user.is_authenticated or invitation is None:
        return redirect("joining")
    form = AccountForm(invitation, request.POST)
    try:
        made = _account(invitation, form, at)
    except IntegrityError:
        form.add_error("username", TAKEN)
        made = None
    except Unusable:
        return _unusable(request)
    if made is None:
        return _page(request, invitation, form)
    login(request, made.person, backend=BACKEND)
    return _welcome(request, made)


@transaction.atomic
def _account(invitation: Invitation, form: AccountForm, at: datetime) -> Membership | None:
    """The seat of the new account, or None for a form with errors. Raises Unusable."""
    now = locked(invitation, at)  # before the form looks whose names are taken: of two at once the second waits
    return accept(now, form.make(), at) if form.is_valid() else None


def _token(request: HttpRequest) -> str:
    token: str = request.session.get(KEPT, "")
    return token


def _came_in_with(request: HttpRequest, token: str) -> Membership | None:
    return seat_taken_with(token, request.user) if isinstance(request.user, User) else None


def _in_already(request: HttpRequest) -> HttpResponse | None:
    """The welcome again for somebody who pressed the button twice."""
    seat = _came_in_with(request, _token(request))
    return _welcome(request, seat) if seat else None


def _welcome(request: HttpRequest, seat: Membership) -> HttpResponse:
    remember_zone(request, seat.person)
    messages.success(request, f"You are in {seat.team} as a {seat.get_role_display().lower()}.")
    return redirect("teams" if seat.role == Membership.Role.MANAGER else "home")


def _page(request: HttpRequest, invitation: Invitation, form: AccountForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {"invitation": invitation, "form": form}
    if isinstance(request.user, User):
        context["seat"] = invitation.team.memberships.active().filter(person=request.user).first()
        context["is_another"] = bool(invitation.email) and invitation.email != request.user.email.lower()
    else:
        context["form"] = form or AccountForm(invitation)
    return render(request, "courses/join.html", context, status=422 if form and form.errors else 200)


def _unusable(request: HttpRequest) -> HttpResponse:
    """The same page for whatever is wrong with an invitation."""
    return render(request, "courses/join_unusable.html", status=404)
