"""For something else, see another code."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Element
from rulebook.changes import with_changed
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen, asked, fits, listed
from rulebook.kinds.selection import COLD, HEAT, HEATED_BONE
from rulebook.params import Facets, ParamError, param
from rulebook.shapes import CODE
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectParams:
    """When the facets are there, the page sends its reader to other codes."""

    when: Facets = param("Facet and value that lead elsewhere: technique: radiofrequency")
    to: tuple[str, ...] = param("The codes to see instead", what=CODE)

    def __post_init__(self) -> None:
        if not self.when or not self.to:
            raise ParamError("when" if not self.when else "to", "must not be empty")


class Redirect(Kind[RedirectParams]):
    """A page says where to go when one fact is different.

    **Why it matters.** "For ..., see ..." is the code set's own warning of a common mistake, and
    the shortest way to the right code.

    **Example.** The page for cold says: for radiofrequency, see the other code. The note says
    radiofrequency, and the code for cold is on the claim.

    **Source.** The "see" note of the page, in the section that the finding cites.
    """

    id: ClassVar[str] = "redirect"
    title: ClassVar[str] = "For that, see another code"
    category: ClassVar[Category] = Category.WRONG_CODE
    about: ClassVar[str | None] = "mistaken"
    section: ClassVar[str] = "when-to-use"
    Params = RedirectParams

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        for element in case.elements_of(rule.code, "mistaken"):
            if element.accepted in rule.params.to:
                services = enumerate(case.encounter.services)
                matching = tuple(i for i, service in services if fits(rule.params.when, service))
                if matching:
                    yield self._see(rule, element, case.facts(matching, tuple(rule.params.when)), case)

    def _see(self, rule: Rule, element: Element, facts: tuple[str, ...], case: Case) -> Finding:
        said = listed(list(dict.fromkeys(case.value(fact) for fact in facts))[:3])
        there = listed(rule.params.to, "or")
        return self.finding(
            rule,
            element,
            facts=facts,
            why=f"The note says {said}. The page of {rule.code} points to {there} then.",
            fix=f"Report {element.accepted} instead of {rule.code}.",
        )

    def asks(self, params: RedirectParams) -> tuple[Asked, ...]:
        return asked("when", params.when)

    def describe(self, params: RedirectParams) -> str:
        when = [f"{facet} {listed(values, 'or')}" for facet, values in params.when.items()]
        return f"For {listed(when)}, see {listed(params.to, 'or')}."

    def contrasts(self, params: RedirectParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact=facet, value=values[0], flips=f"the code is {listed(params.to, 'or')} then")
            for facet, values in params.when.items()
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        for place, line in enumerate(case.claim.lines):
            if line.code in rule.params.to:
                yield with_changed(case.claim, place, code=rule.code)

    def names(self, params: RedirectParams) -> tuple[str, ...]:
        return params.to

    _elsewhere = Rule(
        id="X1001/redirect",
        code="X1001",
        kind="redirect",
        params=RedirectParams(when={"technique": ("radiofrequency",)}, to=("X1002",)),
        section="when-to-use",
    )
    clean = (
        Specimen(
            title="The reader followed the note",
            case={
                "date_of_service": "2024-03-01",
                "services": [HEATED_BONE],
                "claim": {"lines": [{"code": "X1002"}]},
            },
            rules=(COLD, HEAT, _elsewhere),
        ),
    )
    caught = (
        Specimen(
            title="The reader stayed on the page",
            case={
                "date_of_service": "2024-03-01",
                "services": [HEATED_BONE],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, HEAT, _elsewhere),
            finds=(Outcome.BROKEN, "code"),
        ),
    )
