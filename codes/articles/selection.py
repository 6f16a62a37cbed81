"""Which services the code reports, and how it counts them: the selection and units rules."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from codes.articles.counting import counted_by, counted_noun
from codes.articles.facts import denied, optional
from codes.articles.page import INTRO, Page, Sentence, look, make_rule, names_others, quoted
from codes.articles.types import Note, ReadRule

#: The facets that choose a code; what guides, extends or counts a service does not.
SELECTING = ("procedure", "site", "technique", "approach")
_TELLING = ("when-to-use", "overview", "description", "qualifying-circumstances", INTRO)
_COUNTING = ("billing", "when-to-use", "qualifying-circumstances", "overview", "description", INTRO)

_SCOPE = (
    r"of\b|additional\b|other\b|payer|payor|provider|physician|patient|claim|case|code|plan|insurer|time\b|step|item|visit\b|"
    r"further\b|kind|type|sort|side\b|session|day\b|date|encounter|note\b|report\b|year|hour|minute|week|month"
)
_EACH = re.compile(
    rf"\beach (?!{_SCOPE})[a-z]|"
    rf"\b(?:report|bill|cod|count|list|unit)\w{{0,3}}(?: \w+){{0,2}}? per (?!{_SCOPE}|each)[a-z]"
)
_COUNTED_EACH = re.compile(r"(?:, |\bfor |\bper |\(|\bof )each |\bper [a-z]")
_EACH_ADDITIONAL = re.compile(r"\b(?:each|every|per) additional (?!(?:\d{1,3}[ -]?)?(?:minute|hour|day|unit)s?\b)")
_ONCE = re.compile(
    r"\b(?:only once|once per|once a|one unit|single unit|(?:report|bill)(?:ed)? (?:it |this code )?once)\b"
)
_ONESELF = re.compile(r"\bthis (?:add-on )?(?:code|procedure|service)\b|\bit\b")

Read = tuple[ReadRule | None, Note]


def selection(page: Page) -> Iterator[Read | Note]:
    """The selection rule, and a note for each facet that the article gives several values."""
    found = found_facets(page)
    several = {facet: values for facet, values in found.items() if len(values) > 1}
    for facet, values in several.items():
        yield look(
            "when-to-use", f"The article names several values of {facet} ({', '.join(values)}); none was chosen."
        )
    facets = {facet: list(values) for facet, values in found.items() if len(values) == 1}
    if not facets:
        yield look("when-to-use", "No fact was found that would select this code; there is no selection rule.")
        return
    said = max(_asserting(page), key=lambda sentence: _weight(page, sentence, found))
    yield make_rule(page, "selection", {"facets": facets}, said, certain="procedure" in facets and not several)
    for facet in set(selecting(page, found)) - set(SELECTING) - set(found):
        yield look("when-to-use", f"Codes of this procedure differ in {facet}, and the article does not give it.")


def _weight(page: Page, sentence: Sentence, found: Mapping[str, list[str]]) -> tuple[int, int, int]:
    """How well a sentence stands for the rule: it may be shown, it is in the right section, it says much."""
    said = {hit.facet for hit in page.recogniser.hits(sentence.folded, found)}
    return (bool(sentence.shown and said), -_TELLING.index(sentence.section), len(said))


def found_facets(page: Page) -> dict[str, list[str]]:
    """Facet -> its values in the sentences that say what this code is for, in the order of appearance."""
    usual = _asserted(page, SELECTING)
    return usual | _asserted(page, selecting(page, usual)[len(SELECTING) :])


def selecting(page: Page, found: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The usual facets that select a code, then those by which the library tells the codes of this procedure apart."""
    procedures = found.get("procedure", [])
    further = page.recogniser.further(procedures[0]) if len(procedures) == 1 else ()
    return (*SELECTING, *(facet for facet in further if facet not in SELECTING))


def _asserted(page: Page, facets: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {facet: {} for facet in facets}
    for sentence in _asserting(page):
        for hit in page.recogniser.hits(sentence.folded, found):
            if not (denied(sentence.folded, hit) or optional(sentence.folded, hit)):
                found[hit.facet][hit.value] = None
    return {facet: list(values) for facet, values in found.items() if values}


def _asserting(page: Page) -> list[Sentence]:
    """The sentences that say what this code is for: those that mention other codes speak of those."""
    return [said for said in page.of(*_TELLING) if not names_others(page, said.folded)]


def units(page: Page) -> Iterator[Read | Note]:
    """The units rule: "one or more bone tumors" is one unit, "each fibroadenoma" one for each."""
    said = [sentence for sentence in page.of(*_COUNTING) if not names_others(page, sentence.folded)]
    whole = [(sentence, noun) for sentence in said if (noun := counted_noun(sentence.folded))]
    single = [sentence for sentence in said if _EACH.search(sentence.folded)]
    if whole and single:
        yield look("billing", "The article counts “one or more” and also “each”; no units rule was made.")
    elif whole:
        yield _one_or_more(page, whole)
    elif single:
        best = next((one for one in single if _COUNTED_EACH.search(one.folded)), single[0])
        yield make_rule(page, "units", {"counts": "each"}, best, certain=bool(_COUNTED_EACH.search(best.folded)))
    elif add_on := _of_add_on(page):
        yield add_on
    else:
        yield from (
            look(page.cited(one.section), f"This speaks of units; no rule was made of it: {quoted(one)}")
            for one in said
            if _ONCE.search(one.folded)
        )


def _of_add_on(page: Page) -> Read | None:
    """An add-on for "each additional lesion" counts lesions; whether this code is one is for a person to say."""
    for said in page.of(*_COUNTING):
        cue = _EACH_ADDITIONAL.search(said.folded)
        before = said.folded[: cue.start()] if cue else ""
        per, noun = counted_by(said.folded[cue.end() : cue.end() + 80]) if cue else (1, "")
        if noun and (_ONESELF.search(before) or page.number.lower() in before) and not names_others(page, before):
            params = {"counts": "each", "noun": noun, **({"per": per} if per > 1 else {})}
            return make_rule(page, "units", params, said, certain=False)
    return None


def _one_or_more(page: Page, whole: list[tuple[Sentence, str]]) -> Read:
    """The noun that is used most, from the first sentence that has it and may be shown."""
    noun = Counter(noun for _, noun in whole).most_common(1)[0][0]
    having = [sentence for sentence, own in whole if own == noun]
    best = next((sentence for sentence in having if sentence.shown), having[0])
    params: dict[str, Any] = {"counts": "one or more", "noun": noun}
    return make_rule(page, "units", params, best)
