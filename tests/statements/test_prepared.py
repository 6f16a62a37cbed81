"""Queries and inserts whose SQL is written once: the same rows as the ORM's."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.models import Answer, AttemptItem, WeekTally
from statements.inserting import insert
from statements.prepared import Prepared
from tests.conftest import person

AT = datetime(2026, 11, 30, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def items(bone_code: Code, trainee: User) -> list[AttemptItem]:
    return list(practice.start(trainee, bone_code, seed=1).items.all())


def test_instances_are_those_of_the_orm_with_what_comes_along(items: list[AttemptItem], trainee: User) -> None:
    def make(pk: int) -> Any:
        return AttemptItem.objects.select_related("attempt__code", "attempt__exam", "version__question").filter(pk=pk)

    query = Prepared(make, int)
    for item in items[:3]:
        [found], expected = query.objects(item.pk), make(item.pk).get()
        with CaptureQueriesContext(connection) as captured:
            pairs = [(found, expected)]
            pairs += [(found.attempt, expected.attempt), (found.attempt.code, expected.attempt.code)]
            pairs += [(found.version, expected.version), (found.version.question, expected.version.question)]
        assert not captured.captured_queries
        for one, other in pairs:
            assert type(one) is type(other)
            names = [field.attname for field in other._meta.concrete_fields]
            assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]
        assert found.attempt.exam is None
        assert not found._state.adding
    assert query.objects(0) == []


def test_what_is_inserted_is_what_was_given(items: list[AttemptItem]) -> None:
    key, payload = uuid.uuid4(), {"lines": [{"code": "20983", "units": 1}], "note": "’ % ? \\"}
    answer = Answer(item=items[0], sequence=1, key=key, state="submitted", payload=payload, created_at=AT, certainty=2)
    insert([answer])
    stored = Answer.objects.get(pk=answer.pk)
    assert (stored.item_id, stored.key, stored.payload, stored.created_at) == (items[0].pk, key, payload, AT)
    assert (stored.certainty, stored.offline_seconds, stored.tab) == (2, None, "")


def test_where_a_row_is_there_its_sums_grow(trainee: User) -> None:
    for tried in (2, 3):
        rows = [WeekTally(person=trainee, week=AT.date(), kind=kind, tried=tried, kept=1) for kind in ("", "bundled")]
        insert(rows, unique=("person", "week", "kind"), add=("tried",), renew=("kept",))
    assert list(WeekTally.objects.order_by("kind").values_list("kind", "tried", "kept")) == [
        ("", 5, 1),
        ("bundled", 5, 1),
    ]


def test_more_rows_than_go_with_one_statement(db: None) -> None:
    people = [person(f"p{number}") for number in range(60)]
    insert([WeekTally(person=one, week=AT.date(), kind="", tried=number) for number, one in enumerate(people)])
    assert sum(WeekTally.objects.values_list("tried", flat=True)) == sum(range(60))
