"""Codes that never stand alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case
from rulebook.changes import beside
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE, HEAT, HEATED_BONE, selects
from rulebook.params import ParamError, param
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOnParams:
    """The primaries an add-on belongs to, and whether that list is complete."""

    primaries: tuple[str, ...] = param("Codes that this add-on may be reported with")
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

    **What is checked.** A listed primary on the same claim. Where the page says that its
    list is not complete, another primary makes the finding *unclear*, never wrong.

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
        beside = {line.code for line in case.claim.lines} - {rule.code}
        present = beside & set(rule.params.primaries)
        for element in case.elements_of(rule.code, "entered"):
            if element.outcome is Outcome.KEPT and present:
                yield self.finding(
                    rule, element, why=f"{rule.code} is an add-on, and its primary {min(present)} is there."
                )
            elif element.outcome is Outcome.EXTRA and not present:
                undecided = bool(beside) and not rule.params.complete
                yield self.finding(
                    rule,
                    element,
                    outcome=Outcome.UNCLEAR if undecided else None,
                    facts=self._facts(rule, case),
                    why=self._why(rule, undecided),
                    fix="Ask your payer which primaries it takes."
                    if undecided
                    else f"Take the line with {rule.code} off.",
                )

    def _why(self, rule: Rule, undecided: bool) -> str:
        some = f"{rule.code} is an add-on to {listed(rule.params.primaries[:4], 'or')}"
        if undecided:
            return f"{some}, among others. Whether it may stand beside this code is the payer's decision."
        more = "" if len(rule.params.primaries) <= 4 else " and others on the page's list"
        return f"{some}{more}. None of them is on your claim, and an add-on never stands alone."

    def _facts(self, rule: Rule, case: Case) -> tuple[str, ...]:
        selection = case.book.first(rule.code, "selection")
        wanted = selection.params.facets.get("procedure", ()) if selection else ()
        services = [i for i, service in enumerate(case.encounter.services) if service.facets.get("procedure") in wanted]
        return case.facts(tuple(services), ("procedure",))

    def describe(self, params: AddOnParams) -> str:
        more = "" if params.complete else "; for other primaries the payer decides"
        return f"An add-on: report it only together with {listed(params.primaries, 'or')}{more}."

    def contrasts(self, params: AddOnParams) -> tuple[Contrast, ...]:
        return (Contrast(fact="procedure", value=None, flips="without the primary service the add-on has no line"),)

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
    )
