"""What a set can be drawn from: the builder's choice, held against the library and what somebody did so far."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from accounts.models import User
from quizzes.drawing import SET_SIZE, Wish
from quizzes.models import Attempt, AttemptItem, RuleMemory, RuleReview
from quizzes.models.attempts import AttemptItemQuerySet
from quizzes.stakes import Stakes

Source = Attempt.Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What somebody is to learn: whole pages by the numbers of their codes, and rules."""

    codes: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()


#: What says what is assigned to somebody. An app above, which this one must not import, puts itself here.
_ASSIGNED_BY: list[Callable[[User], Assigned]] = []


def assigned_by(provider: Callable[[User], Assigned]) -> None:
    """Let the builder ask this of what is assigned to somebody; to be called once, when the site starts."""
    _ASSIGNED_BY[:] = [provider]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody asks the builder for; no codes, kinds or formats stand for all of them."""

    source: str = Source.MIXED
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    number: int = SET_SIZE
    mode: str = Attempt.Mode.TUTOR
    minutes: int | None = None

    @property
    def is_exam(self) -> bool:
        """Whether there are neither hints nor feedback before the end."""
        return self.mode == Attempt.Mode.EXAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What somebody has met, broken, flagged and seen. ``mistakes``: scenario -> the rules that were broken in it."""

    met: frozenset[str] = frozenset()
    weak: tuple[str, ...] = ()
    due: tuple[str, ...] = ()
    mistakes: Mapping[int, tuple[str, ...]]
    flagged: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()
    assigned: Assigned = field(default_factory=Assigned)

    @classmethod
    def of(cls, person: User, at: datetime) -> "Past":
        """So many queries, whatever somebody has done."""
        memories, items = RuleMemory.objects.of(person), AttemptItem.objects.of(person)
        return cls(
            met=frozenset(memories.values_list("rule", flat=True)),
            weak=tuple(memories.weak().values_list("rule", flat=True)),
            due=tuple(memories.due(at).values_list("rule", flat=True)),
            mistakes=_broken_in(items.mistakes()),
            flagged=items.shown().flagged().scenarios(),
            seen=items.scenarios(),
            assigned=_ASSIGNED_BY[0](person) if _ASSIGNED_BY else Assigned(),
        )

    def counts(self, stakes: Stakes) -> dict[str, int]:
        """Source -> how much it has: rules, or scenarios that can be asked."""
        live = stakes.pages.keys()
        return {
            Source.MIXED: len(live),
            Source.ASSIGNED: len({pk for wish in _assigned(self.assigned, stakes) for pk in wish.scenarios}),
            Source.WEAK: len([rule for rule in self.weak if stakes.where(rule)]),
            Source.DUE: len([rule for rule in self.due if stakes.where(rule)]),
            Source.MISTAKES: len(self.mistakes.keys() & live),
            Source.FLAGGED: len(self.flagged & live),
            Source.UNSEEN: len(live - self.seen),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a set is drawn from, in the order in which it is preferred."""

    wishes: tuple[Wish, ...]
    scenarios: frozenset[int]
    unseen: int


def pool(choice: Choice, past: Past, stakes: Stakes) -> Pool:
    """The scenarios that fit, with the rules that are to be at stake in them."""
    wishes = [_of_codes(wish, choice.codes, stakes) for wish in _of_source(choice.source, past, stakes)]
    if choice.kinds:
        wishes = _of_kinds([wish for wish in wishes if wish.scenarios], frozenset(choice.kinds), stakes)
    wishes = [wish for wish in wishes if wish.scenarios]
    scenarios = frozenset(pk for wish in wishes for pk in wish.scenarios)
    return Pool(wishes=tuple(wishes), scenarios=scenarios, unseen=len(scenarios - past.seen))


def loosened(choice: Choice, past: Past, stakes: Stakes) -> list[tuple[str, Choice, int]]:
    """The filters of which dropping a single one gives something: its name, the choice without it, how many."""
    dropped = {
        "source": replace(choice, source=Source.MIXED),
        "codes": replace(choice, codes=()),
        "kinds": replace(choice, kinds=()),
    }
    found = [(name, other, len(pool(other, past, stakes).scenarios)) for name, other in dropped.items()]
    return [one for one in found if one[2]]


def _of_source(source: str, past: Past, stakes: Stakes) -> list[Wish]:
    if source in (Source.WEAK, Source.DUE):
        rules = past.weak if source == Source.WEAK else past.due
        return [Wish(scenarios=stakes.where(rule), rule=rule) for rule in rules]
    if source == Source.MISTAKES:
        live = {pk: rules for pk, rules in past.mistakes.items() if pk in stakes.pages}
        return [Wish(scenarios=(pk,), rule=rule) for pk, rules in live.items() for rule in _known(rules, stakes)]
    if source == Source.FLAGGED:
        return _each(pk for pk in stakes.pages if pk in past.flagged)
    if source == Source.ASSIGNED:
        return _assigned(past.assigned, stakes)
    return _each(pk for pk in stakes.pages if source == Source.MIXED or pk not in past.seen)


def _assigned(given: Assigned, stakes: Stakes) -> list[Wish]:
    """A rule at a time where rules are assigned, and every scenario of the pages that are."""
    on_rules = [Wish(scenarios=stakes.where(rule), rule=rule) for rule in given.rules]
    return [
        *(one for one in on_rules if one.scenarios),
        *_each(pk for pk, n in stakes.pages.items() if n in given.codes),
    ]


def _known(rules: tuple[str, ...], stakes: Stakes) -> tuple[str, ...]:
    """Those that the pages still have; any rule will do where there is none."""
    return tuple(rule for rule in rules if rule in stakes.cards) or ("",)


def _each(pks: Iterable[int]) -> list[Wish]:
    return [Wish(scenarios=(pk,)) for pk in pks]


def _of_codes(wish: Wish, codes: tuple[str, ...], stakes: Stakes) -> Wish:
    kept = tuple(pk for pk in wish.scenarios if stakes.pages[pk] in codes)
    return replace(wish, scenarios=kept) if codes else wish


def _of_kinds(wishes: list[Wish], kinds: frozenset[str], stakes: Stakes) -> list[Wish]:
    """Wishes for a rule of these kinds; those for any rule become one for each such rule that is at stake."""
    of_rule: dict[str, tuple[int, ...]] = {}
    for wish in wishes:
        for pk in wish.scenarios:
            for rule in [wish.rule] if wish.rule else sorted(stakes.rules[pk]):
                if stakes.cards[rule].kind in kinds:
                    of_rule[rule] = (*of_rule.get(rule, ()), pk)
    return [Wish(scenarios=pks, rule=rule) for rule, pks in of_rule.items()]


def _broken_in(items: AttemptItemQuerySet) -> dict[int, tuple[str, ...]]:
    """Scenario -> the rules that were broken in these questions about it."""
    found: dict[int, dict[str, None]] = {pk: {} for pk in sorted(items.scenarios())}
    broken = RuleReview.objects.filter(item__in=items, broken=True).order_by("pk")
    for pk, rule in broken.values_list("item__version__question__scenario", "rule"):
        found[pk][rule] = None
    return {pk: tuple(rules) for pk, rules in found.items()}
