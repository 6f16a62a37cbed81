"""Where educators edit pages, rules and vocabulary, and publish."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, Max, QuerySet
from django.forms import Textarea
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.access import person_of
from codes.lint import Level, lint
from codes.models import (
    ArticleImport,
    Code,
    DocumentationItem,
    DocumentationTopic,
    Edition,
    Example,
    Facet,
    FacetValue,
    HistoryEvent,
    Phrase,
    Section,
    SimilarCode,
    Source,
)
from codes.publish import build_document, digest_of, newest_edition, publish
from codes.rule_admin import rules_of  # its admin page registers itself

Widgets = dict[type[models.Field[Any, Any]], dict[str, Any]]
SMALL: Widgets = {models.TextField: {"widget": Textarea(attrs={"rows": 3, "cols": 60})}}
WIDE: Widgets = {models.TextField: {"widget": Textarea(attrs={"rows": 8, "cols": 100})}}


class SectionInline(admin.StackedInline[Section, Code]):
    model = Section
    extra = 0
    formfield_overrides = WIDE
    classes = ["collapse"]


class ExampleInline(admin.StackedInline[Example, Code]):
    model = Example
    extra = 0
    formfield_overrides = WIDE
    classes = ["collapse"]


class HistoryInline(admin.StackedInline[HistoryEvent, Code]):
    model = HistoryEvent
    extra = 0
    formfield_overrides = SMALL


class DocumentationInline(admin.StackedInline[DocumentationItem, Code]):
    model = DocumentationItem
    extra = 0


class SimilarInline(admin.StackedInline[SimilarCode, Code]):
    model = SimilarCode
    extra = 0


class SourceInline(admin.StackedInline[Source, Code]):
    model = Source
    extra = 0
    formfield_overrides = SMALL | {models.URLField: {"assume_scheme": "https"}}


@admin.register(Code)
class CodeAdmin(admin.ModelAdmin[Code]):
    """A page with everything on it."""

    list_display = ["number", "title", "system", "rules_count", "examples_count", "published_edition", "published_on"]
    list_filter = ["system", "rules__kind"]
    search_fields = ["number", "title", "summary"]
    formfield_overrides = SMALL
    change_form_template = "codes/admin_change_form.html"
    change_list_template = "codes/admin_change_list.html"
    inlines = [
        SectionInline,
        HistoryInline,
        DocumentationInline,
        ExampleInline,
        SimilarInline,
        SourceInline,
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Code]:
        """The codes with what the list shows of them, in one query."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                n_rules=Count("rules", distinct=True),
                n_examples=Count("example", distinct=True),
                n_edition=Max("editions__number"),
                last_published=Max("editions__published_at"),
            )
        )

    @admin.display(description="Rules", ordering="n_rules")
    def rules_count(self, code: Any) -> int:
        """How many rules the draft has."""
        return int(code.n_rules)

    @admin.display(description="Examples", ordering="n_examples")
    def examples_count(self, code: Any) -> int:
        """How many examples the draft has."""
        return int(code.n_examples)

    @admin.display(description="Edition", ordering="n_edition", empty_value="not published")
    def published_edition(self, code: Any) -> int | None:
        """The newest edition's number."""
        return code.n_edition  # type: ignore[no-any-return]

    @admin.display(description="Published", ordering="last_published", empty_value="–")
    def published_on(self, code: Any) -> Any:
        """When that was."""
        return code.last_published

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form with the page's rules, each of which has a page of its own."""
        code = kwargs.get("obj")
        context["rules"] = rules_of(code) if code else ()
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """One more page for each code: check and publish."""
        extra = path("<int:pk>/publish/", self.admin_site.admin_view(self.publish_view), name="codes_code_publish")
        return [extra, *super().get_urls()]

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what lint finds; publish on POST when there is no error."""
        code = get_object_or_404(Code, pk=pk)
        if not self.has_change_permission(request, code):
            raise PermissionDenied
        problems = lint(code)
        blocked = any(problem.level is Level.ERROR for problem in problems)
        why = request.POST.get("why", "").strip()[:300]
        if request.method == "POST" and not blocked and why:
            edition = publish(code, by=person_of(request), why=why)
            messages.success(request, f"{code.number} is published as edition {edition.number}.")
            return redirect("admin:codes_code_change", code.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Publish {code}",
            "code": code,
            "problems": problems,
            "blocked": blocked,
            "changed": not blocked and _changed(code),
            "newest": newest_edition(code),
            "why_missing": request.method == "POST" and not why,
        }
        return TemplateResponse(request, "codes/admin_publish.html", context)


def _changed(code: Code) -> bool:
    newest = newest_edition(code)
    return newest is None or newest.digest != digest_of(build_document(code))


class ReadOnly(admin.ModelAdmin[Any]):
    """Rows that are looked at, not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Edition)
class EditionAdmin(ReadOnly):
    """What was published, when, by whom and why."""

    list_display = ["code", "number", "published_at", "published_by", "why", "read"]
    list_filter = ["published_at"]
    search_fields = ["code__number", "why"]
    list_select_related = ["code", "published_by"]

    @admin.display(description="Read")
    def read(self, edition: Edition) -> str:
        """The page in this edition."""
        return f"{reverse('code_page', args=[edition.code.number])}?edition={edition.number}"


@admin.register(ArticleImport)
class ArticleImportAdmin(ReadOnly):
    """Articles that were read."""

    list_display = ["name", "code", "created_at", "created_by"]
    list_select_related = ["code", "created_by"]


class FacetValueInline(admin.TabularInline[FacetValue, Facet]):
    model = FacetValue
    extra = 0


@admin.register(Facet)
class FacetAdmin(admin.ModelAdmin[Facet]):
    """The vocabulary in which scenarios are described."""

    list_display = ["name", "label"]
    inlines = [FacetValueInline]


@admin.register(Phrase)
class PhraseAdmin(admin.ModelAdmin[Phrase]):
    """The phrases in which variants of scenarios are told."""

    list_display = ["text", "part", "when", "active"]
    list_filter = ["part", "active"]
    search_fields = ["text", "when"]
    formfield_overrides = SMALL

    def save_model(self, request: HttpRequest, obj: Phrase, form: Any, change: bool) -> None:
        """One that somebody writes here has a name of its own, so that loading the library never meets it."""
        obj.slug = obj.slug or f"own-{uuid.uuid4().hex}"
        super().save_model(request, obj, form, change)


@admin.register(DocumentationTopic)
class DocumentationTopicAdmin(admin.ModelAdmin[DocumentationTopic]):
    """The words by which the requirements of a note are recognised."""

    list_display = ["slug", "phrases"]
