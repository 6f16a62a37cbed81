"""Shares of small numbers, said no more exactly than they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from quizzes.feedback import whole_percent

#: From so many on a share is said in percent; below, the counts say more.
ENOUGH = 10
_Z = 1.96  # 95 of 100 such intervals hold the true share


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    kept: int
    tried: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough for a percentage."""
        return self.tried >= ENOUGH

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.kept / self.tried if self.tried else 0.0

    @property
    def percent(self) -> int | None:
        """In whole percent, or None where that would say too much."""
        return whole_percent(self.value) if self.is_enough else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, by Wilson's score (95 in 100); anywhere without a try."""
        if not self.tried:
            return 0.0, 1.0
        n, p, z2 = self.tried, self.value, _Z * _Z
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        # Rounding of the last bit must not put a share outside of its own interval.
        return max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))

    @property
    def between(self) -> tuple[int, int]:
        """The interval in whole percent."""
        low, high = self.interval
        return round(low * 100), round(high * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean(Share):
    """The mean of so many values from 0 to 1, which add up to ``total``; ``kept`` is that, rounded down.

    Such values vary most, for a given mean, when each is 0 or 1: the interval is that of a share, the widest it can be.
    """

    total: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Mean":
        """The mean of these."""
        total = sum(values)
        return cls(kept=int(total), tried=len(values), total=total)

    @property
    def value(self) -> float:
        """The mean itself; 0 of nothing."""
        return min(1.0, self.total / self.tried) if self.tried else 0.0
