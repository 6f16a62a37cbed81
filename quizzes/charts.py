"""Charts as numbers for a template to draw: data in, places out. Nothing here knows what the data is about.

Across, places are percentages of the drawing's width, so that it fits any screen while its letters keep their
size; down, they are pixels. A template that draws one gives it a title, a description and a table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from quizzes.shares import Share

TOP, PLOT, FOOT = 14, 150, 54
TALL = 280
GUTTER, LABELS = 11.0, 30.0  # left of the plot, in percent of the width
ROW = 44
MOST_LABELS = 4
#: So far apart, numbers beside a scale do not touch.
ROOM = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a bar. ``name`` is the part's class in the style sheet."""

    name: str
    label: str
    count: int
    x: float
    width: float


def bar(parts: Iterable[tuple[str, str, int]]) -> tuple[Part, ...]:
    """A whole cut into its parts (name, label, count), from left to right; a part of nothing has no width."""
    given = list(parts)
    whole = sum(count for _, _, count in given) or 1
    drawn, x = [], 0.0
    for name, label, count in given:
        width = 100 * count / whole
        drawn.append(Part(name=name, label=label, count=count, x=round(x, 2), width=round(width, 2)))
        x += width
    return tuple(drawn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A share as a point with its interval. ``y`` and the others are None where there are too few for one."""

    label: str
    share: Share
    x: float
    is_labelled: bool
    y: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A line from one mark to the next."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Shares in the course of time."""

    marks: tuple[Mark, ...]
    links: tuple[Link, ...]
    lines: tuple[tuple[int, float], ...]
    target: tuple[int, float] | None = None
    height: int = TOP + PLOT + FOOT
    foot: int = TOP + PLOT
    gutter: float = GUTTER

    @property
    def is_target_told(self) -> bool:
        """Whether the target's number has room between those of the lines."""
        return self.target is not None and all(abs(self.target[1] - y) >= ROOM for _, y in self.lines)

    @property
    def says_something(self) -> bool:
        """Whether at least one share is drawn."""
        return any(mark.y is not None for mark in self.marks)


def trend(shares: Sequence[tuple[str, Share]], target: int | None = None) -> Trend:
    """Labelled shares from left to right; neighbours that are both drawn are joined. ``target``: a line, in percent."""
    every = max(1, -(-len(shares) // MOST_LABELS))
    marks = tuple(
        _mark(label, share, _across(place, len(shares)), (len(shares) - 1 - place) % every == 0)
        for place, (label, share) in enumerate(shares)
    )
    lines = tuple((one, _down(one / 100)) for one in (0, 50, 100))
    aim = None if target is None else (target, _down(target / 100))
    return Trend(marks=marks, links=tuple(_links(marks)), lines=lines, target=aim)


def _across(place: int, places: int) -> float:
    return round(GUTTER + (100 - GUTTER) * (place + 0.5) / places, 2)


def _down(value: float) -> float:
    return round(TOP + PLOT * (1 - value), 1)


def _mark(label: str, share: Share, x: float, is_labelled: bool) -> Mark:
    if not share.is_enough:
        return Mark(label=label, share=share, x=x, is_labelled=is_labelled)
    low, high = share.interval
    return Mark(
        label=label, share=share, x=x, is_labelled=is_labelled, y=_down(share.value), low=_down(low), high=_down(high)
    )


def _links(marks: Sequence[Mark]) -> Iterable[Link]:
    for one, two in pairwise(marks):
        if one.y is not None and two.y is not None:
            yield Link(x1=one.x, y1=one.y, x2=two.x, y2=two.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A labelled share on a line of its own; its places are None where there are too few for one."""

    label: str
    share: Share
    y: int
    x: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares one below the other on one scale."""

    lines: tuple[Line, ...]
    scale: tuple[tuple[int, float], ...]
    height: int
    foot: int


def shares(rows: Sequence[tuple[str, Share]]) -> Shares:
    """Labelled shares from top to bottom."""
    lines = tuple(_line(label, share, ROW * place + ROW // 2) for place, (label, share) in enumerate(rows))
    foot = ROW * len(lines)
    scale = tuple((one, _along(one / 100)) for one in (0, 50, 100))
    return Shares(lines=lines, scale=scale, height=foot + 24, foot=foot)


def _line(label: str, share: Share, y: int) -> Line:
    if not share.is_enough:
        return Line(label=label, share=share, y=y)
    low, high = share.interval
    return Line(label=label, share=share, y=y, x=_along(share.value), low=_along(low), high=_along(high))


def _along(value: float) -> float:
    """From the labels to a little before the edge, so that a point at either end is drawn whole."""
    return round(LABELS + (97 - LABELS) * value, 2)


# Pareto ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One count as a standing bar, and the point at which what comes up to it stands."""

    label: str
    count: int
    x: float
    width: float
    y: float
    height: float
    middle: float
    upto_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto:
    """Counts from the largest to the smallest, and the share of all that they make up together."""

    columns: tuple[Column, ...]
    links: tuple[Link, ...]
    lines: tuple[tuple[int, float], ...]
    height: int = TOP + TALL + FOOT - 24
    foot: int = TOP + TALL
    gutter: float = GUTTER


def pareto(counts: Sequence[tuple[str, int]], whole: int) -> Pareto:
    """Labelled counts, the largest first, of a whole that may hold more than they are.

    Bars and points stand on one scale, the share of the whole, that ends a little above their sum.
    """
    most = _ceiling(sum(count for _, count in counts) / (whole or 1))
    step, upto, columns = (100 - GUTTER) / max(1, len(counts)), 0, []
    for place, (label, count) in enumerate(counts):
        upto += count
        columns.append(_column(label, count, upto, GUTTER + step * place, step, most / 100 * (whole or 1)))
    links = (Link(x1=one.middle, y1=one.upto_y, x2=two.middle, y2=two.upto_y) for one, two in pairwise(columns))
    lines = tuple((one, _tall(one / most)) for one in (0, most // 2, most))
    return Pareto(columns=tuple(columns), links=tuple(links), lines=lines)


def _ceiling(share: float) -> int:
    """The next full twenty percent."""
    return min(100, max(20, -(-round(share * 100) // 20) * 20))


def _tall(value: float) -> float:
    return round(TOP + TALL * (1 - value), 1)


def _column(label: str, count: int, upto: int, x: float, step: float, full: float) -> Column:
    y = _tall(count / full)
    return Column(
        label=label, count=count, x=round(x + step * 0.14, 2), width=round(step * 0.72, 2), y=y,
        height=round(TOP + TALL - y, 1), middle=round(x + step / 2, 2), upto_y=_tall(upto / full),
    )  # fmt: skip


# Before and after -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumbbell:
    """Two shares of one thing on one line; the places are None where there are too few to draw one."""

    label: str
    before: Share
    after: Share
    y: int
    x1: float | None
    x2: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumbbells:
    """Before and after, one thing below the other, on one scale."""

    lines: tuple[Dumbbell, ...]
    scale: tuple[tuple[int, float], ...]
    height: int
    foot: int


#: So many tries are few, but with counts beside it a point may be drawn.
FEW = 5


def dumbbells(rows: Sequence[tuple[str, Share, Share]]) -> Dumbbells:
    """Labelled pairs of shares, before and after."""
    lines = tuple(
        Dumbbell(
            label=label, before=before, after=after, y=ROW * place + ROW // 2,
            x1=_along(before.value) if before.tried >= FEW else None,
            x2=_along(after.value) if after.tried >= FEW else None,
        )
        for place, (label, before, after) in enumerate(rows)
    )  # fmt: skip
    foot = ROW * len(lines)
    scale = tuple((one, _along(one / 100)) for one in (0, 50, 100))
    return Dumbbells(lines=lines, scale=scale, height=foot + 24, foot=foot)
