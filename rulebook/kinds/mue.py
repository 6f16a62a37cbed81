"""The most units of a code that are paid."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Element
from rulebook.changes import with_changed
from rulebook.kinds.base import Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.kinds.units import Counting, UnitsParams, in_units
from rulebook.params import ParamError, param
from rulebook.types import Category, Claim, Finding, Outcome, Rule

#: What the adjudication indicator says of units beyond the value.
LINE, DAY, CLINICAL = 1, 2, 3
_COUNTED = {LINE: "on one line", DAY: "on one day", CLINICAL: "on one day"}
_BEYOND = {
    LINE: "more would need a line of their own with a modifier and a reason",
    DAY: "no reason gets more than that paid",
    CLINICAL: "more are paid only when the record shows that they were needed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MueParams:
    """The most units, what they are counted on, and why."""

    most: int = param("The most units that are paid")
    indicator: int = param("1: on one line; 2: on one day, absolute; 3: on one day, unless the record shows the need")
    rationale: str | None = param("Why, in the words of the file", default=None)

    def __post_init__(self) -> None:
        if self.most < 0:
            raise ParamError("most", "must be 0 or more")
        if self.indicator not in _COUNTED:
            raise ParamError("indicator", "must be 1, 2 or 3")


class Mue(Kind[MueParams]):
    """A medically unlikely edit is the most units of a code for one patient on one line or one day.

    It is no rule for counting: what the wording of the code counts comes first. It says where a number of units
    is so unlikely that nobody believes it without looking.

    **Why it matters.** With indicator 2 everything beyond the value is denied, whatever the reason; with
    indicator 3 the whole day is denied until somebody reads the record.

    **Example.** A code for *one or more* tumors has the value 1. Three units for three tumors miss the wording
    of the code, and the edit finds it on the same day.

    **What is checked.** The units of a line against the value that holds on the date of service. Where the note
    itself leads to more units than the value, the finding says so and counts for nobody and against nobody.

    **Source.** The medically unlikely edits of the National Correct Coding Initiative, in the file and quarter
    that the rule names.
    """

    id: ClassVar[str] = "mue"
    title: ClassVar[str] = "Medically unlikely units"
    category: ClassVar[Category] = Category.UNITS
    about: ClassVar[str | None] = "units"
    section: ClassVar[str] = "billing"
    from_files: ClassVar[bool] = True
    Params = MueParams

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        for element in case.elements_of(rule.code, "units"):
            yours, accepted = int(element.yours or 0), int(element.accepted or 0)
            if accepted > rule.params.most:
                yield self._unlikely(rule, element, case)
            elif yours > rule.params.most:
                why = f"The line has {in_units(yours)} of {rule.code}. {self._limit(rule)}."
                fix = f"Report {in_units(accepted)} of {rule.code}."
                yield self.finding(rule, element, facts=self._facts(rule, case), why=why, fix=fix)
            elif yours == accepted and self._counted(rule, case) > rule.params.most:
                why = f"{self._limit(rule)}, and {in_units(yours)} of {rule.code} stay within that."
                yield self.finding(rule, element, facts=self._facts(rule, case), why=why)

    def _unlikely(self, rule: Rule, element: Element, case: Case) -> Finding:
        """The note leads to more than the value: whether that is paid is not for the rules to say."""
        return self.finding(
            rule,
            element,
            outcome=Outcome.UNCLEAR,
            facts=self._facts(rule, case),
            why=f"The note leads to {in_units(int(element.accepted or 0))} of {rule.code}. {self._limit(rule)}.",
            fix="Look whether the record shows why so many were needed, or ask an educator.",
        )

    def _limit(self, rule: Rule) -> str:
        params: MueParams = rule.params
        why = f" ({params.rationale})" if params.rationale else ""
        limit = f"The most that is paid {_COUNTED[params.indicator]} is {in_units(params.most)}{why}"
        return f"{limit}; {_BEYOND[params.indicator]}"

    def _counted(self, rule: Rule, case: Case) -> int:
        return sum(case.encounter.services[index].count for index in case.services_of(rule.code))

    def _facts(self, rule: Rule, case: Case) -> tuple[str, ...]:
        return tuple(f"services.{index}.count" for index in case.services_of(rule.code))

    def describe(self, params: MueParams) -> str:
        why = f". {params.rationale}" if params.rationale else ""
        return (
            f"At most {in_units(params.most)} {_COUNTED[params.indicator]}; {_BEYOND[params.indicator]} "
            f"(indicator {params.indicator}){why}."
        )

    def contrasts(self, params: MueParams) -> tuple[Contrast, ...]:
        more = params.most + 1
        return (Contrast(fact="count", value=more, flips=f"{more} are more than the value of {params.most}"),)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code:
                for units in dict.fromkeys((self._counted(rule, case), rule.params.most + 1)):
                    if units > rule.params.most and units != line.units:
                        yield with_changed(case.claim, place, units=units)

    _each = Rule(
        id="X4001/units",
        code="X4001",
        kind="units",
        params=UnitsParams(counts=Counting.EACH, noun="lesions"),
        section="billing",
    )
    _limits = tuple(
        Rule(id=f"{code}/mue", code=code, kind="mue", params=params, section="billing")
        for code, params in (
            ("X1001", MueParams(most=1, indicator=DAY, rationale="Code descriptor")),
            ("X4001", MueParams(most=2, indicator=CLINICAL)),
        )
    )
    _rules = (COLD, selects("X4001", procedure="lesion removal"), _each, *_limits)
    clean = (
        Specimen(
            title="Three tumors, one unit",
            case={
                "date_of_service": "2024-03-01",
                "services": [{**FROZEN_BONE, "count": 3}],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=_rules,
        ),
        Specimen(
            title="As many as the value",
            case={
                "date_of_service": "2024-03-01",
                "services": [{"procedure": "lesion removal", "count": 2}],
                "claim": {"lines": [{"code": "X4001", "units": 2}]},
            },
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="A unit for each tumor",
            case={
                "date_of_service": "2024-03-01",
                "services": [{**FROZEN_BONE, "count": 3}],
                "claim": {"lines": [{"code": "X1001", "units": 3}]},
            },
            rules=_rules,
            finds=(Outcome.BROKEN, "units"),
        ),
    )
