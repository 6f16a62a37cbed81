"""The modifiers of the side, and what the article says of other modifiers."""

import re
from collections.abc import Iterator
from typing import Any

from codes.articles.examples import SIDE
from codes.articles.mentions import NOT
from codes.articles.page import Page, Sentence, look, make_rule, quoted
from codes.articles.types import Note, ReadRule

Read = tuple[ReadRule | None, Note]

_LEFT, _RIGHT, _BOTH = ("left", "LT"), ("right", "RT"), ("bilateral", "50")
_NEGATED = re.compile(rf"\b{NOT}\b|\b(?:no|without|neither)\b")
_UNILATERAL = re.compile(r"\bunilateral(?:ly)?\b(?! (?:or|and|versus) bilateral)(?<!bilateral or unilateral)")
_EITHER = re.compile(r"\b(?:unilateral(?:ly)? (?:or|and) bilateral|bilateral(?:ly)? or unilateral|one or both sides)\b")
_BILATERAL = re.compile(r"\bbilateral(?:ly)?\b|\bboth sides\b")
_FIFTY = re.compile(r"\bmodifiers? ?[-'\"(]{0,2}50\b|\b50 modifier\b|\b[0-9]{5}-50\b")
_SIDES = re.compile(r"\bmodifiers? ?[-'\"(]{0,2}(?:lt|rt)\b|\blt\b.{1,20}\brt\b|\brt\b.{1,20}\blt\b")
_MODIFIER = re.compile(
    r"\bmodifiers?:? ?[-'\"(]{0,2}(?:[0-9]{2}|[a-z][0-9]|tc|x[epsu]|l[cdm]|r[ci]|q[swxyz]|g[acgptyz]|k[xy])\b|"
    r"\b(?:[0-9]{2}|tc|x[epsu]) modifier\b"
)


def sides(page: Page) -> Iterator[Read | Note]:
    """A proposal for LT, RT and 50 where the article says so; a note for what else it says of modifiers."""
    told = page.of_itself()
    meant = {one.start: _means(one.folded) for one in told}
    clear = [one for one in told if meant[one.start]]
    against = any(_is_against(one.folded) for one in told if not meant[one.start])
    if clear and page.recogniser.has(SIDE, _LEFT[0]) and not against:
        yield make_rule(page, "modifier", _params(set().union(*meant.values())), clear[0], slug=SIDE, certain=False)
        unread = [one for one in told if not meant[one.start] and _MODIFIER.search(one.folded)]
    else:
        unread = [one for one in told if meant[one.start] or _is_against(one.folded) or _speaks(one.folded)]
    yield from (_unread(page, one) for one in unread)


def _speaks(folded: str) -> bool:
    return bool(_MODIFIER.search(folded) or _BILATERAL.search(folded))


def _is_against(folded: str) -> bool:
    """Whether a sentence takes back what another may say: the code is for either side, or has no such modifier."""
    if _EITHER.search(folded):
        return True
    named = any(pattern.search(folded) for pattern in (_FIFTY, _UNILATERAL, _SIDES))
    return named and bool(_NEGATED.search(folded))


def _means(folded: str) -> set[str]:
    """What a sentence asks for: "sides" (LT and RT), "both" (50), or nothing that is clear."""
    if _NEGATED.search(folded) or _EITHER.search(folded):
        return set()
    means = {"sides"} if _SIDES.search(folded) else set()
    if _FIFTY.search(folded) or _UNILATERAL.search(folded):
        means |= {"sides", "both"}
    return means


def _params(means: set[str]) -> dict[str, Any]:
    pairs = [_LEFT, _RIGHT, *([_BOTH] if "both" in means else [])]
    params: dict[str, Any] = {"facet": SIDE, "modifiers": {value: [modifier] for value, modifier in pairs}}
    return params | ({"both": [_BOTH[1]]} if "both" in means else {})


def _unread(page: Page, one: Sentence) -> Note:
    why = "This speaks of a modifier or of sides; no rule was made of it"
    return look(page.cited(one.section), f"{why}: {quoted(one)}")
