"""All rules of all codes, whatever their dates."""

from collections.abc import Iterable, Iterator
from datetime import date

from rulebook.agenda import Agenda
from rulebook.book import LookUp, Rulebook
from rulebook.granted import same_case
from rulebook.kinds import KINDS
from rulebook.types import CodeFacts, Encounter, Granted, Rule


class Library:
    """Every code and rule, whatever their dates; ``on(date)`` gives the rulebook of a day.

    ``stamp`` says which state of the library this is, so that old answers can be
    graded again with the rules they were given under. ``granted`` are claims that educators accept
    for one encounter besides those that follow from the rules. ``look_up`` is asked about what a claim has that no
    page knows.
    """

    def __init__(
        self, *, codes: Iterable[CodeFacts], rules: Iterable[Rule], stamp: int = 0,
        granted: Iterable[tuple[Encounter, Granted]] = (), look_up: LookUp | None = None,
    ) -> None:  # fmt: skip
        self.look_up = look_up
        self.codes = {facts.number: facts for facts in codes}
        # In one order, whatever order they came in and whatever they are called.
        rank = {kind.id: place for place, kind in enumerate(KINDS)}
        self.rules = tuple(sorted(_with_implied(rules), key=lambda rule: (rule.code, rank[rule.kind], rule.id)))
        self.stamp = stamp
        self.granted: dict[Encounter, tuple[Granted, ...]] = {}
        for encounter, claim in granted:
            case = same_case(encounter)
            self.granted[case] = (*self.granted.get(case, ()), claim)
        self._bounds = sorted({day for rule in self.rules for day in (rule.starts, rule.ends) if day})
        self._books: dict[tuple[bool, ...], Rulebook] = {}

    def on(self, day: date) -> Rulebook:
        """The rulebook of one day; days between the same changes of rules share one."""
        era = tuple(bound <= day for bound in self._bounds) + tuple(bound < day for bound in self._bounds)
        if era not in self._books:
            rules = tuple(rule for rule in self.rules if rule.in_force(day))
            self._books[era] = Rulebook(
                codes=self.codes, rules=rules, agenda=Agenda(rules), granted=self.granted, look_up=self.look_up
            )
        return self._books[era]


def _with_implied(rules: Iterable[Rule]) -> Iterator[Rule]:
    """The rules, and for each kind that others imply the rule that a page need not write down."""
    given = tuple(rules)
    written = {(rule.code, rule.kind) for rule in given}
    yield from given
    for kind in KINDS:
        for rule in given:
            if rule.kind == kind.implied_by and (rule.code, kind.id) not in written:
                written.add((rule.code, kind.id))
                yield kind.implied(rule)
