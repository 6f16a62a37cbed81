"""How much of a service it takes before a code may be used at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case
from rulebook.changes import beside, with_line
from rulebook.kinds.base import Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import ParamError, param
from rulebook.types import Category, Claim, ClaimLine, Encounter, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdParams:
    """The procedure that is counted, and how much of it the code needs."""

    procedure: str = param("The procedure that is counted: counseling")
    least: int = param("How much of it the code needs")
    noun: str = param("What is counted, in the plural: minutes", default="minutes")

    def __post_init__(self) -> None:
        if self.least < 2:
            raise ParamError("least", "must be at least 2, or it is no threshold")

    def reached(self, encounter: Encounter) -> bool:
        """Whether the note shows enough of it."""
        return (
            sum(one.count for one in encounter.services if one.facets.get("procedure") == self.procedure) >= self.least
        )


class Threshold(Kind[ThresholdParams]):
    """Below a certain amount a service is not reported at all.

    **Why it matters.** A code that begins at sixteen minutes is not a code for fifteen.

    **Example.** The note shows nine minutes of counseling, and the code needs ten: no line.

    **Source.** The code's description, in the section that the finding cites.
    """

    id: ClassVar[str] = "threshold"
    title: ClassVar[str] = "Enough to be reported"
    category: ClassVar[Category] = Category.OVER_CODING
    Params = ThresholdParams

    def admits(self, params: ThresholdParams, encounter: Encounter) -> bool:
        return params.reached(encounter)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        reached = rule.params.reached(case.encounter)
        for element in case.elements_of(rule.code, "entered"):
            if element.outcome is Outcome.KEPT and reached:
                why = f"The note shows at least {rule.params.least} {rule.params.noun}."
                yield self.finding(rule, element, why=why)
            elif element.outcome is not Outcome.KEPT and not reached:
                why = f"{rule.code} needs {rule.params.least} {rule.params.noun}, and the note shows fewer."
                fix = f"Take the line with {rule.code} off."
                yield self.finding(rule, element, outcome=Outcome.EXTRA, why=why, fix=fix)

    def describe(self, params: ThresholdParams) -> str:
        return f"Only from {params.least} {params.noun} on."

    def contrasts(self, params: ThresholdParams) -> tuple[Contrast, ...]:
        return (Contrast(fact="count", value=params.least - 1, flips="one too few"),)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        if not rule.params.reached(case.encounter):
            yield (
                beside(case.claim, rule.code) if case.claim.lines else with_line(case.claim, ClaimLine(code=rule.code))
            )

    _rules = (
        COLD,
        selects("X8001", procedure="counseling"),
        Rule(
            id="X8001/threshold",
            code="X8001",
            kind="threshold",
            params=ThresholdParams(procedure="counseling", least=10),
            section="billing",
        ),
    )
    _talk = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE, {"procedure": "counseling", "count": 10}]}
    _short = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE, {"procedure": "counseling", "count": 9}]}
    clean = (
        Specimen(
            title="Ten minutes are enough",
            case={**_talk, "claim": {"lines": [{"code": "X1001"}, {"code": "X8001"}]}},
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="Nine are not",
            case={**_short, "claim": {"lines": [{"code": "X1001"}, {"code": "X8001"}]}},
            rules=_rules,
            finds=(Outcome.EXTRA, "code"),
        ),
    )
