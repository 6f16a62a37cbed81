"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from courses.models import Team
from quizzes.review import due_count

THEMES = ("system", "light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """Name of the site, the chosen theme, how many reviews are due, and whether this person manages or edits."""
    theme = request.COOKIES.get("theme", "system")
    user = getattr(request, "user", None)
    not_main = request.headers.get("HX-Target") != "main"
    signed_in = user if isinstance(user, User) else None
    return {
        "manages": SimpleLazyObject(lambda: _manages(signed_in) if not_main else False),
        # Looked up when a template asks, and not where htmx takes the main part only and leaves the header alone.
        "reviews_due": SimpleLazyObject(lambda: due_count(signed_in, timezone.now()) if signed_in and not_main else 0),
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in THEMES else "system",
        "themes": THEMES,
        # Only staff can be educators, so nobody else pays for looking the permission up.
        "is_educator": bool(user and user.is_staff and user.has_perm("codes.change_code")),
    }


def _manages(person: User | None) -> bool:
    return person is not None and Team.objects.managed_by(person).exists()
