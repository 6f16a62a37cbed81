"""The front page: for those who are signed in, what to do today."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import person_of
from codes.models import PublishedCode
from quizzes.models import Scenario
from quizzes.news import LOOKED_AT
from quizzes.today import today_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What to do today; for visitors, what this site is."""
    if request.user.is_authenticated:
        page = today_page(person_of(request), timezone.now(), request.session.get(LOOKED_AT, ()))
        return render(request, "quizzes/today.html", page)
    context = {"codes": PublishedCode.objects.all()[:8], "scenarios": Scenario.objects.live().count()}
    return render(request, "quizzes/home.html", context)
