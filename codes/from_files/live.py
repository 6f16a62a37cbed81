"""What the files say of the part of a claim that no page knows: asked when a claim is graded, stored nowhere."""

import logging
from collections.abc import Iterator

from datasets.lookups import diagnoses_of, edits_among
from datasets.models import Release
from datasets.store import Gone
from rulebook.book import Rulebook
from rulebook.kinds.billable import BillableParams
from rulebook.kinds.ptp_edit import NEVER, WITH_REASON, PtpEditParams
from rulebook.types import Rule, Strange

logger = logging.getLogger(__name__)


def look_up(book: Rulebook, strange: Strange) -> tuple[Rule, ...]:
    """Edits that put a code without a page beside one that has one, and diagnoses that cannot be billed.

    At most four questions to the database and two to the files; one where no file is loaded. Where a file is not in
    its place the answer is judged all the same, by the pages alone.
    """
    if not strange.beside or not Release.objects.exists():
        return ()
    try:
        return (*_edits(book, strange), *_diagnoses(book, strange))
    except Gone:
        logger.exception("The tables of a public file are not where they were put")
        return ()


def _edits(book: Rulebook, strange: Strange) -> Iterator[Rule]:
    """Each pair by itself, on the page of the code in column 1."""
    if not strange.codes:
        return
    for edit in edits_among((*strange.beside, *strange.codes), strange.on):
        pair = edit.column1 in strange.beside and edit.column2 in strange.codes
        if pair and edit.indicator in (NEVER, WITH_REASON) and (section := _section(book, edit.column1)):
            params = PtpEditParams(column2=(edit.column2,), indicator=edit.indicator, rationale=edit.rationale or None)
            yield _rule(edit.column1, "ptp-edit", f"ncci-with-{edit.column2}", params, section, edit.release)


def _diagnoses(book: Rulebook, strange: Strange) -> Iterator[Rule]:
    """The diagnoses that are headings, and those that there are not, for every code that may point to them."""
    release = Release.objects.of("icd10-order").on(strange.on) if strange.diagnoses else None
    if release is None:
        return
    known = diagnoses_of(strange.diagnoses, strange.on)
    headers = tuple(code for code in strange.diagnoses if code in known and not known[code].is_billable)
    unknown = tuple(code for code in strange.diagnoses if code not in known)
    if not headers and not unknown:
        return
    for code in strange.beside:
        if section := _section(book, code):
            params = BillableParams(headers=headers, unknown=unknown)
            yield _rule(code, "billable", "complete-diagnoses", params, section, release)


def _rule(code: str, kind: str, name: str, params: object, section: str, release: Release) -> Rule:
    return Rule(id=f"{code}/{name}", code=code, kind=kind, params=params, section=section, source=str(release))


def _section(book: Rulebook, code: str) -> str:
    """A section of the code's page that rules stand in: that of billing where one does."""
    sections = [rule.section for rule in book.of(code)]
    return "billing" if "billing" in sections else next(iter(sections), "")
