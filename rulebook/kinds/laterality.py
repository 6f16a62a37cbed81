"""Diagnoses that name a side."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import with_pointers
from rulebook.icd import any_covers, covers, single
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen, listed
from rulebook.kinds.diagnosis import DiagnosisParams
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import Facets, ParamError, param
from rulebook.shapes import DIAGNOSES
from rulebook.types import Category, Claim, Encounter, Finding, Outcome, Rule

Sides = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateralityParams:
    """The diagnoses of each side, in the same order on all sides."""

    sides: Facets = param("Side and its diagnoses, pair by pair: right: C64.1; left: C64.2", what=DIAGNOSES)
    facet: str = param("The facet that says the side of the service", default="laterality")

    def __post_init__(self) -> None:
        if len(self.sides) < 2:
            raise ParamError("sides", "needs at least two sides")

    @property
    def noun(self) -> str:
        """What the facet is called in a sentence."""
        return "side" if self.facet == "laterality" else self.facet

    def side(self, code: str) -> str | None:
        """The side that a diagnosis names."""
        return next((side for side, entries in self.sides.items() if any_covers(entries, code)), None)

    def treated(self, services: tuple[int, ...], encounter: Encounter) -> Sides:
        """The sides of these services; none where one of them says no side, or one that has no list (both)."""
        said = {encounter.services[index].facets.get(self.facet, "") for index in services}
        return frozenset(said) if said <= self.sides.keys() else frozenset()

    def elsewhere(self, code: str, treated: Sides) -> bool:
        """Whether a diagnosis is of a side that was not treated."""
        return bool(treated) and self.side(code) not in {None, *treated}

    def mirrored(self, code: str) -> str:
        """The diagnosis of another side that stands at the same place; the code itself where there is none."""
        side = self.side(code)
        for other, entries in self.sides.items():
            for own, twin in zip(self.sides.get(side or "", ()), entries, strict=False):
                if other != side and covers(own, code):
                    return twin.rstrip("-") + code.removeprefix(own.rstrip("-"))
        return code


class Laterality(Kind[LateralityParams]):
    """A diagnosis that names a side has to be of the side that was treated.

    Many codes of ICD-10-CM differ only in the character for right or left. The side in the diagnosis,
    the side in the note and the side in the modifier tell one story.

    **Why it matters.** A right kidney treated for a cancer of the left one is either a slip of the coder or
    an operation on the wrong side. The payer cannot know which, and asks.

    **Example.** A tumor of the right kidney is treated: C64.1. The patient also has a tumor of the left
    one, C64.2, which is left alone that day: it is no reason for this service.

    **What is checked.** The page's own pairs of codes, where the note says the side of the service. The
    same holds where a diagnosis names a joint or an organ, and the rule then goes by that.

    **Source.** Section I.B.13 of the ICD-10-CM Official Guidelines, and the codes that the section cited by
    the finding names.
    """

    id: ClassVar[str] = "laterality"
    title: ClassVar[str] = "Side of the diagnosis"
    category: ClassVar[Category] = Category.DIAGNOSIS
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = LateralityParams

    def refine(self, params: LateralityParams, line: Draft.Line, draft: Draft) -> None:
        treated = params.treated(tuple(line.services), draft.encounter)
        here = tuple(code for code in line.diagnoses if not params.elsewhere(code, treated))
        line.diagnoses = here or line.diagnoses

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        services = case.services_of(rule.code)
        treated = rule.params.treated(services, case.encounter)
        facts = case.facts(services, (rule.params.facet,))
        for element in case.elements_of(rule.code, "diagnosis"):
            code = element.yours or element.accepted or ""
            if not treated or rule.params.side(code) is None or element.outcome is Outcome.OPTIONAL:
                continue
            where = (*facts, *case.where(code))
            if element.outcome is Outcome.MISSING:
                yield from self._missing(rule, element, code, treated, where, case)
            elif rule.params.elsewhere(code, treated):
                yield self._wrong(rule, element, code, treated, where)
            elif element.outcome is Outcome.KEPT:
                why = f"{code} is for the {rule.params.side(code)}, and that is where the service was."
                yield self.finding(rule, element, facts=where, why=why)

    def _missing(
        self, rule: Rule, element: Element, code: str, treated: Sides, facts: tuple[str, ...], case: Case
    ) -> Iterator[Finding]:
        """The right side, where the other one was entered in its place."""
        entered = [one.yours for one in case.pointers(element) if one.yours and one.outcome is Outcome.EXTRA]
        wrong = next((one for one in entered if rule.params.elsewhere(one, treated)), None)
        if wrong and not rule.params.elsewhere(code, treated):
            why = f"{self._said(rule, wrong, treated)} {code} is the diagnosis for that."
            yield self.finding(rule, element, facts=facts, why=why, fix=f"Point the line to {code}.")

    def _wrong(self, rule: Rule, element: Element, code: str, treated: Sides, facts: tuple[str, ...]) -> Finding:
        kept = element.outcome is Outcome.KEPT
        fix = "Ask the provider which of the two is meant." if kept else f"Take {code} off line {element.line}."
        return self.finding(
            rule,
            element,
            outcome=Outcome.BROKEN if kept else None,
            facts=facts,
            why=f"{self._said(rule, code, treated)} What is elsewhere is no reason for it.",
            fix=fix,
        )

    def _said(self, rule: Rule, wrong: str, treated: Sides) -> str:
        return f"{wrong} is for the {rule.params.side(wrong)}; the service was on the {listed(sorted(treated))}."

    def asks(self, params: LateralityParams) -> tuple[Asked, ...]:
        return (Asked(param="sides", facet=params.facet, values=tuple(params.sides), by="facet"),)

    def describe(self, params: LateralityParams) -> str:
        pairs = [f"{listed(entries, 'or')} for the {side}" for side, entries in params.sides.items()]
        return f"The diagnosis is for the {params.noun} of the service: {listed(pairs)}."

    def contrasts(self, params: LateralityParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact="diagnoses", value=code, flips=f"{code} is for the {side} and no reason for anything else")
            for side, entries in params.sides.items()
            for code in single(entries)[:1]
        ) + tuple(
            Contrast(fact=params.facet, value=side, flips=f"the diagnosis of the {side} is the reason then")
            for side in params.sides
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        params = rule.params
        given = tuple(code for code in case.encounter.diagnoses if params.side(code))
        yield from with_pointers(case.claim, rule.code, lambda own: tuple(map(params.mirrored, own)))
        yield from with_pointers(case.claim, rule.code, lambda own: tuple(dict.fromkeys((*own, *given))))

    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("C64.-",)),
        section="qualifying-circumstances",
    )
    _side = Rule(
        id="X1001/laterality",
        code="X1001",
        kind="laterality",
        params=LateralityParams(sides={"right": ("C64.1",), "left": ("C64.2",)}),
        section="qualifying-circumstances",
    )
    _rules = (COLD, _list, _side)
    _case = {
        "date_of_service": "2024-03-01",
        "services": [{**FROZEN_BONE, "laterality": "right"}],
        "diagnoses": ["C64.1", "C64.2"],
    }
    clean = (
        Specimen(
            title="Both kidneys are ill, the right one is treated",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["C64.1"]}]}},
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="The diagnosis of the other side as well",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["C64.1", "C64.2"]}]}},
            rules=_rules,
            finds=(Outcome.EXTRA, "diagnosis:C64.2"),
        ),
        Specimen(
            title="The diagnosis of the other side instead",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["C64.2"]}]}},
            rules=_rules,
            finds=(Outcome.MISSING, "diagnosis:C64.1"),
        ),
        Specimen(
            title="A note that contradicts itself",
            case={
                **_case,
                "diagnoses": ["C64.2"],
                "claim": {"lines": [{"code": "X1001", "diagnoses": ["C64.2"]}]},
            },
            rules=_rules,
            finds=(Outcome.BROKEN, "diagnosis:C64.2"),
        ),
    )
