"""The verbs that start sets: what the builder was asked for, rules, a mixture, five minutes on a rule, a variant.

Each draws first and stores then; the same start sent again finds the set that it made. All of them raise
NothingToAsk where nothing can be drawn, and OtherStart where the key began something else.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from accounts.models import User
from codes.library import current_stamp
from codes.models import Code
from quizzes.asking import Candidate
from quizzes.drawing import (
    AS_WRITTEN,
    PLAIN,
    RHYTHM,
    SET_SIZE,
    WIDE,
    Drawing,
    Wish,
    cases_seen_by,
    draw_for_rules,
    interleaved,
    introduce,
    to_introduce,
    wish_for,
)
from quizzes.formats import FORMATS
from quizzes.models import Attempt, AttemptItem, Grading, RuleMemory
from quizzes.pools import Choice, Past, Pool, Source, pool
from quizzes.practice import Terms, new_seed, open_set, started
from quizzes.stakes import Stakes, table
from rulebook.kinds import KIND
from rulebook.types import NO_FAULT

#: How many of the ten questions of a mixed set are on rules that somebody breaks.
WEAK_SHARE = 4
#: How many questions there are on a section's rules, or on rules that were broken.
SECTION_SIZE = 5
#: A set so short does not begin with a rule that somebody has never met.
SHORT = 5
#: Five minutes on a rule: the principle, the comparison, two variants.
REPAIR = ("worked-example", "minimal-pair", PLAIN, PLAIN)
TITLES = {
    Source.MIXED: "Mixed set",
    Source.ASSIGNED: "What is assigned to you",
    Source.WEAK: "Rules you break",
    Source.DUE: "Rules that are due",
    Source.MISTAKES: "Past mistakes",
    Source.FLAGGED: "Flagged questions",
    Source.UNSEEN: "New scenarios",
}
NAMED = 3

Draw = Callable[[random.Random, frozenset[str]], list[Candidate]]


def build(person: User, choice: Choice, at: datetime, *, key: UUID | None = None, seed: int | None = None) -> Attempt:
    """What the builder was asked for."""
    stakes = table(current_stamp())

    def draw(chance: random.Random, seen: frozenset[str]) -> list[Candidate]:
        past = Past.of(person, at)
        return drawn(choice, past, pool(choice, past, stakes), stakes, chance, seen)

    return _opened(person, _terms(choice, key), draw, seed)


def on_rules(
    person: User, rules: Sequence[str], size: int, *, key: UUID | None = None, seed: int | None = None
) -> Attempt:
    """Some questions on these rules by turns; an unknown one of them comes first, if there is room."""
    stakes = table(current_stamp())
    rules = [rule for rule in dict.fromkeys(rules) if rule in stakes.cards]
    terms = Terms(
        title=rules_title(rules, stakes),
        source=Source.RULES,
        rules=tuple(rules),
        key=key,
        asked=f"rules {size} {rules}",
    )

    def draw(chance: random.Random, seen: frozenset[str]) -> list[Candidate]:
        met = frozenset(RuleMemory.objects.of(person).filter(rule__in=rules).values_list("rule", flat=True))
        first = to_introduce(rules, met, stakes) if size >= SHORT else ""
        return draw_for_rules(rules, chance, seen=seen, size=size, first=first)

    return _opened(person, terms, draw, seed)


def mixed(person: User, at: datetime, *, key: UUID | None = None, seed: int | None = None) -> Attempt:
    """Ten questions over all pages: some on rules that the person breaks, the others on what is new to them."""
    stakes = table(current_stamp())

    def draw(chance: random.Random, seen: frozenset[str]) -> list[Candidate]:
        past = Past.of(person, at)
        weak = [wish_for(rule, stakes, chance) for rule in past.weak if stakes.where(rule)]
        order = interleaved(stakes.pages, stakes, chance)
        others = [Wish(scenarios=(pk,)) for pk in sorted(order, key=past.seen.__contains__)]
        drawing = Drawing(chance=chance, seen=seen, as_written=AS_WRITTEN)
        drawing.fill([*weak[:WEAK_SHARE], *others], RHYTHM, SET_SIZE)
        chance.shuffle(drawing.chosen)
        return drawing.chosen

    return _opened(person, Terms(title=TITLES[Source.MIXED], source=Source.MIXED, key=key, asked="mixed"), draw, seed)


def repair(person: User, rule: str, *, key: UUID | None = None, seed: int | None = None) -> Attempt:
    """The five-minute set on a rule: a worked example, a minimal pair, two variants."""
    card = table(current_stamp()).cards[rule]
    own = next((form.id for form in FORMATS if form.about == card.kind), PLAIN)
    formats = [own if form == PLAIN else form for form in REPAIR]
    terms = Terms(
        title=f"Five minutes: {card.title}", source=Source.REMEDIATION, rules=(rule,), key=key, asked=f"repair {rule}"
    )

    def draw(chance: random.Random, seen: frozenset[str]) -> list[Candidate]:
        return draw_for_rules([rule], chance, seen=seen, formats=formats, size=len(formats))

    return _opened(person, terms, draw, seed)


def variant_of(item: AttemptItem, grading: Grading, *, key: UUID | None = None, seed: int | None = None) -> Attempt:
    """One fresh question on the scenario of an answered one, in its format, about the rule that was broken."""
    question = item.version.question
    title = f"A variant of “{item.version.prompt['title']}”"[:200]
    rules = broken_rules(grading) or [item.version.key.get("variant", {}).get("rule", "")]

    def draw(chance: random.Random, seen: frozenset[str]) -> list[Candidate]:
        drawing = Drawing(chance=chance, seen=seen)
        wishes = [Wish(scenarios=(question.scenario_id,), rule=rule) for rule in dict.fromkeys((*rules[:1], ""))]
        drawing.fetch(wishes)
        ways = [(wish, formats) for formats in ((question.format,), RHYTHM) for wish in wishes]
        next((None for wish, formats in ways if drawing.add(wish, formats)), None)
        return drawing.chosen

    asked, about = f"variant of {item.pk}", tuple(filter(None, rules[:1]))
    terms = Terms(title=title, source=Source.VARIANT, rules=about, key=key, asked=asked)
    return _opened(item.attempt.person, terms, draw, seed)


def broken_rules(grading: Grading) -> list[str]:
    """The rules that an answer broke, the most important first."""
    faults = [one for one in grading.findings if one["cites"] and one["outcome"] not in NO_FAULT]
    return list(dict.fromkeys(one["rule"] for one in faults))


def drawn(
    choice: Choice, past: Past, found: Pool, stakes: Stakes, chance: random.Random, seen: frozenset[str]
) -> list[Candidate]:
    """The questions of a built set; fewer than were asked for where the pool gives no more."""
    share = 0.0 if choice.is_exam else AS_WRITTEN
    drawing = Drawing(chance=chance, seen=seen, as_written=share, hidden=choice.is_exam)
    first = _first_rule(choice, past, found, stakes)
    introduced = introduce(drawing, wish_for(first, stakes, chance, found.scenarios)) if first else 0
    ranked = choice.source in (Source.WEAK, Source.DUE)
    wishes = _in_turn(found.wishes, stakes, chance, ranked=ranked)
    missing = drawing.fill(wishes, choice.formats or RHYTHM, choice.number - introduced)
    if missing and choice.source == Source.MISTAKES and not choice.kinds:
        # Better another question on what went wrong than none on the very rule.
        drawing.fill([replace(wish, rule="") for wish in wishes], choice.formats or RHYTHM, missing)
    return drawing.chosen


def rules_title(rules: Sequence[str], stakes: Stakes) -> str:
    """What a set on rules is called."""
    cards = [stakes.cards[rule] for rule in rules]
    if len(cards) == 1:
        return cards[0].title
    return f"{len(cards)} rules of {_listed(list(dict.fromkeys(card.code for card in cards)))}"


def _opened(person: User, terms: Terms, draw: Draw, seed: int | None) -> Attempt:
    known = started(person, terms)
    if known is not None:
        return known
    seed = new_seed() if seed is None else seed
    return open_set(person, terms, draw(random.Random(seed), cases_seen_by(person)), seed)


def _terms(choice: Choice, key: UUID | None) -> Terms:
    """What a built set is: on one page, on kinds of rules, or a mixture of what the source has."""
    source, code = choice.source, None
    if source == Source.MIXED and choice.kinds:
        source = Source.RULES
    if len(choice.codes) == 1 and source in (Source.MIXED, Source.UNSEEN):
        code = Code.objects.get(number=choice.codes[0])
        source = Source.PAGE if source == Source.MIXED else source
    return Terms(
        title=_title(choice, code), source=source, mode=choice.mode, code=code, key=key, asked=f"built {choice}",
        minutes=choice.minutes if choice.is_exam else None,
    )  # fmt: skip


def _title(choice: Choice, code: Code | None) -> str:
    if code is not None and choice.source == Source.MIXED:
        return f"{code.number} {code.title}"
    kinds = [KIND[kind].title for kind in choice.kinds if kind in KIND]
    about = ", ".join(filter(None, [_listed(kinds), _listed(choice.codes)]))
    return f"{TITLES[Source(choice.source)]}{': ' if about else ''}{about}"[:200]


def _listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _first_rule(choice: Choice, past: Past, found: Pool, stakes: Stakes) -> str:
    """The rule to begin with: on one page or on chosen kinds, for somebody who has never met it."""
    is_narrow = bool(choice.kinds) or len(choice.codes) == 1
    if choice.is_exam or choice.formats or not is_narrow or choice.number < SHORT:
        return ""
    if choice.source not in (Source.MIXED, Source.UNSEEN):
        return ""
    rules: Iterable[str] = (wish.rule for wish in found.wishes)
    if not choice.kinds:
        rules = (card.rule for card in stakes.cards.values() if card.code == choice.codes[0])
    return to_introduce(rules, past.met, stakes)


def _in_turn(wishes: Iterable[Wish], stakes: Stakes, chance: random.Random, *, ranked: bool) -> list[Wish]:
    """The pages take turns, in the wishes and within each; what is ranked keeps its order."""
    wishes = list(wishes)
    order = interleaved({pk: None for wish in wishes for pk in wish.scenarios}, stakes, chance)
    place = {pk: n for n, pk in enumerate(order)}
    mixed = [replace(one, scenarios=tuple(sorted(one.scenarios, key=place.__getitem__)[: 2 * WIDE])) for one in wishes]
    return mixed if ranked else sorted(mixed, key=lambda one: place[one.scenarios[0]])
