"""What the search page shows for the fields somebody filled in."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from codes import catalogue, reference
from codes.catalogue import PER_PAGE, Found, Row
from codes.holes import Sheet, hole
from codes.models import Code, PublishedCode
from codes.search import around
from datasets.search.asking import MOST, Filters, Hit

#: Stands in no text, and parts those that are marked together.
_APART = "\x00"
_MARK = r"<mark>\g<0></mark>"
SYSTEMS = dict(Code.System.choices)
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
        "results": results(found, day),
        "day": day,
        "as_of": _as_of(day),
        "bad_day": bad_day,
        "filters": filters,
        "exact": exact,
        "page": page,
        "before": _link(query, page=page - 1) if page > 1 else "",
        "after": _link(query, page=page + 1) if page * PER_PAGE < found.total else "",
        "exactly": _link(query, exact=1) if found.corrected or found.closest else "",
        "unfiltered": _link(query, system=None, billable=None, valid=None) if _narrows(filters) else "",
    }


def find_main(found: Mapping[str, Any]) -> str | bytes:
    """The main part of the page, HTML: the form as it was filled in, and what was found."""
    asked: Filters = found["filters"]
    put_in: dict[str, Callable[[], object]] = {
        "q": lambda: html.escape(found["q"]),
        "dos": found["day"].isoformat,
        "results": lambda: render_to_string("codes/_results.html", found),
    }
    return _form(asked.system, asked.billable, asked.valid).filled(put_in)


@lru_cache(maxsize=32)
def _form(system: str, billable: bool, valid: bool) -> Sheet:
    """The form with these choices made; there are few, and writing it anew takes as long as finding a code."""
    own = {name: hole(name) for name in ("q", "dos", "results")}
    chosen = {"systems": SYSTEMS.items(), "system": system, "billable": billable, "valid": valid}
    return Sheet.of(render_to_string("codes/_find.html", own | chosen))


def _system(query: QueryDict) -> str:
    system = query.get("system", "")
    return system if system in SYSTEMS else ""


def _narrows(filters: Filters) -> bool:
    """Whether anything may be left out."""
    return bool(filters.system or filters.billable or filters.valid)


def _page(query: QueryDict) -> int:
    text = query.get("page", "")
    return max(1, min(int(text), LAST_PAGE)) if text.isascii() and text.isdecimal() and len(text) < 4 else 1


@lru_cache(maxsize=64)
def _as_of(day: date) -> str:
    return date_format(day, "F j, Y")


def _link(query: QueryDict, **changed: object) -> str:
    """This search with some fields changed, or left out (None); from its first page on."""
    kept = {**query.dict(), "page": None, **changed}
    return f"?{urlencode({name: value for name, value in kept.items() if value is not None})}"


#: One result, of texts that are escaped already. It is no template because twenty are written at every key that
#: somebody presses, and Django's templates take half a millisecond for what takes a tenth here.
_RESULT = (
    '<li>{link}{summary}<p class="quiet"><span class="tag {tone}">{status}</span> {category}{system}{why}</p></li>\n'
)
_LINKED = '<a href="{address}?dos={day}"><span class="code">{number}</span> {title}</a>'
_UNLINKED = '<span class="found-code"><span class="code">{number}</span> {title}</span>'
_CATEGORY = '<span class="tag tag-unclear">Category, not billable</span> '


def results(found: Found, day: date) -> SafeString:
    """Each result as an item of a list: its number and text, which links to what there is about it, status, and why."""
    terms = found.query.words if found.query else ()
    titles = marked([row.title if isinstance(row, PublishedCode) else row.text for row in found.rows], terms)
    summaries = marked([row.summary if isinstance(row, PublishedCode) else "" for row in found.rows], terms)
    rows = list(zip(found.rows, titles, summaries, strict=True))
    why = _said_elsewhere([row for row, title, summary in rows if "<mark>" not in title + summary], terms)
    return mark_safe("".join(_result(row, found, day, title, summary, why) for row, title, summary in rows))


def _result(row: Row, found: Found, day: date, title: str, summary: str, elsewhere: Mapping[str, str]) -> str:
    address, number = _address(row, found), html.escape(row.number)
    why = "by its number" if found.by_number else elsewhere.get(row.number, "")
    is_valid, status = _standing(row.valid_from, row.valid_to, tuple(row.successors), day)
    return _RESULT.format(
        link=(_LINKED if address else _UNLINKED).format(address=address, day=day, number=number, title=title),
        summary=f"<p>{summary}</p>" if summary else "", tone="tag-kept" if is_valid else "tag-broken", status=status,
        category=_CATEGORY if isinstance(row, Hit) and not row.billable else "", system=html.escape(row.system),
        why=f" · found {why}" if why else "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """From when to when something is valid, and what takes its place."""

    valid_from: date | None
    valid_to: date | None
    successors: tuple[str, ...]


@lru_cache(maxsize=1024)
def _standing(first: date | None, last: date | None, successors: tuple[str, ...], day: date) -> tuple[bool, str]:
    """Whether it is valid on the day, and its status in escaped words; most codes of a set have the same days."""
    is_valid = (first is None or first <= day) and (last is None or day <= last)
    return is_valid, html.escape(reference.status(_Days(valid_from=first, valid_to=last, successors=successors), day))


def _address(row: Row, found: Found) -> str:
    number = found.paged.get(row.code) if isinstance(row, Hit) else row.number
    return (_page_address() if number else _data_address()).replace("0", html.escape(number or row.number))


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


def marked(texts: Sequence[str], terms: tuple[str, ...]) -> list[str]:
    """The texts, escaped, with every word marked that begins with one of the terms: all at once, which is quicker."""
    escaped = html.escape(_APART.join(texts))
    return (_pattern(terms).sub(_MARK, escaped) if terms else escaped).split(_APART) if texts else []


@lru_cache(maxsize=256)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """What is marked in an escaped text, in which the letters of &amp; and &#x27; are no words."""
    return re.compile(rf"(?<![&#\w])(?:{'|'.join(map(re.escape, terms))})\w*", re.IGNORECASE)


def _said_elsewhere(rows: Sequence[Row], terms: Sequence[str]) -> Mapping[str, str]:
    """Number of a page that says a word neither in title nor in summary -> where it says it, escaped."""
    pages = [row for row in rows if isinstance(row, PublishedCode)] if terms else []
    if not pages:
        return {}
    texts = _texts(tuple((row.pk, row.edition_id) for row in pages))
    found = {row.number: around(*texts[row.pk], terms) for row in pages if row.pk in texts}
    return {number: f"“{html.escape(text)}”" for number, text in found.items() if text}


@lru_cache(maxsize=64)
def _texts(keys: tuple[tuple[int, int], ...]) -> Mapping[int, tuple[str, str]]:
    """What is searched of these pages in these editions, which never change; and the same in small letters."""
    rows = PublishedCode.objects.filter(pk__in=[pk for pk, _ in keys]).values_list("pk", "words")
    return {pk: (text, text.casefold()) for pk, text in rows}
