"""Real databases: SQLite in a file and a PostgreSQL of our own, each with the library loaded once and copied after."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from tests.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "tests.faults.settings"
LIBRARY = "library"
#: Of the servers and of the tests that sign people in for them.
SECRET_KEY = "a-key-for-servers-that-live-for-one-test-and-hold-nothing"


def environment(url: str, **more: str) -> dict[str, str]:
    """What a process of the site needs to run as in production on a database, without HTTPS."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DATABASE_URL": url,
        "DEBUG": "0",
        "HTTPS": "0",
        "SECRET_KEY": SECRET_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        **more,
    }


def manage(url: str, *command: str) -> None:
    """Run a command of the site on a database; its output is shown when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment(url), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"


class House(ABC):
    """Where databases come from: one kind, with one database that holds the library to copy."""

    vendor: str

    @abstractmethod
    def url(self, name: str) -> str:
        """The DATABASE_URL of a database."""

    @abstractmethod
    def copy(self, name: str) -> str:
        """A new database with the library; gives its URL."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove it, whoever is still connected."""

    @abstractmethod
    def damage(self, name: str) -> list[str]:
        """What the database's own checks find wrong; empty when it is sound."""

    def deadlocks(self, name: str) -> int:
        """How many transactions were given up because two waited for each other."""
        return 0

    @abstractmethod
    def stop(self) -> None:
        """Leave nothing behind."""

    def fill(self) -> None:
        """Load what every copy begins with, as an installation does it."""
        manage(self.url(LIBRARY), "migrate", "--verbosity", "0")
        manage(self.url(LIBRARY), "load_library", "--verbosity", "0")


class Sqlite(House):
    """One file a database."""

    vendor = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fill()

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def url(self, name: str) -> str:
        return f"sqlite:///{self.file(name)}"

    def copy(self, name: str) -> str:
        # The last connection put everything into the file when it closed.
        shutil.copy(self.file(LIBRARY), self.file(name))
        return self.url(name)

    def drop(self, name: str) -> None:
        for file in self.folder.glob(f"{name}.sqlite3*"):
            file.unlink()

    def stop(self) -> None:
        shutil.rmtree(self.folder)

    def damage(self, name: str) -> list[str]:
        """What SQLite finds wrong in the file as it lies there: a copy is opened, the server has the rest to itself.

        Our own connection is closed before: to close a file that was opened to be copied takes every lock of this
        process off it, and the server would then clear away what our connection still reads.
        """
        connections.close_all()
        with tempfile.TemporaryDirectory() as folder:
            for file in self.folder.glob(f"{name}.sqlite3*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / f"{name}.sqlite3")) as connection:
                told = [row[0] for row in connection.execute("PRAGMA integrity_check")]
                told += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
        return [line for line in told if line != "ok"]


class Postgres(Server, House):
    """A server of our own that writes as safely as one in use."""

    vendor = "postgresql"

    def __init__(self) -> None:
        super().__init__()
        self.sql(f"CREATE DATABASE {LIBRARY}")
        self.fill()

    def copy(self, name: str) -> str:
        self.sql(f"CREATE DATABASE {name} TEMPLATE {LIBRARY}")
        return self.url(name)

    def drop(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def damage(self, name: str) -> list[str]:
        """Tables that their rows and their indexes tell differently; a page with a wrong checksum raises."""
        with self.connected(name) as connection:
            # As of one moment: who was committing when his server was killed may come through only now.
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return [table for (table,) in tables if _count(connection, table, "seqscan") != _count(connection, table)]

    def deadlocks(self, name: str) -> int:
        """How many transactions of a database were given up for others; processes report it within a second."""
        time.sleep(1.1)
        return int(self.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", name)[0][0])


def _count(connection: psycopg.Connection[tuple[Any, ...]], table: str, without: str = "") -> int:
    """How many rows a table has, read row by row, or ``without`` that, which leaves its index."""
    for way in ("seqscan", "indexscan", "indexonlyscan", "bitmapscan"):
        connection.execute(f"SET enable_{way} = {'off' if (way == without) == bool(without) else 'on'}")
    row = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    assert row is not None
    return int(row[0])
