"""The verb that stores a part of a page. Nobody overwrites unseen what somebody else has stored meanwhile."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import AuditEntry, User, audit
from codes.models import Code
from codes.pages import read_part, write_part
from codes.trail import CHANGED, digest, last_change, subject
from editorial.models import FormDraft

__all__ = ["CHANGED", "MOST_REASON", "Stale", "digest", "last_change", "save_part", "subject", "wrong_reason"]


MOST_REASON = 300


class Stale(Exception):
    """The part was changed since the form was opened: what is stored now, and who stored it when."""

    def __init__(self, stored: Any, last: AuditEntry | None) -> None:
        super().__init__("This part was changed meanwhile.")
        self.stored, self.last = stored, last


@transaction.atomic
def save_part(code: Code, part: str, value: Any, *, seen: str, by: User, at: datetime, why: str = "") -> bool:
    """Store a part of a page, or take it away (``value`` None); False where it was so already.

    ``seen`` is the digest of the part when the form was opened ("" for a new one). Raises Stale when it is another by
    now, and ``codes.pages.PageError`` with the field for what cannot be stored; then nothing is stored.
    """
    Code.objects.select_for_update().get(pk=code.pk)
    stored = read_part(code, part)
    if digest(stored) != seen:
        raise Stale(stored, last_change(code, part))
    write_part(code, part, value)
    written = read_part(code, part)
    FormDraft.objects.filter(person=by, code=code, part=part).delete()
    if written == stored:
        return False
    audit(by, CHANGED, subject(code, part), before=stored, after=written, why=why)
    return True


def wrong_reason(why: str, *, for_published: str = "") -> str:
    """What is wrong with the reason for a removal, "" for nothing. ``for_published``: what readers have, and lose."""
    if len(why) > MOST_REASON:
        return f"The reason has {len(why):,} characters; {MOST_REASON} are the most."
    return f"Say why it is removed: {for_published} is in a published edition." if for_published and not why else ""
