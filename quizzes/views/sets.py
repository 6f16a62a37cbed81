"""Starting sets, and how they went."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from codes.access import newest_edition_of
from codes.publish import is_retired
from quizzes import practice
from quizzes.access import own_attempt
from quizzes.pages import attempt_page
from quizzes.sending import Form


@require_POST
@login_required
def practise(request: HttpRequest, number: str) -> HttpResponse:
    """Start a set on one page and go to its first question; the same form sent again leads to the same set.

    A page that was retired after it was opened says so itself.
    """
    newest = newest_edition_of(number)
    if is_retired(newest):
        return redirect("code_page", newest.code.number)
    code, key = newest.code, Form.of(request.POST).key
    try:
        # The form of one rendering may start a set on any of several pages, each once.
        attempt = practice.start(person_of(request), code, key=uuid.uuid5(key, code.number) if key else None)
    except practice.NothingToAsk:
        messages.info(request, f"There are no scenarios for {number} yet.")
        return redirect("code_page", number)
    except practice.OtherStart as other:
        messages.warning(request, str(other))
        return redirect("code_page", number)
    return redirect("question", attempt.pk, 1)


@require_safe
@login_required
def attempt_summary(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """A set as it stands: an exam's cover, its answers so far, or how it went."""
    at = timezone.now()
    template, context = attempt_page(own_attempt(person_of(request), attempt, at), at)
    return render(request, template, context)
