"""What a question's form sends, read from the request."""

import uuid
from dataclasses import dataclass, field

from django.http import QueryDict

from quizzes.models import Answer
from quizzes.practice import Sent

MOST_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One sending: its key (None where it is none), what is to be done, and what came along."""

    key: uuid.UUID | None
    action: str
    sent: Sent = field(default_factory=Sent)

    @classmethod
    def of(cls, data: QueryDict) -> "Form":
        """Whatever is not what the form of this site sends is left out."""
        certainty = _number(data.get("certainty", ""), max(Answer.Certainty.values))
        sent = Sent(
            tab=str(_uuid(data.get("tab", "")) or ""),
            seen=_number(data.get("seen", ""), 10**9) or 0,
            certainty=certainty or None,
            offline_seconds=_number(data.get("offline", ""), MOST_SECONDS),
        )
        return cls(key=_uuid(data.get("key", "")), action=data.get("action", "")[:40], sent=sent)


def clean(data: QueryDict) -> QueryDict:
    """A form without NUL characters, which no database keeps in its texts."""
    if not any("\x00" in value for _, values in data.lists() for value in values):
        return data
    cleaned = QueryDict(mutable=True)
    for name, values in data.lists():
        cleaned.setlist(name, [value.replace("\x00", "") for value in values])
    return cleaned


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= most else None
