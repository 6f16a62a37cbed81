"""Why the site refuses to start."""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coding_edu import checks
from tests.in_use import in_use


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


@pytest.mark.parametrize(
    ("debug", "hosts", "refused"),
    [
        (True, ["127.0.0.1", "localhost", "[::1]"], False),
        (True, ["127.0.0.1", "claims.example.org"], True),
        (True, ["*"], True),
        (False, ["claims.example.org"], False),
    ],
)
def test_debug_is_for_who_sits_at_the_machine(settings: Any, debug: bool, hosts: list[str], refused: bool) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, hosts
    assert ids(checks.nobody_sees_debug()) == ["coding_edu.E002"] * refused


def test_a_folder_that_cannot_be_written_to_is_named(settings: Any, tmp_path: Path) -> None:
    settings.IMPORTS_FOLDER, settings.DATASETS_DIR = str(tmp_path / "new" / "imports"), str(tmp_path)
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    before = checks.folders_can_be_written_to()
    (tmp_path / "new").write_text("a file where the folder was")
    (found,) = [one for one in checks.folders_can_be_written_to() if one not in before]
    assert found.id == "coding_edu.E003"
    assert f"{tmp_path / 'new' / 'imports'} cannot be written to" in found.msg


def test_a_downgrade_is_refused_and_says_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.nothing_is_too_old() == []
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    monkeypatch.setattr("django.VERSION", (5, 2, 18, "final", 0))
    said = [found.msg for found in checks.nothing_is_too_old()]
    assert said == ["Python 3.10.4 is too old; 3.11 is needed.", "Django 5.2.18 is too old; 5.2.19 is needed."]


@pytest.fixture
def file(tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    """A database in a file as the site's own, and many pages in it."""
    path = tmp_path / "db.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE one (text)")
        made.executemany("INSERT INTO one VALUES (?)", [("x" * 3000,)] * 50)
    made.close()
    with django_db_blocker.unblock(), in_use(f"sqlite:///{path}"):
        yield path


@pytest.mark.parametrize("page", [None, 0, 20], ids=["sound", "the first page", "a page within"])
def test_a_damaged_file_is_refused_and_points_to_the_backup(file: Path, page: int | None) -> None:
    if page is not None:
        with file.open("r+b") as opened:
            opened.seek(page * 4096)
            opened.write(b"\xff" * 4096)
    found = checks.the_database_is_sound(databases=["default"])
    assert ids(found) == ([] if page is None else ["coding_edu.E005"])
    assert page is None or "restore the newest backup" in found[0].hint
    assert checks.the_database_is_sound() == []  # not with every command
