"""Modifiers that a fact of the note asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import with_changed
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import Facets, ParamError, param
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierParams:
    """One facet of the service, and the modifiers that its values ask for."""

    facet: str = param("The facet that decides: laterality")
    modifiers: Facets = param("Value of the facet and its modifier: left: LT")
    both: tuple[str, ...] = param("Instead, when several of these values are there at once: 50", default=())
    beside_global: tuple[str, ...] = param("Only beside a procedure with one of these global periods: 000", default=())

    def __post_init__(self) -> None:
        if not self.modifiers:
            raise ParamError("modifiers", "needs at least one value with its modifier")

    def asked_by(self, values: set[str]) -> set[str]:
        """The modifiers that these values of the facet ask for together."""
        asked = {value for value in values if self.modifiers.get(value)}
        if len(asked) > 1 and self.both:
            return set(self.both)
        return {modifier for value in asked for modifier in self.modifiers[value]}

    @property
    def known(self) -> frozenset[str]:
        """Every modifier that this rule speaks about."""
        return frozenset(modifier for values in self.modifiers.values() for modifier in values) | set(self.both)


class Modifier(Kind[ModifierParams]):
    """A modifier is there because a fact of the note asks for it, and for no other reason.

    One rule ties one fact to its modifiers: the side (LT, RT, 50), the component (26, TC), how
    far a procedure went (52, 53), a repeat (76, 77, 91), a procedure in a global period (58, 78,
    79), a visit that stands apart from a procedure on the same day (25, 57).

    **Why it matters.** A missing modifier turns a payable line into a duplicate or a bundled one.
    One without a reason in the note is the fastest way into an audit.

    **Example.** The code is for one side, and the note says *left*: LT. A claim with RT, or with
    neither, does not say what was done.

    **Source.** The code's page, in the section that the finding cites.
    """

    id: ClassVar[str] = "modifier"
    title: ClassVar[str] = "Modifiers"
    category: ClassVar[Category] = Category.MODIFIER
    section: ClassVar[str] = "billing"
    Params = ModifierParams

    def shape(self, params: ModifierParams, line: Draft.Line, draft: Draft) -> None:
        if self._applies(params, line, draft):
            line.modifiers = tuple(sorted({*line.modifiers, *self._asked(params, tuple(line.services), draft)}))

    def _applies(self, params: ModifierParams, line: Draft.Line, draft: Draft) -> bool:
        """Without a condition always; otherwise only beside a procedure with such a global period."""
        if not params.beside_global:
            return True
        others = (rule for code in draft.codes - {line.code} for rule in draft.book.of(code, "global-period"))
        return any(rule.params.days in params.beside_global for rule in others)

    def _asked(self, params: ModifierParams, services: tuple[int, ...], draft: Draft) -> set[str]:
        return params.asked_by({draft.encounter.services[index].facets.get(params.facet, "") for index in services})

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        facts = case.facts(case.services_of(rule.code), (rule.params.facet,))
        values = {case.value(fact) for fact in facts}
        asked = rule.params.asked_by(values)
        for element in case.elements_of(rule.code, "modifier"):
            modifier = element.name.partition(":")[2]
            if modifier in asked or (modifier in rule.params.known and element.outcome is Outcome.EXTRA):
                why, fix = self._words(rule, element, modifier, values, asked)
                yield self.finding(rule, element, facts=facts, why=why, fix=fix)

    def _words(self, rule: Rule, element: Element, modifier: str, values: set[str], asked: set[str]) -> tuple[str, str]:
        """Why, and what to do."""
        params = rule.params
        said = listed(sorted(values))
        note = f"The note says {params.facet} {said}" if said else f"The note says nothing of {params.facet}"
        if element.outcome is Outcome.KEPT:
            return f"{note}, and {modifier} says so on the claim.", ""
        if element.outcome is Outcome.MISSING:
            why = f"{note}; {modifier} says that on the claim, and line {element.line} does not have it."
            return why, f"Add {modifier} to {rule.code}."
        fix = f"Take {modifier} off {rule.code}."
        if modifier in asked:
            periods = listed(params.beside_global, "or")
            return f"{modifier} is used beside a procedure with global period {periods}; none is reported here.", fix
        meant = [value for value, modifiers in params.modifiers.items() if modifier in modifiers]
        wanted = listed(meant, "or") or "of several kinds at once"
        if asked:
            return f"{note}, and {listed(sorted(asked))} says that. {modifier} is for {params.facet} {wanted}.", fix
        return f"{modifier} is for {params.facet} {wanted}. {note}, so nothing supports it here.", fix

    def describe(self, params: ModifierParams) -> str:
        pairs = [f"{listed(modifiers)} for {value}" for value, modifiers in params.modifiers.items()]
        beside = (
            f" beside a procedure with global period {listed(params.beside_global, 'or')}"
            if params.beside_global
            else ""
        )
        both = f"; {listed(params.both)} for several at once" if params.both else ""
        return f"Modifier by {params.facet}{beside}: {listed(pairs)}{both}."

    def contrasts(self, params: ModifierParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact=params.facet, value=value, flips=f"{listed(modifiers)} instead")
            for value, modifiers in params.modifiers.items()
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        known = rule.params.known
        wanted = [modifiers for modifiers in (*rule.params.modifiers.values(), rule.params.both, ()) if modifiers]
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code:
                others = tuple(modifier for modifier in line.modifiers if modifier not in known)
                for modifiers in ((), *wanted):
                    if set(modifiers) != set(line.modifiers) & known:
                        yield with_changed(case.claim, place, modifiers=tuple(sorted({*others, *modifiers})))

    _side = Rule(
        id="X1001/laterality",
        code="X1001",
        kind="modifier",
        params=ModifierParams(
            facet="laterality", modifiers={"left": ("LT",), "right": ("RT",), "bilateral": ("50",)}, both=("50",)
        ),
        section="billing",
    )
    _left = {**FROZEN_BONE, "laterality": "left"}
    clean = (
        Specimen(
            title="Left in the note, LT on the claim",
            case={
                "date_of_service": "2024-03-01",
                "services": [_left],
                "claim": {"lines": [{"code": "X1001", "modifiers": ["LT"]}]},
            },
            rules=(COLD, _side),
        ),
    )
    caught = (
        Specimen(
            title="Left and right in one session, without 50",
            case={
                "date_of_service": "2024-03-01",
                "services": [_left, {**FROZEN_BONE, "laterality": "right"}],
                "claim": {"lines": [{"code": "X1001", "modifiers": ["LT", "RT"]}]},
            },
            rules=(COLD, _side),
            finds=(Outcome.MISSING, "modifier:50"),
        ),
        Specimen(
            title="The side is missing",
            case={
                "date_of_service": "2024-03-01",
                "services": [_left],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, _side),
            finds=(Outcome.MISSING, "modifier:LT"),
        ),
        Specimen(
            title="The other side",
            case={
                "date_of_service": "2024-03-01",
                "services": [_left],
                "claim": {"lines": [{"code": "X1001", "modifiers": ["LT", "RT"]}]},
            },
            rules=(COLD, _side),
            finds=(Outcome.EXTRA, "modifier:RT"),
        ),
    )
