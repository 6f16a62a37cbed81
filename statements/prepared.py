"""Queries whose SQL is written by the ORM once a process, and then only sent.

Writing the SQL of a query anew takes the ORM ten times as long as SQLite takes to answer it. On the few ways that
everybody takes all the time (the header of every page, loading a question) that is most of the work.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

Row = tuple[Any, ...]
#: A type of value -> a sample of it for the value in a place, in one of two rounds; no query has it as a constant.
_SAMPLES: dict[type, Callable[[int, int], Any]] = {
    int: lambda place, round: 31_000 + 10 * place + round,  # the most that goes into the smallest column is 32,767
    str: lambda place, round: f"sample {place} of {round}",
    datetime: lambda place, round: datetime(1971, 1, 1, tzinfo=UTC) + timedelta(days=place, hours=round),
    date: lambda place, round: date(1971, 1, 1) + timedelta(days=10 * place + round),
    UUID: lambda place, round: UUID(int=2**120 + 10 * place + round),
}


class Prepared:
    """A query with values to be put in.

    ``make`` builds it from values of these kinds (``int``, ``str``, ``date``, ``datetime``, ``UUID``), each of which
    goes into the database as it is. It must build the same SQL for all values, and for ``rows`` name columns that
    need no converting.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], *kinds: type) -> None:
        self._make, self._kinds = make, kinds
        self._prepared: tuple[str, list[tuple[int | None, Any]], SQLCompiler] | None = None

    def rows(self, *values: Any) -> list[Row]:
        """The rows for these values, as the database gives them."""
        sql, places, _ = self._prepared or self._prepare()
        open_one = connections[DEFAULT_DB_ALIAS]
        given = [_adapted(value, open_one) for value in values]
        with open_one.cursor() as cursor:
            cursor.execute(sql, [constant if place is None else given[place] for place, constant in places])
            return list(cursor.fetchall())

    def objects(self, *values: Any) -> list[Any]:
        """The rows for these values as instances of the model, with those that ``select_related`` brings along."""
        rows = self.rows(*values)
        _, _, compiler = self._prepared or self._prepare()
        return list(_instances(compiler, rows))

    def _prepare(self) -> tuple[str, list[tuple[int | None, Any]], SQLCompiler]:
        """The SQL, for each of its parameters which value it is or the constant that stands there, and what made it."""
        first, second = ([_SAMPLES[kind](place, round) for place, kind in enumerate(self._kinds)] for round in (1, 2))
        sql, params, compiler = _compiled(self._make(*first))
        other, changed, _ = _compiled(self._make(*second))
        if sql != other:
            raise ValueError("The SQL of a prepared query must not depend on its values.")
        samples = [_adapted(sample, connections[DEFAULT_DB_ALIAS]) for sample in first]
        places = [_place(samples, one, two) for one, two in zip(params, changed, strict=True)]
        self._prepared = sql, places, compiler
        return self._prepared


def _place(samples: list[Any], one: Any, two: Any) -> tuple[int | None, Any]:
    """Which value a parameter is, or the constant that it is in both rounds."""
    if one in samples:
        return samples.index(one), None
    # Some constants come wrapped for the database, in objects that do not compare.
    if repr(one) != repr(two):
        raise ValueError("A value of a prepared query must go into the database as it is.")
    return None, one


def _compiled(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...], SQLCompiler]:
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    return sql, tuple(params), compiler


def _instances(compiler: SQLCompiler, rows: list[Row]) -> Iterator[Model]:
    """As the ORM makes them of the rows of a query that it has just sent."""
    info, select = compiler.klass_info, compiler.select
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, _, _ in select[start:end]]
    converters = compiler.get_converters([column for column, _, _ in select])
    populators = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    for row in compiler.apply_converters(rows, converters) if converters else rows:
        one = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for populator in populators:
            populator.populate(row, one)
        yield one


def _adapted(value: Any, open_one: BaseDatabaseWrapper) -> Any:
    """A value as the ORM hands it to this database."""
    if isinstance(value, datetime):
        return open_one.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return open_one.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not open_one.features.has_native_uuid_field:
        return value.hex
    return value


def as_moment(value: datetime | str | None) -> datetime | None:
    """A moment as a prepared query gives it: from SQLite as text or without a time zone, and then in UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def as_day(value: date | str) -> date:
    """A day as a prepared query gives it: from SQLite as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
