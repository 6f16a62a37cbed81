"""kill -9 while a public file is loaded: nothing half loaded is there, what was there is, and the next try does it."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from datasets import store
from datasets.loading import load, recognise
from datasets.making import ptp
from datasets.models import Release
from tests.faults.conftest import Scratch
from tests.faults.databases import ROOT, environment
from tests.faults.test_locks import held
from tests.patience import PATIENCE, wait_until

ROWS, KILLS = 60_000, 3


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> tuple[Path, Path]:
    """Two parts of a quarter's edits, of which the first is loaded already."""
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    first, second = (tmp_path / f"ccipra-2026q1-f{number}.txt" for number in (1, 2))
    ptp(first, 500, 1)
    ptp(second, ROWS, 2)
    return first, second


def is_building() -> bool:
    """Whether rows are on their way into tables aside."""
    if connection.vendor == "sqlite":
        return any(path.stat().st_size for path in Path(store.path_of("x").parent).glob("*.building"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_progress_copy WHERE tuples_processed > 0")
        return bool(cursor.fetchone()[0])


def killed_while_loading(scratch: Scratch, file: Path, folder: str) -> None:
    """Begin to load, as the command does, and kill it in the middle, or where it is too quick just before its end.

    To its end it cannot come: it waits for the table of releases, which we hold.
    """
    before = store.places()
    with held(scratch, "datasets_release"):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "load_dataset", str(file)], cwd=ROOT,
            env=environment(scratch.url, DATASETS_DIR=folder, DATABASE_TIMEOUT=str(PATIENCE)),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(
            lambda: is_building() or store.places() > before or process.poll() is not None, "nothing was ever built"
        )
        assert process.poll() is None, "it ended before it was killed"
        process.kill()
        process.wait()


def test_a_load_that_is_killed_leaves_what_was_there_and_nothing_else(
    scratch: Scratch, files: tuple[Path, Path], settings: Any
) -> None:
    first, second = files
    before = load(recognise(first)[0], at=timezone.now()).release
    for _ in range(KILLS):
        killed_while_loading(scratch, second, settings.DATASETS_DIR)
        (there,) = Release.objects.all()
        assert (there.pk, there.build, there.rows) == (before.pk, before.build, before.rows)
        assert store.select(before.place, "SELECT count(*) FROM edits") == [(before.rows,)]
    after = load(recognise(second)[0], at=timezone.now())
    assert after.status == "loaded"
    assert after.rows > before.rows
    assert load(recognise(second)[0], at=timezone.now()).status == "already loaded"
    store.sweep({after.release.place}, older_than=time.time() + 60)
    assert not is_building()
    store.close()
