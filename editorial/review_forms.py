"""The forms of review: why, what is to be changed, on which day, and which edition again."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.names import NameField
from codes.models import Code, Edition


class WhyForm(forms.Form):
    """The revision note, which stands beside the edition for good."""

    why = NameField(
        max_length=300, label="What changes, and why",
        help_text="A sentence or two. It stands beside the edition for good.",
        error_messages={"required": "What changes, and why: say it in a few words."},
    )  # fmt: skip


class RetireForm(forms.Form):
    """Why a page is taken off the site; readers of the page are told."""

    why = NameField(
        max_length=300, label="Why the page is retired", help_text="Readers who come to the page are told this.",
        error_messages={"required": "Why the page is retired: say it in a few words."},
    )  # fmt: skip


class RemarkForm(forms.Form):
    """What a reviewer asks for."""

    remark = forms.CharField(
        max_length=2000, label="What is to be changed", widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "What is to be changed: say it, so that the author knows.",
            "max_length": "What is to be changed: use at most %(limit_value)d characters.",
        },
    )  # fmt: skip


class DayForm(forms.Form):
    """The day on which a revision goes live."""

    day = forms.DateField(
        label="Goes live on", widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": "Goes live on: choose a day.", "invalid": "Goes live on: write a date like 2027-01-01.",
        },
    )  # fmt: skip

    def clean_day(self) -> Any:
        """A day to come, by the site's clock."""
        day = self.cleaned_data["day"]
        if day <= timezone.localdate():
            raise forms.ValidationError("Goes live on: choose a day to come; today’s can be published now.")
        return day


class AgainForm(WhyForm):
    """An older edition that is to be published again."""

    edition = forms.ModelChoiceField(
        Edition.objects.none(), to_field_name="number", widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose an edition of this page."),
    )  # fmt: skip

    def __init__(self, *args: Any, code: Code, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["edition"].queryset = code.editions.all()  # type: ignore[attr-defined]
