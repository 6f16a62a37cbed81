"""The codes a text mentions, and what it says of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

#: A range with more numbers than this is a chapter, not a list.
MOST_IN_RANGE = 100

CODE = r"(?:[0-9]{4}[0-9tfuma]|[a-v][0-9]{4})"
_MENTION = re.compile(
    rf"(?<![\w.$%])(?<![0-9]-)(?P<first>{CODE})(?:\s?(?:-|to|through|thru)\s?(?P<last>{CODE}))?(?!\w|[-.,][0-9])"
)
_CLAUSE = re.compile(
    r";|,?\s(?:but|whereas|while|however|although)\b,?|"
    r",?\s(?:and|or)\s(?=(?:it |this code )?(?:should|must|may|can)\s(?!not\b|never\b))|"
    r",\s(?=(?:and |or |then |please |you (?:can |should |may )?)?(?:report|use|see|bill|refer)\b)"
)
_ONLY_CODES = re.compile(
    r"(?:[^\w]|\b(?:and|or|nor|to|through|codes?|cpt|hcpcs)\b|[0-9]{4}[0-9tfuma]\b|\b[a-v][0-9]{4}\b)*+\Z"
)

VERB = r"(?:report|bill|us|cod|submit|list|claim|charg)(?:e|ed|ing|able|ted|t)?"
_SELF = r"(?:this|the|that)\W{1,3}(?:code|procedure|service)|it\b"
_WORDS = r"(?:[\w'/-]{1,30}\W{1,3}){0,6}?"
_FEW = r"(?:[\w'-]{1,20}\W{1,3}){0,3}?"
_WITH = r"(?:with|alongside|beside|together|addition to)"
NOT = (
    r"(?:not|never|cannot|can't|shouldn't|don't|mustn't|isn't|aren't|neither|nor|avoid|inappropriate|incorrect|"
    r"improper|prohibited)"
)
# What may stand between "not" and its verb. "Do not forget to report" forbids nothing.
NEGATED_TOO = (
    r"(?:(?:be|been|have|may|can|should|must|to|also|then|ever|and|or|nor|additionally|separately|again|both|together|it|this|the|codes?|cpt|hcpcs|"
    r"service|procedure|appropriate|permitted|allowed|correct|proper|valid|acceptable|advisable|recommended|reportable|"
    rf"{CODE})\W{{1,3}}){{0,6}}?"
)
_SUBJECT = r"(?:(?:always|already|also|automatically|inherently|itself|code|procedure|service|which)\W{1,3}){0,3}"

_FORBID = re.compile(
    rf"\b{NOT}\W{{1,3}}{NEGATED_TOO}{VERB}\b(?:"
    rf"(?=.{{0,400}}\b{_WITH}\W{{1,3}}{_WORDS}(?:{CODE}\b|{_SELF}))|(?=.{{0,200}}\b(?:separately|together)\b)|"
    rf"(?=.{{0,200}}\b(?:same|one)\W{{1,3}}(?:day|date|session|encounter|claim|time)\b)|"
    rf"(?=.{{0,60}}\b(?:if|when)\b.{{0,200}}\b{CODE}\b.{{0,60}}\b(?:performed|reported|billed|done|used)\b))"
    rf"|\b{NOT}\W{{1,3}}{NEGATED_TOO}separately\W{{1,3}}{VERB}"
)
_SEPARATELY = re.compile(
    rf"\bseparately\W{{1,3}}(?:{VERB}|payable|paid)\b|\b{VERB}\W{{1,3}}{_WORDS}separately\b|"
    rf"\b(?:may|can)\W{{1,3}}(?:also\W{{1,3}})?(?:be\W{{1,3}})?{VERB}\W{{1,3}}(?:{CODE}\W{{1,3}})?"
    rf"(?:together|along|in addition|in conjunction|for each additional)\b"
)
_PRIMARY = re.compile(
    rf"\b(?:in addition to|with|together with)\W{{1,3}}(?:the\W{{1,3}})?{_WORDS}primary\b|"
    r"\badd-on (?:code )?(?:to|for)\b(?! each| every)|"
    rf"\b{NOT}\W{{1,3}}{NEGATED_TOO}{VERB}\W{{1,3}}(?:alone|by itself)\b"
)
_REQUIRE = re.compile(
    rf"\b(?:use|report|bill)\W{{1,3}}(?:only\W{{1,3}})?(?:it|this code|{CODE})\W{{1,3}}"
    rf"(?:(?:only|together)\W{{1,3}})?with\b|"
    rf"\b{VERB}\W{{1,3}}{_WORDS}in (?:conjunction|combination) with\b|"
    rf"\b(?:must|only|should|always)\W{{1,3}}(?:only\W{{1,3}})?be\W{{1,3}}{VERB}\W{{1,3}}(?:only\W{{1,3}})?(?:together\W{{1,3}})?with\b|"
    rf"\b{VERB}\W{{1,3}}{_FEW}in addition to\W{{1,3}}{_FEW}{CODE}\b"
)
# "This code always includes 12345"; "12345 is bundled into this code".
_PLAIN_WORD = r"(?!not\b|never\b|no\b)[\w'-]{1,20}\W{1,3}"
_INCLUDE = re.compile(
    rf"\b(?:{_SELF}|{CODE})\W{{1,3}}{_SUBJECT}(?:includes?|bundles)\b|"
    rf"\b(?:is|are|be|being|considered|always|already)\W{{1,3}}(?:{_PLAIN_WORD}){{0,2}}?"
    rf"(?:(?:included|bundled|packaged)\W{{1,3}}(?:in|into|with|within)|inherent\W{{1,3}}(?:in|to)|"
    rf"(?:{_PLAIN_WORD})?(?:components?|parts?)\W{{1,3}}of)\W{{1,3}}{_WORDS}(?:{_SELF}|{CODE}\b)"
)
_ADDITIONAL = re.compile(r"\b(?:each|every|per)\W{1,3}(?:and every )?additional\b")
_REDIRECT = re.compile(
    rf"\b(?:see|refer to)\W{{1,3}}(?:also\W{{1,3}})?{_WORDS}{CODE}\b|"
    rf"\b(?:use|report|bill)\W{{1,3}}{_WORDS}{CODE}\b.{{0,60}}\binstead\b|"
    rf"\binstead\W{{1,3}}{_WORDS}{CODE}\b"
)
_REPORTED_WITH = (
    rf"\b(?:is|are|be)\W{{1,3}}(?:[\w'-]{{1,20}}\W{{1,3}}){{0,2}}?(?:reported|coded|billed|described|captured)\W{{1,3}}"
    rf"(?:with|using|by|under|as|through)\W{{1,3}}(?:the\W{{1,3}})?{_WORDS}{CODE}\b"
)
_ALTERNATIVE = re.compile(
    rf"{_REPORTED_WITH}|\b(?:go|change|switch)\W{{1,3}}to\W{{1,3}}{_WORDS}{CODE}\b|"
    rf"\b(?:use|report|bill|choose|consider)\W{{1,3}}{_WORDS}{CODE}\b|\balternative(?:ly)?\b|"
    rf"\b{CODE}\W{{1,3}}(?:[\w'-]{{1,20}}\W{{1,3}}){{0,2}}?(?:may|can|should|would)\W{{1,3}}(?:also\W{{1,3}})?be\b"
)
# Without a code, only these words are worth a closer look.
_WITHOUT_CODES = re.compile(
    r"\b(?:separately|together|conjunction|primary|alone|by itself|(?:each|every) additional)\b"
)
# "Guidance is separately reportable; see 12345 or 12346."
_GOES_ON = re.compile(r"\W{0,3}(?:and |then |please )?(?:see|use|report|bill|refer to)\b")
_CONDITION = re.compile(
    r"\b(?:unless|except|if|only when|when|provided that|depending|"
    r"same (?!day|date|session|encounter|claim|time|patient|provider|physician|visit|code|procedure))"
)


class Polarity(StrEnum):
    """What a sentence says of a code it mentions."""

    FORBID = "forbid"
    INCLUDE = "include"
    REQUIRE = "require"
    ADDITIONAL = "additional"
    REDIRECT = "redirect"
    ALTERNATIVE = "alternative"
    SEPARATELY = "separately"
    MENTION = "mention"


_ORDER = (
    (Polarity.FORBID, _FORBID),
    (Polarity.INCLUDE, _INCLUDE),
    (Polarity.REQUIRE, _PRIMARY),
    (Polarity.ADDITIONAL, _ADDITIONAL),
    (Polarity.SEPARATELY, _SEPARATELY),
    (Polarity.REQUIRE, _REQUIRE),
    (Polarity.REDIRECT, _REDIRECT),
    (Polarity.ALTERNATIVE, _ALTERNATIVE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A code or a range of codes in a text; ``wide`` when the range is too long to be a list.

    ``label`` is how it was written, such as 20950-20999.
    """

    codes: tuple[str, ...]
    start: int
    end: int
    label: str
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A clause that mentions codes: what it says of them, whether under a condition, and by which words."""

    polarity: Polarity
    mentions: tuple[Mention, ...]
    text: str
    conditional: bool
    cue: int
    end: int


def mentions(folded: str) -> list[Mention]:
    """Every code in a folded text, in its order."""
    return [_mention(found) for found in _MENTION.finditer(folded)]


def _mention(found: re.Match[str]) -> Mention:
    first, last = found["first"].upper(), (found["last"] or found["first"]).upper()
    codes = _between(first, last)
    return Mention(
        codes=codes or tuple(dict.fromkeys((first, last))),
        start=found.start(),
        end=found.end(),
        label=first if first == last else f"{first}-{last}",
        wide=not codes,
    )


@lru_cache(maxsize=512)
def _between(first: str, last: str) -> tuple[str, ...]:
    """The codes of a range, both ends included; empty when the ends are no pair or too far apart."""
    if first == last:
        return (first,)
    head, tail = (first[0], "") if first[0].isalpha() else ("", "" if first[-1].isdigit() else first[-1])
    low, high = first[len(head) : len(first) - len(tail)], last[len(head) : len(last) - len(tail)]
    if not (last.startswith(head) and last.endswith(tail) and low.isdigit() and high.isdigit()):
        return ()
    if not 0 < int(high) - int(low) < MOST_IN_RANGE:
        return ()
    return tuple(f"{head}{number:0{len(low)}d}{tail}" for number in range(int(low), int(high) + 1))


def statements(folded: str) -> Iterator[Statement]:
    """The clauses of a folded sentence, each with what it says; a clause of bare codes goes on like the one before."""
    said, cue = Polarity.MENTION, (0, 0)
    for clause in _clauses(folded):
        found = tuple(mentions(clause))
        goes_on = said is Polarity.SEPARATELY and _GOES_ON.match(clause)
        if found and (goes_on or _ONLY_CODES.match(clause)):
            cue = (0, 0)
        else:
            said, cue = _polarity(clause) if found or _WITHOUT_CODES.search(clause) else (Polarity.MENTION, (0, 0))
        conditional = bool(_CONDITION.search(clause))
        yield Statement(polarity=said, mentions=found, text=clause, conditional=conditional, cue=cue[0], end=cue[1])


def _clauses(folded: str) -> Iterator[str]:
    start = 0
    for cut in _CLAUSE.finditer(folded):
        yield folded[start : cut.start()]
        start = cut.end()
    yield folded[start:]


def _polarity(clause: str) -> tuple[Polarity, tuple[int, int]]:
    """What a clause says, and where the words that say so stand."""
    for polarity, pattern in _ORDER:
        found = pattern.search(clause)
        if found:
            return polarity, found.span()
    return Polarity.MENTION, (0, 0)
