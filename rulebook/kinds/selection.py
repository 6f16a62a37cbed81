"""Which services a code reports."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Element
from rulebook.changes import with_changed
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen, asked, listed, match_facets
from rulebook.params import Facets, ParamError, param
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionParams:
    """The facets a service must show, each with the values that fit."""

    facets: Facets = param("Facet and value, or several values any of which fits: site: bone")

    def __post_init__(self) -> None:
        if not self.facets:
            raise ParamError("facets", "needs at least one facet, or the code would report everything")


def selects(code: str, **facets: str) -> Rule:
    """A selection rule in one line, for specimens and tests."""
    params = SelectionParams(facets={facet: (value,) for facet, value in facets.items()})
    return Rule(id=f"{code}/selection", code=code, kind="selection", params=params, section="when-to-use")


COLD = selects("X1001", procedure="ablation", site="bone", technique="cryoablation")
HEAT = selects("X1002", procedure="ablation", site="bone", technique="radiofrequency")
GUIDANCE = selects("X2001", procedure="imaging guidance", modality="ultrasound")
FROZEN_BONE = {"procedure": "ablation", "site": "bone", "technique": "cryoablation"}
HEATED_BONE = {**FROZEN_BONE, "technique": "radiofrequency"}
ULTRASOUND = {"procedure": "imaging guidance", "modality": "ultrasound"}


class Selection(Kind[SelectionParams]):
    """What was done decides which code is right.

    A code belongs to a service only when every facet that the code asks for is in the
    note: the procedure, the body site, the technique, the approach, and whatever else its
    wording names.

    **Why it matters.** Two codes often differ in a single facet. Cold instead of heat, or
    open instead of through the skin, is another code with another price, and the payer's
    reviewer reads the note for exactly that word.

    **Example.** The note says *cryoablation* of a bone tumor. A code for radiofrequency
    ablation of bone shares site and approach with it, and is still wrong.

    **Source.** The code's own description; see the section that the finding cites.
    """

    id: ClassVar[str] = "selection"
    title: ClassVar[str] = "Choosing the code"
    category: ClassVar[Category] = Category.WRONG_CODE
    about: ClassVar[str | None] = "code"
    section: ClassVar[str] = "when-to-use"
    Params = SelectionParams

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        for element in case.elements_of(rule.code, "code"):
            if element.outcome is Outcome.KEPT:
                facts, said = case.told(case.services_of(rule.code), rule.params.facets)
                why = f"{rule.code} is the code for what the note says: {listed(said[:5])}."
                yield self.finding(rule, element, facts=tuple(facts), why=why)
            elif element.outcome is Outcome.BROKEN:
                yield self._wrong(rule, element, case)

    def _wrong(self, rule: Rule, element: Element, case: Case) -> Finding:
        services = case.services_of(rule.code)[:1]
        yours = case.book.first(element.yours or "", "selection")
        if yours is None:
            facets = tuple(rule.params.facets)
            why = f"The note says {self._said(facets, services, case)}; that is what {rule.code} reports."
        else:
            facets, why = self._difference(rule, yours, services, case)
        facts = case.facts(services, facets)
        return self.finding(rule, element, facts=facts, why=why, fix=f"Report {rule.code} instead of {element.yours}.")

    def _difference(
        self, rule: Rule, yours: Rule, services: tuple[int, ...], case: Case
    ) -> tuple[tuple[str, ...], str]:
        """The facets that tell the two codes apart in this note, and the sentence that says so."""
        match = match_facets(yours.params.facets, case.encounter.services[services[0]])
        decisive = match.contradicts or match.unsaid
        if decisive:
            wants = [f"{facet} {listed(yours.params.facets[facet], 'or', 3)}" for facet in decisive[:3]]
            start = f"{yours.code} is for {listed(wants)}."
        else:
            start = f"{yours.code} fits, but says less than the note."
        if match.unsaid and not match.contradicts:
            start += " The note does not say that."
        facets = match.contradicts or tuple(rule.params.facets)
        return facets, f"{start} The note says {self._said(facets, services, case)}; that is what {rule.code} reports."

    def _said(self, facets: tuple[str, ...], services: tuple[int, ...], case: Case) -> str:
        return listed([f"{_facet(fact)} {case.value(fact)}" for fact in case.facts(services, facets)[:4]])

    def asks(self, params: SelectionParams) -> tuple[Asked, ...]:
        return asked("facets", params.facets)

    def describe(self, params: SelectionParams) -> str:
        parts = [f"{facet} is {listed(values, 'or')}" for facet, values in params.facets.items()]
        return f"Use this code when {listed(parts)}."

    def contrasts(self, params: SelectionParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact=facet, value=None, flips=f"another {facet} means another code")
            for facet in params.facets
            if facet != "procedure"
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code:
                for sibling in self._siblings(rule, case):
                    yield with_changed(case.claim, place, code=sibling)

    def _siblings(self, rule: Rule, case: Case) -> list[str]:
        """Codes that ask for the same facets and differ in one value."""
        mine = rule.params.facets
        others = [other for procedure in mine.get("procedure", (None,)) for other in case.book.selectors(procedure)]
        return sorted(
            other.code
            for other in others
            if other.params.facets.keys() == mine.keys()
            and sum(other.params.facets[facet] != values for facet, values in mine.items()) == 1
        )

    clean = (
        Specimen(
            title="The technique in the note is the technique of the code",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, HEAT),
        ),
    )
    caught = (
        Specimen(
            title="Cold in the note, heat on the claim",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1002"}]},
            },
            rules=(COLD, HEAT),
            finds=(Outcome.BROKEN, "code"),
        ),
    )


def _facet(path: str) -> str:
    return path.rpartition(".")[2]
