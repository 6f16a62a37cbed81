"""Reasons not to start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def safe_key(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """With DEBUG off, the key that everybody can read in the source is refused."""
    weak = settings.SECRET_KEY == settings.UNSAFE_KEY or len(settings.SECRET_KEY) < 32
    if settings.DEBUG or not weak:
        return []
    return [
        Error(
            "DEBUG is off and SECRET_KEY is missing, public or shorter than 32 characters.",
            hint="Set SECRET_KEY to a long random text, kept out of the repository (docs/settings.md).",
            id="coding_edu.E001",
        )
    ]
