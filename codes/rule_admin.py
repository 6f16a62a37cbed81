"""Where educators write rules in the admin: a page for each rule, with a field for each parameter of its kind."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.access import person_of
from codes import trail
from codes.kinds import lead
from codes.models import Code, Rule
from codes.pages import read_part
from codes.params_form import form_fields
from codes.rule_forms import COLUMNS, RuleForm, free_slug, kind_title, rule_form, says
from rulebook.kinds import KIND, Kind


class PickForm(forms.Form):
    """The first step of a new rule: on which page, of which kind."""

    code = forms.ModelChoiceField(
        Code.objects.all(),
        label="Page",
        empty_label="Choose a page",
        error_messages={"required": "Choose the page that the rule stands on."},
    )
    kind = forms.ChoiceField(error_messages={"required": "Choose one kind of rule."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.id, kind.title) for kind in KIND.values()]  # type: ignore[attr-defined]


class AdminRuleForm(RuleForm):
    """A rule with what it was when the form was opened, so that nobody overwrites it unseen, and with a reason."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    why = forms.CharField(
        required=False, max_length=300, help_text="May stay empty. Whoever looks up this change reads it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: The rule as it was before it is saved, under the name of its part; empty for a new one.
        self.before: dict[str, Any] = {}
        if self.instance.pk:
            self.initial["seen"] = trail.digest(read_part(self.page, f"rules/{self.instance.slug}"))

    def clean(self) -> dict[str, Any]:
        """What somebody else changed meanwhile comes first."""
        if self.instance.pk:
            self._refuse_stale()
        return super().clean()

    def _refuse_stale(self) -> None:
        """Refuse once what would overwrite somebody else's change; saved again, it is meant."""
        part = f"rules/{Rule.objects.select_for_update().get(pk=self.instance.pk).slug}"
        stored = read_part(self.page, part)
        self.before = {part: stored}
        if self.cleaned_data.get("seen") != trail.digest(stored):
            self.data = trail.with_value(self.data, self.add_prefix("seen"), trail.digest(stored))
            self.add_error(None, trail.stale_message(trail.last_change(self.page, part), "rule"))


# The admin ------------------------------------------------------------------------------


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin[Rule]):
    """One rule. Its page and kind are chosen before it is written and stay as they are."""

    list_display = ["__str__", "kind_column", "says_column", "section", "state"]
    list_filter = ["state", "kind"]
    list_per_page = 50
    list_select_related = ["code"]
    search_fields = ["code__number", "code__title", "slug"]
    readonly_fields = ["short_name"]
    change_form_template = "codes/admin_rule_form.html"

    @admin.display(description="Kind", ordering="kind")
    def kind_column(self, rule: Rule) -> str:
        """The kind by its title."""
        return kind_title(rule)

    @admin.display(description="What it tells a learner")
    def says_column(self, rule: Rule) -> str:
        """The rule in words."""
        return says(rule)

    @admin.display(description="Short name")
    def short_name(self, rule: Rule) -> str:
        """The slug of an accepted rule, which findings carry for good."""
        return rule.slug

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for the page and the kind first; with both in the address, for the rule itself."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        pick = PickForm(request.GET)
        if pick.is_valid():
            return super().add_view(request, form_url, extra_context)
        asked = pick if "kind" in request.GET or "pick" in request.GET else PickForm(initial=request.GET.dict())
        kinds = sorted(KIND.values(), key=lambda kind: kind.title)
        context = {
            **self.admin_site.each_context(request),
            "title": "Add a rule",
            "form": asked,
            "kinds": [(kind, lead(kind)) for kind in kinds],
        }
        return TemplateResponse(request, "codes/admin_pick_rule.html", context)

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        """What the rule says, then where it stands and when; those who only look are shown the sentence instead."""
        _, kind = self._subject(request, obj)
        name = "short_name" if obj and obj.state == Rule.State.ACCEPTED else "slug"
        place = ["section", name, ("starts", "ends"), "source", *(["state"] if obj else [])]
        fields = list(form_fields(kind.Params)) if kind and self._may_write(request, obj) else []
        place += ["why", "seen"] if self._may_write(request, obj) else []
        said = [("What it says", {"fields": fields})] if fields else []
        return [*said, ("Where it stands, and from when", {"fields": place})]

    def _may_write(self, request: HttpRequest, obj: Rule | None) -> bool:
        return obj is None or self.has_change_permission(request, obj)

    def _subject(self, request: HttpRequest, obj: Rule | None) -> tuple[Code, Kind[Any] | None]:
        """The page and the kind of a rule, or those that were picked for a new one."""
        if obj is not None:
            return obj.code, KIND.get(obj.kind)
        pick = PickForm(request.GET)
        pick.full_clean()
        return pick.cleaned_data["code"], KIND[pick.cleaned_data["kind"]]

    def get_form(self, request: HttpRequest, obj: Rule | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form with the parameters of the rule's kind."""
        return super().get_form(
            request, obj, change, form=rule_form(*self._subject(request, obj), AdminRuleForm), **kwargs
        )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The columns of a rule with what an educator has to know of them."""
        return super().formfield_for_dbfield(db_field, request, **kwargs | COLUMNS.get(db_field.name, {}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A free name, and the section where pages usually state such a rule."""
        page, kind = self._subject(request, None)
        return {"slug": free_slug(page, kind), "section": kind.section} if kind else {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Rule | None = None,
    ) -> HttpResponse:
        """The form below what the kind is and what the rule says so far."""
        page, kind = self._subject(request, obj)
        context |= {
            "title": f"{'A rule' if obj else 'A new rule'} of {page}",
            "subtitle": None,
            "page": page,
            "kind": kind,
            "lead": lead(kind) if kind else "",
            "says": says(obj) if obj else "",
            "read_from": obj.origin.get("sentence", "") if obj else "",
            "waits": obj is not None and obj.state == Rule.State.PROPOSED and self._may_write(request, obj),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """Store a rule and note what it was."""
        super().save_model(request, obj, form, change)
        part = f"rules/{obj.slug}"
        after, why = {part: read_part(obj.code, part)}, form.cleaned_data["why"]
        trail.note_changes(obj.code, form.before, after, by=person_of(request), why=why)

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        """A rule that goes is noted."""
        part = f"rules/{obj.slug}"
        trail.note_changes(obj.code, {part: read_part(obj.code, part)}, {}, by=person_of(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Each of several."""
        for rule in queryset.select_related("code"):
            self.delete_model(request, rule)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Afterwards, back to the page that had the rule."""
        rule = self.get_object(request, object_id)
        answer = super().delete_view(request, object_id, extra_context)
        return _to_page(rule.code_id) if rule and answer.status_code == 302 else answer

    def response_post_save_add(self, request: HttpRequest, obj: Rule) -> HttpResponseRedirect:
        """Back to the page that has the rule now."""
        return _to_page(obj.code_id)

    def response_post_save_change(self, request: HttpRequest, obj: Rule) -> HttpResponseRedirect:
        """Back to the page that has the rule."""
        return _to_page(obj.code_id)


def _to_page(code_id: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('admin:codes_code_change', args=[code_id])}#rules")
