"""Trying a claim on an encounter of one's own; nothing is stored."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from quizzes import try_it as build
from quizzes.access import attempts_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def try_it(request: HttpRequest) -> HttpResponse:
    """Build an encounter and a claim, and see what the rules say; nothing is stored.

    Closed while the person has an exam running, whose questions it would answer.
    """
    exam = attempts_of(person_of(request)).running_exams(timezone.now()).first()
    if exam is not None:
        return render(request, "quizzes/try_it_closed.html", {"exam": exam}, status=409 if request.POST else 200)
    words = build.vocabulary()
    tried = build.from_form(request.POST, words) if request.method == "POST" else build.TryIt()
    return render(request, "quizzes/try_it.html", build.page(tried, words), status=422 if tried.errors else 200)
