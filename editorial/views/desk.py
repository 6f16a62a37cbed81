"""What waits for an educator, and the pages there are."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.access import person_of
from codes.models import Code
from editorial.access import educator_required
from editorial.models import FormDraft, Revision
from editorial.places import name_of, unsaved_url
from editorial.states import LABELS, State, found, in_state, standings
from quizzes.models import Report

A_PAGE = 25
MOST_TEXTS = 20


@require_safe
@educator_required
def desk(request: HttpRequest) -> HttpResponse:
    """Every page with where it stands, what waits, and what the reader typed and has not saved."""
    text, state = request.GET.get("q", "")[:100], request.GET.get("state", "")
    codes = found(text)
    if state in list(State):
        codes = Code.objects.filter(pk__in=in_state(codes, State(state)))
    page = Paginator(codes, A_PAGE).get_page(request.GET.get("page"))
    asked = {name: value for name, value in (("q", text), ("state", state)) if value}
    context = {
        "page": page,
        "rows": standings(list(page.object_list)),
        "states": LABELS,
        "q": text,
        "state": state,
        "more": f"?{urlencode(asked)}",
        "texts": _texts(request),
        "revisions": Revision.objects.open().count(),
        "reports": Report.objects.filter(replies=None).count(),
    }
    return render(request, "editorial/desk.html", context)


def _texts(request: HttpRequest) -> list[dict[str, object]]:
    """What somebody typed and has not saved, each with the way to it."""
    rows = FormDraft.objects.filter(person=person_of(request)).select_related("code").defer("fields")
    return [
        {"draft": one, "name": name_of(one.part), "url": unsaved_url(one.code, one.part)} for one in rows[:MOST_TEXTS]
    ]
