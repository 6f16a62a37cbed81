"""A rule in words, and the form in which it is written: a field for each parameter of its kind.

The admin and the editor both build on these.
"""

from copy import copy
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape

from codes.models import SECTIONS, Code, Rule
from codes.params_form import PREFIX, blame, day_picker, form_fields, given, initial
from codes.publish import newest_edition
from codes.spelling import meaning, spelled
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
        """What means the same as before, or as readers have it, stays as it is written there: it is no change then."""
        try:
            params = parse(kind.Params, given(kind.Params, self.cleaned_data))
        except ParamError as error:
            self.add_error(*blame(kind.Params, error))
            return
        if params != stored_params(self.instance):
            new = dump(params)
            self.instance.params = self._as_published(kind, new) or spelled(kind.id, new)

    def _as_published(self, kind: Kind[Any], params: Any) -> Any:
        """These parameters as the newest edition writes them; None where it says something else of this rule."""
        edition = newest_edition(self.page) if self.page.pk else None
        rows = (row for row in (edition.document["rules"] if edition else ()) if row["slug"] == self.instance.slug)
        wanted = meaning(kind.id, params)
        return next((row["params"] for row in rows if meaning(row["kind"], row["params"]) == wanted), None)

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


def rule_form(page: Code, kind: Kind[Any] | None, base: type[RuleForm] = RuleForm) -> type[RuleForm]:
    """The form for a rule of this kind; without a known kind there is nothing to fill in, and nothing is saved."""
    fields = form_fields(kind.Params) if kind else {}
    return type("RuleForm", (base,), {"page": page, "kind": kind, **fields})


def free_slug(page: Code, kind: Kind[Any]) -> str:
    """The kind's id, with a number where the page has such a rule already."""
    taken = set(page.rules.values_list("slug", flat=True))
    names = (kind.id if n == 1 else f"{kind.id}-{n}" for n in count(1))
    return next(name for name in names if name not in taken)
