"""What every template may use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, CharField, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.zones import zone_of
from courses.course_page import readings_of
from courses.models import Team
from quizzes.review import day_start, due_of, due_rows
from statements.prepared import Prepared

THEMES = ("system", "light", "dark")
#: What a row of the header's query says; every other row names a rule that is due, and a rule has a slash in its name.
MANAGES, READS = "manages", "reads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header says of somebody, and whether a course asks them to read the page that they look at."""

    reviews_due: int = 0
    manages: bool = False
    asked_to_read: bool = False


def site(request: HttpRequest) -> dict[str, Any]:
    """Name of the site, theme and time zone, how many reviews are due, and whether this person manages or edits."""
    theme, user = request.COOKIES.get("theme", "system"), getattr(request, "user", None)
    values = {
        "zone": zone_of(request) if isinstance(user, User) else timezone.get_default_timezone(),
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in THEMES else "system",
        "themes": THEMES,
    }
    return values | (_of_person(request, user) if isinstance(user, User) else _NOBODY)


_NOBODY: dict[str, Any] = {"manages": False, "reviews_due": 0, "asked_to_read": False, "is_educator": False}


def _of_person(request: HttpRequest, person: User) -> dict[str, Any]:
    """Looked up when a template asks, and not where htmx takes the main part only and leaves the header alone."""
    has_header = request.headers.get("HX-Target") != "main"
    header: Any = SimpleLazyObject(lambda: header_of(person, _number(request)))
    return {
        "manages": SimpleLazyObject(lambda: has_header and header.manages),
        "reviews_due": SimpleLazyObject(lambda: header.reviews_due if has_header else 0),
        "asked_to_read": SimpleLazyObject(lambda: header.asked_to_read),
        # Only staff can be educators, so nobody else pays for looking the permission up.
        "is_educator": person.is_staff and person.has_perm("codes.change_code"),
    }


def header_of(person: User, number: str = "") -> Header:
    """Everything that the header says, with one query; ``number`` is the code of the page that is looked at, if any."""
    at = timezone.now()
    query = _OF_ADMINISTRATORS if person.is_superuser else _OF_PEOPLE
    rows = query.rows(person.pk, number, day_start(at), at)
    told = {name for name, _, _ in rows}
    due = [row for row in rows if row[0] not in (MANAGES, READS)]
    return Header(reviews_due=due_of(due), manages=MANAGES in told, asked_to_read=READS in told)


def _number(request: HttpRequest) -> str:
    match = request.resolver_match
    number = str(match.kwargs["number"]) if match is not None and match.url_name == "code_page" else ""
    return number if number.isprintable() else ""  # PostgreSQL takes no NUL in what is looked for


def _of_people(person: int, number: str, since: datetime, at: datetime) -> QuerySet[Any, Any]:
    return _rows(User(pk=person), number, since, at)


def _of_administrators(person: int, number: str, since: datetime, at: datetime) -> QuerySet[Any, Any]:
    return _rows(User(pk=person, is_superuser=True), number, since, at)


def _rows(person: User, number: str, since: datetime, at: datetime) -> QuerySet[Any, Any]:
    """Rules that are due, and a row for each team that is managed and each time that the page is to be read."""
    others = ((MANAGES, Team.objects.managed_by(person)), (READS, readings_of(person, number)))
    told = [rows.order_by().values_list(_text(name), _number_of(1), _number_of(0)) for name, rows in others]
    return due_rows(person, since, at).union(*told)


def _text(text: str) -> Value:
    return Value(text, output_field=CharField())


def _number_of(number: int) -> Value:
    return Value(number, output_field=BigIntegerField())


_OF_PEOPLE, _OF_ADMINISTRATORS = (
    Prepared(make, int, str, datetime, datetime) for make in (_of_people, _of_administrators)
)
