"""Codes, diagnoses, modifiers and places of rules look like ones, or the rule is refused by the field."""

from typing import Any

import pytest

from rulebook.icd import covers
from rulebook.kinds import KIND
from rulebook.params import ParamError, parse
from rulebook.shapes import CHARACTER, CODE, DIAGNOSES, DIAGNOSIS, MODIFIER, PLACE, Shape

SUPPORTS = {"supports": ["C79.51"]}


@pytest.mark.parametrize(
    ("kind", "params", "field"),
    [
        ("not-with", {"codes": ["20982", "80048 80053"]}, "codes.1"),
        ("not-with", {"codes": ["80048-80053"]}, "codes.0"),
        ("not-with", {"codes": ["j1100"]}, "codes.0"),
        ("add-on", {"primaries": ["11042-11047"]}, "primaries.0"),
        ("each-additional", {"code": "82948, 82950"}, "code"),
        ("diagnosis", {"supports": ["R73.0-;E13"]}, "supports.0"),
        ("diagnosis", {"supports": ["E11*"]}, "supports.0"),
        ("diagnosis", {"supports": ["D49-C00"]}, "supports.0"),
        ("diagnosis", SUPPORTS | {"headers": ["C40.-"]}, "headers.0"),
        ("code-first", {"manifestations": ["D63.1"], "underlying": ["nonsense"]}, "underlying.0"),
        ("modifier", {"facet": "laterality", "modifiers": {"left": "9"}}, "modifiers.left"),
        ("modifier", {"facet": "laterality", "modifiers": {"left": "LT"}, "both": ["5"]}, "both.0"),
        ("distinct", {"beside": ["20982"], "general": "5"}, "general"),
        ("patient", {"places": ["1"]}, "places.0"),
        ("patient", {"places": ["11", "ZZ"]}, "places.1"),
        ("seventh-character", {"below": ["S83.2-"], "characters": {"later": "DD"}}, "characters.later"),
        ("laterality", {"sides": {"left": ["C64.2"], "right": ["c64.1"]}}, "sides.right"),
        ("validity", {"to": "2024-12-31", "successors": ["FILES"]}, "successors.0"),
    ],
)
def test_what_is_no_code_is_refused_by_its_field(kind: str, params: dict[str, Any], field: str) -> None:
    with pytest.raises(ParamError) as refused:
        parse(KIND[kind].Params, params)
    assert refused.value.field == field


def test_the_refusal_says_what_is_wanted_and_what_is_there() -> None:
    with pytest.raises(ParamError, match="must be one code, such as 12345 or A1234, and is “11042-11047”"):
        parse(KIND["add-on"].Params, {"primaries": ["11042-11047"]})


def test_what_was_stored_before_is_read_as_it_was() -> None:
    """An edition never changes; one odd code in it must not take the library of the whole site with it."""
    assert parse(KIND["not-with"].Params, {"codes": ["80048 80053"]}, as_stored=True).codes == ("80048 80053",)


@pytest.mark.parametrize(
    ("shape", "texts"),
    [
        (CODE, ["20982", "0340T", "0001U", "J1100", "X1001"]),
        (DIAGNOSIS, ["I10", "C79.51", "S83.241A", "QA0.0101"]),
        (DIAGNOSES, ["I10", "C79.51", "C40.-", "C79.5-", "S83.241-", "C00-D49", "C40-"]),
        (MODIFIER, ["59", "LT", "E1"]),
        (PLACE, ["11", "02"]),
        (CHARACTER, ["A", "9"]),
    ],
)
def test_a_text_of_the_shape_is_normal_already(shape: Shape, texts: list[str]) -> None:
    assert all(shape.holds(text) for text in texts)
    assert [shape.normal(text) for text in texts if text != "C40-"] == [text for text in texts if text != "C40-"]


def test_a_text_of_no_shape_stays_as_it_was_typed() -> None:
    assert [shape.normal("E11 *x") for shape in (CODE, DIAGNOSES, MODIFIER)] == 3 * ["E11 *x"]


def test_a_category_written_without_its_point_means_the_same() -> None:
    assert DIAGNOSES.normal("C40-") == "C40.-"
    assert covers("C40-", "C40.01")
    assert covers("C40.-", "C40.01")
