"""Forms of the reading side."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms

from datasets.unpacking import Unsafe, decoded

MOST_CHARACTERS = 1_000_000


class ArticleForm(forms.Form):
    """An article as a text file or pasted text."""

    article = forms.FileField(
        required=False,
        label="Article as a text file",
        help_text="Plain text in UTF-8 (or UTF-16), as copied from the page; up to a million characters.",
    )
    pasted = forms.CharField(
        required=False,
        label="Or paste the text",
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="From the title to the end; what belongs to the web site around it is left out by itself.",
    )
    replace = forms.BooleanField(
        required=False,
        label="Replace the draft if there is a page for this code already",
        help_text="The draft that is replaced is kept with the import.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout("article", "pasted", "replace", Submit("read", "Read the article"))

    def clean(self) -> dict[str, Any]:
        """One text, from whichever field it came."""
        data = super().clean() or {}
        upload = data.get("article")
        if upload is None and not data.get("pasted"):
            raise forms.ValidationError("Choose a file or paste the text of an article.")
        data["text"] = _decoded(upload) if upload is not None else data["pasted"]
        data["name"] = upload.name if upload is not None else "pasted text"
        return data


def _decoded(upload: Any) -> str:
    """The text of a file; what is larger than any article is not even read."""
    try:
        if upload.size > 4 * MOST_CHARACTERS:
            raise Unsafe(upload.name, f"has {upload.size:,} bytes; an article may have {MOST_CHARACTERS:,} characters")
        return decoded(upload.read(), upload.name, MOST_CHARACTERS)
    except Unsafe as unsafe:
        raise forms.ValidationError({"article": str(unsafe)}) from unsafe
