"""A service without a line, a line without a service."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Element
from rulebook.changes import without_line
from rulebook.kinds.base import Contrast, Kind, Specimen, fits, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE, GUIDANCE, HEAT, ULTRASOUND
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedServiceParams:
    """None: the rule follows from which services the code reports."""


class MissedService(Kind[MissedServiceParams]):
    """Every reportable service has one line, and every line has a service behind it.

    **Why it matters.** A service left off is work that is never paid. A line for
    something the note does not show is a claim for work nobody did, which is what audits
    look for first.

    **Example.** The note describes an ablation and, separately reportable, its guidance:
    two lines. A line for a second ablation that the note does not describe has no service
    behind it.

    **Source.** Follows from the code's selection rule: each page that has one has this
    rule too.
    """

    id: ClassVar[str] = "missed-service"
    title: ClassVar[str] = "Nothing missed, nothing added"
    category: ClassVar[Category] = Category.UNDER_CODING
    about: ClassVar[str | None] = "code"
    section: ClassVar[str] = "when-to-use"
    implied_by: ClassVar[str | None] = "selection"
    Params = MissedServiceParams

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        for element in case.elements_of(rule.code, "code"):
            if element.outcome is Outcome.MISSING:
                yield self._missed(rule, element, case)
            elif element.outcome is Outcome.EXTRA:
                yield self._added(rule, element, case)
            elif element.outcome is Outcome.KEPT and len(case.accepted.claim.lines) > 1:
                yield self.finding(rule, element, why=f"The service that {rule.code} reports has its line.")

    def _missed(self, rule: Rule, element: Element, case: Case) -> Finding:
        selection = case.book.first(rule.code, "selection")
        facts = case.facts(case.services_of(rule.code), tuple(selection.params.facets) if selection else ())
        said = listed(list(dict.fromkeys(case.value(fact) for fact in facts))[:4])
        return self.finding(
            rule,
            element,
            facts=facts,
            why=f"The note shows {said}. {rule.code} reports it, and no line of the claim does.",
            fix=f"Add a line for {rule.code}.",
        )

    def _added(self, rule: Rule, element: Element, case: Case) -> Finding:
        services = case.services_of(rule.code)
        if services:
            why = f"{rule.code} is on the claim more than once, and one line reports all of it."
        else:
            services = self._fitting(rule, case)
            why = f"{self._wanted(rule, case)} {self._instead(services, case)}"
        return self.finding(
            rule,
            element,
            facts=case.facts(services, ("procedure", "count")),
            why=why,
            fix=f"Take the line with {rule.code} off.",
            category=Category.OVER_CODING,
        )

    def _fitting(self, rule: Rule, case: Case) -> tuple[int, ...]:
        """The services of the note that this code would fit, whoever reports them."""
        selection = case.book.first(rule.code, "selection")
        if selection is None:
            return ()
        services = enumerate(case.encounter.services)
        return tuple(index for index, one in services if fits(selection.params.facets, one))

    def _instead(self, services: tuple[int, ...], case: Case) -> str:
        """Who reports these services, if the line under review does not."""
        if not services:
            return "Nothing in the note shows that."
        for line, reported in zip(case.accepted.claim.lines, case.accepted.services, strict=True):
            if not set(services).isdisjoint(reported):
                return f"In this note, {line.code} reports that service, and one line is enough."
        for bundled in case.accepted.bundled:
            if bundled.service in services:
                return f"In this note, that service is part of {bundled.rule.code}."
        return "The note shows it, but it has no line of its own on this claim."

    def _wanted(self, rule: Rule, case: Case) -> str:
        selection = case.book.first(rule.code, "selection")
        facets = selection.params.facets if selection else {}
        wanted = [listed(values, "or", 3) for values in facets.values()]
        return f"{rule.code} is for {', '.join(wanted[:5])}."

    def describe(self, params: MissedServiceParams) -> str:
        return (
            "Report this code once for the service it names: not left off when it was done, not added when it was not."
        )

    def contrasts(self, params: MissedServiceParams) -> tuple[Contrast, ...]:
        return (Contrast(fact="procedure", value=None, flips="without the service the line has nothing behind it"),)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code and len(case.claim.lines) > 1:
                yield without_line(case.claim, place)

    clean = (
        Specimen(
            title="Two services, two lines",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, ULTRASOUND],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X2001"}]},
            },
            rules=(COLD, GUIDANCE),
        ),
    )
    caught = (
        Specimen(
            title="The second service was left off",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, ULTRASOUND],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, GUIDANCE),
            finds=(Outcome.MISSING, "code"),
        ),
        Specimen(
            title="A line for a service that the note does not show",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X1002"}]},
            },
            rules=(COLD, HEAT),
            finds=(Outcome.EXTRA, "code"),
        ),
    )
