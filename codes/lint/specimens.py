"""An imaginary page to which no check objects, for the worked examples of the families."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from codes.library import library_of
from codes.lint.page import Page
from codes.pages import Content
from codes.phrasebook import Phrasebook

Row = Mapping[str, Any]
NUMBER, SIBLING = "A1001", "B2002"
TODAY = date(2024, 6, 1)


def section(slug: str, body: str, heading: str = "") -> dict[str, Any]:
    """A section."""
    return {"slug": slug, "heading": heading or slug.capitalize(), "body": body}


def rule(kind: str, params: Row, *, slug: str = "", **more: Any) -> dict[str, Any]:
    """A rule that is accepted and always in force, unless told otherwise."""
    usual: dict[str, Any] = {
        "section": "billing",
        "starts": None,
        "ends": None,
        "source": "",
        "state": "accepted",
        "origin": {},
    }
    return {"slug": slug or kind, "kind": kind, "params": dict(params), **usual, **more}


def example(narrative: str, **more: Any) -> dict[str, Any]:
    """An example of one frozen bone tumor on March 1, 2024."""
    service = {"procedure": "ablation", "site": "bone", "technique": "cryoablation", "count": 1}
    encounter = {"date_of_service": "2024-03-01", "services": [service]}
    return {"slug": "one", "title": "A tumor of the hip", "narrative": narrative, "encounter": encounter, **more}


SELECTION = rule("selection", {"facets": {"procedure": "ablation", "site": "bone", "technique": "cryoablation"}})
UNITS = rule("units", {"counts": "one or more", "noun": "tumors"})
VALIDITY = rule("validity", {"from": "2015-01-01"}, section="history")
RULES = (SELECTION, UNITS, VALIDITY)
NOT_WITH = rule("not-with", {"codes": [SIBLING]})
BILLING = section("billing", "Report one unit for all tumors.")
HISTORY = section("history", "The date of service decides.")
TOLD = (
    "On [March 1, 2024](date_of_service) a man of 61 came with [a tumor of the hip bone](services.0.site).\n"
    "It was [frozen](services.0.technique) through the skin, and the [ablation](services.0.procedure) took an hour."
)
EXAMPLE = example(TOLD)
SOURCE = {"title": "A textbook", "note": "", "url": ""}
ADDED = {"date": "2015-01-01", "kind": "added", "text": "", "successor": ""}


def content(**changes: Any) -> Content:
    """The page as one document, with these parts in place of its own."""
    usual: Content = {
        "system": "CPT", "number": NUMBER, "title": "Freezing bone tumors", "summary": "Cold for tumors of bone.",
        "official_descriptor": "", "search_words": [], "sections": [BILLING, HISTORY], "rules": list(RULES),
        "history": [ADDED], "documentation": [], "similar": [], "sources": [SOURCE], "examples": [EXAMPLE],
    }  # fmt: skip
    return usual | changes


def sibling(technique: str = "radiofrequency", **changes: Any) -> Content:
    """A published page beside it, which differs in how the tumor is destroyed."""
    facets = {"procedure": "ablation", "site": "bone", "technique": technique}
    return content(
        number=SIBLING, title="Heating bone tumors", rules=[rule("selection", {"facets": facets}), UNITS], **changes
    )


def page(
    *published: Content,
    unchanged_since: Mapping[str, date] | None = None,
    vocabulary: Mapping[str, Mapping[str, str]] | None = None,
    phrases: Phrasebook | None = None,
    **changes: Any,
) -> Page:
    """The page with these changes, among these published pages."""
    return Page(
        content=content(**changes), published=library_of(published), vocabulary=vocabulary, today=TODAY,
        unchanged_since=unchanged_since or {}, phrases=phrases,
    )  # fmt: skip


def with_rules(*rules: Row, **more: Any) -> Page:
    """The page with these rules beside its own."""
    return page(rules=[*RULES, *rules], **more)


def with_text(body: str, slug: str = "billing", **more: Any) -> Page:
    """The page with this text in a section."""
    own = [one for one in (BILLING, HISTORY) if one["slug"] != slug]
    return page(sections=[section(slug, body), *own], **more)


def with_example(narrative: str = TOLD, **more: Any) -> Page:
    """The page with this example alone."""
    return page(examples=[example(narrative, **more)])
