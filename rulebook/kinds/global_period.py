"""What the price of a procedure already includes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft
from rulebook.changes import beside
from rulebook.kinds.base import Contrast, Kind, Specimen, match_facets
from rulebook.kinds.modifier import ModifierParams
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import Facets, ParamError, param
from rulebook.types import Category, Claim, Finding, Outcome, Rule

#: The periods in which care around the procedure is part of its price.
INCLUSIVE = ("000", "010", "090", "MMM")
PERIODS = ("000", "010", "090", "XXX", "YYY", "ZZZ", "MMM")


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalPeriodParams:
    """The days, and the visits that belong to them."""

    days: str = param("000, 010, 090, XXX, YYY, ZZZ or MMM")
    visits: Facets = param("Which services are visits: procedure: office visit", default_factory=dict)
    apart: Facets = param("Which visits stand apart all the same: visit: significant", default_factory=dict)

    def __post_init__(self) -> None:
        if self.days not in PERIODS:
            raise ParamError("days", f"must be one of {', '.join(PERIODS)}")


class GlobalPeriod(Kind[GlobalPeriodParams]):
    """The decision to do a small procedure, and the care around it, are part of its price.

    With a global period of 0 or 10 days the visit on the same day is included, unless it is a
    significant service of its own; with 90 days also the visit the day before, unless it is the
    one on which surgery was decided.

    **Why it matters.** A visit beside every small procedure is a pattern that payers search for.

    **Example.** A patient comes for the removal of a skin tag, and the physician looks at it,
    talks and removes it: one line. The same patient is also examined for new chest pain: the
    visit has a line of its own, with modifier 25.

    **Source.** The procedure's page, in the section that the finding cites.
    """

    id: ClassVar[str] = "global-period"
    title: ClassVar[str] = "Global period"
    category: ClassVar[Category] = Category.UNBUNDLING
    section: ClassVar[str] = "billing"
    Params = GlobalPeriodParams

    def bundles(self, rule: Rule, draft: Draft) -> None:
        if not rule.params.visits or rule.params.days not in INCLUSIVE:
            return
        for line in tuple(draft.lines):
            services = [index for index in line.services if self._included(rule.params, index, draft)]
            if line.code != rule.code and services:
                draft.include(line, services, rule)
        for reading in tuple(draft.open):
            if self._included(rule.params, reading.index, draft):
                draft.include_open(reading, rule)

    def _included(self, params: GlobalPeriodParams, index: int, draft: Draft) -> bool:
        service = draft.encounter.services[index]
        apart = bool(params.apart) and match_facets(params.apart, service).full
        apart = apart or service.facets.get("session") == "separate"
        return match_facets(params.visits, service).full and not apart

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        included = [bundled for bundled in case.accepted.bundled if bundled.rule.id == rule.id]
        for code in sorted({code for bundled in included for code in bundled.codes}):
            facts = case.facts(tuple(bundled.service for bundled in included), ("procedure", "visit"))
            for element in case.entered(code):
                if element.outcome is Outcome.EXTRA:
                    yield self.finding(
                        rule,
                        element,
                        facts=facts,
                        why=f"{rule.code} has a global period of {rule.params.days}: the visit around it is part of "
                        f"it, and nothing in the note makes this one a service of its own.",
                        fix=f"Take the line with {code} off.",
                    )

    def describe(self, params: GlobalPeriodParams) -> str:
        visits = " Visits around it are included unless they stand apart." if params.visits else ""
        return f"Global period {params.days}.{visits}"

    def contrasts(self, params: GlobalPeriodParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(
                fact=facet, value=values[0], flips="a visit of its own has a line, with its modifier", bundled=True
            )
            for facet, values in params.apart.items()
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        included = [bundled for bundled in case.accepted.bundled if bundled.rule.id == rule.id]
        for code in dict.fromkeys(code for bundled in included for code in bundled.codes):
            yield beside(case.claim, code)

    _visit = selects("X5001", procedure="office visit")
    _days = Rule(
        id="X1001/global-period",
        code="X1001",
        kind="global-period",
        params=GlobalPeriodParams(
            days="000", visits={"procedure": ("office visit",)}, apart={"visit": ("significant",)}
        ),
        section="billing",
    )
    _apart = Rule(
        id="X5001/visit",
        code="X5001",
        kind="modifier",
        params=ModifierParams(facet="visit", modifiers={"significant": ("25",)}, beside_global=("000", "010")),
        section="billing",
    )
    _rules = (COLD, _visit, _days, _apart)
    clean = (
        Specimen(
            title="A visit of its own, with 25",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, {"procedure": "office visit", "visit": "significant"}],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X5001", "modifiers": ["25"]}]},
            },
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="The visit that belongs to the procedure",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, {"procedure": "office visit"}],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X5001"}]},
            },
            rules=_rules,
            finds=(Outcome.EXTRA, "code"),
        ),
    )
