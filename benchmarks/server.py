"""The server that is measured: gunicorn as in production, started and stopped by the benchmark."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
THREADS = 4
START_WITHIN = 30


class ServerFailed(Exception):
    """The server did not start; the text is what it wrote."""


def environment(folder: Path) -> dict[str, str]:
    """Folder of this run -> environment of both processes: production settings without HTTPS, random key."""
    return {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "BENCH_FOLDER": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "DATASETS_DIR": str(folder / "datasets"),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "CONN_MAX_AGE": "600",
        "DEBUG": "0",
        "HTTPS": "0",
        "BEHIND_PROXY": "0",
        "READING_OPEN": "1",
    }


def log_of(folder: Path) -> Path:
    """Where the server writes what it has to say."""
    return folder / "server.log"


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """Serve on a free loopback port until the block is left, however it is left; gives the port."""
    log = log_of(folder)
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        process = _start(listener.fileno(), log)
    try:
        _wait_until_it_answers(port, log)
        yield port
    finally:
        _stop(process)


def _start(listener: int, log: Path) -> "subprocess.Popen[bytes]":
    """The server on a socket that is already bound, so that nobody else can take its port."""
    command = [
        sys.executable, "-m", "gunicorn", "coding_edu.wsgi",
        "--bind", f"fd://{listener}",
        "--workers", "1",
        "--worker-class", "gthread",
        "--threads", str(THREADS),
        "--keep-alive", "60",
        "--graceful-timeout", "2",
        "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip
    with log.open("wb") as out:
        # A session of its own: Ctrl+C reaches this process only, which then stops the server in order.
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ,
            pass_fds=[listener],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def _wait_until_it_answers(port: int, log: Path) -> None:
    """One request is enough: the socket listens from the start, and is closed when the server gives up."""
    connection = HTTPConnection(HOST, port, timeout=START_WITHIN)
    try:
        connection.request("GET", "/bench/bare/")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise ServerFailed(f"{error}\n{log.read_text(errors='replace')}") from error
    finally:
        connection.close()
    if status != 200:
        raise ServerFailed(f"The first request was answered with {status}.")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask the server to end; after ten seconds end its whole session."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
