"""The life of the simulated learner as a drawing: three small charts over the same days, on white paper."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quizzes.schedule import MOST_A_DAY, RETENTION
from quizzes.simulation import DayOf, Life, retention, reviews

WIDTH, LEFT, RIGHT = 760, 58, 120
HEIGHT, TOP, GAP = 130, 58, 56
SPAN = 10
INK, SOFT, HAIR, BLUE, AMBER, GREEN = "#1d2530", "#555d66", "#d8d8d8", "#0d4f5c", "#b35c00", "#1c6338"
LIGHT_BLUE, LIGHT_GREEN = "#9cc3ca", "#a9d1b7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One of the charts: its place, and the values at its lower and upper edge."""

    number: int
    days: int
    low: float
    high: float

    @property
    def base(self) -> float:
        """Where its lowest value is drawn."""
        return TOP + self.number * (HEIGHT + GAP) + HEIGHT

    def x(self, day: float) -> float:
        """Where a day begins; the first is 0."""
        return LEFT + (WIDTH - LEFT - RIGHT) * day / self.days

    def y(self, value: float) -> float:
        """Where a value is drawn."""
        return self.base - HEIGHT * (value - self.low) / (self.high - self.low)


def drawing(life: Life, title: str) -> str:
    """An SVG with a title and a description for those who do not see it; its numbers stand in a table beside it."""
    days = life.days
    most = max(MOST_A_DAY, *(one.backlog for one in days)) + 2
    parts = [
        *_reviews(Panel(number=0, days=len(days), low=0, high=most), days),
        *_retention(Panel(number=1, days=len(days), low=0.5, high=1), days),
        *_levels(Panel(number=2, days=len(days), low=0, high=max(1, days[-1].met)), days),
    ]
    height = TOP + 3 * (HEIGHT + GAP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="t d" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="12">'
        f'<title id="t">{title}</title><desc id="d">'
        "Reviews a day, the share of clean reviews and the levels of the rules, day by day.</desc>"
    )
    body = [_rect(0, 0, WIDTH, height, "#ffffff"), _text(LEFT - 42, 24, title, INK, size=15, weight=600), *parts]
    return "\n".join([head, *body, "</svg>"]) + "\n"


def _reviews(panel: Panel, days: Sequence[DayOf]) -> list[str]:
    width = panel.x(1) - panel.x(0)
    bars = [
        _rect(panel.x(place) + 0.5, panel.y(one.reviews), width - 1, panel.base - panel.y(one.reviews), LIGHT_BLUE)
        for place, one in enumerate(days)
    ]
    frame = _frame(panel, "Reviews a day", (0, MOST_A_DAY), str)
    return [
        *frame, *bars, _line(panel, [(one.day, one.backlog) for one in days], AMBER), _level_line(panel, MOST_A_DAY),
        _note(panel, days[-1].backlog, "left for later", AMBER), _note(panel, MOST_A_DAY, "most a day", SOFT),
    ]  # fmt: skip


def _retention(panel: Panel, days: Sequence[DayOf]) -> list[str]:
    spans = [days[start : start + SPAN] for start in range(0, len(days), SPAN)]
    shares = [((some[0].day + some[-1].day) / 2, retention(some)) for some in spans if reviews(some)]
    dots = [f'<circle cx="{panel.x(day):.1f}" cy="{panel.y(it):.1f}" r="3.5" fill="{BLUE}"/>' for day, it in shares]
    return [
        *_frame(panel, f"Clean reviews, share of each {SPAN} days", (0.5, RETENTION, 1), lambda share: f"{share:.0%}"),
        _level_line(panel, RETENTION), _line(panel, shares, BLUE), *dots, _note(panel, RETENTION, "wanted", SOFT),
    ]  # fmt: skip


def _levels(panel: Panel, days: Sequence[DayOf]) -> list[str]:
    return [
        *_frame(panel, "Rules by level", (0, days[-1].met), str),
        _area(panel, [(one.day, one.met) for one in days], HAIR),
        _area(panel, [(one.day, one.steady + one.mastered) for one in days], LIGHT_GREEN),
        _area(panel, [(one.day, one.mastered) for one in days], GREEN),
        _note(panel, days[-1].met, "learning", SOFT, below=True),
        _note(panel, days[-1].steady + days[-1].mastered, "three in a row", GREEN, below=True),
        _note(panel, days[-1].mastered, "mastered", GREEN, below=True),
    ]


def _frame(panel: Panel, title: str, marks: Sequence[float], words: Callable[[float], str]) -> list[str]:
    days = range(0, panel.days + 1, SPAN)
    return [
        _text(LEFT - 42, panel.base - HEIGHT - 12, title, INK, weight=600),
        *(_text(LEFT - 8, panel.y(mark) + 4, words(mark), SOFT, anchor="end") for mark in marks),
        *(_text(panel.x(day), panel.base + 18, f"day {day}", SOFT, anchor="middle") for day in days),
        f'<path d="M{LEFT} {panel.base}H{WIDTH - RIGHT}" stroke="{SOFT}"/>',
    ]


def _line(panel: Panel, points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{panel.x(day):.1f},{panel.y(value):.1f}" for day, value in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _level_line(panel: Panel, value: float) -> str:
    y = panel.y(value)
    return f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{SOFT}" stroke-dasharray="4 4"/>'


def _area(panel: Panel, points: Sequence[tuple[float, float]], colour: str) -> str:
    steps = [f"{panel.x(0):.1f},{panel.base}", *(f"{panel.x(day):.1f},{panel.y(value):.1f}" for day, value in points)]
    return f'<polygon points="{" ".join([*steps, f"{panel.x(points[-1][0]):.1f},{panel.base}"])}" fill="{colour}"/>'


def _note(panel: Panel, value: float, text: str, colour: str, *, below: bool = False) -> str:
    return _text(WIDTH - RIGHT + 8, panel.y(value) + (14 if below else 4), text, colour)


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _text(
    x: float, y: float, text: str, colour: str, *, anchor: str = "start", size: int = 12, weight: int = 400
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}">{text}</text>'
    )
