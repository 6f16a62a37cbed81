"""Ways into practice for pages that know nothing of questions, such as a reference page."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID, uuid4

from django import template
from django.template import Context

from codes.library import current_stamp
from codes.reference import SectionView
from quizzes.sets import SECTION_SIZE
from quizzes.stakes import rules_of_page

register = template.Library()


@register.simple_tag(takes_context=True)
def start_key(context: Context) -> UUID | str:
    """A key for a form that starts a set: sent twice, the form starts one. The context may hold another."""
    return cast(str, context.get("start_key")) or uuid4()


@register.simple_tag
def practisable(number: str, sections: Iterable[SectionView]) -> Mapping[str, list[str]]:
    """Slug -> the rules of a section of a code's page of which questions can be asked."""
    at_stake = rules_of_page(number, current_stamp())
    found = {section.slug: [f"{number}/{rule['slug']}" for rule in _rules(section)] for section in sections}
    return {slug: [rule for rule in rules if rule in at_stake] for slug, rules in found.items()}


@register.inclusion_tag("quizzes/_practise_section.html", takes_context=True)
def practise_section(context: Context, found: Mapping[str, list[str]], section: SectionView) -> dict[str, Any]:
    """The form that starts some questions on a section's rules; nothing where it has none that can be asked."""
    rules = found.get(section.slug, [])
    return {"rules": rules, "heading": section.heading, "size": SECTION_SIZE, "start_key": context.get("start_key")}


def _rules(section: SectionView) -> list[Mapping[str, Any]]:
    return [rule for group in section.groups for rule in group.rules]
