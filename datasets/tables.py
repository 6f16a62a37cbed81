"""What a release's tables look like, in words that both databases understand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

#: The values of many rows, one row behind the other. With millions of rows an object for each is what takes the time.
Values = list[Any]
#: So many rows are handed on at a time.
BATCH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: ``columns`` as (name, what they hold), and the ``key`` in the order of which its rows lie.

    What a column holds is ``integer``, ``text``, ``real`` or ``blob``. Rows that are equal in their key are one row;
    ``indexes`` are made when all rows are in.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name, _ in self.columns)

    @property
    def key_is_all(self) -> bool:
        """Whether rows that are equal in their key are equal in everything."""
        return set(self.key) == set(self.names)

    @property
    def is_whole(self) -> bool:
        """Whether all that it holds are whole numbers."""
        return all(kind == "integer" for _, kind in self.columns)


def in_values(rows: Iterable[tuple[Any, ...]]) -> Iterator[Values]:
    """The values of rows, of many rows at a time."""
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield list(chain.from_iterable(batch))


def by_rows(values: Values, width: int) -> Iterator[tuple[Any, ...]]:
    """The rows that so many values each make."""
    return zip(*[iter(values)] * width, strict=True)
