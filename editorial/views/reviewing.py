"""Review and publish: the draft, what is under way, one revision, editions, and what comes on a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from accounts.models import User
from codes.models import Code
from editorial import reviewing
from editorial.access import draft, educator_required
from editorial.coming import what_breaks
from editorial.models import Revision
from editorial.review_forms import AgainForm, DayForm, RemarkForm, RetireForm, WhyForm
from editorial.review_pages import draft_page, editions_page, reviews_page, revision_page
from editorial.reviewing import Refused

FORM = ["GET", "HEAD", "POST"]


@require_safe
@educator_required
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits, what was given back, approved and scheduled, and what was published lately."""
    return render(request, "editorial/reviews.html", reviews_page())


@require_safe
@educator_required
def coming(request: HttpRequest) -> HttpResponse:
    """What breaks on a day: every published question held against the library as it will be."""
    day, bad_day = _day(request.GET.get("on", "").strip())
    context = {"day": day, "bad_day": bad_day, "breaks": None if bad_day else what_breaks(day)}
    return render(request, "editorial/coming.html", context, status=422 if bad_day else 200)


# The draft ------------------------------------------------------------------------------------


@require_http_methods(FORM)
@educator_required
def review_page(request: HttpRequest, number: str) -> HttpResponse:
    """The draft against the newest edition, handed in, published or retired from here."""
    code, person = draft(number), person_of(request)
    do = request.POST.get("do", "") if request.method == "POST" else None
    why = WhyForm(request.POST if do is not None and do != "retire" else None)
    gone = RetireForm(request.POST if do == "retire" else None, prefix="retire")
    refused = ""
    for form in (why, gone):
        if form.is_bound and form.is_valid():
            try:
                return _handed_in(request, code, do or "hand_in", form.cleaned_data["why"])
            except Refused as reason:
                refused = str(reason)
    context = draft_page(code) | {"form": why, "retire_form": gone, "refused": refused}
    context["alone"] = reviewing.is_alone(person)
    return render(request, "editorial/review_page.html", context, status=_status(refused, why, gone))


def _handed_in(request: HttpRequest, code: Code, do: str, why: str) -> HttpResponse:
    person, at, seen = person_of(request), timezone.now(), request.POST.get("seen", "")
    if do == "publish":
        edition = reviewing.publish_alone(code, why, by=person, at=at, seen=seen)
        messages.success(request, f"{code.number} is published as edition {edition.number}.")
        return redirect("review_page", code.number)
    revision = reviewing.hand_in(code, why, by=person, at=at, retires=do == "retire", seen=seen)
    told = "" if reviewing.is_alone(person) else " The other educators are told."
    messages.success(request, f"Handed in.{told}")
    return redirect("revision", revision.pk)


# One revision ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Who pressed a button of a revision, over what they were shown, with what they typed."""

    by: User
    seen: str
    remark: forms.Form
    day: forms.Form


@require_http_methods(FORM)
@educator_required
def revision(request: HttpRequest, pk: int) -> HttpResponse:
    """What a revision changes and does, and its verbs for whoever may."""
    rows = Revision.objects.select_related("code", "author", "decided_by", "base", "edition")
    found, person = get_object_or_404(rows, pk=pk), person_of(request)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    remark = RemarkForm(request.POST if do == "changes" else None)
    day = DayForm(request.POST if do == "schedule" else None)
    refused = "" if do in DONE or request.method != "POST" else "Choose one of the buttons."
    if do in DONE and _valid(remark, day):
        try:
            pressed = Pressed(by=person, seen=request.POST.get("seen", ""), remark=remark, day=day)
            messages.success(request, DONE[do](found, pressed))
            return redirect("revision", found.pk)
        except Refused as reason:
            refused = str(reason)
            found = get_object_or_404(rows, pk=pk)
    context = revision_page(found, person) | {"remark_form": remark, "day_form": day, "refused": refused}
    return render(request, "editorial/revision.html", context, status=_status(refused, remark, day))


def _approve(found: Revision, pressed: Pressed) -> str:
    reviewing.approve(found, by=pressed.by, at=timezone.now(), seen=pressed.seen)
    return "Approved. It can be published now, or on a day of your choice."


def _changes(found: Revision, pressed: Pressed) -> str:
    remark = pressed.remark.cleaned_data["remark"]
    reviewing.ask_for_changes(found, remark, by=pressed.by, at=timezone.now(), seen=pressed.seen)
    return "Given back to its author."


def _schedule(found: Revision, pressed: Pressed) -> str:
    on = pressed.day.cleaned_data["day"]
    reviewing.schedule(found, on, by=pressed.by, at=timezone.now(), seen=pressed.seen)
    return f"It goes live by itself on {on:%B} {on.day}, {on.year}."


def _publish(found: Revision, pressed: Pressed) -> str:
    edition = reviewing.publish_now(found, by=pressed.by, at=timezone.now(), seen=pressed.seen)
    if found.retires:
        return f"{found.code.number} is retired."
    return f"{found.code.number} is published as edition {edition.number}."


def _withdraw(found: Revision, pressed: Pressed) -> str:
    reviewing.withdraw(found, by=pressed.by, at=timezone.now(), seen=pressed.seen)
    return "Withdrawn. The draft is as it was."


#: Button -> what it does; the word for the page comes back.
DONE: dict[str, Callable[[Revision, Pressed], str]] = {
    "approve": _approve, "changes": _changes, "schedule": _schedule, "publish": _publish, "withdraw": _withdraw,
}  # fmt: skip


# Editions -------------------------------------------------------------------------------------


@require_http_methods(FORM)
@educator_required
def compare_editions(request: HttpRequest, number: str) -> HttpResponse:
    """Every edition of a page, two of them compared, and an old one published again."""
    code, person = draft(number), person_of(request)
    form = AgainForm(request.POST if request.method == "POST" else None, code=code)
    refused = ""
    if form.is_bound and form.is_valid():
        again, why = form.cleaned_data["edition"], form.cleaned_data["why"]
        try:
            made = reviewing.roll_back(code, again, why, by=person, at=timezone.now())
            messages.success(request, _rolled_back(made, again.number))
            return redirect("revision", made.pk)
        except Refused as reason:
            refused = str(reason)
    context = editions_page(code, request.GET.get("old", ""), request.GET.get("new", ""))
    context |= {"form": form, "refused": refused, "alone": reviewing.is_alone(person)}
    return render(request, "editorial/editions.html", context, status=_status(refused, form))


def _rolled_back(made: Revision, number: int) -> str:
    if made.edition is None:
        return f"Edition {number} is handed in, to be published again."
    return f"Edition {number} is published again, as edition {made.edition.number}."


# Helpers --------------------------------------------------------------------------------------


def _valid(*some: forms.Form) -> bool:
    return all(form.is_valid() for form in some if form.is_bound)


def _status(refused: str, *some: forms.Form) -> int:
    """409 where it cannot be done now, 422 where something is missing."""
    if refused:
        return 409
    return 422 if any(form.errors for form in some if form.is_bound) else 200


def _day(text: str) -> tuple[date, str]:
    """The day asked for, or today, and what could not be read as one."""
    try:
        return (date.fromisoformat(text) if text else timezone.localdate()), ""
    except ValueError:
        return timezone.localdate(), text
