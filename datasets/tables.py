"""What a release's tables look like, in words that both databases understand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: ``columns`` as (name, ``integer`` | ``text`` | ``real``), the ``key`` its rows lie in the order of.

    Rows that are equal in their key are one row; ``indexes`` are made when all rows are in. ``fulltext`` names a column
    of words, cut and separated by blanks, by which rows are found; the key is then one whole number.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    fulltext: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name, _ in self.columns)
