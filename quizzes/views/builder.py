"""Practice: the builder, and every other way to start a set."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from codes.library import current_stamp
from quizzes import sets
from quizzes.access import attempts_of, own_answered
from quizzes.builder import BuilderForm, builder_page, query_of
from quizzes.models import Attempt
from quizzes.practice import NothingToAsk, OtherStart
from quizzes.sending import Form
from quizzes.stakes import table

RECENT = 50
MOST = 50


@require_safe
@login_required
def practice(request: HttpRequest) -> HttpResponse:
    """Build a set; below are the person's own, open ones first."""
    form = BuilderForm(request.GET, table(current_stamp()))
    return _show(request, form, find=request.GET.get("find", ""))


@require_POST
@login_required
def practice_start(request: HttpRequest) -> HttpResponse:
    """Draw what the builder was asked for, or only say how much there is."""
    if request.POST.get("action") == "count":
        return redirect(f"{reverse('practice')}?{query_of(request.POST)}#count")
    form = BuilderForm(request.POST, table(current_stamp()))
    if not form.is_valid():
        return _show(request, form)
    choice = form.choice()
    try:
        attempt = sets.build(person_of(request), choice, timezone.now(), key=Form.of(request.POST).key)
    except NothingToAsk:
        form.add_error("formats" if choice.formats else None, NOTHING)
        return _show(request, form)
    except OtherStart as other:
        messages.warning(request, str(other))
        return _show(request, form, status=409)
    if (found := attempt.items.count()) < choice.number:
        messages.info(request, f"Only {found} of {choice.number} questions could be drawn from what you chose.")
    return _to(attempt)


@require_POST
@login_required
def practise_rules(request: HttpRequest) -> HttpResponse:
    """A few questions on one rule or several."""
    rules, size = request.POST.getlist("rule")[:MOST], _size(request.POST.get("size", ""))
    key = Form.of(request.POST).key
    return _started(request, lambda: sets.on_rules(person_of(request), rules, size, key=key))


@require_POST
@login_required
def practise_mixed(request: HttpRequest) -> HttpResponse:
    """Ten questions over all pages."""
    key = Form.of(request.POST).key
    return _started(request, lambda: sets.mixed(person_of(request), timezone.now(), key=key))


@require_POST
@login_required
def repair(request: HttpRequest) -> HttpResponse:
    """Five minutes on one rule."""
    rule, key = request.POST.get("rule", ""), Form.of(request.POST).key
    if rule not in table(current_stamp()).cards:
        raise Http404
    return _started(request, lambda: sets.repair(person_of(request), rule, key=key))


@require_POST
@login_required
def variant(request: HttpRequest, attempt: uuid.UUID, position: int) -> HttpResponse:
    """One fresh question like the one that was answered."""
    item, grading = own_answered(person_of(request), attempt, position)
    key = Form.of(request.POST).key
    return _started(request, lambda: sets.variant_of(item, grading, key=key), back=item.get_absolute_url())


NOTHING = "Nothing can be asked with these choices. Loosen one of them."


def _show(request: HttpRequest, form: BuilderForm, find: str = "", status: int = 200) -> HttpResponse:
    """The builder; with what is wrong and what was typed, where that could not be started."""
    person = person_of(request)
    context = builder_page(form, person, timezone.now(), find[:60].replace("\x00", ""))
    context["attempts"] = attempts_of(person).open_first().with_progress()[:RECENT]
    refused = request.method == "POST" and form.errors
    return render(request, "quizzes/practice.html", context, status=422 if refused else status)


def _started(request: HttpRequest, start: Callable[[], Attempt], back: str = "") -> HttpResponse:
    """Go to the new set, or back with the word that there is nothing to ask."""
    try:
        return _to(start())
    except NothingToAsk:
        messages.info(request, "There is no question of this kind at the moment. Choose something else to practise.")
        return redirect(back or "practice")
    except OtherStart as other:
        messages.warning(request, str(other))
        return redirect(back or "practice")


def _to(attempt: Attempt) -> HttpResponse:
    """The first question; an exam begins on its cover."""
    return redirect(attempt) if attempt.is_exam else redirect("question", attempt.pk, 1)


def _size(text: str) -> int:
    """How many questions; what is no number from 1 to 50 is as many as usual."""
    whole = text.isascii() and text.isdecimal() and len(text) < 4
    return int(text) if whole and 1 <= int(text) <= MOST else sets.SECTION_SIZE
