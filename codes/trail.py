"""The trail of a page's draft: what each change is called, and the entries that say what changed.

Whoever stores something of a draft notes it here or with ``editorial.drafting.save_part``, so that the trail is whole.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts.models import AuditEntry, User, audit
from codes.models import Code, Facet
from codes.pages import CODE_FIELDS, NAMED, PARTS, Content

CHANGED = "draft changed"
READ = "article read"
DELETED = "page deleted"
WORDS = "vocabulary changed"


def digest(value: Any) -> str:
    """The same for the same part or page (None: there is none yet)."""
    return "" if value is None else hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def subject(code: Code, part: str) -> str:
    """What the audit trail calls a part of a page; ``page`` is all of it."""
    return f"{code.number}/{part}"


def last_change(code: Code, part: str) -> AuditEntry | None:
    """Who stored a part last, and when."""
    return AuditEntry.objects.filter(subject=subject(code, part)).select_related("who").first()


def last_change_of_page(code: Code) -> AuditEntry | None:
    """Who stored any part of a page last, and when."""
    return AuditEntry.objects.filter(subject__startswith=f"{code.number}/").select_related("who").first()


def parts(page: Content | None) -> dict[str, Any]:
    """Each part of a page in the shape of ``codes.pages.read_part``, and the order of its sections as ``sections``."""
    if page is None:
        return {}
    found: dict[str, Any] = {"about": {field: page[field] for field in CODE_FIELDS}}
    for part in PARTS:
        key = NAMED.get(part)
        found |= {f"{part}/{row[key]}": row for row in page[part]} if key else {part: page[part]}
    return found | {"sections": [row["slug"] for row in page["sections"]]}


def note_changes(
    code: Code, before: Mapping[str, Any], after: Mapping[str, Any], *, by: User | None, why: str = ""
) -> list[AuditEntry]:
    """An entry for each part that is not as it was; a part that is missing on one side came or went."""
    entries = []
    for part in dict.fromkeys([*before, *after]):
        old, new = before.get(part) or None, after.get(part) or None  # nothing and no rows are the same
        if old != new and not (part == "sections" and set(old or ()) != set(new or ())):
            entries.append(audit(by, CHANGED, subject(code, part), before=old, after=new, why=why))
    return entries


# The vocabulary -------------------------------------------------------------------------------


def words(row: models.Model | None) -> dict[str, Any] | None:
    """What a row of the vocabulary, a phrase or a topic says; None where there is none."""
    if row is None:
        return None
    skipped = ("id", "changed_at")
    said = {
        field.name: field.value_from_object(row) for field in row._meta.concrete_fields if field.name not in skipped
    }
    if isinstance(row, Facet):
        said["values"] = [{"value": one.value, "synonyms": one.synonyms} for one in row.values.all()]
    return said


def note_words(row: models.Model, before: Any, after: Any, *, by: User | None) -> AuditEntry | None:
    """An entry where the row says something else than before."""
    return audit(by, WORDS, row, before=before, after=after) if before != after else None


def stale_message(last: AuditEntry | None, what: str) -> str:
    """Who changed it meanwhile and when, and what to do now."""
    who = last.who if last and last.who else "Somebody"
    when = f" on {date_format(localtime(last.at), 'F j, Y, H:i')}" if last else ""
    return (
        f"Not saved: {who} changed this {what}{when}, after you opened it. What you typed is below. Look at the {what} "
        "in another tab first; if you save again, yours takes the place of theirs."
    )


def with_value(sent: Any, name: str, value: str) -> Any:
    """What was sent, with one value changed."""
    data = sent.copy()
    data[name] = value
    return data
