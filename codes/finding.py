"""What the search page shows for the fields somebody filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from codes import reference
from codes.models import Code, PublishedCode
from codes.search import SearchQuerySet, why_matched

MOST_RESULTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One result: the code, its status on the date, and why it is here."""

    row: PublishedCode
    status: str
    valid: bool
    why: str


def day_asked(query: Mapping[str, str]) -> tuple[date, str]:
    """The date of service asked for, or today; and the text that could not be read as a date."""
    text = query.get("dos", "").strip()
    try:
        return (date.fromisoformat(text) if text else timezone.localdate()), ""
    except ValueError:
        return timezone.localdate(), text


def find_page(query: QueryDict) -> dict[str, Any]:
    """All codes, or those that match a number, words, an abbreviation or a slip of the pen."""
    text = query.get("q", "")[:200].replace("\x00", "").strip()
    day, bad_day = day_asked(query)
    rows, corrected = _search(_filtered(query, day), text)
    return {
        "q": text,
        "results": [_found(row, day, corrected or text) for row in rows[:MOST_RESULTS]],
        "corrected": corrected,
        "day": day,
        "bad_day": bad_day,
        "systems": Code.System.choices,
        "system": query.get("system", ""),
        "only_valid": "valid" in query,
    }


def _filtered(query: QueryDict, day: date) -> SearchQuerySet:
    codes: SearchQuerySet = PublishedCode.objects.all()
    if query.get("system") in Code.System.values:
        codes = codes.filter(system=query["system"])
    return codes.valid_on(day) if "valid" in query else codes


def _search(codes: SearchQuerySet, text: str) -> tuple[SearchQuerySet, str]:
    """The codes for a text, and the text that was searched instead when nothing matched."""
    found = codes.search(text) if text else codes
    if not text or found.exists():
        return found, ""
    corrected = codes.corrected(text)
    return (codes.search(corrected) if corrected.casefold() != text.casefold() else codes.nearest(text)), corrected


def _found(row: PublishedCode, day: date, text: str) -> Found:
    why = why_matched(row, text) if text else ""
    return Found(row=row, status=reference.status(row, day), valid=row.covers(day), why=why)
