"""Two people wrote the same part: what each changed, word by word, so that one can choose with open eyes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import AuditEntry, User
from codes.models import Code
from editorial.drafting import Stale, digest, subject
from editorial.wording_diff import Span, word_diff

#: How far back in the trail of a part the text is looked for that somebody began with.
MOST_ENTRIES = 50
ROW_ORDER = ("date", "kind", "number", "title", "text", "gloss", "note", "url", "successor", "slug")
NAMES = {"body": "Text", "url": "Address", "gloss": "What sets it apart"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of a part and how its text changed."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """What is stored by now: who stored it and when (None: not known), what they changed and what saving would.

    ``theirs`` is None where it is not known any more what the text was that somebody began with.
    """

    who: User | None
    at: datetime | None
    stored: str
    is_gone: bool
    theirs: tuple[Change, ...] | None
    mine: tuple[Change, ...]


def clash(code: Code, part: str, seen: str, value: Any, stale: Stale) -> Clash:
    """What somebody has to know before saving ``value`` over what is stored now."""
    last, stored = stale.last, digest(stale.stored)
    known = last is not None and digest(last.after) == stored
    return Clash(
        who=last.who if last and known else None,
        at=last.at if last and known else None,
        stored=stored,
        is_gone=stale.stored is None,
        theirs=_theirs(code, part, seen, stale.stored),
        mine=changes(stale.stored, {**stale.stored, **value} if isinstance(stale.stored, dict) else value),
    )


def _theirs(code: Code, part: str, seen: str, stored: Any) -> tuple[Change, ...] | None:
    if not seen:
        return changes(None, stored)
    for entry in AuditEntry.objects.filter(subject=subject(code, part))[:MOST_ENTRIES]:
        for known in (entry.after, entry.before):
            if digest(known) == seen:
                return changes(known, stored)
    return None


def changes(old: Any, new: Any) -> tuple[Change, ...]:
    """The fields of a part that differ; of a part that is a list, its rows as lines."""
    before, after = _texts(old), _texts(new)
    return tuple(
        Change(label=label, spans=word_diff(before.get(label, ""), after.get(label, "")))
        for label in dict.fromkeys([*before, *after])
        if before.get(label, "") != after.get(label, "")
    )


def _texts(value: Any) -> dict[str, str]:
    """The texts of a part by their labels."""
    if isinstance(value, list):
        return {"Rows": "\n".join(_row(row) for row in value)}
    return {_label(name): _text(text) for name, text in (value or {}).items()}


def _label(name: str) -> str:
    return NAMES.get(name, name.replace("_", " ").capitalize())


def _row(row: dict[str, Any]) -> str:
    return " · ".join(_text(row[name]) for name in ROW_ORDER if row.get(name))


def _text(value: Any) -> str:
    return "\n".join(map(_text, value)) if isinstance(value, list) else "" if value is None else str(value)
