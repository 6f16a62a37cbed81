"""From published editions to the rulebook's library."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Max

from codes.models import Edition
from rulebook.kinds import KIND
from rulebook.library import Library
from rulebook.params import parse
from rulebook.types import CodeFacts, DocumentationItem, Rule

Document = Mapping[str, Any]


def current_stamp() -> int:
    """The newest edition's primary key; names the present state of the whole library. 0: nothing published."""
    return Edition.objects.aggregate(newest=Max("pk"))["newest"] or 0


def library(stamp: int | None = None) -> Library:
    """The library as it was at a stamp, or as it is now; kept in memory, because editions never change."""
    return _library(current_stamp() if stamp is None else stamp)


@lru_cache(maxsize=16)
def _library(stamp: int) -> Library:
    newest = Edition.objects.filter(pk__lte=stamp).values("code").annotate(newest=Max("pk")).values("newest")
    documents = Edition.objects.filter(pk__in=newest).values_list("document", flat=True)
    return library_of(documents, stamp)


def forget() -> None:
    """Drop what is kept in memory (a test's database goes back in time, a real one never does)."""
    _library.cache_clear()


def library_of(documents: Iterable[Document], stamp: int = 0) -> Library:
    """A library of these pages."""
    pages = list(documents)
    return Library(
        codes=[_facts(page) for page in pages],
        rules=[_rule(page, rule) for page in pages for rule in page["rules"]],
        stamp=stamp,
    )


def library_with(draft: Document) -> Library:
    """The present library with one page replaced by its draft."""
    newest = Edition.objects.values("code").annotate(newest=Max("pk")).values("newest")
    others = Edition.objects.filter(pk__in=newest).exclude(code__number=draft["number"])
    return library_of([*others.values_list("document", flat=True), draft])


def _facts(page: Document) -> CodeFacts:
    items = tuple(DocumentationItem(slug=item["slug"], text=item["text"]) for item in page["documentation"])
    return CodeFacts(number=page["number"], title=page["title"], documentation=items)


def _rule(page: Document, rule: Mapping[str, Any]) -> Rule:
    return Rule(
        id=f"{page['number']}/{rule['slug']}",
        code=page["number"],
        kind=rule["kind"],
        params=parse(KIND[rule["kind"]].Params, rule["params"]),
        section=rule["section"],
        starts=_day(rule["starts"]),
        ends=_day(rule["ends"]),
        source=rule["source"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
