"""How somebody likes to work. Here and not in accounts, because extra time is granted in quizzes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from accounts.forms import PreferencesForm
from accounts.models import prefer, preferences_of
from quizzes.models.exams import extra_time_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """Preferences to change, the theme, and the extra time that was granted."""
    person = person_of(request)
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=preferences_of(person))
    if form.is_bound and form.is_valid():
        prefer(person, form.cleaned_data)
        messages.success(request, "Your settings are stored.")
        return redirect("settings")
    context = {"form": form, "granted": extra_time_of(person)}
    return render(request, "quizzes/settings.html", context, status=422 if form.errors else 200)
