"""The mail that went out in the name of a team, and what it says."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from courses.access import managed_team
from courses.letters import of_team, try_again
from courses.models import Letter
from courses.previews import previews

A_PAGE = 50


@require_safe
@login_required
def letters(request: HttpRequest, team: int) -> HttpResponse:
    """What was sent, what waits and what failed, by state, with each kind of letter as it would be written now."""
    person, at = person_of(request), timezone.now()
    managed = managed_team(person, team)
    state = request.GET.get("state", "")
    state = state if state in Letter.State.values else ""
    found = of_team(managed).filter(state=state) if state else of_team(managed)
    context = {
        "team": managed,
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": Letter.State.choices,
        "previews": previews(managed, person, at),
    }
    return render(request, "courses/letters.html", context)


@require_POST
@login_required
def letter_again(request: HttpRequest, team: int, letter: int) -> HttpResponse:
    """Send a letter again that could not be sent."""
    person = person_of(request)
    managed = managed_team(person, team)
    failed = get_object_or_404(of_team(managed), pk=letter)
    if try_again(failed, team=managed, by=person, at=timezone.now()):
        messages.success(request, "The letter is sent again.")
    else:
        messages.info(request, "That letter does not have to be sent again.")
    return redirect("letters", managed.pk)
