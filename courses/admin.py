"""Certificates to look at, and what administrators do with one person's data."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.access import person_of
from accounts.models import User, audit
from codes.admin import ReadOnly
from courses import team_admin  # noqa: F401  its pages register themselves
from courses.models import Certificate
from courses.privacy import CannotErase, erase
from courses.views.privacy import data_file


@admin.register(Certificate)
class CertificateAdmin(ReadOnly):
    """What was issued. Managers revoke on the pages of their team."""

    list_display = ["code", "name", "course_title", "team_name", "issued_at", "revoked_at"]
    list_filter = ["course_title", "revoked_at"]
    search_fields = ["code", "name", "course_title"]
    date_hierarchy = "issued_at"


class EraseForm(forms.Form):
    """Why, for the audit log."""

    why = forms.CharField(max_length=200, label="Why", help_text="Kept in the audit log; do not name the person in it.")


def _the_one(request: HttpRequest, chosen: "QuerySet[User]") -> User | None:
    """The one person who was ticked, for administrators; None, with a message, where more than one was."""
    if not person_of(request).is_superuser:
        raise PermissionDenied
    people = list(chosen[:2])
    if len(people) == 1:
        return people[0]
    messages.error(request, "Choose one person at a time.")
    return None


@admin.action(description="Export data of the person")
def export_data(model_admin: Any, request: HttpRequest, chosen: "QuerySet[User]") -> HttpResponse | None:
    """Everything the site holds of one person, as a file."""
    person = _the_one(request, chosen)
    if person is None:
        return None
    audit(person_of(request), "data exported", person)
    return data_file(person)


@admin.action(description="Erase the person")
def erase_person(model_admin: Any, request: HttpRequest, chosen: "QuerySet[User]") -> HttpResponse | None:
    """Ask first, then erase."""
    person, by = _the_one(request, chosen), person_of(request)
    if person is None:
        return None
    if person == by:
        messages.error(request, "You cannot erase yourself; another administrator can.")
        return None
    form = EraseForm(request.POST if "confirmed" in request.POST else None)
    if not form.is_valid():
        context = {**admin.site.each_context(request), "title": f"Erase {person}?", "person": person, "form": form}
        return TemplateResponse(request, "courses/admin_erase.html", context)
    try:
        erase(person, by=by, why=form.cleaned_data["why"], at=timezone.now())
    except CannotErase as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"Erased. The account is erased-{person.pk} now.")
    return None


# The accounts below know nothing of courses, so what is to be done with a person here is hung on their page from here.
people = admin.site.get_model_admin(User)
people.actions = [*(people.actions or ()), export_data, erase_person]
