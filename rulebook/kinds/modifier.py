"""Modifiers that a fact of the note asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import with_changed
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import Facets, ParamError, param
from rulebook.periods import DAYS_AFTER, PERIODS, GlobalPeriodParams, running
from rulebook.shapes import MODIFIER
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierParams:
    """One facet of the service, and the modifiers that its values ask for."""

    facet: str = param("The facet that decides: laterality")
    modifiers: Facets = param("Value of the facet and its modifier: left: LT", what=MODIFIER)
    both: tuple[str, ...] = param(
        "Instead, when several of these values are there at once: 50", what=MODIFIER, default=()
    )
    beside_global: tuple[str, ...] = param("Only beside a procedure with one of these global periods: 000", default=())
    within_global: tuple[str, ...] = param("Only in such a global period of an earlier procedure: 010, 090", default=())
    optional: bool = param("Tick when the modifier may be there or not, and neither is wrong", default=False)

    def __post_init__(self) -> None:
        if not self.modifiers:
            raise ParamError("modifiers", "needs at least one value with its modifier")
        for name, periods in (("beside_global", PERIODS), ("within_global", tuple(DAYS_AFTER))):
            if not set(getattr(self, name)) <= set(periods):
                raise ParamError(name, f"must be some of {', '.join(periods)}")

    def asked_by(self, values: set[str]) -> set[str]:
        """The modifiers that these values of the facet ask for together."""
        asked = {value for value in values if self.modifiers.get(value)}
        if len(asked) > 1 and self.both:
            return set(self.both)
        return {modifier for value in asked for modifier in self.modifiers[value]}

    def knows(self, modifier: str) -> bool:
        """Whether this rule speaks about a modifier."""
        for modifiers in self.modifiers.values():
            if modifier in modifiers:
                return True
        return modifier in self.both

    @property
    def known(self) -> frozenset[str]:
        """Every modifier that this rule speaks about."""
        return frozenset(modifier for values in self.modifiers.values() for modifier in values) | set(self.both)


def _within(params: ModifierParams, at: Draft | Case) -> tuple[str, ...]:
    """The paths of the earlier procedures in whose global period this encounter falls, as far as the rule asks."""
    if not params.within_global:
        return ()
    running_now = running(at.encounter, at.book)
    return tuple(f"earlier.{index}" for index, rule in running_now if rule.params.days in params.within_global)


def _condition(params: ModifierParams) -> str:
    """Beside or after which procedures the rule holds; nothing for one that always does."""
    beside, within = listed(params.beside_global, "or"), listed(params.within_global, "or")
    parts = [f"beside a procedure with global period {beside}"] if beside else []
    return " or ".join([*parts, *([f"in the global period ({within}) of an earlier procedure"] if within else [])])


def _value(element: Element) -> str:
    """The modifier that an element is about."""
    return element.name.partition(":")[2]


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _asks(code: str, facet: str, modifiers: Facets, **conditions: Any) -> Rule:
    """A rule of a specimen."""
    params = ModifierParams(facet=facet, modifiers=modifiers, **conditions)
    return Rule(id=f"{code}/{facet}", code=code, kind="modifier", params=params, section="billing")


def _shows(
    title: str,
    services: list[dict[str, str]],
    rules: tuple[Rule, ...],
    *lines: tuple[str, ...],
    finds: tuple[Outcome, str] | None = None,
    **facts: Any,
) -> Specimen:
    """A specimen whose lines are a code and its modifiers."""
    claim = {"lines": [{"code": code, "modifiers": list(modifiers)} for code, *modifiers in lines]}
    case = {"date_of_service": "2024-03-01", "services": services, **facts, "claim": claim}
    return Specimen(title=title, case=case, rules=rules, finds=finds)


class Modifier(Kind[ModifierParams]):
    """A modifier is there because a fact of the note asks for it, and for no other reason.

    One rule ties one fact to its modifiers: the side (LT, RT, 50), the component (26, TC), how
    far a procedure went (52, 53), a repeat (76, 77, 91), a procedure in the global period of an
    earlier one (58, 78, 79), a visit that stands apart from a procedure on the same day (25, 57)
    or has nothing to do with an earlier one (24).

    **Why it matters.** A missing modifier turns a payable line into a duplicate or a bundled one.
    One without a reason in the note is the fastest way into an audit.

    **Example.** The code is for one side, and the note says *left*: LT. A claim with RT, or with
    neither, does not say what was done.

    **What is checked.** The fact, and where the rule says so, a procedure beside the line or an
    earlier one in whose global period it falls. Some modifiers are optional: they count neither
    for nor against the claim.

    **Source.** The code's page, in the section that the finding cites.
    """

    id: ClassVar[str] = "modifier"
    title: ClassVar[str] = "Modifiers"
    category: ClassVar[Category] = Category.MODIFIER
    about: ClassVar[str | None] = "modifier"
    section: ClassVar[str] = "billing"
    Params = ModifierParams

    def shape(self, params: ModifierParams, line: Draft.Line, draft: Draft) -> None:
        if not self._applies(params, line, draft):
            return
        asked = self._asked(params, tuple(line.services), draft)
        if params.optional:
            line.optional = tuple(sorted({*line.optional, *asked}))
        else:
            line.modifiers = tuple(sorted({*line.modifiers, *asked}))

    def _applies(self, params: ModifierParams, line: Draft.Line, draft: Draft) -> bool:
        """Without a condition always; otherwise beside a procedure with such a period, or in one that runs on."""
        if not params.beside_global and not params.within_global:
            return True
        return self._beside(params, line.code, draft) or bool(_within(params, draft))

    def _beside(self, params: ModifierParams, code: str, draft: Draft) -> bool:
        """Beside a procedure of the same day, on this claim or on an earlier one."""
        codes = draft.codes - {code}
        codes |= {one.code for one in draft.encounter.earlier if one.date == draft.encounter.date_of_service}
        rules = (rule for other in codes for rule in draft.book.of(other, "global-period"))
        return any(rule.params.days in params.beside_global for rule in rules)

    def _asked(self, params: ModifierParams, services: tuple[int, ...], draft: Draft) -> set[str]:
        return params.asked_by({draft.encounter.services[index].facets.get(params.facet, "") for index in services})

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        elements = [one for one in case.elements_of(rule.code, "modifier") if rule.params.knows(_value(one))]
        if not elements:
            return
        paths, said = case.told(case.services_of(rule.code), (rule.params.facet,))
        facts, values = (*paths, *_within(rule.params, case)), set(said)
        asked = rule.params.asked_by(values)
        for element in elements:
            modifier = _value(element)
            if self._speaks(rule.params, element, modifier, asked):
                why, fix = self._words(rule, element, modifier, values, asked)
                yield self.finding(rule, element, facts=facts, why=why, fix=fix)

    def _speaks(self, params: ModifierParams, element: Element, modifier: str, asked: set[str]) -> bool:
        """Whether the rule asks for a modifier it knows, or that nothing does."""
        if element.outcome is Outcome.EXTRA:
            return True
        optional = element.outcome is Outcome.OPTIONAL
        return modifier in asked and (element.outcome is Outcome.KEPT or params.optional is optional)

    def _words(self, rule: Rule, element: Element, modifier: str, values: set[str], asked: set[str]) -> tuple[str, str]:
        """Why, and what to do."""
        params = rule.params
        said = listed(sorted(values))
        note = f"The note says {params.facet} {said}" if said else f"The note says nothing of {params.facet}"
        if element.outcome is Outcome.KEPT:
            return f"{note}, and {modifier} says so on the claim.", ""
        if element.outcome is Outcome.OPTIONAL:
            return f"Optional: {_lower(note)}. {modifier} may say so, and does not count either way.", ""
        if element.outcome is Outcome.MISSING:
            why = f"{note}; {modifier} says that on the claim, and line {element.line} does not have it."
            return why, f"Add {modifier} to {rule.code}."
        fix = f"Take {modifier} off {rule.code}."
        if modifier in asked:
            return f"{modifier} is used {_condition(params)}; there is none here.", fix
        meant = [value for value, modifiers in params.modifiers.items() if modifier in modifiers]
        wanted = listed(meant, "or") or "of several kinds at once"
        if asked:
            return f"{note}, and {listed(sorted(asked))} says that. {modifier} is for {params.facet} {wanted}.", fix
        return f"{modifier} is for {params.facet} {wanted}. {note}, so nothing supports it here.", fix

    def asks(self, params: ModifierParams) -> tuple[Asked, ...]:
        return (Asked(param="modifiers", facet=params.facet, values=tuple(params.modifiers), by="facet"),)

    def describe(self, params: ModifierParams) -> str:
        pairs = [f"{listed(modifiers)} for {value}" for value, modifiers in params.modifiers.items()]
        condition = _condition(params)
        both = f"; {listed(params.both)} for several at once" if params.both else ""
        start = "Optional modifier" if params.optional else "Modifier"
        return f"{start} by {params.facet}{condition and ' '}{condition}: {listed(pairs)}{both}."

    def contrasts(self, params: ModifierParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(
                fact=params.facet,
                value=value,
                flips=f"{listed(modifiers)} {'may be added' if params.optional else 'instead'}",
            )
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

    _side = _asks("X1001", "laterality", {"left": ("LT",), "right": ("RT",), "bilateral": ("50",)}, both=("50",))
    _left = {**FROZEN_BONE, "laterality": "left"}
    _part = (COLD, _asks("X1001", "component", {"professional": ("26",), "technical": ("TC",)}))
    _reading = {**FROZEN_BONE, "component": "professional"}
    _progress = (COLD, _asks("X1001", "completion", {"reduced": ("52",), "discontinued": ("53",)}))
    _stopped = {**FROZEN_BONE, "completion": "discontinued"}
    _again = (
        COLD,
        _asks(
            "X1001",
            "repeat",
            {"same physician": ("76",), "another physician": ("77",), "laboratory test": ("91",)},
        ),
    )
    _twice = {**FROZEN_BONE, "repeat": "same physician"}
    _operation = Rule(
        id="X1001/global-period",
        code="X1001",
        kind="global-period",
        params=GlobalPeriodParams(
            days="090", visits={"procedure": ("office visit",)}, apart={"visit": ("decision for surgery",)}
        ),
        section="billing",
    )
    _visits = (
        COLD,
        selects("X5001", procedure="office visit"),
        _operation,
        _asks("X5001", "visit", {"decision for surgery": ("57",)}, beside_global=("090",)),
        _asks("X5001", "relation", {"unrelated": ("24",)}, within_global=("010", "090")),
    )
    _decided = [FROZEN_BONE, {"procedure": "office visit", "visit": "decision for surgery"}]
    _other_matter = [{"procedure": "office visit", "relation": "unrelated"}]
    _three_weeks_before = [{"code": "X1001", "date": "2024-02-09"}]
    _a_year_before = [{"code": "X1001", "date": "2023-03-01"}]
    _afterwards = (
        COLD,
        _operation,
        _asks(
            "X1001",
            "relation",
            {"staged": ("58",), "return to the operating room": ("78",), "unrelated": ("79",)},
            within_global=("010", "090"),
        ),
    )
    _returned = [{**FROZEN_BONE, "relation": "return to the operating room"}]
    _informative = (COLD, _asks("X1001", "laterality", {"left": ("LT",), "right": ("RT",)}, optional=True))
    clean = (
        _shows("Left in the note, LT on the claim", [_left], (COLD, _side), ("X1001", "LT")),
        _shows("The physician read the images, the hospital took them", [_reading], _part, ("X1001", "26")),
        _shows("Begun and given up", [_stopped], _progress, ("X1001", "53")),
        _shows("The second time that day, by the same physician", [_twice], _again, ("X1001", "76")),
        _shows("The visit on which surgery was decided", _decided, _visits, ("X1001",), ("X5001", "57")),
        _shows(
            "Seen for something else, three weeks after the operation",
            _other_matter,
            _visits,
            ("X5001", "24"),
            earlier=_three_weeks_before,
        ),
        _shows(
            "Back to the operating room, three weeks after the operation",
            _returned,
            _afterwards,
            ("X1001", "78"),
            earlier=_three_weeks_before,
        ),
        _shows("A side that may be told", [_left], _informative, ("X1001", "LT")),
        _shows("A side that need not be told", [_left], _informative, ("X1001",)),
    )
    caught = (
        _shows(
            "Left and right in one session, without 50",
            [_left, {**FROZEN_BONE, "laterality": "right"}],
            (COLD, _side),
            ("X1001", "LT", "RT"),
            finds=(Outcome.MISSING, "modifier:50"),
        ),
        _shows("The side is missing", [_left], (COLD, _side), ("X1001",), finds=(Outcome.MISSING, "modifier:LT")),
        _shows("The other side", [_left], (COLD, _side), ("X1001", "LT", "RT"), finds=(Outcome.EXTRA, "modifier:RT")),
        _shows(
            "Reading reported as if it were all of it",
            [_reading],
            _part,
            ("X1001",),
            finds=(Outcome.MISSING, "modifier:26"),
        ),
        _shows(
            "Given up, reported as reduced",
            [_stopped],
            _progress,
            ("X1001", "52"),
            finds=(Outcome.EXTRA, "modifier:52"),
        ),
        _shows(
            "A repeat that looks like a duplicate",
            [_twice],
            _again,
            ("X1001",),
            finds=(Outcome.MISSING, "modifier:76"),
        ),
        _shows(
            "The decision for surgery, not said",
            _decided,
            _visits,
            ("X1001",),
            ("X5001",),
            finds=(Outcome.MISSING, "modifier:57"),
        ),
        _shows(
            "24 when the operation is a year ago",
            _other_matter,
            _visits,
            ("X5001", "24"),
            earlier=_a_year_before,
            finds=(Outcome.EXTRA, "modifier:24"),
        ),
        _shows(
            "A complication, reported as something new",
            _returned,
            _afterwards,
            ("X1001", "79"),
            earlier=_three_weeks_before,
            finds=(Outcome.EXTRA, "modifier:79"),
        ),
        _shows(
            "A side that may be told, and is the wrong one",
            [_left],
            _informative,
            ("X1001", "RT"),
            finds=(Outcome.EXTRA, "modifier:RT"),
        ),
    )
