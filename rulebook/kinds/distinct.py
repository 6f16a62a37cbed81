"""Modifiers that say a service is no part of another one this time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import beside, with_changed
from rulebook.evidence import EVIDENCE, evidence, set_apart
from rulebook.frozen import quick
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.modifier import ModifierParams
from rulebook.kinds.not_with import NotWithParams
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import Facets, ParamError, param
from rulebook.shapes import CODE, MODIFIER
from rulebook.types import Category, Claim, Encounter, Finding, Outcome, Rule

#: Modifiers that name a place on the body: where they tell two lines apart, nothing else is needed.
ANATOMIC = frozenset(
    {
        *("LT", "RT", "LC", "LD", "LM", "RC", "RI", "E1", "E2", "E3", "E4", "FA", "TA"),
        *(f"{limb}{digit}" for limb in "FT" for digit in range(1, 10)),
    }
)


def _usual() -> Mapping[str, tuple[str, ...]]:
    return {"session": ("XE",), "structure": ("XS",), "practitioner": ("XP",), "overlap": ("XU",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctParams:
    """The codes this one is usually part of, and the modifiers that say it is not."""

    beside: tuple[str, ...] = param("Codes that this one is usually part of", what=CODE)
    modifiers: Facets = param("Reason in the note and its modifier: session: XE", what=MODIFIER, default_factory=_usual)
    general: str = param("The modifier that is as good as any of these", what=MODIFIER, default="59")

    def __post_init__(self) -> None:
        if not self.beside:
            raise ParamError("beside", "needs at least one code")
        for reason in self.modifiers:
            if reason not in EVIDENCE:
                raise ParamError("modifiers", f"has {reason!r}; reasons are {', '.join(EVIDENCE)}")

    @property
    def known(self) -> tuple[str, ...]:
        """Every modifier that this rule speaks about, the general one first."""
        return tuple(dict.fromkeys([self.general, *(one for named in self.modifiers.values() for one in named)]))

    def saying(self, reasons: Sequence[str]) -> tuple[str, ...]:
        """The modifiers any one of which says one of these reasons, the preferred first."""
        named = [modifier for reason in reasons for modifier in self.modifiers.get(reason, ())]
        return tuple(dict.fromkeys([*named, self.general])) if reasons else ()


@dataclass(slots=True, kw_only=True)
class _Line:
    """What the rule looks at in a line of a draft or of an accepted claim."""

    code: str
    services: tuple[int, ...]
    modifiers: tuple[str, ...]

    def reasons(self, encounter: Encounter) -> dict[int, tuple[str, ...]]:
        """Service -> the facets that set it apart, for those that something does."""
        services = encounter.services
        return {index: evidence(services[index]) for index in self.services if set_apart(services[index])}

    def told_from(self, other: "_Line") -> bool:
        """Whether their places on the body tell the two lines apart."""
        here, there = ANATOMIC.intersection(self.modifiers), ANATOMIC.intersection(other.modifiers)
        return bool(here | there) and not here & there


_new_line = quick(_Line)


def _accepted(case: Case) -> list[_Line]:
    lines = zip(case.accepted.claim.lines, case.accepted.services, strict=True)
    return [_new_line(code=line.code, services=services, modifiers=line.modifiers) for line, services in lines]


def _pairs(params: DistinctParams, code: str, lines: list[_Line]) -> list[tuple[_Line, _Line]]:
    """The line of the code beside each line that would include it."""
    mine = [line for line in lines if line.code == code]
    return [(one, other) for one in mine for other in lines if other.code in params.beside and other.code != code]


def _reasons(params: DistinctParams, code: str, lines: list[_Line], encounter: Encounter) -> dict[int, tuple[str, ...]]:
    """Service -> facets that set the code apart from a line beside it; empty where no modifier is needed.

    The reason may be with the larger service as well, if all of that was done apart.
    """
    found: dict[int, tuple[str, ...]] = {}
    for mine, other in _pairs(params, code, lines):
        if not mine.told_from(other):
            theirs = other.reasons(encounter)
            found |= mine.reasons(encounter) or (theirs if len(theirs) == len(other.services) else {})
    return found


def _present(params: DistinctParams, case: Case) -> list[str]:
    """The codes beside it that would include it, on this claim or the accepted one."""
    return [code for code in params.beside if case.present(code)]


def _shows(
    title: str,
    services: list[dict[str, str]],
    rules: tuple[Rule, ...],
    *modifiers: str,
    finds: tuple[Outcome, str] | None = None,
) -> Specimen:
    """A specimen in which the smaller service has a line with these modifiers beside the larger one."""
    lines = [{"code": "X1001"}, {"code": "X6001", "modifiers": list(modifiers)}]
    case = {"date_of_service": "2024-03-01", "services": services, "claim": {"lines": lines}}
    return Specimen(title=title, case=case, rules=rules, finds=finds)


class Distinct(Kind[DistinctParams]):
    """A service that is usually part of another needs a modifier where it is not.

    The note has to give the reason: another session (XE), another organ or lesion (XS), another
    practitioner (XP), or work that the larger service does not usually contain (XU). 59 says the
    same less precisely and is accepted for each of them.

    **Why it matters.** Software bundles the two lines unless a modifier tells it not to. 59 gets
    nearly everything past that software, which is why auditors ask for the notes behind it.

    **Example.** A biopsy is usually part of the removal of the same lesion. Here another lesion was
    removed: the biopsy has its line, with XS or 59. Had it been the same lesion, no modifier would
    make two services of one.

    **What is checked.** A reason in the note, a code beside it that would include the work, and that
    no modifier for a place on the body (LT, RT, E1 to E4, F1 to FA, T1 to TA, LC, LD, LM, RC, RI)
    tells the lines apart already.

    **Source.** The code's page, in the section that the finding cites.
    """

    id: ClassVar[str] = "distinct"
    title: ClassVar[str] = "Distinct all the same"
    category: ClassVar[Category] = Category.MODIFIER
    section: ClassVar[str] = "billing"
    Params = DistinctParams

    def alternatives(self, params: DistinctParams, line: Draft.Line, draft: Draft) -> tuple[tuple[str, ...], ...]:
        lines = [_new_line(code=one.code, services=tuple(one.services), modifiers=one.modifiers) for one in draft.lines]
        reasons = _reasons(params, line.code, lines, draft.encounter)
        facets = {facet for found in reasons.values() for facet in found}
        return tuple((modifier,) for modifier in params.saying([facet for facet in EVIDENCE if facet in facets]))

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        if case.has(rule.code, "modifier"):
            yield from self._on_its_line(rule, case)
        if not case.accepts(rule.code):
            yield from self._on_included_lines(rule, case)

    def _on_its_line(self, rule: Rule, case: Case) -> Iterator[Finding]:
        """The modifiers that are there, too many, or missing on the line of the code."""
        params = rule.params
        known = params.known
        elements = [one for one in case.elements_of(rule.code, "modifier") if one.name.partition(":")[2] in known]
        if not elements:
            return
        reasons = _reasons(params, rule.code, _accepted(case), case.encounter)
        facts = tuple(fact for index, facets in reasons.items() for fact in case.facts((index,), facets))
        asked = params.saying([facet for facet in EVIDENCE if any(facet in found for found in reasons.values())])
        for element in elements:
            modifier = element.name.partition(":")[2]
            if modifier in asked or element.outcome is Outcome.EXTRA:
                why, fix = self._words(rule, element, modifier, asked, facts, case)
                yield self.finding(rule, element, facts=facts, why=why, fix=fix)

    def _on_included_lines(self, rule: Rule, case: Case) -> Iterator[Finding]:
        """A modifier cannot save a line that belongs to another one; the line itself is for other rules."""
        wholes = _present(rule.params, case)
        services = tuple(one.service for one in case.accepted.bundled if rule.code in one.codes)
        for line in [one for one in case.elements if one.name == "code" and one.outcome is Outcome.EXTRA and wholes]:
            if line.yours != rule.code or line.line is None:
                continue
            given = dict.fromkeys(case.claim.lines[line.line - 1].modifiers)
            for modifier in [one for one in given if one in rule.params.known]:
                element = Element(
                    name=f"modifier:{modifier}", outcome=Outcome.EXTRA, line=line.line, code=rule.code, yours=modifier,
                    accepted=None,
                )  # fmt: skip
                why = self._without_reason(rule, modifier, wholes)
                fix = f"Take {modifier} off; it does not make a line of its own."
                yield self.finding(rule, element, facts=case.facts(services, ("procedure",)), why=why, fix=fix)

    def _words(
        self, rule: Rule, element: Element, modifier: str, asked: tuple[str, ...], facts: tuple[str, ...], case: Case
    ) -> tuple[str, str]:
        """Why, and what to do."""
        said = listed([f"{fact.rpartition('.')[2]} {case.value(fact)}" for fact in facts])
        if element.outcome is Outcome.EXTRA:
            why = self._superfluous(modifier, asked, said) if asked else self._unasked(rule, modifier, case)
            return why, f"Take {modifier} off {rule.code}."
        usually = f"{rule.code} is usually part of {listed(_present(rule.params, case), 'or')}"
        if element.outcome is Outcome.MISSING:
            also = listed([other for other in asked if other != modifier], "or")
            why = f"{usually}. The note says {said}, and nothing on line {element.line} says that."
            return why, f"Add {modifier} to {rule.code}{also and f'; {also} would do as well'}."
        start = "Optional: " if element.outcome is Outcome.OPTIONAL else ""
        return f"{start}{usually}. The note says {said}, and {modifier} says so on the claim.", ""

    def _superfluous(self, modifier: str, asked: tuple[str, ...], said: str) -> str:
        end = "one modifier is enough" if modifier in asked else f"{modifier} says something else"
        return f"The note says {said}. For that there is {listed(asked, 'or')}, and {end}."

    def _unasked(self, rule: Rule, modifier: str, case: Case) -> str:
        """Nothing beside it, a place that says it already, or no reason."""
        wholes = _present(rule.params, case)
        if not wholes:
            usually = listed(rule.params.beside, "or", 4)
            return f"{modifier} sets {rule.code} apart from {usually}. None of these is on the claim."
        lines = _accepted(case)
        places = sorted({m for line in lines for m in line.modifiers if m in ANATOMIC})
        if any(mine.told_from(other) for mine, other in _pairs(rule.params, rule.code, lines)):
            told = f"{listed(places)} on the claim already tells the place of {rule.code} from that of {listed(wholes)}"
            return f"{told}, and says more than {modifier}."
        return self._without_reason(rule, modifier, wholes)

    def _without_reason(self, rule: Rule, modifier: str, wholes: list[str]) -> str:
        return (
            f"{modifier} says that {rule.code} was distinct from {listed(wholes)}. The note gives no reason for that: "
            f"no other session, structure or practitioner, and no unusual work."
        )

    def describe(self, params: DistinctParams) -> str:
        pairs = [f"{listed(named, 'or')} for {reason}" for reason, named in params.modifiers.items()]
        modifiers = listed([*pairs, f"{params.general} for any of these"], "or")
        return f"Usually part of {listed(params.beside, 'or')}; where the note sets it apart, with {modifiers}."

    def contrasts(self, params: DistinctParams) -> tuple[Contrast, ...]:
        return tuple(
            contrast
            for facet, named in params.modifiers.items()
            for contrast in (
                Contrast(fact=facet, value=EVIDENCE[facet][0], flips=f"{listed(named, 'or')} says so on the claim"),
                Contrast(fact=facet, value=EVIDENCE[facet][1], flips="nothing sets it apart then"),
            )
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        known = rule.params.known
        for place, line in enumerate(case.claim.lines):
            if line.code == rule.code:
                others = tuple(modifier for modifier in line.modifiers if modifier not in known)
                for chosen in ((), *((modifier,) for modifier in known)):
                    yield with_changed(case.claim, place, modifiers=tuple(sorted((*others, *chosen))))
        if rule.code not in case.accepted_codes and any(rule.code in one.codes for one in case.accepted.bundled):
            claim = beside(case.claim, rule.code)
            yield with_changed(claim, len(claim.lines) - 1, modifiers=(rule.params.general,))

    def names(self, params: DistinctParams) -> tuple[str, ...]:
        return params.beside

    _look = selects("X6001", procedure="inspection")
    _usually = Rule(
        id="X6001/distinct", code="X6001", kind="distinct", params=DistinctParams(beside=("X1001",)), section="billing"
    )
    _part = Rule(
        id="X1001/not-with", code="X1001", kind="not-with", params=NotWithParams(codes=("X6001",)), section="billing"
    )
    _sides = Rule(
        id="X6001/laterality",
        code="X6001",
        kind="modifier",
        params=ModifierParams(facet="laterality", modifiers={"left": ("LT",), "right": ("RT",)}),
        section="billing",
    )
    _rules = (COLD, _look, _usually, _part, _sides)
    _other_place = [FROZEN_BONE, {"procedure": "inspection", "structure": "separate"}]
    _later_that_day = [FROZEN_BONE, {"procedure": "inspection", "session": "separate"}]
    _left_only = [FROZEN_BONE, {"procedure": "inspection", "structure": "separate", "laterality": "left"}]
    _same_place = [FROZEN_BONE, {"procedure": "inspection"}]
    clean = (
        _shows("Another structure, with the modifier for that", _other_place, _rules, "XS"),
        _shows("Another session, with the general modifier", _later_that_day, _rules, "59"),
        _shows("The side says it, and nothing else is needed", _left_only, _rules, "LT"),
    )
    caught = (
        _shows(
            "A reason in the note, and nothing on the claim",
            _other_place,
            _rules,
            finds=(Outcome.MISSING, "modifier:XS"),
        ),
        _shows("59 without a reason", _same_place, _rules, "59", finds=(Outcome.EXTRA, "modifier:59")),
        _shows(
            "Another session, told as another structure",
            _later_that_day,
            _rules,
            "XS",
            finds=(Outcome.EXTRA, "modifier:XS"),
        ),
        _shows(
            "59 beside a side that says it already",
            _left_only,
            _rules,
            "LT",
            "59",
            finds=(Outcome.EXTRA, "modifier:59"),
        ),
    )
