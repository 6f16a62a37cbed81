"""How many units a line has."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from rulebook.case import Case, Draft
from rulebook.changes import with_changed
from rulebook.kinds.base import Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import ParamError, param
from rulebook.types import Category, Claim, Finding, Outcome, Rule


class Counting(StrEnum):
    """How a code counts what it names."""

    ONE_OR_MORE = "one or more"
    EACH = "each"


_EACH = Counting.EACH


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsParams:
    """How the code counts, and what it counts."""

    counts: Counting = param("one or more: one unit however many; each: one unit for each")
    noun: str = param("What is counted, in the plural: tumors", default="services")
    per: int = param("With each: how many of them make one unit, begun units included: 10", default=1)

    def __post_init__(self) -> None:
        if self.per < 1:
            raise ParamError("per", "must be at least 1")
        if self.per > 1 and self.counts is not Counting.EACH:
            raise ParamError("per", "means something only where each is counted")

    def units(self, count: int) -> int:
        """The units of so many; a begun unit is a whole one."""
        return -(-count // self.per) if self.counts is _EACH else 1

    @property
    def one_unit(self) -> str:
        """What one unit is for, in words."""
        if self.counts is _EACH:
            return f"every {self.per} {self.noun}, rounded up" if self.per > 1 else f"each of the {self.noun}"
        return f"one or more {self.noun} in a session"


class Units(Kind[UnitsParams]):
    """The code's wording says what one unit is.

    *One or more* means one unit, however many were treated in the session. *Each* means
    one unit for every one of them, and *for every 10* one unit for each ten, with one more for
    what is left over.

    **Why it matters.** Too many units is over-coding that software finds at once; too few
    is work given away.

    **Example.** Three bone tumors are frozen in one session with a code for *one or more*
    tumors: one unit. Three lesions with a code for *each* lesion: three units. 25 mg of a drug
    with a code for 10 mg: three units, because the third was begun.

    **Source.** The counting words of the code's description, in the section that the
    finding cites.
    """

    id: ClassVar[str] = "units"
    title: ClassVar[str] = "Units"
    category: ClassVar[Category] = Category.UNITS
    about: ClassVar[str | None] = "units"
    section: ClassVar[str] = "billing"
    Params = UnitsParams

    def shape(self, params: UnitsParams, line: Draft.Line, draft: Draft) -> None:
        line.units = params.units(line.count)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        firsts = _firsts(rule.code, case)
        services = [index for code in (rule.code, *firsts) for index in case.services_of(code)]
        facts, treated = [], 0
        for index in dict.fromkeys(services):
            facts.append(f"services.{index}.count")
            treated += case.encounter.services[index].count
        reason = f"{rule.code} is one unit for {rule.params.one_unit}; the note shows {treated}"
        if firsts:
            covered = " and ".join(f"{code} covers {count}" for code, count in firsts.items())
            reason = f"{reason}, of which {covered}, and {treated - sum(firsts.values())} are left"
        for element in case.elements_of(rule.code, "units"):
            if element.yours == element.accepted:
                why, fix = f"{reason}, so {in_units(element.accepted)}.", ""
            else:
                why = f"The line has {in_units(element.yours)}. {reason}."
                fix = f"Report {in_units(element.accepted)} of {rule.code}."
            yield self.finding(rule, element, facts=tuple(facts), why=why, fix=fix)

    def describe(self, params: UnitsParams) -> str:
        if params.per > 1:
            return f"One unit for every {params.per} {params.noun}, rounded up: a unit that is begun counts as one."
        if params.counts is Counting.EACH:
            return f"One unit for each of the {params.noun}."
        return f"One unit for one or more {params.noun}: however many are treated in the session, report 1."

    def contrasts(self, params: UnitsParams) -> tuple[Contrast, ...]:
        if params.per > 1:
            whole = 2 * params.per
            return (
                Contrast(fact="count", value=whole, flips=f"{whole} {params.noun} are two units"),
                Contrast(fact="count", value=whole + 1, flips="what is left over begins a third unit"),
            )
        if params.counts is Counting.EACH:
            return (Contrast(fact="count", value=3, flips=f"each of the {params.noun} is one more unit"),)
        return (Contrast(fact="count", value=3, flips="more of them are still one unit"),)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        counts = [case.encounter.services[index].count for index in case.services_of(rule.code)]
        shown = sum(counts)
        left = shown - sum(_firsts(rule.code, case).values())
        rounded_down, nothing_covered = left // rule.params.per, rule.params.units(shown)
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code:
                for units in dict.fromkeys((shown, rounded_down, nothing_covered, len(counts), 1)):
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
    _drug = selects("X7001", procedure="drug supply")
    _by_ten = Rule(
        id="X7001/units",
        code="X7001",
        kind="units",
        params=UnitsParams(counts=Counting.EACH, noun="mg", per=10),
        section="billing",
    )
    _dose = {"procedure": "drug supply", "count": 25}
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
        Specimen(
            title="For every 10 mg: 25 mg, three units",
            case={
                "date_of_service": "2024-03-01",
                "services": [_dose],
                "claim": {"lines": [{"code": "X7001", "units": 3}]},
            },
            rules=(_drug, _by_ten),
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
        Specimen(
            title="For every 10 mg, rounded down",
            case={
                "date_of_service": "2024-03-01",
                "services": [_dose],
                "claim": {"lines": [{"code": "X7001", "units": 2}]},
            },
            rules=(_drug, _by_ten),
            finds=(Outcome.BROKEN, "units"),
        ),
    )


def _firsts(code: str, case: Case) -> dict[str, int]:
    """The codes whose first so many a code does not count itself, but only what comes on top of them."""
    return {
        rule.code: rule.params.included
        for first in sorted(case.accepted_codes)
        for rule in case.book.of(first, "each-additional")
        if rule.params.code == code and case.count_of(first) > rule.params.included
    }


def in_units(count: str | int | None) -> str:
    """A number of units in words."""
    return "1 unit" if str(count) == "1" else f"{count} units"
