"""What the loaded public files say of a code, on a page of its own."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from codes import public_data
from codes.access import printable, reader_required
from codes.finding import day_asked
from codes.models import PublishedCode
from codes.public_data import SETTINGS, Asked
from codes.sheets import csv_parts
from datasets import lookups


@require_safe
@reader_required
def code_data(request: HttpRequest, number: str) -> HttpResponse:
    """Relative values, units, add-on facts, edits and diagnoses of a code on a date of service."""
    if number != number.upper():
        return redirect(f"{reverse('code_data', args=[number.upper()])}?{request.GET.urlencode()}", permanent=True)
    row = PublishedCode.objects.select_related("edition").filter(number=printable(number)).first()
    day, bad_day = day_asked(request.GET)
    asked = Asked.of(request.GET)
    page = row.edition.document if row else None
    found = lookups.settled(lambda: public_data.public_data(number, day, asked, page))
    if not (row or found.has_something or lookups.is_known(number)):
        raise Http404
    context = _shown(request, found, asked) | {"number": number, "row": row, "day": day, "bad_day": bad_day}
    return render(request, "codes/data.html", context)


def _shown(request: HttpRequest, found: public_data.PublicData, asked: Asked) -> dict[str, Any]:
    query = request.GET.copy()
    for name in ("page", "dpage"):
        query.pop(name, None)
    return {
        "found": found,
        "asked": asked,
        "chosen": found.edits.get(asked.setting),
        "settings": SETTINGS,
        "published": public_data.published_among(found.others()),
        "query": query.urlencode(),
        "is_today": "dos" not in request.GET,
        "today": timezone.localdate(),
    }


@require_safe
@reader_required
def code_data_summary(request: HttpRequest, number: str) -> HttpResponse:
    """A few words of it for the reference page; asked for as a page, it leads to all of it."""
    day, _ = day_asked(request.GET)
    number = printable(number)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('code_data', args=[number])}?dos={day.isoformat()}")
    told = lookups.settled(lambda: public_data.summary(number, day))
    context = {"number": number, "day": day, "told": told}
    return render(request, "codes/_data_summary.html", context)


@require_safe
@reader_required
def code_data_edits(request: HttpRequest, number: str) -> HttpResponseBase:
    """The edits that the page shows, all of them, as a file; written row by row while it is sent."""
    day, _ = day_asked(request.GET)
    number, asked = printable(number), Asked.of(request.GET)
    if not (PublishedCode.objects.filter(number=number).exists() or lookups.is_known(number)):
        raise Http404
    rows = public_data.edit_rows(number, day, asked)
    response = StreamingHttpResponse(csv_parts(public_data.CSV_HEAD, rows), content_type="text/csv; charset=utf-8")
    name = f"{number[:12]}-edits-{asked.setting}-{day:%Y-%m-%d}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
