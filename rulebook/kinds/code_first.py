"""Diagnoses that follow the disease they come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import with_pointers
from rulebook.icd import any_covers, single
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.diagnosis import DiagnosisParams
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import ParamError, param
from rulebook.shapes import DIAGNOSES
from rulebook.types import Category, Claim, Finding, Outcome, Rule, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFirstParams:
    """The manifestations, and the diseases of which one has to stand before them."""

    manifestations: tuple[str, ...] = param("Diagnoses that come from another disease: D63.1", what=DIAGNOSES)
    underlying: tuple[str, ...] = param(
        "The diseases they come from: N18.-, or a block such as C00-D49", what=DIAGNOSES
    )

    def __post_init__(self) -> None:
        for field in ("manifestations", "underlying"):
            if not getattr(self, field):
                raise ParamError(field, "needs at least one diagnosis")

    def follows(self, code: str) -> bool:
        """Whether a diagnosis is one of the manifestations."""
        return any_covers(self.manifestations, code)

    def leads(self, code: str) -> bool:
        """Whether a diagnosis is a disease that goes before them."""
        return any_covers(self.underlying, code) and not self.follows(code)


class CodeFirst(Kind[CodeFirstParams]):
    """The disease comes first, and what it has caused comes after it.

    Some codes of ICD-10-CM name something that another disease has brought about. At such a code
    the book says *code first*: the disease itself is on the line too, and stands before it.

    **Why it matters.** Alone or in first place, such a code says that something was caused and not by
    what. Payers reject it as the first diagnosis of a line.

    **Example.** Anemia in chronic kidney disease is D63.1. The kidney disease with its stage, N18.31,
    is pointed to first, and D63.1 after it.

    **What is checked.** That the disease is on the line, which is essential, and that it stands first,
    which is worth mending.

    **Source.** The *code first* notes of ICD-10-CM and section I.A.13 of its Official Guidelines; the
    section that the finding cites names them.
    """

    id: ClassVar[str] = "code-first"
    title: ClassVar[str] = "Underlying disease first"
    category: ClassVar[Category] = Category.DIAGNOSIS
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = CodeFirstParams

    def refine(self, params: CodeFirstParams, line: Draft.Line, draft: Draft) -> None:
        if any(map(params.follows, line.diagnoses)):
            diseases = filter(params.leads, draft.encounter.diagnoses)
            line.diagnoses = tuple(dict.fromkeys((*line.diagnoses, *diseases)))
            line.orders = (*line.orders, (params.leads, params.follows))

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        for element in case.elements_of(rule.code, "diagnosis"):
            accepted = [one.accepted for one in case.pointers(element) if one.accepted]
            caused = next(filter(rule.params.follows, accepted), None)
            led = any(map(rule.params.leads, accepted))
            if element.outcome is Outcome.MISSING and caused and rule.params.leads(element.accepted or ""):
                yield self._missing(rule, element, caused, case)
            elif element.outcome is Outcome.KEPT and rule.params.follows(element.accepted or "") and not led:
                yield self._alone(rule, element, case)
        for element in case.turned(rule.code, rule.params.leads, rule.params.follows):
            yield self._order(rule, element, case)

    def _missing(self, rule: Rule, element: Element, caused: str, case: Case) -> Finding:
        return self.finding(
            rule,
            element,
            facts=case.where(element.accepted or ""),
            why=f"{caused} says what another disease has caused, so the disease is coded first. The note gives "
            f"{element.accepted}, and line {element.line} does not point to it.",
            fix=f"Point the line to {element.accepted}, before {caused}.",
        )

    def _alone(self, rule: Rule, element: Element, case: Case) -> Finding:
        return self.finding(
            rule,
            element,
            outcome=Outcome.BROKEN,
            facts=case.where(element.accepted or ""),
            why=f"{element.accepted} is never alone: the disease it comes from is coded first, and the note gives "
            f"none that fits ({listed(rule.params.underlying, 'or', 4)}).",
            fix=f"Ask the provider for the disease that {element.accepted} comes from.",
        )

    def _order(self, rule: Rule, element: Element, case: Case) -> Finding:
        disease, caused = element.accepted or "", element.yours or ""
        facts = (*case.where(disease), *case.where(caused))
        if element.outcome is Outcome.KEPT:
            why = f"{caused} comes from {disease}, and {disease} stands before it."
            return self.finding(rule, element, category=Category.SEQUENCING, facts=facts, why=why)
        return self.finding(
            rule,
            element,
            severity=Severity.ACTIONABLE,
            category=Category.SEQUENCING,
            facts=facts,
            why=f"Line {element.line} points to {caused} before {disease}. {caused} is what the disease has caused, "
            f"and ICD-10-CM says to code the disease first.",
            fix=f"Point to {disease} first, then to {caused}.",
        )

    def describe(self, params: CodeFirstParams) -> str:
        return (
            f"Code the disease first: {listed(params.underlying, 'or')} is on the line and stands before "
            f"{listed(params.manifestations, 'or')}."
        )

    def contrasts(self, params: CodeFirstParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact=fact, value=code, flips=f"{code} brings along the disease it comes from, and follows it")
            for fact in ("diagnosis", "diagnoses")
            for code in single(params.manifestations)[:1]
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        params = rule.params

        def alone(diagnoses: tuple[str, ...]) -> tuple[str, ...]:
            """What was caused, without the disease."""
            caused = any(map(params.follows, diagnoses))
            return tuple(code for code in diagnoses if not (caused and params.leads(code)))

        yield from with_pointers(case.claim, rule.code, alone)
        yield from with_pointers(case.claim, rule.code, lambda own: tuple(sorted(own, key=params.leads)))

    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("D63.1", "N18.-")),
        section="qualifying-circumstances",
    )
    _first = Rule(
        id="X1001/code-first",
        code="X1001",
        kind="code-first",
        params=CodeFirstParams(manifestations=("D63.1",), underlying=("N18.-",)),
        section="qualifying-circumstances",
    )
    _rules = (COLD, _list, _first)
    _case = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE], "diagnoses": ["D63.1", "N18.31"]}
    clean = (
        Specimen(
            title="The kidney disease, then its anemia",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["N18.31", "D63.1"]}]}},
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="The anemia without its disease",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["D63.1"]}]}},
            rules=_rules,
            finds=(Outcome.MISSING, "diagnosis:N18.31"),
        ),
        Specimen(
            title="The anemia before its disease",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["D63.1", "N18.31"]}]}},
            rules=_rules,
            finds=(Outcome.BROKEN, "sequence:D63.1"),
        ),
        Specimen(
            title="A note that names no disease",
            case={
                **_case,
                "diagnoses": ["D63.1"],
                "claim": {"lines": [{"code": "X1001", "diagnoses": ["D63.1"]}]},
            },
            rules=_rules,
            finds=(Outcome.BROKEN, "diagnosis:D63.1"),
        ),
    )
