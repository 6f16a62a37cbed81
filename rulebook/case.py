"""The working papers of the engine: the draft of an accepted claim, and a claim held against it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from rulebook.book import Rulebook
from rulebook.frozen import quick
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

_new_line = quick(ClaimLine)
_new_bundled = quick(Bundled)
_code = attrgetter("code")

#: Line, code, element: what two findings about the same thing share.
Key = tuple[int | None, str, str]
#: Which diagnoses come before which, told by what the two are.
Order = tuple[Callable[[str], bool], Callable[[str], bool]]


@dataclass(slots=True, kw_only=True, eq=False)
class Reading:
    """What the selection rules make of one service: the codes that fit, or those that still could."""

    index: int
    service: Service
    codes: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Draft:
    """An accepted claim in the making. The rule kinds bundle, drop and shape its lines."""

    @dataclass(slots=True, kw_only=True, eq=False)
    class Line:
        """One line in the making, with the indexes of the services it reports."""

        code: str
        services: list[int]
        count: int
        units: int = 1
        modifiers: tuple[str, ...] = ()
        optional: tuple[str, ...] = ()
        diagnoses: tuple[str, ...] = ()
        orders: tuple[Order, ...] = ()

        def done(self, more: tuple[str, ...] = ()) -> ClaimLine:
            """The finished line, with the modifiers chosen for it."""
            diagnoses = _ordered(self.diagnoses, self.orders) if self.orders else self.diagnoses
            modifiers = tuple(sorted({*self.modifiers, *more})) if more else self.modifiers
            return _new_line(code=self.code, units=self.units, modifiers=modifiers, diagnoses=diagnoses)

    encounter: Encounter
    book: Rulebook
    lines: list[Line]
    open: list[Reading]
    bundled: list[Bundled]

    @property
    def codes(self) -> frozenset[str]:
        """The codes on the draft now."""
        return frozenset(map(_code, self.lines))

    def include(self, line: "Draft.Line", services: list[int], rule: Rule, earlier: int | None = None) -> None:
        """Take services off a line, because they are part of what the rule's code already reports.

        ``earlier`` says which earlier procedure reports it, where the code is on no line of this claim.
        """
        for index in services:
            line.services.remove(index)
            line.count -= self.encounter.services[index].count
            self.bundled.append(_new_bundled(service=index, codes=(line.code,), rule=rule, earlier=earlier))
        if not line.services:
            self.lines.remove(line)

    def include_open(self, reading: Reading, rule: Rule, earlier: int | None = None) -> None:
        """The same for a service without a line of its own, because no code was decided for it."""
        self.open.remove(reading)
        self.bundled.append(Bundled(service=reading.index, codes=reading.candidates, rule=rule, earlier=earlier))


def _ordered(diagnoses: tuple[str, ...], orders: tuple[Order, ...]) -> tuple[str, ...]:
    """In the order of the note, but each after those that a rule puts before it; rules in a circle give way."""
    left, result = list(diagnoses), []
    while left and orders:
        free = (code for code in left if not any(_before(other, code, orders) for other in left))
        result.append(next(free, left[0]))
        left.remove(result[-1])
    return (*result, *left)


def _before(one: str, other: str, orders: tuple[Order, ...]) -> bool:
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


class Case:
    """A claim, the encounter it is for, and how it differs from what would be accepted.

    ``explained`` holds the differences that a rule has spoken about already. ``groups`` has the elements by code
    and group (see ``elements_of``).
    """

    __slots__ = ("_services", "accepted", "book", "claim", "elements", "encounter", "explained", "groups")

    def __init__(
        self, *, encounter: Encounter, book: Rulebook, claim: Claim, accepted: Accepted, elements: tuple[Element, ...]
    ) -> None:
        self.encounter = encounter
        self.book = book
        self.claim = claim
        self.accepted = accepted
        self.elements = elements
        self.explained: set[Key] = set()
        lines = zip(accepted.claim.lines, accepted.services, strict=True)
        self._services = {line.code: services for line, services in lines}
        self.groups: dict[tuple[str, str], list[Element]] = {}
        for element in elements:
            group = element.name.partition(":")[0]
            self.groups.setdefault((element.code, group), []).append(element)
            if group == "code" and element.yours is not None:
                self.groups.setdefault((element.yours, "entered"), []).append(element)
                if element.outcome is Outcome.BROKEN:
                    self.groups.setdefault((element.yours, "mistaken"), []).append(element)

    @property
    def accepted_codes(self) -> frozenset[str]:
        """The codes of the accepted claim."""
        return frozenset(self._services)

    def accepts(self, code: str) -> bool:
        """Whether a code is on the accepted claim."""
        return code in self._services

    def present(self, code: str) -> bool:
        """Whether a code is on the accepted claim or on this one."""
        return code in self._services or (code, "entered") in self.groups

    def has(self, code: str, group: str) -> bool:
        """Whether a line of a code has elements of a group at all, or the code was ``entered`` on one."""
        return (code, group) in self.groups

    def elements_of(self, code: str, group: str) -> Sequence[Element]:
        """The elements of a code's lines in one group (code, units, modifier, diagnosis) that wait for a rule.

        ``entered`` are the code elements of the claim's lines on which this code was entered, ``mistaken``
        those of them where it stands in place of another.
        """
        found = self.groups.get((code, group), ())
        if not found or not self.explained:
            return found
        return [one for one in found if (one.line, one.code, one.name) not in self.explained]

    def services_of(self, code: str) -> tuple[int, ...]:
        """The services that the accepted line of a code reports."""
        return self._services.get(code, ())

    def count_of(self, code: str) -> int:
        """How many of them the note shows."""
        return sum(self.encounter.services[index].count for index in self.services_of(code))

    def pointers(self, element: Element) -> list[Element]:
        """All diagnosis elements of an element's line, those included that a rule has spoken about already."""
        return [one for one in self.groups.get((element.code, "diagnosis"), ()) if one.line == element.line]

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

    def facts(self, services: Iterable[int], facets: Iterable[str]) -> tuple[str, ...]:
        """Paths of those facets that the services really have."""
        given = self.encounter.services
        return tuple(
            [
                f"services.{index}.{facet}"
                for index in services
                for facet in facets
                if facet == "count" or facet in given[index].facets
            ]
        )

    def told(self, services: Iterable[int], facets: Iterable[str]) -> tuple[list[str], list[str]]:
        """The paths of the facets that the services have, and the value of each."""
        paths, values = [], []
        for index in services:
            given = self.encounter.services[index].facets
            for facet in facets:
                if facet in given:
                    paths.append(f"services.{index}.{facet}")
                    values.append(given[facet])
        return paths, values

    def value(self, path: str) -> str:
        """The value a path of ``facts`` leads to, as text; of ``earlier.0`` the code and its day."""
        head, index, *facet = path.split(".", 2)
        if head == "earlier":
            procedure = self.encounter.earlier[int(index)]
            return f"{procedure.code} of {procedure.date.isoformat()}"
        service = self.encounter.services[int(index)]
        return str(service.count) if facet == ["count"] else service.facets[facet[0]]
