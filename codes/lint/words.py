"""Words of rules that are not in the vocabulary, so that no note can ever say them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from codes.lint.page import Page
from codes.lint.specimens import NOT_WITH, RULES, SELECTION, SIBLING, UNITS, VALIDITY, content, page, rule
from codes.lint.types import Check, Family, Found, Level, Specimen
from codes.pages import Content
from rulebook.kinds import KIND
from rulebook.kinds.base import Asked, listed

Words = Mapping[str, Mapping[str, str]]
#: So many values of a facet are named where none of them is like the word.
MOST_NAMED = 8


def unknown(page: Page) -> Iterator[Found]:
    return (found for asked, found in _not_in_vocabulary(page) if not _is_published(asked, page))


def not_listed(page: Page) -> Iterator[Found]:
    return (found for asked, found in _not_in_vocabulary(page) if _is_published(asked, page))


def _not_in_vocabulary(page: Page) -> Iterator[tuple[Asked, Found]]:
    """Each word of the page's rules that the vocabulary does not have; none where there is no vocabulary.

    What a parameter says when it is left out is nobody's slip.
    """
    words = page.vocabulary or {}
    for one, own in page.rules if words else ():
        for asked in KIND[own.kind].asks(own.params):
            for lacking, param, message in _lacking(asked, words) if asked.param in one.row["params"] else ():
                yield lacking, Found(part=one.part, field=one.field(param), message=message)


def _lacking(asked: Asked, words: Words) -> Iterator[tuple[Asked, str, str]]:
    """The facet or the values that are not there, each with the parameter that names it, and what to say."""
    if asked.facet not in words:
        yield (
            replace(asked, values=()),
            asked.by or asked.param,
            _said("facet", asked.facet, {one: one for one in words}),
        )
        return
    for value in asked.values:
        if value not in words[asked.facet].values():
            yield replace(asked, values=(value,)), asked.param, _elsewhere(value, asked.facet, words)


def _elsewhere(value: str, facet: str, words: Words) -> str:
    others = [other for other, known in words.items() if value in known.values()]
    if others:
        return f"“{value}” is a value of {listed(others, 'or')}, and {facet} has no such value."
    return _said(facet, value, words[facet])


def _said(what: str, word: str, known: Mapping[str, str]) -> str:
    """That there is no such word, and which one is most like it, as it has to be written, or which there are."""
    like = get_close_matches(word.casefold(), known, n=1, cutoff=0.7)
    missing = f"The vocabulary has no {what} “{word}”"
    if like:
        return f"Did you mean “{known[like[0]]}”? {missing}."
    return f"{missing}; there are {listed(_each_once(known.values()), most=MOST_NAMED)}."


def _each_once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _is_published(asked: Asked, page: Page) -> bool:
    """Whether another published page asks for the same, so that it is no slip of this page's."""
    return any(
        asked.facet == theirs.facet and set(asked.values) <= set(theirs.values)
        for other in page.published.rules
        if other.code != page.number
        for theirs in KIND[other.kind].asks(other.params)
    )


_WORDS = {
    "procedure": {"ablation": "ablation"},
    "site": {"bone": "bone", "lung": "lung"},
    "technique": {"cryo": "cryoablation", "cryoablation": "cryoablation", "radiofrequency": "radiofrequency"},
    "laterality": {"left": "left", "right": "right"},
}


def _selecting(*published: Content, **facets: str) -> Page:
    """The page with another selection."""
    own = rule("selection", {"facets": {"procedure": "ablation", "site": "bone", **facets}})
    return page(*published, vocabulary=_WORDS, rules=[own, UNITS, VALIDITY], examples=[])


_OTHER = content(number=SIBLING, rules=[rule("selection", {"facets": {"site": "bone", "stage": "early"}}), UNITS])
_LATERAL = rule("modifier", {"facet": "laterality", "modifiers": {"left": "LT", "rigth": "RT"}})
_SIDE = rule("modifier", {"facet": "lateralty", "modifiers": {"left": "LT"}})

WORDS = Family(
    title="Words that rules ask for",
    checks=(
        Check(
            id="rule-word-unknown", level=Level.ERROR, find=unknown,
            says="A rule asks for a facet or a value that the vocabulary does not have, so no note can ever say it.",
            do="Correct the word, or add it to the vocabulary first (Edit, Words).",
        ),
        Check(
            id="rule-word-not-listed", level=Level.WARNING, find=not_listed,
            says="A rule asks for a word that other published pages use and the vocabulary does not have.",
            do="Add the word to the vocabulary, or correct it on every page that has it.",
        ),
    ),
    specimens=(
        Specimen(title="Every word is known", page=page(vocabulary=_WORDS, rules=[*RULES, NOT_WITH])),
        Specimen(title="A site without a vocabulary", page=page(rules=[SELECTION, UNITS, VALIDITY, _LATERAL])),
        Specimen(
            title="What a rule asks for when nothing is said",
            page=page(vocabulary=_WORDS, rules=[*RULES, rule("global-period", {"days": "010"})]),
        ),
        Specimen(
            title="A letter is missing", page=_selecting(technique="radiofrequncy"), caught_by="rule-word-unknown"
        ),
        Specimen(
            title="Another word for the value, which no fact has",
            page=_selecting(technique="cryo"), caught_by="rule-word-unknown",
        ),
        Specimen(title="A value of another facet", page=_selecting(site="cryoablation"), caught_by="rule-word-unknown"),
        Specimen(title="A facet that nobody knows", page=_selecting(nosuch="bone"), caught_by="rule-word-unknown"),
        Specimen(
            title="A slip in the value that asks for a modifier",
            page=page(vocabulary=_WORDS, rules=[*RULES, _LATERAL]), caught_by="rule-word-unknown",
        ),
        Specimen(
            title="A slip in the facet that asks for a modifier",
            page=page(vocabulary=_WORDS, rules=[*RULES, _SIDE]), caught_by="rule-word-unknown",
        ),
        Specimen(
            title="A facet that another page has too",
            page=_selecting(_OTHER, stage="early"), caught_by="rule-word-not-listed",
        ),
    ),
)  # fmt: skip
