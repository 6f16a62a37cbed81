"""A claim against the accepted ones: findings, both scores, the same every time."""

from collections.abc import Iterable
from operator import itemgetter

from rulebook.agenda import Check
from rulebook.book import Rulebook
from rulebook.case import Case, Element, Key
from rulebook.compare import compare
from rulebook.derive import derive
from rulebook.frozen import quick
from rulebook.granted import with_granted
from rulebook.kinds import KIND
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
    Rule,
    Severity,
    Strange,
    Undecided,
)

_SEVERITY = {severity: rank for rank, severity in enumerate(Severity)}
_GROUPS = ("code", "units", "modifier", "diagnosis", "sequence", "documentation", "service")
_GROUP = {group: rank for rank, group in enumerate(_GROUPS)}
#: Members of an enumeration take their time to look up.
_KEPT, _OPTIONAL, _EXTRA, _UNCLEAR = Outcome.KEPT, Outcome.OPTIONAL, Outcome.EXTRA, Outcome.UNCLEAR
_ESSENTIAL = Severity.ESSENTIAL
_WORTH = {_KEPT: 1, _OPTIONAL: 0}
_QUIET = (_KEPT, _OPTIONAL)
_new_grade, _new_counts = quick(Grade), quick(Counts)
_place = itemgetter(0)


def grade(claim: Claim, encounter: Encounter, rulebook: Rulebook, derivation: Derivation | None = None) -> Grade:
    """Grade a claim for an encounter by the rules in force on its date of service.

    ``derivation`` may be passed where it is already known. Where several claims are
    acceptable, the one closest to this claim is the measure, and comes first in ``accepted``.
    What educators accept besides comes last there; a claim that says the same as one of those is clean.
    """
    derivation = derivation or derive(encounter, rulebook)
    graded = _graded(claim, encounter, rulebook, derivation)
    return with_granted(graded, claim, encounter, rulebook, derivation) if derivation.granted else graded


def _graded(claim: Claim, encounter: Encounter, rulebook: Rulebook, derivation: Derivation) -> Grade:
    """What follows from the rules alone."""
    case = _closest(claim, encounter, rulebook, derivation)
    faults, kept = _explain(case)
    findings = [*faults.values(), *kept]
    if case.accepted.undecided:
        findings += _waiting(case)
    findings.sort(key=_order)
    return _new_grade(
        clean=_ESSENTIAL not in [finding.severity for finding in findings],
        counts=_count(case.elements, faults),
        accepted=_closest_first(derivation, case.accepted),
        findings=tuple(findings),
    )


def _closest_first(derivation: Derivation, closest: Accepted) -> tuple[Claim, ...]:
    if derivation.accepted == (closest,):
        return (closest.claim,)
    return tuple(sorted([one.claim for one in derivation.accepted], key=lambda claim: claim != closest.claim))


def _closest(claim: Claim, encounter: Encounter, book: Rulebook, derivation: Derivation) -> Case:
    """The claim held against the accepted one that it is closest to, the preferred one if there are several."""
    accepted = derivation.accepted or (Accepted(claim=Claim(lines=()), services=(), undecided=derivation.undecided),)
    closest, elements = accepted[0], compare(claim, accepted[0], encounter, book)
    for other in accepted[1:]:
        compared = compare(claim, other, encounter, book)
        if _closeness(compared) > _closeness(elements):
            closest, elements = other, compared
    return Case(encounter=encounter, book=book, claim=claim, accepted=closest, elements=elements)


def _closeness(elements: tuple[Element, ...]) -> tuple[int, int]:
    """The codes decide first: an accepted code with faults is still that code."""
    codes = sum(element.name == "code" and element.outcome is not _KEPT for element in elements)
    return -codes, sum(_WORTH.get(element.outcome, -element.weight) for element in elements)


def _explain(case: Case) -> tuple[dict[Key, Finding], list[Finding]]:
    """One finding for each element that differs, from the most specific rule; all rules that were kept."""
    kept: list[Finding] = []
    faults: dict[Key, Finding] = {}
    for _, kind, rule in _asked(case):
        for finding in kind.check(rule, case):
            if finding.outcome in _QUIET:
                kept.append(finding)
            else:
                key = (finding.line, finding.code, finding.element)
                faults.setdefault(key, finding)
                case.explained.add(key)
    for element in case.elements:
        if element.outcome is not _KEPT and element.outcome is not _OPTIONAL and element.key not in faults:
            faults[element.key] = _unclear(element, case)
    return faults, kept


def _asked(case: Case) -> list[Check]:
    """The rules of every code that is accepted, entered, or includes something; the most specific kinds first."""
    checks = case.book.agenda.checks
    asked: list[Check] = []
    for group in case.groups:
        asked += checks.get(group, ())
    codes = dict.fromkeys([code for code, _ in case.groups])
    for bundled in case.accepted.bundled:
        codes[bundled.rule.code] = None
    for code in codes:
        asked += checks.get((code, None), ())
    if case.book.look_up is not None:
        asked += [(case.book.agenda.places[rule.kind], KIND[rule.kind], rule) for rule in _looked_up(case)]
    asked.sort(key=_place)
    return asked


def _looked_up(case: Case) -> tuple[Rule, ...]:
    """What a look-up says of the part of a claim that no page and no note knows; not asked where there is none."""
    known, given = case.book.rules, case.encounter.diagnoses
    entered = dict.fromkeys([line.code for line in case.claim.lines])
    pointed = dict.fromkeys([code for line in case.claim.lines for code in line.diagnoses])
    codes = tuple([code for code in entered if code not in known])
    diagnoses = tuple([code for code in pointed if code not in given])
    if case.book.look_up is None or not (codes or diagnoses):
        return ()
    beside = tuple(sorted(case.accepted_codes | {code for code in entered if code in known}))
    asked = Strange(on=case.encounter.date_of_service, codes=codes, diagnoses=diagnoses, beside=beside)
    return case.book.look_up(case.book, asked)


def _unclear(element: Element, case: Case) -> Finding:
    """No rule of the library explains this difference, so nobody is called wrong for it."""
    if case.book.of(element.code):
        why = f"No rule on the page of {element.code} decides this, so it counts neither way."
    else:
        why = f"The library has no page for {element.code}, so it counts neither way."
    return Finding(
        rule="library/unclear", kind="unclear", outcome=Outcome.UNCLEAR, severity=Severity.INFORMATIVE,
        category=Category.OTHER, element=element.name, line=element.line, code=element.code, yours=element.yours,
        accepted=element.accepted, facts=(), why=why, fix="Ask an educator whether it should count.", cites=None,
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
            why=_why_waiting(undecided, what), fix="Ask an educator whether it should count.",
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


def _count(elements: Iterable[Element], faults: dict[Key, Finding]) -> Counts:
    """Count what the rules could decide; what is unclear has no effect on the score."""
    required = kept = extra = 0
    for element in elements:
        outcome = element.outcome
        fault = faults.get(element.key) if faults else None
        if outcome is _OPTIONAL or (fault is not None and fault.outcome is _UNCLEAR):
            continue
        if outcome is _EXTRA:
            extra += 1
            continue
        required += element.weight
        if outcome is _KEPT and fault is None:
            kept += 1
    return _new_counts(required=required, kept=kept, extra=extra)


def _order(finding: Finding) -> tuple[bool, int, int, bool, int, str, str]:
    """Essential first, kept last; within that what hangs on the code first, then by line and rule."""
    return (
        finding.outcome is _KEPT,
        _SEVERITY[finding.severity],
        _GROUP[finding.element.partition(":")[0]],
        finding.line is None,
        finding.line or 0,
        finding.rule,
        finding.element,
    )
