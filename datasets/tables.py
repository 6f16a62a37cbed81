"""What a release's tables look like, in words that both databases understand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: ``columns`` as (name, kind), with the ``key`` its rows lie in the order of.

    Kinds are ``integer``, ``text``, ``real`` and ``blob``. Rows that are equal in their key are one row; ``indexes``
    are made when all rows are in.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name, _ in self.columns)
