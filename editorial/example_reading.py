"""What an example comes to on the draft: the claim that follows, and whether it can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codes.articles.facts import Recogniser
from codes.articles.types import Vocabulary as Words
from codes.lint import why_not_asked
from codes.models import DocumentationTopic, FacetValue, has_facts
from codes.narrative import NarrativeError, Sentence, sentences, untold_facts
from editorial.example_forms import fact_names
from quizzes.educators import line_in_words
from rulebook import Library, derive, grade
from rulebook.case_format import CaseError, read_encounter, write_claim
from rulebook.facts import facts_of
from rulebook.types import Encounter


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An example as the rules of the draft read it. ``wrong`` says why nothing can be read.

    ``claims`` are the accepted ones in words, ``untold`` the facts that a claim rests on and no word is marked for.
    """

    sentences: tuple[Sentence, ...]
    wrong: str = ""
    why_not: str = ""
    claims: list[list[str]] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)


def reading(narrative: str, encounter: Encounter | str, library: Library | None) -> Reading:
    """What follows from an encounter (or a text that says why it cannot be read), on a library."""
    told = sentences(narrative)
    if isinstance(encounter, str) or library is None:
        return Reading(sentences=told, wrong=encounter if isinstance(encounter, str) else "")
    book = library.on(encounter.date_of_service)
    derivation = derive(encounter, book)
    untold: list[str] = []
    wrong = ""
    if derivation.accepted:
        graded = grade(derivation.accepted[0].claim, encounter, book, derivation)
        try:
            untold = untold_facts(narrative, encounter, graded)
        except NarrativeError as error:
            wrong = str(error)
    facts = facts_of(encounter)
    names = dict(fact_names(facts))
    return Reading(
        sentences=told, wrong=wrong, why_not=why_not_asked(encounter, library), facts=list(names.items()),
        claims=[claim_in_words(write_claim(one.claim)) for one in derivation.accepted],
        untold=[names.get(path, path) for path in untold],
    )  # fmt: skip


def claim_in_words(claim: Mapping[str, Any]) -> list[str]:
    """The lines of a claim as they are read out."""
    return [line_in_words(line) for line in claim["lines"]]


def stored_reading(example: Mapping[str, Any], library: Library | None) -> Reading:
    """What a stored example comes to."""
    if not has_facts(example["encounter"]):
        return reading(example["narrative"], "It names no facts yet, so no question can be made of it.", library)
    try:
        encounter: Encounter | str = read_encounter(example["encounter"])
    except CaseError as error:
        encounter = f"Its facts cannot be read: {error}"
    return reading(example["narrative"], encounter, library)


def recogniser() -> tuple[Recogniser, dict[str, tuple[str, ...]]]:
    """The vocabulary made ready for finding its words in a text, and the phrases of the documentation items."""
    topics = {
        topic.slug: tuple(phrase.casefold() for phrase in topic.phrases) for topic in DocumentationTopic.objects.all()
    }
    return Recogniser(Words(facets=FacetValue.objects.words(), documentation=topics)), topics
