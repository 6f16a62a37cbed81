"""Who is writing where just now, so that two people on one page know of each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from codes.models import Code
from editorial.models import Presence
from editorial.places import name_of

#: Somebody who neither opened nor typed anything for so long is told of no more.
HERE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Somebody else who has a part of the page open, and since how many minutes nothing was heard."""

    person: User
    part: str
    name: str
    minutes: int


def note(code: Code, person: User, part: str, at: datetime) -> None:
    """Somebody has a part of a page open; one place a page, the newest."""
    Presence.objects.update_or_create(code=code, person=person, defaults={"part": part, "at": at})


def others(code: Code, person: User, at: datetime) -> list[Other]:
    """Whoever else has the page open, the newest first."""
    here = Presence.objects.filter(code=code, at__gt=at - HERE).exclude(person=person).select_related("person")
    return [
        Other(person=one.person, part=one.part, name=name_of(one.part), minutes=(at - one.at) // timedelta(minutes=1))
        for one in here
    ]
