"""The site as it is served: gunicorn with two workers of two threads, which can be killed and started again."""

import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

from tests.faults.databases import ROOT, environment
from tests.processes import kill, stopped

HOST = "127.0.0.1"
WORKERS = 2
START_WITHIN = 180


@dataclass(frozen=True, slots=True)
class Ready:
    """How long the server took until it answered: on the clock, and of the processors."""

    seconds: float
    cpu: float


class Site:
    """One server on one database, always on the same port."""

    def __init__(self, url: str, log: Path, **more: str) -> None:
        self._environment, self._log = environment(url, **more), log
        self._process: subprocess.Popen[bytes] | None = None
        self._held = _held_port()
        self.port: int = self._held.getsockname()[1]

    def start(self) -> Ready:
        """Start the server; gives how long it took to answer a request that reads the database."""
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        while not self.answers():
            assert self._process.poll() is None, self._log.read_text(errors="replace")
            assert time.monotonic() < began + START_WITHIN, self._log.read_text(errors="replace")
            time.sleep(0.02)
        return Ready(time.monotonic() - began, self._cpu())

    def _cpu(self) -> float:
        """Seconds that the server's processes have worked so far."""
        spent = [process.cpu_times() for process in [self._master, *self.workers()]]
        return sum(one.user + one.system for one in spent)

    @property
    def _master(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def answers(self) -> bool:
        """Whether the front page is served."""
        connection = HTTPConnection(HOST, self.port, timeout=START_WITHIN)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """SIGKILL for every process of the server at once; when this comes back, none writes any more."""
        assert self._process is not None
        kill(stopped(self._master))
        self._process.wait()

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return self._master.children()

    def kill_workers(self) -> None:
        """SIGKILL for those who answer; the one who watches them starts others."""
        for worker in self.workers():
            with suppress(psutil.NoSuchProcess):  # killed the time before, and taken off the list just now
                worker.kill()

    def end(self) -> None:
        """What systemd says to a server that is to end: finish what runs, take nothing new."""
        self._master.terminate()

    def wait(self, within: float) -> None:
        """Wait until every process of the server has ended."""
        assert self._process is not None
        self._process.wait(within)

    def stop(self) -> None:
        """End the server, however it stands."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._held.close()

    def _command(self) -> list[str]:
        return [
            sys.executable, "-m", "gunicorn", "coding_edu.wsgi",
            "--bind", f"{HOST}:{self.port}",
            "--workers", str(WORKERS),
            "--worker-class", "gthread",
            "--threads", "2",
            "--graceful-timeout", "10",
            # Loaded once for both workers: half the time to be ready again.
            "--preload",
            "--log-level", "warning",
            "--no-control-socket",
        ]  # fmt: skip


def _held_port() -> socket.socket:
    """One that nobody else is given, not even while the server is dead: bound here, where nobody listens.

    Gunicorn binds it too, which is allowed (SO_REUSEADDR) as long as one of the two does not listen.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((HOST, 0))
    return held
