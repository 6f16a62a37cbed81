"""Inserting a few rows with one statement whose SQL is written once: what the ORM does, without composing it each time.

For the rows that every answer adds. No signal is sent and ``save`` is not called, as with ``bulk_create``.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

#: So many rows go with one statement; databases take only so many values at once.
PORTION = 50
Names = tuple[str, ...]
_PLAIN = frozenset({int, float, str, type(None)})


def insert(rows: Sequence[models.Model], *, unique: Names = (), renew: Names = (), add: Names = ()) -> None:
    """Store new rows of one model; a single one gets its key.

    Where a row with the same ``unique`` columns is there, it takes the values of the columns in ``renew``, and the
    columns in ``add`` grow by theirs.
    """
    for start in range(0, len(rows), PORTION):
        _insert(rows[start : start + PORTION], unique, renew, add)


def _insert(rows: Sequence[models.Model], unique: Names, renew: Names, add: Names) -> None:
    model = type(rows[0])
    wants_key = len(rows) == 1 and not unique
    # The connection itself: finding it anew for every value would take as long as all the rest.
    open_one = connections[DEFAULT_DB_ALIAS]
    sql = _sql(model, open_one.vendor, len(rows), unique, renew, add, wants_key)
    with open_one.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in _values(row, model, open_one)])
        if wants_key:
            rows[0].pk = cursor.fetchone()[0]
    for row in rows:
        row._state.adding, row._state.db = False, open_one.alias


def _values(row: models.Model, model: type[models.Model], open_one: BaseDatabaseWrapper) -> Iterator[Any]:
    """As the ORM would hand them over; plain values, which are most, are handed over as they are by the ORM too."""
    there = row.__dict__
    for field, name, is_plain in _columns(model):
        value = there[name] if is_plain else field.pre_save(row, True)
        yield value if is_plain and type(value) in _PLAIN else field.get_db_prep_save(value, open_one)


@lru_cache(maxsize=32)
def _columns(model: type[models.Model]) -> "list[tuple[models.Field[Any, Any], str, bool]]":
    """Each column with the attribute that its value stands in, and whether nothing is done to one that is plain."""
    return [(field, field.attname, _takes_plain(field)) for field in _fields(model)]


def _takes_plain(field: "models.Field[Any, Any]") -> bool:
    return type(field).pre_save is models.Field.pre_save and not isinstance(field, models.JSONField)


@lru_cache(maxsize=32)
def _fields(model: type[models.Model]) -> "tuple[models.Field[Any, Any], ...]":
    """All columns but the key that the database gives."""
    return tuple(field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField))


@lru_cache(maxsize=256)
def _sql(
    model: type[models.Model], vendor: str, count: int, unique: Names, renew: Names, add: Names, wants_key: bool
) -> str:
    quoted, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    fields = _fields(model)
    marks = f"({', '.join(['%s'] * len(fields))})"
    sql = f"INSERT INTO {table} ({', '.join(quoted(str(field.column)) for field in fields)}) VALUES "
    sql += ", ".join([marks] * count)
    if unique:
        column = {field.name: quoted(str(field.column)) for field in fields}
        sets = [f"{column[name]} = EXCLUDED.{column[name]}" for name in renew]
        sets += [f"{column[name]} = {table}.{column[name]} + EXCLUDED.{column[name]}" for name in add]
        sql += f" ON CONFLICT ({', '.join(column[name] for name in unique)}) DO UPDATE SET {', '.join(sets)}"
    if wants_key:
        sql += f" RETURNING {quoted(str(model._meta.pk.column))}"
    return sql
