from django.apps import AppConfig


class QuizzesConfig(AppConfig):
    """What is asked and how it went."""

    name = "quizzes"
    verbose_name = "Questions and answers"

    def ready(self) -> None:
        """Listen for new editions."""
        from quizzes import receivers  # noqa: F401
