"""A quarter's edits into PostgreSQL, beside a raw COPY of the same rows: ``python -m benchmarks postgres``."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.edits import ROUNDS, ROWS, compared
from benchmarks.processes import Spent, manage
from benchmarks.report import Figure
from datasets import making
from datasets.kinds.ptp import PREAMBLE
from tests.postgres import Server

FLOOR = "raw COPY and an index"
DATABASE = "bench"
COLUMNS = "one text, two text, before text, starts text, ends text, indicator text, why text"
BLOCK = 1 << 17


def run(folder: Path) -> Iterator[Figure]:
    """Both in turns on a server of their own, with its settings as they come.

    But for its vacuum, which would go on with what the one has left while the other is measured.
    """
    path = folder / "ccipra-2026q1-f1.txt"
    making.ptp(path, ROWS)
    server = Server("autovacuum=off")
    try:
        server.sql(f"CREATE DATABASE {DATABASE}")
        url = server.url(DATABASE)
        manage("migrate", "--verbosity", "0", DATABASE_URL=url)
        floors, loads = [], []
        for _ in range(ROUNDS):
            floors.append(_with_server(server, lambda: _copy(server, path)))
            _forget(server)
            loads.append(_with_server(server, lambda: manage("load_dataset", str(path), DATABASE_URL=url)))
            _forget(server)
        yield from compared(FLOOR, floors, loads)
    finally:
        server.stop()


def _copy(server: Server, path: Path) -> Spent:
    """The lines as they stand in the file, into columns of text."""
    wall, cpu = time.perf_counter(), time.process_time()
    with server.connected(DATABASE) as connection, connection.transaction(), path.open("rb") as file:
        connection.execute(f"CREATE TABLE raw ({COLUMNS})")
        for _ in range(PREAMBLE):
            file.readline()
        with connection.cursor().copy("COPY raw FROM STDIN") as copy:
            while block := file.read(BLOCK):
                copy.write(block)
        connection.execute("CREATE INDEX pairs ON raw (one, two)")
    return Spent(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu, memory=0)


def _with_server(server: Server, do: Callable[[], Spent]) -> Spent:
    """What it takes together with what the server takes for it."""
    before = server.processor_time()
    took = do()
    time.sleep(1)  # a process of the server ends after its client, and is counted when it has ended
    return Spent(wall=took.wall, cpu=took.cpu + server.processor_time() - before, memory=took.memory)


def _forget(server: Server) -> None:
    """Everything as it was before."""
    for (name,) in server.sql("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'datasets_')", DATABASE):
        server.sql(f'DROP SCHEMA "{name}" CASCADE', DATABASE)
    server.sql("DELETE FROM datasets_release", DATABASE)
    server.sql("DROP TABLE IF EXISTS raw", DATABASE)
    server.sql("CHECKPOINT", DATABASE)
