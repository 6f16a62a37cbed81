"""How it goes: mistakes by rule, and the person's own progress."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import person_of
from quizzes.mistakes import mistakes as mistakes_of
from quizzes.progress import progress_page


@require_safe
@login_required
def mistakes(request: HttpRequest) -> HttpResponse:
    """Each rule that the person broke, with the answers and a way to practise it."""
    return render(request, "quizzes/mistakes.html", {"mistakes": mistakes_of(person_of(request))})


@require_safe
@login_required
def progress(request: HttpRequest) -> HttpResponse:
    """Levels, what is retained, the trend, calibration, and what a manager sees."""
    return render(request, "quizzes/progress.html", progress_page(person_of(request), timezone.now()))
