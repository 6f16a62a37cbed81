"""One's own data."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import person_of
from accounts.models import User
from courses.privacy import as_json


@require_safe
@login_required
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything the site holds of the person who asks, as a file."""
    return data_file(person_of(request))


def data_file(person: User) -> HttpResponse:
    """A person's data as a download; the file is named by number, so that no name can play with the header."""
    file = HttpResponse(as_json(person), content_type="application/json; charset=utf-8")
    file["Content-Disposition"] = f'attachment; filename="person-{person.pk}.json"'
    file["X-Content-Type-Options"] = "nosniff"
    return file
