"""Codes that never stand alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Element
from rulebook.changes import beside
from rulebook.kinds.base import Contrast, Kind, Specimen, listed, match_facets
from rulebook.kinds.selection import COLD, FROZEN_BONE, HEAT, HEATED_BONE, selects
from rulebook.params import ParamError, param
from rulebook.shapes import CODE
from rulebook.types import Category, Claim, Finding, Outcome, Rule

#: So many primaries are named in a finding.
NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOnParams:
    """The primaries an add-on belongs to, and whether that list is complete."""

    primaries: tuple[str, ...] = param("Codes that this add-on may be reported with", what=CODE)
    complete: bool = param("Tick when no other primary is possible; otherwise others stay undecided", default=True)

    def __post_init__(self) -> None:
        if not self.primaries:
            raise ParamError("primaries", "needs at least one code")


class AddOn(Kind[AddOnParams]):
    """An add-on code is reported only together with its primary.

    **Why it matters.** An add-on pays only for the extra work on top of a primary
    procedure. Without that primary on the same claim and date it is denied.

    **Example.** Guidance that is an add-on to biopsies: with a biopsy on the claim it has
    its line, alone it has none.

    **What is checked.** A listed primary on the same claim, and that it belongs there: where
    the note leads to another code in its place, the add-on goes with it. Where the page says that
    its list is not complete, another primary makes the finding *unclear*, never wrong.

    **Source.** The page's list of primaries, in the section that the finding cites.
    """

    id: ClassVar[str] = "add-on"
    title: ClassVar[str] = "Only with its primary"
    category: ClassVar[Category] = Category.MISSING_PRIMARY
    about: ClassVar[str | None] = "entered"
    section: ClassVar[str] = "billing"
    Params = AddOnParams

    def allows(self, params: AddOnParams, codes: frozenset[str]) -> bool:
        return not codes.isdisjoint(params.primaries)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        entered = {line.code for line in case.claim.lines} - {rule.code}
        present = entered & set(rule.params.primaries)
        for element in case.elements_of(rule.code, "entered"):
            if element.outcome is Outcome.KEPT and present:
                yield self.finding(
                    rule, element, why=f"{rule.code} is an add-on, and its primary {min(present)} is there."
                )
            elif element.outcome is Outcome.EXTRA and not (present and self._possible(rule, case)):
                yield self._off(rule, element, case, present)

    def _possible(self, rule: Rule, case: Case) -> bool:
        """Whether a primary belongs on the claim, or may yet, because its service waits for a decision."""
        return not set(rule.params.primaries).isdisjoint(case.accepted_codes | self._waiting(case))

    def _waiting(self, case: Case) -> set[str]:
        """The codes that may yet belong on the claim, once their services are decided."""
        return {code for undecided in case.accepted.undecided for code in undecided.candidates}

    def _off(self, rule: Rule, element: Element, case: Case, present: set[str]) -> Finding:
        """No primary was entered, or those that were do not belong; with another code the payer may decide."""
        undecided = bool(self._beside(rule, case, present)) and not rule.params.complete
        return self.finding(
            rule,
            element,
            outcome=Outcome.UNCLEAR if undecided else None,
            facts=self._facts(rule, case) + self._against(present, case),
            why=self._why(rule, undecided, entered=bool(present)),
            fix="Ask the payer which primaries it takes." if undecided else f"Take the line with {rule.code} off.",
        )

    def _beside(self, rule: Rule, case: Case, present: set[str]) -> set[str]:
        """The other codes that the add-on may hang on: those that belong, and without a primary what was entered.

        Not what was entered and is off itself: a line that comes off carries no add-on, whatever the payer takes.
        """
        if present:
            return set(case.accepted_codes)
        standing = case.accepted_codes | self._waiting(case)
        entered = {line.code for line in case.claim.lines} - {rule.code}
        return {code for code in entered if code in standing or not case.book.of(code)}

    def _why(self, rule: Rule, undecided: bool, *, entered: bool) -> str:
        primaries = rule.params.primaries
        some = f"{rule.code} is an add-on to {listed(primaries[:NAMED], 'or')}"
        if undecided:
            return f"{some}, among others. Whether it may stand beside this code is the payer's decision."
        more = "" if len(primaries) <= NAMED else " and others on the page's list"
        none = (
            ("None of them is", "None of them belongs") if len(primaries) > 1 else ("It is not", "It does not belong")
        )
        if entered:
            return f"{some}{more}. {none[1]} on this claim, and the add-on falls with its primary."
        return f"{some}{more}. {none[0]} on this claim, and an add-on never stands alone."

    def _facts(self, rule: Rule, case: Case) -> tuple[str, ...]:
        selection = case.book.first(rule.code, "selection")
        wanted = selection.params.facets.get("procedure", ()) if selection else ()
        services = [i for i, service in enumerate(case.encounter.services) if service.facets.get("procedure") in wanted]
        return case.facts(tuple(services), ("procedure",))

    def _against(self, primaries: set[str], case: Case) -> tuple[str, ...]:
        """The facts by which the note speaks against the primaries that were entered."""
        found: list[str] = []
        for selection in [rule for code in sorted(primaries) for rule in case.book.of(code, "selection")]:
            for index, service in enumerate(case.encounter.services):
                match = match_facets(selection.params.facets, service)
                if "procedure" in match.fits:
                    found += case.facts((index,), match.contradicts)
        return tuple(dict.fromkeys(found))

    def describe(self, params: AddOnParams) -> str:
        more = "" if params.complete else "; for other primaries the payer decides"
        return f"An add-on: report it only together with {listed(params.primaries, 'or')}{more}."

    def contrasts(self, params: AddOnParams) -> tuple[Contrast, ...]:
        return (
            Contrast(fact="procedure", value=None, flips="without the primary service the add-on has no line"),
            Contrast(fact="primary", value=None, flips="with another code in place of the primary it has no line"),
        )

    def names(self, params: AddOnParams) -> tuple[str, ...]:
        return params.primaries

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        if rule.code not in case.accepted_codes and case.accepted_codes.isdisjoint(rule.params.primaries):
            yield beside(case.claim, rule.code)

    _extra = selects("X3001", procedure="imaging guidance", modality="ultrasound")
    _rules = (
        COLD,
        _extra,
        Rule(
            id="X3001/add-on",
            code="X3001",
            kind="add-on",
            params=AddOnParams(primaries=("X1001",)),
            section="billing",
        ),
    )
    clean = (
        Specimen(
            title="The add-on beside its primary",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, {"procedure": "imaging guidance", "modality": "ultrasound"}],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X3001"}]},
            },
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="The add-on alone",
            case={
                "date_of_service": "2024-03-01",
                "services": [{"procedure": "imaging guidance", "modality": "ultrasound"}],
                "claim": {"lines": [{"code": "X3001"}]},
            },
            rules=_rules,
            finds=(Outcome.EXTRA, "code"),
        ),
        Specimen(
            title="Beside a code that is none of its primaries",
            case={
                "date_of_service": "2024-03-01",
                "services": [HEATED_BONE, {"procedure": "imaging guidance", "modality": "ultrasound"}],
                "claim": {"lines": [{"code": "X1002"}, {"code": "X3001"}]},
            },
            rules=(HEAT, *_rules),
            finds=(Outcome.EXTRA, "code"),
        ),
        Specimen(
            title="Beside a primary that does not belong there itself",
            case={
                "date_of_service": "2024-03-01",
                "services": [HEATED_BONE, {"procedure": "imaging guidance", "modality": "ultrasound"}],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X3001"}]},
            },
            rules=(HEAT, *_rules),
            finds=(Outcome.EXTRA, "code"),
        ),
    )
