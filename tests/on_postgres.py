"""Run pytest on a PostgreSQL of its own: ``python -m tests.on_postgres -n 2 tests/datasets``.

The server is started for the run and taken away after it. The library is loaded into one database, and every
worker begins with a copy of that. Tests that never ask for a database are left out: they would say the same again.
"""

import os
import signal
import subprocess
import sys

from tests.postgres import Server

LIBRARY = "library"
#: Nothing here has to outlive a power cut.
IN_A_HURRY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments; its exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the server ends too
    server = Server(*IN_A_HURRY)
    try:
        server.sql(f"CREATE DATABASE {LIBRARY}")
        os.environ |= {"DATABASE_URL": server.url(LIBRARY), "DJANGO_SETTINGS_MODULE": "tests.settings"}
        fill()
        os.environ["TEST_TEMPLATE"] = LIBRARY
        return subprocess.run([sys.executable, "-m", "pytest", *arguments]).returncode
    finally:
        server.stop()


def fill() -> None:
    """Make the database from which all others are copied."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.conftest import load

    call_command("migrate", verbosity=0)
    load()
    connection.close()  # nobody may be connected to what is copied


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
