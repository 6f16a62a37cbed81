"""Checking a draft, and all of them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from codes.models import Code
from editorial import checking
from editorial.access import draft, educator_required

A_PAGE = 50


@require_safe
@educator_required
def check_page(request: HttpRequest, number: str) -> HttpResponse:
    """Every problem of a draft, errors first, under the part it is about."""
    code = draft(number)
    found = checking.problems_of(code)
    errors = [one for one in found if one.is_error]
    warnings = [one for one in found if not one.is_error]
    context = {
        "code": code,
        "errors": errors,
        "warnings": warnings,
        "groups": (("Errors", checking.groups(errors)), ("Warnings", checking.groups(warnings))),
    }
    return render(request, "editorial/check.html", context)


@require_POST
@educator_required
def attest(request: HttpRequest, number: str) -> HttpResponse:
    """Give one's word that a text is made up."""
    code = draft(number)
    try:
        checking.attest(code, request.POST.get("digest", "")[:64], by=person_of(request), at=timezone.now())
        messages.success(request, "Noted, with your name: this text is made up. Another text is asked about again.")
    except checking.Changed as changed:
        messages.error(request, str(changed))
    return redirect("check_page", code.number)


@require_safe
@educator_required
def problems(request: HttpRequest) -> HttpResponse:
    """How many errors and warnings each draft has."""
    page = Paginator(Code.objects.all(), A_PAGE).get_page(request.GET.get("page"))
    found = checking.counts(list(page))
    context = {"page": page, "counts": found, "open": sum(one.errors is None for one in found)}
    return render(request, "editorial/problems.html", context)
