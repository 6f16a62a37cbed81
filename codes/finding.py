"""What the search page shows for the fields somebody filled in."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
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
from datasets.search.words import words_of

#: Stands in no text, and parts those that are marked together.
_APART = "\x00"
_WORD = re.compile(r"\w+")
LIST = "codes/_results.html"
#: A page, and the edition it is in.
Key = tuple[int, int]
#: So many texts of pages are kept at once; one has about 8 KB.
MOST_TEXTS = 256
_kept_texts: dict[Key, tuple[str, str]] = {}
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


def find_main(found: Mapping[str, Any]) -> bytes:
    """The main part of the page, HTML: the form as it was filled in, and what was found."""
    asked: Filters = found["filters"]
    put_in: dict[str, Callable[[], object]] = {
        "q": lambda: html.escape(found["q"]),
        "dos": found["day"].isoformat,
        "results": lambda: find_list(found),
    }
    return _form(asked.system, asked.billable, asked.valid).filled(put_in)


@lru_cache(maxsize=32)
def _form(system: str, billable: bool, valid: bool) -> Sheet:
    """The form with these choices made; there are few, and writing it anew takes as long as finding a code."""
    own = {name: hole(name) for name in ("q", "dos", "results")}
    chosen = {"systems": SYSTEMS.items(), "system": system, "billable": billable, "valid": valid}
    return Sheet.of(render_to_string("codes/_find.html", own | chosen))


def find_list(found: Mapping[str, Any]) -> bytes:
    """What was found, HTML: how much, each result, and the way to more of them.

    Where there is nothing else to say, as mostly, only these are put into what was rendered before.
    """
    what: Found = found["found"]
    if found["bad_day"] or what.corrected or what.closest or what.meanings or not what.rows:
        return render_to_string(LIST, found).encode()
    put_in: dict[str, Callable[[], object]] = {
        name: partial(html.escape, found[name]) for name in ("q", "before", "after")
    }
    paging = (found["page"], bool(found["before"]), bool(found["after"]))
    sheet = _plain_list(bool(found["q"]), what.total, what.is_more, found["as_of"], *paging)
    return sheet.filled({**put_in, "results": lambda: found["results"]})


@lru_cache(maxsize=512)
def _plain_list(asked: bool, total: int, is_more: bool, as_of: str, page: int, before: bool, after: bool) -> Sheet:
    own = {"q": asked, "results": True, "before": before, "after": after}
    context = {name: hole(name) if there else "" for name, there in own.items()}
    found = Found(total=total, is_more=is_more)
    return Sheet.of(render_to_string(LIST, context | {"found": found, "as_of": as_of, "page": page}))


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
    """One result, of texts that are escaped already.

    It is no template because twenty are written at every key that somebody presses, and Django's templates take half a
    millisecond for what takes a tenth here.
    """
    number = html.escape(row.number)
    address, named = _address(row, found, number), f'<span class="code">{number}</span> {title}'
    link = f'<a href="{address}?dos={day}">{named}</a>' if address else f'<span class="found-code">{named}</span>'
    status = _standing(row.valid_from, row.valid_to, tuple(row.successors), day)
    category = _CATEGORY if isinstance(row, Hit) and not row.billable else ""
    why = "by its number" if found.by_number else elsewhere.get(row.number, "")
    told = f"{status} {category}{html.escape(row.system)}{f' · found {why}' if why else ''}"
    return f'<li>{link}{f"<p>{summary}</p>" if summary else ""}<p class="quiet">{told}</p></li>\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """From when to when something is valid, and what takes its place."""

    valid_from: date | None
    valid_to: date | None
    successors: tuple[str, ...]


@lru_cache(maxsize=1024)
def _standing(first: date | None, last: date | None, successors: tuple[str, ...], day: date) -> str:
    """Whether it is valid on the day, as HTML; most codes of a set have the same days."""
    is_valid = (first is None or first <= day) and (last is None or day <= last)
    words = reference.status(_Days(valid_from=first, valid_to=last, successors=successors), day)
    return f'<span class="tag {"tag-kept" if is_valid else "tag-broken"}">{html.escape(words)}</span>'


def _address(row: Row, found: Found, number: str) -> str:
    if isinstance(row, Hit):
        page = found.paged.get(row.code)
        return (_page_address() if page else _data_address()).replace("0", html.escape(page) if page else number)
    return _page_address().replace("0", number)


@lru_cache(maxsize=1)
def find_address() -> str:
    """Where the page of the search is."""
    return reverse("find_codes")


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
    """The texts, escaped, with every word marked that begins with one of the terms, accents or not.

    All at once, and by looking for the terms: making a pattern of them takes longer than using it, and most words of
    the texts are none of them.
    """
    if not texts:
        return []
    escaped = html.escape(_APART.join(texts))
    folded = escaped.lower() if escaped.isascii() else "".join(map(_folded, escaped))
    parts, done = [], 0
    for at in sorted({at for term in terms for at in _beginnings(folded, term)}):
        end = at + len(_WORD.match(folded, at)[0])  # type: ignore[index]  # a term is a part of a word
        parts += [escaped[done:at], "<mark>", escaped[at:end], "</mark>"]
        done = end
    return "".join([*parts, escaped[done:]]).split(_APART)


def _beginnings(text: str, term: str) -> Iterator[int]:
    """Where words of an escaped text begin so; the letters of &amp; and &#x27; are no words."""
    at = text.find(term)
    while at >= 0:
        if not at or not (text[at - 1].isalnum() or text[at - 1] in "&#_"):
            yield at
        at = text.find(term, at + 1)


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    """A letter as it is compared; one that becomes two stays, so that every letter keeps its place."""
    found = "".join(words_of(letter))
    return found if len(found) == 1 else letter


def _said_elsewhere(rows: Sequence[Row], terms: Sequence[str]) -> Mapping[str, str]:
    """Number of a page that says a word neither in title nor in summary -> where it says it, escaped."""
    pages = [row for row in rows if isinstance(row, PublishedCode)] if terms else []
    if not pages:
        return {}
    texts = _texts([(row.pk, row.edition_id) for row in pages])
    found = {row.number: around(*texts[key], terms) for row in pages if (key := (row.pk, row.edition_id)) in texts}
    return {number: f"“{html.escape(text)}”" for number, text in found.items() if text}


def _texts(keys: Sequence[Key]) -> Mapping[Key, tuple[str, str]]:
    """What is searched of these pages in these editions, which never change; and the same in small letters."""
    found = {key: text for key in keys if (text := _kept_texts.get(key))}
    if missing := [key for key in keys if key not in found]:
        rows = PublishedCode.objects.filter(pk__in=[pk for pk, _ in missing]).values_list("pk", "edition_id", "words")
        read = {(pk, edition): (text, text.casefold()) for pk, edition, text in rows}
        if len(_kept_texts) + len(read) > MOST_TEXTS:
            _kept_texts.clear()
        _kept_texts.update(read)
        found |= read
    return found
