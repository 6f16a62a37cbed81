"""The scores a team can choose from, each with its formula in words and as a function of sums.

Pure: sums of weeks in, a score out. What is added up is said in ``quizzes.tallies``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

from courses.models.teams import Scoring
from quizzes.shares import Share
from quizzes.tallies import FINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What some answers come to when they are added up, of however many people and weeks."""

    tried: int = 0
    kept: int = 0
    fresh_tried: int = 0
    fresh_kept: int = 0
    hinted: int = 0
    accuracy: int = 0
    codes_right: int = 0
    codes_key: int = 0
    codes_most: int = 0

    @classmethod
    def of(cls, row: Mapping[str, int | None]) -> "Sums":
        """From a row of a query; what is not in it, or NULL, is 0."""
        return cls(**{one.name: row.get(one.name) or 0 for one in fields(cls)})

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @property
    def share(self) -> Share:
        """Kept of tried."""
        return Share(kept=self.kept, tried=self.tried)

    @property
    def fresh(self) -> Share:
        """The same of what had never been put before the person."""
        return Share(kept=self.fresh_kept, tried=self.fresh_tried)


def total(sums: Iterable[Sums]) -> Sums:
    """All of them together."""
    every = list(sums)
    return Sums(**{one.name: sum(getattr(each, one.name) for each in every) for one in fields(Sums)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to score. ``top`` over ``tried`` is the score; ``counted`` says what ``tried`` is a number of.

    ``sums`` are those that it reads, for whoever adds up no others.
    """

    scoring: Scoring
    name: str
    formula: str
    counted: str
    interval: str
    sums: tuple[str, ...]
    top: Callable[[Sums], float]
    tried: Callable[[Sums], int]


WILSON = "Wilson’s 95 % interval"
#: Values between 0 and 1 vary most, for a given mean, when each is 0 or 1; so the interval of a share is the widest.
WIDEST = "at its widest: Wilson’s 95 % interval as if each answer were all right or all wrong"
LINES = "Wilson’s 95 % interval, taking code lines as independent of each other"

WAYS: Mapping[str, Way] = {
    way.scoring.value: way
    for way in (
        Way(
            scoring=Scoring.CLEAN_CLAIM, name="Clean claim", counted="answers", interval=WILSON,
            formula="clean answers ÷ all answers", sums=("tried", "kept"),
            top=lambda sums: sums.kept, tried=lambda sums: sums.tried,
        ),
        Way(
            scoring=Scoring.ELEMENTS, name="Element accuracy", counted="answers", interval=WIDEST,
            formula="mean over all answers of (elements kept − elements too many) ÷ elements required, never below 0",
            sums=("tried", "accuracy"),
            top=lambda sums: sums.accuracy / FINE, tried=lambda sums: sums.tried,
        ),
        Way(
            scoring=Scoring.CODE_OVER_CODE, name="Code over code", counted="code lines", interval=LINES,
            formula="code lines right ÷ code lines of the accepted claims", sums=("codes_right", "codes_key"),
            top=lambda sums: sums.codes_right, tried=lambda sums: sums.codes_key,
        ),
        Way(
            scoring=Scoring.PRACTICODE, name="Codes of the longer claim", counted="code lines", interval=LINES,
            formula="code lines right ÷ code lines of the longer claim, given or accepted, of each answer",
            sums=("codes_right", "codes_most"),
            top=lambda sums: sums.codes_right, tried=lambda sums: sums.codes_most,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Share):
    """A share that says how it was counted; of a mean, ``kept`` is what the values add up to, rounded down."""

    way: Way
    top: float

    @property
    def value(self) -> float:
        """The score itself; 0 of nothing."""
        return min(1.0, self.top / self.tried) if self.tried else 0.0

    @property
    def headline(self) -> str:
        """The score in percent; nothing where that would say too much."""
        return "" if self.percent is None else f"{self.percent} %"

    @property
    def details(self) -> str:
        """What stands beside it: its interval and of how many; or why there is no percentage."""
        if not self.tried:
            return "no answer"
        of_how_many = f"n\N{NO-BREAK SPACE}{self.tried}"
        if self.is_enough:
            return "{}–{} %, {}".format(*self.between, of_how_many)
        return f"too few, {of_how_many}" if self.is_mean else f"{self.kept} of {self.tried}"

    @property
    def is_mean(self) -> bool:
        """Whether so many of so many would say nothing."""
        return self.way.scoring == Scoring.ELEMENTS


def score(scoring: str, sums: Sums) -> Score:
    """The score of some sums, counted as a team chose."""
    way = WAYS[scoring]
    top = way.top(sums)
    return Score(way=way, top=top, kept=int(top), tried=way.tried(sums))
