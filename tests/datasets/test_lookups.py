"""What loaded files say of codes on a day."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datasets import lookups, store
from datasets.current import release_on
from datasets.making import codes, diagnoses, ptp_rows
from datasets.models import Release
from tests.datasets.conftest import Loaded, Made

DAY = date(2026, 2, 1)


@pytest.fixture
def edits(made: Made, loaded: Loaded) -> Release:
    """A file of edits."""
    return loaded(made("ptp", 800)).release


def in_force(row: tuple[str, ...], day: date) -> bool:
    """Whether a made-up pair holds on a day, read from the text."""
    _, _, _, starts, ends, *_ = row
    return starts <= f"{day:%Y%m%d}" and (ends == "*" or f"{day:%Y%m%d}" <= ends != starts)


def test_all_edits_among_the_codes_of_a_claim_are_found_in_one_question(edits: Release) -> None:
    lookups.edits_among(["00100", "00200"], DAY)
    common = [code for code, _ in Counter(row[0] for row in ptp_rows(800)).most_common(6)]
    wanted = {row[:2] for row in ptp_rows(800) if row[0] in common and row[1] in common and in_force(row, DAY)}
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = lookups.edits_among(common, DAY)
    assert {(one.column1, one.column2) for one in found} == wanted
    assert wanted
    # Which release holds, and with PostgreSQL the question itself.
    assert sum(query["sql"].startswith("SELECT") for query in queries) <= 2


def test_a_look_up_asks_once_where_its_release_is_known(edits: Release) -> None:
    pair = next(ptp_rows(800))[:2]
    lookups.edits_among(pair, DAY)
    with CaptureQueriesContext(connection) as queries:
        lookups.edits_among(pair, DAY)
    asked = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert len(asked) == 1 + (connection.vendor == "postgresql")  # where the edits themselves are in the same database


def test_the_release_of_a_day_is_the_one_that_the_model_tells(made: Made, loaded: Loaded) -> None:
    for quarter in ("2025q4", "2026q1", "2026q2"):
        loaded(made("ptp", 30, name=f"ccipra-{quarter}-f1.txt"))
        loaded(made("rvu", 30, name=f"pprrvu{quarter}_nonqpp.csv"))
    for kind, setting in (("ptp", "practitioner"), ("ptp", "hospital"), ("rvu", "nonqpp"), ("mue", "")):
        for day in (date(1999, 1, 1), date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(2040, 1, 1)):
            assert release_on(kind, day, setting) == Release.objects.of(kind, setting).on(day)


def test_a_release_that_was_loaded_anew_is_told_as_it_is_now(made: Made, loaded: Loaded) -> None:
    for seed in (1, 2):
        loaded(made("mue", 40, seed=seed))
        found = release_on("mue", DAY, "practitioner")
        assert found is not None
        assert (found.build, found.files) == Release.objects.values_list("build", "files").get()


def test_an_edit_holds_from_its_first_day_until_the_day_of_its_deletion(edits: Release) -> None:
    row = next(row for row in ptp_rows(800) if row[4] > row[3] and row[4] < "20260101")
    starts, ends = (date.fromisoformat(row[place]) for place in (3, 4))
    held = lookups.edits_of(row[0], edits, ends, most=500)
    gone = lookups.edits_of(row[0], edits, ends + timedelta(days=1), most=500)
    pair = (row[0], row[1], starts)
    assert pair in {(one.column1, one.column2, one.starts) for one in held}
    assert pair not in {(one.column1, one.column2, one.starts) for one in gone}


def test_an_edit_deleted_on_its_first_day_never_held(edits: Release) -> None:
    row = next(row for row in ptp_rows(800) if row[4] == row[3])
    day = date.fromisoformat(row[3])
    assert (row[0], row[1], day) not in {
        (one.column1, one.column2, one.starts) for one in lookups.edits_of(row[0], edits, day, most=500)
    }


def test_edits_name_their_reason_and_their_file(edits: Release) -> None:
    one = lookups.edits_of(next(ptp_rows(800))[0], edits)[0]
    assert one.rationale
    assert one.release == edits


def test_where_nothing_is_loaded_nothing_is_said(db: None) -> None:
    assert lookups.edits_among(["00100", "00200"], DAY) == []
    assert lookups.units_of(["00100"], DAY) == {}
    assert lookups.addons_of(["00100"], DAY) == {}
    assert lookups.relative_values_of("00100", DAY) == []
    assert lookups.diagnoses_of(["A00"], DAY) == {}
    assert lookups.notes_of("A00", DAY) == []


def test_of_no_codes_nothing_is_said(edits: Release, made: Made, loaded: Loaded) -> None:
    for kind in ("mue", "addons", "icd10-order", "icd10-tabular"):
        loaded(made(kind, 30))
    assert lookups.units_of(["no code"], DAY) == lookups.addons_of([], DAY) == lookups.diagnoses_of([], DAY) == {}
    assert lookups.edits_among([], DAY) == lookups.notes_of("", DAY) == []


def test_of_a_day_before_the_first_file_the_first_one_tells_where_its_rows_have_days(edits: Release) -> None:
    row = next(row for row in ptp_rows(800) if in_force(row, date(2012, 5, 1)) and row[0] != row[1])
    found = lookups.edits_among(row[:2], date(2012, 5, 1))
    assert (row[0], row[1]) in {(one.column1, one.column2) for one in found}
    assert {one.release for one in found} == {edits}


def test_nothing_is_said_of_a_day_before_the_first_file_whose_rows_have_none(made: Made, loaded: Loaded) -> None:
    loaded(made("mue", 50))
    assert lookups.units_of(codes(50), DAY)
    assert lookups.units_of(codes(50), date(2025, 12, 31)) == {}


def test_a_file_that_is_loaded_anew_just_then_is_asked_in_its_new_place(
    made: Made, edits: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    select, asked = store.select, list[str]()

    def gone_once(place: str, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        asked.append(place)
        if len(asked) == 1:
            raise store.Gone(place)
        return select(place, sql, values)

    monkeypatch.setattr(store, "select", gone_once)
    lookups.edits_among(next(ptp_rows(800))[:2], DAY)
    assert asked == [edits.place] * 2


def test_a_build_that_is_no_more_says_so(edits: Release) -> None:
    with pytest.raises(store.Gone):
        store.select(f"{edits.place}0", "SELECT 1 FROM edits")


def test_units_are_those_of_the_file(made: Made, loaded: Loaded) -> None:
    loaded(made("mue", 120))
    found = lookups.units_of([*codes(120)[:5], "no code", "ZZZZZ"], DAY)
    assert set(found) == set(codes(120)[:5])
    assert all(one.indicator in (1, 2, 3) and one.value >= 0 for one in found.values())


def test_add_on_codes_name_their_primaries_or_leave_it_open(made: Made, loaded: Loaded) -> None:
    loaded(made("addons", 400))
    found = lookups.addons_of(codes(133), DAY)
    assert {one.is_open for one in found.values()} == {True, False}
    assert all("CCCCC" not in one.primaries for one in found.values())
    assert all(one.primaries for one in found.values() if not one.is_open)


def test_relative_values_have_the_whole_service_first(made: Made, loaded: Loaded) -> None:
    loaded(made("rvu", 60))
    found = [lookups.relative_values_of(code, DAY) for code in codes(60)]
    assert all(rows[0].modifier == "" for rows in found)
    assert {tuple(row.modifier for row in rows) for rows in found} == {("",), ("", "26", "TC")}
    assert all(row.global_days in ("000", "010", "090", "XXX", "ZZZ") for rows in found for row in rows)


def test_diagnoses_can_be_asked_for_with_their_point(made: Made, loaded: Loaded) -> None:
    loaded(made("icd10-order", 300))
    code, billable = next((code, billable) for code, billable in diagnoses(300) if len(code) == 5)
    pointed = f"{code[:3]}.{code[3:]}"
    (found,) = lookups.diagnoses_of([pointed], DAY).values()
    assert (found.code, found.is_billable) == (code, billable)


def test_notes_are_inherited_from_ancestors_the_nearest_first(made: Made, loaded: Loaded) -> None:
    loaded(made("icd10-tabular", 400))
    every = [lookups.notes_of(code, DAY) for code, _ in diagnoses(400) if len(code) == 5]
    assert {tuple(note.code for note in notes[-2:]) for notes in every} == {("A00-Z89", "A00-Z99")}
    mixed = [notes[:-2] for notes in every if len({note.code for note in notes[:-2]}) > 1]
    assert mixed
    lengths = [[len(note.code) for note in notes] for notes in mixed]
    assert lengths == [sorted(one, reverse=True) for one in lengths]
