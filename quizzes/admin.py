"""Looking at questions and answers; nothing here is edited by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import Truncator

from accounts.access import person_of
from codes.admin import ReadOnly
from codes.library import library
from codes.phrasebook import phrasebook
from quizzes import exams
from quizzes.asking import Source
from quizzes.drawing import TooFewQuestions
from quizzes.educators import questions_of
from quizzes.formats import FORMATS
from quizzes.models import Answer, Attempt, Exam, ExamPart, ExtraTime, Grading, QuestionVersion, Report, Scenario
from quizzes.reports import reported


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


class ExamPartInline(admin.TabularInline[ExamPart, Exam]):
    """The blueprint, row by row."""

    model = ExamPart
    extra = 1
    autocomplete_fields = ["code"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Formats are chosen from those that there are."""
        if db_field.name == "format":
            choices = [("", "by turns"), *((form.id, form.title) for form in FORMATS)]
            return forms.ChoiceField(choices=choices, required=False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Exam)
class ExamAdmin(admin.ModelAdmin[Exam]):
    """Exams and their blueprints. What is open or done keeps the terms and questions it was begun with."""

    list_display = ["title", "minutes", "order", "is_open", "release", "released_at"]
    list_filter = ["is_open", "release"]
    search_fields = ["title"]
    inlines = [ExamPartInline]
    actions = ["release_results"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An exam of the site itself has no author, nor has one whose author is gone."""
        may_be_empty = {"required": False} if db_field.name == "author" else {}
        return super().formfield_for_foreignkey(db_field, request, **kwargs | may_be_empty)

    def save_model(self, request: HttpRequest, obj: Exam, form: Any, change: bool) -> None:
        """Whoever makes an exam is its author."""
        if not change:
            obj.author = person_of(request)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say at once when the library cannot fill the blueprint."""
        super().save_related(request, form, formsets, change)
        try:
            drawn = len(exams.rehearse(form.instance))
        except TooFewQuestions as short:
            messages.warning(request, f"The library cannot fill this exam: {short}")
        else:
            messages.info(request, f"A rehearsal drew {drawn} questions.")

    @admin.action(description="Show the results to everybody who finished")
    def release_results(self, request: HttpRequest, queryset: QuerySet[Exam]) -> None:
        """Release each exam's results, once."""
        for exam in queryset:
            people = exams.release(exam, timezone.now(), by=person_of(request))
            messages.info(request, f"{exam}: results shown to {people} people.")


@admin.register(ExtraTime)
class ExtraTimeAdmin(admin.ModelAdmin[ExtraTime]):
    """Who was given more time, when, by whom and why. Rows are added, never changed."""

    list_display = ["person", "exam", "percent", "why", "granted_by", "created_at"]
    list_select_related = ["person", "exam", "granted_by"]
    fields = ["person", "exam", "percent", "why"]
    raw_id_fields = ["person"]

    def has_change_permission(self, request: HttpRequest, obj: ExtraTime | None = None) -> bool:
        """Never: the newest row counts, and the older ones say what held before."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ExtraTime | None = None) -> bool:
        """Never."""
        return False

    def save_model(self, request: HttpRequest, obj: ExtraTime, form: Any, change: bool) -> None:
        """Granting also moves the deadline of what is running."""
        granted = exams.grant(obj.person, obj.percent, obj.why, by=person_of(request), at=timezone.now(), exam=obj.exam)
        obj.pk = granted.pk


@admin.register(QuestionVersion)
class QuestionVersionAdmin(ReadOnly):
    """What was put before learners."""

    list_display = ["question", "stamp", "created_at"]
    list_select_related = ["question__scenario__code"]


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    """Sets."""

    list_display = ["title", "person", "mode", "source", "created_at", "finished_at"]
    list_filter = ["mode", "source"]
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


@admin.register(Report)
class ReportAdmin(ReadOnly):
    """What learners say of questions and gradings, beside the answer and the rules it was graded under."""

    list_display = ["kind", "code", "question", "said", "person", "created_at"]
    list_filter = ["kind", "created_at"]
    search_fields = ["text", "=answer__item__version__question__scenario__code__number"]
    fields = ["kind", "text", "person", "created_at"]
    change_form_template = "quizzes/admin_report.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """With everything that a row shows."""
        return Report.objects.with_answers()

    @admin.display(description="Code")
    def code(self, report: Report) -> str:
        """The page that the question comes from."""
        return report.answer.item.version.question.scenario.code.number

    @admin.display(description="Question")
    def question(self, report: Report) -> str:
        """Its title."""
        return str(report.answer.item.version.prompt["title"])

    @admin.display(description="Said")
    def said(self, report: Report) -> str:
        """The beginning of it."""
        return Truncator(report.text).chars(80)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One more part: the question, the answer, its findings and the edition they follow from."""
        report = self.get_object(request, object_id)
        more = reported(report) if report and self.has_view_permission(request, report) else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | more)
