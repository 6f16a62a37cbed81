"""A client that times requests over a few connections that stay open."""

import math
import time
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import chain
from types import TracebackType
from typing import Self

from benchmarks.server import HOST

CONNECTIONS = 4
TIMEOUT = 20
CPU = "/bench/cpu/"


class WrongAnswer(Exception):
    """The server answered otherwise than it must for the time to mean anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, and the status of its right answer."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back, and when the request began and ended (seconds of one clock)."""

    began: float
    ended: float
    body: bytes
    cookies: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The time of every request of one burst (seconds, ascending), how long all took, and the server's CPU time."""

    times: tuple[float, ...]
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return len(self.times) / self.seconds

    @property
    def cpu_each(self) -> float:
        """Milliseconds of the server's CPU that a request took."""
        return self.cpu / len(self.times) * 1000

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        return self.times[max(math.ceil(share * len(self.times)) - 1, 0)] * 1000


class Client:
    """Connections to the server; each sends its next request when the last is answered."""

    def __init__(self, port: int, connections: int = CONNECTIONS) -> None:
        self._connections = [HTTPConnection(HOST, port, timeout=TIMEOUT) for _ in range(connections)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections:
            connection.close()

    def one(self, ask: Ask) -> Answered:
        """Send one request; WrongAnswer unless it has the status it must have."""
        return _send(self._connections[0], ask)

    def burst(self, asks: Iterable[Ask], seconds: float) -> Burst:
        """Send these requests over all connections until they or the seconds are used up."""
        waiting = deque(asks)
        cpu = self._cpu()
        until = time.perf_counter() + seconds
        with ThreadPoolExecutor(len(self._connections)) as pool:
            spans = pool.map(lambda connection: _work(connection, waiting, until), self._connections)
            answered = list(chain.from_iterable(spans))
        times = tuple(sorted(ended - began for began, ended in answered))
        seconds = max(ended for _, ended in answered) - min(began for began, _ in answered)
        return Burst(times=times, seconds=seconds, cpu=self._cpu() - cpu)

    def _cpu(self) -> float:
        return float(self.one(Ask(path=CPU)).body)


def _work(connection: HTTPConnection, waiting: deque[Ask], until: float) -> list[tuple[float, float]]:
    """Take requests from those waiting and send them; gives when each began and ended."""
    spans = []
    while time.perf_counter() < until:
        try:
            ask = waiting.popleft()
        except IndexError:
            break
        answered = _send(connection, ask)
        spans.append((answered.began, answered.ended))
    return spans


def _send(connection: HTTPConnection, ask: Ask) -> Answered:
    began = time.perf_counter()
    connection.request(ask.method, ask.path, body=ask.body, headers=dict(ask.headers))
    response = connection.getresponse()
    body = response.read()
    ended = time.perf_counter()
    if response.status != ask.status:
        raise WrongAnswer(f"{ask.method} {ask.path} was answered with {response.status}, not {ask.status}.")
    return Answered(began=began, ended=ended, body=body, cookies=response.headers.get("Set-Cookie", ""))
