"""Who is asked at which step: the rules of a day, laid out for deriving and grading."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rulebook.kinds import KIND, KINDS, Kind
from rulebook.types import Rule

#: Code -> the rules to ask about it, each with its kind.
Table = Mapping[str, tuple[tuple[Kind[Any], Rule], ...]]
#: A rule with its kind, and its place among the rules of all codes.
Check = tuple[float, Kind[Any], Rule]
#: Code and what the kind is about -> the rules to ask.
Checks = Mapping[tuple[str | None, str | None], tuple[Check, ...]]


class Agenda:
    """For each step, code -> the rules whose kinds take part in it. Who has nothing to say is not asked."""

    __slots__ = (
        *("admits", "allows", "alternatives", "bundles", "changing", "checks", "extends", "follows", "places", "rank"),
        *("refine", "selectors", "shape"),
    )

    def __init__(self, rules: Iterable[Rule]) -> None:
        given = tuple(rules)
        self.admits = _table("admits", given)
        self.bundles = _table("bundles", given)
        self.follows = _table("follows", given)
        self.allows = _table("allows", given)
        self.extends = _table("extends", given)
        self.shape = _table("shape", given)
        self.refine = _table("refine", given)
        self.alternatives = _table("alternatives", given)
        #: The codes that stand only beside others or bring others along.
        self.changing = frozenset((*self.allows, *self.extends))
        self.checks = _checks(given)
        self.places = _places(given)
        self.selectors = Selectors(given)
        add_ons = {rule.code for rule in given if rule.kind == "add-on"}
        #: Code -> its place on a claim: those that need a primary come after the others, otherwise by number.
        self.rank = {rule.code: (rule.code in add_ons, rule.code) for rule in given}


def _table(step: str, rules: tuple[Rule, ...]) -> Table:
    taking_part = {kind.id for kind in KINDS if getattr(type(kind), step) is not getattr(Kind, step)}
    found: dict[str, tuple[tuple[Kind[Any], Rule], ...]] = {}
    for rule in rules:
        if rule.kind in taking_part:
            found[rule.code] = (*found.get(rule.code, ()), (KIND[rule.kind], rule))
    return found


def _checks(rules: tuple[Rule, ...]) -> Checks:
    """The most specific kinds first, whatever the code."""
    rank = {kind.id: place for place, kind in enumerate(KINDS)}
    found: dict[tuple[str | None, str | None], tuple[Check, ...]] = {}
    for place, rule in enumerate(sorted(rules, key=lambda rule: (rank[rule.kind], rule.id))):
        kind = KIND[rule.kind]
        key = (rule.code, kind.about)
        found[key] = (*found.get(key, ()), (place, kind, rule))
    return found


def _places(rules: tuple[Rule, ...]) -> dict[str, float]:
    """Kind -> the place of a rule that is none of these: just before those of its kind."""
    kinds = Counter(rule.kind for rule in rules)
    before = 0
    places = {}
    for kind in KINDS:
        places[kind.id] = before - 0.5
        before += kinds[kind.id]
    return places


class Selectors:
    """The selection rules, indexed by the values of the facets they ask for.

    Each rule is one bit of a number. A value of a facet has the bits of the rules that it does not
    contradict, so a service is held against all of them with one ``&`` for each of its facets.
    """

    __slots__ = ("_all", "_index", "_rules")

    def __init__(self, rules: Iterable[Rule]) -> None:
        selecting = [rule for rule in rules if rule.kind == "selection"]
        self._rules = sorted(selecting, key=lambda rule: "procedure" not in rule.params.facets)
        self._all = (1 << len(selecting)) - 1
        #: Facet -> (value -> bits of the rules that it fits or does not concern, bits of the latter).
        self._index: dict[str, tuple[dict[str, int], int]] = {}
        for facet in {facet for rule in selecting for facet in rule.params.facets}:
            self._index[facet] = self._indexed(facet)

    def _indexed(self, facet: str) -> tuple[dict[str, int], int]:
        fitting: dict[str, int] = {}
        asking = 0
        for place, rule in enumerate(self._rules):
            if facet in rule.params.facets:
                asking |= 1 << place
                for value in rule.params.facets[facet]:
                    fitting[value] = fitting.get(value, 0) | 1 << place
        unconcerned = self._all & ~asking
        return {value: bits | unconcerned for value, bits in fitting.items()}, unconcerned

    def not_contradicted(self, facets: Mapping[str, str]) -> list[Rule]:
        """The rules of which no facet contradicts those of a service."""
        bits = self._all
        for facet, value in facets.items():
            known = self._index.get(facet)
            if known is not None:
                bits &= known[0].get(value, known[1])
        found = []
        while bits:
            found.append(self._rules[(bits & -bits).bit_length() - 1])
            bits &= bits - 1
        return found
