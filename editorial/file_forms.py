"""Forms for files: what goes out, and what comes in."""

import re
from typing import Any

from django import forms

from codes.models import Code
from courses.people_forms import Dressed
from editorial.uploads import MOST_BYTES
from quizzes.exporting import MOST_VARIANTS, VARIANTS

MOST_NAMED = 500


class UploadForm(Dressed):
    """An archive of pages and courses, or a workbook of rows."""

    file = forms.FileField(
        label="File",
        help_text="A .zip of readable files, or an .xlsx of rows; up to 20 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,.xlsx"}),
        error_messages={"required": "Choose a file.", "empty": "This file is empty (0 bytes)."},
    )

    def clean_file(self) -> Any:
        """Of a size that can be looked at."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(f"{upload.name} has {upload.size:,} bytes; {MOST_BYTES:,} are taken.")
        return upload


class ExportForm(Dressed):
    """Which pages go out, and whether courses do."""

    codes = forms.CharField(
        required=False, max_length=8000, label="Pages", help_text="Numbers with spaces between them; empty: all pages."
    )
    courses = forms.BooleanField(required=False, initial=True, label="Courses of the site too")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courses"].widget.attrs["class"] = "form-check-input"

    def clean_codes(self) -> list[Code]:
        """The pages, each of which must be there."""
        numbers = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["codes"].upper().strip())))
        if numbers == [""]:
            return list(Code.objects.all())
        if len(numbers) > MOST_NAMED:
            raise forms.ValidationError(f"{len(numbers)} numbers; {MOST_NAMED} can be named at once.")
        found = {code.number: code for code in Code.objects.filter(number__in=numbers) if code.number in numbers}
        missing = [number for number in numbers if number not in found]
        if missing:
            raise forms.ValidationError(f"There is no page of {', '.join(one[:12] for one in missing[:5])}.")
        return list(found.values())


class QuestionsForm(forms.Form):
    """Which questions of a page go out."""

    seed = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    variants = forms.IntegerField(required=False, min_value=0, max_value=MOST_VARIANTS)

    def chosen(self) -> tuple[int, int]:
        """Seed and variants; what cannot be read is as usual."""
        self.is_valid()
        seed, variants = self.cleaned_data.get("seed"), self.cleaned_data.get("variants")
        return (1 if seed is None else seed), (VARIANTS if variants is None else variants)
