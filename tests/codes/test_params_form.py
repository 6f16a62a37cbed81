"""Parameters as form fields: every type of them, there and back."""

from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from codes.params_form import FIELDS, FacetsField, TextsField, blame, form_fields, read_texts, write_texts
from rulebook.kinds import KIND, KINDS
from rulebook.params import READERS, ParamError, param

TEXTS = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=' ,"'), min_size=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """Parameters of a type that nobody reads."""

    share: float = param("A share")


def test_every_type_that_is_read_can_be_filled_in() -> None:
    assert set(FIELDS) == set(READERS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_has_a_labelled_and_explained_field_for_each_parameter(kind: Any) -> None:
    fields = form_fields(kind.Params)
    assert len(fields) == len(kind.Params.__dataclass_fields__)
    assert all(field.label and field.help_text for field in fields.values())


def test_a_type_without_a_field_fails_loudly() -> None:
    with pytest.raises(TypeError, match="share: there is no form field for <class 'float'>"):
        form_fields(Unheard)


def test_help_is_safe_to_show_as_html() -> None:
    assert "&quot;quotation marks&quot;" in form_fields(KIND["modifier"].Params)["param_beside_global"].help_text


def test_help_says_a_default_as_it_would_be_typed() -> None:
    fields = form_fields(KIND["distinct"].Params) | form_fields(KIND["global-period"].Params)
    assert "Left empty: session: XE; structure: XS;" in fields["param_modifiers"].help_text
    assert fields["param_general"].help_text.endswith("Left empty: 59.")
    assert "Left empty: relation: unrelated." in fields["param_unrelated"].help_text


@given(st.lists(TEXTS.map(str.strip).filter(bool)), st.sampled_from(["\n", ", "]))
def test_texts_are_read_as_they_were_written(values: list[str], between: str) -> None:
    assert read_texts(write_texts(values, between)) == tuple(values)


@pytest.mark.parametrize(
    "typed",
    ["a, b c,d", "a\r\nb c\r\nd", "a\n\n b c ,, d,\n", '"a", "b c", "d"'],
    ids=["commas", "lines", "both and gaps", "quoted"],
)
def test_texts_stand_one_a_line_or_between_commas(typed: str) -> None:
    assert read_texts(typed) == ("a", "b c", "d")


@pytest.mark.parametrize("typed", ['"a, b', '"a" b', "a\x00b"])
def test_texts_that_cannot_be_read_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        TextsField().clean(typed)


def filled(kind: str, **typed: Any) -> dict[str, Any]:
    """What the fields of a kind read from what was typed, by the names of its parameters."""
    fields = form_fields(KIND[kind].Params)
    return {name: fields[f"param_{name}"].clean(text) for name, text in typed.items()}


@pytest.mark.parametrize("typed", ["80048 80053", "80048;80053", "80048, 80053", "80048\r\n80053"])
def test_codes_stand_apart_by_commas_semicolons_blanks_or_lines(typed: str) -> None:
    assert filled("not-with", codes=typed) == {"codes": ("80048", "80053")}


@pytest.mark.parametrize(
    ("kind", "field", "typed", "read"),
    [
        ("not-with", "codes", "j1100\xa0a9500", ("J1100", "A9500")),
        ("diagnosis", "supports", "e11.65, r73.-; R73.0-;E13", ("E11.65", "R73.-", "R73.0-", "E13")),
        ("diagnosis", "supports", "c7951 c40- C00\u2013D49", ("C79.51", "C40.-", "C00-D49")),
        ("diagnosis", "headers", "c400", ("C40.0",)),
        ("modifier", "both", "lt;rt", ("LT", "RT")),
        ("patient", "places", "11 22", ("11", "22")),
        ("each-additional", "code", " j 1100 ", "J1100"),
        ("distinct", "general", "xu", "XU"),
        ("laterality", "sides", [("left", "c64.2"), ("right", "C641")], {"left": ("C64.2",), "right": ("C64.1",)}),
    ],
)
def test_codes_are_written_as_claims_have_them(kind: str, field: str, typed: Any, read: Any) -> None:
    assert filled(kind, **{field: typed}) == {field: read}


def test_words_keep_their_blanks_and_letters() -> None:
    assert filled("selection", facets=[("site", "Left knee, hip")]) == {"facets": {"site": ("Left knee", "hip")}}


def test_rows_become_a_mapping() -> None:
    rows = [("site", "bone, lung"), ("", ""), ("approach", "open")]
    assert FacetsField().clean(rows) == {"site": ("bone", "lung"), "approach": ("open",)}


def test_each_bad_row_is_named() -> None:
    with pytest.raises(ValidationError) as caught:
        FacetsField().clean([("site", ""), ("", "bone"), ("for", "x"), ("for", "y"), ("for\x00", ""), ("is", '"')])
    assert caught.value.messages == [
        "Row 1: site has no value.",
        "Row 2: there are values but no name before them.",
        "Row 4: for has a row above already; put all its values there, separated by commas.",
        "Row 5: Null characters are not allowed.",
        "Row 6: Quotation marks must stand around a whole value and be closed.",
    ]


def test_an_empty_list_or_mapping_is_only_refused_where_one_is_needed() -> None:
    fields = form_fields(KIND["global-period"].Params) | form_fields(KIND["not-with"].Params)
    assert fields["param_visits"].clean([]) == {}
    with pytest.raises(ValidationError, match="Give at least one value"):
        fields["param_codes"].clean("")


@pytest.mark.parametrize(
    ("kind", "error", "field", "message"),
    [
        ("not-with", ParamError("codes.1", "must be text"), "param_codes", "Value 2 must be text."),
        ("not-with", ParamError("service.site.0", "must be text"), "param_service", "site.0 must be text."),
        ("not-with", ParamError("codes.0", "is “9”"), "param_codes", "Value 1 is “9”."),
        ("modifier", ParamError("modifiers.left", "is “9”"), "param_modifiers", "left is “9”."),
        ("validity", ParamError("from_", "is odd"), "param_from", "This is odd."),
        ("validity", ParamError("to", "is before from"), "param_to", "This is before from."),
        ("patient", ParamError("to_age", "is below from_age"), "param_to_age", "This is below from age."),
        ("patient", ParamError("", "needs an age"), None, "Needs an age."),
        ("patient", ParamError("shoes", "is no parameter"), None, "Shoes is no parameter."),
    ],
)
def test_an_error_goes_to_the_field_that_it_names(
    kind: str, error: ParamError, field: str | None, message: str
) -> None:
    assert blame(KIND[kind].Params, error) == (field, message)


def test_what_was_typed_and_refused_is_shown_again(db: None) -> None:
    form = type("OneField", (forms.Form,), {"facets": FacetsField(label="Facets")})(
        {"facets-0-name": "site", "facets-0-values": "", "facets-1-name": "", "facets-1-values": '"bone'}
    )
    assert not form.is_valid()
    assert 'value="site"' in str(form)
    assert 'value="&quot;bone"' in str(form)
    assert 'aria-label="Facets, row 2: values"' in str(form)
