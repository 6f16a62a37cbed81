"""Where the article sends its reader for something else: the redirect and each-additional rules."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codes.articles.counting import counted_by
from codes.articles.facts import denied
from codes.articles.mentions import NOT, Mention, Polarity, mentions
from codes.articles.page import Page
from codes.articles.selection import found_facets, selecting
from codes.articles.source import blank
from codes.articles.statements import Proposal, Said, about_itself, other_codes
from codes.articles.types import Span

_LEADS = (Polarity.REDIRECT, Polarity.ALTERNATIVE)
_CONDITION = re.compile(
    r"\b(?:for|if|when|whenever|where|because|since|instead|in case|"
    r"(?:is|are|be) (?:\w+ ){0,2}(?:reported|coded|billed|described|captured))\b"
)
_RESPECTIVELY = re.compile(r"\brespectively\b")
_FOR = re.compile(r"\W{1,3}(?:for|if|when|where|because)\b")
_NEGATION = re.compile(rf"\b{NOT}\b|\b(?:without|no)\b")
_NOT_THIS = re.compile(rf"\b{NOT}\W{{1,3}}")
_ADDITIONAL = re.compile(r"\b(?:each|every|per)\W{1,3}(?:and every )?additional\W{1,3}")
_TIME = re.compile(r"(?:\d{1,3}[ -]?)?(?:minutes?|hours?|days?|units?)\b")
_BEYOND = re.compile(
    r"\b(?:after|beyond|over|than|following|exceeding)\W{1,3}(?:the\W{1,3})?first\W{1,3}(?P<number>[a-z]{3,6}|\d{1,3})\b"
)
_FIRST = re.compile(r"\bfirst\W{1,3}(?P<number>[a-z]{3,6}|\d{1,3})\b")
_NUMBERS = {word: n for n, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight"), start=2)}
_ADDS = re.compile(r"\b(?:in addition to|with|conjunction)\b")


def redirects(page: Page, said: list[Said]) -> Iterator[Proposal]:
    """A proposal for each clear "for something else, see that code", the same one only once."""
    own = found_facets(page)
    facets = selecting(page, own)
    told: dict[tuple[object, ...], list[tuple[Said, dict[str, Any]]]] = {}
    for whole in (one for one in said if one.codes and one.polarity in _LEADS and not one.is_open):
        for part in _apart(page, facets, whole):
            when = _when(page, facets, own, part)
            key = (part.codes, *((facet, *values) for facet, values in sorted(when.items())))
            if when:
                told.setdefault(key, []).append((whole, {"when": when, "to": list(part.codes)}))
    for same in told.values():
        (first, params), covers = same[0], tuple(whole for whole, _ in same)
        slug = f"redirect-{params['to'][0].lower()}"
        yield Proposal(kind="redirect", params=params, sentence=first.sentence, covers=covers, slug=slug)


def _apart(page: Page, facets: Sequence[str], one: Said) -> list[Said]:
    """The statement, or one for each code of "12345 for heat, 12346 for cold"; none where that is unclear."""
    text = one.statement.text
    named = [mention for mention in one.statement.mentions if page.number not in mention.codes]
    hits = page.recogniser.hits(text, facets)
    between = any(named[0].end <= hit.start < named[-1].start for hit in hits)
    if _RESPECTIVELY.search(text) or (between and not all(_FOR.match(text, mention.end) for mention in named)):
        return []
    ends = [*(mention.start for mention in named[1:]), len(text)]
    return [_part(one, mention, end) for mention, end in zip(named, ends, strict=True)] if between else [one]


def _part(one: Said, mention: Mention, end: int) -> Said:
    """What a statement says of one of its codes."""
    text = one.statement.text[mention.start : end]
    return replace(one, codes=mention.codes, context=text, statement=replace(one.statement, text=text))


def _when(page: Page, facets: Sequence[str], own: Mapping[str, list[str]], one: Said) -> dict[str, list[str]]:
    """The facts that lead elsewhere: values other than this code's own; none where that is unclear."""
    text = _asserted(page, facets, one)
    if not text or not _CONDITION.search(text):
        return {}
    found: dict[str, dict[str, None]] = {}
    for hit in page.recogniser.hits(text, [facet for facet in facets if facet in own]):
        if not denied(text, hit):
            found.setdefault(hit.facet, {})[hit.value] = None
    differing = {facet: [v for v in values if v not in own[facet]] for facet, values in found.items()}
    if any(differing[facet] and len(differing[facet]) < len(values) for facet, values in found.items()):
        return {}
    return {facet: values for facet, values in differing.items() if values}


def _asserted(page: Page, facets: Sequence[str], one: Said) -> str:
    """The words that say when to go elsewhere; empty where a negation makes them unclear.

    "This code is not for heat; see 12345" is clear: what this code is not for, the other one is for. A
    word of the vocabulary may be a negation itself ("without differential").
    """
    own = one.statement.text
    before = one.context[: len(one.context) - len(own)]
    if _negations(page, facets, own):
        return ""
    negations = _negations(page, facets, before)
    if not negations:
        return one.context
    if negations > 1 or not _NOT_THIS.search(before) or not about_itself(page, before):
        return ""
    return f"for {_NOT_THIS.sub('', before)}{own}"


def _negations(page: Page, facets: Sequence[str], text: str) -> int:
    words = [Span(start=hit.start, end=hit.end) for hit in page.recogniser.hits(text, facets)]
    return len(_NEGATION.findall(blank(text, words)))


# "Each additional" ----------------------------------------------------------------------


def each_additional(page: Page, said: list[Said]) -> Iterator[Proposal]:
    """The other code that counts what comes after the first, when the article names one and says what it counts."""
    seen = []
    for one in said:
        params = _additional(page, one) if one.polarity is not Polarity.FORBID and not one.is_open else None
        if params and params not in seen:
            seen.append(params)
            yield Proposal(kind="each-additional", params=params, sentence=one.sentence, covers=(one,))


def _additional(page: Page, one: Said) -> dict[str, object] | None:
    text = one.context
    cue = _ADDITIONAL.search(text)
    if cue is None or len(one.codes) != 1 or _TIME.match(text, cue.end()) or _NEGATION.search(text):
        return None
    per, noun = counted_by(text[cue.end() : cue.end() + 80])
    if not noun or not _counts_others(page, text, cue.start()):
        return None
    params: dict[str, object] = {"code": one.codes[0], "noun": noun}
    beyond = _BEYOND.search(text, cue.end()) or (_FIRST.search(text) if per > 1 else None)
    included = _number(beyond["number"]) if beyond else None
    if included is None and per > 1:  # of what is measured the first is no 1, and how much it is was not said
        return None
    return params | ({"included": included} if included else {})


def _number(text: str) -> int | None:
    """A number in digits or as a word; None for one that is not known."""
    return int(text) if text.isdecimal() else _NUMBERS.get(text)


def _counts_others(page: Page, text: str, cue: int) -> bool:
    """Whether "each additional" belongs to the other code: it stands right before, or follows as what to report."""
    before = [mention for mention in mentions(text) if mention.end <= cue]
    if before:
        last = before[-1]
        return bool(other_codes(page, [last])) or not _ADDS.search(text, cue)
    return True
