"""Which rules are at stake in which scenario, and what there is to say of each rule.

Grading every accepted claim of the library takes a while, so it is done once a process and state of the library.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from codes.library import library
from quizzes.asking import spoken_of
from quizzes.cases import case_of
from quizzes.models import Scenario
from rulebook import Library, derive, grade
from rulebook.case_format import read_encounter, write_encounter
from rulebook.kinds import KIND
from rulebook.types import Accepted, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """What lists and pages say of a rule."""

    rule: str
    code: str
    kind: str
    category: str
    section: str
    title: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """The live scenarios by the rules at stake in them.

    ``scenarios``: rule -> scenarios whose accepted claim keeps it; ``rules`` the same the other way round.
    ``reporting``: code -> scenarios in which it is reported or included, or whose page it is. ``pages``:
    scenario -> the code of its page. ``written``: the cases as the pages tell them.
    """

    scenarios: Mapping[str, tuple[int, ...]]
    rules: Mapping[int, frozenset[str]]
    reporting: Mapping[str, tuple[int, ...]]
    pages: Mapping[int, str]
    written: frozenset[str]
    cards: Mapping[str, RuleCard]
    named: Mapping[str, tuple[str, ...]]

    def where(self, rule: str) -> tuple[int, ...]:
        """The scenarios for a rule: where it is at stake, else where a variant or a wrong answer may put it."""
        if rule not in self.cards:
            return ()
        codes = (self.cards[rule].code, *self.named[rule])
        near = dict.fromkeys(pk for code in codes for pk in self.reporting.get(code, ()))
        return self.scenarios.get(rule) or tuple(near)

    def of_kind(self, kind: str, code: str = "") -> list[str]:
        """The rules of a kind that are at stake somewhere, else all; those of a code, if it has any."""
        rules = [card for card in self.cards.values() if card.kind == kind]
        rules = [card for card in rules if card.code == code] or rules
        return [card.rule for card in rules if card.rule in self.scenarios] or [card.rule for card in rules]


def stakes(stamp: int) -> Mapping[str, tuple[int, ...]]:
    """Rule -> the live scenarios in which it is at stake as they are written."""
    return table(stamp).scenarios


@lru_cache(maxsize=2)
def table(stamp: int) -> Stakes:
    """All of it at the present stamp; an older one would be held against scenarios that have changed since."""
    live = Scenario.objects.live().values_list("pk", "code__number", "encounter").order_by("code__number", "pk")
    return table_of(library(stamp), live)


def table_of(pages: Library, live: Iterable[tuple[int, str, Mapping[str, object]]]) -> Stakes:
    """The same for any library and scenarios, each with its key, the code of its page, and its facts."""
    looked = {pk: (code, *_looked_at(encounter, pages)) for pk, code, encounter in live}
    rules = {pk: rules for pk, (_, _, rules, _) in looked.items()}
    return Stakes(
        scenarios=_turned((pk, sorted(one)) for pk, one in rules.items()),
        rules=rules,
        reporting=_turned((pk, {code: None} | codes) for pk, (code, _, _, codes) in looked.items()),
        pages={pk: code for pk, (code, *_) in looked.items()},
        written=frozenset(case for _, case, _, _ in looked.values()),
        cards={rule.id: _card(rule) for rule in pages.rules},
        named={rule.id: KIND[rule.kind].names(rule.params) for rule in pages.rules},
    )


@lru_cache(maxsize=512)
def rules_of_page(number: str, stamp: int) -> frozenset[str]:
    """The rules at stake in the scenarios of one page, for whoever only reads that page."""
    pages = library(stamp)
    encounters = Scenario.objects.live().of(number).values_list("encounter", flat=True)
    return frozenset(rule for one in encounters for rule in _looked_at(one, pages)[1])


def forget() -> None:
    """As a fresh process would be."""
    table.cache_clear()
    rules_of_page.cache_clear()


def _looked_at(facts: Mapping[str, object], pages: Library) -> tuple[str, frozenset[str], dict[str, None]]:
    """The case of a scenario, the rules that its accepted claim keeps, and the codes it is about."""
    encounter = read_encounter(facts)
    book = pages.on(encounter.date_of_service)
    derivation = derive(encounter, book)
    case = case_of(write_encounter(encounter))
    if not derivation.accepted:
        return case, frozenset(), {}
    accepted = derivation.accepted[0]
    return case, spoken_of(grade(accepted.claim, encounter, book, derivation)), _codes(accepted)


def _codes(accepted: Accepted) -> dict[str, None]:
    """The codes that are reported, or included in one that is."""
    reported = dict.fromkeys(line.code for line in accepted.claim.lines)
    return reported | dict.fromkeys(code for one in accepted.bundled for code in (one.rule.code, *one.codes))


def _card(rule: Rule) -> RuleCard:
    kind = KIND[rule.kind]
    return RuleCard(
        rule=rule.id, code=rule.code, kind=rule.kind, category=kind.category.value, section=rule.section,
        title=f"{rule.code}: {kind.title}", sentence=kind.describe(rule.params),
    )  # fmt: skip


def _turned(pairs: Iterable[tuple[int, Iterable[str]]]) -> dict[str, tuple[int, ...]]:
    """From scenario -> names to name -> scenarios."""
    found: dict[str, list[int]] = {}
    for pk, names in pairs:
        for name in names:
            found.setdefault(name, []).append(pk)
    return {name: tuple(pks) for name, pks in found.items()}
