"""What learners report, and what educators answer."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from codes.pages import PageError, read_part
from editorial import disputes as verbs
from editorial.access import educator_required, seen_report
from editorial.answer_forms import AcceptForm, ReplyForm
from editorial.drafting import Stale, digest
from quizzes.models import Report

A_PAGE = 30
STATES = (("waiting", "Waiting"), ("answered", "Answered"))
ASKED = ("code", "kind", "state")


@require_safe
@educator_required
def disputes(request: HttpRequest) -> HttpResponse:
    """The queue: what waits longest comes first."""
    asked = {name: value for name in ASKED if (value := request.GET.get(name, "")) and value.isprintable()}
    context = {
        "page": Paginator(verbs.queue(asked), A_PAGE).get_page(request.GET.get("page")),
        "asked": asked,
        "more": f"?{urlencode(asked)}",
        "waiting": verbs.waiting(),
        "pages": verbs.pages_reported(),
        "kinds": Report.Kind.choices,
        "states": STATES,
    }
    return render(request, "editorial/disputes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """One report with all that is needed to judge it; a POST answers it, or accepts its claim too."""
    report = seen_report(pk)
    if request.method != "POST":
        return _show(request, report)
    if request.POST.get("action") == "accept":
        return _accept(request, report)
    form = ReplyForm(request.POST, ends=verbs.ends_of(report))
    if not form.is_valid():
        return _show(request, report, reply=form)
    data = form.cleaned_data
    verbs.answer_report(report, data["outcome"], data["text"], by=person_of(request), at=timezone.now())
    messages.success(request, "Answered. The learner is told by mail, on Today and beside the question.")
    return redirect("dispute", report.pk)


def _accept(request: HttpRequest, report: Report) -> HttpResponse:
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _show(request, report, accept=form)
    why, seen = form.cleaned_data["why"], form.cleaned_data["seen"]
    try:
        new = verbs.accept_claim(report, why, seen=seen, by=person_of(request), at=timezone.now())
    except Stale:
        form.add_error(None, "Somebody changed the example meanwhile. It is shown as it is now; look again, then send.")
        return _show(request, report, accept=form)
    except (verbs.CannotAccept, PageError) as error:
        form.add_error("why", str(error))
        return _show(request, report, accept=form)
    messages.success(request, WRITTEN if new else "The draft accepts this claim already.")
    return redirect("dispute", report.pk)


WRITTEN = "Written into the draft of the example. It counts from the edition on that is published with it."


def _show(
    request: HttpRequest, report: Report, *, reply: forms.Form | None = None, accept: forms.Form | None = None
) -> HttpResponse:
    wrong = reply or accept
    code, slug = report.answer.item.version.question.scenario.code, report.answer.item.version.question.scenario.slug
    seen = digest(read_part(code, f"examples/{slug}"))
    if accept is not None:
        # What was typed stays; it is sent again for the example as it is shown now.
        accept.data = accept.data.copy()  # type: ignore[attr-defined]
        accept.data["seen"] = seen  # type: ignore[index]
    context: dict[str, Any] = verbs.dispute_page(report) | {
        "reply_form": reply or ReplyForm(ends=verbs.ends_of(report)),
        "accept_form": accept or AcceptForm(initial={"seen": seen}),
        "also": verbs.also_accepted(report),
        "form": wrong,
    }
    return render(request, "editorial/dispute.html", context, status=422 if wrong else 200)
