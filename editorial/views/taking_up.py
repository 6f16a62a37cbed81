"""What public files say of pages, and taking it up."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from editorial import taking_up
from editorial.access import draft, educator_required
from editorial.review_forms import WhyForm
from editorial.reviewing import Refused


@require_safe
@educator_required
def from_files(request: HttpRequest) -> HttpResponse:
    """The pages of which the loaded files say something new."""
    return render(request, "editorial/from_files.html", {"codes": taking_up.pending()})


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def take_up(request: HttpRequest, number: str) -> HttpResponse:
    """What would change on one page, what that would do, and a button that does it."""
    code, refused = draft(number), ""
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            edition = taking_up.accept(code, form.cleaned_data["why"], by=person_of(request))
        except Refused as reason:
            refused = str(reason)
        else:
            messages.success(request, f"{code.number} is published as edition {edition.number}.")
            return redirect("from_files")
    found = taking_up.pending_of(code)
    context = {"code": code, "form": form, "refused": refused}
    context |= {"pending": found[0], "impact": found[1]} if found else {}
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "editorial/take_up.html", context, status=status)
