"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("system", "light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """Name of the site, the chosen theme, and whether this person edits pages."""
    theme = request.COOKIES.get("theme", "system")
    user = getattr(request, "user", None)
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in THEMES else "system",
        "themes": THEMES,
        # Only staff can be educators, so nobody else pays for looking the permission up.
        "is_educator": bool(user and user.is_staff and user.has_perm("codes.change_code")),
    }
