"""Which diagnosis comes first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import with_changed
from rulebook.icd import any_covers
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.diagnosis import DiagnosisParams
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import ParamError, param
from rulebook.shapes import DIAGNOSES
from rulebook.types import Category, Claim, Finding, Outcome, Rule, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencingParams:
    """Diagnoses that go first when they are on the line. ``Z51.-`` stands for all below."""

    first: tuple[str, ...] = param("Diagnosis codes that are listed first: Z51.0", what=DIAGNOSES)

    def __post_init__(self) -> None:
        if not self.first:
            raise ParamError("first", "needs at least one diagnosis")

    def leads(self, code: str) -> bool:
        """Whether a diagnosis belongs first."""
        return any_covers(self.first, code)


class Sequencing(Kind[SequencingParams]):
    """The first pointer of a line is the reason for the service.

    **Why it matters.** Payers look at the first pointer first, and ICD-10-CM says for some codes
    which of two comes before the other. The codes can all be right and their order wrong.

    **Example.** A patient comes for chemotherapy: the encounter for it is listed first, and the
    cancer second.

    **What is checked.** The order of the pointers on your line. A wrong order is worth mending
    and does not by itself make the claim unclean.

    **Source.** The page and the ICD-10-CM guideline it names, in the section that the finding
    cites.
    """

    id: ClassVar[str] = "sequencing"
    title: ClassVar[str] = "First-listed diagnosis"
    category: ClassVar[Category] = Category.SEQUENCING
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = SequencingParams

    def refine(self, params: SequencingParams, line: Draft.Line, draft: Draft) -> None:
        line.orders = (*line.orders, (params.leads, lambda code: not params.leads(code)))

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        kept = {one.line for one in case.elements_of(rule.code, "code") if one.outcome is Outcome.KEPT}
        given = case.encounter.diagnoses
        for number, line in enumerate(case.claim.lines, start=1):
            leading = [code for code in line.diagnoses if rule.params.leads(code) and (not given or code in given)]
            if number in kept and leading and len(line.diagnoses) > 1:
                yield self._verdict(rule, number, line.diagnoses[0], leading[0], case)

    def _verdict(self, rule: Rule, number: int, first: str, leading: str, case: Case) -> Finding:
        right = rule.params.leads(first)
        element = Element(
            name="sequence", outcome=Outcome.KEPT if right else Outcome.BROKEN, line=number, code=rule.code,
            yours=first, accepted=first if right else leading,
        )  # fmt: skip
        given = case.encounter.diagnoses
        facts = (f"diagnoses.{given.index(leading)}",) if leading in given else ()
        if right:
            return self.finding(
                rule, element, facts=facts, why=f"{first} is the reason for the service and comes first."
            )
        return self.finding(
            rule,
            element,
            severity=Severity.ACTIONABLE,
            facts=facts,
            why=f"Line {number} points to {first} first. {leading} is the reason for this service and comes before it.",
            fix=f"Point to {leading} first.",
        )

    def describe(self, params: SequencingParams) -> str:
        return f"List {listed(params.first, 'or')} first when it is on the line."

    def contrasts(self, params: SequencingParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact="undiagnosed", value=entry, flips=f"without {entry} the next diagnosis comes first")
            for entry in params.first
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code and len(line.diagnoses) > 1:
                yield with_changed(case.claim, place, diagnoses=line.diagnoses[::-1])

    _rule = Rule(
        id="X1001/sequencing",
        code="X1001",
        kind="sequencing",
        params=SequencingParams(first=("Z51.0",)),
        section="qualifying-circumstances",
    )
    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("C79.51", "Z51.0")),
        section="qualifying-circumstances",
    )
    _case = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE], "diagnoses": ["C79.51", "Z51.0"]}
    clean = (
        Specimen(
            title="The reason for the encounter first",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["Z51.0", "C79.51"]}]}},
            rules=(COLD, _list, _rule),
        ),
    )
    caught = (
        Specimen(
            title="The order turned round",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["C79.51", "Z51.0"]}]}},
            rules=(COLD, _list, _rule),
            finds=(Outcome.BROKEN, "sequence"),
        ),
    )
