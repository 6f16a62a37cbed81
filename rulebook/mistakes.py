"""Claims that break one rule each: the wrong options of questions, and claims to audit."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rulebook.book import Rulebook
from rulebook.case import Case
from rulebook.grade import grade
from rulebook.kinds import KIND
from rulebook.kinds.base import match_facets
from rulebook.types import NO_FAULT, Claim, Derivation, Encounter, Finding, Grade, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A claim that differs from the accepted one because somebody did not know ``rule``; ``finding`` says so."""

    claim: Claim
    rule: Rule
    finding: Finding
    clean: bool


def mistakes(encounter: Encounter, book: Rulebook, derivation: Derivation) -> tuple[Mistake, ...]:
    """What could go wrong with the preferred claim, rule by rule; none without an accepted claim.

    Each is caught by the very rule it was made for. ``clean`` is true where that is worth mending
    and leaves the claim clean all the same (a wrong order).
    """
    if not derivation.accepted:
        return ()
    accepted = derivation.accepted[0]
    case = Case(encounter=encounter, book=book, claim=accepted.claim, accepted=accepted, elements=())
    graded: dict[Claim, Grade] = {}
    found: dict[Claim, Mistake] = {}
    for rule in _rules(case):
        for claim in KIND[rule.kind].mistakes(rule, case):
            if claim not in graded:
                graded[claim] = grade(claim, encounter, book, derivation)
            mistake = _caught(claim, rule, graded[claim])
            if mistake is not None:
                found.setdefault(claim, mistake)
    return tuple(found.values())


def can_be_broken(rule: Rule, encounter: Encounter, book: Rulebook, derivation: Derivation) -> bool:
    """Whether one of the mistakes is for this rule."""
    if not derivation.accepted:
        return False
    accepted = derivation.accepted[0]
    case = Case(encounter=encounter, book=book, claim=accepted.claim, accepted=accepted, elements=())
    claims = KIND[rule.kind].mistakes(rule, case)
    return any(_caught(claim, rule, grade(claim, encounter, book, derivation)) for claim in claims)


def _caught(claim: Claim, rule: Rule, graded: Grade) -> Mistake | None:
    """The mistake, if the rule it was made for is the one that speaks; an acceptable claim is none."""
    for finding in graded.findings:
        if finding.rule == rule.id and finding.outcome not in NO_FAULT:
            return Mistake(claim=claim, rule=rule, finding=finding, clean=graded.clean)
    return None


def _rules(case: Case) -> Iterator[Rule]:
    """The rules that could be broken here: of what is reported, included, pointed away from, or not admitted."""
    bundled = case.accepted.bundled
    codes = dict.fromkeys(line.code for line in case.claim.lines)
    codes |= dict.fromkeys([*(one.rule.code for one in bundled), *(code for one in bundled for code in one.codes)])
    for code in codes:
        yield from case.book.of(code)
    naming = _naming(case.book)
    for code in sorted(case.accepted_codes):
        yield from (rule for rule in naming.get(code, ()) if rule.code not in codes)
    for code in sorted(_fitting(case) - set(codes)):
        yield from case.book.of(code)


def _fitting(case: Case) -> set[str]:
    """Codes whose facets all fit a service, whether or not they may be used."""
    services = case.encounter.services
    return {
        rule.code
        for service in services
        for rule in case.book.selectors(service.facets.get("procedure"))
        if match_facets(rule.params.facets, service).full
    }


@lru_cache(maxsize=64)
def _naming(book: Rulebook) -> dict[str, list[Rule]]:
    """Code -> the rules of other codes that are about it."""
    found: dict[str, list[Rule]] = {}
    for code in sorted(book.rules):
        for rule in book.of(code):
            for other in KIND[rule.kind].names(rule.params):
                found.setdefault(other, []).append(rule)
    return found
