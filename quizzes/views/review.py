"""Reviewing: what is due and why, and the set that is made of it."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from quizzes import review as due
from quizzes.practice import NothingToAsk, OtherStart
from quizzes.sending import Form


@require_safe
@login_required
def review(request: HttpRequest) -> HttpResponse:
    """Due today with why, what comes next, rules by level."""
    context = due.review_page(person_of(request), timezone.now())
    return render(request, "quizzes/review.html", context | {"key": uuid.uuid4()})


@require_POST
@login_required
def review_start(request: HttpRequest) -> HttpResponse:
    """Make a set of what is due and go to its next question."""
    try:
        attempt = due.start(person_of(request), timezone.now(), key=Form.of(request.POST).key)
    except NothingToAsk:
        messages.info(request, "Nothing is due that could be asked now.")
        return redirect("review")
    except OtherStart as other:
        messages.warning(request, str(other))
        return redirect("review")
    return redirect(attempt.next_url())
