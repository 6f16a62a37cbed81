"""Who changed what, when and why."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from codes.sheets import csv_file
from editorial import trail as audit_trail
from editorial.access import draft, educator_required

A_PAGE = 50


def _more(query: QueryDict) -> str:
    """The address so far, without the page."""
    kept = query.copy()
    kept.pop("page", None)
    return f"?{kept.urlencode()}"


def _shown(request: HttpRequest, asked: audit_trail.Asked) -> dict[str, Any]:
    page = Paginator(audit_trail.found(asked), A_PAGE).get_page(request.GET.get("page"))
    more, most = _more(request.GET), audit_trail.MOST_SHOWN
    return {"asked": asked, "page": page, "more": more, "verbs": audit_trail.verbs(), "most": most}


@require_safe
@educator_required
def trail(request: HttpRequest) -> HttpResponse:
    """Every change of content, the newest first, and what somebody looks for among them."""
    asked = audit_trail.Asked.of(request.GET)
    shown = _shown(request, asked)
    lines = audit_trail.lines(shown["page"])
    return render(request, "editorial/trail.html", shown | {"lines": lines}, status=422 if asked.wrong else 200)


@require_safe
@educator_required
def page_trail(request: HttpRequest, number: str) -> HttpResponse:
    """The changes of one page, with its editions between them."""
    code = draft(number)
    page = Paginator(audit_trail.history_of(code), A_PAGE).get_page(request.GET.get("page"))
    context = {"code": code, "page": page, "lines": audit_trail.page_lines(code, list(page)), "more": "?"}
    return render(request, "editorial/page_trail.html", context)


@require_safe
@educator_required
def trail_file(request: HttpRequest) -> HttpResponse:
    """What was found as a file for spreadsheets."""
    asked = audit_trail.Asked.of(request.GET)
    rows = audit_trail.file_rows(audit_trail.found(asked))
    name = f"changes-{timezone.localdate().isoformat()}.csv"
    return HttpResponse(
        csv_file(audit_trail.HEAD, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
