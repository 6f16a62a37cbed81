from django.apps import AppConfig


class CodingEduConfig(AppConfig):
    """The wiring: settings, URLs and the reasons not to start."""

    name = "coding_edu"

    def ready(self) -> None:
        """Register the checks."""
        from coding_edu import checks  # noqa: F401
