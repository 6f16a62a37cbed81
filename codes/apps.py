from django.apps import AppConfig


class CodesConfig(AppConfig):
    """What is true: codes, their reference pages, their rules, and what was published when."""

    name = "codes"
    verbose_name = "Codes and rules"
