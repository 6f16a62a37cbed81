"""Grading answers again: what it would change, asking for it, and how far it is."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from accounts.models import User
from codes.models import Code
from editorial import regrades as verbs
from editorial.access import draft, educator_required, seen_regrade
from editorial.answer_forms import RegradeForm
from quizzes.models import Answer, Regrade, Scenario
from quizzes.regrading import KINDS, Scope, change_of

A_PAGE, MOST_FATES, MOST_EARLIER = 50, 100, 20
FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@educator_required
def regrade_new(request: HttpRequest, number: str) -> HttpResponse:
    """What grading again would change; a POST asks for it."""
    code = draft(number)
    scenarios = list(Scenario.objects.filter(code=code))
    form = RegradeForm(request.POST if request.method == "POST" else None, scenarios=scenarios)
    if form.is_bound and form.is_valid():
        scope = _scope(code, form.cleaned_data["example"])
        regrade = verbs.ask(scope, form.cleaned_data["why"], by=person_of(request), at=timezone.now())
        return redirect("regrade", regrade.pk)
    asked = request.POST if form.is_bound else request.GET
    example = asked.get("example", "")
    chosen = example if example in {one.slug for one in scenarios} else ""
    context = _preview_page(code, chosen, request.GET.get("page")) | {"form": form, "scenarios": scenarios}
    return render(request, "editorial/regrade_new.html", context, status=422 if form.errors else 200)


def _scope(code: Code, example: str) -> Scope:
    return Scope(code=code, scenarios=(example,) if example else ())


def _preview_page(code: Code, example: str, number: str | None) -> dict[str, Any]:
    preview = verbs.preview(_scope(code, example))
    page = Paginator(preview.rows, A_PAGE).get_page(number)
    answers = _answers(page)
    return {
        "code": code,
        "example": example,
        "preview": preview,
        "page": page,
        "rows": [(row, answers[row.answer]) for row in page if row.answer in answers],
        "more": f"?example={example}" if example else "?",
        "fates": preview.fates[:MOST_FATES],
        "more_fates": len(preview.fates) - MOST_FATES,
        "earlier": code.regrades.select_related("by")[:MOST_EARLIER],
    }


def _answers(page: Any) -> dict[int, Answer]:
    rows = Answer.objects.select_related("item__attempt__person", "item__version__question")
    return rows.defer("item__version__options", "item__version__key").in_bulk([row.answer for row in page])


@require_http_methods(FORM)
@educator_required
def regrade(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a regrade is and what it changed; a POST begins it again, or decides for somebody with a certificate."""
    seen = seen_regrade(pk)
    if request.method == "POST":
        return _decided(request, seen)
    rows = seen.changes.select_related("before", "after", "person", "answer__item__version__question")
    rows = rows.defer("answer__item__version__options", "answer__item__version__key")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "regrade": seen,
        "code": seen.code,
        "page": page,
        "rows": [(one, KINDS[change_of(one.before, one.after)]) for one in page],
        "counts": verbs.counts_of(seen),
        "left": verbs.left(seen) if seen.state == Regrade.State.DONE else [],
        "is_open": seen.state in (Regrade.State.WAITING, Regrade.State.RUNNING),
    }
    return render(request, "editorial/regrade.html", context)


def _decided(request: HttpRequest, seen: Regrade) -> HttpResponse:
    at, by = timezone.now(), person_of(request)
    if request.POST.get("action") == "again":
        verbs.begin_again(seen, by=by, at=at)
        return redirect("regrade", seen.pk)
    chosen = request.POST.get("person", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 10):
        raise Http404
    person = get_object_or_404(User, pk=int(chosen))
    count = verbs.decide(seen, person, by=by, at=at)
    messages.success(request, f"{count} answer{'' if count == 1 else 's'} of {person} graded again.")
    return redirect("regrade", seen.pk)
