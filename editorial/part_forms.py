"""Forms for the parts of a page. Each says what to store (``value``) and shows what cannot be stored at its field."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.text import capfirst, slugify

from accounts.names import keep_order
from codes.models import SHAPES, Code, HistoryEvent, slug_validator
from codes.pages import HEADINGS, PageError
from rulebook.shapes import CODE

MOST_ROWS = 200
#: Characters of a section, and of any other text of several lines: what a page holds is text that somebody reads.
MOST_TEXT = 50_000
MOST_PROSE = 10_000
TOO_LONG = "This has %(show_value)d characters; %(limit_value)d are the most."
ROW_ACTION = re.compile(r"(add)-row|(remove|up|down)-([0-9]{1,3})")


class Prose(forms.CharField):
    """Text of several lines, with the line ends that documents have."""

    def __init__(self, *, rows: int = 3, max_length: int = MOST_PROSE, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"max_length": TOO_LONG})
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), max_length=max_length, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without the limit: a browser would cut without a word what is pasted, and count line ends otherwise."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}

    def to_python(self, value: Any) -> str:
        """Browsers send another line end."""
        return super().to_python(re.sub(r"\r\n?", "\n", value) if isinstance(value, str) else value) or ""


class PartForm(forms.Form):
    """What all of them have."""

    why = forms.CharField(
        required=False,
        max_length=300,
        label="Why",
        help_text="May stay empty. Whoever looks up this change reads it.",
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields |= self.more_fields()
        self.fields["why"] = self.fields.pop("why")  # the last
        for field in self.fields.values():
            look = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs.setdefault("class", look)

    def more_fields(self) -> dict[str, forms.Field]:
        """Those that only this one form has."""
        return {}

    @property
    def value(self) -> Any:
        """The part, in the shape of ``codes.pages.read_part``."""
        raise NotImplementedError

    def blame(self, error: PageError) -> None:
        """Show what cannot be stored at the field it names, or above all of them."""
        path, _, message = str(error).partition(": ")
        where, _, field = path.rpartition(".")
        name = self.field_of(where, field)
        self.add_error(name if name in self.fields else None, capfirst(message))

    def field_of(self, where: str, field: str) -> str:
        """The name of the form field for a field of the part."""
        return field


class NewPageForm(forms.Form):
    """A page that is begun."""

    system = forms.ChoiceField(choices=Code.System.choices, label="Code set")
    number = forms.CharField(
        max_length=10, label="Code", help_text="Such as 12345, A1234 or C79.51. It cannot be changed later."
    )
    title = forms.CharField(max_length=200, help_text="What the service is, in our own words.")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for field in self.fields.values():
            look = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = look

    def clean_number(self) -> str:
        """Small letters, blanks and a point that is left out are no mistake; anything else is no code of the set."""
        shape = SHAPES.get(self.cleaned_data.get("system", ""), CODE)
        number = shape.normal(str(self.cleaned_data["number"]))
        if not shape.holds(number):
            raise ValidationError(f"This must be {shape.wanted}.")
        if Code.objects.filter(number=number).exists():
            raise ValidationError(f"{number} has a page already.")
        return number

    def blame(self, error: PageError) -> None:
        """Show what cannot be stored at the field it names."""
        path, _, message = str(error).partition(": ")
        name = path.rpartition(".")[2]
        self.add_error(name if name in self.fields else None, capfirst(message))


# One thing ------------------------------------------------------------------------------------


class AboutForm(PartForm):
    """The code's own fields; its number is its name and stays."""

    system = forms.ChoiceField(choices=Code.System.choices, label="Code set")
    title = forms.CharField(max_length=200, help_text="What the service is, in our own words.")
    summary = Prose(required=False, help_text="One or two sentences for lists and search results.")
    official_descriptor = Prose(required=False, help_text="Shown with the notice of its owner.")
    search_words = Prose(
        required=False, rows=4, validators=[keep_order], help_text="Abbreviations and lay words, one a line."
    )

    def __init__(self, data: Any = None, *, stored: Any, **kwargs: Any) -> None:
        initial = {**stored, "search_words": "\n".join(map(str, stored["search_words"]))}
        super().__init__(data, initial=initial, **kwargs)
        if not settings.CPT_LICENSE_REF and not stored["official_descriptor"]:
            del self.fields["official_descriptor"]

    @property
    def value(self) -> dict[str, Any]:
        """What the form has fields for."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "why"}
        words = [word.strip() for word in given["search_words"].split("\n")]
        return given | {"search_words": [word for word in words if word]}


class SectionForm(PartForm):
    """One section, in Markdown."""

    heading = forms.CharField(max_length=120)
    body = Prose(
        required=False,
        rows=16,
        max_length=MOST_TEXT,
        label="Text",
        help_text="Markdown: **bold**, *italic*, - list, 1. steps, [words](address). HTML is shown as it is typed.",
    )

    def __init__(self, data: Any = None, *, stored: Any, slug: str, **kwargs: Any) -> None:
        initial = {"heading": HEADINGS.get(slug, ""), "body": "", **(stored or {})}
        super().__init__(data, initial=initial, **kwargs)

    @property
    def value(self) -> dict[str, Any]:
        """Heading and text; what cannot be stored of them is as it was."""
        return {name: self.cleaned_data.get(name, self.initial[name]) for name in ("heading", "body")}


# Rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field that each row has."""

    label: str
    field: Callable[..., forms.Field]
    wide: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the rows of a part are: their columns by name, what one is called, and what to know of them."""

    one: str
    says: str
    columns: Mapping[str, Column]
    unique: str = ""


def _line(most: int, **kwargs: Any) -> Callable[..., forms.Field]:
    return lambda **told: forms.CharField(max_length=most, **kwargs, **told)


def _day(**told: Any) -> forms.Field:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **told)


def _event(**told: Any) -> forms.Field:
    return forms.ChoiceField(choices=[("", "Choose one"), *HistoryEvent.Kind.choices], **told)


def _address(**told: Any) -> forms.Field:
    return forms.URLField(assume_scheme="https", **told)


def _prose(**told: Any) -> forms.Field:
    return Prose(rows=2, **told)


TABLES = {
    "history": Table(
        one="event",
        says="What happened to the code, shown by date. Without a date an event comes last.",
        columns={
            "date": Column(label="Date", field=_day),
            "kind": Column(label="What happened", field=_event, required=True),
            "successor": Column(label="Successor", field=_line(10)),
            "text": Column(label="In words", field=_prose, wide=True),
        },
    ),
    "documentation": Table(
        one="item",
        says="What the note must show. Each reads well after “The note does not show:”.",
        unique="slug",
        columns={
            "text": Column(label="What the note shows", field=_line(300), wide=True, required=True),
            "slug": Column(label="Short name", field=_line(60, validators=[slug_validator])),
        },
    ),
    "similar": Table(
        one="code",
        says="Codes that are easily taken for this one, each with the one fact that sets it apart.",
        unique="number",
        columns={
            "number": Column(label="Code", field=_line(10), required=True),
            "gloss": Column(label="What sets it apart", field=_line(300), wide=True),
        },
    ),
    "sources": Table(
        one="source",
        says="Where the page has its facts from. A page without a source cannot be checked by anybody.",
        columns={
            "title": Column(label="Title", field=_line(200), wide=True, required=True),
            "url": Column(label="Address", field=_address, wide=True),
            "note": Column(label="Note", field=_prose, wide=True),
        },
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it is shown."""

    place: int
    cells: list[tuple[str, bool, BoundField]]
    is_first: bool
    is_last: bool


class RowsForm(PartForm):
    """The rows of a part. Rows that are left empty are none."""

    rows = forms.IntegerField(min_value=0, max_value=MOST_ROWS, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, stored: Any, table: Table, typed: QueryDict | None = None, **kwargs: Any
    ) -> None:
        sent = data if data is not None else typed
        self.table, self.count = table, row_count(sent) if sent is not None else max(len(stored), 1)
        initial = {
            cell(place, name): row[name] for place, row in enumerate(stored) for name in table.columns
        }  # fmt: skip
        super().__init__(data, initial=initial | {"rows": self.count}, **kwargs)
        self.kept: list[int] = []

    def more_fields(self) -> dict[str, forms.Field]:
        """The fields of each row, named with their row."""
        return {
            cell(place, name): one.field(required=False, label=f"{one.label}, row {place + 1}")
            for place in range(self.count)
            for name, one in self.table.columns.items()
        }

    def shown(self) -> list[Row]:
        """Row by row, for the page."""
        return [
            Row(
                place=place,
                cells=[(one.label, one.wide, self[cell(place, name)]) for name, one in self.table.columns.items()],
                is_first=place == 0,
                is_last=place == self.count - 1,
            )
            for place in range(self.count)
        ]

    def clean(self) -> dict[str, Any]:
        """Which rows are filled, what they lack, and whether two are the same."""
        data = super().clean() or {}
        self.kept = [place for place in range(self.count) if any(self._typed(place))]
        for place in self.kept:
            self._fill_slug(data, place)
            for name, one in self.table.columns.items():
                where = cell(place, name)
                if one.required and where not in self.errors and not data.get(where):
                    self.add_error(where, "Fill this in, or empty the whole row.")
        self._refuse_doubles(data)
        return data

    def _typed(self, place: int) -> list[str]:
        return [str(self[cell(place, name)].data or "").strip() for name in self.table.columns]

    def _fill_slug(self, data: dict[str, Any], place: int) -> None:
        """An item that was given no short name is named after its words."""
        where = cell(place, "slug")
        if where in data and not data[where]:
            data[where] = slugify(data.get(cell(place, "text"), ""))[:60].strip("-")

    def _refuse_doubles(self, data: dict[str, Any]) -> None:
        first: dict[str, int] = {}
        for place in self.kept if self.table.unique else ():
            said = data.get(cell(place, self.table.unique), "")
            if said and first.setdefault(said, place) != place:
                error = ValidationError(f"“{said}” stands in row {first[said] + 1} already.")
                self.add_error(cell(place, self.table.unique), error)

    @property
    def value(self) -> list[dict[str, Any]]:
        """The rows that are filled, in their order."""
        return [
            {name: _plain(self.cleaned_data.get(cell(place, name))) for name in self.table.columns}
            for place in self.kept
        ]  # fmt: skip

    def field_of(self, where: str, field: str) -> str:
        """A message counts the rows that are stored; the form has empty ones in between."""
        place = where.rpartition(".")[2]
        return cell(self.kept[int(place)], field) if place.isdecimal() and int(place) < len(self.kept) else field


def cell(place: int, name: str) -> str:
    """The name of a field in a row."""
    return f"rows-{place}-{name}"


def row_count(sent: QueryDict) -> int:
    """How many rows a form says it has."""
    rows = sent.get("rows", "")
    return min(int(rows), MOST_ROWS) if rows.isascii() and rows.isdecimal() and len(rows) < 5 else 1


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def moved(sent: QueryDict, table: Table, action: str) -> tuple[QueryDict, str]:
    """What a form with rows holds after one was added, removed or moved, and the field to go to; nothing is judged."""
    rows = [{name: sent.get(cell(place, name), "") for name in table.columns} for place in range(row_count(sent))]
    place = _changed(rows, action, dict.fromkeys(table.columns, ""))
    data = QueryDict(mutable=True)
    data.update({"rows": str(len(rows)), "why": sent.get("why", ""), "seen": sent.get("seen", "")})
    for number, row in enumerate(rows):
        data.update({cell(number, name): value for name, value in row.items()})
    return data, cell(max(0, min(place, len(rows) - 1)), next(iter(table.columns))) if rows else ""


def _changed(rows: list[dict[str, str]], action: str, empty: dict[str, str]) -> int:
    """Do to the rows what a button says; where one looks next."""
    asked = ROW_ACTION.fullmatch(action)
    verb, place = (asked[1] or asked[2], int(asked[3] or 0)) if asked else ("", 0)
    if verb == "add" and len(rows) < MOST_ROWS:
        rows.append(dict(empty))
        return len(rows) - 1
    if verb == "remove" and place < len(rows):
        del rows[place]
    other = place + (-1 if verb == "up" else 1)
    if verb in ("up", "down") and place < len(rows) and 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
        return other
    return place


# All ------------------------------------------------------------------------------------------


def part_form(part: str, stored: Any, data: QueryDict | None = None, typed: QueryDict | None = None) -> PartForm:
    """The form of a part: of what is stored, of what was sent, or unbound with as many rows as were typed."""
    name, _, slug = part.partition("/")
    if part == "about":
        return AboutForm(data, stored=stored)
    if name == "sections":
        return SectionForm(data, stored=stored, slug=slug)
    return RowsForm(data, stored=stored, table=TABLES[name], typed=typed)
