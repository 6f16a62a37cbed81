"""How many units a line has."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from rulebook.case import Case, Draft
from rulebook.changes import with_changed
from rulebook.kinds.base import Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import param
from rulebook.types import Category, Claim, Finding, Outcome, Rule


class Counting(StrEnum):
    """How a code counts what it names."""

    ONE_OR_MORE = "one or more"
    EACH = "each"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsParams:
    """How the code counts, and what it counts."""

    counts: Counting = param("one or more: one unit however many; each: one unit for each")
    noun: str = param("What is counted, in the plural: tumors", default="services")


class Units(Kind[UnitsParams]):
    """The code's wording says what one unit is.

    *One or more* means one unit, however many were treated in the session. *Each* means
    one unit for every one of them.

    **Why it matters.** Too many units is over-coding that software finds at once; too few
    is work given away.

    **Example.** Three bone tumors are frozen in one session with a code for *one or more*
    tumors: one unit. Three lesions with a code for *each* lesion: three units.

    **Source.** The counting words of the code's description, in the section that the
    finding cites.
    """

    id: ClassVar[str] = "units"
    title: ClassVar[str] = "Units"
    category: ClassVar[Category] = Category.UNITS
    section: ClassVar[str] = "billing"
    Params = UnitsParams

    def shape(self, params: UnitsParams, line: Draft.Line, draft: Draft) -> None:
        line.units = line.count if params.counts is Counting.EACH else 1

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        facts = case.facts(case.services_of(rule.code), ("count",))
        treated = sum(int(case.value(fact)) for fact in facts)
        noun = rule.params.noun
        if rule.params.counts is Counting.EACH:
            reason = f"{rule.code} is one unit for each of the {noun}; the note shows {treated}"
        else:
            reason = f"{rule.code} is one unit for one or more {noun} in a session; the note shows {treated}"
        for element in case.elements_of(rule.code, "units"):
            if element.outcome is Outcome.KEPT:
                yield self.finding(rule, element, facts=facts, why=f"{reason}, so {_units(element.accepted)}.")
            else:
                yield self.finding(
                    rule,
                    element,
                    facts=facts,
                    why=f"You reported {_units(element.yours)}. {reason}.",
                    fix=f"Report {_units(element.accepted)} of {rule.code}.",
                )

    def describe(self, params: UnitsParams) -> str:
        if params.counts is Counting.EACH:
            return f"One unit for each of the {params.noun}."
        return f"One unit for one or more {params.noun}: however many are treated in the session, report 1."

    def contrasts(self, params: UnitsParams) -> tuple[Contrast, ...]:
        if params.counts is Counting.EACH:
            return (Contrast(fact="count", value=3, flips=f"each of the {params.noun} is one more unit"),)
        return (Contrast(fact="count", value=3, flips="more of them are still one unit"),)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        counts = [case.encounter.services[index].count for index in case.services_of(rule.code)]
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code:
                for units in dict.fromkeys((sum(counts), len(counts), 1)):
                    if units and units != line.units:
                        yield with_changed(case.claim, place, units=units)

    _each = Rule(
        id="X1001/units",
        code="X1001",
        kind="units",
        params=UnitsParams(counts=Counting.EACH, noun="tumors"),
        section="billing",
    )
    _all = Rule(
        id="X1001/units",
        code="X1001",
        kind="units",
        params=UnitsParams(counts=Counting.ONE_OR_MORE, noun="tumors"),
        section="billing",
    )
    _three = {**FROZEN_BONE, "count": 3}
    clean = (
        Specimen(
            title="One or more: three tumors, one unit",
            case={
                "date_of_service": "2024-03-01",
                "services": [_three],
                "claim": {"lines": [{"code": "X1001", "units": 1}]},
            },
            rules=(COLD, _all),
        ),
        Specimen(
            title="Each: three tumors, three units",
            case={
                "date_of_service": "2024-03-01",
                "services": [_three],
                "claim": {"lines": [{"code": "X1001", "units": 3}]},
            },
            rules=(COLD, _each),
        ),
    )
    caught = (
        Specimen(
            title="One or more, counted as each",
            case={
                "date_of_service": "2024-03-01",
                "services": [_three],
                "claim": {"lines": [{"code": "X1001", "units": 3}]},
            },
            rules=(COLD, _all),
            finds=(Outcome.BROKEN, "units"),
        ),
    )


def _units(count: str | None) -> str:
    return "1 unit" if count == "1" else f"{count} units"
