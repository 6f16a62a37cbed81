"""Everything of one installation into the empty database of another, whichever databases they are.

All of it is one transaction of the target: it is whole or not at all. The source is only read. Each table is read
again where it was written, and its rows are counted and added up to a checksum on both sides.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from codes import search
from codes.models import PublishedCode
from coding_edu.databases import POSTGRESQL, SQLITE, database
from datasets import store
from datasets.kinds import KIND
from datasets.kinds.base import in_batches
from datasets.models import Release
from datasets.search import building
from datasets.tables import Table, Values, in_values

SOURCE = "copied-from"
AT_ONCE = 1000
#: What ``migrate`` itself writes. Everything else in a new database is empty.
BY_MIGRATE = frozenset({"django_content_type", "auth_permission"})
#: Not rows of models: written anew from them, or the same on both sides.
MADE_ANEW = (search.TABLE, "django_migrations", "sqlite_")

Progress = Callable[[int], Any]


class Refused(Exception):
    """Why nothing was copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How many rows there are and what they add up to, in whatever order they came."""

    rows: int = 0
    checksum: int = 0

    def __str__(self) -> str:
        return f"{self.checksum:032x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A table, or a release of public codes, as it is in the source and as it is in the target."""

    name: str
    source: Sum
    target: Sum

    @property
    def is_same(self) -> bool:
        """Whether every row has arrived as it was."""
        return self.source == self.target


class Summing:
    """Adds rows up while they pass."""

    def __init__(self) -> None:
        self.rows = self.checksum = 0

    def passing(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The same rows."""
        for row in rows:
            told = json.dumps(row, default=_told, sort_keys=True, separators=(",", ":")).encode()
            self.rows += 1
            self.checksum = (self.checksum + int.from_bytes(hashlib.sha256(told).digest()[:16])) % 2**128
            yield row

    def sum(self) -> Sum:
        """What has passed."""
        return Sum(rows=self.rows, checksum=self.checksum)


def _told(value: Any) -> str:
    """A value that JSON has no word for, the same from either database."""
    if isinstance(value, memoryview | bytes):
        return bytes(value).hex()
    return value.isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def between(source: str, target: str) -> Iterator[None]:
    """Let two databases be open, by URL: the target as the site's own, the source beside it to be read."""
    known, before = connections.settings, connections[DEFAULT_DB_ALIAS]
    own = known[DEFAULT_DB_ALIAS]
    known[SOURCE] = _configured(_to_be_read(source))
    known[DEFAULT_DB_ALIAS] = _configured(_known(target))
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield
    finally:
        connections[SOURCE].close()
        connections[DEFAULT_DB_ALIAS].close()
        del connections[SOURCE], known[SOURCE]
        known[DEFAULT_DB_ALIAS], connections[DEFAULT_DB_ALIAS] = own, before


def _configured(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = connections.configure_settings({DEFAULT_DB_ALIAS: one})[DEFAULT_DB_ALIAS]
    return found


def _known(url: str) -> dict[str, Any]:
    found = database(url, timeout=20, max_age=0)
    if found["ENGINE"] not in (SQLITE, POSTGRESQL):
        raise Refused(f"{url.partition(':')[0]}: is no kind of database that the site knows: sqlite or postgres.")
    return found


def _to_be_read(url: str) -> dict[str, Any]:
    found = _known(url)
    if found["ENGINE"] != SQLITE:
        found["OPTIONS"]["options"] += " -c default_transaction_read_only=on"
        # All tables as of the same moment.
        found["OPTIONS"]["isolation_level"] = psycopg.IsolationLevel.REPEATABLE_READ
        return found
    if not Path(found["NAME"]).is_file():
        raise Refused(f"There is no database {found['NAME']}.")
    found["OPTIONS"] |= {"transaction_mode": "DEFERRED", "init_command": "PRAGMA query_only=ON;"}
    return found


def copy(progress: Progress = lambda rows: None) -> list[Copied]:
    """Copy everything; what was copied, table by table. Raises Refused, and then nothing has changed."""
    made: list[str] = []
    try:
        return _copied(connections[SOURCE], connections[DEFAULT_DB_ALIAS], progress, made)
    except BaseException:
        if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":  # files of public codes are no part of the transaction
            for place in made:
                store.drop(place)
        raise


def _copied(
    source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, progress: Progress, made: list[str]
) -> list[Copied]:
    """What was copied; ``made`` gets the places of the builds that were made."""
    with transaction.atomic(using=SOURCE), transaction.atomic():
        refuse_unless_fitting(source, target)
        _empty(target)
        done = [_table(model, source, target, progress) for model in copied_models()]
        _write_anew(target)
        for release in Release.objects.all():
            made += [release.place] if release.place not in store.places() else []
            done.append(_release(release, source, progress))
        different = [one.name for one in done if not one.is_same]
        if different:
            raise Refused(f"These did not arrive as they were: {', '.join(different)}.")
        try:
            target.check_constraints()
        except DatabaseError as error:
            raise Refused(f"A row names another one that is not there ({error}).") from error
    return done


def copied_models() -> list[type[models.Model]]:
    """Every model that has a table of its own, those between two others included."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def how_many() -> int:
    """How many rows there are to copy, those of public code sets included. Raises Refused where nothing can be."""
    refuse_unless_fitting(connections[SOURCE], connections[DEFAULT_DB_ALIAS])
    rows = sum(model._base_manager.using(SOURCE).count() for model in copied_models())
    return rows + sum(Release.objects.using(SOURCE).values_list("rows", flat=True))


def refuse_unless_fitting(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> None:
    """Both have the tables of this version, and the target has nothing in them. Raises Refused."""
    ours, theirs = (set(MigrationRecorder(one).applied_migrations()) for one in (target, source))
    if not ours:
        raise Refused("The target has no tables. Make them first: DATABASE_URL=<target> manage.py migrate.")
    if ours != theirs:
        differ = ", ".join(sorted(f"{app}.{name}" for app, name in ours ^ theirs))
        raise Refused(f"The two are of different versions; run manage.py migrate on both. They differ in: {differ}.")
    filled = [model for model in copied_models() if model._meta.db_table not in BY_MIGRATE]
    there = [model._meta.db_table for model in filled if model._base_manager.exists()]
    if there:
        raise Refused(f"The target is not empty: {', '.join(there)}. Copy into a new database.")
    # A table of a cache counts wrong passwords for ten minutes; nobody misses it.
    caches = {str(cache.get("LOCATION")) for cache in settings.CACHES.values()}
    unknown = _tables(source) - {model._meta.db_table for model in copied_models()} - caches
    if left := sorted(table for table in unknown if not table.startswith(MADE_ANEW)):
        raise Refused(f"The source has tables that this version does not know: {', '.join(left)}.")


def _tables(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def _empty(target: BaseDatabaseWrapper) -> None:
    """Take away what ``migrate`` wrote: the source has its own, with the numbers that its rows refer to."""
    with target.cursor() as cursor:
        for table in sorted(BY_MIGRATE):
            cursor.execute(f"DELETE FROM {target.ops.quote_name(table)}")


def _table(
    model: type[models.Model], source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, progress: Progress
) -> Copied:
    """The rows of one table, as they are stored: without what a model does when it is saved."""
    read, written = Summing(), Summing()
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    quote, table = target.ops.quote_name, str(model._meta.db_table)
    marks = ", ".join(["%s"] * len(fields))
    insert = f"INSERT INTO {quote(table)} ({', '.join(quote(str(field.column)) for field in fields)}) VALUES ({marks})"
    with target.cursor() as cursor:
        for rows in in_batches(read.passing(_rows(model, source.alias))):
            values = [
                [field.get_db_prep_save(value, target) for field, value in zip(fields, row, strict=True)]
                for row in rows
            ]
            try:
                cursor.executemany(insert, values)
            except DatabaseError as error:
                raise Refused(f"{table}: the target does not take a row of it ({error}).") from error
            progress(len(rows))
    for _ in written.passing(_rows(model, target.alias)):
        pass
    return Copied(name=table, source=read.sum(), target=written.sum())


def _prepared(fields: list[Any], row: tuple[Any, ...], target: BaseDatabaseWrapper) -> list[Any]:
    return [field.get_db_prep_save(value, target) for field, value in zip(fields, row, strict=True)]


def _rows(model: type[models.Model], alias: str) -> Iterator[tuple[Any, ...]]:
    names = [field.attname for field in model._meta.concrete_fields if not field.generated]
    return model._base_manager.using(alias).order_by().values_list(*names).iterator(chunk_size=AT_ONCE)


def _write_anew(target: BaseDatabaseWrapper) -> None:
    """What is not rows: the full-text index, and where numbers go on."""
    for pk, words in PublishedCode.objects.values_list("pk", "words").iterator(chunk_size=AT_ONCE):
        search.index(pk, words)
    with target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), copied_models()):
            cursor.execute(statement)


def _release(release: Release, source: BaseDatabaseWrapper, progress: Progress) -> Copied:
    """The tables of a release of public codes, or of the index of them, from a file or schema into a schema or file."""
    tables = building.TABLES if release.kind == building.KIND else KIND[release.kind].tables
    read, written = Summing(), Summing()

    def values(table: Table) -> Iterator[Values]:
        for some in in_values(read.passing(store.rows_of(source, release.place, table))):
            yield some
            progress(len(some) // len(table.columns))

    if source.vendor != "postgresql" and not store.path_of(release.place).is_file():
        raise Refused(
            f"The public codes of {release} are not where DATASETS_DIR says ({settings.DATASETS_DIR}). Name the folder "
            "that the source has them in, or remove them there first."
        )
    store.build(release.place, tables, ((table.name, values(table)) for table in tables))
    target = connections[DEFAULT_DB_ALIAS]
    for _ in written.passing(chain.from_iterable(store.rows_of(target, release.place, table) for table in tables)):
        pass
    return Copied(name=f"public codes: {release}", source=read.sum(), target=written.sum())
