"""Diagnoses that want another one beside them."""

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
class UseAdditionalParams:
    """The diagnoses that are told more exactly by another one, and those that do so."""

    with_: tuple[str, ...] = param("Diagnoses that ask for another one: E11.-", what=DIAGNOSES)
    add: tuple[str, ...] = param("What goes with them when the note gives it: Z79.4, Z79.84", what=DIAGNOSES)

    def __post_init__(self) -> None:
        for field, values in (("with", self.with_), ("add", self.add)):
            if not values:
                raise ParamError(field, "needs at least one diagnosis")

    def follows(self, code: str) -> bool:
        """Whether a diagnosis is one that is added."""
        return any_covers(self.add, code)

    def leads(self, code: str) -> bool:
        """Whether a diagnosis asks for another one."""
        return any_covers(self.with_, code) and not self.follows(code)


class UseAdditional(Kind[UseAdditionalParams]):
    """Some diagnoses are told in two codes, and the second adds what the first has no room for.

    At such a code ICD-10-CM says *use additional code*. Where the note has the fact, the second code is
    on the line as well, after the first.

    **Why it matters.** The first code alone is valid, so nothing rejects it. But the stage, the drug or
    the cause is lost, and with it the reason for the tests and the visits that follow.

    **Example.** Type 2 diabetes treated with insulin: E11.9, and after it Z79.4 for the insulin.

    **What is checked.** Only what the note gives. A second code that could exist and is not in the note
    is never asked for. The second code missing is essential, the two turned round is worth mending.

    **Source.** The *use additional code* notes of ICD-10-CM and sections I.A.13 and I.B.7 of its Official
    Guidelines; the section that the finding cites names them.
    """

    id: ClassVar[str] = "use-additional"
    title: ClassVar[str] = "An additional diagnosis"
    category: ClassVar[Category] = Category.DIAGNOSIS
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = UseAdditionalParams

    def refine(self, params: UseAdditionalParams, line: Draft.Line, draft: Draft) -> None:
        if any(map(params.leads, line.diagnoses)):
            more = filter(params.follows, draft.encounter.diagnoses)
            line.diagnoses = tuple(dict.fromkeys((*line.diagnoses, *more)))
            line.orders = (*line.orders, (params.leads, params.follows))

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        for element in case.elements_of(rule.code, "diagnosis"):
            accepted = [one.accepted for one in case.pointers(element) if one.accepted]
            first = next(filter(rule.params.leads, accepted), None)
            if first and element.accepted and rule.params.follows(element.accepted):
                yield self._presence(rule, element, first, element.accepted, case)
        for element in case.turned(rule.code, rule.params.leads, rule.params.follows):
            if element.outcome is Outcome.BROKEN:
                yield self._order(rule, element, case)

    def _presence(self, rule: Rule, element: Element, first: str, code: str, case: Case) -> Finding:
        facts = (*case.where(first), *case.where(code))
        if element.outcome is Outcome.KEPT:
            why = f"{first} asks for an additional code where the note has one, and {code} is it."
            return self.finding(rule, element, facts=facts, why=why)
        return self.finding(
            rule,
            element,
            facts=facts,
            why=f"At {first} ICD-10-CM says to use an additional code. The note gives {code}, and line "
            f"{element.line} does not point to it.",
            fix=f"Point the line to {code} as well, after {first}.",
        )

    def _order(self, rule: Rule, element: Element, case: Case) -> Finding:
        first, then = element.accepted or "", element.yours or ""
        return self.finding(
            rule,
            element,
            severity=Severity.ACTIONABLE,
            category=Category.SEQUENCING,
            facts=(*case.where(first), *case.where(then)),
            why=f"Line {element.line} points to {then} before {first}. {then} is the additional code, and it stands "
            f"after the one it adds to.",
            fix=f"Point to {first} first, then to {then}.",
        )

    def describe(self, params: UseAdditionalParams) -> str:
        return (
            f"With {listed(params.with_, 'or')}, also point to {listed(params.add, 'or')} where the note gives it, "
            f"after the first."
        )

    def contrasts(self, params: UseAdditionalParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact="diagnoses", value=code, flips=f"{code} is in the note now, and goes with the first")
            for code in single(params.add)
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        params = rule.params

        def without(diagnoses: tuple[str, ...]) -> tuple[str, ...]:
            """The first code as if it said everything."""
            asked = any(map(params.leads, diagnoses))
            return tuple(code for code in diagnoses if not (asked and params.follows(code)))

        yield from with_pointers(case.claim, rule.code, without)
        yield from with_pointers(case.claim, rule.code, lambda own: tuple(sorted(own, key=params.leads)))

    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("E11.-",)),
        section="qualifying-circumstances",
    )
    _more = Rule(
        id="X1001/use-additional",
        code="X1001",
        kind="use-additional",
        params=UseAdditionalParams(with_=("E11.-",), add=("Z79.4", "Z79.84")),
        section="qualifying-circumstances",
    )
    _rules = (COLD, _list, _more)
    _case = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE], "diagnoses": ["E11.9", "Z79.4"]}
    clean = (
        Specimen(
            title="The diabetes and its insulin",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["E11.9", "Z79.4"]}]}},
            rules=_rules,
        ),
        Specimen(
            title="A note without a drug asks for nothing more",
            case={
                **_case,
                "diagnoses": ["E11.9"],
                "claim": {"lines": [{"code": "X1001", "diagnoses": ["E11.9"]}]},
            },
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="The diabetes alone",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["E11.9"]}]}},
            rules=_rules,
            finds=(Outcome.MISSING, "diagnosis:Z79.4"),
        ),
        Specimen(
            title="The insulin before the diabetes",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["Z79.4", "E11.9"]}]}},
            rules=_rules,
            finds=(Outcome.BROKEN, "sequence:Z79.4"),
        ),
    )
