"""Forms about learners' answers: a reply to a report, a claim accepted too, a regrade."""

from typing import Any

from django import forms

from codes.models import MOST_WORDS
from quizzes.models import ReportReply, Scenario

ACCEPTING = (ReportReply.Outcome.ACCEPTED, ReportReply.Outcome.COMING)


class ReplyForm(forms.Form):
    """What an educator answers to a report. ``ends``: how it can end (``editorial.disputes.ends_of``)."""

    outcome = forms.ChoiceField(
        label="How it ends", widget=forms.RadioSelect,
        error_messages={"required": "Choose how it ends.", "invalid_choice": "Choose one of those that are offered."},
    )  # fmt: skip
    text = forms.CharField(
        label="What the learner is told", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Say in a few words what you found."},
    )  # fmt: skip

    def __init__(self, *args: Any, ends: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = ends
        if self.data.get("outcome") in ACCEPTING:
            field.error_messages["invalid_choice"] = "Neither page nor draft accepts the claim. Accept it first."

    @property
    def accept_first(self) -> bool:
        """Whether somebody is to be told that a claim is accepted, which nothing accepts."""
        return self.data.get("outcome") in ACCEPTING and "outcome" in self.errors


class AcceptForm(forms.Form):
    """Why the claim of an answer is accepted besides the derived one. ``seen``: the example as the form knew it."""

    why = forms.CharField(
        label="Why it is acceptable", max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"Learners read this beside their claim. At most {MOST_WORDS} words.",
        error_messages={"required": "Say why this claim is acceptable for this case."},
    )  # fmt: skip
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean_why(self) -> str:
        """Short enough to be read beside a claim."""
        why: str = " ".join(self.cleaned_data["why"].split())
        if len(why.split()) > MOST_WORDS:
            raise forms.ValidationError(f"This has {len(why.split())} words; {MOST_WORDS} are the most.")
        return why


class RegradeForm(forms.Form):
    """Which answers are graded again, and why."""

    example = forms.ChoiceField(
        label="Answers to", required=False, widget=forms.HiddenInput,
        error_messages={"invalid_choice": "Choose one of the examples of the page, or all."},
    )  # fmt: skip
    why = forms.CharField(
        label="Why", max_length=300,
        help_text="Learners whose result changes are told this, by mail and beside their answer.",
        error_messages={"required": "Say why the answers are graded again."},
    )  # fmt: skip

    def __init__(self, *args: Any, scenarios: list[Scenario], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["example"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "The whole page"), *((one.slug, one.title) for one in scenarios)]
