"""Form fields for the parameters of any rule kind, made from their description alone.

A parameter's type says how it is read from JSON (``rulebook.params.READERS``) and, in ``FIELDS``, how it is
filled in. A type without a field fails as soon as the form is built, and a test holds that every reader has one.
"""

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, get_args, get_type_hints

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.html import escape
from django.utils.text import capfirst

from accounts.names import keep_order
from codes.models import FacetValue
from rulebook.params import Facets, ParamError, json_name, parse, shape_of
from rulebook.shapes import Shape

PREFIX = "param_"
BLANK_ROWS = 3
ONE_A_LINE = 'One a line, or separated by commas; one that has a comma in it goes in "quotation marks".'
CODES_APART = "One a line, or separated by commas, semicolons or spaces."
ONE_A_ROW = "One a row; several values that fit are separated by commas. Saving gives more empty rows."
#: Of one value; the words of rules are short, and findings repeat them.
MOST_LETTERS = 200
no_null = ProhibitNullCharactersValidator()
Rows = list[tuple[str, str]]
Spec = dataclasses.Field[Any]


# Texts, many in one field ---------------------------------------------------------------


def read_texts(text: str, shape: Shape | None = None) -> tuple[str, ...]:
    """The values in a text that has one a line, or several separated by commas.

    Those of a shape have no blanks in them, so that blanks and semicolons separate them too.
    """
    no_null(text)
    keep_order(text)
    if shape:
        return tuple(shape.normal(cell) for cell in re.split(r"[\s,;]+", text) if cell)
    lines = io.StringIO(re.sub(r"\r\n?", "\n", text))
    try:
        cells = [cell.strip() for row in csv.reader(lines, skipinitialspace=True, strict=True) for cell in row]
    except csv.Error as error:
        raise ValidationError("Quotation marks must stand around a whole value and be closed.") from error
    long = next((cell for cell in cells if len(cell) > MOST_LETTERS), "")
    if long:
        raise ValidationError(f"“{long[:30]}…” has {len(long):,} characters; a value may have {MOST_LETTERS}.")
    return tuple(cell for cell in cells if cell)


def write_texts(values: Iterable[Any], between: str) -> str:
    """The text that read_texts() reads these values from."""
    return between.join(_quoted(str(value)) for value in values)


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', '""')) if re.search(r'[",\n]', value) else value


class ShapedField(forms.Field):
    """A field whose texts are codes and the like, where it has a shape, and else words."""

    def __init__(self, *, shape: Shape | None = None, **told: Any) -> None:
        super().__init__(**told)
        self.shape = shape


class TextsField(ShapedField):
    """A tuple of texts."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField param-texts"})
    default_error_messages = {"required": "Give at least one value."}

    def prepare_value(self, value: Any) -> Any:
        """The values as text; what was typed stays as it was typed."""
        return write_texts(value, "\n") if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> tuple[str, ...]:
        """The values that were typed."""
        return read_texts(value or "", self.shape)


# Facets and their values ----------------------------------------------------------------


class FacetRows(forms.Widget):
    """Rows of a name and its values, with a few empty ones, and the vocabulary as suggestions."""

    template_name = "codes/_facet_rows.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Rows:
        """What was typed, row by row, empty rows included."""
        rows: Rows = []
        while f"{name}-{len(rows)}-name" in data:
            row = f"{name}-{len(rows)}"
            rows.append((data[f"{row}-name"].strip(), data.get(f"{row}-values", "").strip()))
        return rows

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """A form that was sent has the first row at least."""
        return f"{name}-0-name" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The rows that are filled and the empty ones after them."""
        context = super().get_context(name, None, attrs)
        rows = [*_without_empty_end(value or []), *BLANK_ROWS * [("", "")]]
        context["widget"] |= {
            "label": context["widget"]["attrs"].pop("label", ""),
            "rows": [{"name": row[0], "values": row[1]} for row in rows],
            "words": list(FacetValue.objects.select_related("facet")),
        }
        return context


def _without_empty_end(rows: Rows) -> Rows:
    """Empty rows in between stay, so that a message about row 3 is about the third one that is seen."""
    filled = [number for number, row in enumerate(rows, start=1) if any(row)]
    return rows[: max(filled, default=0)]


class FacetsField(ShapedField):
    """A mapping of a facet to the values that fit."""

    widget = FacetRows
    default_error_messages = {"required": "Fill in at least one row."}

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Each input of a row is announced with the label that they share."""
        return {"label": self.label}

    def prepare_value(self, value: Any) -> Any:
        """The mapping as rows; rows that were typed (JSON has no tuples) stay as they were typed."""
        if not isinstance(value, Mapping):
            return [row for row in value if isinstance(row, tuple)] if isinstance(value, list) else []
        values = {name: fits if isinstance(fits, (list, tuple)) else [fits] for name, fits in value.items()}
        return [(name, write_texts(fits, ", ")) for name, fits in values.items()]

    def to_python(self, value: Any) -> dict[str, tuple[str, ...]]:
        """The mapping, or what is wrong in which row."""
        found: dict[str, tuple[str, ...]] = {}
        wrong: list[str] = []
        for number, (name, typed) in enumerate(value or [], start=1):
            try:
                found |= _facet(name, typed, found, self.shape)
            except ValidationError as error:
                wrong += [f"Row {number}: {message}" for message in error.messages]
        if wrong:
            raise ValidationError(wrong)
        return found


def _facet(name: str, typed: str, above: Mapping[str, Any], shape: Shape | None) -> dict[str, tuple[str, ...]]:
    """One row; nothing when it is empty."""
    no_null(name)
    keep_order(name)
    values = read_texts(typed, shape)
    if name in above:
        raise ValidationError(f"{name} has a row above already; put all its values there, separated by commas.")
    if values and not name:
        raise ValidationError("there are values but no name before them.")
    if name and not values:
        raise ValidationError(f"{name} has no value.")
    return {name: values} if name else {}


# One field for each parameter -----------------------------------------------------------


class TextField(ShapedField, forms.CharField):
    """One text."""

    widget = forms.TextInput(attrs={"class": "vTextField"})

    def __init__(self, **told: Any) -> None:
        super().__init__(max_length=MOST_LETTERS, validators=[keep_order], **told)

    def to_python(self, value: Any) -> Any:
        """The text as texts of its shape are written."""
        text = super().to_python(value)
        return self.shape.normal(text) if self.shape and text else text


def _whole(**told: Any) -> forms.Field:
    return forms.IntegerField(widget=forms.NumberInput(attrs={"class": "vIntegerField"}), **told)


def _date(**told: Any) -> forms.Field:
    return forms.DateField(widget=day_picker(), **told)


def day_picker() -> forms.DateInput:
    """The browser's own, which needs no script."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "vTextField day"})


def _choice(choices: type[StrEnum], **told: Any) -> forms.Field:
    options = [(one.value, capfirst(one.value)) for one in choices]
    return forms.ChoiceField(choices=[("", "Choose one"), *options], **told)


FIELDS: dict[Any, Callable[..., forms.Field]] = {
    str: TextField,
    bool: forms.BooleanField,
    int: _whole,
    date | None: _date,
    int | None: _whole,
    str | None: TextField,
    tuple[str, ...]: TextsField,
    Facets: FacetsField,
}
HELP = {tuple[str, ...]: ONE_A_LINE, Facets: ONE_A_ROW}


def form_fields(params: type[Any]) -> dict[str, forms.Field]:
    """Form name -> a new form field for each parameter of a kind; TypeError for a type that nobody can fill in."""
    return {_form_name(spec): _field(spec, hint) for spec, hint in _specs(params)}


def initial(params: type[Any], stored: Any) -> dict[str, Any]:
    """Form name -> value of stored parameters; those that cannot be read are shown as far as they go."""
    try:
        read = parse(params, stored)
    except ParamError:
        raw = stored if isinstance(stored, Mapping) else {}
        return {_form_name(spec): raw.get(json_name(spec), _default(spec)) for spec, _ in _specs(params)}
    return {_form_name(spec): getattr(read, spec.name) for spec, _ in _specs(params)}


def given(params: type[Any], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, for ``parse``; a field left empty is left out, or None where that is a value."""
    found = {json_name(spec): (cleaned.get(_form_name(spec)), hint) for spec, hint in _specs(params)}
    empty = (None, "")
    return {
        name: None if value in empty else value
        for name, (value, hint) in found.items()
        if value not in empty or _may_be_none(hint)
    }


def blame(params: type[Any], error: ParamError) -> tuple[str | None, str]:
    """The form field that an error belongs to (None: the rule as a whole), and what to say there."""
    first, _, rest = error.field.partition(".")
    message = error.message.rstrip(".")
    for spec, _ in _specs(params):
        message = re.sub(rf"\b{json_name(spec)}\b", _spoken(spec), message)
    names = {name: _form_name(spec) for spec, _ in _specs(params) for name in (spec.name, json_name(spec))}
    if first not in names:
        return None, f"{capfirst(f'{first} {message}'.strip())}."
    where = f"Value {int(rest) + 1}" if rest.isdecimal() else rest or "This"
    return names[first], f"{where} {message}."


def _specs(params: type[Any]) -> list[tuple[Spec, Any]]:
    hints = get_type_hints(params)
    return [(spec, hints[spec.name]) for spec in dataclasses.fields(params)]


def _form_name(spec: Spec) -> str:
    """Parameters have names of their own choosing; the prefix keeps them from those of the rule's columns."""
    return PREFIX + json_name(spec)


def _field(spec: Spec, hint: Any) -> forms.Field:
    may_stay_empty = hint is bool or _may_be_none(hint)
    default = None if may_stay_empty else _default(spec)
    return _maker(spec, hint)(
        label=capfirst(_spoken(spec)),
        required=default is None and not may_stay_empty,
        help_text=_help(
            spec.metadata.get("help", ""),
            CODES_APART if hint == tuple[str, ...] and shape_of(spec) else HELP.get(hint, ""),
            f"Left empty: {_in_words(default)}" if default else "",
        ),
    )


def _maker(spec: Spec, hint: Any) -> Callable[..., forms.Field]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return partial(_choice, hint)
    if hint not in FIELDS:
        raise TypeError(f"{spec.name}: there is no form field for {hint}; add one to codes.params_form.FIELDS")
    shape = shape_of(spec)
    return partial(FIELDS[hint], shape=shape) if shape else FIELDS[hint]


def _help(*texts: str) -> str:
    """Sentences; escaped, because the admin shows help as HTML."""
    return escape(" ".join(f"{capfirst(text.rstrip('.'))}." for text in texts if text))


def _in_words(default: Any) -> str:
    """A default as it would be typed."""
    if isinstance(default, Mapping):
        return "; ".join(f"{name}: {write_texts(values, ', ')}" for name, values in default.items())
    return write_texts(default, ", ") if isinstance(default, tuple) else str(default)


def _spoken(spec: Spec) -> str:
    return json_name(spec).replace("_", " ")


def _default(spec: Spec) -> Any:
    """The parameter's default; None where it has none."""
    if spec.default_factory is not dataclasses.MISSING:
        return spec.default_factory()
    return None if spec.default is dataclasses.MISSING else spec.default


def _may_be_none(hint: Any) -> bool:
    return type(None) in get_args(hint)
