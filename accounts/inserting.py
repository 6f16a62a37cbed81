"""Inserting a few rows with one statement whose SQL is written once: what the ORM does, without composing it each time.

For the rows that every answer adds. No signal is sent and ``save`` is not called, as with ``bulk_create``.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

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
    sql = _sql(model, connection.vendor, len(rows), unique, renew, add, wants_key)
    with connection.cursor() as cursor:
        cursor.execute(sql, [_value(row, field) for row in rows for field in _fields(model)])
        if wants_key:
            rows[0].pk = cursor.fetchone()[0]
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _value(row: models.Model, field: "models.Field[Any, Any]") -> Any:
    """As the ORM would hand it over; plain values, which are most, are handed over as they are by the ORM too."""
    value = field.pre_save(row, True)
    if type(value) in _PLAIN and not isinstance(field, models.JSONField):
        return value
    return field.get_db_prep_save(value, connection)


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
