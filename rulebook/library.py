"""All rules of all codes, and those of them that are in force on one date."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from rulebook.types import CodeFacts, Rule

if TYPE_CHECKING:
    from rulebook.kinds.selection import SelectionParams


class Rulebook:
    """The rules and code facts in force on one date, indexed for derive() and grade()."""

    __slots__ = ("_by_kind", "_selectors", "codes", "on", "rules")

    def __init__(self, *, on: date, codes: Mapping[str, CodeFacts], rules: Iterable[Rule]) -> None:
        self.on = on
        self.codes = codes
        self.rules: dict[str, tuple[Rule, ...]] = {}
        self._by_kind: dict[tuple[str, str], tuple[Rule, ...]] = {}
        self._selectors: dict[str | None, tuple[Rule, ...]] = {}
        for rule in rules:
            self.rules[rule.code] = (*self.rules.get(rule.code, ()), rule)
            key = (rule.code, rule.kind)
            self._by_kind[key] = (*self._by_kind.get(key, ()), rule)
            if rule.kind == "selection":
                for procedure in _procedures(rule.params):
                    self._selectors[procedure] = (*self._selectors.get(procedure, ()), rule)

    def of(self, code: str, kind: str | None = None) -> tuple[Rule, ...]:
        """The rules of a code, all or of one kind; empty for a code without a page."""
        return self.rules.get(code, ()) if kind is None else self._by_kind.get((code, kind), ())

    def first(self, code: str, kind: str) -> Rule | None:
        """The code's rule of a kind that allows one, or None."""
        return next(iter(self.of(code, kind)), None)

    def selectors(self, procedure: str | None) -> tuple[Rule, ...]:
        """The selection rules that could match a service of this procedure.

        A service that does not name its procedure could be any of them.
        """
        if procedure is None:
            return tuple(dict.fromkeys(rule for rules in self._selectors.values() for rule in rules))
        return self._selectors.get(procedure, ()) + self._selectors.get(None, ())


def _procedures(params: "SelectionParams") -> tuple[str | None, ...]:
    return tuple(params.facets.get("procedure", (None,)))


class Library:
    """Every code and rule, whatever their dates; ``on(date)`` gives the rulebook of a day.

    ``stamp`` says which state of the library this is, so that old answers can be
    graded again with the rules they were given under.
    """

    def __init__(self, *, codes: Iterable[CodeFacts], rules: Iterable[Rule], stamp: int = 0) -> None:
        self.codes = {facts.number: facts for facts in codes}
        self.rules = tuple(_with_implied(rules))
        self.stamp = stamp
        self._bounds = sorted({day for rule in self.rules for day in (rule.starts, rule.ends) if day})
        self._books: dict[tuple[bool, ...], Rulebook] = {}

    def on(self, day: date) -> Rulebook:
        """The rulebook of one day; days between the same changes of rules share one."""
        era = tuple(bound <= day for bound in self._bounds) + tuple(bound < day for bound in self._bounds)
        if era not in self._books:
            rules = tuple(rule for rule in self.rules if rule.in_force(day))
            self._books[era] = Rulebook(on=day, codes=self.codes, rules=rules)
        return self._books[era]


def _with_implied(rules: Iterable[Rule]) -> Iterator[Rule]:
    """The rules, and for each kind that others imply the rule that a page need not write down."""
    from rulebook.kinds import KINDS

    given = tuple(rules)
    written = {(rule.code, rule.kind) for rule in given}
    yield from given
    for kind in KINDS:
        for rule in given:
            if rule.kind == kind.implied_by and (rule.code, kind.id) not in written:
                written.add((rule.code, kind.id))
                yield kind.implied(rule)
