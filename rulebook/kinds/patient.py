"""For whom and where a code may be used."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case
from rulebook.changes import with_changed
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import ParamError, param
from rulebook.shapes import PLACE
from rulebook.types import Category, Claim, Encounter, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientParams:
    """Age, sex and place; what is left out does not matter."""

    from_age: int | None = param("Youngest age in whole years", default=None)
    to_age: int | None = param("Oldest age in whole years", default=None)
    sex: str | None = param("F or M", default=None)
    places: tuple[str, ...] = param("Places of service, two digits each", what=PLACE, default=())

    def __post_init__(self) -> None:
        if self.sex not in (None, "F", "M"):
            raise ParamError("sex", "must be F or M")
        if self.from_age is not None and self.to_age is not None and self.to_age < self.from_age:
            raise ParamError("to_age", "is below from_age")
        if not any(self._limits()):
            raise ParamError("", "needs an age, a sex or a place, or it limits nothing")

    def _limits(self) -> tuple[bool, ...]:
        return (self.from_age is not None, self.to_age is not None, self.sex is not None, bool(self.places))

    def broken_by(self, encounter: Encounter) -> tuple[str, ...]:
        """The facts that stand against the code; what the case does not say stands against nothing."""
        age, sex, place = encounter.patient.age, encounter.patient.sex, encounter.place_of_service
        too_young = age is not None and self.from_age is not None and age < self.from_age
        too_old = age is not None and self.to_age is not None and age > self.to_age
        broken = {
            "patient.age": too_young or too_old,
            "patient.sex": sex is not None and self.sex is not None and sex != self.sex,
            "place_of_service": place is not None and bool(self.places) and place not in self.places,
        }
        return tuple(path for path, is_broken in broken.items() if is_broken)


class PatientLimits(Kind[PatientParams]):
    """Some codes are only for an age, a sex or a place.

    **Why it matters.** Software rejects such a line before anybody reads the note, and the
    mistake is nearly always the wrong code of a pair.

    **Example.** A preventive visit has one code for each range of ages. The patient is 39 on the
    date of service: the code for 40 and above is wrong by a day as much as by ten years.

    **Source.** The code's description, in the section that the finding cites.
    """

    id: ClassVar[str] = "patient"
    title: ClassVar[str] = "Age, sex and place"
    category: ClassVar[Category] = Category.OTHER
    about: ClassVar[str | None] = "entered"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = PatientParams

    def admits(self, params: PatientParams, encounter: Encounter) -> bool:
        return not params.broken_by(encounter)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        facts = rule.params.broken_by(case.encounter)
        for element in case.elements_of(rule.code, "entered"):
            if facts and element.outcome is not Outcome.KEPT:
                yield self.finding(
                    rule,
                    element,
                    outcome=Outcome.EXTRA if element.outcome is Outcome.UNCLEAR else None,
                    facts=facts,
                    why=f"{self.describe(rule.params)} The case says {self._said(facts, case)}.",
                    fix=f"Report {element.accepted} instead." if element.accepted else f"Take {rule.code} off.",
                )
            elif element.outcome is Outcome.KEPT and not facts:
                yield self.finding(rule, element, why=f"Age, sex and place fit {rule.code}.")

    def _said(self, facts: tuple[str, ...], case: Case) -> str:
        patient = case.encounter.patient
        values = {"patient.age": f"age {patient.age}", "patient.sex": f"sex {patient.sex}"}
        return listed([values.get(fact, f"place {case.encounter.place_of_service}") for fact in facts])

    def describe(self, params: PatientParams) -> str:
        parts = []
        if params.from_age is not None:
            parts.append(f"from age {params.from_age}")
        if params.to_age is not None:
            parts.append(f"up to age {params.to_age}")
        if params.sex:
            parts.append(f"for sex {params.sex}")
        if params.places:
            parts.append(f"in place of service {listed(params.places, 'or')}")
        return f"Only {listed(parts)}."

    def contrasts(self, params: PatientParams) -> tuple[Contrast, ...]:
        found = []
        if params.from_age:
            found.append(Contrast(fact="patient.age", value=params.from_age - 1, flips="a year too young"))
        if params.to_age is not None:
            found.append(Contrast(fact="patient.age", value=params.to_age + 1, flips="a year too old"))
        return tuple(found)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        mine = case.book.first(rule.code, "selection")
        for place, line in enumerate(case.claim.lines):
            other = case.book.first(line.code, "selection")
            if mine and other and rule.code != line.code and mine.params.facets == other.params.facets:
                yield with_changed(case.claim, place, code=rule.code)

    _adults = Rule(
        id="X1001/patient", code="X1001", kind="patient", params=PatientParams(from_age=18), section="billing"
    )
    _children = Rule(
        id="X1003/patient", code="X1003", kind="patient", params=PatientParams(to_age=17), section="billing"
    )
    _rules = (
        COLD,
        selects("X1003", procedure="ablation", site="bone", technique="cryoablation"),
        _adults,
        _children,
    )
    clean = (
        Specimen(
            title="Eighteen is grown up",
            case={
                "date_of_service": "2024-03-01",
                "patient": {"age": 18},
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="Seventeen is not",
            case={
                "date_of_service": "2024-03-01",
                "patient": {"age": 17},
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=_rules,
            finds=(Outcome.BROKEN, "code"),
        ),
    )
