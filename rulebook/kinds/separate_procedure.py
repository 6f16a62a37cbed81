"""Procedures that are only reported when they stand alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft
from rulebook.changes import beside
from rulebook.evidence import set_apart
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import param
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparateProcedureParams:
    """The facet that two procedures must share for the smaller one to be part of the larger."""

    same: str = param("The facet that ties it to a larger procedure", default="site")


class SeparateProcedure(Kind[SeparateProcedureParams]):
    """A "separate procedure" is reported only when nothing larger is done at the same place.

    **Why it matters.** The words in the code's description mean the opposite of what they seem
    to say: not that it may always be reported separately, but that it is usually a part.

    **Example.** A diagnostic look into a joint on the way to a repair in that joint is part of
    the repair. Looking into the other knee is not.

    **What is checked.** Another reported procedure at the same place, and nothing in the note
    (another session, structure or practitioner) that sets this one apart.

    **Source.** The code's description, in the section that the finding cites.
    """

    id: ClassVar[str] = "separate-procedure"
    title: ClassVar[str] = "Separate procedure"
    category: ClassVar[Category] = Category.UNBUNDLING
    section: ClassVar[str] = "billing"
    Params = SeparateProcedureParams

    def bundles(self, rule: Rule, draft: Draft) -> None:
        mine = next((line for line in draft.lines if line.code == rule.code), None)
        if mine is None:
            return
        places = {
            self._place(rule, index, draft)
            for line in draft.lines
            if line.code != rule.code and not self._smaller(rule.code, line.code, draft)
            for index in line.services
        }
        included = [index for index in mine.services if self._place(rule, index, draft) in places - {None}]
        if included:
            draft.include(mine, included, rule)

    def _smaller(self, code: str, other: str, draft: Draft) -> bool:
        """Whether the other is a separate procedure as well, or only an add-on to this one."""
        add_ons = draft.book.of(other, "add-on")
        return bool(draft.book.of(other, self.id)) or any(code in rule.params.primaries for rule in add_ons)

    def _place(self, rule: Rule, index: int, draft: Draft) -> str | None:
        """Where a service was done; None where the note does not say, or has a reason to set it apart."""
        service = draft.encounter.services[index]
        return None if set_apart(service) else service.facets.get(rule.params.same)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        services = tuple(bundled.service for bundled in case.accepted.bundled if bundled.rule.id == rule.id)
        if not services:
            return
        for element in case.elements_of(rule.code, "entered"):
            if element.outcome is Outcome.EXTRA:
                yield self.finding(
                    rule,
                    element,
                    facts=case.facts(services, ("procedure", rule.params.same)),
                    why=f"{rule.code} is a separate procedure: beside a larger one with the same "
                    f"{rule.params.same} it is a part of that one.",
                    fix=f"Take the line with {rule.code} off.",
                )

    def asks(self, params: SeparateProcedureParams) -> tuple[Asked, ...]:
        return (Asked(param="same", facet=params.same),)

    def describe(self, params: SeparateProcedureParams) -> str:
        return f"A separate procedure: not reported beside a larger one with the same {params.same}."

    def contrasts(self, params: SeparateProcedureParams) -> tuple[Contrast, ...]:
        flips = f"with another {params.same} it has a line of its own"
        return (
            Contrast(fact=params.same, value=None, flips=flips, bundled=True),
            Contrast(fact=params.same, value=None, flips=f"with the same {params.same} it would be a part"),
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        included = [bundled for bundled in case.accepted.bundled if bundled.rule.id == rule.id]
        for code in dict.fromkeys(code for bundled in included for code in bundled.codes):
            yield beside(case.claim, code)

    _look = selects("X6001", procedure="inspection")
    _rule = Rule(
        id="X6001/separate-procedure",
        code="X6001",
        kind="separate-procedure",
        params=SeparateProcedureParams(),
        section="billing",
    )
    clean = (
        Specimen(
            title="At another site",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, {"procedure": "inspection", "site": "lung"}],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X6001"}]},
            },
            rules=(COLD, _look, _rule),
        ),
    )
    caught = (
        Specimen(
            title="On the way to the larger procedure",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, {"procedure": "inspection", "site": "bone"}],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X6001"}]},
            },
            rules=(COLD, _look, _rule),
            finds=(Outcome.EXTRA, "code"),
        ),
    )
