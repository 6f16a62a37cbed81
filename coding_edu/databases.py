"""How the site uses its database, the same whichever it is."""

from typing import Any

import environ

#: What a URL of a file means, and what we make of it: the same with a line for those who write.
STOCK_SQLITE, SQLITE = "django.db.backends.sqlite3", "coding_edu.sqlite"
POSTGRESQL = "django.db.backends.postgresql"


def database(url: str, *, timeout: int, max_age: int) -> dict[str, Any]:
    """Django's settings of the database at a URL; a write waits ``timeout`` seconds for its turn."""
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    if settings["ENGINE"] == STOCK_SQLITE:
        # Without IMMEDIATE, two writers that read first meet "database is locked"; without
        # FULL, a power cut loses answers that were already acknowledged.
        settings["ENGINE"] = SQLITE
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": timeout,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    elif settings["ENGINE"] == POSTGRESQL:
        # It would wait for a lock, and for a machine that is gone, without end.
        ours = {"connect_timeout": 3, "options": f"-c lock_timeout={timeout}s"}
        settings["OPTIONS"] = ours | settings.get("OPTIONS", {})
    # After a restart of PostgreSQL the kept connections are dead; each is looked at before its next request.
    return settings | {"CONN_MAX_AGE": max_age, "CONN_HEALTH_CHECKS": True}
