"""What was deleted, off the disk too."""

from django.db import connection


def overwrite_deleted() -> bool:
    """Write the database file anew, so that it holds nothing that was deleted; False where that is not ours to do.

    SQLite only marks deleted rows as free, and keeps older pages in its write-ahead log: VACUUM writes the file
    without the one, and a checkpoint that truncates empties the other. PostgreSQL does the like in its own time.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = cursor.fetchone()[0]
    return not busy
