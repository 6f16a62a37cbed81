"""Diagnoses that have to be complete."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case
from rulebook.changes import with_pointers
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.diagnosis import DiagnosisParams
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import ParamError, param
from rulebook.shapes import DIAGNOSIS
from rulebook.types import Category, Claim, Finding, Outcome, Rule

NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableParams:
    """What of ICD-10-CM cannot stand on a claim, and what is not in it at all."""

    headers: tuple[str, ...] = param("Codes that need more characters: C40.0", what=DIAGNOSIS, default=())
    unknown: tuple[str, ...] = param("Codes that ICD-10-CM does not have on these days", what=DIAGNOSIS, default=())

    def __post_init__(self) -> None:
        if not self.headers and not self.unknown:
            raise ParamError("headers", "or unknown needs at least one code")


class Billable(Kind[BillableParams]):
    """A diagnosis is coded with all the characters that ICD-10-CM has for it.

    A category or a code with further codes below it is a heading. It says what a group of diseases has in common and
    cannot be billed.

    **Why it matters.** A claim with an incomplete diagnosis is sent back before anybody looks at the service. It is
    the easiest denial to avoid.

    **Example.** C79.5 stands above C79.51 (bone) and C79.52 (marrow). The note says which of the two it is, so the
    claim does.

    **What is checked.** Whether each diagnosis is a code that could be billed on the date of service. New codes and
    new headings come every October, and some in April.

    **Source.** The order file of ICD-10-CM of the fiscal year that the rule names.
    """

    id: ClassVar[str] = "billable"
    title: ClassVar[str] = "Complete diagnoses"
    category: ClassVar[Category] = Category.DIAGNOSIS
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    from_files: ClassVar[bool] = True
    Params = BillableParams

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        params: BillableParams = rule.params
        for element in case.elements_of(rule.code, "diagnosis"):
            code = element.yours or ""
            if code in params.headers:
                why = f"{code} is a heading in ICD-10-CM: it needs more characters before it can be billed."
                fix = f"Find the complete code below {code} in the note."
            elif code in params.unknown:
                why = f"ICD-10-CM has no code {code} on this date of service."
                fix = "Look the diagnosis of the note up again."
            else:
                continue
            outcome = Outcome.BROKEN if element.outcome is Outcome.KEPT else None
            yield self.finding(rule, element, outcome=outcome, facts=case.where(code), why=why, fix=fix)

    def describe(self, params: BillableParams) -> str:
        short = f"{listed(params.headers, 'and', NAMED)} need more characters" if params.headers else ""
        none = f"{listed(params.unknown, 'and', NAMED)} are no codes of ICD-10-CM" if params.unknown else ""
        return f"Diagnoses are complete codes: {listed([one for one in (short, none) if one])}."

    def contrasts(self, params: BillableParams) -> tuple[Contrast, ...]:
        return ()

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        headers = sorted(rule.params.headers, key=len, reverse=True)

        def shortened(diagnoses: tuple[str, ...]) -> tuple[str, ...]:
            """Each diagnosis as the nearest heading above it."""
            return tuple(next((one for one in headers if code.startswith(one)), code) for code in diagnoses)

        yield from with_pointers(case.claim, rule.code, shortened)

    _complete = Rule(
        id="X1001/billable",
        code="X1001",
        kind="billable",
        params=BillableParams(headers=("C79.5",), unknown=("C79.50",)),
        section="qualifying-circumstances",
    )
    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("C79.51",)),
        section="qualifying-circumstances",
    )
    _rules = (COLD, _list, _complete)
    _case = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE], "diagnoses": ["C79.51"]}
    clean = (
        Specimen(
            title="The complete code",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["C79.51"]}]}},
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="The heading above it",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["C79.5"]}]}},
            rules=_rules,
            finds=(Outcome.EXTRA, "diagnosis:C79.5"),
        ),
        Specimen(
            title="A code that there is not",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["C79.50"]}]}},
            rules=_rules,
            finds=(Outcome.EXTRA, "diagnosis:C79.50"),
        ),
    )
