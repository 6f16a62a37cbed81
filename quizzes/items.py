"""What answers say of the questions: how hard each is, whether it tells those who know from those who do not, and more.

One pass over the submitted answers, with the grading that counts of each. The percentage and the discrimination rest on
the first answer that each person gave to a question; docs/item-analysis.md has every formula.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, sqrt
from statistics import median
from typing import NamedTuple
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Exists, Max, OuterRef, Q

from codes.library import current_stamp, library
from quizzes.formats import FORMAT
from quizzes.formats.base import I_DO_NOT_KNOW
from quizzes.models import Answer, Attempt, Grading, Question, Report, ReportReply, RuleReview
from quizzes.shares import Share
from quizzes.stakes import table
from rulebook.types import NO_FAULT

#: Discrimination is hidden below so many people, and provisional below so many.
LEAST, SURE = 30, 100
#: Somebody counts for it who gave so many other first answers.
OTHERS = 5
#: Longer than that somebody was away.
AWAY = timedelta(minutes=30)
LOW = 0.10
EASY, HARD = 0.85, 0.30
DISPUTED = 2
#: So many answers of one question are read back at most, the newest.
READ = 5_000
PORTION = 2_000
CACHED_FOR = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something about a question that wants a look: what, why in words, and what to do."""

    name: str
    why: str
    do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the answers to one question come to. ``strong`` are the first answers of those who do best elsewhere.

    ``waiting`` of the reports have no answer; of the people who disagreed, ``disputing`` wait for one.
    """

    question: int
    code: str
    slug: str
    title: str
    format: str
    answers: int
    first: Share
    compared: int
    correlation: float | None
    seconds: float | None
    timed: int
    hinted: int
    gave_up: int
    reports: int
    waiting: int
    disagreements: int
    disputing: int
    strong: tuple[int, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def discrimination(self) -> float | None:
        """The correlation, where enough people stand behind it."""
        return self.correlation if self.compared >= LEAST else None

    @property
    def is_provisional(self) -> bool:
        """Whether the discrimination may still move."""
        return self.compared < SURE

    @property
    def format_title(self) -> str:
        """The format in words."""
        return FORMAT[self.format].title


class Given(NamedTuple):
    """One submitted answer, as little of it as is needed, in the order of the query's columns."""

    question: int
    person: int
    answer: int
    clean: bool
    hints: int
    gave_up: bool
    at: datetime
    attempt: UUID
    begun: datetime | None
    mode: str


COLUMNS = (
    "answer__item__version__question", "answer__item__attempt__person", "answer", "is_clean", "answer__hints",
    "gave_up", "answer__created_at", "answer__item__attempt", "answer__item__attempt__begun_at",
    "answer__item__attempt__mode",
)  # fmt: skip


# All questions --------------------------------------------------------------------------------


def every_item() -> list[Figures]:
    """The figures of every question that was answered; kept until something is answered, graded or reported anew."""
    key = f"figures:{_state()}"
    found: list[Figures] | None = cache.get(key)
    if found is None:
        found = computed()
        cache.set(key, found, CACHED_FOR)
    return found


def _state() -> str:
    """Names everything that figures follow from."""
    newest = (model.objects.aggregate(newest=Max("pk"))["newest"] or 0 for model in (Grading, Report, ReportReply))
    return "-".join(map(str, (*newest, current_stamp())))


def computed() -> list[Figures]:
    """The figures, computed now; so many queries, however much was answered."""
    pool = Pool()
    for one in _given():
        pool.take(one)
    pool.compare()
    reports = _reports()
    strong = _common_answers(pool)
    named = Question.objects.select_related("scenario__code").order_by("scenario__code__number", "scenario", "pk")
    rows = named.filter(pk__in=pool.answers)
    return [_figures(one, pool, reports.get(one.pk, Reported()), strong.get(one.pk)) for one in rows]


def _given() -> Iterator[Given]:
    """Every submitted answer, set by set, in the order in which they were given."""
    given = Grading.objects.filter(answer__state=Answer.State.SUBMITTED)
    newest = given.order_by().values("answer").annotate(newest=Max("pk")).values("newest")
    rows = Grading.objects.filter(pk__in=newest).annotate(gave_up=Q(answer__payload__gave_up=True))
    rows = rows.order_by("answer__item__attempt", "answer__created_at", "answer")
    for row in rows.values_list(*COLUMNS).iterator(chunk_size=PORTION):
        yield Given._make(row)


@dataclass(kw_only=True)
class Pool:
    """Answers as they are taken in, set by set, and what they come to by question."""

    answers: Counter[int] = field(default_factory=Counter)
    hinted: Counter[int] = field(default_factory=Counter)
    gave_up: Counter[int] = field(default_factory=Counter)
    seconds: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    first: dict[int, dict[int, Given]] = field(default_factory=lambda: defaultdict(dict))
    tried: Counter[int] = field(default_factory=Counter)
    kept: Counter[int] = field(default_factory=Counter)
    last: Given | None = None

    def take(self, one: Given) -> None:
        """One answer; those of a set one after the other."""
        self.answers[one.question] += 1
        self.hinted[one.question] += one.hints > 0
        self.gave_up[one.question] += bool(one.gave_up)  # a database says nothing of a payload without the word
        self._time(one)
        known = self.first[one.question].get(one.person)
        if known is None or (one.at, one.answer) < (known.at, known.answer):
            self.first[one.question][one.person] = one

    def _time(self, one: Given) -> None:
        """From the answer before in the same set, or its beginning. In exams answers are stored together at the end."""
        before = self.last.at if self.last is not None and self.last.attempt == one.attempt else one.begun
        self.last = one
        if before is not None and one.mode == Attempt.Mode.TUTOR and timedelta() <= one.at - before <= AWAY:
            self.seconds[one.question].append((one.at - before).total_seconds())

    def compare(self) -> None:
        """Add up what everybody got right at first; once everything is taken in."""
        for people in self.first.values():
            for person, one in people.items():
                self.tried[person] += 1
                self.kept[person] += one.clean

    def pairs(self, question: int) -> list[tuple[Given, float]]:
        """Each first answer of somebody who gave enough others, with their share of clean ones among those others."""
        return [
            (one, (self.kept[person] - one.clean) / (self.tried[person] - 1))
            for person, one in sorted(self.first[question].items())
            if self.tried[person] - 1 >= OTHERS
        ]

    def strongest(self, question: int) -> list[Given]:
        """The first answers of the third that did best elsewhere."""
        ranked = sorted(self.pairs(question), key=lambda pair: (-pair[1], pair[0].person))
        return [one for one, _ in ranked[: ceil(len(ranked) / 3)]]


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's r; None where one of the two never varies."""
    if len(pairs) < 2:
        return None
    mean_x, mean_y = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    xx = sum((x - mean_x) ** 2 for x, _ in pairs)
    yy = sum((y - mean_y) ** 2 for _, y in pairs)
    if xx * yy <= 0:
        return None
    return float(sum((x - mean_x) * (y - mean_y) for x, y in pairs) / sqrt(xx * yy))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """How many reports there are on a question, how many people disagree, and how many of each wait for an answer."""

    reports: int = 0
    waiting: int = 0
    disagreements: int = 0
    disputing: int = 0


def _reports() -> dict[int, Reported]:
    """Question -> what was reported of it."""
    waits = ~Exists(ReportReply.objects.filter(report=OuterRef("pk")))
    rows = Report.objects.order_by().annotate(waits=waits).values("answer__item__version__question")
    disagree, still = Q(kind=Report.Kind.DISAGREE), Q(waits=True)
    counted = rows.annotate(
        reports=Count("pk"),
        waiting=Count("pk", filter=still),
        disagreements=Count("person", filter=disagree, distinct=True),
        disputing=Count("person", filter=disagree & still, distinct=True),
    )
    return {
        row["answer__item__version__question"]: Reported(
            reports=row["reports"], waiting=row["waiting"], disagreements=row["disagreements"],
            disputing=row["disputing"],
        )
        for row in counted
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """An answer that is not the right one, and that most of the strongest third gave."""

    words: str
    gave: int
    of: int


def _common_answers(pool: Pool) -> dict[int, Common]:
    """Question -> the wrong answer of most of the strongest third, read only where most of them are not clean."""
    wanted: dict[int, list[Given]] = {}
    for question in pool.answers:
        strong = pool.strongest(question)
        if len(pool.pairs(question)) >= LEAST and 2 * sum(one.clean for one in strong) < len(strong):
            wanted[question] = strong
    wrong = [one.answer for strong in wanted.values() for one in strong if not one.clean and not one.gave_up]
    words = _read_back(wrong)
    found = {}
    for question, strong in wanted.items():
        given = Counter(words[one.answer] for one in strong if one.answer in words)
        text, count = given.most_common(1)[0] if given else ("", 0)
        if 2 * count > len(strong):
            found[question] = Common(words=text, gave=count, of=len(strong))
    return found


def _read_back(answers: Sequence[int]) -> dict[int, str]:
    """Answers in words."""
    found: dict[int, str] = {}
    for start in range(0, len(answers), PORTION):
        rows = Answer.objects.filter(pk__in=answers[start : start + PORTION])
        found |= {one.pk: said(one) for one in rows.select_related("item__version__question")}
    return found


def said(answer: Answer) -> str:
    """One answer in words, the same for the same answer in whatever order its options or lines stand."""
    if answer.payload == I_DO_NOT_KNOW:
        return "I do not know"
    version = answer.item.version
    return " + ".join(sorted(FORMAT[version.question.format].words(answer.payload, version))) or "nothing"


def _figures(question: Question, pool: Pool, reported: Reported, strong: Common | None) -> Figures:
    firsts, pairs, times = pool.first[question.pk], pool.pairs(question.pk), pool.seconds.get(question.pk, [])
    scenario = question.scenario
    found = Figures(
        question=question.pk, code=scenario.code.number, slug=scenario.slug, title=scenario.title,
        format=question.format, answers=pool.answers[question.pk],
        first=Share(kept=sum(one.clean for one in firsts.values()), tried=len(firsts)),
        compared=len(pairs), correlation=correlation([(float(one.clean), rest) for one, rest in pairs]),
        seconds=median(times) if times else None, timed=len(times), hinted=pool.hinted[question.pk],
        gave_up=pool.gave_up[question.pk], reports=reported.reports, waiting=reported.waiting,
        disagreements=reported.disagreements, disputing=reported.disputing,
        strong=tuple(one.answer for one in pool.strongest(question.pk)),
    )  # fmt: skip
    return _flagged(found, strong)


# Flags ----------------------------------------------------------------------------------------

MISKEYED, TOO_EASY, TOO_HARD, IN_DISPUTE = "probably miskeyed", "too easy", "too hard", "disputed"
FLAGS = (MISKEYED, TOO_EASY, TOO_HARD, IN_DISPUTE)


def _flagged(one: Figures, strong: Common | None) -> Figures:
    flags = tuple(flag for flag in (_miskeyed(one, strong), _too_easy(one), _too_hard(one), _disputed(one)) if flag)
    values = {name: getattr(one, name) for name in Figures.__dataclass_fields__ if name != "flags"}
    return Figures(flags=flags, **values)


def _miskeyed(one: Figures, strong: Common | None) -> Flag | None:
    do = "Work the question yourself. Mend the rule, or accept the other claim, and grade again."
    if strong is not None:
        why = f"{strong.gave} of the {strong.of} who do best elsewhere give the same other answer: {strong.words}."
        return Flag(name=MISKEYED, why=why, do=do)
    r = one.discrimination
    if r is None or r >= LOW or (r >= 0 and one.first.value > 0.9):
        return None
    who = "do worse here than those who do badly" if r < 0 else "do hardly better here than others"
    return Flag(name=MISKEYED, why=f"People who do well elsewhere {who} (discrimination {r:.2f}).", do=do)


def _too_easy(one: Figures) -> Flag | None:
    if not one.first.is_enough or one.first.interval[0] < EASY:
        return None
    why = f"Clean for {one.first.kept} of {one.first.tried} at the first try; it tells nobody apart."
    return Flag(name=TOO_EASY, why=why, do="Keep it for first contact, or ask for more than one fact.")


def _too_hard(one: Figures) -> Flag | None:
    if not one.first.is_enough or one.first.interval[1] > HARD:
        return None
    why = f"Clean for only {one.first.kept} of {one.first.tried} at the first try."
    return Flag(
        name=TOO_HARD, why=why, do="See what is answered instead: does the note say what is needed? Does the page?"
    )


def _disputed(one: Figures) -> Flag | None:
    if one.disputing < DISPUTED:
        return None
    return Flag(
        name=IN_DISPUTE, why=f"{one.disputing} people disagree with how it was graded, and wait for an answer.",
        do="Read their reports and answer them; mend the page where they are right.",
    )  # fmt: skip


# One question ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One answer in words: how often it was given, how often by the strongest third, and how often it was clean.

    A question has versions with other facts, so the same words may be clean for one and not for another.
    """

    words: str
    times: int
    percent: int
    strong: int
    clean: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule that answers broke, and how often."""

    rule: str
    sentence: str
    times: int
    cites: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was answered to one question, and what was wrong with it; ``read`` answers were looked at."""

    read: int
    strong: int
    chosen: list[Chosen]
    faults: list[Fault]


MOST_CHOSEN = 12


def read_item(question: Question) -> Read:
    """What people answer to a question, the commonest first, and the rules that they break most."""
    gradings = _newest_of(question)
    figures = next((one for one in every_item() if one.question == question.pk), None)
    strong = frozenset(figures.strong if figures else ())
    words = [(said(one.answer), one) for one in gradings]
    times = Counter(text for text, _ in words)
    by_strong = Counter(text for text, one in words if one.answer_id in strong)
    clean = Counter(text for text, one in words if one.is_clean)
    chosen = [
        Chosen(
            words=text, times=count, percent=round(100 * count / len(words)), strong=by_strong[text],
            clean=clean[text],
        )
        for text, count in times.most_common(MOST_CHOSEN)
    ]  # fmt: skip
    return Read(read=len(words), strong=len(strong), chosen=chosen, faults=_faults(gradings))


def _newest_of(question: Question) -> list[Grading]:
    """The gradings that count of the newest answers to a question."""
    given = Grading.objects.filter(answer__state=Answer.State.SUBMITTED, answer__item__version__question=question)
    newest = given.order_by().values("answer").annotate(newest=Max("pk")).values("newest")
    rows = Grading.objects.filter(pk__in=newest).order_by("-answer")
    return list(rows.select_related("answer__item__version__question").defer("answer__item__version__prompt")[:READ])


def _faults(gradings: Iterable[Grading]) -> list[Fault]:
    times: Counter[str] = Counter()
    cites: dict[str, Mapping[str, str]] = {}
    for one in gradings:
        faults = {each["rule"]: each for each in one.findings if each["outcome"] not in NO_FAULT and each["cites"]}
        times.update(faults.keys())
        cites |= {rule: each["cites"] for rule, each in faults.items()}
    sentences = _sentences()
    return [
        Fault(rule=rule, sentence=sentences.get(rule, ""), times=count, cites=cites[rule])
        for rule, count in times.most_common(MOST_CHOSEN)
    ]


def _sentences() -> dict[str, str]:
    return {card.rule: card.sentence for card in table(current_stamp()).cards.values()}


# Rules and codes ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How often a rule, or the rules of a code, were kept of how often they were at stake."""

    name: str
    code: str
    kind: str
    share: Share


def by_rule(code: str = "") -> list[Kept]:
    """Each rule that answers showed something of, the least kept first; of one code's or all."""
    kinds = {rule.id: rule.kind for rule in library().rules}
    found = [
        Kept(name=rule, code=rule.partition("/")[0], kind=kinds.get(rule, ""), share=share)
        for rule, share in _rules().items()
    ]
    return sorted((one for one in found if code in ("", one.code)), key=lambda one: (one.share.value, one.name))


def by_code() -> list[Kept]:
    """The same added up by code."""
    tried: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for rule, share in _rules().items():
        code = rule.partition("/")[0]
        tried[code] += share.tried
        kept[code] += share.kept
    found = [Kept(name=one, code=one, kind="", share=Share(kept=kept[one], tried=tried[one])) for one in tried]
    return sorted(found, key=lambda one: (one.share.value, one.name))


def _rules() -> dict[str, Share]:
    kept = Count("pk", filter=Q(broken=False))
    rows = RuleReview.objects.order_by().values("rule").annotate(tried=Count("pk"), kept=kept)
    return {row["rule"]: Share(kept=row["kept"], tried=row["tried"]) for row in rows}
