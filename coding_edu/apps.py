from django.apps import AppConfig


class CodingEduConfig(AppConfig):
    """The wiring: settings, URLs and the reasons not to start."""

    name = "coding_edu"

    def ready(self) -> None:
        """Register the checks, and keep tokens out of the logs."""
        from coding_edu import checks, logs  # noqa: F401

        logs.keep_tokens_out()
