"""Backups: the database and the public code sets as of one moment, in a folder that says what is in it.

A folder is written under another name and renamed when all of it is on the disk, so what is there is whole. What was
made by a newer version, or was changed since, is not restored.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from datasets import store
from datasets.models import Release

PREFIX = "backup-"
MANIFEST = "manifest.json"
FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
CODE_SETS = "datasets"


class Unusable(Exception):
    """Why nothing was backed up or restored."""


def back_up(folder: Path, at: datetime) -> Path:
    """Make a backup in a folder of its own below this one; gives that folder."""
    whole = folder / f"{PREFIX}{at:%Y%m%dT%H%M%SZ}"
    aside = folder / f".{whole.name}"
    aside.mkdir(parents=True)
    try:
        migrations = sorted(MigrationRecorder(connection).applied_migrations())
        _DUMP[connection.vendor](aside / FILES[connection.vendor])
        files = {str(file.relative_to(aside)): _digest(file) for file in _files(aside)}
        manifest = {
            "made_at": at.isoformat(), "database": connection.vendor, "migrations": migrations, "files": files,
        }  # fmt: skip
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=1))
        for file in (*_files(aside), aside):
            store.sync(file)
        aside.rename(whole)
        store.sync(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return whole


def forget_old(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest backups; gives those that went."""
    old = sorted(folder.glob(f"{PREFIX}*"), reverse=True)[keep:]
    for one in old:
        shutil.rmtree(one)
    return old


def restore(backup: Path) -> None:
    """Put a backup where the site looks for its database, which must be empty there. Raises Unusable."""
    manifest = read(backup)
    if manifest["database"] != connection.vendor:
        raise Unusable(f"It is of {manifest['database']}, and DATABASE_URL names {connection.vendor}.")
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    newer = sorted(".".join(one) for one in {tuple(one) for one in manifest["migrations"]} - known)
    if newer:
        raise Unusable(f"It was made by a newer version, which had {', '.join(newer)}. Install that version first.")
    _PUT_BACK[connection.vendor](backup / FILES[connection.vendor])


def read(backup: Path) -> dict[str, Any]:
    """What is in a backup; every file is compared with its checksum. Raises Unusable."""
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise Unusable(f"{backup} is no backup: it has no {MANIFEST} that can be read.") from error
    for name, digest in manifest["files"].items():
        if not (backup / name).is_file() or _digest(backup / name) != digest:
            raise Unusable(f"{name} is not as it was when the backup was made.")
    return manifest


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# SQLite ---------------------------------------------------------------------------------------


def _dump_file(to: Path) -> None:
    """SQLite's own backup, in one step: as of one moment, while others go on writing."""
    connection.ensure_connection()
    with closing(sqlite3.connect(to)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        if (told := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise Unusable(f"The database is damaged: {told}")
        _copy_code_sets(copy, to.parent / CODE_SETS)


def _copy_code_sets(copy: sqlite3.Connection, folder: Path) -> None:
    """The files that the copied database names; they never change, but one may have been replaced just then."""
    folder.mkdir()
    names = ("kind", "setting", "in_force_from", "build")
    for row in copy.execute(f"SELECT {', '.join(names)} FROM {Release._meta.db_table}"):
        named = dict(zip(names, row, strict=True))
        place = Release(**named | {"in_force_from": date.fromisoformat(named["in_force_from"])}).place
        if not store.path_of(place).is_file():
            raise Unusable(f"{place} was replaced meanwhile, or is lost. Back up again.")
        shutil.copyfile(store.path_of(place), folder / store.path_of(place).name)


def _put_back_file(dump: Path) -> None:
    file = Path(settings.DATABASES["default"]["NAME"])
    if file.exists():
        raise Unusable(f"{file} is there. Stop the site, move it away, and restore again.")
    file.parent.mkdir(parents=True, exist_ok=True)
    # What an older database has left here would be taken for pages of this one.
    for stale in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + stale).unlink(missing_ok=True)
    if (dump.parent / CODE_SETS).is_dir():
        shutil.copytree(dump.parent / CODE_SETS, settings.DATASETS_DIR, dirs_exist_ok=True)
    aside = file.with_name(f"{file.name}.restoring")
    shutil.copyfile(dump, aside)
    store.sync(aside)
    aside.rename(file)
    store.sync(file.parent)


# PostgreSQL -----------------------------------------------------------------------------------


def _dump_server(to: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}")


def _put_back_server(dump: Path) -> None:
    if connection.introspection.table_names():
        raise Unusable(
            "The database is not empty. Make a new one (createdb), name it in DATABASE_URL, and restore again."
        )
    connection.close()
    name = settings.DATABASES["default"]["NAME"]
    _run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={name}", str(dump))


def _run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, on the site's database; the password stands in no list of processes."""
    known = settings.DATABASES["default"]
    names = {"PGDATABASE": "NAME", "PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    given = {name: str(known[key]) for name, key in names.items() if known.get(key)}
    if shutil.which(program) is None:
        raise Unusable(f"{program} is not installed (package postgresql-client).")
    done = subprocess.run([program, *arguments], env=os.environ | given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unusable(f"{program}: {done.stderr.strip()}")


_DUMP = {"sqlite": _dump_file, "postgresql": _dump_server}
_PUT_BACK = {"sqlite": _put_back_file, "postgresql": _put_back_server}
