"""The rules and code facts of one date, indexed."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rulebook.types import CodeFacts, Derivation, Encounter, Granted, Rule, Strange

if TYPE_CHECKING:
    from rulebook.agenda import Agenda

#: Gives the rules of codes with a page about what a claim has besides; it is asked once for a claim, if at all.
LookUp = Callable[["Rulebook", Strange], tuple[Rule, ...]]


class Rulebook:
    """The rules and code facts in force on one date, indexed for derive() and grade()."""

    __slots__ = ("_by_kind", "_selectors", "agenda", "codes", "derived", "granted", "look_up", "rules")

    def __init__(
        self, *, codes: Mapping[str, CodeFacts], rules: Iterable[Rule], agenda: "Agenda",
        granted: Mapping[Encounter, tuple[Granted, ...]] | None = None, look_up: LookUp | None = None,
    ) -> None:  # fmt: skip
        self.look_up = look_up
        #: Claims that educators accept besides the derived ones, by ``rulebook.granted.same_case`` of the encounter.
        self.granted = granted or {}
        self.codes = codes
        self.agenda = agenda
        #: What derive() found before, by the hash of the encounter: many people answer the same question.
        self.derived: dict[int, tuple[Encounter, Derivation]] = {}
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

    def forget(self) -> None:
        """Drop what was derived before, so that its making can be measured."""
        self.derived.clear()

    def first(self, code: str, kind: str) -> Rule | None:
        """The code's rule of a kind that allows one, or None."""
        rules = self._by_kind.get((code, kind))
        return rules[0] if rules else None

    def selectors(self, procedure: str | None) -> tuple[Rule, ...]:
        """The selection rules that could match a service of this procedure.

        A service that does not name its procedure could be any of them.
        """
        if procedure is None:
            return tuple({rule.id: rule for rules in self._selectors.values() for rule in rules}.values())
        return self._selectors.get(procedure, ()) + self._selectors.get(None, ())


def _procedures(params: Any) -> tuple[str | None, ...]:
    """The procedures that a selection rule's facets name; None stands for any."""
    return tuple(params.facets.get("procedure", (None,)))
