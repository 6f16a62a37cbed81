"""Names as people write them: in any script, in one spelling, without what nobody can see."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

#: Letters of several scripts join with these, so they stay where everything else that is invisible goes.
JOINERS = "\u200c\u200d"
#: Vietnamese and Tibetan put three marks on a letter; a tower of them runs over its neighbours.
MOST_MARKS = 5

#: Marks that turn the order of letters around, as in “gnp.exe” for “exe.png”. Scripts that are written from right to
#: left need none of them in a line of their own.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
TURNED = "This has an unseen mark that turns the order of letters around. Type it again, or paste it as plain text."

#: One alphabet, so that no name looks like somebody else's; no @, so that none looks like a mail address.
plain_username = RegexValidator(
    r"\A[A-Za-z0-9._+-]+\Z", "A username has letters from A to Z, digits, dots, dashes and underscores only."
)
username_validators = [plain_username]


def keep_order(text: str) -> None:
    """Refuse a short text that would be read in another order than it is written."""
    if TURNING.search(text):
        raise ValidationError(TURNED)


def tidy(text: str) -> str:
    """A name in one line and one spelling. ValidationError where it has characters that no name has."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    kinds = {letter: unicodedata.category(letter) for letter in set(plain)}
    if any(kind in ("Cc", "Cs", "Co") for kind in kinds.values()):
        raise ValidationError("This has a control character in it. Type it again, or paste it as plain text.")
    seen = "".join(letter for letter in plain if kinds[letter] != "Cf" or letter in JOINERS)
    _check_marks(seen)
    return seen.strip()


def _check_marks(text: str) -> None:
    marks = "".join("m" if unicodedata.combining(letter) else "." for letter in text)
    if re.search(f"m{{{MOST_MARKS + 1}}}", marks):
        raise ValidationError("This has too many marks on one letter.")


def apart(name: str, username: str, times: int) -> str:
    """A name in a list in which it comes so many times: of several the username says who is meant."""
    return f"{name} ({username})" if times > 1 and name != username else name


class NameField(forms.CharField):
    """The name of a person, a group or a team."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"dir": "auto"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """As it is stored."""
        return tidy(super().to_python(value) or "")
