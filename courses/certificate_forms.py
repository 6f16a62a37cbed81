"""Why a certificate is revoked."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

from accounts.names import NameField


class RevokeForm(forms.Form):
    """A reason, kept with the certificate and in the audit log."""

    why = NameField(
        label="Why does it hold no longer?",
        max_length=200,
        help_text="Its holder and the managers of the team read this. Whoever checks the certificate does not.",
        error_messages={"required": "Say why the certificate is revoked; it is kept with it."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout("why")
