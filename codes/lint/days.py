"""Days on which rules hold."""

from datetime import date

from rulebook.types import Rule

FIRST, LAST = date.min, date.max


def meet(one: Rule, other: Rule) -> bool:
    """Whether there is a day on which both are in force."""
    return share_a_day((one.starts, one.ends), (other.starts, other.ends))


def share_a_day(*periods: tuple[date | None, date | None]) -> bool:
    """Whether there is a day in all of these periods; None is open on that side."""
    return max(first or FIRST for first, _ in periods) <= min(last or LAST for _, last in periods)
