"""Where each part of a page is written, and what it is called."""

import re

from django.urls import reverse

from codes.models import Code
from codes.pages import HEADINGS
from codes.params_form import PREFIX
from editorial.example_forms import field_of_fact
from editorial.part_forms import cell
from rulebook.kinds import KIND

#: Parts whose rows have a page of their own kind; every other part is written on ``write_part``.
ROWS = {"rules": "write_rule", "examples": "write_example"}
#: What the form of an example calls otherwise than its document.
EXAMPLE = {"also_accepted": "also-h"}
NAMES = {
    "about": "About the code",
    "history": "Events of the history",
    "documentation": "Documentation items",
    "similar": "List of similar codes",
    "sources": "Sources",
    "sections": "Sections",
}


def url_of(number: str, part: str, field: str = "") -> str:
    """The address of the form for a part of a page (``codes.pages.read_part``), at a field where one is named."""
    name, _, key = part.partition("/")
    url = (
        reverse(ROWS[name], args=[number, key]) if name in ROWS and key else reverse("write_part", args=[number, part])
    )
    return f"{url}#{id_of(part, field)}" if field else url


def id_of(part: str, field: str) -> str:
    """The id that a field of a part (a path as in ``codes.lint.Problem``) has on the page of its form."""
    name, (head, *rest) = part.partition("/")[0], field.split(".")
    if name == "examples":
        return field_of_fact(".".join(rest)) if head == "encounter" else EXAMPLE.get(head, head)
    if head == "params" and rest:
        return f"id_{PREFIX}{rest[0]}"
    return f"id_{cell(int(head), '.'.join(rest))}" if head.isdecimal() else f"id_{head}"


def name_of(part: str) -> str:
    """What a part of a page is called in a sentence or a heading."""
    name, _, key = part.partition("/")
    if name == "sections" and key:
        return HEADINGS.get(key, key)
    return f"{name.removesuffix('s').capitalize()} {key}" if key else NAMES.get(name, name)


def unsaved_url(code: Code, part: str) -> str:
    """Where a kept text is gone on with: at its part, or at the form for a new row where there is no such row yet."""
    name, _, key = part.partition("/")
    if part == "examples/new":
        return reverse("write_example_new", args=[code.number])
    if name == "rules" and not code.rules.filter(slug=key).exists():
        kind = next((kind for kind in KIND if re.fullmatch(rf"{kind}(-\d+)?", key)), None)  # as free_slug() names it
        return (
            reverse("write_rule_new", args=[code.number, kind]) if kind else reverse("write_rules", args=[code.number])
        )
    return url_of(code.number, part)
