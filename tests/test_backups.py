"""A backup is whole and as of one moment; a restore takes nothing but a sound one, and overwrites nothing."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from coding_edu import backups
from datasets import store
from datasets.loading import load, recognise
from datasets.making import MAKERS
from datasets.models import Release
from tests.conftest import person
from tests.in_use import in_use
from tests.patience import PATIENCE, wait_until

AT = datetime(2026, 11, 30, 2, 30, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path, settings: Any, db: None) -> Iterator[Path]:
    """The site's database with the library, in a file: nobody backs up what is in memory while a test writes."""
    if connection.vendor != "sqlite":
        pytest.skip("tests/faults backs PostgreSQL up")
    path = tmp_path / "db.sqlite3"
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    path.write_bytes(connection.connection.serialize())
    with in_use(f"sqlite:///{path}"):
        yield path
    store.close()


@pytest.fixture
def release(file: Path, tmp_path: Path) -> Release:
    """A public code set that is loaded, beside the file of one that is not used any more."""
    made = tmp_path / MAKERS["mue"][1]
    MAKERS["mue"][0](made, 50, 1)
    loaded = load(recognise(made)[0], at=timezone.now()).release
    store.path_of("mue_practitioner_20250101_7").write_bytes(b"left over")
    return loaded


@pytest.fixture
def backup(release: Release, tmp_path: Path) -> Path:
    """A backup with a person in it."""
    person("trainee")
    return backups.back_up(tmp_path / "backups", AT)


@pytest.fixture
def elsewhere(settings: Any, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine, on which there is no database yet."""
    file = tmp_path / "elsewhere" / "db.sqlite3"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(file))
    settings.DATASETS_DIR = str(tmp_path / "elsewhere" / "datasets")
    return file


def test_a_backup_has_the_database_and_the_code_sets_in_use(backup: Path, release: Release) -> None:
    assert backup.name == "backup-20261130T023000Z"
    kept = {str(file.relative_to(backup)) for file in backup.rglob("*") if file.is_file()}
    assert kept == {"manifest.json", "database.sqlite3", f"datasets/{release.place}.sqlite3"}


def test_what_is_restored_is_what_was_there(backup: Path, elsewhere: Path, release: Release) -> None:
    elsewhere.parent.mkdir()
    for stale in ("-wal", "-shm"):
        elsewhere.with_name(f"db.sqlite3{stale}").write_bytes(b"of an older database")
    backups.restore(backup)
    with closing(sqlite3.connect(elsewhere)) as restored:
        assert restored.execute("SELECT username FROM accounts_user").fetchall() == [("trainee",)]
        assert restored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert store.select(release.place, "SELECT count(*) FROM units") == [(release.rows,)]


def test_a_backup_while_others_write_has_all_that_was_there_before_it_began(file: Path, tmp_path: Path) -> None:
    written, done = [0], threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as own:
            own.execute("PRAGMA journal_mode = WAL")  # as the site's own connections have made it long before
            own.execute("CREATE TABLE written (n)")
            while not done.is_set():
                own.execute("INSERT INTO written VALUES (?)", [written[0] + 1])
                written[0] += 1  # from here on it is acknowledged

    writing = threading.Thread(target=write)
    writing.start()
    try:
        wait_until(lambda: written[0] >= 50, "nothing is written")
        before = written[0]
        made = backups.back_up(tmp_path / "backups", AT)
    finally:
        done.set()
        writing.join()
    with closing(sqlite3.connect(made / "database.sqlite3")) as copy:
        found = [n for (n,) in copy.execute("SELECT n FROM written ORDER BY n")]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert found == list(range(1, len(found) + 1))
    assert before <= len(found) <= written[0]


def test_nothing_is_restored_over_what_is_there(backup: Path, elsewhere: Path) -> None:
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"in use")
    with pytest.raises(CommandError, match=r"Nothing was restored.*is there\. Stop the site"):
        call_command("restore", backup)
    assert elsewhere.read_bytes() == b"in use"


def test_what_was_changed_since_is_refused(backup: Path, elsewhere: Path) -> None:
    with (backup / "database.sqlite3").open("r+b") as file:
        file.seek(5000)
        file.write(b"?")
    with pytest.raises(backups.Unusable, match=r"database.sqlite3 is not as it was"):
        backups.restore(backup)
    assert not elsewhere.exists()


def test_what_a_newer_version_made_is_refused_and_an_older_is_not(backup: Path, elsewhere: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    newer = manifest | {"migrations": [*manifest["migrations"], ["codes", "9999_of_tomorrow"]]}
    (backup / "manifest.json").write_text(json.dumps(newer))
    with pytest.raises(backups.Unusable, match=r"newer version, which had codes.9999_of_tomorrow"):
        backups.restore(backup)
    (backup / "manifest.json").write_text(json.dumps(manifest | {"migrations": manifest["migrations"][:-1]}))
    backups.restore(backup)
    assert elsewhere.exists()


def test_a_folder_that_is_no_backup_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no backup"):
        call_command("restore", tmp_path)


def test_a_backup_that_fails_leaves_nothing(release: Release, tmp_path: Path) -> None:
    store.path_of(release.place).unlink()
    with pytest.raises(CommandError, match="Nothing was backed up"):
        call_command("backup", tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_only_the_newest_are_kept(backup: Path) -> None:
    newer = [backups.back_up(backup.parent, AT + timedelta(days=day)) for day in (1, 2)]
    assert backups.forget_old(backup.parent, keep=2) == [backup]
    assert sorted(backup.parent.iterdir()) == newer


@pytest.mark.parametrize("keep", [0, -3])
def test_the_backup_that_is_made_is_always_kept(release: Release, tmp_path: Path, keep: int) -> None:
    with pytest.raises(CommandError, match="at least 1, the backup that is made now"):
        call_command("backup", tmp_path / "backups", keep=keep)
    assert not (tmp_path / "backups").exists()
