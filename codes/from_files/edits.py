"""NCCI edits between this page's code and those of the other pages.

An edit stands on the page of the code in column 2: it is the one that comes off.
"""

from collections.abc import Iterator
from datetime import date

from codes.from_files.asked import Asked, Doubt, Row, rules_in_book
from datasets.lookups import PRACTITIONER, Edit, edits_among, edits_between
from datasets.models import Release
from rulebook.kinds.not_with import NotWithParams
from rulebook.kinds.ptp_edit import NEVER, WITH_REASON, PtpEditParams
from rulebook.types import Claim

Group = tuple[int, date | None, date | None, str]


def rules(asked: Asked) -> Iterator[Row]:
    """A rule for all pairs that have the same days, indicator and reason."""
    release = Release.objects.of("ptp", PRACTITIONER).first()
    if release is None or not asked.others:
        return
    groups: dict[Group, list[str]] = {}
    for edit in edits_between(asked.number, asked.others, release):
        if edit.column2 == asked.number and decides(edit) and not settled(asked, edit.column1):
            groups.setdefault((edit.indicator, edit.starts, edit.ends, edit.rationale), []).append(edit.column1)
    for (indicator, starts, ends, why), column1 in groups.items():
        days = [f"{day:%Y%m%d}" if day else "" for day in (starts, ends)]
        yield asked.row(
            "ptp-edit",
            PtpEditParams(column1=tuple(column1), indicator=indicator, rationale=why or None),
            slug=f"ncci-{indicator} {' '.join(days)} {why}",
            starts=starts,
            ends=ends,
            source=release.title,
        )


def doubts(asked: Asked, on: date) -> Iterator[Doubt]:
    """Where an edit in force on a day allows what the page forbids, forbids what it allows, or has another column 2."""
    release = Release.objects.of("ptp", PRACTITIONER).first()
    if release is None:
        return
    named = [code for params in asked.states("not-with") for code in params.codes]
    named += [code for params in asked.states("distinct") for code in params.beside]
    edits = [one for one in edits_between(asked.number, named, release) if decides(one) and holds(one, on)]
    for part, params in asked.stated("not-with"):
        for edit in edits:
            if {edit.column1, edit.column2} & set(params.codes):
                yield from _against_not_with(asked, part, params, edit)
    for part, params in asked.stated("distinct"):
        for edit in edits:
            if edit.column1 in params.beside and edit.column2 == asked.number and edit.indicator == NEVER:
                message = f"The page lets {asked.number} stand beside {edit.column1} for a reason. {_says(edit)}."
                yield Doubt(part=part, field="params.beside", message=message)


def paid_together(part: str, claim: Claim, on: date) -> Iterator[Doubt]:
    """Where the claim that follows from an example has two lines that an edit of its day does not let stand so."""
    modified = {line.code for line in claim.lines if line.modifiers}
    for edit in edits_among((line.code for line in claim.lines), on):
        allowed = edit.indicator == WITH_REASON and {edit.column1, edit.column2} & modified
        if decides(edit) and not allowed:
            message = f"Its claim has both {edit.column1} and {edit.column2}. {_says(edit)}."
            yield Doubt(part=part, field="encounter.services", message=message)


def _against_not_with(asked: Asked, part: str, params: NotWithParams, edit: Edit) -> Iterator[Doubt]:
    other = edit.column1 if edit.column2 == asked.number else edit.column2
    off = asked.number if params.this_code_is_part else other
    if edit.column2 != off:
        message = f"The page takes {off} off beside the other code. {_says(edit)}."
        yield Doubt(part=part, field="params.codes", message=message)
    elif edit.indicator == WITH_REASON and not _told_apart(asked, other):
        message = f"The page forbids {asked.number} with {other}, whatever the reason. {_says(edit)}."
        yield Doubt(part=part, field="params.codes", message=message)


def _told_apart(asked: Asked, other: str) -> bool:
    """Whether a rule of either page has the modifiers by which the two may stand beside each other."""
    mine = [code for params in asked.states("distinct") for code in params.beside]
    theirs = [code for rule in rules_in_book(asked, other, "distinct") for code in rule.params.beside]
    return other in mine or asked.number in theirs


def _says(edit: Edit) -> str:
    allows = "allows no modifier" if edit.indicator == NEVER else "allows both with a modifier and a reason"
    return f"NCCI ({edit.release.label}) has {edit.column2} in column 2 of {edit.column1} and {allows}"


def holds(edit: Edit, on: date) -> bool:
    """Whether an edit is in force on a day."""
    return (edit.starts is None or edit.starts <= on) and (edit.ends is None or on <= edit.ends)


def decides(edit: Edit) -> bool:
    """Whether an edit was ever in force and says something: with indicator 9 there is none."""
    return edit.indicator in (NEVER, WITH_REASON) and not (edit.ends and edit.starts and edit.ends <= edit.starts)


def settled(asked: Asked, other: str) -> bool:
    """Whether the page or that of the other code says by a rule of its own what may stand beside what."""
    mine = [code for params in asked.states("not-with") for code in params.codes]
    mine += [code for params in asked.states("ptp-edit") for code in params.others]
    theirs = [code for rule in rules_in_book(asked, other, "not-with") for code in rule.params.codes]
    return other in mine or asked.number in theirs
