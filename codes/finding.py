"""What the search page shows for the fields somebody filled in."""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from codes import catalogue, reference
from codes.catalogue import PER_PAGE, Found, Row
from codes.models import Code, PublishedCode
from codes.search import around
from datasets.numbers import day_number
from datasets.search.asking import MOST, Filters, Hit

#: Stands in no text, and parts those that are marked together.
_APART = "\x00"
_MARK = r"<mark>\g<0></mark>"
LAST_PAGE = MOST // PER_PAGE
#: The page with what the loaded files say of a code.
DATA_PAGE = "code_data"


def day_asked(query: Mapping[str, str]) -> tuple[date, str]:
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
    if not found.rows:
        return []
    terms = found.query.words if found.query else ()
    texts = [(row.title, row.summary) if isinstance(row, PublishedCode) else (row.text, "") for row in found.rows]
    written = marked([text for pair in texts for text in pair], terms)
    pairs = zip(written[::2], written[1::2], strict=True)
    return [_result(row, found, day, terms, *pair) for row, pair in zip(found.rows, pairs, strict=True)]


def _result(
    row: Row, found: Found, day: date, terms: tuple[str, ...], title: SafeString, summary: SafeString
) -> dict[str, Any]:
    return {
        "href": _address(row, found, day),
        "number": row.number,
        "title": title,
        "summary": summary,
        "valid": _holds(row, day),
        "status": reference.status(row, day),
        "system": row.system,
        "category": isinstance(row, Hit) and not row.billable,
        "why": "by its number" if found.by_number else _elsewhere(row, terms, title + summary),
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


def marked(texts: Sequence[str], terms: tuple[str, ...]) -> list[SafeString]:
    """The texts, escaped, with every word marked that begins with one of the terms: all at once, which is quicker."""
    escaped = html.escape(_APART.join(texts))
    return list(map(mark_safe, (_pattern(terms).sub(_MARK, escaped) if terms else escaped).split(_APART)))


@lru_cache(maxsize=256)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """What is marked in an escaped text, in which the letters of &amp; and &#x27; are no words."""
    return re.compile(rf"(?<![&#\w])(?:{'|'.join(map(re.escape, terms))})\w*", re.IGNORECASE)


def _elsewhere(row: Row, terms: Sequence[str], shown: str) -> str:
    """Where a page says what neither its title nor its summary says."""
    if not terms or not isinstance(row, PublishedCode) or "<mark>" in shown:
        return ""
    found = around(*_text(row.pk, row.edition_id), terms)
    return f"“{found}”" if found else ""


@lru_cache(maxsize=256)
def _text(pk: int, edition: int) -> tuple[str, str]:
    """What is searched of a page, and the same in small letters; of an edition, which never changes."""
    text = str(PublishedCode.objects.values_list("words", flat=True).get(pk=pk))
    return text, text.casefold()
