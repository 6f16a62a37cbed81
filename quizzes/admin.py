"""Looking at questions and answers; nothing here is edited by hand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from codes.admin import ReadOnly
from quizzes.models import Answer, Attempt, Grading, QuestionVersion, Scenario


@admin.register(Scenario)
class ScenarioAdmin(ReadOnly):
    """Scenarios and, where one cannot be asked, the reason."""

    list_display = ["title", "code", "active", "reason"]
    list_filter = ["active", "code__number"]
    list_select_related = ["code"]
    search_fields = ["title", "narrative"]


@admin.register(QuestionVersion)
class QuestionVersionAdmin(ReadOnly):
    """What was put before learners."""

    list_display = ["question", "stamp", "created_at"]
    list_select_related = ["question__scenario__code"]


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    """Sets."""

    list_display = ["title", "person", "started_at", "finished_at"]
    list_select_related = ["person"]


@admin.register(Answer)
class AnswerAdmin(ReadOnly):
    """Answers as given."""

    list_display = ["item", "sequence", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["item__attempt"]


class LeftOpen(admin.SimpleListFilter):
    """What the rules could not decide waits here for a person."""

    title = "decided by the rules"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One choice beside "all"."""
        return [("yes", "left something open")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Grading]) -> QuerySet[Grading]:
        """The gradings with findings that no rule could decide."""
        return queryset.filter(undecided__gt=0) if self.value() else queryset


@admin.register(Grading)
class GradingAdmin(ReadOnly):
    """What the rules said."""

    list_display = ["answer", "is_clean", "element_accuracy", "undecided", "engine", "created_at"]
    list_filter = ["is_clean", LeftOpen, "engine"]
    list_select_related = ["answer__item__attempt"]
