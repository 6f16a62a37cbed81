"""A claim against the accepted ones: findings, both scores, the same every time."""

from collections.abc import Iterable

from rulebook.book import Rulebook
from rulebook.case import Case, Element, Key, compare
from rulebook.derive import derive
from rulebook.kinds import KIND, KINDS
from rulebook.types import (
    Accepted,
    Category,
    Citation,
    Claim,
    Counts,
    Derivation,
    Encounter,
    Finding,
    Grade,
    Outcome,
    Severity,
    Undecided,
)

_RANK = {kind.id: rank for rank, kind in enumerate(KINDS)}
_SEVERITY = {severity: rank for rank, severity in enumerate(Severity)}
_GROUPS = ("code", "units", "modifier", "diagnosis", "sequence", "documentation", "service")
_WORTH = {Outcome.KEPT: 1, Outcome.OPTIONAL: 0}
_QUIET = (Outcome.KEPT, Outcome.OPTIONAL)


def grade(claim: Claim, encounter: Encounter, rulebook: Rulebook, derivation: Derivation | None = None) -> Grade:
    """Grade a claim for an encounter by the rules in force on its date of service.

    ``derivation`` may be passed where it is already known. Where several claims are
    acceptable, the one closest to this claim is the measure, and comes first in ``accepted``.
    """
    derivation = derivation or derive(encounter, rulebook)
    case = _closest(claim, encounter, rulebook, derivation)
    findings = [*_explain(case), *_waiting(case)]
    explained = {
        (finding.line, finding.code, finding.element): finding for finding in findings if finding.outcome not in _QUIET
    }
    return Grade(
        clean=all(finding.severity is not Severity.ESSENTIAL for finding in findings),
        counts=_count(case.elements, explained),
        accepted=tuple(sorted((a.claim for a in derivation.accepted), key=lambda one: one != case.accepted.claim)),
        findings=tuple(sorted(findings, key=_order)),
    )


def _closest(claim: Claim, encounter: Encounter, book: Rulebook, derivation: Derivation) -> Case:
    best: Case | None = None
    best_score = (0, 0)
    nothing = Accepted(claim=Claim(lines=()), services=(), undecided=derivation.undecided)
    for accepted in derivation.accepted or (nothing,):
        elements = compare(claim, accepted, encounter, book)
        # The codes decide first: an accepted code with faults is still that code.
        codes = sum(element.name == "code" and element.outcome is not Outcome.KEPT for element in elements)
        score = (-codes, sum(_WORTH.get(element.outcome, -element.weight) for element in elements))
        if best is None or score > best_score:
            best_score = score
            best = Case(encounter=encounter, book=book, claim=claim, accepted=accepted, elements=elements)
    assert best is not None
    return best


def _explain(case: Case) -> list[Finding]:
    """One finding for each element that differs, from the most specific rule; all rules that were kept."""
    kept: list[Finding] = []
    faults: dict[Key, Finding] = {}
    wholes = [bundled.rule.code for bundled in case.accepted.bundled]
    codes = dict.fromkeys([*case.accepted_codes, *(line.code for line in case.claim.lines), *wholes])
    rules = [rule for code in codes for rule in case.book.of(code)]
    rules.sort(key=lambda rule: (_RANK[rule.kind], rule.id))
    for rule in rules:
        for finding in KIND[rule.kind].check(rule, case):
            if finding.outcome in _QUIET:
                kept.append(finding)
            else:
                key = (finding.line, finding.code, finding.element)
                faults.setdefault(key, finding)
                case.explained.add(key)
    for element in case.elements:
        if element.outcome not in _QUIET and element.key not in faults:
            faults[element.key] = _unclear(element, case)
    return [*faults.values(), *kept]


def _unclear(element: Element, case: Case) -> Finding:
    """No rule of the library explains this difference, so nobody is called wrong for it."""
    if case.book.of(element.code):
        why = f"No rule on the page of {element.code} decides this, so it does not count for or against you."
    else:
        why = f"The library has no page for {element.code}, so it does not count for or against you."
    return Finding(
        rule="library/unclear", kind="unclear", outcome=Outcome.UNCLEAR, severity=Severity.INFORMATIVE,
        category=Category.OTHER, element=element.name, line=element.line, code=element.code, yours=element.yours,
        accepted=element.accepted, facts=(), why=why, fix="Ask an educator if you think it should count.", cites=None,
    )  # fmt: skip


def _waiting(case: Case) -> Iterable[Finding]:
    """A service that no rule turns into a code is said, not guessed."""
    for undecided in case.accepted.undecided:
        facets = case.encounter.services[undecided.service].facets
        facts = case.facts((undecided.service,), tuple(sorted(facets)))
        what = facets.get("procedure") or f"service with {facets[min(facets)]}"
        yield Finding(
            rule="library/undecided", kind="unclear", outcome=Outcome.UNCLEAR, severity=Severity.INFORMATIVE,
            category=Category.OTHER, element=f"service:{undecided.service}", line=None,
            code=undecided.candidates[0] if undecided.candidates else "", yours=None, accepted=None, facts=facts,
            why=_why_waiting(undecided, what), fix="Ask an educator if you think it should count.",
            cites=_candidate_section(undecided, case.book),
        )  # fmt: skip


def _why_waiting(undecided: Undecided, what: str) -> str:
    if not undecided.candidates:
        return f"No code of this library reports the {what} on this date of service, so it is left out of the score."
    if not undecided.missing:
        return f"Whether {undecided.candidates[0]} may be reported hangs on another service that is not decided."
    return (
        f"The case does not say the {' or the '.join(undecided.missing[:3])} of the {what}; "
        f"{', '.join(undecided.candidates[:4])} would fit, so it is left out of the score."
    )


def _candidate_section(undecided: Undecided, book: Rulebook) -> Citation | None:
    rule = book.first(undecided.candidates[0], "selection") if undecided.candidates else None
    return rule.cites if rule else None


def _count(elements: Iterable[Element], explained: dict[Key, Finding]) -> Counts:
    """Count what the rules could decide; what is unclear has no effect on the score."""
    required = kept = extra = 0
    for element in elements:
        finding = explained.get(element.key)
        if element.outcome is Outcome.OPTIONAL or (finding and finding.outcome is Outcome.UNCLEAR):
            continue
        if element.outcome is Outcome.EXTRA:
            extra += 1
            continue
        required += element.weight
        if element.outcome is Outcome.KEPT and finding is None:
            kept += 1
    return Counts(required=required, kept=kept, extra=extra)


def _order(finding: Finding) -> tuple[bool, int, int, bool, int, str, str]:
    """Essential first, kept last; within that what hangs on the code first, then by line and rule."""
    return (
        finding.outcome is Outcome.KEPT,
        _SEVERITY[finding.severity],
        _GROUPS.index(finding.element.partition(":")[0]),
        finding.line is None,
        finding.line or 0,
        finding.rule,
        finding.element,
    )
