"""Django's SQLite, in which the threads of a process stand in line to write.

SQLite has one writer at a time. Whoever comes meanwhile sleeps up to a tenth of a second before looking again, and
again, while others who have just come slip in: of 64 people who answer at once some wait for seconds. In a line each
waits for those before it and no longer. Only transactions stand in it (each begins with IMMEDIATE), not reading.
"""

import sqlite3
import threading
from collections import deque
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base


class Line:
    """A lock that goes to whoever has waited longest."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_held = False

    def enter(self, seconds: float) -> bool:
        """Wait for one's turn; False where it did not come in time."""
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(seconds):
            return True
        with self._guard:
            if turn.is_set():  # just now
                return True
            self._waiting.remove(turn)
            return False

    def leave(self) -> None:
        """Let the next one in."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_held = False


#: Database file -> its line. What lies in memory is shared by nobody who could wait.
_lines: dict[str, Line] = {}
_guard = threading.Lock()


def _line_of(name: str) -> Line:
    with _guard:
        return _lines.setdefault(name, Line())


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that stands in line before it begins a transaction."""

    _line: Line | None = None

    def _start_transaction_under_autocommit(self) -> None:
        name = str(self.settings_dict["NAME"])
        if self.is_in_memory_db():
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        line, seconds = _line_of(name), float(self.settings_dict["OPTIONS"].get("timeout", 5))
        if not line.enter(seconds):
            raise OperationalError("database is locked") from _busy()
        self._line = line
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.leave()

    def _commit(self) -> Any:
        done = super()._commit()  # type: ignore[misc]
        # One that fails leaves the transaction open, and Django rolls it back next.
        self._leave()
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._leave()


def _busy() -> sqlite3.OperationalError:
    """What SQLite itself says to those who waited too long."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error
