"""Forms for what people write about questions."""

import re
import unicodedata
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

from codes.library import library
from codes.models import SECTION_ORDER
from quizzes.models import Report
from quizzes.notebook import Words, is_published

EMPTY = "Write something first; an empty note is not kept."
TOO_LONG = "This note has {is_:,} characters; a note takes {most:,}. Make two of it."


class Prose(forms.CharField):
    """Text of several lines. One that is too long is refused in words; no browser cuts it off without a word."""

    def __init__(self, *, most: int, too_long: str, empty: str, rows: int = 4, **kwargs: Any) -> None:
        self.most, self.too_long = most, too_long
        attrs = {"rows": rows, "dir": "auto"}
        super().__init__(widget=forms.Textarea(attrs=attrs), error_messages={"required": empty}, **kwargs)

    def to_python(self, value: Any) -> str:
        """With one kind of line end, and each letter in one spelling."""
        text = super().to_python(value) or ""
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))

    def validate(self, value: Any) -> None:
        """Not empty, not too long."""
        super().validate(value)
        if len(value) > self.most:
            raise forms.ValidationError(self.too_long.format(is_=len(value), most=self.most))


class NoteForm(forms.Form):
    """A new note and what it is about. A section or rule that no page has is left out: nobody typed it."""

    text = Prose(most=4000, label="Note", empty=EMPTY, too_long=TOO_LONG)
    code = forms.CharField(
        required=False, max_length=12, label="Code it is about", help_text="May stay empty.",
        widget=forms.TextInput(attrs={"class": "code", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
    section = forms.CharField(required=False, max_length=60)
    rule = forms.CharField(required=False, max_length=80)

    def clean_code(self) -> str:
        """A code that has a page."""
        code = "".join(self.cleaned_data["code"].split()).upper()
        if code and not is_published(code):
            raise forms.ValidationError(f"There is no page for {code}. Leave it empty, or look the code up first.")
        return code

    def clean(self) -> dict[str, Any]:
        """A rule brings its code along; a section needs one."""
        data = super().clean() or {}
        rule, section = data.get("rule", ""), data.get("section", "")
        data["rule"] = rule if rule and any(one.id == rule for one in library().rules) else ""
        data["code"] = data.get("code") or data["rule"].partition("/")[0]
        data["section"] = section if data["code"] and is_section(section) else ""
        return data

    def words(self) -> Words:
        """What was written, of a valid form."""
        return Words(**{name: self.cleaned_data[name] for name in ("text", "code", "section", "rule")})


class ChangedNoteForm(forms.Form):
    """What a note is to say from now on. ``seen`` is its edition when the form was opened."""

    text = Prose(most=4000, rows=10, label="Note", empty="Write something, or remove the note.", too_long=TOO_LONG)
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout("text", "seen")


def is_section(slug: str) -> bool:
    """Whether a page may have a section of this id."""
    return slug in SECTION_ORDER or re.fullmatch(r"other-\d{1,3}", slug) is not None


class ReportForm(forms.Form):
    """What somebody says of a question or of how it was graded."""

    kind = forms.ChoiceField(
        choices=Report.Kind.choices,
        error_messages={"required": "Choose what it is about.", "invalid_choice": "Choose what it is about."},
    )
    text = Prose(
        most=2000,
        label="In your words",
        empty="Say in a sentence what is wrong, so that an educator can look at it.",
        too_long="This has {is_:,} characters; a report takes {most:,}. Please say it in fewer words.",
    )
