"""Where the rows of releases lie: with SQLite each build in a file of its own, with PostgreSQL in tables of its own.

Both are built aside and never changed afterwards. A file is read as one that cannot change, so nobody locks it, and
whoever still reads an older build goes on reading it.
"""

import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from datasets.binary import END, HEADER, packed_rows
from datasets.tables import Table, Values, by_rows

Row = tuple[Any, ...]
Rows = Iterable[Values]
#: Open files of one thread; more than the releases that one question needs.
MOST_OPEN = 16
#: Rows fetched at a time.
MANY = 10_000
#: So many values at most go into one statement; many rows at once take half the time of each by itself.
AT_ONCE = 900
#: How the schemas of builds begin.
SCHEMAS = "datasets_"
DROP_TRIES = 5
#: What PostgreSQL may take to sort the rows of an index, so that it need not do it on the disk; it takes half of it.
TO_SORT_IN = "256MB"
#: What PostgreSQL calls a table that is not there, and one that others hold.
NO_SUCH_TABLE, LOCKED = "42P01", "55P03"
_TABLES = re.compile(r"\b(FROM|JOIN) (\w+)")
logger = logging.getLogger(__name__)
#: So many bytes of a file are read from the system's own memory, without a copy for each thread.
MAPPED = 1 << 28
_open = threading.local()


def build(place: str, tables: Sequence[Table], rows: Iterable[tuple[str, Rows]], keep: str = "") -> dict[str, int]:
    """Make the tables of a new build and fill them; how many rows each has.

    ``rows`` gives tables' names with the values of their rows, each table once. ``keep`` is the place of an older build
    whose rows are taken over first. Whatever goes wrong, nothing is left behind.
    """
    maker = _build_tables if connection.vendor == "postgresql" else _build_file
    return maker(place, tables, rows, keep)


def drop(place: str) -> None:
    """Take a build away."""
    if connection.vendor == "postgresql":
        _drop_schema(place)
    else:
        path_of(place).unlink(missing_ok=True)


def places() -> set[str]:
    """The builds that lie here, those that no release names any more included."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [SCHEMAS])
            return {name.removeprefix(SCHEMAS) for (name,) in cursor.fetchall()}
    return {path.stem for path in Path(settings.DATASETS_DIR).glob("*.sqlite3")}


def sweep(places: set[str], *, older_than: float) -> int:
    """Take away what a worker that was killed before a moment left behind; how many there were.

    Of files only half-made ones go: a whole one may belong to another database with the same folder. PostgreSQL has no
    half-made ones, they went with their transaction; there builds go that are in none of these places.
    """
    if connection.vendor == "postgresql":
        return _sweep_schemas(places, older_than)
    half = [path for path in Path(settings.DATASETS_DIR).glob("*.building") if path.stat().st_mtime < older_than]
    for path in half:
        path.unlink(missing_ok=True)
    return len(half)


class Gone(Exception):
    """A build that is no more: another one has taken its place since it was looked up."""


def select(place: str, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a question to one build. ``sql`` names tables without a schema, and values by ``?``. Raises Gone."""
    if connection.vendor == "postgresql":
        return _select_in_schema(place, sql, values)
    try:
        return _reader(place).execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:  # no such file
        raise Gone(place) from error


def rows_of(database: BaseDatabaseWrapper, place: str, table: Table) -> Iterator[Row]:
    """Every row of one table of a build, of the builds that belong to a database; some at a time."""
    columns = ", ".join(table.names)
    if database.vendor == "postgresql":
        with database.chunked_cursor() as cursor:
            cursor.execute(f'SELECT {columns} FROM "{_schema(place)}".{table.name}')
            while rows := cursor.fetchmany(MANY):
                yield from rows
        return
    with closing(_opened(path_of(place))) as file:
        yield from file.execute(f"SELECT {columns} FROM {table.name}")


# SQLite ---------------------------------------------------------------------------------------


def path_of(place: str) -> Path:
    """The file of a build."""
    return Path(settings.DATASETS_DIR) / f"{place}.sqlite3"


def _unchanging(path: Path) -> str:
    """How SQLite is told of a file that is read without a lock; one that is not there is not made."""
    return f"file:{path}?mode=ro&immutable=1"


def _opened(path: Path) -> sqlite3.Connection:
    """A file that does not change any more, to read."""
    found = sqlite3.connect(_unchanging(path), uri=True, check_same_thread=False)
    found.execute(f"PRAGMA mmap_size = {MAPPED}")
    return found


def _reader(place: str) -> sqlite3.Connection:
    """This thread's connection to a build; the one that was not asked for longest is closed when there are many."""
    path = f"{settings.DATASETS_DIR}/{place}"  # a Path takes as long as a question
    kept: dict[str, sqlite3.Connection] = _open.__dict__.setdefault("kept", {})
    found = kept.pop(path, None)
    if found is None:
        found = _opened(path_of(place))
    kept[path] = found
    if len(kept) > MOST_OPEN:
        kept.pop(next(iter(kept))).close()
    return found


def close() -> None:
    """Close what this thread has open."""
    for kept in _open.__dict__.pop("kept", {}).values():
        kept.close()


def _build_file(place: str, tables: Sequence[Table], rows: Iterable[tuple[str, Rows]], keep: str) -> dict[str, int]:
    path = path_of(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.building")
    try:
        counts = _fill_file(aside, {table.name: table for table in tables}, rows, path_of(keep) if keep else None)
        sync(aside)
        aside.replace(path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)
    return counts


def _fill_file(
    path: Path, tables: dict[str, Table], rows: Iterable[tuple[str, Rows]], keep: Path | None
) -> dict[str, int]:
    path.unlink(missing_ok=True)
    database = sqlite3.connect(f"file:{path}", uri=True, isolation_level=None)
    try:
        # Nobody reads it before it is whole, so it needs neither a journal nor a lock on each write.
        database.executescript("PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        database.executescript("PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -2048;")
        if keep is not None:
            database.execute("ATTACH ? AS older", [_unchanging(keep)])
        database.execute("BEGIN")
        for table in tables.values():
            database.execute(_create(table, without_rowid=True))
            if keep is not None:
                database.execute(f"INSERT INTO main.{table.name} SELECT * FROM older.{table.name}")
        for name, found in rows:
            _insert(database, tables[name], found)
        for table in tables.values():
            for statement in _indexes(table):
                database.execute(statement)
        database.execute("COMMIT")
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    finally:
        database.close()


def _insert(database: sqlite3.Connection, table: Table, found: Rows) -> None:
    """Put rows into a table, as many in a statement as it takes; of rows with one key the first.

    What the table cannot take in another way is an error, so that no row is lost without a word.
    """
    width = len(table.columns)
    size = AT_ONCE // width * width
    statement, rest = _insertion(table, size // width), list[Any]()
    for some in found:
        values = rest + some
        whole = len(values) // size * size
        for first in range(0, whole, size):
            database.execute(statement, values[first : first + size])
        rest = values[whole:]
    if rest:
        database.execute(_insertion(table, len(rest) // width), rest)


def _insertion(table: Table, rows: int) -> str:
    # Of rows that are equal in everything either may stay. REPLACE does not look first whether there is one.
    verb, otherwise = ("REPLACE", "") if table.key_is_all else ("INSERT", " ON CONFLICT DO NOTHING")
    marks = f"({', '.join('?' * len(table.columns))})"
    return f"{verb} INTO {table.name} VALUES {', '.join([marks] * rows)}{otherwise}"


def sync(path: Path) -> None:
    """Have what was written on the disk before anything says that it is there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# PostgreSQL -----------------------------------------------------------------------------------


def _schema(place: str) -> str:
    return f"{SCHEMAS}{place}"


def _select_in_schema(place: str, sql: str, values: Sequence[Any]) -> list[Row]:
    """One statement, no transaction of its own; within somebody else's a failure must not break that one."""
    asked = _TABLES.sub(rf'\1 "{_schema(place)}".\2', sql).replace("%", "%%").replace("?", "%s")
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
            cursor.execute(asked, list(values))
            return list(cursor.fetchall())
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") == NO_SUCH_TABLE:
            raise Gone(place) from error
        raise


def _drop_schema(place: str) -> None:
    """Whoever reads it, such as a backup, is not waited for long: those who come to read would wait behind us."""
    for _ in range(DROP_TRIES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout TO '200ms'")
                cursor.execute(f'DROP SCHEMA IF EXISTS "{_schema(place)}" CASCADE')
                cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCKED:
                raise
            time.sleep(1)
    logger.warning("%s is in use and was left; DROP SCHEMA ... CASCADE takes it away.", _schema(place))


def _sweep_schemas(kept: set[str], older_than: float) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE starts_with(nspname, %s)",
            [SCHEMAS],
        )
        found = [(name.removeprefix(SCHEMAS), made) for name, made in cursor.fetchall()]
    old = [place for place, made in found if place not in kept and float(made or 0) < older_than]
    for place in old:
        _drop_schema(place)
    return len(old)


@contextmanager
def _in_schema(cursor: Any, place: str) -> Iterator[None]:
    """The tables of one build by their bare names."""
    with transaction.atomic():
        cursor.execute(f'SET LOCAL search_path TO "{_schema(place)}"')
        cursor.execute(f"SET LOCAL maintenance_work_mem TO '{TO_SORT_IN}'")
        yield
        cursor.execute("SET LOCAL maintenance_work_mem TO DEFAULT")
        cursor.execute("SET LOCAL search_path TO DEFAULT")


@transaction.atomic
def _build_tables(place: str, tables: Sequence[Table], rows: Iterable[tuple[str, Rows]], keep: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{_schema(place)}"')
        cursor.execute(f"COMMENT ON SCHEMA \"{_schema(place)}\" IS '{time.time():.0f}'")
        with _in_schema(cursor, place):
            named, counts = {table.name: table for table in tables}, dict.fromkeys((table.name for table in tables), 0)
            for name, table in named.items():
                cursor.execute(_create(table))
                if keep:
                    cursor.execute(f'INSERT INTO {name} SELECT * FROM "{_schema(keep)}".{name}')
                    counts[name] += cursor.rowcount
            for name, found in rows:
                _copy(cursor, named[name], found)
                counts[name] += cursor.rowcount
            return {name: counts[name] - _finish(cursor, table) for name, table in named.items()}


def _copy(cursor: Any, table: Table, found: Rows) -> None:
    """Hand rows over. Nobody sees the table yet, so they need not be looked at again to be known as valid (FREEZE)."""
    width = len(table.columns)
    options = "FREEZE, FORMAT binary" if table.is_whole else "FREEZE"
    with cursor.copy(f"COPY {table.name} FROM STDIN WITH ({options})") as copy:
        if not table.is_whole:
            for row in chain.from_iterable(by_rows(values, width) for values in found):
                copy.write_row(row)
            return
        copy.write(HEADER)
        for values in found:
            copy.write(packed_rows(values, width))
        copy.write(END)


def _finish(cursor: Any, table: Table) -> int:
    """Keys and indexes, once all rows are in; how many rows were there twice and are taken away."""
    key, twice = f"ALTER TABLE {table.name} ADD PRIMARY KEY ({', '.join(table.key)})", 0
    try:
        with transaction.atomic():
            cursor.execute(key)
    except IntegrityError:  # the same row twice, which files have here and there
        cursor.execute(
            f"DELETE FROM {table.name} WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER "
            f"(PARTITION BY {', '.join(table.key)} ORDER BY ctid) AS place FROM {table.name}) AS each WHERE place > 1)"
        )
        twice = int(cursor.rowcount)
        cursor.execute(key)
    for statement in _indexes(table):
        cursor.execute(statement)
    cursor.execute(f"ANALYZE {table.name}")
    return twice


# Both -----------------------------------------------------------------------------------------


#: PostgreSQL's words where they are others than SQLite's: its own ``real`` keeps six digits only, and codes compare by
#: their characters everywhere.
_KINDS = {"real": "double precision", "text": 'text COLLATE "C"', "blob": "bytea"}


def _create(table: Table, *, without_rowid: bool = False) -> str:
    kinds = {} if without_rowid else _KINDS
    columns = ", ".join(f"{name} {kinds.get(kind, kind)} NOT NULL" for name, kind in table.columns)
    if without_rowid:
        return f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({', '.join(table.key)})) WITHOUT ROWID"
    return f"CREATE TABLE {table.name} ({columns})"


def _indexes(table: Table) -> Iterator[str]:
    for columns in table.indexes:
        yield f"CREATE INDEX {table.name}_by_{'_'.join(columns)} ON {table.name} ({', '.join(columns)})"
