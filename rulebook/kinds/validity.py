"""When a code may be used."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from rulebook.case import Case
from rulebook.changes import with_changed
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import ParamError, param
from rulebook.shapes import CODE
from rulebook.types import Category, Claim, Encounter, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityParams:
    """First and last day on which the code is valid; open ends are left out."""

    from_: date | None = param("First date of service on which the code is valid", default=None)
    to: date | None = param("Last date of service on which the code is valid", default=None)
    successors: tuple[str, ...] = param("Codes to use afterwards", what=CODE, default=())

    def __post_init__(self) -> None:
        if self.from_ and self.to and self.to < self.from_:
            raise ParamError("to", "is before from")

    def covers(self, day: date) -> bool:
        """Whether the code is valid on a date of service; both ends are included."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)


class Validity(Kind[ValidityParams]):
    """The date of service decides which codes exist.

    Codes are added, revised and deleted; what counts is the day the service was given,
    not the day the claim is written.

    **Why it matters.** A claim with a code that was not valid on its date of service is
    rejected before anyone reads the note.

    **Example.** A code was added on 1 January 2015. The same procedure in December 2014
    cannot be reported with it, however well it fits.

    **Source.** The code's history, in the section that the finding cites.
    """

    id: ClassVar[str] = "validity"
    title: ClassVar[str] = "Valid on the date of service"
    category: ClassVar[Category] = Category.INVALID_ON_DATE
    about: ClassVar[str | None] = "entered"
    section: ClassVar[str] = "history"
    Params = ValidityParams

    def admits(self, params: ValidityParams, encounter: Encounter) -> bool:
        day = encounter.date_of_service
        return (params.from_ is None or params.from_ <= day) and (params.to is None or day <= params.to)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        day = case.encounter.date_of_service
        for element in case.elements_of(rule.code, "entered"):
            valid = rule.params.covers(day)
            if valid and element.outcome is Outcome.KEPT:
                yield self.finding(
                    rule, element, facts=("date_of_service",), why=f"{rule.code} is valid on {day.isoformat()}."
                )
            elif not valid and element.outcome is not Outcome.KEPT:
                outcome = Outcome.EXTRA if element.outcome is Outcome.UNCLEAR else element.outcome
                yield self.finding(
                    rule,
                    element,
                    outcome=outcome,
                    facts=("date_of_service",),
                    why=self._why(rule, day),
                    fix=self._fix(rule, day, element.accepted),
                )

    def _why(self, rule: Rule, day: date) -> str:
        if rule.params.from_ and day < rule.params.from_:
            return f"The date of service is {day}, and {rule.code} is valid only from {rule.params.from_} on."
        return f"The date of service is {day}, and {rule.code} was valid only up to {rule.params.to}."

    def _fix(self, rule: Rule, day: date, accepted: str | None) -> str:
        after = rule.params.to is not None and day > rule.params.to
        if accepted or (after and rule.params.successors):
            return f"Report {accepted or listed(rule.params.successors, 'or')} instead."
        return "Use a code that was valid on that day."

    def describe(self, params: ValidityParams) -> str:
        if params.from_ is None and params.to is None:
            return "Valid on every date of service that this library covers."
        first = f" from {params.from_.isoformat()}" if params.from_ else ""
        last = f" up to {params.to.isoformat()}" if params.to else " on" if first else ""
        then = f"; afterwards see {listed(params.successors, 'or')}" if params.successors else ""
        return f"Valid for dates of service{first}{last}{then}."

    def contrasts(self, params: ValidityParams) -> tuple[Contrast, ...]:
        found = []
        if params.from_:
            day = (params.from_ - timedelta(days=1)).isoformat()
            found.append(Contrast(fact="date_of_service", value=day, flips="the day before the code was added"))
        if params.to:
            day = (params.to + timedelta(days=1)).isoformat()
            found.append(Contrast(fact="date_of_service", value=day, flips="the day after the code was deleted"))
        return tuple(found)

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        for place, line in enumerate(case.claim.lines):
            if line.code in rule.params.successors:
                yield with_changed(case.claim, place, code=rule.code)

    def names(self, params: ValidityParams) -> tuple[str, ...]:
        return params.successors

    _old = selects("X0099", procedure="ablation", site="bone", technique="cryoablation")
    _rules = (
        COLD,
        _old,
        Rule(
            id="X1001/validity",
            code="X1001",
            kind="validity",
            params=ValidityParams(from_=date(2015, 1, 1)),
            section="history",
        ),
        Rule(
            id="X0099/validity",
            code="X0099",
            kind="validity",
            params=ValidityParams(to=date(2014, 12, 31), successors=("X1001",)),
            section="history",
        ),
    )
    clean = (
        Specimen(
            title="The first day on which the code is valid",
            case={
                "date_of_service": "2015-01-01",
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="A deleted code, one day too late",
            case={
                "date_of_service": "2015-01-01",
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X0099"}]},
            },
            rules=_rules,
            finds=(Outcome.BROKEN, "code"),
        ),
        Specimen(
            title="A new code, one day too early",
            case={
                "date_of_service": "2014-12-31",
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=_rules,
            finds=(Outcome.BROKEN, "code"),
        ),
    )
