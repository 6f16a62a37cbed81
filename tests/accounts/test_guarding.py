"""The database keeps audit entries as they were written, whoever asks it otherwise."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.append_only import WrittenOnce
from accounts.models import AuditEntry, User, audit
from courses.privacy import erasing

TABLE = AuditEntry._meta.db_table
AMENDMENTS = {
    "who_id": "NULL",
    "at": "'2020-01-01 00:00:00'",
    "verb": "'nothing'",
    "subject": "'A1001/rules/other'",
    "team": "7",
    "before": "'{}'",
    "after": "'{}'",
    "why": "'another reason'",
}


@pytest.fixture
def entry(educator: User) -> AuditEntry:
    return audit(educator, "draft changed", "A1001/rules/units", before={"a": 1}, after={"a": 2}, why="A reason")


def run(statement: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


@pytest.mark.parametrize("column", AMENDMENTS)
def test_no_column_of_an_entry_can_be_changed_by_sql(entry: AuditEntry, column: str) -> None:
    with pytest.raises(DatabaseError, match="kept as they were written"):
        run(f'UPDATE {TABLE} SET "{column}" = {AMENDMENTS[column]} WHERE id = {entry.pk}')
    assert AuditEntry.objects.get(pk=entry.pk).why == "A reason"


def test_an_entry_cannot_be_deleted_by_sql(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError, match="kept as they were written"):
        run(f"DELETE FROM {TABLE} WHERE id = {entry.pk}")
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_a_reason_may_become_erased_and_nothing_with_it(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError, match="kept as they were written"):
        run(f"UPDATE {TABLE} SET why = 'erased', verb = 'nothing' WHERE id = {entry.pk}")
    assert run(f"UPDATE {TABLE} SET why = 'erased' WHERE id = {entry.pk}") == 1
    kept = AuditEntry.objects.get(pk=entry.pk)
    assert (kept.why, kept.verb, kept.before, kept.after) == ("erased", "draft changed", {"a": 1}, {"a": 2})


def test_the_orm_refuses_before_the_database_has_to(entry: AuditEntry) -> None:
    with pytest.raises(WrittenOnce):
        entry.save()
    with pytest.raises(WrittenOnce):
        AuditEntry.objects.filter(pk=entry.pk).delete()


def test_a_person_is_erased_with_the_triggers_there(trainee: User, admin: User, settings: Any, tmp_path: Any) -> None:
    settings.ERASURES_FILE = tmp_path / "erasures"
    about = audit(admin, "rights changed", trainee, why="Trainee Doe asked for it")
    erasing.erase(trainee, by=admin, why="asked", at=timezone.now())
    assert AuditEntry.objects.get(pk=about.pk).why == erasing.ERASED


def test_entries_can_still_be_added_and_read(entry: AuditEntry) -> None:
    assert AuditEntry.objects.get(pk=entry.pk).after == {"a": 2}
