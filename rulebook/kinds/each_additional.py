"""One code for the first, another for each one more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import beside, with_changed, without_line
from rulebook.kinds.base import Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import ParamError, param
from rulebook.shapes import CODE
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class EachAdditionalParams:
    """How many this code covers, and the code that counts the rest."""

    code: str = param("The code for each additional one", what=CODE)
    included: int = param("How many this code itself covers", default=1)
    noun: str = param("What is counted, in the plural: lesions", default="services")

    def __post_init__(self) -> None:
        if self.included < 1:
            raise ParamError("included", "must be at least 1")


class EachAdditional(Kind[EachAdditionalParams]):
    """The first has its code, and every one more is a unit of another code.

    **Why it matters.** Forgetting the second code gives work away; reporting the first code once
    for each is over-coding.

    **Example.** Four lesions, a code for the first and a code for each additional one: one unit
    of the first, three of the second.

    **Source.** The words *each additional* in the code's description, in the section that the
    finding cites.
    """

    id: ClassVar[str] = "each-additional"
    title: ClassVar[str] = "Each additional"
    category: ClassVar[Category] = Category.UNITS
    section: ClassVar[str] = "billing"
    Params = EachAdditionalParams

    def extends(self, rule: Rule, draft: Draft) -> None:
        params = rule.params
        first = next(line for line in draft.lines if line.code == rule.code)
        rest = first.count - params.included
        if rest <= 0 or self._included_elsewhere(params.code, draft):
            return
        own = next((line for line in draft.lines if line.code == params.code), None)
        if own is not None:
            own.count += rest
        else:
            draft.lines.append(Draft.Line(code=params.code, services=list(first.services), count=rest, units=rest))

    def _included_elsewhere(self, code: str, draft: Draft) -> bool:
        """Whether a line of the draft already includes what the additional code would report."""
        rules = (rule for line in draft.lines for rule in draft.book.of(line.code, "not-with"))
        return any(code in rule.params.codes and not rule.params.this_code_is_part for rule in rules)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        facts = case.facts(case.services_of(rule.code), ("count",))
        treated = sum(int(case.value(fact)) for fact in facts)
        reason = self._reason(rule, treated)
        for element in (*case.elements_of(rule.params.code, "code"), *case.elements_of(rule.params.code, "units")):
            if treated > rule.params.included or element.outcome is Outcome.EXTRA:
                yield self._verdict(rule, element, reason, facts)

    def _reason(self, rule: Rule, treated: int) -> str:
        params = rule.params
        rest = treated - params.included
        if rest <= 0:
            return (
                f"The note shows no more {params.noun} than {rule.code} covers, so {params.code} has nothing to count"
            )
        return (
            f"The note shows {treated} {params.noun}: {rule.code} covers {params.included}, and {params.code} counts "
            f"the other {rest}"
        )

    def _verdict(self, rule: Rule, element: Element, reason: str, facts: tuple[str, ...]) -> Finding:
        if element.outcome is Outcome.KEPT:
            return self.finding(rule, element, facts=facts, why=f"{reason}.")
        fixes = {
            Outcome.MISSING: f"Add {element.code}.",
            Outcome.EXTRA: f"Take {element.code} off.",
            Outcome.BROKEN: f"Report {element.accepted} of {element.code}."
            if element.name == "units"
            else f"Report {element.accepted} instead of {element.yours}.",
        }
        category = Category.UNDER_CODING if element.outcome is Outcome.MISSING else None
        return self.finding(
            rule, element, facts=facts, why=f"{reason}.", fix=fixes.get(element.outcome, ""), category=category
        )

    def describe(self, params: EachAdditionalParams) -> str:
        return f"Covers {params.included} of the {params.noun}; report {params.code} for each additional one."

    def contrasts(self, params: EachAdditionalParams) -> tuple[Contrast, ...]:
        more = params.included + 2
        return (Contrast(fact="count", value=more, flips=f"two units of {params.code} come on top"),)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.params.code:
                yield without_line(case.claim, place)
                yield with_changed(case.claim, place, units=line.units + rule.params.included)
        if case.accepts(rule.code) and not case.accepts(rule.params.code):
            yield beside(case.claim, rule.params.code)

    _rule = Rule(
        id="X1001/each-additional",
        code="X1001",
        kind="each-additional",
        params=EachAdditionalParams(code="X1009", noun="tumors"),
        section="billing",
    )
    _four = {**FROZEN_BONE, "count": 4}
    clean = (
        Specimen(
            title="Four: the first, and three more",
            case={
                "date_of_service": "2024-03-01",
                "services": [_four],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X1009", "units": 3}]},
            },
            rules=(COLD, _rule),
        ),
    )
    caught = (
        Specimen(
            title="The others were forgotten",
            case={
                "date_of_service": "2024-03-01",
                "services": [_four],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, _rule),
            finds=(Outcome.MISSING, "code"),
        ),
        Specimen(
            title="All four counted as additional",
            case={
                "date_of_service": "2024-03-01",
                "services": [_four],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X1009", "units": 4}]},
            },
            rules=(COLD, _rule),
            finds=(Outcome.BROKEN, "units"),
        ),
    )
