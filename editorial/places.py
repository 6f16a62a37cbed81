"""Where each part of a page is written, and what it is called."""

import re

from django.urls import reverse

from codes.models import Code
from codes.pages import HEADINGS, read_part
from codes.params_form import PREFIX
from codes.rule_forms import free_slug
from codes.trail import last_change
from editorial.example_forms import field_of_fact
from editorial.part_forms import cell
from rulebook.kinds import KIND

#: Parts whose rows have a page of their own kind; every other part is written on ``write_part``.
ROWS = {"rules": "write_rule", "examples": "write_example"}
#: Under what the text of a new example is kept; a new rule has its name from the beginning.
NEW_EXAMPLE = "examples/new"
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


def kind_of(slug: str) -> str:
    """The kind of a rule that is called as ``codes.rule_forms.free_slug`` calls it; "" for another name."""
    return next((kind for kind in KIND if re.fullmatch(rf"{kind}(-\d+)?", slug)), "")


def unsaved_url(code: Code, part: str) -> str:
    """Where a kept text is gone on with: at its part, at the form for a new row, or where it can be read at least."""
    name, _, key = part.partition("/")
    if part == NEW_EXAMPLE:
        return reverse("write_example_new", args=[code.number])
    if name not in ROWS or read_part(code, part) is not None:
        return url_of(code.number, part)
    kind = kind_of(key) if name == "rules" else ""
    if kind and key == free_slug(code, KIND[kind]) and last_change(code, part) is None:
        return reverse("write_rule_new", args=[code.number, kind])
    return reverse("kept_text", args=[code.number, part])
