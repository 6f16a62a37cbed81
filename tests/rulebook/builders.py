"""Imaginary pages, and a case marked in one call."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rulebook import Grade, Library, derive, grade
from rulebook.case_format import read_case, read_encounter
from rulebook.kinds import KIND, Specimen
from rulebook.params import parse
from rulebook.types import CodeFacts, Derivation, Finding, Rule

Line = Mapping[str, Any]
Service = Mapping[str, Any]

#: Words that speak to whoever reads.
ADDRESSED = re.compile(r"\b(you|your|yours)\b", re.IGNORECASE)


def rule(code: str, kind: str, number: int = 0, /, **params: Any) -> Rule:
    """A rule as a page stores it; ``number`` sets several of one kind apart."""
    suffix = f"-{number}" if number else ""
    kind_class = KIND[kind]
    return Rule(
        id=f"{code}/{kind}{suffix}",
        code=code,
        kind=kind,
        params=parse(kind_class.Params, params),
        section=kind_class.section,
    )


def selects(code: str, **facets: str) -> Rule:
    """The rule that a code reports services with these facets."""
    return rule(code, "selection", facets=facets)


def mark(
    rules: Iterable[Rule], services: list[Service], *lines: Line, codes: Iterable[CodeFacts] = (), **facts: Any
) -> Grade:
    """Grade a claim of these lines for these services; other facts of the case by name."""
    case = {"date_of_service": "2024-03-01", "services": services, **facts, "claim": {"lines": lines}}
    encounter, claim = read_case(case)
    return grade(claim, encounter, Library(codes=codes, rules=rules).on(encounter.date_of_service))


def derived(rules: Iterable[Rule], *services: Service, **facts: Any) -> Derivation:
    """What would be accepted for these services."""
    encounter = read_encounter({"date_of_service": "2024-03-01", "services": services, **facts})
    return derive(encounter, Library(codes=(), rules=rules).on(encounter.date_of_service))


def accepted_codes(derivation: Derivation) -> list[list[str]]:
    """The codes of each acceptable claim."""
    return [[line.code for line in accepted.claim.lines] for accepted in derivation.accepted]


def graded(specimen: Specimen) -> Grade:
    """A specimen's case under the specimen's own rules."""
    encounter, claim = read_case(specimen.case)
    return grade(claim, encounter, Library(codes=specimen.codes, rules=specimen.rules).on(encounter.date_of_service))


def faults(marked: Grade) -> list[tuple[str, str, int | None]]:
    """(outcome, element, line) of every finding that is not kept."""
    return [(f.outcome.value, f.element, f.line) for f in marked.findings if f.outcome != "kept"]


def essential(marked: Grade) -> list[Finding]:
    """The findings that make a claim unclean."""
    return [finding for finding in marked.findings if finding.severity == "essential"]
