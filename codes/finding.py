"""What the search page shows for the fields somebody filled in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from codes import catalogue, reference
from codes.catalogue import PER_PAGE, Found, Row
from codes.models import Code, PublishedCode
from codes.search import around
from datasets.numbers import day_number
from datasets.search.asking import MOST, Filters, Hit

_WORDS = re.compile(r"([^\W_]+)")
LAST_PAGE = MOST // PER_PAGE
#: The page with what the loaded files say of a code.
DATA_PAGE = "codes:data"


def day_asked(query: QueryDict) -> tuple[date, str]:
    """The date of service asked for, or today; and the text that could not be read as a date."""
    text = query.get("dos", "").strip()
    try:
        return (date.fromisoformat(text) if text else timezone.localdate()), ""
    except ValueError:
        return timezone.localdate(), text


def find_page(query: QueryDict) -> dict[str, Any]:
    """All pages, or every code that matches a number, words, an abbreviation or a slip of the pen."""
    text = query.get("q", "")[:200].replace("\x00", "").strip()
    day, bad_day = day_asked(query)
    filters = Filters(on=day, system=_system(query), billable="billable" in query, valid="valid" in query)
    exact, page = "exact" in query, _page(query)
    found = catalogue.find(text, filters, exact=exact, first=(page - 1) * PER_PAGE)
    return {
        "q": text,
        "found": found,
        "results": _results(found, day),
        "day": day,
        "bad_day": bad_day,
        "systems": Code.System.choices,
        "filters": filters,
        "exact": exact,
        "page": page,
        "before": _link(query, page=page - 1) if page > 1 else "",
        "after": _link(query, page=page + 1) if page * PER_PAGE < found.total else "",
        "exactly": _link(query, exact=1) if found.corrected or found.closest else "",
        "any_day": _link(query, valid=None) if filters.valid else "",
    }


def _system(query: QueryDict) -> str:
    system = query.get("system", "")
    return system if system in Code.System.values else ""


def _page(query: QueryDict) -> int:
    text = query.get("page", "")
    return max(1, min(int(text), LAST_PAGE)) if text.isascii() and text.isdecimal() and len(text) < 4 else 1


def _link(query: QueryDict, **changed: object) -> str:
    """This search with some fields changed, or left out (None); from its first page on."""
    kept = query.copy()
    for name, value in {"page": None, **changed}.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = str(value)
    return f"?{kept.urlencode()}"


def _results(found: Found, day: date) -> list[dict[str, Any]]:
    """Each result as the template writes it: plain texts, because a page has twenty of them at every key."""
    terms = tuple(found.query.words) if found.query else ()
    said = _said_elsewhere(found.rows, terms)
    return [
        _result(row, found, day, terms, said.get(row.pk, "") if isinstance(row, PublishedCode) else "")
        for row in found.rows
    ]


def _result(row: Row, found: Found, day: date, terms: tuple[str, ...], elsewhere: str) -> dict[str, Any]:
    is_page = isinstance(row, PublishedCode)
    title, summary = (row.title, row.summary) if isinstance(row, PublishedCode) else (row.text, "")
    return {
        "href": _address(row, found, day),
        "number": row.number,
        "title": marked(title, terms),
        "summary": marked(summary, terms),
        "valid": _holds(row, day),
        "status": reference.status(row, day),
        "system": row.system,
        "category": not is_page and not row.billable,  # type: ignore[union-attr]
        "why": "by its number" if found.by_number else elsewhere,
    }


def _holds(row: Row, day: date) -> bool:
    if isinstance(row, Hit):
        return row.starts <= day_number(day) and (not row.ends or day_number(day) <= row.ends)
    return row.covers(day)


def _address(row: Row, found: Found, day: date) -> str:
    number = found.paged.get(row.bare) if isinstance(row, Hit) else row.number
    address = _page_address().replace("0", number) if number else _data_address().replace("0", row.number)
    return f"{address}?dos={day.isoformat()}" if address else ""


@lru_cache(maxsize=1)
def _page_address() -> str:
    """The address of the page 0: looking an address up takes longer than finding a code."""
    return reverse("code_page", args=["0"])


@lru_cache(maxsize=1)
def _data_address() -> str:
    try:
        return reverse(DATA_PAGE, args=["0"])
    except NoReverseMatch:
        return ""


def marked(text: str, terms: tuple[str, ...]) -> SafeString:
    """The text with every word marked that begins with one of the terms."""
    if not terms:
        return escape(text)
    parts = _WORDS.split(text)
    if not any(part.casefold().startswith(terms) for part in parts[1::2]):
        return escape(text)
    return mark_safe("".join(_part(part, terms) for part in parts))  # each part is escaped


def _part(part: str, terms: tuple[str, ...]) -> str:
    return f"<mark>{escape(part)}</mark>" if part.casefold().startswith(terms) else escape(part)


def _said_elsewhere(rows: Iterable[Row], terms: Sequence[str]) -> Mapping[int, str]:
    """Of the pages that say a word neither in title nor in summary -> where they say it."""
    pages = [row for row in rows if isinstance(row, PublishedCode)] if terms else []
    silent = [row.pk for row in pages if "<mark>" not in marked(f"{row.title} {row.summary}", tuple(terms))]
    if not silent:
        return {}
    texts = PublishedCode.objects.filter(pk__in=silent).values_list("pk", "words")
    return {pk: f"“{around(' '.join(terms), words)}”" for pk, words in texts}
