"""What pages that know nothing of courses show of them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template

from accounts.models import User
from accounts.names import apart
from courses.course_page import Reading, course_of_set, reading_of
from courses.models import Assignment, Membership
from courses.today import Given, assigned_to, seen_by
from rulebook.kinds import KIND

register = template.Library()


@register.simple_tag
def assigned(user: Any, at: datetime) -> list[Given]:
    """What is assigned to whoever is signed in."""
    return assigned_to(user, at) if isinstance(user, User) else []


@register.inclusion_tag("courses/_seen_by.html")
def who_sees_me(user: User) -> dict[str, Any]:
    """The teams and managers who see what came of a person's answers."""
    return {"teams": seen_by(user)}


@register.filter
def name_counts(seats: Mapping[str, Membership]) -> Counter[str]:
    """Name -> how many of those in these seats are called so."""
    return Counter(str(seat.person) for seat in seats.values())


@register.filter
def told_apart(person: User, counts: Counter[str]) -> str:
    """The name of somebody, with the username where another one in the list is called the same."""
    return apart(str(person), person.username, counts[str(person)])


@register.filter
def rule_names(rules: list[str]) -> list[str]:
    """Rules by their names, kinds by what they are called."""
    return [KIND[rule].title if rule in KIND else rule for rule in rules]


@register.simple_tag
def course_of(attempt: UUID, user: Any) -> Assignment | None:
    """The assignment that a set belongs to, for a way back to the course."""
    return course_of_set(attempt, user) if isinstance(user, User) else None


@register.simple_tag
def reading(user: Any, number: str) -> Reading | None:
    """The assignment that asks for a page, for whoever is signed in and looks at it."""
    return reading_of(user, number) if isinstance(user, User) else None
