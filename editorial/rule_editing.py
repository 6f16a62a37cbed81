"""Rules in the editor: the form of one, what it would tell a learner, and the verbs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.http import Http404

from accounts.models import User
from codes.kinds import KindPage, kind_pages
from codes.models import Code, Rule
from codes.pages import PARTS, read_part
from codes.params_form import PREFIX, form_fields
from codes.publish import newest_edition
from codes.rule_forms import COLUMNS, RuleForm, RuleRow, free_slug, rule_form, rules_of, says
from editorial.drafting import digest, save_part
from rulebook.kinds import KIND

WHY_LABEL = "Why it is changed"
WHY_HELP = (
    "Whoever asks later why the rule reads as it does finds this. The rule is in a published edition, so it is asked."
)
WHY_NEW = "For whoever asks later; may stay empty while the rule is in no published edition."


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A rule as somebody writes it: stored or not yet, and whether readers have it."""

    rule: Rule
    stored: dict[str, Any] | None
    published: bool
    new: bool = False

    @property
    def code(self) -> Code:
        """The page that it stands on."""
        return self.rule.code

    @property
    def part(self) -> str:
        """Its name among the parts of the page."""
        return f"rules/{self.rule.slug}"

    @property
    def kind(self) -> KindPage | None:
        """What there is to read of its kind; None where there is no such kind any more."""
        return kind_pages().get(self.rule.kind)

    @property
    def seen(self) -> str:
        """The digest of the rule as it is stored."""
        return digest(self.stored)


def stored_rule(code: Code, slug: str, kind: str = "") -> InHand:
    """A rule of a page, or 404. With a kind: one that is there no more, as somebody still has it in hand."""
    rule = code.rules.filter(slug=slug).first() if slug.isprintable() else None
    if rule is None and kind not in KIND:
        raise Http404
    rule = rule or Rule(code=code, slug=slug, kind=kind)
    stored = read_part(code, f"rules/{slug}") if rule.pk else None
    return InHand(rule=rule, stored=stored, published=slug in published_rules(code))


def begun_rule(code: Code, kind: str) -> InHand:
    """A new rule of a kind with a free name and the section where pages usually state such a rule, or 404."""
    if kind not in KIND:
        raise Http404
    rule = Rule(code=code, kind=kind, slug=free_slug(code, KIND[kind]), section=KIND[kind].section)
    return InHand(rule=rule, stored=None, published=False, new=True)


def published_rules(code: Code) -> frozenset[str]:
    """The names of the rules that readers have."""
    edition = newest_edition(code)
    return frozenset(rule["slug"] for rule in edition.document["rules"]) if edition else frozenset()


# The list -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A rule as the list shows it, with the digest of what is shown."""

    row: RuleRow
    seen: str
    published: bool

    @property
    def waits(self) -> bool:
        """Whether it was read by machine and nobody has accepted it."""
        return self.row.rule.state == Rule.State.PROPOSED


def listed(code: Code) -> list[Listed]:
    """The rules of the draft in words, those that wait first."""
    readers_have = published_rules(code)
    rows = [
        Listed(row=row, seen=digest(value_of(row.rule)), published=row.rule.slug in readers_have)
        for row in rules_of(code)
    ]
    return sorted(rows, key=lambda one: (not one.waits, one.row.rule.section, one.row.rule.slug))


def kinds_to_add() -> list[KindPage]:
    """Every kind, by its title."""
    return sorted(kind_pages().values(), key=lambda kind: kind.title)


# The form -----------------------------------------------------------------------------------


def form_of(hand: InHand) -> type[RuleForm]:
    """The form of a rule: what its kind asks for, where it stands, from when, and why it is changed.

    The name of a rule is asked for as long as the rule is not stored: what findings carry does not change.
    """
    columns = ["section", *(["slug"] if hand.new else []), "starts", "ends", "source"]
    kind = KIND.get(hand.rule.kind)
    base = rule_form(hand.code, kind)
    made = forms.modelform_factory(Rule, form=base, fields=columns, formfield_callback=_column)
    why = forms.CharField(
        label=WHY_LABEL, required=hand.published, max_length=300, help_text=WHY_HELP if hand.published else WHY_NEW,
        error_messages={"required": "Say why it is changed: the rule is in a published edition."},
    )  # fmt: skip
    order = [*(form_fields(kind.Params) if kind else ()), *columns, "why"]
    return type("RuleForm", (made,), {"why": why, "field_order": order})


def bound(hand: InHand, data: Any = None) -> RuleForm:
    """The form with what is stored, or with what was typed."""
    form = form_of(hand)(data, instance=hand.rule)
    for field in form.fields.values():
        dress(field.widget)
    return form


def dress(widget: forms.Widget) -> None:
    """Give an input the look that it has on the pages of the site."""
    if isinstance(widget, forms.CheckboxInput):
        widget.attrs["class"] = "form-check-input"
    else:
        widget.attrs["class"] = "form-select" if isinstance(widget, forms.Select) else "form-control"


def _column(db_field: Any, **kwargs: Any) -> Any:
    return db_field.formfield(**kwargs | COLUMNS.get(db_field.name, {}))


def told(form: RuleForm) -> str:
    """What the rule would tell a learner as it is typed, or what is still in the way."""
    if not form.is_bound:
        return says(form.instance) if form.instance.pk else ""
    form.full_clean()
    for name, errors in form.errors.items():
        if name == NON_FIELD_ERRORS:
            return f"Nothing can be said yet. {errors[0]}"
        if name.startswith(PREFIX):
            return f"Nothing can be said yet. {form.fields[name].label}: {errors[0]}"
    return says(form.instance)


def value_of(rule: Rule) -> dict[str, Any]:
    """A rule as the page's document has it."""
    values = {field: getattr(rule, field) for field in PARTS["rules"][1]}
    return {field: value.isoformat() if hasattr(value, "isoformat") else value for field, value in values.items()}


def typed_value(form: RuleForm) -> dict[str, Any] | None:
    """The rule as it would be with what is typed, accepted; None where it cannot be told yet. Of a judged form.

    Why it is changed is no part of it, and may still be missing.
    """
    return None if form.errors.keys() - {"why"} else value_of(form.instance) | {"state": str(Rule.State.ACCEPTED)}


def sentence_of(stored: Mapping[str, Any] | None) -> str:
    """A stored rule in words; what was taken away says nothing."""
    return says(Rule(kind=stored["kind"], params=stored["params"])) if stored else ""


# The verbs ----------------------------------------------------------------------------------


def store(form: RuleForm, *, seen: str, accept: bool, by: User, at: datetime) -> bool:
    """Store a rule from its valid form; False where it was so already. Raises Stale and PageError."""
    rule = form.instance
    value = value_of(rule) | ({"state": str(Rule.State.ACCEPTED)} if accept else {})
    return save_part(rule.code, f"rules/{rule.slug}", value, seen=seen, by=by, at=at, why=form.cleaned_data["why"])


def remove(hand: InHand, *, seen: str, by: User, at: datetime, why: str) -> bool:
    """Take a rule off the draft. Raises Stale."""
    return save_part(hand.code, hand.part, None, seen=seen, by=by, at=at, why=why)


@transaction.atomic
def accept(code: Code, seen: Mapping[str, str], *, by: User, at: datetime) -> int:
    """Accept proposed rules as they were shown (name -> digest): all or none. How many; raises Stale and PageError."""
    done = 0
    for slug, shown in seen.items():
        stored = read_part(code, f"rules/{slug}")
        value = None if stored is None else stored | {"state": str(Rule.State.ACCEPTED)}
        done += save_part(code, f"rules/{slug}", value, seen=shown, by=by, at=at, why="Accepted as it was read.")
    return done
