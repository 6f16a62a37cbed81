"""Sign-in where allauth's own form says it too briefly, and how somebody likes to work."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms

from accounts.models import Preferences, User
from accounts.names import NameField


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """The first field says what it takes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or email"
        self.fields["login"].widget.attrs.pop("placeholder", None)
        self.fields["password"].widget.attrs.pop("placeholder", None)


class NamesForm(forms.Form):
    """What somebody is called."""

    first_name = NameField(
        max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "given-name", "dir": "auto"})
    )
    last_name = NameField(
        max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "family-name", "dir": "auto"})
    )

    def __init__(self, person: User, data: Any = None) -> None:
        super().__init__(data, initial={"first_name": person.first_name, "last_name": person.last_name})
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class PreferencesForm(forms.ModelForm[Preferences]):
    """How somebody likes to work."""

    class Meta:
        model = Preferences
        fields = ("shortcuts", "ask_certainty", "hide_timer", "mail_reviews", "mail_assignments", "mail_digest")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(*self._meta.fields, Submit("save", "Save"))  # type: ignore[misc]

    def clean_mail_reviews(self) -> bool:
        """Mail needs somewhere to go."""
        wanted: bool = self.cleaned_data["mail_reviews"]
        if wanted and not self.instance.person.email:
            raise forms.ValidationError(
                "There is no mail address in your account, so nothing can be mailed. "
                "Ask the person who runs this site to enter one."
            )
        return wanted
