"""Where educators write rules: a page for each rule, with a field for each parameter of its kind."""

from copy import copy
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import escape

from codes.kinds import lead
from codes.models import SECTIONS, Code, Rule
from codes.params_form import PREFIX, blame, day_picker, form_fields, given, initial
from rulebook.kinds import KIND, Kind
from rulebook.params import ParamError, dump, parse

ACCEPT = "_accept"
COLUMNS: dict[str, dict[str, Any]] = {
    "slug": {
        "label": "Short name",
        "help_text": "Small letters, digits and hyphens. Findings carry it, so it stays once the rule is accepted.",
    },
    "starts": {"widget": day_picker(), "help_text": "Empty: from the beginning."},
    "ends": {"widget": day_picker(), "help_text": "Empty: until further notice."},
    "source": {"help_text": "Where the page has the rule from."},
}


# Rules in words -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule as a list shows it."""

    rule: Rule
    kind: str
    says: str
    in_force: str


def rules_of(code: Code) -> tuple[RuleRow, ...]:
    """The draft rules of a page, in words."""
    return tuple(
        RuleRow(rule=rule, kind=kind_title(rule), says=says(rule), in_force=in_force(rule)) for rule in code.rules.all()
    )


def kind_title(rule: Rule) -> str:
    """The title of the rule's kind; the bare word where there is no such kind any more."""
    return KIND[rule.kind].title if rule.kind in KIND else rule.kind


def says(rule: Rule) -> str:
    """What a rule tells a learner, or why it cannot be read."""
    try:
        return rule.sentence()
    except ParamError as error:
        return f"Cannot be read: {error}"


def stored_params(rule: Rule) -> Any:
    """The parameters of a rule; None where they cannot be read."""
    try:
        return parse(KIND[rule.kind].Params, rule.params)
    except (KeyError, ParamError):
        return None


def in_force(rule: Rule) -> str:
    """The days on which a rule holds."""
    ends = [f"{word} {day}" for word, day in (("from", rule.starts), ("to", rule.ends)) if day]
    return " ".join(ends) or "always"


# Forms ----------------------------------------------------------------------------------


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


class RuleForm(forms.ModelForm[Rule]):
    """A rule of one kind on one page; rule_form() adds the fields of the kind's parameters."""

    kind: ClassVar[Kind[Any] | None] = None
    page: ClassVar[Code]

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        # A copy: what is refused must not show in the rule as it is stored, beside which the form stands.
        sent = _accepted(data) if data and ACCEPT in data else data
        super().__init__(sent, files, **kwargs | {"instance": copy(kwargs.get("instance"))})
        self.instance.code = self.page
        if self.kind:
            self.instance.kind = self.kind.id
            self.initial = {**initial(self.kind.Params, self.instance.params), **self.initial}
        if "section" in self.fields:
            self.fields["section"] = section_field(self.page, self.instance.section)

    def clean_slug(self) -> str:
        """The page's constraint cannot be checked by the form, because the page is not one of its fields."""
        slug: str = self.cleaned_data["slug"]
        if self.page.rules.exclude(pk=self.instance.pk).filter(slug=slug).exists():
            raise ValidationError(f"The page has a rule called {slug} already.")
        return slug

    def clean(self) -> dict[str, Any]:
        """Read the parameters once each field by itself is readable."""
        super().clean()
        if self.kind and not any(name.startswith(PREFIX) for name in self.errors):
            self._read_params(self.kind)
        return self.cleaned_data

    def _read_params(self, kind: Kind[Any]) -> None:
        """What means the same as before stays as it is written, so that saving it is no change of the page."""
        try:
            params = parse(kind.Params, given(kind.Params, self.cleaned_data))
        except ParamError as error:
            self.add_error(*blame(kind.Params, error))
            return
        if params != stored_params(self.instance):
            self.instance.params = dump(params)

    def _update_errors(self, errors: ValidationError) -> None:
        """Rule.clean reads the parameters too; what is wrong with them stands beside their own fields already."""
        told = getattr(errors, "error_dict", {}).pop("params", [])
        if told and not self.errors:
            self.add_error(None, told)
        super()._update_errors(errors)  # type: ignore[misc]


def _accepted(data: Any) -> Any:
    """What was sent with the button that accepts a proposed rule."""
    data = data.copy()
    data["state"] = Rule.State.ACCEPTED
    return data


def section_field(page: Code, stored: str) -> forms.ChoiceField:
    """A choice among the sections that the page has, or among all while it has none."""
    sections = list(page.section_set.values_list("slug", "heading")) or list(SECTIONS)
    lost = stored and stored not in dict(sections)
    was = f" It was “{escape(stored)}”, which the page does not have." if lost else ""
    return forms.ChoiceField(
        choices=[("", "Choose a section"), *sections], help_text=f"The section that its findings cite.{was}"
    )


def rule_form(page: Code, kind: Kind[Any] | None) -> type[RuleForm]:
    """The form for a rule of this kind; without a known kind there is nothing to fill in, and nothing is saved."""
    fields = form_fields(kind.Params) if kind else {}
    return type("RuleForm", (RuleForm,), {"page": page, "kind": kind, **fields})


def free_slug(page: Code, kind: Kind[Any]) -> str:
    """The kind's id, with a number where the page has such a rule already."""
    taken = set(page.rules.values_list("slug", flat=True))
    names = (kind.id if n == 1 else f"{kind.id}-{n}" for n in count(1))
    return next(name for name in names if name not in taken)


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
        return super().get_form(request, obj, change, form=rule_form(*self._subject(request, obj)), **kwargs)

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
