from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Teams, courses and assignments."""

    name = "courses"
    verbose_name = "Teams and courses"

    def ready(self) -> None:
        """Listen to what happens to sets of questions, and tell the builder what is assigned to somebody."""
        from courses import receivers  # noqa: F401
        from courses.today import assigned_matter
        from quizzes.pools import assigned_by

        assigned_by(assigned_matter)
