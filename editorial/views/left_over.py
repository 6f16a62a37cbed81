"""A text that was kept for a rule or an example which is not there any more."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from codes.models import Code
from editorial import autosaving, left_over
from editorial.access import draft, educator_required
from editorial.models import FormDraft
from editorial.places import name_of, url_of

TAKEN = "You have another new one in hand that is not stored yet. Store or discard that first; this text stays here."


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def kept_text(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """What was typed, who removed what it was for, and the ways on."""
    code, person = draft(number), person_of(request)
    if not left_over.is_gone(code, part):
        return redirect(url_of(code.number, part))
    kept = autosaving.kept(person, code, part)
    if kept is None:
        raise Http404
    do = request.POST.get("do", "")
    if do == "discard":
        return _discarded(request, kept)
    return _begun_again(request, code, kept) if do == "again" else _show(request, code, kept)


def _discarded(request: HttpRequest, kept: FormDraft) -> HttpResponse:
    autosaving.discard(kept.person, kept.code, kept.part)
    messages.info(request, "What you typed is discarded.")
    return redirect("desk")


def _begun_again(request: HttpRequest, code: Code, kept: FormDraft) -> HttpResponse:
    """To the form of a new one with the text in it."""
    new = left_over.as_new(kept)
    try:
        if new is not None:
            left_over.begin_again(kept, new)
            return redirect(new.url)
    except left_over.Taken:
        return _show(request, code, kept, refused=TAKEN, status=409)
    return _show(request, code, kept, status=409)


def _show(request: HttpRequest, code: Code, kept: FormDraft, *, refused: str = "", status: int = 200) -> HttpResponse:
    context = {
        "code": code, "kept": kept, "name": name_of(kept.part), "texts": list(left_over.texts_of(kept)),
        "removal": left_over.removal_of(code, kept.part), "new": left_over.as_new(kept), "refused": refused,
        "what": "rule" if kept.part.startswith("rules/") else "example",
    }  # fmt: skip
    return render(request, "editorial/kept_text.html", context, status=status)
