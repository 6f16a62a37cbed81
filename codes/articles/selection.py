"""Which services the code reports, and how it counts them: the selection and units rules."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from codes.articles.facts import denied, optional
from codes.articles.mentions import mentions
from codes.articles.page import INTRO, Page, Sentence, look, make_rule
from codes.articles.types import Note, ReadRule

#: The facets that choose a code; what guides, extends or counts a service does not.
SELECTING = ("procedure", "site", "technique", "approach")
_TELLING = ("when-to-use", "overview", "description", "qualifying-circumstances", INTRO)
_COUNTING = ("billing", "when-to-use", "qualifying-circumstances", "overview", "description", INTRO)

_ONE_OR_MORE = re.compile(r"\b(?:one|1) or more (?:of the )?")
_EACH = re.compile(
    r"\beach (?!of\b|additional\b|other\b|payer|payor|provider|patient|claim|case|"
    r"code|plan|insurer|time\b|step|item|visit\b)[a-z]"
)
_COUNTED_EACH = re.compile(r"(?:, |\bfor |\bper |\(|\bof )each ")
_NOUN_ENDS = re.compile(
    r"[^\w\s'-]|\b(?:and|or|of|in|on|with|without|by|for|from|to|at|using|including|that|which|who|whose|requir\w+|are|is|"
    r"have|has|when|if|per|during|performed|treated|involv\w+)\b"
)
_NO_NOUNS = frozenset(
    ("codes", "modifiers", "claims", "payers", "providers", "patients", "conditions", "criteria", "times")
)
_PLURAL = re.compile(r"[a-z'-]+(?<!s)(?<!u)(?<!i)s\Z")

Read = tuple[ReadRule | None, Note]


def selection(page: Page) -> Iterator[Read | Note]:
    """The selection rule, and a note for each facet that the article gives several values."""
    found = _found(page)
    several = {facet: values for facet, values in found.items() if len(values) > 1}
    for facet, values in several.items():
        yield look(
            "when-to-use", f"The article names several values of {facet} ({', '.join(values)}); none was chosen."
        )
    facets = {facet: list(values) for facet, values in found.items() if len(values) == 1}
    if not facets:
        yield look("when-to-use", "No fact was found that would select this code; there is no selection rule.")
        return
    said = max(_asserting(page), key=lambda sentence: _weight(page, sentence))
    yield make_rule(page, "selection", {"facets": facets}, said, certain="procedure" in facets and not several)


def _weight(page: Page, sentence: Sentence) -> tuple[int, int, int]:
    """How well a sentence stands for the rule: it may be shown, it is in the right section, it says much."""
    said = {hit.facet for hit in page.recogniser.hits(sentence.folded, SELECTING)}
    return (bool(sentence.shown and said), -_TELLING.index(sentence.section), len(said))


def _found(page: Page) -> dict[str, list[str]]:
    """Facet -> its values in the sentences that say what the code is for, in the order of appearance."""
    found: dict[str, dict[str, None]] = {facet: {} for facet in SELECTING}
    for sentence in _asserting(page):
        for hit in page.recogniser.hits(sentence.folded, SELECTING):
            if not (denied(sentence.folded, hit) or optional(sentence.folded, hit)):
                found[hit.facet][hit.value] = None
    return {facet: list(values) for facet, values in found.items() if values}


def _asserting(page: Page) -> list[Sentence]:
    """The sentences that say what this code is for: those that mention other codes speak of those."""
    return [said for said in page.of(*_TELLING) if not _others(page, said)]


def _others(page: Page, said: Sentence) -> bool:
    return any(code != page.number for mention in mentions(said.folded) for code in mention.codes)


def units(page: Page) -> Iterator[Read | Note]:
    """The units rule: "one or more bone tumors" is one unit, "each fibroadenoma" one for each."""
    said = [sentence for sentence in page.of(*_COUNTING) if not _others(page, sentence)]
    whole = [(sentence, noun) for sentence in said if (noun := counted_noun(sentence.folded))]
    single = [sentence for sentence in said if _EACH.search(sentence.folded)]
    if whole and single:
        yield look("billing", "The article counts “one or more” and also “each”; no units rule was made.")
    elif whole:
        yield _one_or_more(page, whole)
    elif single:
        best = next((one for one in single if _COUNTED_EACH.search(one.folded)), single[0])
        yield make_rule(page, "units", {"counts": "each"}, best, certain=bool(_COUNTED_EACH.search(best.folded)))


def _one_or_more(page: Page, whole: list[tuple[Sentence, str]]) -> Read:
    """The noun that is used most, from the first sentence that has it and may be shown."""
    noun = Counter(noun for _, noun in whole).most_common(1)[0][0]
    having = [sentence for sentence, own in whole if own == noun]
    best = next((sentence for sentence in having if sentence.shown), having[0])
    params: dict[str, Any] = {"counts": "one or more", "noun": noun}
    return make_rule(page, "units", params, best)


def counted_noun(folded: str) -> str:
    """The plural noun phrase after "one or more"; empty when nothing that can be counted follows."""
    for found in _ONE_OR_MORE.finditer(folded):
        follows = folded[found.end() : found.end() + 80].replace("(s)", "s")
        words = _NOUN_ENDS.split(follows, maxsplit=1)[0].split()[:5]
        plural = [index for index, word in enumerate(words) if _PLURAL.match(word)]
        if plural and words[plural[0]] not in _NO_NOUNS:
            return " ".join(words[: plural[0] + 1])
    return ""
