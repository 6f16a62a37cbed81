"""Forms about teams: their settings, who is in them, who is invited, and the account of somebody new."""

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.names import NameField, plain_username
from courses.invitations import LINK_DAYS, LINK_USES, MOST_DAYS, MOST_USES, Offer
from courses.models import Invitation, Membership, Scoring, Team
from courses.rosters import LONGEST, MOST_BYTES, MOST_ROWS, Unreadable, decoded
from courses.scoring import WAYS, Way
from quizzes.builder import WholeNumber

MOST_ADDRESSES = 100
REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zones(now: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones by region to choose from, the one that is chosen ``now`` among them whatever its name."""
    names = sorted(zoneinfo.available_timezones())
    regions = {region: [name for name in names if name.startswith(f"{region}/")] for region in REGIONS}
    others = sorted({"UTC", now} - {name for found in regions.values() for name in found})
    shown = {"World": others, **regions}
    return [(region, [(name, name.replace("_", " ")) for name in found]) for region, found in shown.items() if found]


def dress(form: forms.BaseForm) -> None:
    """Let the fields of a form look like those of the rest of the site."""
    for field in form.fields.values():
        field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"


class Dressed(forms.Form):
    """A form in the clothes of this site."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to score, as a choice in a form."""

    way: Way
    is_chosen: bool


class TeamForm(forms.ModelForm[Team]):
    """What is decided of a team."""

    name = NameField(max_length=100, label="Name of the team")
    scoring = forms.ChoiceField(
        label="What counts as the score", widget=forms.RadioSelect,
        choices=Scoring.choices,
    )  # fmt: skip

    class Meta:
        model = Team
        fields = ("name", "time_zone", "scoring", "target_percent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = self.instance.time_zone
        self.fields["time_zone"] = forms.ChoiceField(
            choices=zones(now),
            initial=now,
            help_text="Due dates end at the end of the day here; they keep their days if it changes.",
        )
        self.fields["target_percent"] = WholeNumber(
            label="Target, in percent", required=False, min_value=1, max_value=100,
            help_text="The score the team aims at, drawn as a line in its charts.",
        )  # fmt: skip
        dress(self)

    def ways(self) -> list[Choice]:
        """The ways to score with their formulas."""
        chosen = self["scoring"].value()
        return [Choice(way=way, is_chosen=chosen == value) for value, way in WAYS.items()]


class NewTeamForm(TeamForm):
    """The same of a team that is not there yet: its time zone is that of another team of its maker, or is asked for."""

    def __init__(self, data: Any, *, zone: str) -> None:
        super().__init__(data)
        field = self.fields["time_zone"]
        field.choices = [*([] if zone else [("", "Choose one")]), *zones(zone or "UTC")]  # type: ignore[attr-defined]
        self.initial["time_zone"] = field.initial = zone
        field.error_messages["required"] = "Choose the time zone of the team."


class CohortField(NameField):
    """A group within the team, or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=LONGEST["cohort"], help_text="A group within the team.", **kwargs)


class SeatForm(Dressed):
    """The role and the cohort of a seat."""

    role = forms.ChoiceField(choices=Membership.Role.choices)
    cohort = CohortField()


class MailForm(Dressed):
    """Addresses to invite, with the role and the cohort that all of them get."""

    addresses = forms.CharField(
        label="Mail addresses", widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
        help_text=f"One or several, on lines of their own or with commas between them; {MOST_ADDRESSES} at most.",
        error_messages={"required": "Write at least one mail address."},
    )  # fmt: skip
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.TRAINEE)
    cohort = CohortField()

    def clean_addresses(self) -> list[str]:
        """Each address once; those that are none are named."""
        said = [one for one in re.split(r"[\s,;]+", self.cleaned_data["addresses"]) if one]
        if len(said) > MOST_ADDRESSES:
            raise ValidationError(
                f"These are {len(said):,} addresses; {MOST_ADDRESSES} go at a time. Invite more from a list."
            )
        is_email = forms.EmailField().clean
        return list(dict.fromkeys(address.lower() for address in _checked(said, is_email)))

    def offers(self) -> list[Offer]:
        """What is offered to whom, of a valid form."""
        role, cohort = self.cleaned_data["role"], self.cleaned_data["cohort"]
        return [Offer(email=email, role=role, cohort=cohort) for email in self.cleaned_data["addresses"]]


def _checked(said: Iterable[str], is_email: Any) -> list[str]:
    wrong, right = [], []
    for address in said:
        try:
            right.append(is_email(address.strip("<>")))
        except ValidationError:
            wrong.append(address[:80])
    if wrong:
        raise ValidationError(f"Not a mail address: {', '.join(wrong[:10])}.")
    return right


class LinkForm(Dressed):
    """How many a link lets in, and for how long."""

    uses = WholeNumber(
        label="How many people", initial=LINK_USES, min_value=1, max_value=MOST_USES,
        help_text="After so many the link opens nothing.",
    )  # fmt: skip
    days = WholeNumber(label="For how many days", initial=LINK_DAYS, min_value=1, max_value=MOST_DAYS)
    cohort = CohortField()


class ListForm(Dressed):
    """A list of people, as a file or pasted."""

    file = forms.FileField(
        label="CSV file", required=False, help_text=f"At most {MOST_ROWS:,} rows and {MOST_BYTES // 1_000_000} MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}), allow_empty_file=True,
    )  # fmt: skip
    text = forms.CharField(
        label="Or paste it here", required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "dir": "auto"}),
        help_text="As text, or copied from a spreadsheet. The first line names the columns.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A NUL is refused with the row it stands in, not with the whole list.
        self.fields["text"].validators = []

    def clean(self) -> dict[str, Any]:
        """The file, or else what was pasted."""
        data = super().clean() or {}
        upload = data.get("file")
        if upload is not None:
            if upload.size > MOST_BYTES:
                self.add_error("file", f"This file has {upload.size:,} bytes; a list takes {MOST_BYTES:,}.")
                return data
            try:
                data["text"] = decoded(upload.read())
            except Unreadable as error:
                self.add_error("file", str(error))
        elif not data.get("text", "").strip():
            self.add_error("file", "Choose a file, or paste the list below.")
        return data


class AccountForm(Dressed):
    """The account of somebody who was invited. The address of an invitation by mail is the account's."""

    username = forms.CharField(
        max_length=150, validators=[plain_username], help_text="Letters, digits, dots, dashes, underscores.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    first_name = NameField(
        max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name", "dir": "auto"}), required=False
    )
    last_name = NameField(
        max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name", "dir": "auto"}), required=False,
        help_text="First and last name will stand on your certificates.",
    )  # fmt: skip
    email = forms.EmailField(
        label="Mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        strip=False, max_length=200, help_text="At least eight characters, not only digits, and hard to guess.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label="The password once more", strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, invitation: Invitation, data: Any = None) -> None:
        first, _, last = invitation.name.rpartition(" ")
        super().__init__(data, initial={"first_name": first or last, "last_name": last if first else ""})
        self._invited = invitation.email
        if invitation.email:
            del self.fields["email"]

    def clean_username(self) -> str:
        """One that nobody has, in whatever case."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError("This username is taken. Choose another one.")
        return username

    def clean(self) -> dict[str, Any]:
        """One account an address, and a password that is none of the name."""
        data = super().clean() or {}
        data["email"] = self._invited or data.get("email", "").lower()
        if data["email"] and User.objects.filter(email__iexact=data["email"]).exists():
            taken = "There is an account with this mail address. Sign in instead; the invitation stays open."
            self.add_error(None if self._invited else "email", taken)
        self._check_password(data)
        return data

    def _check_password(self, data: dict[str, Any]) -> None:
        password, again = data.get("password"), data.get("again")
        if password is None:
            return
        names = {name: data.get(name, "") for name in ("username", "first_name", "last_name", "email")}
        try:
            validate_password(password, User(**names))
        except ValidationError as error:
            self.add_error("password", error)
        if again is not None and again != password:
            self.add_error("again", "The two passwords are not the same.")

    def make(self) -> User:
        """The account, of a valid form."""
        fields = ("username", "email", "password", "first_name", "last_name")
        return User.objects.create_user(**{field: self.cleaned_data[field] for field in fields})
