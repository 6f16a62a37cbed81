"""What the files say of the part of a claim that no page knows: asked when a claim is graded, stored nowhere."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from datasets import lookups
from datasets.lookups import Edit, diagnoses_of, edits_among
from datasets.models import Release
from datasets.store import Gone
from rulebook.book import Rulebook
from rulebook.kinds.billable import BillableParams
from rulebook.kinds.ptp_edit import NEVER, WITH_REASON, PtpEditParams
from rulebook.types import Rule, Strange

#: So many claims are remembered, with what was strange about them.
MOST_REMEMBERED = 4096
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the files say: pairs with a code without a page in column 2, headings, codes that there are not."""

    edits: tuple[Edit, ...] = ()
    headers: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def look_up(book: Rulebook, strange: Strange) -> tuple[Rule, ...]:
    """Edits that put a code without a page beside one that has one, and diagnoses that cannot be billed.

    At most four questions to the database and two to the files, none for what was asked before or where nothing is
    loaded. Where a file is not in its place the answer is judged all the same, by the pages alone.
    """
    mark = lookups.mark() if strange.beside else ""
    if not mark:
        return ()
    try:
        told = _told(strange, mark)
    except Gone:
        logger.exception("The tables of a public file are not where they were put")
        return ()
    return (*_edits(book, told), *_diagnoses(book, told, strange))


@lru_cache(maxsize=MOST_REMEMBERED)
def _told(strange: Strange, mark: str) -> _Told:
    """Remembered while the same is loaded: a set of questions asks about the same mistakes again and again."""
    edits = edits_among((*strange.beside, *strange.codes), strange.on) if strange.codes else []
    pairs = [one for one in edits if one.column1 in strange.beside and one.column2 in strange.codes]
    has_order = strange.diagnoses and Release.objects.of("icd10-order").on(strange.on)
    known = diagnoses_of(strange.diagnoses, strange.on) if has_order else {}
    return _Told(
        edits=tuple(pairs),
        headers=tuple(code for code, found in known.items() if not found.is_billable),
        unknown=tuple(code for code in strange.diagnoses if code not in known) if has_order else (),
    )


def _edits(book: Rulebook, told: _Told) -> Iterator[Rule]:
    """Each pair by itself, on the page of the code in column 1."""
    for edit in told.edits:
        if edit.indicator in (NEVER, WITH_REASON):
            params = PtpEditParams(column2=(edit.column2,), indicator=edit.indicator, rationale=edit.rationale or None)
            yield from _rule(book, edit.column1, "ptp-edit", f"ncci-with-{edit.column2}", params)


def _diagnoses(book: Rulebook, told: _Told, strange: Strange) -> Iterator[Rule]:
    """For every code that may point to them."""
    if told.headers or told.unknown:
        params = BillableParams(headers=told.headers, unknown=told.unknown)
        for code in strange.beside:
            yield from _rule(book, code, "billable", "complete-diagnoses", params)


def _rule(book: Rulebook, code: str, kind: str, name: str, params: object) -> Iterator[Rule]:
    """The rule, citing a section of the code's page that rules stand in: that of billing where one does."""
    sections = [rule.section for rule in book.of(code)]
    if sections:
        section = "billing" if "billing" in sections else sections[0]
        yield Rule(id=f"{code}/{name}", code=code, kind=kind, params=params, section=section)
