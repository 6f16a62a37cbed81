"""One code for the first, another for each one more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import beside, with_changed, without_line
from rulebook.kinds.base import Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.kinds.units import Counting, UnitsParams, in_units
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
    of the first, three of the second. Where the second code counts by twenties, 45 square centimeters
    are one unit of the code for the first 20 and two of the other, for the 25 that are left.

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
        treated = case.count_of(rule.code)
        reason = self._reason(rule, treated, self._counting(rule, case))
        for element in (*case.elements_of(rule.params.code, "code"), *case.elements_of(rule.params.code, "units")):
            if treated > rule.params.included or element.outcome is Outcome.EXTRA:
                yield self._verdict(rule, element, reason, facts)

    def _counting(self, rule: Rule, case: Case) -> UnitsParams | None:
        """How the additional code counts, where its page says so."""
        units = case.book.first(rule.params.code, "units")
        return units.params if units else None

    def _reason(self, rule: Rule, treated: int, counting: UnitsParams | None) -> str:
        params = rule.params
        rest = treated - params.included
        if rest <= 0:
            return (
                f"The note shows no more {params.noun} than {rule.code} covers, so {params.code} has nothing to count"
            )
        units = counting.units(rest) if counting else rest
        by = f": one unit for {counting.one_unit}, so {in_units(units)}" if counting and units != rest else ""
        return (
            f"The note shows {treated} {params.noun}: {rule.code} covers {params.included}, and {params.code} counts "
            f"the other {rest}{by}"
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
        return (Contrast(fact="count", value=more, flips=f"{params.code} counts the two that come on top"),)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        counting, treated = self._counting(rule, case), case.count_of(rule.code)
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.params.code:
                everything = counting.units(treated) if counting else line.units + rule.params.included
                yield without_line(case.claim, place)
                if everything != line.units:
                    yield with_changed(case.claim, place, units=everything)
        if case.accepts(rule.code) and not case.accepts(rule.params.code):
            yield beside(case.claim, rule.params.code)

    _rule = Rule(
        id="X1001/each-additional",
        code="X1001",
        kind="each-additional",
        params=EachAdditionalParams(code="X1009", noun="tumors"),
        section="billing",
    )
    _area = selects("X7001", procedure="debridement")
    _first_twenty = Rule(
        id="X7001/each-additional",
        code="X7001",
        kind="each-additional",
        params=EachAdditionalParams(code="X7002", included=20, noun="square centimeters"),
        section="billing",
    )
    _once = Rule(
        id="X7001/units",
        code="X7001",
        kind="units",
        params=UnitsParams(counts=Counting.ONE_OR_MORE, noun="square centimeters"),
        section="billing",
    )
    _by_twenty = Rule(
        id="X7002/units",
        code="X7002",
        kind="units",
        params=UnitsParams(counts=Counting.EACH, noun="square centimeters", per=20),
        section="billing",
    )
    _debrided = (_area, _once, _first_twenty, _by_twenty)
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
        Specimen(
            title="45 by twenties: the first 20, and two units for the other 25",
            case={
                "date_of_service": "2024-03-01",
                "services": [{"procedure": "debridement", "count": 45}],
                "claim": {"lines": [{"code": "X7001"}, {"code": "X7002", "units": 2}]},
            },
            rules=_debrided,
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
        Specimen(
            title="The first 20 counted as additional, too",
            case={
                "date_of_service": "2024-03-01",
                "services": [{"procedure": "debridement", "count": 45}],
                "claim": {"lines": [{"code": "X7001"}, {"code": "X7002", "units": 3}]},
            },
            rules=_debrided,
            finds=(Outcome.BROKEN, "units"),
        ),
    )
