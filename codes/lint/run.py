"""Running every check on a draft."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.utils import timezone

from codes.from_files import Doubt, doubts
from codes.from_files.edits import paid_together
from codes.library import library
from codes.lint.families import CHECKS
from codes.lint.page import Page
from codes.lint.types import Check, Level, Problem
from codes.models import Code, Edition, FacetValue
from codes.pages import PARTS, Content, read_page
from codes.phrasebook import Phrasebook, phrasebook
from datasets.models import Release
from rulebook.params import ParamError

#: So many editions back it is looked whether a section was another then.
EDITIONS_BACK = 12
_PLACES = {name: place for place, name in enumerate(("about", *PARTS))}
_NONE: frozenset[str] = frozenset()


def lint(code: Code, attested: frozenset[str] = _NONE) -> tuple[Problem, ...]:
    """Every problem of a draft, errors first, then in the order of the page.

    ``attested`` are the digests of texts (``Problem.attest``) that an educator attested to be made up.
    """
    return problems_in(read_page(code), attested)


def problems_in(content: Content, attested: frozenset[str] = _NONE) -> tuple[Problem, ...]:
    """The same of a page that is no draft, or not the present one (``codes.pages.read_page`` has its shape)."""
    page = Page(
        content=content,
        published=library(),
        vocabulary=FacetValue.objects.words() or None,
        today=timezone.localdate(),
        licensed=bool(settings.CPT_LICENSE_REF),
        attested=attested,
        unchanged_since=_unchanged_since(content),
        phrases=_phrases(),
    )
    if Release.objects.exists():
        page = replace(page, doubts=(*_doubts(content), *_doubts_of_claims(page)))
    return problems_of_page(page)


def _phrases() -> Phrasebook | None:
    book = phrasebook()
    return book if any(book.phrases.values()) else None


def _doubts(content: Content) -> tuple[Doubt, ...]:
    """What page and files do not agree about today; nothing where a rule cannot be read, which is told by itself."""
    try:
        return tuple(doubts(content, library, timezone.localdate()))
    except (ParamError, KeyError):
        return ()


def _doubts_of_claims(page: Page) -> Iterator[Doubt]:
    """What the files do not let stand together on the claims of the page's own examples."""
    for case in page.cases:
        if case.accepted is not None and case.encounter is not None:
            yield from paid_together(case.part, case.accepted, case.encounter.date_of_service)


def problems_of_page(page: Page, checks: tuple[Check, ...] = CHECKS) -> tuple[Problem, ...]:
    """What these checks find on a page; the same for the same page, because nothing else is read."""
    return tuple(sorted((one for check in checks for one in _found_by(check, page)), key=_order))


def _found_by(check: Check, page: Page) -> Iterator[Problem]:
    for one in check.find(page):
        yield Problem(
            level=check.level, part=one.part, message=one.message, suggestion=check.do, field=one.field,
            check=check.id, attest=one.attest,
        )  # fmt: skip


def _order(problem: Problem) -> tuple[bool, int, str]:
    name = problem.part.partition("/")[0]
    return problem.level is not Level.ERROR, _PLACES.get(name, len(_PLACES)), problem.part


def _unchanged_since(content: Content) -> dict[str, date]:
    """Section -> the day of the oldest edition from which on its text was what it is now, ``EDITIONS_BACK`` at most."""
    editions = Edition.objects.filter(code__number=content["number"]).order_by("-pk")
    rows = editions.values_list("published_at", "document__sections")[:EDITIONS_BACK]
    since: dict[str, date] = {}
    still = {section["slug"]: section["body"] for section in content["sections"]}
    for published_at, sections in rows:
        then = {section["slug"]: section["body"] for section in sections}
        still = {slug: body for slug, body in still.items() if then.get(slug) == body}
        since |= dict.fromkeys(still, timezone.localdate(published_at))
    return since
