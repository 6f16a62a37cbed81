"""The library in memory: read as a whole, or where only some pages changed."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from codes import library
from codes.library import current_stamp, library_of
from codes.lint import Level, lint
from codes.models import Code, Edition
from codes.publish import publish, retire
from rulebook.library import Library

#: How the documents of editions are read into a library.
READ = 'SELECT "codes_edition"."document" AS "document" FROM "codes_edition" WHERE "codes_edition"."id" IN ('


def read_anew(stamp: int) -> Library:
    newest: dict[int, Any] = {}
    for edition in Edition.objects.filter(pk__lte=stamp).order_by("pk"):
        newest[edition.code_id] = edition.document
    return library_of(newest.values(), stamp)


def same(one: Library, other: Library) -> bool:
    whole = [(each.codes, each.rules, each.granted, each.stamp) for each in (one, other)]
    return whole[0] == whole[1]


def retitle(code: Code, title: str) -> int:
    code.title = title
    code.save()
    publish(code, by=None, why="Another title")
    return current_stamp()


def test_what_changed_is_read_into_what_was_read_before(starter_library: None) -> None:
    stamps = [current_stamp()]
    library.library()
    bone, lung, *_, last = Code.objects.order_by("number")
    stamps.append(retitle(bone, "Bone"))
    stamps.append(retitle(lung, "Lung"))
    retire(last, by=None, why="It is not needed any more")
    stamps.append(current_stamp())
    stamps.append(retitle(bone, "Bone once more"))
    for stamp in (*stamps, *reversed(stamps)):
        library._library.cache_clear()
        assert same(library.library(stamp), read_anew(stamp))
    for stamp in stamps:
        library.forget()
        assert same(library.library(stamp), read_anew(stamp))


def test_one_page_is_read_where_one_changed(starter_library: None) -> None:
    library.library()
    with CaptureQueriesContext(connection) as captured:
        retitle(Code.objects.get(number="20983"), "Bone")
        assert library.library().codes["20983"].title == "Bone"
    read = [one["sql"].partition(" IN (")[2] for one in captured.captured_queries if READ in one["sql"]]
    assert [places.count(",") for places in read] == [0]


def test_with_many_changes_it_is_read_as_a_whole(starter_library: None, monkeypatch: pytest.MonkeyPatch) -> None:
    library.library()
    monkeypatch.setattr(library, "FEW", 1)
    for code in Code.objects.order_by("number")[:3]:
        retitle(code, f"{code.title} again")
    assert same(library.library(), read_anew(current_stamp()))


def test_a_code_that_is_none_in_an_old_edition_is_told_by_the_check_and_takes_nothing_with_it(bone_code: Code) -> None:
    """It was published before codes had to look like codes, and never met a claim."""
    bone_code.rules.filter(kind="not-with").update(params={"codes": ["80048 80053"]})
    edition = publish(bone_code, by=None, why="As it was then")
    read = next(rule for rule in library_of([edition.document]).rules if rule.kind == "not-with")
    assert read.params.codes == ("80048 80053",)
    problems = [one for one in lint(bone_code) if one.check == "rule-unreadable"]
    assert [one.level for one in problems] == [Level.ERROR]
    assert "must be one code, such as 12345 or A1234, and is “80048 80053”" in problems[0].message
