"""The verbs of writing a page, but for storing a part (``editorial.drafting``). Each is noted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User, audit
from codes.models import SECTION_ORDER, Code, Section
from codes.pages import read_part, write_part
from editorial.drafting import save_part, subject

BEGUN = "page begun"
MOVED = "sections moved"


@transaction.atomic
def begin(values: Mapping[str, str], *, by: User, at: datetime) -> Code:
    """A new page with system, number and title. Raises PageError with the field, also where there is one already."""
    code = Code(number=values["number"])
    write_part(code, "about", dict(values))
    about = read_part(code, "about")
    audit(by, BEGUN, subject(code, "about"), after=about)
    return code


@transaction.atomic
def store(code: Code, part: str, value: Any, *, seen: str, by: User, at: datetime, why: str = "") -> bool:
    """Like ``save_part``; a section that is new comes where such a section stands."""
    is_new = part.startswith("sections/") and read_part(code, part) is None
    done = save_part(code, part, value, seen=seen, by=by, at=at, why=why)
    if is_new and value is not None:
        _put_in_place(code, part.partition("/")[2])
    return done


def _put_in_place(code: Code, slug: str) -> None:
    """Before the first section that comes after it by the standard; others come last."""
    rows = [row for row in code.section_set.all() if row.slug != slug]
    mine, end = SECTION_ORDER.get(slug, len(SECTION_ORDER)), len(SECTION_ORDER)
    place = next((n for n, row in enumerate(rows) if SECTION_ORDER.get(row.slug, end) > mine), len(rows))
    rows.insert(place, code.section_set.get(slug=slug))
    _number(rows)


@transaction.atomic
def move_section(code: Code, slug: str, *, up: bool, by: User, at: datetime) -> bool:
    """Change places with the section before it or after it; False at the end, or where it is gone."""
    Code.objects.select_for_update().get(pk=code.pk)
    rows = list(code.section_set.all())
    before = [row.slug for row in rows]
    place = before.index(slug) if slug in before else len(rows)
    other = place - 1 if up else place + 1
    if place == len(rows) or not 0 <= other < len(rows):
        return False
    rows[place], rows[other] = rows[other], rows[place]
    _number(rows)
    audit(by, MOVED, subject(code, "sections"), before=before, after=[row.slug for row in rows])
    return True


def _number(rows: list[Section]) -> None:
    for order, row in enumerate(rows):
        row.order = order
    Section.objects.bulk_update(rows, ["order"])
