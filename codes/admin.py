"""Where educators edit pages, rules and vocabulary, and publish."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, Max, QuerySet
from django.forms import Textarea
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from accounts.access import person_of
from accounts.models import audit
from codes import rule_admin, trail
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
    Synonym,
)
from codes.pages import Content, read_page
from codes.rule_forms import rules_of
from codes.word_uses import told, uses_of_facet, uses_of_words

Widgets = dict[type[models.Field[Any, Any]], dict[str, Any]]
SMALL: Widgets = {models.TextField: {"widget": Textarea(attrs={"rows": 3, "cols": 60})}}
WIDE: Widgets = {models.TextField: {"widget": Textarea(attrs={"rows": 8, "cols": 100})}}

# Its admin page registers itself.
assert rule_admin


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


class CodeForm(forms.ModelForm[Code]):
    """The page, with what it was when the form was opened, so that nobody overwrites it unseen."""

    page_digest = forms.CharField(required=False, widget=forms.HiddenInput)
    why = forms.CharField(
        required=False, max_length=300, help_text="May stay empty. Whoever looks up this change reads it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: The page as it was before it is saved; None for a new one.
        self.before: Content | None = None
        if self.instance.pk:
            self.initial["page_digest"] = trail.digest(read_page(self.instance))

    def clean(self) -> dict[str, Any]:
        """Refuse once what would overwrite somebody else's change; saved again, it is meant."""
        data = super().clean() or {}
        if self.instance.pk:
            stored = Code.objects.select_for_update().get(pk=self.instance.pk)
            self.before = read_page(stored)
            if data.get("page_digest") != trail.digest(self.before):
                self._refuse(stored)
        return data

    def _refuse(self, stored: Code) -> None:
        self.data = trail.with_value(self.data, self.add_prefix("page_digest"), trail.digest(self.before))
        self.add_error(None, trail.stale_message(trail.last_change_of_page(stored), "page"))


@admin.register(Code)
class CodeAdmin(admin.ModelAdmin[Code]):
    """A page with everything on it."""

    list_display = ["number", "title", "system", "rules_count", "examples_count", "published_edition", "published_on"]
    list_filter = ["system", "rules__kind"]
    search_fields = ["number", "title", "summary"]
    form = CodeForm
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

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Everything is stored by now; note what is not as it was."""
        super().save_related(request, form, formsets, change)
        code = Code.objects.get(pk=form.instance.pk)
        before, after = trail.parts(form.before), trail.parts(read_page(code))
        trail.note_changes(code, before, after, by=person_of(request), why=form.cleaned_data["why"])

    def delete_model(self, request: HttpRequest, obj: Code) -> None:
        """A page that goes is noted whole."""
        audit(person_of(request), trail.DELETED, trail.subject(obj, "page"), before=read_page(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Code]) -> None:
        """Each of several."""
        for code in queryset:
            self.delete_model(request, code)

    def get_urls(self) -> list[URLPattern]:
        """One more address for each code: check and publish, which is done outside the admin."""
        extra = path("<int:pk>/publish/", self.admin_site.admin_view(self.publish_view), name="codes_code_publish")
        return [extra, *super().get_urls()]

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead to where a draft is checked, handed in and published."""
        code = get_object_or_404(Code, pk=pk)
        if not self.has_change_permission(request, code):
            raise PermissionDenied
        return redirect("review_page", code.number)


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


class ValuesFormSet(forms.BaseInlineFormSet[FacetValue, Facet, forms.ModelForm[FacetValue]]):
    """The values of a facet: one that something names does not go, and is not called otherwise."""

    def clean(self) -> None:
        """Refuse what rules, examples and phrases would miss, and say which."""
        super().clean()
        for form in self.initial_forms:
            kept = [] if form.cleaned_data.get(DELETION_FIELD_NAME) else self._words(form.cleaned_data)
            gone = [word for word in self._words(form.initial) if word not in kept]
            uses = uses_of_words(self.instance.name, gone)
            if uses:
                value = form.initial["value"]
                names = ", ".join(f"“{word}”" for word in ([value] if value in gone else gone))
                raise forms.ValidationError(f"{names} cannot go or be called otherwise. Used: {told(uses)}.")

    def _words(self, said: Mapping[str, Any]) -> list[str]:
        synonyms = said.get("synonyms")
        return [said.get("value", ""), *(map(str, synonyms) if isinstance(synonyms, list) else ())]


class FacetValueInline(admin.TabularInline[FacetValue, Facet]):
    model = FacetValue
    formset = ValuesFormSet
    extra = 0


class FacetForm(forms.ModelForm[Facet]):
    """A facet, whose name stays as long as something names it."""

    def clean_name(self) -> str:
        """Rules and facts name it by this."""
        name, stored = str(self.cleaned_data["name"]), str(self.initial.get("name", ""))
        uses = uses_of_facet(stored) if stored and name != stored else ()
        if uses:
            raise forms.ValidationError(f"“{stored}” cannot be called otherwise, because it is used: {told(uses)}.")
        return name


class Noted(admin.ModelAdmin[Any]):
    """Rows of which each change is noted, with what they said before and after."""

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Nothing is stored yet, so the database still has what was said before."""
        form.said = trail.words(self.model._default_manager.filter(pk=form.instance.pk).first())
        return super().save_form(request, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Everything is stored by now."""
        super().save_related(request, form, formsets, change)
        row = self.model._default_manager.get(pk=form.instance.pk)
        trail.note_words(row, form.said, trail.words(row), by=person_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """What goes is noted."""
        trail.note_words(obj, trail.words(obj), None, by=person_of(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Each of several."""
        for row in queryset:
            self.delete_model(request, row)


@admin.register(Facet)
class FacetAdmin(Noted):
    """The vocabulary in which scenarios are described."""

    list_display = ["name", "label"]
    form = FacetForm
    inlines = [FacetValueInline]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What is used is protected: the pages, rules, examples and phrases that name it are listed instead."""
        to_delete, counts, lacking, protected = super().get_deleted_objects(objs, request)
        named = [f"{facet}: {use}" for facet in objs for use in uses_of_facet(facet.name)]
        return to_delete, counts, lacking, [*protected, *named]


@admin.register(Phrase)
class PhraseAdmin(Noted):
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
class DocumentationTopicAdmin(Noted):
    """The words by which the requirements of a note are recognised."""

    list_display = ["slug", "phrases"]


@admin.register(Synonym)
class SynonymAdmin(Noted):
    """Abbreviations and lay words by which codes are found."""

    list_display = ["term", "means", "active"]
    list_filter = ["active"]
    search_fields = ["term", "means"]
