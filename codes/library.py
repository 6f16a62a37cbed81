"""From published editions to the rulebook's library."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Max

from codes.from_files.live import look_up
from codes.models import Edition
from codes.pages import FROM_FILES
from rulebook.case_format import read_claim, read_encounter
from rulebook.kinds import KIND
from rulebook.library import Library
from rulebook.params import parse
from rulebook.types import Citation, CodeFacts, DocumentationItem, Encounter, Granted, Rule

Document = Mapping[str, Any]
#: So many changed pages are read into the library that was read last; with more it is read as a whole.
FEW = 50
_NEWEST = f"SELECT max(id) FROM {Edition._meta.db_table}"


def current_stamp() -> int:
    """The newest edition's primary key; names the present state of the whole library. 0: nothing published."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:  # the ORM would take ten times as long, on every page
        cursor.execute(_NEWEST)
        return cursor.fetchone()[0] or 0


def library(stamp: int | None = None) -> Library:
    """The library as it was at a stamp, or as it is now; kept in memory, because editions never change."""
    return _library(current_stamp() if stamp is None else stamp)


class _Shelf:
    """The library that was read last, with the edition of each page (by the code's key) that it was read from."""

    last: ClassVar[tuple[Mapping[int, int], Library] | None] = None


@lru_cache(maxsize=16)
def _library(stamp: int) -> Library:
    """Where a few pages changed since the last time, as when one is published, only those are read."""
    rows = Edition.objects.filter(pk__lte=stamp).order_by().values_list("code").annotate(newest=Max("pk"))
    editions, last = dict(rows), _Shelf.last
    changed = [pk for code, pk in editions.items() if last is None or last[0].get(code) != pk]
    if last is None or len(changed) > FEW or last[0].keys() - editions.keys():
        made = library_of(_documents(editions.values()), stamp)
    else:
        made = replaced(last[1], *_documents(changed), stamp=stamp)
    _Shelf.last = editions, made
    return made


def _documents(editions: Iterable[int]) -> Iterable[Document]:
    return Edition.objects.filter(pk__in=editions).values_list("document", flat=True)


def forget() -> None:
    """Drop what is kept in memory (a test's database goes back in time, a real one never does)."""
    _library.cache_clear()
    _Shelf.last = None


def library_of(documents: Iterable[Document], stamp: int = 0) -> Library:
    """A library of these pages. Those that are retired are as if there were none: nothing is judged by them."""
    pages = [document for document in documents if not document.get("retired")]
    return Library(
        look_up=look_up,
        codes=[_facts(page) for page in pages],
        rules=[rule_of(page["number"], rule) for page in pages for rule in _rules(page)],
        granted=[one for page in pages for example in page["examples"] for one in _granted(page, example)],
        stamp=stamp,
    )


def library_with(*drafts: Document) -> Library:
    """The present library with some pages replaced by their drafts."""
    return replaced(library(), *drafts)


def replaced(known: Library, *pages: Document, stamp: int = 0) -> Library:
    """A library with some pages replaced, retired or new; the other pages' rules are not read again."""
    numbers, mine = {page["number"] for page in pages}, library_of(pages)
    return Library(
        look_up=look_up,
        codes=[*(facts for facts in known.codes.values() if facts.number not in numbers), *mine.codes.values()],
        rules=[*(rule for rule in known.rules if rule.code not in numbers), *mine.rules],
        granted=[
            *((case, one) for case, claims in known.granted.items() for one in claims if one.cites.code not in numbers),
            *((case, one) for case, claims in mine.granted.items() for one in claims),
        ],
        stamp=stamp,
    )


def _rules(page: Document) -> list[Mapping[str, Any]]:
    """Its own, and those from files."""
    return [*page["rules"], *page.get(FROM_FILES, ())]


def _facts(page: Document) -> CodeFacts:
    items = tuple(DocumentationItem(slug=item["slug"], text=item["text"]) for item in page["documentation"])
    return CodeFacts(number=page["number"], title=page["title"], documentation=items)


def _granted(page: Document, example: Mapping[str, Any]) -> Iterator[tuple[Encounter, Granted]]:
    """The claims that educators accept for an example besides the derived ones; they cite the section it stands in."""
    claims = example.get("also_accepted", ())
    encounter = read_encounter(example["encounter"]) if claims else None
    slugs = [section["slug"] for section in page["sections"]]
    section = "examples" if "examples" in slugs or not slugs else slugs[0]
    for one in claims:
        cites = Citation(code=page["number"], section=section)
        if encounter is not None:
            yield encounter, Granted(claim=read_claim({"lines": one["lines"]}), why=one["why"], cites=cites)


def rule_of(number: str, rule: Mapping[str, Any]) -> Rule:
    """A rule of a published page as the rulebook reads it; ParamError where its parameters cannot be read."""
    return Rule(
        id=f"{number}/{rule['slug']}",
        code=number,
        kind=rule["kind"],
        params=parse(KIND[rule["kind"]].Params, rule["params"], as_stored=True),
        section=rule["section"],
        starts=_day(rule["starts"]),
        ends=_day(rule["ends"]),
        source=rule["source"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
