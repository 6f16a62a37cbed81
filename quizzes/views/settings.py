"""How somebody likes to work. Here and not in accounts, because extra time is granted in quizzes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from accounts.forms import NamesForm, PreferencesForm
from accounts.models import User, prefer, preferences_of, rename
from quizzes.models.exams import extra_time_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """The name and the preferences to change, the theme, and the extra time that was granted."""
    person = person_of(request)
    names_sent, sent = _sent(request)
    names, form = NamesForm(person, names_sent), PreferencesForm(sent, instance=preferences_of(person))
    if names.is_valid() or form.is_valid():
        _store(person, names, form)
        messages.success(request, "Your settings are stored.")
        return redirect("settings")
    context = {"names": names, "form": form, "granted": extra_time_of(person)}
    return render(request, "quizzes/settings.html", context, status=422 if names.errors or form.errors else 200)


def _sent(request: HttpRequest) -> tuple[QueryDict | None, QueryDict | None]:
    """What was sent with the form for the name, or with that for the preferences."""
    if request.method != "POST":
        return None, None
    return (request.POST, None) if "names" in request.POST else (None, request.POST)


def _store(person: User, names: NamesForm, form: PreferencesForm) -> None:
    if names.is_bound:
        rename(person, **names.cleaned_data)
    else:
        prefer(person, form.cleaned_data)
