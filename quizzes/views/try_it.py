"""Trying a claim on an encounter of one's own; nothing is stored."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from quizzes import try_it as build


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def try_it(request: HttpRequest) -> HttpResponse:
    """Build an encounter and a claim, and see what the rules say; nothing is stored."""
    words = build.vocabulary()
    tried = build.from_form(request.POST, words) if request.method == "POST" else build.TryIt()
    return render(request, "quizzes/try_it.html", build.page(tried, words), status=422 if tried.errors else 200)
