"""The case format: what is read, what is refused, and which field a refusal names."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from rulebook.case_format import CaseError, read_case, read_claim, read_encounter, write_claim, write_encounter

CASE: dict[str, Any] = {
    "date_of_service": "2024-03-01",
    "patient": {"age": 61, "sex": "F"},
    "place_of_service": "22",
    "services": [{"procedure": "ablation", "site": "bone", "count": 3}, {"procedure": "imaging guidance"}],
    "diagnoses": ["C79.51"],
    "documented": ["start-time"],
    "earlier": [{"code": "29881", "date": "2024-02-20"}],
    "claim": {"lines": [{"code": "20983", "units": 1, "modifiers": ["59"], "diagnoses": ["C79.51"]}]},
}
VOCABULARY = {
    "procedure": {"ablation": "ablation", "imaging guidance": "imaging guidance"},
    "site": {"bone": "bone", "osseous": "bone"},
}


def holder(case: Any, path: str) -> tuple[Any, Any]:
    """The object or list that a path ends in, and the key or index there."""
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in parents:
        case = case[step]
    return case, last


def with_value(path: str, value: Any) -> dict[str, Any]:
    case = deepcopy(CASE)
    parent, last = holder(case, path)
    parent[last] = value
    return case


def without(path: str) -> dict[str, Any]:
    case = deepcopy(CASE)
    parent, last = holder(case, path)
    del parent[last]
    return case


def field_refused(case: Any, vocabulary: Any = None) -> str:
    """The field that the refusal names."""
    with pytest.raises(CaseError) as refusal:
        read_case(case, vocabulary)
    assert str(refusal.value) == f"{refusal.value.field}: {refusal.value.message}"
    return refusal.value.field


def test_unchanged_case_is_read() -> None:
    encounter, claim = read_case(CASE, VOCABULARY)
    assert encounter.date_of_service == date(2024, 3, 1)
    assert [service.count for service in encounter.services] == [3, 1]
    assert claim.lines[0].modifiers == ("59",)


LINE = "claim.lines.0"
BAD_VALUES = {
    "date_of_service": [
        *("2026-02-30", "2023-02-29", "0000-00-00", "2024-13-01", "2024-3-1", "20240301", "1.3.2024"),
        *("2024-03-01T00:00", "", "tomorrow", 20240301, True, None, [], date(2024, 3, 1)),
    ],
    "patient": ["F", 61, [], True],
    "patient.age": ["61", 61.0, 61.5, True, -1, 131, []],
    "patient.sex": ["f", "female", "", 1, True, []],
    "patient.name": ["somebody"],
    "place_of_service": [22, "2", "222", "", "2x", "\u0662\u0662", True, ["22"]],
    "services": [[], {}, None, "ablation", 1, [{"procedure": "ablation"}] * 51],
    "services.0": [{}, {"count": 2}, [], "ablation", None, 1],
    "services.0.site": ["", " ", 1, None, True, ["bone"], "x" * 201],
    "services.1.procedure": [{}, 0.5],
    "services.0.count": [0, -1, 10000, 1.0, 2.5, "3", True, None, []],
    "diagnoses": ["C79.51", {}, None, 1, ["C79.51"] * 13],
    "diagnoses.0": ["", "79.51", "C7", "bone cancer", "C79.51234", 79.51, None, ["C79.51"]],
    "documented": ["start-time", {}, 1, True],
    "documented.0": ["", "Start time", "start_time", "-", 1, None],
    "earlier": ["29881", {}, None, 1, [{"code": "29881", "date": "2024-02-20"}] * 51],
    "earlier.0": [None, [], "29881", 1],
    "earlier.0.code": ["", "2988", "298811", 29881, None],
    "earlier.0.date": ["2024-03-02", "2024-02-30", "", None, 20240220],
    "earlier.0.surgeon": ["somebody"],
    "claim": [None, [], "20983", 1],
    "claim.lines": [None, {}, "20983", 1, [{"code": "20983"}] * 51],
    LINE: [None, [], "20983", 20983],
    f"{LINE}.code": ["", "2098", "209833", "20983!", "\uff12\uff10\uff19\uff18\uff13", 20983, None, ["20983"]],
    f"{LINE}.units": [0, -1, 10000, 10**30, 1.0, 0.5, "1", True, False, None, []],
    f"{LINE}.modifiers": ["59", {}, None, 59, ["59"] * 5],
    f"{LINE}.modifiers.0": ["ABC", "A", "", "5 9", "5!", 59, None],
    f"{LINE}.diagnoses": ["C79.51", {}, None, ["C79.51"] * 13],
    f"{LINE}.diagnoses.0": ["", "nothing", 79.51, None],
    f"{LINE}.price": [100],
    "claim.note": ["urgent"],
    "colour": ["red"],
}
REFUSED = [
    pytest.param(field, value, id=f"{field}={value!r:.30}") for field, bad in BAD_VALUES.items() for value in bad
]


@pytest.mark.parametrize(("field", "value"), REFUSED)
def test_bad_value_is_refused_by_its_path(field: str, value: Any) -> None:
    assert field_refused(with_value(field, value)) == field


@pytest.mark.parametrize(
    "field",
    ["date_of_service", "services", "earlier.0.code", "earlier.0.date", "claim", "claim.lines", f"{LINE}.code"],
)
def test_missing_field_is_refused_by_its_path(field: str) -> None:
    assert field_refused(without(field)) == field


@pytest.mark.parametrize(
    "field",
    [
        *("patient", "patient.age", "patient.sex", "place_of_service", "diagnoses", "documented", "services.0.count"),
        "earlier",
        *(f"{LINE}.units", f"{LINE}.modifiers", f"{LINE}.diagnoses"),
    ],
)
def test_optional_field_may_be_left_out(field: str) -> None:
    read_case(without(field))


@pytest.mark.parametrize("case", [None, [], [CASE], "case", 1, True, 0.5])
def test_case_that_is_no_object_is_refused(case: Any) -> None:
    assert field_refused(case) == "case"


@pytest.mark.parametrize(("field", "value"), [("services.0.site", "toe"), ("services.1.colour", "red")])
def test_word_outside_the_vocabulary_is_refused_by_its_path(field: str, value: str) -> None:
    case = with_value(field, value)
    assert field_refused(case, VOCABULARY) == field
    read_case(case)


@pytest.mark.parametrize("word", ["bone", "Bone", "osseous", " OSSEOUS "])
def test_synonym_stands_for_its_value(word: str) -> None:
    encounter, _ = read_case(with_value("services.0.site", word), VOCABULARY)
    assert encounter.services[0].facets["site"] == "bone"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("20983", "20983"), (" 20983 ", "20983"), ("j0-585", "J0585"), ("0581 t", "0581T"), ("a4\u20112 1 5", "A4215")],
)
def test_code_is_read_however_it_is_typed(typed: str, code: str) -> None:
    assert read_case(with_value(f"{LINE}.code", typed))[1].lines[0].code == code


@pytest.mark.parametrize(
    ("typed", "diagnosis"),
    [
        ("C79.51", "C79.51"),
        ("c7951", "C79.51"),
        (" c79 51 ", "C79.51"),
        ("I10", "I10"),
        ("s72001a", "S72.001A"),
        ("C7A.010", "C7A.010"),
        ("U07.1", "U07.1"),
    ],
)
def test_diagnosis_is_read_however_it_is_typed(typed: str, diagnosis: str) -> None:
    assert read_case(with_value("diagnoses.0", typed))[0].diagnoses == (diagnosis,)
    assert read_case(with_value(f"{LINE}.diagnoses.0", typed))[1].lines[0].diagnoses == (diagnosis,)


@pytest.mark.parametrize(("typed", "modifier"), [("59", "59"), ("lt", "LT"), (" x1 ", "X1")])
def test_modifier_is_read_however_it_is_typed(typed: str, modifier: str) -> None:
    assert read_case(with_value(f"{LINE}.modifiers.0", typed))[1].lines[0].modifiers == (modifier,)


@pytest.mark.parametrize("units", [1, 9999])
def test_units_are_read_up_to_their_bounds(units: int) -> None:
    assert read_case(with_value(f"{LINE}.units", units))[1].lines[0].units == units


def test_fifty_lines_are_read() -> None:
    assert len(read_claim({"lines": [{"code": "20983"}] * 50}).lines) == 50


def test_documentation_left_out_is_not_the_same_as_none_shown() -> None:
    assert read_case(without("documented"))[0].documented is None
    assert read_case(with_value("documented", []))[0].documented == frozenset()


def test_earlier_procedure_may_be_of_the_same_day() -> None:
    assert read_case(with_value("earlier.0.date", "2024-03-01"))[0].earlier[0].date == date(2024, 3, 1)


def test_claim_is_no_part_of_an_encounter() -> None:
    with pytest.raises(CaseError, match="claim"):
        read_encounter(CASE)


def test_written_case_is_the_case_that_was_read() -> None:
    encounter, claim = read_case(CASE)
    assert {**write_encounter(encounter), "claim": write_claim(claim)} == CASE
