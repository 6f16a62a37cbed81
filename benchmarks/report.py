"""Figures, and the one table they end up in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEAD = ("figure", "value", "unit", "ratio to its floor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value. ``ratio`` says how many times its floor it costs; a floor has none."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    floor: str = ""


def table(figures: Iterable[Figure]) -> str:
    """Figures -> a table of plain text with a line for each."""
    rows = [HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    figure, value, unit, ratio = row
    return f"{figure:<{widths[0]}}  {value:>{widths[1]}}  {unit:<{widths[2]}}  {ratio}".rstrip()


def _cells(figure: Figure) -> tuple[str, str, str, str]:
    ratio = "-" if figure.ratio is None else f"{figure.ratio:5.2f} x {figure.floor}"
    return figure.name, number(figure.value), figure.unit, ratio


def number(value: float) -> str:
    """Whole numbers as they are, large ones without decimals, small ones with two."""
    if value == int(value) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def holds(is_so: bool) -> str:
    """The unit of a ratio that has a limit."""
    return "x: holds" if is_so else "x: does not hold"
