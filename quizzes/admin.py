"""Looking at questions and answers; nothing here is edited by hand."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from codes.admin import ReadOnly
from codes.library import library
from codes.phrasebook import phrasebook
from quizzes.asking import Source
from quizzes.educators import questions_of
from quizzes.models import Answer, Attempt, Grading, QuestionVersion, Scenario


@admin.register(Scenario)
class ScenarioAdmin(ReadOnly):
    """Scenarios and, where one cannot be asked, the reason."""

    list_display = ["title", "code", "active", "reason"]
    list_filter = ["active", "code__number"]
    list_select_related = ["code"]
    search_fields = ["title", "narrative"]
    change_form_template = "quizzes/admin_scenario.html"

    def get_urls(self) -> list[URLPattern]:
        """One more page for each scenario: the questions it gives."""
        view = self.admin_site.admin_view(self.questions_view)
        return [path("<int:pk>/questions/", view, name="quizzes_scenario_questions"), *super().get_urls()]

    def questions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every question that the scenario and its variants give, and why some are not asked."""
        scenario = get_object_or_404(Scenario, pk=pk)
        if not self.has_view_permission(request, scenario):
            raise PermissionDenied
        source = Source(scenario=scenario, library=library(), phrases=phrasebook())
        seed = request.GET.get("seed", "1")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Questions of {scenario}",
            "scenario": scenario,
            "seed": int(seed) if seed.isdecimal() and len(seed) < 10 else 1,
        }
        context["groups"] = questions_of(source, context["seed"])
        return TemplateResponse(request, "quizzes/admin_questions.html", context)


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
