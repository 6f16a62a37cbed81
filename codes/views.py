"""Reading: find a code, its reference page, the rule kinds; and reading an article in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from codes import reference
from codes.access import educator_required, newest_edition_of, printable, reader_required
from codes.finding import find_address, find_list, find_main, find_page
from codes.forms import ArticleForm
from codes.framed import framed
from codes.importing import ArticleRefused, import_article
from codes.kinds import kind_pages
from codes.models import Code, Edition, PublishedCode
from codes.page import page_context
from codes.publish import is_retired, row_of
from codes.stored import stored_answer

MOST_SUGGESTIONS = 8


@require_safe
@reader_required
def find_codes(request: HttpRequest) -> HttpResponse:
    """All codes, or those that match a number, words, an abbreviation or a slip of the pen."""
    found = find_page(request.GET)
    title = f"{found['q']} · Find a code" if found["q"] else "Find a code"
    return framed(request, title=title, main=find_main(found))


@require_safe
@reader_required
def find_results(request: HttpRequest) -> HttpResponse:
    """The results alone, as somebody types; asked for as a page, it leads to the page.

    They are the same for everybody, so nobody is looked up: that would take longer than finding a code.
    """
    page = f"{find_address()}?{urlencode(request.GET.dict())}"
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(page)
    response = HttpResponse(find_list(find_page(request.GET)))
    response["HX-Replace-Url"] = page
    response["Cache-Control"] = "no-store, private"
    return response


@require_safe
@reader_required
def code_page(request: HttpRequest, number: str) -> HttpResponse:
    """The reference page of a code, on a date of service, in its newest or an older edition."""
    if number != number.upper():
        return redirect("code_page", number.upper(), permanent=True)
    stored = stored_answer(request, printable(number))
    if stored is not None:
        return stored
    row = PublishedCode.objects.select_related("code", "edition").filter(number=printable(number)).first()
    newest = row.edition if row else newest_edition_of(number)
    edition = _edition(newest, request.GET.get("edition", ""))
    if is_retired(edition):
        return render(request, "codes/retired.html", reference.retired_page(edition), status=410)
    context = page_context(request.GET, row or row_of(edition), edition, newest)
    return render(request, "codes/page.html", context)


@require_safe
@reader_required
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options for a code field as somebody types; asked for as a page, it leads to the search."""
    name = next((name for name in request.GET if name == "q" or name.endswith("-code")), "q")
    text = request.GET.get(name, "")[:60].replace("\x00", "")
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{find_address()}?{urlencode({'q': text})}")
    rows = PublishedCode.objects.search(text)[:MOST_SUGGESTIONS]
    return render(request, "codes/_suggestions.html", {"rows": rows})


@require_safe
@reader_required
def rule_kinds(request: HttpRequest) -> HttpResponse:
    """Every way in which a claim can be right or wrong, and how it is scored."""
    return render(request, "codes/rule_kinds.html", {"kinds": kind_pages().values()})


@require_safe
@reader_required
def rule_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """One rule kind: its docstring and its worked examples."""
    pages = kind_pages()
    if kind not in pages:
        raise Http404
    return render(request, "codes/rule_kind.html", {"kind": pages[kind], "kinds": pages.values()})


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def upload_article(request: HttpRequest) -> HttpResponse:
    """Read an article into a draft page and show what was understood."""
    if request.method != "POST":
        return render(request, "codes/upload.html", {"form": ArticleForm()})
    form = ArticleForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "codes/upload.html", {"form": form}, status=422)
    try:
        report = import_article(
            form.cleaned_data["text"],
            name=form.cleaned_data["name"],
            by=person_of(request),
            replace=form.cleaned_data["replace"],
        )
    except ArticleRefused as refused:
        form.add_error("article", str(refused))
        return render(request, "codes/upload.html", {"form": form}, status=422)
    # The editor stands above this app, which must not import it; its address is looked up by name.
    report["write_url"] = reverse("write_page", args=[report["code"]])
    report["admin_url"] = reverse("admin:codes_code_change", args=[Code.objects.get(number=report["code"]).pk])
    return render(request, "codes/upload.html", {"form": ArticleForm(), "report": report})


def _edition(newest: Edition, number: str) -> Edition:
    """The edition asked for by number, or the newest."""
    if not number:
        return newest
    if not (number.isascii() and number.isdecimal() and len(number) < 7):
        raise Http404
    editions = Edition.objects.select_related("code")
    found: Edition = get_object_or_404(editions, code_id=newest.code_id, number=int(number))
    return found
