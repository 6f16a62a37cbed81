"""Codes that never stand together, and codes that only stand together: the not-with and add-on rules."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from codes.articles.mentions import NEGATED_TOO, NOT, VERB, Polarity, mentions
from codes.articles.page import Page, Sentence, look
from codes.articles.statements import Proposal, Said, about_itself, in_order, other_codes

_NAMES_SERVICE = re.compile(
    r"\b(?:related to|relating to|which are|that are|which is|such as|"
    r"(?:which|that) (?:describes?|reports?|covers?)|codes? for)\b"
)
_NAMED_PART = 80
#: A longer list was hardly written for one code.
MOST_CERTAIN = 60
_BETWEEN = re.compile(r"\b(?:with|alongside|beside|in addition to)\b")
_ACTIVE = re.compile(r"\b(?:includes?|bundles)\Z")
_GIVES_WAY = re.compile(rf"\b{NOT}\W{{1,3}}{NEGATED_TOO}{VERB}\W{{1,3}}.{{0,60}}?\b(?:if|when)\b")
_HEADLESS = re.compile(r"\W*(?:and |or |please |always |only )?(?:use|report|bill)\b")
_NEEDS = re.compile(r"\b(?:with|addition to)\b")
_ADD_ON = re.compile(r"\badd-on\b|\bprimary\b")


def not_with(page: Page, said: list[Said]) -> Iterator[Proposal]:
    """One rule for all codes that are plainly forbidden, and proposals for those that are not so plain."""
    forbidden, parts = _forbidden(page, said), _parts(page, said)
    plain = _plain(page, forbidden, said)
    told: set[str] = set()
    for group in (plain, [one for one in forbidden if not any(one is other for other in plain)], parts):
        codes = [code for code in in_order(group) if code not in told]
        if codes:
            yield _forbidding(page, group, codes, covers=(*forbidden, *parts), certain=group is plain)
        told.update(codes)


def _forbidden(page: Page, said: list[Said]) -> list[Said]:
    found = [one for one in said if one.codes and one.polarity is Polarity.FORBID and not _gives_way(page, one)]
    return [forbidden for one in found if not _of_others(page, one) and (forbidden := _other_side(page, one)).codes]


def _other_side(page: Page, one: Said) -> Said:
    """Its codes on the other side of "with": "12345 or 12346 with this code or 12347" forbids two."""
    text = one.statement.text
    cut = next((found.start() for found in _BETWEEN.finditer(text)), None)
    itself = [about_itself(page, text[:cut]), about_itself(page, text[cut or len(text) :])]
    if cut is None or itself[0] == itself[1]:
        return one
    there = [m for m in one.statement.mentions if (m.start >= cut) == itself[0]]
    return replace(one, codes=other_codes(page, there))


def _plain(page: Page, forbidden: list[Said], said: list[Said]) -> list[Said]:
    """The statements that nothing else in the article puts in doubt."""
    doubted = set(in_order(one for one in said if one.polarity is Polarity.SEPARATELY))
    doubted.update(in_order(one for one in forbidden if one.statement.conditional))
    plain = [one for one in forbidden if _is_plain(page, one) and doubted.isdisjoint(one.codes)]
    return plain if len(in_order(plain)) <= MOST_CERTAIN else []


def _forbidding(
    page: Page, group: list[Said], codes: list[str], *, covers: tuple[Said, ...], certain: bool
) -> Proposal:
    params: dict[str, Any] = {"codes": codes}
    notes = []
    services, covers_all = _services(page, group, codes)
    if services and covers_all:
        params["service"] = {"procedure": services}
    elif services:
        notes = [look("billing", f"{', '.join(services)} is named for some of the codes {', '.join(codes)} only.")]
    best = min((one for one in group if not set(codes).isdisjoint(one.codes)), key=_section_rank)
    return Proposal(
        kind="not-with",
        params=params,
        sentence=best.sentence,
        covers=covers,
        certain=certain,
        notes=tuple(notes),
    )


def _section_rank(one: Said) -> int:
    order = ("billing", "when-to-use")
    return order.index(one.sentence.section) if one.sentence.section in order else len(order)


def _is_plain(page: Page, one: Said) -> bool:
    """No condition, no range too long to list, clearly about this code, and clear which of the two is the smaller."""
    text = one.statement.text
    mutual = "together" in text and not _BETWEEN.search(text)
    return not (one.statement.conditional or one.is_open or mutual) and about_itself(page, one.sentence.folded)


def _of_others(page: Page, one: Said) -> bool:
    """Whether both sides of "with" are other codes: that is a rule of those, not of this one."""
    if about_itself(page, one.sentence.folded):
        return False
    text = one.statement.text
    cut = next((found.start() for found in _BETWEEN.finditer(text)), None)
    found = [mention for mention in one.statement.mentions if page.number not in mention.codes]
    return cut is not None and any(m.end <= cut for m in found) and any(m.start >= cut for m in found)


def _services(page: Page, forbidden: list[Said], codes: list[str]) -> tuple[list[str], bool]:
    """The procedures these codes are said to report, and whether that is said of all of them."""
    named = {id(one): _named(page, one.sentence) for one in forbidden}
    told = {code for one in forbidden if named[id(one)] for code in one.codes}
    services = list(dict.fromkeys(value for values in named.values() for value in values))
    return services, told >= set(codes)


def _named(page: Page, sentence: Sentence) -> list[str]:
    """The procedures after "related to", "which are" or "such as"."""
    for cue in _NAMES_SERVICE.finditer(sentence.folded):
        part = sentence.folded[cue.end() : cue.end() + _NAMED_PART]
        values = [hit.value for hit in page.recogniser.hits(part, ("procedure",))]
        if values:
            return list(dict.fromkeys(values))
    return []


# "Always includes" ----------------------------------------------------------------------


def _parts(page: Page, said: list[Said]) -> list[Said]:
    """The statements that make other codes a part of this one."""
    return [one for one in said if one.codes and _whole(page, one) == "this"]


def this_is_part(page: Page, said: list[Said]) -> Iterator[Proposal]:
    """The codes that include this one, or that it must not stand beside."""
    wholes = [one for one in said if one.codes and _whole(page, one) == "other"]
    if wholes:
        params = {"codes": in_order(wholes), "this_code_is_part": True}
        yield Proposal(
            kind="not-with", params=params, sentence=wholes[0].sentence, covers=tuple(wholes), slug="not-with-larger"
        )


def _whole(page: Page, one: Said) -> str:
    """Which code includes the other: "this", "other", or "" where the words do not decide."""
    if _gives_way(page, one):
        return "other"
    if one.polarity is not Polarity.INCLUDE:
        return ""
    text, end = one.statement.text, one.statement.end
    cut = end if _ACTIVE.search(text[:end]) else one.statement.cue
    before, after = _sides(page, text, cut)
    if _ACTIVE.search(text[:end]):
        before, after = after, before
    return {("other", "this"): "this", ("this", "other"): "other"}.get((before, after), "")


def _sides(page: Page, text: str, cut: int) -> tuple[str, str]:
    """Which codes stand before and after a place in the text: "this", "other", "both" or ""."""
    names = []
    for piece in (text[:cut], text[cut:]):
        own, others = about_itself(page, piece), bool(other_codes(page, mentions(piece)))
        names.append("both" if own and others else "this" if own else "other" if others else "")
    return names[0], names[1]


def _gives_way(page: Page, one: Said) -> bool:
    """Whether the other is the larger one: "do not report this code if 12345 is performed"."""
    found = _GIVES_WAY.search(one.statement.text) if one.polarity is Polarity.FORBID else None
    return found is not None and _sides(page, one.statement.text, found.end()) == ("this", "other")


# Add-ons --------------------------------------------------------------------------------


def add_on(page: Page, said: list[Said]) -> Iterator[Proposal]:
    """A proposal: an article seldom names every primary, so the list is never called complete."""
    required = [one for one in said if one.codes and _is_add_on(page, one)]
    if required:
        params = {"primaries": in_order(required), "complete": False}
        yield Proposal(kind="add-on", params=params, sentence=required[0].sentence, covers=tuple(required))


def _is_add_on(page: Page, one: Said) -> bool:
    """Whether this code is the one that needs the others: no other code stands before the requirement."""
    if one.polarity is not Polarity.REQUIRE:
        return False
    asked = one.statement.text[one.statement.cue : one.statement.end]
    needs = _NEEDS.search(asked)
    before, _ = _sides(page, one.statement.text, one.statement.cue + (needs.start() if needs else 0))
    if before in ("other", "both"):
        return False
    text = one.sentence.folded
    return about_itself(page, text) or bool(_ADD_ON.search(text) or _HEADLESS.match(one.context))
