"""What the price of a procedure already includes."""

from collections.abc import Iterator
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import beside
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen, asked, fits
from rulebook.kinds.modifier import ModifierParams
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import Facets
from rulebook.periods import DAYS_AFTER, INCLUSIVE, GlobalPeriodParams, covers
from rulebook.types import Bundled, Category, Claim, Finding, Outcome, Rule


class GlobalPeriod(Kind[GlobalPeriodParams]):
    """The decision to do a small procedure, and the care around it, are part of its price.

    With a global period of 0 or 10 days the visit on the same day is included, unless it is a
    significant service of its own; with 90 days also the visit the day before, unless it is the
    one on which surgery was decided. Visits in the 10 or 90 days after the procedure are included
    too, unless they have nothing to do with it.

    **Why it matters.** A visit beside every small procedure is a pattern that payers search for,
    and so are visits in the weeks after an operation.

    **Example.** A patient comes for the removal of a skin tag, and the physician looks at it,
    talks and removes it: one line. The same patient is also examined for new chest pain: the
    visit has a line of its own, with modifier 25. Three weeks after an operation with a period of
    90 days the surgeon looks at the wound: there is nothing to report.

    **What is checked.** Procedures on this claim, and those that the case names as earlier ones.
    The rules of the day of the visit say how long their period is.

    **Source.** The procedure's page, in the section that the finding cites.
    """

    id: ClassVar[str] = "global-period"
    title: ClassVar[str] = "Global period"
    category: ClassVar[Category] = Category.UNBUNDLING
    section: ClassVar[str] = "billing"
    Params = GlobalPeriodParams

    def bundles(self, rule: Rule, draft: Draft) -> None:
        if rule.params.days in INCLUSIVE:
            self._include(rule, None, draft)

    def follows(self, rule: Rule, earlier: int, draft: Draft) -> None:
        if covers(rule.params.days, draft.encounter.earlier[earlier].date, draft.encounter.date_of_service):
            self._include(rule, earlier, draft)

    def _include(self, rule: Rule, earlier: int | None, draft: Draft) -> None:
        """Take off the visits that belong to the procedure, which is on this claim or an earlier one."""
        if not rule.params.visits:
            return
        stay = self._stay_apart(rule.params, earlier, draft)
        for line in tuple(draft.lines):
            services = [index for index in line.services if self._included(rule.params, index, stay, draft)]
            if line.code != rule.code and services:
                draft.include(line, services, rule, earlier)
        for reading in tuple(draft.open):
            if self._included(rule.params, reading.index, stay, draft):
                draft.include_open(reading, rule, earlier)

    def _stay_apart(self, params: GlobalPeriodParams, earlier: int | None, draft: Draft) -> list[Facets]:
        """What makes a visit a service of its own: on the day one thing, in the days after another."""
        another = {"practitioner": ("other",)}
        on_the_day: list[Facets] = [params.apart, another, {"session": ("separate",)}]
        if earlier is None:
            return on_the_day
        same_day = draft.encounter.earlier[earlier].date == draft.encounter.date_of_service
        return [params.unrelated, another, *(on_the_day if same_day else ())]

    def _included(self, params: GlobalPeriodParams, index: int, stay: list[Facets], draft: Draft) -> bool:
        service = draft.encounter.services[index]
        return fits(params.visits, service) and not any(facets and fits(facets, service) for facets in stay)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        included = [bundled for bundled in case.accepted.bundled if bundled.rule.id == rule.id]
        reported: set[str] = set()
        for code in sorted({code for bundled in included for code in bundled.codes}):
            for element in case.elements_of(code, "entered"):
                if element.outcome is Outcome.EXTRA:
                    reported.add(code)
                    yield self._reported(rule, element, [one for one in included if code in one.codes], case)
        for one in included:
            if one.earlier is not None and reported.isdisjoint(one.codes):
                yield self._left_off(rule, one, case)

    def _reported(self, rule: Rule, element: Element, included: list[Bundled], case: Case) -> Finding:
        earlier = included[0].earlier
        visit = case.facts(tuple(bundled.service for bundled in included), ("procedure", "visit", "relation"))
        return self.finding(
            rule,
            element,
            facts=visit if earlier is None else (f"earlier.{earlier}", *visit),
            why=self._why(rule, earlier, case),
            fix=f"Take the line with {element.yours} off.",
        )

    def _why(self, rule: Rule, earlier: int | None, case: Case) -> str:
        if earlier is None or case.encounter.earlier[earlier].date == case.encounter.date_of_service:
            return (
                f"{rule.code} has a global period of {rule.params.days}: the visit around it is part of "
                f"it, and nothing in the note makes this one a service of its own."
            )
        return f"{self._period(rule, earlier, case)} is part of it, and nothing in the note says it is unrelated."

    def _left_off(self, rule: Rule, bundled: Bundled, case: Case) -> Finding:
        """A visit that has rightly no line: on a claim without lines this is all there is to say."""
        assert bundled.earlier is not None
        element = Element(
            name=f"service:{bundled.service}",
            outcome=Outcome.KEPT,
            line=None,
            code=rule.code,
            yours=None,
            accepted=None,
        )
        facts = (f"earlier.{bundled.earlier}", *case.facts((bundled.service,), ("procedure",)))
        why = f"{self._period(rule, bundled.earlier, case)} is part of it, and it has no line."
        return self.finding(rule, element, facts=facts, why=why)

    def _period(self, rule: Rule, earlier: int, case: Case) -> str:
        done = case.encounter.earlier[earlier].date
        days = (case.encounter.date_of_service - done).days
        when = f"{days} day{'s' if days != 1 else ''} later" if days else "on the same day"
        return f"{rule.code} of {done} has a global period of {DAYS_AFTER[rule.params.days]} days: this visit {when}"

    def asks(self, params: GlobalPeriodParams) -> tuple[Asked, ...]:
        return asked("apart", params.apart) + asked("unrelated", params.unrelated)

    def describe(self, params: GlobalPeriodParams) -> str:
        visits = " Visits around it are included unless they stand apart." if params.visits else ""
        days = DAYS_AFTER.get(params.days)
        after = f" So are visits in the {days} days after it, unless they are unrelated." if visits and days else ""
        return f"Global period {params.days}.{visits}{after}"

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
    _after = Rule(
        id="X1001/global-period",
        code="X1001",
        kind="global-period",
        params=GlobalPeriodParams(days="090", visits={"procedure": ("office visit",)}),
        section="billing",
    )
    _later = (COLD, _visit, _after)
    _wound = {"date_of_service": "2024-03-01", "services": [{"procedure": "office visit"}]}
    _soon = {**_wound, "earlier": [{"code": "X1001", "date": "2024-02-09"}]}
    _late = {**_wound, "earlier": [{"code": "X1001", "date": "2023-12-01"}]}
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
        Specimen(
            title="Three weeks after the operation there is nothing to report",
            case={**_soon, "claim": {"lines": []}},
            rules=_later,
        ),
        Specimen(
            title="The 91st day is outside",
            case={**_late, "claim": {"lines": [{"code": "X5001"}]}},
            rules=_later,
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
        Specimen(
            title="Care of the wound, reported as a visit",
            case={**_soon, "claim": {"lines": [{"code": "X5001"}]}},
            rules=_later,
            finds=(Outcome.EXTRA, "code"),
        ),
    )
