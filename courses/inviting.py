"""From a list to invitations: what would happen, row by row, and then exactly that.

The list goes to the browser and back under a signature, together with what was shown of it; when what would happen is
something else by then, because somebody joined meanwhile, it is shown again and nothing is stored.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db import models, transaction

from accounts.models import User
from courses.invitations import invite_all, taken_addresses
from courses.models import Invitation, Team
from courses.rosters import Row, read

SALT = "courses.inviting"
SHOWN_FOR = 24 * 3600


class Fate(models.TextChoices):
    """What becomes of a row."""

    INVITED = "invited", "Will be invited"
    SEATED = "seated", "Already in the team"
    OPEN = "open", "Already invited"
    WRONG = "wrong", "Not invited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A row and what becomes of it."""

    row: Row
    fate: Fate

    @property
    def why(self) -> str:
        """Each wrong column with its reason."""
        return " ".join(f"{column}: {reason}" for column, reason in self.row.wrong)

    @property
    def is_wrong(self) -> bool:
        """Whether there is something to correct."""
        return self.fate == Fate.WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of a list: its rows, the columns without meaning, and the number of the batch."""

    text: str
    rows: tuple[Planned, ...]
    unused: tuple[str, ...]
    batch: uuid.UUID

    @property
    def counts(self) -> Sequence[tuple[Fate, int]]:
        """How many rows have which fate, those with none left out."""
        found = Counter(planned.fate for planned in self.rows)
        return [(fate, found[fate]) for fate in Fate if found[fate]]

    @property
    def good(self) -> tuple[Planned, ...]:
        """Those that are invited."""
        return tuple(planned for planned in self.rows if planned.fate == Fate.INVITED)

    @property
    def wrong(self) -> tuple[Planned, ...]:
        """Those that are to be corrected."""
        return tuple(planned for planned in self.rows if planned.is_wrong)

    @property
    def digest(self) -> str:
        """The same for the same fates of the same rows."""
        told = "\n".join(f"{planned.row.line} {planned.fate} {planned.row.offer}" for planned in self.rows)
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


class Changed(Exception):
    """Something else would happen than was shown; ``plan`` is what would happen now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("Something changed since this was shown.")
        self.plan = plan


def plan_of(team: Team, text: str, at: datetime, batch: uuid.UUID | None = None) -> Plan:
    """What would become of a list now. Raises Unreadable."""
    roster = read(text)
    seated, invited = taken_addresses(team, at)
    rows = (Planned(row=row, fate=_fate(row, seated, invited)) for row in roster.rows)
    return Plan(text=text, rows=tuple(rows), unused=roster.unused, batch=batch or uuid.uuid4())


def _fate(row: Row, seated: frozenset[str], invited: frozenset[str]) -> Fate:
    if row.wrong:
        return Fate.WRONG
    if row.offer.email in seated:
        return Fate.SEATED
    return Fate.OPEN if row.offer.email in invited else Fate.INVITED


# Carried by the form ------------------------------------------------------------------------


def carried(plan: Plan, team: Team, by: User) -> str:
    """The list and what was shown of it, for this person and team, as a field of the form."""
    held = {"team": team.pk, "by": by.pk, "batch": str(plan.batch), "text": plan.text, "shown": plan.digest}
    return signing.dumps(held, salt=SALT, compress=True)


def shown_plan(value: str, team: Team, by: User, at: datetime) -> tuple[Plan, bool]:
    """What would become of a carried list now, and whether it is what was shown.

    Raises BadSignature for one that is too old, altered, or was shown to somebody else.
    """
    held = signing.loads(value, salt=SALT, max_age=SHOWN_FOR)
    if (held["team"], held["by"]) != (team.pk, by.pk):
        raise signing.BadSignature
    plan = plan_of(team, held["text"], at, uuid.UUID(held["batch"]))
    return plan, plan.digest == held["shown"]


@transaction.atomic
def confirm(value: str, team: Team, *, by: User, at: datetime) -> Plan:
    """Invite the good rows of a list that was shown, all or none, once. Raises Changed, BadSignature."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    plan, as_shown = shown_plan(value, team, by, at)
    if Invitation.objects.filter(team=team, batch=plan.batch).exists():
        return plan  # the button was pressed twice
    if not as_shown:
        raise Changed(plan)
    invite_all(team, [planned.row.offer for planned in plan.good], by=by, at=at, batch=plan.batch)
    return plan
