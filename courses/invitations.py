"""Invitations: the token in their links, and the verbs invite, open a link, renew, withdraw, accept.

A token is signed from the id and the nonce of its invitation and stored nowhere. Whatever is wrong with one, the answer
is the same None, so that nobody learns from a link which invitations there are.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User, audit
from courses.letters import post, post_all
from courses.models import Invitation, Letter, Membership, Team
from courses.models.teams import new_nonce
from courses.seats import seat

#: How long an invitation holds, and how much a link gives where nothing else is said.
HOLDS = timedelta(days=14)
LINK_USES, LINK_DAYS = 25, 14
MOST_USES, MOST_DAYS = 500, 90

SALT = "courses.invitations"


class Unusable(Exception):
    """The invitation was withdrawn, renewed, used up or has expired."""


class AlreadyThere(Exception):
    """The address belongs to somebody in the team, or has an open invitation to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A seat for one mail address."""

    email: str
    name: str = ""
    role: str = Membership.Role.TRAINEE
    cohort: str = ""


# The token ----------------------------------------------------------------------------------


def _signer() -> Signer:
    return Signer(sep=".", salt=SALT)


def token_of(invitation: Invitation) -> str:
    """What stands in the link of an invitation."""
    return _signer().sign(f"{invitation.pk}.{invitation.nonce}")


def join_url(invitation: Invitation) -> str:
    """The link itself, on the configured address of this site and on no other."""
    return f"{settings.SITE_URL}{reverse('join', args=[token_of(invitation)])}"


def invitation_for(token: str, at: datetime) -> Invitation | None:
    """The invitation that a token opens at a moment; None for every token that opens none."""
    rows = Invitation.objects.open(at).filter(_named_by(token), team__archived_at=None)
    return rows.select_related("team", "invited_by").first()


def seat_taken_with(token: str, person: User) -> Membership | None:
    """The seat that a person took with a token before: they pressed the button twice."""
    used = Invitation.objects.filter(_named_by(token))
    seats = Membership.objects.active().select_related("team")
    return seats.filter(person=person, invitation__in=used, team__archived_at=None).first()


def _named_by(token: str) -> Q:
    """Which invitation a token names; none for one that was not signed here."""
    try:
        pk, _, nonce = _signer().unsign(token).partition(".")
    except BadSignature:
        return Q(pk=None)
    return Q(pk=int(pk), nonce=nonce)


# Inviting -----------------------------------------------------------------------------------


def taken_addresses(team: Team, at: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """The addresses of those in the team, and those with an open invitation to it, in lower case."""
    seated = team.memberships.active().values_list("person__email", flat=True)
    invited = team.invitations.open(at).exclude(email="").values_list("email", flat=True)
    return frozenset(map(str.lower, seated)), frozenset(map(str.lower, invited))


@transaction.atomic
def invite_all(
    team: Team, offers: Iterable[Offer], *, by: User | None, at: datetime, batch: uuid.UUID | None = None
) -> list[Invitation]:
    """Invite addresses by mail; those that are in the team or invited already are left out."""
    # Of two managers who invite the same people at once, the second finds what the first did.
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    seated, invited = taken_addresses(team, at)
    new = [offer for offer in offers if offer.email.lower() not in seated | invited]
    made = Invitation.objects.bulk_create(_invitation(team, offer, by, at, batch) for offer in new)
    letters = {f"{one.pk}.1": {"invitation": one, "team": one.team} for one in made}
    post_all(Letter.Kind.INVITATION, letters, at=at)
    if made:
        audit(by, "invited", team, team=team.pk, after={"invitations": [invitation.pk for invitation in made]})
    return made


def _invitation(team: Team, offer: Offer, by: User | None, at: datetime, batch: uuid.UUID | None) -> Invitation:
    return Invitation(
        team=team, email=offer.email.lower(), name=offer.name, role=offer.role, cohort=offer.cohort, batch=batch,
        invited_by=by, created_at=at, expires_at=at + HOLDS,
    )  # fmt: skip


def invite(
    team: Team, email: str, role: str, *, by: User | None, at: datetime, cohort: str = "", name: str = ""
) -> Invitation:
    """Invite one address by mail. Raises AlreadyThere."""
    made = invite_all(team, [Offer(email=email, name=name, role=role, cohort=cohort)], by=by, at=at)
    if not made:
        raise AlreadyThere
    return made[0]


@transaction.atomic
def open_link(
    team: Team, *, uses: int = LINK_USES, days: int = LINK_DAYS, cohort: str = "", by: User | None, at: datetime
) -> Invitation:
    """A link that seats trainees, as many and as long as it says. Managers are invited by mail only."""
    made = Invitation.objects.create(
        team=team, cohort=cohort, uses=uses, invited_by=by, created_at=at, expires_at=at + timedelta(days=days)
    )
    audit(by, "link opened", made, team=team.pk, after={"uses": uses, "days": days, "cohort": cohort})
    return made


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User | None, at: datetime) -> bool:
    """Let an invitation open nothing any more. False where it was withdrawn before."""
    done = Invitation.objects.filter(pk=invitation.pk, withdrawn_at=None).update(withdrawn_at=at)
    if done:
        audit(by, "invitation withdrawn", invitation, team=invitation.team_id)
    return bool(done)


@transaction.atomic
def renew(invitation: Invitation, *, by: User | None, at: datetime) -> bool:
    """Another link that holds as long as the first one did, mailed again; the one before is dead.

    False where the invitation was withdrawn or used up.
    """
    now = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if now.withdrawn_at is not None or now.used >= now.uses:
        return False
    lasted = now.expires_at - now.created_at
    now.nonce, now.created_at, now.expires_at = new_nonce(), at, at + lasted
    now.save(update_fields=["nonce", "created_at", "expires_at"])
    if now.email:
        _mail_again(now, at)
    audit(by, "invitation renewed", now, team=now.team_id)
    return True


def _mail_again(invitation: Invitation, at: datetime) -> None:
    """Note another letter; one that still waits is written when it is sent, so it takes the newest link along."""
    letters = Letter.objects.filter(invitation=invitation)
    if not letters.filter(state=Letter.State.WAITING).exists():
        key = f"{invitation.pk}.{letters.count() + 1}"
        post(Letter.Kind.INVITATION, key, at=at, team=invitation.team, invitation=invitation)


# Accepting ----------------------------------------------------------------------------------


def locked(invitation: Invitation, at: datetime) -> Invitation:
    """The invitation as it is now, while nobody else accepts it. Raises Unusable. Needs a transaction."""
    # The nonce as well: it may have been renewed since the page was shown.
    rows = Invitation.objects.select_for_update(of=("self",)).open(at).select_related("team")
    now = rows.filter(pk=invitation.pk, nonce=invitation.nonce, team__archived_at=None).first()
    if now is None:
        raise Unusable
    return now


@transaction.atomic
def accept(invitation: Invitation, person: User, at: datetime) -> Membership:
    """Take the seat that is offered, in the role that is stored. Raises Unusable.

    Whoever has a seat keeps it and uses nothing up. Whose seat was withdrawn after the invitation was made needs
    another one: an open link is no way back in.
    """
    now = locked(invitation, at)
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    taken = now.team.memberships.active().filter(person=person).first()
    if taken is not None:
        return taken
    if now.team.memberships.filter(person=person, ended_at__gte=now.created_at).exists():
        raise Unusable
    Invitation.objects.filter(pk=now.pk).update(used=F("used") + 1)
    return seat(now.team, person, now.role, by=person, at=at, cohort=now.cohort, invitation=now)
