"""Claims that educators accept for one case, though they do not follow from the rules."""

from dataclasses import replace
from typing import Any

from rulebook.book import Rulebook
from rulebook.compare import compare
from rulebook.types import (
    Accepted,
    Category,
    Claim,
    ClaimLine,
    Counts,
    Derivation,
    Encounter,
    Finding,
    Grade,
    Granted,
    Outcome,
    Service,
    Severity,
)

#: What findings about a granted claim are called.
RULE, KIND = "library/granted", "granted"
_QUIET = (Outcome.KEPT, Outcome.OPTIONAL)


def same_case(encounter: Encounter) -> Encounter:
    """The encounter in an order that does not depend on the order in which its facts are written."""
    services = tuple(sorted(encounter.services, key=_said))
    earlier = tuple(sorted(encounter.earlier, key=lambda one: (one.date, one.code)))
    return replace(encounter, services=services, earlier=earlier)


def _said(service: Service) -> tuple[Any, ...]:
    return (sorted(service.facets.items()), service.count)


def with_granted(result: Grade, claim: Claim, encounter: Encounter, book: Rulebook, derivation: Derivation) -> Grade:
    """What the rules say of a claim, and where they find fault with one that is granted, that it is accepted."""
    for granted in derivation.granted:
        required = _elements(claim, granted.claim, encounter, book)
        if required is not None and not _faultless(result):
            return _accepted(result, granted, required, derivation)
    return replace(result, accepted=tuple(dict.fromkeys((*result.accepted, *_claims(derivation)))))


def says_the_same(claim: Claim, other: Claim, encounter: Encounter, book: Rulebook) -> bool:
    """Whether two claims are one, but for the order of lines and modifiers and what a case without diagnoses spares."""
    return _elements(claim, other, encounter, book) is not None


def _elements(claim: Claim, wanted: Claim, encounter: Encounter, book: Rulebook) -> int | None:
    """How many elements a granted claim has, if the other says the same; None if it says anything else."""
    measure = Accepted(claim=wanted, services=((),) * len(wanted.lines))
    elements = compare(claim, measure, encounter, book)
    if any(one.outcome not in _QUIET for one in elements) or not _in_order(claim, wanted, encounter):
        return None
    return sum(one.weight for one in elements if one.outcome is Outcome.KEPT)


def _in_order(claim: Claim, wanted: Claim, encounter: Encounter) -> bool:
    """Whether each line points to its diagnoses in the order of the granted one, where the case has any."""
    pairs = zip(sorted(claim.lines, key=_content), sorted(wanted.lines, key=_content), strict=True)
    return not encounter.diagnoses or all(not one.diagnoses or line.diagnoses == one.diagnoses for line, one in pairs)


def _content(line: ClaimLine) -> tuple[Any, ...]:
    return (line.code, line.units, sorted(set(line.modifiers)), line.diagnoses)


def _faultless(result: Grade) -> bool:
    return result.clean and all(finding.outcome in _QUIET for finding in result.findings)


def _accepted(result: Grade, granted: Granted, required: int, derivation: Derivation) -> Grade:
    """The rules that were kept stay said; what they hold against the claim does not count."""
    quiet = tuple(finding for finding in result.findings if finding.outcome in _QUIET)
    return Grade(
        clean=True,
        counts=Counts(required=required, kept=required, extra=0),
        accepted=tuple(dict.fromkeys((granted.claim, *result.accepted, *_claims(derivation)))),
        findings=(_finding(granted), *quiet),
    )


def _claims(derivation: Derivation) -> tuple[Claim, ...]:
    return tuple(one.claim for one in derivation.granted)


def _finding(granted: Granted) -> Finding:
    lines = granted.claim.lines
    return Finding(
        rule=RULE, kind=KIND, outcome=Outcome.OPTIONAL, severity=Severity.INFORMATIVE, category=Category.OTHER,
        element="claim", line=None, code=lines[0].code if lines else granted.cites.code, yours=None, accepted=None,
        facts=(), why=f"Educators accept this claim for this case too: {granted.why}",
        fix="The claim that follows from the rules is acceptable as well.", cites=granted.cites,
    )  # fmt: skip
