"""The working papers of the engine: the draft of an accepted claim, and a claim held against it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rulebook.book import Rulebook
from rulebook.types import (
    Accepted,
    Bundled,
    Claim,
    ClaimLine,
    Encounter,
    Outcome,
    Rule,
    Service,
)

#: Line, code, element: what two findings about the same thing share.
Key = tuple[int | None, str, str]
#: Which diagnoses come before which, told by what the two are.
Order = tuple[Callable[[str], bool], Callable[[str], bool]]


@dataclass(slots=True, kw_only=True)
class Reading:
    """What the selection rules make of one service: the codes that fit, or those that still could."""

    index: int
    service: Service
    codes: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """An accepted claim in the making. The rule kinds bundle, drop and shape its lines."""

    @dataclass(slots=True, kw_only=True)
    class Line:
        """One line in the making, with the indexes of the services it reports."""

        code: str
        services: list[int]
        count: int
        units: int = 1
        modifiers: tuple[str, ...] = ()
        diagnoses: tuple[str, ...] = ()
        orders: list[Order] = field(default_factory=list)

        def done(self) -> ClaimLine:
            """The finished line."""
            diagnoses = _ordered(self.diagnoses, self.orders)
            return ClaimLine(code=self.code, units=self.units, modifiers=self.modifiers, diagnoses=diagnoses)

    encounter: Encounter
    book: Rulebook
    lines: list[Line]
    open: list[Reading]
    bundled: list[Bundled] = field(default_factory=list)

    @property
    def codes(self) -> frozenset[str]:
        """The codes on the draft now."""
        return frozenset(line.code for line in self.lines)

    def include(self, line: "Draft.Line", services: list[int], rule: Rule) -> None:
        """Take services off a line, because they are part of what the rule's code already reports."""
        for index in services:
            line.services.remove(index)
            line.count -= self.encounter.services[index].count
            self.bundled.append(Bundled(service=index, codes=(line.code,), rule=rule))
        if not line.services:
            self.lines.remove(line)

    def include_open(self, reading: Reading, rule: Rule) -> None:
        """The same for a service without a line of its own, because no code was decided for it."""
        self.open.remove(reading)
        self.bundled.append(Bundled(service=reading.index, codes=reading.candidates, rule=rule))


def _ordered(diagnoses: tuple[str, ...], orders: list[Order]) -> tuple[str, ...]:
    """In the order of the note, but each after those that a rule puts before it; rules in a circle give way."""
    left, result = list(diagnoses), []
    while left and orders:
        free = (code for code in left if not any(_before(other, code, orders) for other in left))
        result.append(next(free, left[0]))
        left.remove(result[-1])
    return (*result, *left)


def _before(one: str, other: str, orders: list[Order]) -> bool:
    return one != other and any(first(one) and then(other) for first, then in orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing in which a claim and the accepted claim agree or differ.

    ``weight`` is how many required elements hang on it: a wrong or missing code takes
    its whole line. ``line`` counts from 1; None where the claim has no such line.
    """

    name: str
    outcome: Outcome
    line: int | None
    code: str
    yours: str | None
    accepted: str | None
    weight: int = 1

    @property
    def key(self) -> Key:
        """What two findings about the same element share."""
        return (self.line, self.code, self.name)


@dataclass(slots=True, kw_only=True)
class Case:
    """A claim, the encounter it is for, and how it differs from what would be accepted.

    ``explained`` holds the differences that a rule has spoken about already.
    """

    encounter: Encounter
    book: Rulebook
    claim: Claim
    accepted: Accepted
    elements: tuple[Element, ...]
    accepted_codes: frozenset[str] = frozenset()
    explained: set[Key] = field(default_factory=set)
    _by_code: dict[tuple[str, str], list[Element]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.accepted_codes = frozenset(line.code for line in self.accepted.claim.lines)
        for element in self.elements:
            group = element.name.partition(":")[0]
            self._by_code.setdefault((element.code, group), []).append(element)

    def elements_of(self, code: str, group: str) -> list[Element]:
        """The elements of a code's lines in one group (code, units, modifier, diagnosis) that wait for a rule."""
        return [one for one in self._by_code.get((code, group), ()) if one.key not in self.explained]

    def entered(self, code: str) -> Iterator[Element]:
        """The code elements of the claim's lines on which this code was entered, and that wait for a rule."""
        return (
            element
            for element in self.elements
            if element.name == "code" and element.yours == code and element.key not in self.explained
        )

    def services_of(self, code: str) -> tuple[int, ...]:
        """The services that the accepted line of a code reports."""
        lines = zip(self.accepted.claim.lines, self.accepted.services, strict=True)
        return next((services for line, services in lines if line.code == code), ())

    def pointers(self, element: Element) -> list[Element]:
        """All diagnosis elements of an element's line, those included that a rule has spoken about already."""
        return [one for one in self._by_code.get((element.code, "diagnosis"), ()) if one.line == element.line]

    def turned(self, code: str, first: Callable[[str], bool], then: Callable[[str], bool]) -> Iterator[Element]:
        """For each diagnosis that others go before, on the lines of a code: whether they do."""
        for line in [one for one in self.elements_of(code, "code") if one.outcome is Outcome.KEPT and one.line]:
            right = {one.yours for one in self.pointers(line) if one.outcome is Outcome.KEPT}
            entered = self.claim.lines[(line.line or 1) - 1].diagnoses
            pointed = [one for one in dict.fromkeys(entered) if one in right]
            leading = [one for one in pointed if first(one)]
            for place, later in enumerate(pointed):
                if leading and then(later):
                    late = [one for one in leading if one in pointed[place:]]
                    yield Element(
                        name=f"sequence:{later}", outcome=Outcome.BROKEN if late else Outcome.KEPT, line=line.line,
                        code=code, yours=later, accepted=(late or leading)[0],
                    )  # fmt: skip

    def where(self, diagnosis: str) -> tuple[str, ...]:
        """The path of a diagnosis in the encounter; all of them for one that is not there."""
        given = self.encounter.diagnoses
        return (f"diagnoses.{given.index(diagnosis)}",) if diagnosis in given else ("diagnoses",)

    def facts(self, services: tuple[int, ...], facets: tuple[str, ...]) -> tuple[str, ...]:
        """Paths of those facets that the services really have."""
        return tuple(
            f"services.{index}.{facet}"
            for index in services
            for facet in facets
            if facet == "count" or facet in self.encounter.services[index].facets
        )

    def value(self, path: str) -> str:
        """The value a path of ``facts`` leads to, as text."""
        _, index, facet = path.split(".", 2)
        service = self.encounter.services[int(index)]
        return str(service.count) if facet == "count" else service.facets[facet]


def compare(claim: Claim, accepted: Accepted, encounter: Encounter, book: Rulebook) -> tuple[Element, ...]:
    """Every element of the accepted claim and of the claim, paired off line by line."""
    pairs, wrong, extra, missing = _pair(claim, accepted, book)
    waiting = {code for undecided in accepted.undecided for code in undecided.candidates}
    elements: list[Element] = []
    for number, line, target in pairs:
        elements.extend(_within(number, line, target, encounter))
    for number, line, target in wrong:
        elements.append(_code(Outcome.BROKEN, number, target.code, line.code, target.code, _size(target)))
    for number, line in extra:
        outcome = Outcome.UNCLEAR if line.code in waiting else Outcome.EXTRA
        elements.append(_code(outcome, number, line.code, line.code, None, 1))
    elements.extend(_code(Outcome.MISSING, None, target.code, None, target.code, _size(target)) for target in missing)
    return tuple(elements)


def _code(
    outcome: Outcome, line: int | None, code: str, yours: str | None, accepted: str | None, weight: int
) -> Element:
    return Element(name="code", outcome=outcome, line=line, code=code, yours=yours, accepted=accepted, weight=weight)


def _size(line: ClaimLine) -> int:
    """Code and units, each modifier, each diagnosis with its pointer."""
    return 2 + len(line.modifiers) + len(line.diagnoses)


Numbered = tuple[int, ClaimLine]
Paired = tuple[int, ClaimLine, ClaimLine]


def _pair(
    claim: Claim, accepted: Accepted, book: Rulebook
) -> tuple[list[Paired], list[Paired], list[Numbered], list[ClaimLine]]:
    """Lines with the same code, then lines of kindred codes; what remains is extra or missing."""
    left = list(enumerate(claim.lines, start=1))
    pairs: list[Paired] = []
    missing: list[ClaimLine] = []
    for target in accepted.claim.lines:
        same = [entry for entry in left if entry[1].code == target.code]
        if not same:
            missing.append(target)
            continue
        number, line = max(same, key=lambda entry: _likeness(entry[1], target))
        left.remove((number, line))
        pairs.append((number, line, target))
    wrong: list[Paired] = []
    if left and missing:
        for number, line, target in _kin(left, missing, accepted, book):
            if (number, line) in left and target in missing:
                left.remove((number, line))
                missing.remove(target)
                wrong.append((number, line, target))
    return pairs, wrong, left, missing


def _likeness(line: ClaimLine, target: ClaimLine) -> tuple[Any, ...]:
    """How well a line with the right code fits; what it says breaks ties, so that order does not matter."""
    return (
        line.units == target.units,
        len(set(line.modifiers) & set(target.modifiers)) - len(set(line.modifiers) ^ set(target.modifiers)),
        len(set(line.diagnoses) & set(target.diagnoses)) - len(set(line.diagnoses) ^ set(target.diagnoses)),
        *_content(line),
    )


def _content(line: ClaimLine) -> tuple[Any, ...]:
    return (-line.units, line.modifiers, line.diagnoses)


def _kin(left: list[Numbered], missing: list[ClaimLine], accepted: Accepted, book: Rulebook) -> list[Paired]:
    """Pairs in which one code was evidently entered for the other, the closest first."""
    bundled = {code for item in accepted.bundled for code in item.codes}
    ranked = []
    for number, line in left:
        for target in missing:
            shared = _shared(line.code, target.code, book)
            if shared and line.code not in bundled:
                ranked.append((-shared, line.code, target.code, _content(line), number, line, target))
    ranked.sort(key=lambda row: row[:5])
    return [(number, line, target) for *_, number, line, target in ranked]


def _shared(yours: str, accepted: str, book: Rulebook) -> int:
    """How many facet values two codes' selection rules share; a code without a page counts as 1."""
    mine, theirs = book.first(yours, "selection"), book.first(accepted, "selection")
    if theirs is None or mine is None:
        return 0 if book.of(yours) else 1
    same = [
        facet for facet, values in mine.params.facets.items() if set(values) & set(theirs.params.facets.get(facet, ()))
    ]
    return len(same) if "procedure" in same else 0


def _within(number: int, line: ClaimLine, target: ClaimLine, encounter: Encounter) -> Iterator[Element]:
    """The elements of two lines with the same code."""

    def element(name: str, outcome: Outcome, yours: str | None, wanted: str | None) -> Element:
        return Element(name=name, outcome=outcome, line=number, code=target.code, yours=yours, accepted=wanted)

    yield element("code", Outcome.KEPT, line.code, target.code)
    same = line.units == target.units
    yield element("units", Outcome.KEPT if same else Outcome.BROKEN, str(line.units), str(target.units))
    for value, outcome in _sides(line.modifiers, target.modifiers):
        yield element(f"modifier:{value}", outcome, *_shown(value, outcome))
    for value, outcome in _sides(line.diagnoses, target.diagnoses):
        if outcome is Outcome.EXTRA and (
            not encounter.diagnoses or (not target.diagnoses and value in encounter.diagnoses)
        ):
            outcome = Outcome.OPTIONAL
        yield element(f"diagnosis:{value}", outcome, *_shown(value, outcome))


def _sides(yours: tuple[str, ...], accepted: tuple[str, ...]) -> Iterator[tuple[str, Outcome]]:
    for value in accepted:
        yield value, Outcome.KEPT if value in yours else Outcome.MISSING
    for value in dict.fromkeys(yours):
        if value not in accepted:
            yield value, Outcome.EXTRA


def _shown(value: str, outcome: Outcome) -> tuple[str | None, str | None]:
    """(yours, accepted) of a value that is on one side, the other, or both."""
    yours = None if outcome is Outcome.MISSING else value
    return yours, value if outcome in (Outcome.KEPT, Outcome.MISSING) else None
