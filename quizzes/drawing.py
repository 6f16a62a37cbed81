"""Drawing the questions of a set: which scenarios, as written or varied, in which format.

No case comes twice: what somebody has seen, and what the set already has, is passed over as long as there is
anything else. docs/practising.md says how it is chosen.
"""

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain, count, islice, zip_longest
from typing import Generic, TypeVar

from django.db.models import prefetch_related_objects

from accounts.models import User
from codes.library import current_stamp, library
from codes.phrasebook import phrasebook
from quizzes.asking import Candidate, DayOfChange, Source
from quizzes.formats import FORMAT, FORMATS, Format, Material
from quizzes.models import Attempt, AttemptItem, ExamPart, Scenario
from quizzes.stakes import Stakes, table
from rulebook import Library
from rulebook.kinds import KIND
from rulebook.types import Category
from rulebook.variants import Variant

SET_SIZE = 10
#: The share of a page's scenarios that are asked in the words of the page.
AS_WRITTEN = 0.5
PLAIN = "code-the-claim"
#: The formats of a set in turn; where one cannot be asked of a scenario, another of them takes its place.
RHYTHM = (
    PLAIN, "choose-the-code", "audit-the-claim", PLAIN, "minimal-pair", PLAIN, "finish-the-claim", "choose-the-code",
    "missing-in-the-note", PLAIN,
)  # fmt: skip
#: The formats of the first questions about a rule that somebody has never met: worked, half-filled, blank.
FIRST_CONTACT = ("worked-example", "finish-the-claim", PLAIN)
#: How many fresh variants of a scenario are tried for a place before another scenario is, among how many.
TRIES, LOOK = 3, 12
#: How many scenarios are tried for a place: in the format whose turn it is, and in any.
NARROW, WIDE = 3, 8
#: Categories of rules that are no first lesson.
QUIET = (Category.INVALID_ON_DATE, Category.DOCUMENTATION)
#: How many wishes are looked at together.
PORTION = 20

T = TypeVar("T")
Told = tuple[Variant | None, Material]


class TooFewQuestions(Exception):
    """A part of an exam that the library cannot fill; ``missing`` says by how many questions."""

    def __init__(self, part: ExamPart, missing: int) -> None:
        super().__init__(f"{part}: {missing} of {part.number} questions cannot be drawn.")
        self.part, self.missing = part, missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a set is made of: formats by turns, and the share of scenarios asked in the words they were written in.

    ``first`` is a rule to begin with, for somebody who has never met it.
    """

    formats: tuple[str, ...] = RHYTHM
    as_written: float = AS_WRITTEN
    size: int = SET_SIZE
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a place of a set is to hold: one of these scenarios, the preferred first, with a rule at stake or any.

    ``plain``: in the words of the page rather than varied, if it was not seen. ``change``: on a day close to that of a
    change which makes another claim of the case, and nothing else.
    """

    scenarios: tuple[int, ...]
    rule: str = ""
    plain: bool = False
    change: DayOfChange | None = None


class _Again(Generic[T]):
    """What an iterator gives, as often as one likes; each thing is made only when it is first asked for."""

    def __init__(self, source: Iterator[T]) -> None:
        self._source, self._made = source, list[T]()

    def __iter__(self) -> Iterator[T]:
        for place in count():
            if place == len(self._made):
                try:
                    self._made.append(next(self._source))
                except StopIteration:
                    return
            yield self._made[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What sets are drawn from: the library, its rules at stake, and the scenarios where they are not the stored ones.

    ``present`` is what everybody is asked from; another is held against it before it is published.
    """

    library: Library
    stakes: Stakes
    scenarios: Mapping[int, Scenario] = field(default_factory=dict)

    @classmethod
    def present(cls) -> "Ground":
        """The newest editions."""
        stamp = current_stamp()
        return cls(library=library(stamp), stakes=table(stamp))


@dataclass(kw_only=True)
class Drawing:
    """A set in the making: what it holds so far, and the cases that are not to come again.

    ``as_written`` is the share of scenarios that are asked in the words of their page when their turn comes
    first. ``hidden``: never in those words, nor about the case that they tell, which can be looked up.
    """

    chance: random.Random
    seen: frozenset[str]
    as_written: float = 0.0
    hidden: bool = False
    chosen: list[Candidate] = field(default_factory=list)
    ground: Ground = field(default_factory=Ground.present)

    def __post_init__(self) -> None:
        self.stakes = self.ground.stakes
        self._library, self._phrases = self.ground.library, phrasebook()
        self._rows: dict[int, Scenario] = dict(self.ground.scenarios)
        self._sources: dict[tuple[int, str, bool], Source] = {}
        self._varied: dict[int, dict[str, _Again[Told]]] = {}
        self._plain: dict[int, Material | None] = {}
        self._begins: dict[int, bool] = {}
        self._taken: set[str] = set()

    def load(self, scenarios: Iterable[Scenario]) -> None:
        """Make scenarios known; of those that a wish names only these can be asked."""
        self._rows |= {row.pk: row for row in scenarios}

    def fetch(self, wishes: Iterable[Wish]) -> None:
        """Make the scenarios that are wished for known, with one query."""
        wanted = {pk for wish in wishes for pk in wish.scenarios} - self._rows.keys()
        if wanted:
            self.load(Scenario.objects.live().filter(pk__in=wanted))

    def fill(self, wishes: Sequence[Wish], rhythm: Sequence[str], size: int) -> int:
        """Grant the wishes by turns, as many as there is room for; how many places stay empty.

        A case that was seen comes only when nothing else is left.
        """
        end = len(self.chosen) + size
        for again in (False, True):
            for left in _portions(wishes, max(size, PORTION)):
                self.fetch(left)
                while left and len(self.chosen) < end:
                    left = [one for one in left if len(self.chosen) < end and self._granted(one, rhythm, again)]
        return end - len(self.chosen)

    def add(self, wish: Wish, formats: Sequence[str], *, again: bool = False) -> bool:
        """One more question that grants a wish, in the first of the formats in which there is one."""
        candidate = next(self._found(wish, formats, again), None)
        if candidate is not None:
            self.chosen.append(candidate)
            self._taken.add(candidate.case)
        return candidate is not None

    def _granted(self, wish: Wish, rhythm: Sequence[str], again: bool) -> bool:
        return self.add(wish, self._formats(wish, rhythm), again=again)

    def _formats(self, wish: Wish, rhythm: Sequence[str]) -> list[str]:
        """The format whose turn it is, then the others; a kind of rule may have one that is made for it."""
        wanted = rhythm[len(self.chosen) % len(rhythm)]
        card = self.stakes.cards.get(wish.rule)
        own = [form.id for form in FORMATS if card and form.about == card.kind and form.id in rhythm]
        return list(dict.fromkeys((*(own if wanted == PLAIN else ()), wanted, *rhythm)))

    def _found(self, wish: Wish, formats: Sequence[str], again: bool) -> Iterator[Candidate]:
        """What grants a wish, the best first: a fresh variant, then the scenario as written; seen ones apart."""
        scenarios = self._least_used(wish)
        if wish.change is not None:
            for scenario in scenarios:
                source = self._source(scenario, wish.rule, again)
                yield from self._candidates(source, formats, partial(self._near, wish.change, again))
            return
        sure = not wish.rule or wish.rule in self.stakes.scenarios
        fresh = (self._few, self._many, self._written, self._moved) if sure else (self._few, self._written)
        fresh = (self._written, *fresh) if wish.plain else fresh
        for way in (self._seen,) if again else fresh:
            for forms, most in ((formats[:1], NARROW if formats[1:] else WIDE), (formats[1:], WIDE)):
                for scenario in scenarios[:most]:
                    yield from self._candidates(self._source(scenario, wish.rule, again), forms, way)

    def _least_used(self, wish: Wish) -> list[Scenario]:
        """The scenarios to try, those first that the set has least of."""
        used = [one.scenario.pk for one in self.chosen]
        rows = [self._rows[pk] for pk in wish.scenarios if pk in self._rows]
        return sorted(rows, key=lambda row: used.count(row.pk))

    def _source(self, scenario: Scenario, rule: str, again: bool) -> Source:
        key = (scenario.pk, rule, again)
        if key not in self._sources:
            self._sources[key] = Source(
                scenario=scenario, library=self._library, phrases=self._phrases, rule=rule,
                seen=frozenset() if again else self.seen,
            )  # fmt: skip
        return self._sources[key]

    def _candidates(self, source: Source, forms: Sequence[str], way: "Way") -> Iterator[Candidate]:
        for form in [FORMAT[one] for one in forms if one in FORMAT]:
            for variant, material in way(source, form):
                candidate = source.candidate(material, form, self.chance.randrange(2**32), variant)
                if candidate is not None and not candidate.reasons:
                    yield candidate

    # Ways to the notes of a scenario, the better first ----------------------------------------

    def _few(self, source: Source, form: Format) -> Iterator[Told]:
        """Some fresh variants; before them, for a share of the scenarios, the one as written."""
        if not source.rule and self._begins_as_written(source.scenario):
            yield from self._written(source, form)
        yield from islice(filter(self._is_fresh, islice(self._variants(source, form), LOOK)), TRIES)

    def _many(self, source: Source, form: Format) -> Iterator[Told]:
        """Every fresh variant there is."""
        return filter(self._is_fresh, self._variants(source, form))

    def _written(self, source: Source, form: Format) -> Iterator[Told]:
        """The scenario in the words of its page."""
        return filter(self._is_fresh, self._as_told(source))

    def _moved(self, source: Source, form: Format) -> Iterator[Told]:
        """The scenario with another patient on another day."""
        return filter(self._is_fresh, source.moved(self.chance.randrange(2**32), TRIES))

    def _near(self, change: DayOfChange, again: bool, source: Source, form: Format) -> Iterator[Told]:
        """The scenario on days close to a change that touches its claim; ``again``: seen ones too."""
        made = self._varied.setdefault(id(source), {})
        key = change.day.isoformat()
        if key not in made:
            made[key] = _Again(source.around(change, self.chance.randrange(2**32)))
        return filter(self._is_new_here if again else self._is_fresh, made[key])

    def _seen(self, source: Source, form: Format) -> Iterator[Told]:
        """What was seen before; in this set it has not been."""
        return filter(self._is_new_here, chain(self._variants(source, form), self._as_told(source)))

    def _as_told(self, source: Source) -> Iterator[Told]:
        """The scenario as written, if that may be asked at all."""
        if self.hidden:
            return
        if id(source) not in self._plain:
            self._plain[id(source)] = source.as_written()
        material = self._plain[id(source)]
        if material is not None:
            yield None, material

    def _variants(self, source: Source, form: Format) -> Iterable[Told]:
        """Those about the kind of the rule, or of the format, first; each is made once."""
        card = self.stakes.cards.get(source.rule)
        about = card.kind if card else form.about
        made = self._varied.setdefault(id(source), {})
        if about not in made:
            made[about] = _Again(source.varied(self.chance.randrange(2**32), about))
        return made[about]

    def _begins_as_written(self, scenario: Scenario) -> bool:
        """Whether a scenario is asked as it is written; the chance is taken once."""
        if scenario.pk not in self._begins:
            self._begins[scenario.pk] = self.chance.random() < self.as_written
        return self._begins[scenario.pk]

    def _is_fresh(self, told: Told) -> bool:
        return told[1].case not in self.seen and self._is_new_here(told)

    def _is_new_here(self, told: Told) -> bool:
        case = told[1].case
        return case not in self._taken and not (self.hidden and case in self.stakes.written)


Way = Callable[[Source, Format], Iterator[Told]]


def cases_seen_by(person: User) -> frozenset[str]:
    """The cases of every question that was ever put into a set of this person."""
    cases = AttemptItem.objects.filter(attempt__person=person).order_by().values_list("version__case", flat=True)
    return frozenset(cases) - {""}


def cases_in_exams(person: User, at: datetime) -> frozenset[str]:
    """The cases that this person's running exams ask about, of which nothing is told before they are handed in."""
    running = Attempt.objects.filter(person=person).running_exams(at)
    cases = AttemptItem.objects.filter(attempt__in=running).order_by().values_list("version__case", flat=True)
    return frozenset(cases)


# Sets --------------------------------------------------------------------------------------


def choose(
    scenarios: Collection[Scenario], chance: random.Random, recipe: Recipe, seen: frozenset[str] = frozenset()
) -> list[Candidate]:
    """As many questions as the recipe says on these scenarios, each of another one as far as there are so many."""
    drawing = Drawing(chance=chance, seen=seen, as_written=recipe.as_written)
    drawing.load(scenarios)
    order = shuffled((row.pk for row in scenarios), chance)
    first = introduce(drawing, wish_for(recipe.first, drawing.stakes, chance, order)) if recipe.first else 0
    used = [one.scenario.pk for one in drawing.chosen]
    wishes = [Wish(scenarios=(pk,)) for pk in sorted(order, key=used.count)]
    drawing.fill(wishes, recipe.formats, recipe.size - first)
    return drawing.chosen


def draw_for_rules(
    rules: Sequence[str],
    chance: random.Random,
    *,
    seen: frozenset[str],
    formats: Sequence[str] = RHYTHM,
    size: int = SET_SIZE,
    first: str = "",
) -> list[Candidate]:
    """For each rule by turns a question in which it is at stake; fewer where the library has no more.

    ``first`` is a rule to begin with, for somebody who has never met it.
    """
    drawing = Drawing(chance=chance, seen=seen)
    wishes = [wish_for(rule, drawing.stakes, chance) for rule in rules]
    introduced = introduce(drawing, wish_for(first, drawing.stakes, chance)) if first else 0
    drawing.fill(wishes, formats, size - introduced)
    return drawing.chosen


def wish_for(rule: str, stakes: Stakes, chance: random.Random, among: Collection[int] | None = None) -> Wish:
    """A question on a rule, made of one of these scenarios."""
    order = shuffled((pk for pk in stakes.where(rule) if among is None or pk in among), chance)
    return Wish(scenarios=tuple(order[: 2 * WIDE]), rule=rule)


def shuffled(pks: Iterable[int], chance: random.Random) -> list[int]:
    """In an order by chance."""
    order = list(pks)
    chance.shuffle(order)
    return order


def introduce(drawing: Drawing, wish: Wish) -> int:
    """The first questions about a rule that somebody has never met; how many there were."""
    wish = replace(wish, plain=True)
    drawing.fetch([wish])
    before = len(drawing.chosen)
    for form in FIRST_CONTACT:
        drawing.add(wish, tuple(dict.fromkeys((form, *FIRST_CONTACT, *RHYTHM))))
    return len(drawing.chosen) - before


def to_introduce(rules: Iterable[str], met: Collection[str], stakes: Stakes) -> str:
    """The rule to begin a set with: of those never met the one most often at stake; empty when all are known."""
    unknown = [rule for rule in rules if rule not in met and rule in stakes.scenarios]
    return min(unknown, key=lambda rule: _rank(rule, stakes), default="")


def _rank(rule: str, stakes: Stakes) -> tuple[bool, int, int]:
    """What every claim with a code keeps without a thought comes last, then what is at stake seldom."""
    card = stakes.cards[rule]
    return card.category in QUIET, -len(stakes.scenarios[rule]), list(KIND).index(card.kind)


def interleaved(pks: Iterable[int], stakes: Stakes, chance: random.Random) -> list[int]:
    """In an order by chance in which the pages take turns."""
    of_page: dict[str, list[int]] = {}
    for pk in shuffled(pks, chance):
        of_page.setdefault(stakes.pages.get(pk, ""), []).append(pk)
    return [pk for turn in zip_longest(*of_page.values()) for pk in turn if pk is not None]


def _portions(wishes: Sequence[Wish], size: int) -> Iterator[list[Wish]]:
    for start in range(0, len(wishes), size):
        yield list(wishes[start : start + size])


# Exams -------------------------------------------------------------------------------------


def draw_blueprint(
    parts: Sequence[ExamPart], chance: random.Random, *, seen: frozenset[str], ground: Ground | None = None
) -> list[Candidate]:
    """The questions of an exam, part by part, in an order by chance.

    Always variants, never a scenario as its page tells it, and no case twice. Raises TooFewQuestions.
    """
    prefetch_related_objects(parts, "code")
    drawing = Drawing(chance=chance, seen=seen, hidden=True, ground=ground or Ground.present())
    for part in sorted(parts, key=_freedom):
        rhythm = (part.format,) if part.format else RHYTHM
        missing = drawing.fill(_wishes(part, drawing.stakes, chance), rhythm, part.number)
        if missing:
            raise TooFewQuestions(part, missing)
    chance.shuffle(drawing.chosen)
    return drawing.chosen


def _freedom(part: ExamPart) -> int:
    """What leaves the least choice is drawn first."""
    return ("/" not in part.rule) + (not part.rule) + (part.code_id is None) + (not part.format)


def _wishes(part: ExamPart, stakes: Stakes, chance: random.Random) -> list[Wish]:
    """What a part of a blueprint may be filled with."""
    page = part.code.number if part.code else ""
    among = [pk for pk, number in stakes.pages.items() if page in ("", number)]
    if not part.rule:
        return [Wish(scenarios=(pk,)) for pk in interleaved(among, stakes, chance)]
    rules = [part.rule] if "/" in part.rule else stakes.of_kind(part.rule, page)
    chance.shuffle(rules)
    wishes = [wish_for(rule, stakes, chance, frozenset(among)) for rule in rules]
    return [wish for wish in wishes if wish.scenarios]
