"""Ways into practice for pages that know nothing of questions, such as a reference page."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from django import template

from codes.library import current_stamp
from codes.reference import SectionView
from quizzes.sets import SECTION_SIZE
from quizzes.stakes import rules_of_page

register = template.Library()


@register.simple_tag
def start_key() -> UUID:
    """A key for a form that starts a set: sent twice, the form starts one."""
    return uuid4()


@register.simple_tag
def practisable(number: str, sections: Iterable[SectionView]) -> Mapping[str, list[str]]:
    """Slug -> the rules of a section of a code's page of which questions can be asked."""
    at_stake = rules_of_page(number, current_stamp())
    found = {section.slug: [f"{number}/{rule['slug']}" for rule in _rules(section)] for section in sections}
    return {slug: [rule for rule in rules if rule in at_stake] for slug, rules in found.items()}


@register.inclusion_tag("quizzes/_practise_section.html")
def practise_section(found: Mapping[str, list[str]], section: SectionView) -> dict[str, Any]:
    """The form that starts some questions on a section's rules; nothing where it has none that can be asked."""
    return {"rules": found.get(section.slug, []), "heading": section.heading, "size": SECTION_SIZE}


def _rules(section: SectionView) -> list[Mapping[str, Any]]:
    return [rule for group in section.groups for rule in group.rules]
