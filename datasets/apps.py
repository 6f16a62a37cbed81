from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Public files and what they say on a date."""

    name = "datasets"
    verbose_name = "Public code sets"
