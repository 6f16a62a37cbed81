"""What is wrong with a draft, and what could be better."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from codes.library import library_with
from codes.models import Code, FacetValue, PublishedCode, Rule, has_facts
from codes.narrative import NarrativeError, marked_paths, untold_facts
from codes.pages import Content, read_page
from rulebook import Library, derive, grade
from rulebook.case_format import CaseError, read_encounter
from rulebook.kinds import KIND
from rulebook.params import ParamError, parse
from rulebook.types import Encounter


class Level(StrEnum):
    """An error stops publishing; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to look at: how bad, where on the page, what and what to do."""

    level: Level
    where: str
    message: str


def lint(code: Code) -> tuple[Problem, ...]:
    """Every problem of a draft, errors first."""
    content = read_page(code)
    problems = [*_rules(content), *_wanted(content), *_waiting(content), *_siblings(content)]
    if not any(problem.level is Level.ERROR for problem in problems):
        problems += _examples(content)
    return tuple(sorted(problems, key=lambda problem: (problem.level, problem.where)))


def _error(where: str, message: str) -> Problem:
    return Problem(level=Level.ERROR, where=where, message=message)


def _warning(where: str, message: str) -> Problem:
    return Problem(level=Level.WARNING, where=where, message=message)


def _rules(content: Content) -> Iterator[Problem]:
    slugs = {section["slug"] for section in content["sections"]}
    for rule in content["rules"]:
        where = f"rule {rule['slug']}"
        if rule["section"] not in slugs:
            yield _error(where, f"Its findings would cite the section {rule['section']}, which the page does not have.")
        try:
            parse(KIND[rule["kind"]].Params, rule["params"])
        except (KeyError, ParamError) as error:
            yield _error(where, f"Its parameters cannot be read: {error}")


def _wanted(content: Content) -> Iterator[Problem]:
    if not content["sections"]:
        yield _error("page", "The page has no section.")
    kinds = {rule["kind"] for rule in content["rules"]}
    if _counts_for_another(content["number"]):
        kinds |= {"selection", "units"}
    for kind, why in (
        ("selection", "no scenario can lead to this code"),
        ("units", "units cannot be judged"),
        ("validity", "the date of service cannot be judged"),
    ):
        if kind not in kinds:
            yield _warning("rules", f"There is no {kind} rule, so {why}.")
    if not content["sources"]:
        yield _warning("sources", "The page names no source.")
    if content["documentation"] and "documentation" not in kinds:
        yield _warning("documentation", "There are items but no documentation rule, so nothing checks them.")


def _counts_for_another(number: str) -> bool:
    """Whether another page's code brings this one along and says how it counts."""
    return any(
        rule["kind"] == "each-additional" and rule["params"].get("code") == number
        for _, rules in _published_rules(number)
        for rule in rules
    )


def _waiting(content: Content) -> Iterator[Problem]:
    for rule in content["rules"]:
        if rule["state"] == Rule.State.PROPOSED:
            yield _warning(f"rule {rule['slug']}", "Was read by machine and waits for a person; editions leave it out.")


def _siblings(content: Content) -> Iterator[Problem]:
    """A page without similar codes, although a published one differs in a single facet."""
    mine = _facets(content["rules"])
    if content["similar"] or not mine:
        return
    for number, rules in _published_rules(content["number"]):
        differs = [facet for facet, values in mine.items() if _facets(rules).get(facet, values) != values]
        if len(differs) == 1 and _facets(rules).keys() == mine.keys():
            yield _warning("similar-codes", f"No similar code is named, yet {number} differs only in {differs[0]}.")


def _facets(rules: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        (rule["params"].get("facets", {}) for rule in rules if rule["kind"] == "selection"), {}
    )
    return {facet: [values] if isinstance(values, str) else list(values) for facet, values in found.items()}


def _published_rules(other_than: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    rows = PublishedCode.objects.exclude(number=other_than).values_list("number", "edition__document__rules")
    return iter(rows)


def _examples(content: Content) -> Iterator[Problem]:
    vocabulary = FacetValue.objects.words() or None
    accepted = {**content, "rules": [rule for rule in content["rules"] if rule["state"] == Rule.State.ACCEPTED]}
    library = library_with(accepted)
    for example in content["examples"]:
        where = f"example {example['slug']}"
        if not has_facts(example["encounter"]):
            yield _warning(where, "It names no facts yet, so it is shown on the page and not asked as a question.")
            continue
        try:
            encounter = read_encounter(example["encounter"], vocabulary)
            marked_paths(example["narrative"], encounter)
        except (CaseError, NarrativeError) as error:
            yield _error(where, str(error))
            continue
        reason = why_not_asked(encounter, library)
        if reason:
            yield _warning(where, f"It is not asked as a question: {reason}")
            continue
        untold = _untold(example["narrative"], encounter, library)
        if untold:
            yield _warning(where, f"It is asked only in other words, because its text does not mark {untold}.")


def _untold(narrative: str, encounter: Encounter, library: Library) -> str:
    """The facts that the claim rests on and no word is marked for, as a list in words."""
    book = library.on(encounter.date_of_service)
    derivation = derive(encounter, book)
    graded = grade(derivation.accepted[0].claim, encounter, book, derivation)
    return ", ".join(untold_facts(narrative, encounter, graded))


def why_not_asked(encounter: Encounter, library: Library) -> str:
    """Why no question can be made of an encounter; empty when one can."""
    book = library.on(encounter.date_of_service)
    derivation = derive(encounter, book)
    if not derivation.accepted:
        return "no code of the library reports its services on that date."
    if derivation.undecided:
        return "one of its services cannot be decided by the rules."
    if not grade(derivation.accepted[0].claim, encounter, book, derivation).clean:
        return "even the right claim would not be clean (a diagnosis or the documentation does not support it)."
    return ""
