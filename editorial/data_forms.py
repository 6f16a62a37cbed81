"""Forms for public files: which are sent, and what they do not say themselves."""

from typing import Any

from django import forms

from courses.people_forms import dress
from datasets.loading import Untold, quarter_said
from editorial.data_loads import MOST_BYTES, MOST_FILES


class ManyFiles(forms.ClearableFileInput):
    """A field of a page in which several files can be chosen."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, as a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each of a size that is taken."""
        one_by_one = super().clean
        uploads = data if isinstance(data, list | tuple) else [data]
        if len(uploads) > MOST_FILES:
            raise forms.ValidationError(f"{len(uploads)} files; {MOST_FILES} are taken at once.")
        files = [one_by_one(upload, initial) for upload in uploads or [None]]
        for file in files:
            if file.size > MOST_BYTES:
                raise forms.ValidationError(f"{file.name} has {file.size:,} bytes; {MOST_BYTES:,} are taken.")
        return files


class DataForm(forms.Form):
    """Public files as they were downloaded."""

    file = FilesField(
        label="Files",
        help_text=f"As downloaded, packed or not: .zip, .txt, .csv, .xlsx, .xml; {MOST_FILES} at once, 100 MB each.",
        widget=ManyFiles(attrs={"accept": ".zip,.txt,.csv,.xlsx,.xml", "multiple": True}),
        error_messages={"required": "Choose a file.", "empty": "A file is empty (0 bytes)."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


def is_quarter(text: str) -> None:
    """Raises ValidationError for what is no quarter."""
    if quarter_said(text) is None:
        raise forms.ValidationError("Write it like 2026Q1 or FY2026.")


class SayForm(forms.Form):
    """What one file does not say itself."""

    quarter = forms.CharField(
        label="Quarter or fiscal year", max_length=20, validators=[is_quarter],
        help_text="As in 2026Q1, or FY2026 or FY2026 April for ICD-10-CM.",
        error_messages={"required": "Say which quarter the file is of."},
    )  # fmt: skip
    setting = forms.ChoiceField(label="For whom", error_messages={"required": "Say for whom it holds."})

    def __init__(self, untold: Untold, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [("", "Choose"), *((name, name.capitalize()) for name in untold.kind.settings)]
        self.fields["setting"].choices = chosen  # type: ignore[attr-defined]
        for name in ("quarter", "setting"):
            if not getattr(untold, name):
                del self.fields[name]
        dress(self)


class CorrectForm(forms.Form):
    """Another quarter than the one that a file says it is of."""

    quarter = forms.CharField(
        label="Another quarter or fiscal year", max_length=20, required=False, validators=[is_quarter],
        help_text="Only if what the file says is wrong; as in 2026Q1, or FY2026 or FY2026 April for ICD-10-CM.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
