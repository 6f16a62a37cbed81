"""Which diagnoses support a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import with_changed
from rulebook.icd import any_covers
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import ParamError, param
from rulebook.shapes import DIAGNOSES, DIAGNOSIS
from rulebook.types import Category, Claim, Finding, Outcome, Rule, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisParams:
    """The page's own list. ``C40.-`` stands for every code below C40, ``C00-D49`` for a block of categories."""

    supports: tuple[str, ...] = param("Diagnosis codes; C40.- is every code below C40, C00-D49 a block", what=DIAGNOSES)
    headers: tuple[str, ...] = param("Codes that are too short to be billed: C40.0", what=DIAGNOSIS, default=())

    def __post_init__(self) -> None:
        if not self.supports:
            raise ParamError("supports", "needs at least one diagnosis")

    def billable(self, code: str) -> bool:
        """False for a code this page knows to need more characters."""
        return code not in self.headers and f"{code}.-" not in self.supports and f"{code}-" not in self.supports

    def supported(self, code: str) -> bool:
        """Whether the page's list supports a diagnosis."""
        if not self.billable(code):
            return False
        return any_covers(self.supports, code)


class Diagnosis(Kind[DiagnosisParams]):
    """Each line points to a diagnosis that explains why the service was needed.

    **Why it matters.** The diagnosis is the reason for the service. A line whose diagnosis
    does not support it, or which points to a code that is too short to be billed, is
    denied for medical necessity.

    **Example.** A page for the treatment of bone tumors lists C79.51, secondary cancer of
    bone. C79.52 is bone *marrow* and not on the list; C79.5 is only the heading above
    both and cannot be billed at all.

    **What is checked.** The page's own list, for teaching. It says what this page
    supports, never what a payer will do.

    **Source.** The section that the finding cites, and the ICD-10-CM codes named there.
    """

    id: ClassVar[str] = "diagnosis"
    title: ClassVar[str] = "A diagnosis that supports the line"
    category: ClassVar[Category] = Category.DIAGNOSIS
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = DiagnosisParams

    def shape(self, params: DiagnosisParams, line: Draft.Line, draft: Draft) -> None:
        given = tuple(dict.fromkeys(draft.encounter.diagnoses))
        line.diagnoses = tuple(code for code in given if params.supported(code)) or given

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        pointed = [e for e in case.elements_of(rule.code, "diagnosis") if e.outcome is Outcome.KEPT]
        pointed = [e for e in pointed if rule.params.supported(e.yours or "")]
        for element in case.elements_of(rule.code, "diagnosis"):
            code = element.yours or element.accepted or ""
            if element.outcome is Outcome.OPTIONAL or self._accompanies(rule, element, case):
                continue
            if element.outcome is Outcome.EXTRA or not rule.params.supported(code):
                yield self._wrong(rule, element, code, case)
            elif element.outcome is Outcome.MISSING:
                yield self._missing(rule, element, code, alone=not pointed, case=case)
            else:
                yield self.finding(
                    rule,
                    element,
                    facts=case.where(code),
                    why=f"{code} is on this page's list and supports {rule.code}.",
                )

    def _accompanies(self, rule: Rule, element: Element, case: Case) -> bool:
        """Another rule of the page has put it beside a diagnosis from the list."""
        if element.accepted is None or rule.params.supported(element.accepted):
            return False
        return any(rule.params.supported(one.accepted) for one in case.pointers(element) if one.accepted)

    def _missing(self, rule: Rule, element: Element, code: str, *, alone: bool, case: Case) -> Finding:
        bare = "No diagnosis that supports it is on the line" if alone else "The note gives one more that supports it"
        return self.finding(
            rule,
            element,
            severity=Severity.ESSENTIAL if alone else Severity.ACTIONABLE,
            facts=case.where(code),
            why=f"Line {element.line} ({rule.code}) does not point to {code}. {bare}.",
            fix=f"Point the line to {code}.",
        )

    def _wrong(self, rule: Rule, element: Element, code: str, case: Case) -> Finding:
        if not rule.params.billable(code):
            why = f"{code} is only a heading in ICD-10-CM: it needs more characters before it can be billed."
            fix = f"Find the complete code below {code} in the note."
        elif not rule.params.supported(code):
            why = f"{code} is not in this page's list of diagnoses that support {rule.code}."
            fix = "Point the line to a diagnosis of the note that is on the list, or ask the provider."
        else:
            why = f"{code} would support {rule.code}, but the note does not give that diagnosis."
            fix = "Code the diagnosis that the note gives."
        outcome = Outcome.BROKEN if element.outcome is Outcome.KEPT else None
        return self.finding(rule, element, outcome=outcome, facts=case.where(code), why=why, fix=fix)

    def describe(self, params: DiagnosisParams) -> str:
        short = f" {listed(params.headers)} are too short to be billed." if params.headers else ""
        return f"Diagnoses on this page's list: {listed(params.supports, 'or')}.{short}"

    def contrasts(self, params: DiagnosisParams) -> tuple[Contrast, ...]:
        complete = [code for code in params.supports if "-" not in code]
        return tuple(
            Contrast(fact="diagnosis", value=code, flips=f"{code} is the diagnosis to point to") for code in complete
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        given = dict.fromkeys(case.encounter.diagnoses)
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code and line.diagnoses:
                others = tuple(code for code in given if code not in line.diagnoses)
                short = tuple(header for header in rule.params.headers if line.diagnoses[0].startswith(header))
                for diagnoses in (others, (*line.diagnoses, *others), short[-1:]):
                    if diagnoses and diagnoses != line.diagnoses:
                        yield with_changed(case.claim, place, diagnoses=diagnoses)

    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("C79.51", "C40.-"), headers=("C79.5", "C40.0")),
        section="qualifying-circumstances",
    )
    clean = (
        Specimen(
            title="A diagnosis from the list",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "diagnoses": ["C79.51"],
                "claim": {"lines": [{"code": "X1001", "diagnoses": ["C79.51"]}]},
            },
            rules=(COLD, _list),
        ),
    )
    caught = (
        Specimen(
            title="Marrow instead of bone",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "diagnoses": ["C79.51"],
                "claim": {"lines": [{"code": "X1001", "diagnoses": ["C79.51", "C79.52"]}]},
            },
            rules=(COLD, _list),
            finds=(Outcome.EXTRA, "diagnosis:C79.52"),
        ),
        Specimen(
            title="No diagnosis on the line",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "diagnoses": ["C79.51"],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, _list),
            finds=(Outcome.MISSING, "diagnosis:C79.51"),
        ),
    )
