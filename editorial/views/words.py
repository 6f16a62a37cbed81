"""The vocabulary: find a word, add a value, change its synonyms."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from codes.models import Facet, FacetValue
from editorial import word_editing as words
from editorial.access import educator_required

A_PAGE = 40


@require_safe
@educator_required
def words_list(request: HttpRequest) -> HttpResponse:
    """Every value of every facet with its synonyms and where it is used, or those that match."""
    text = request.GET.get("q", "")[:80].replace("\x00", "").strip()
    facet = request.GET.get("facet", "")[:40].replace("\x00", "")
    page = Paginator(words.found_words(text, facet), A_PAGE).get_page(request.GET.get("page"))
    found = words.counted()
    context = {
        "page": page, "rows": [(one, words.uses_of(one, found)) for one in page], "q": text, "facet": facet,
        "facets": Facet.objects.all(), "filters": urlencode({"q": text, "facet": facet}),
    }  # fmt: skip
    return render(request, "editorial/words.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def word_new(request: HttpRequest) -> HttpResponse:
    """Add a value to a facet."""
    form = words.WordForm(request.POST or None, initial={"facet": request.GET.get("facet", "")[:40]})
    if request.method == "POST" and form.is_valid() and _added(request, form):
        return redirect("words")
    refused = request.method == "POST"
    form = form if form.is_bound or not refused else words.WordForm(request.POST)
    return render(request, "editorial/words_form.html", {"form": form}, status=422 if refused else 200)


def _added(request: HttpRequest, form: words.WordForm) -> bool:
    given, by, at = form.cleaned_data, person_of(request), timezone.now()
    try:
        made = words.add_word(given["facet"], given["value"], given["synonyms"], by=by, at=at, why=given["why"])
    except IntegrityError:
        form.add_error("value", "Somebody has added this value meanwhile.")
        return False
    messages.success(request, f"“{made.value}” is a {made.facet.name} now.")
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def word(request: HttpRequest, word: int) -> HttpResponse:
    """The synonyms of a value, and how often it is used."""
    value = get_object_or_404(FacetValue.objects.select_related("facet"), pk=word)
    form = words.SynonymsForm(request.POST if request.method == "POST" else None, word=value)
    if request.method != "POST":
        return _show(request, value, form)
    if not form.is_valid():
        return _show(request, value, form, status=422)
    given, by, at, seen = form.cleaned_data, person_of(request), timezone.now(), request.POST.get("seen", "")
    try:
        changed = words.change_synonyms(value, given["synonyms"], seen=seen, by=by, at=at, why=given["why"])
    except words.Changed as other:
        return _show(request, value, form, theirs=other, status=409)
    messages.success(request, f"The words for “{value.value}” are {'stored' if changed else 'as they were'}.")
    return redirect("words")


def _show(
    request: HttpRequest,
    value: FacetValue,
    form: words.SynonymsForm,
    *,
    theirs: words.Changed | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form; after somebody else's change, storing again means: over theirs."""
    seen = words.as_seen(value) if theirs or request.method != "POST" else request.POST.get("seen", "")
    context = {
        "word": value, "form": form, "seen": seen, "theirs": theirs, "uses": words.uses_of(value, words.counted())
    }  # fmt: skip
    return render(request, "editorial/words_form.html", context, status=status)
