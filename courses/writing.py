"""What letters say. They are written when they are sent, from what is true then."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User, preferences_of
from courses.models import Assignment, Extension, Invitation, Letter, Membership, Team

Found = TypeVar("Found")

#: In a preview nobody gets a link that lets them in.
NO_LINK = "(the link that lets them in, for them alone)"

#: And nothing was said yet.
NO_REASON = "(what you say is the reason)"


class NotWanted(Exception):
    """What the letter would say is no longer true, or nobody wants to hear it; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A letter in words."""

    subject: str
    body: str


def write(letter: Letter, at: datetime) -> EmailMessage:
    """The mail as it is true at this moment. Raises NotWanted."""
    to = WANTED[letter.kind](letter, at)
    text = compose(letter, at)
    # Where a mail program shows a button to leave a list, it leads to the settings; an invitation is on no list.
    headers = {} if letter.kind == Letter.Kind.INVITATION else {"List-Unsubscribe": f"<{_absolute('settings')}>"}
    return EmailMessage(subject=text.subject, body=text.body, to=[to], headers=headers)


def compose(letter: Letter, at: datetime, *, preview: bool = False) -> Text:
    """Subject and body, whether or not anybody wants them; in a preview the links that let somebody in are left out."""
    about = CONTEXT[letter.kind](letter, at, preview)
    context = {"site_name": settings.SITE_NAME, "settings_url": _absolute("settings"), **about}
    written = render_to_string(f"courses/mail/{letter.kind.replace(' ', '_')}.txt", context)
    subject, _, body = written.partition("\n")
    return Text(subject=one_line(subject), body=body.strip() + "\n")


def one_line(text: object) -> str:
    """A name as it may stand in a mail: one line, nothing invisible, nothing that a mail program makes a link of."""
    words = " ".join(str(text).split())
    return "".join(one for one in words if one.isprintable()).replace("://", " ")


def _absolute(name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def _due(assignment: Assignment) -> str:
    """The due date on the team's clock, in words; "" where there is none."""
    if assignment.due_at is None:
        return ""
    due = assignment.due_at.astimezone(assignment.team.zone)
    return f"{due:%A, %B} {due.day}, {due:%Y}, {due:%I:%M %p %Z}".replace(", 0", ", ")


# Who is to get it -------------------------------------------------------------------------------


def _address(person: User | None) -> str:
    if person is None or not person.is_active:
        raise NotWanted("the account is closed")
    if not person.email:
        raise NotWanted("no mail address")
    return person.email


def unreached(people: Iterable[User]) -> list[User]:
    """Those of some people who get no mail whatever they want: without an address, or with a closed account."""
    return [person for person in people if not person.email or not person.is_active]


def _invited(letter: Letter, at: datetime) -> str:
    invitation = _there(letter.invitation)
    if not Invitation.objects.open(at).filter(pk=invitation.pk, team__archived_at=None).exists():
        raise NotWanted("the invitation is no longer open")
    if not invitation.email:
        raise NotWanted("no mail address")
    return invitation.email


def _assigned(letter: Letter, at: datetime) -> str:
    assignment = _there(letter.assignment)
    to = _address(assignment.person)
    if not preferences_of(assignment.person).mail_assignments:
        raise NotWanted("mail is switched off")
    if not Assignment.objects.open().in_teams_of(assignment.person).filter(pk=assignment.pk).exists():
        raise NotWanted("done, taken back, or no longer in the team")
    return to


def _due_soon(letter: Letter, at: datetime) -> str:
    to, assignment = _assigned(letter, at), _there(letter.assignment)
    if assignment.due_at is None or assignment.due_at <= at or not letter.key.endswith(due_key(assignment)):
        raise NotWanted("the due date is another one now, or past")
    return to


def _moved(letter: Letter, at: datetime) -> str:
    to, assignment = _assigned(letter, at), _there(letter.assignment)
    if assignment.extensions.filter(pk__gt=letter.about.get("extension", 0)).exists():
        raise NotWanted("the due date is another one now")
    return to


def _taken_back(letter: Letter, at: datetime) -> str:
    assignment = _there(letter.assignment)
    to = _address(assignment.person)
    if not preferences_of(assignment.person).mail_assignments:
        raise NotWanted("mail is switched off")
    if not Assignment.objects.in_teams_of(assignment.person).filter(pk=assignment.pk).exists():
        raise NotWanted("no longer in the team")
    if assignment.repeated_as.standing().exists():
        raise NotWanted("assigned once more since")
    return to


def due_key(assignment: Assignment) -> str:
    """Names an assignment with its due date, so that an extension is reminded of again."""
    return f"{assignment.pk}:{assignment.due_at and assignment.due_at.isoformat()}"


def _manages(letter: Letter, at: datetime) -> str:
    to, person = _address(letter.person), _there(letter.person)
    if not preferences_of(person).mail_digest:
        raise NotWanted("mail is switched off")
    if Letter.objects.filter(kind=letter.kind, person=person, pk__gt=letter.pk).exists():
        raise NotWanted("a newer one is there")
    if not overdue_of(person, at):
        raise NotWanted("nobody is overdue any more")
    return to


def _certified(letter: Letter, at: datetime) -> str:
    certificate = _there(letter.certificate)
    to = _address(certificate.person)
    if not preferences_of(certificate.person).mail_assignments:
        raise NotWanted("mail is switched off")
    if certificate.revoked_at:
        raise NotWanted("the certificate is revoked")
    return to


def _there(thing: Found | None) -> Found:
    if thing is None:
        raise NotWanted("what it is about is gone")
    return thing


# What it says -----------------------------------------------------------------------------------


def _invitation_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    invitation = _there(letter.invitation)
    zone = invitation.team.zone
    known = User.objects.filter(email__iexact=invitation.email, is_active=True)
    return {
        "name": one_line(invitation.name), "team": one_line(invitation.team),
        "inviter": one_line(invitation.invited_by or ""), "role": invitation.role,
        "has_account": bool(invitation.email) and known.exists(),
        "url": NO_LINK if preview else _join_url(invitation), "until": invitation.expires_at.astimezone(zone),
    }  # fmt: skip


def _join_url(invitation: Invitation) -> str:
    # Here and not above: invitations are posted as letters, so their module imports those that import this one.
    from courses.invitations import join_url

    return join_url(invitation)


def _assignment_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    assignment = _there(letter.assignment)
    return {
        "name": one_line(assignment.person), "course": one_line(assignment.course.title),
        "team": one_line(assignment.team), "by": one_line(assignment.assigned_by or ""), "due": _due(assignment),
        "days": _days_left(assignment, at), "url": _absolute("assignment", assignment.pk or 0),
    }  # fmt: skip


def _moved_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    extension = Extension.objects.filter(pk=letter.about.get("extension", 0)).select_related("granted_by").first()
    why, by = (extension.why, extension.granted_by) if extension else ("", None)
    return _assignment_context(letter, at, preview) | _reason(NO_REASON if preview else why, by)


def _taken_back_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    why = NO_REASON if preview else _there(letter.assignment).unassigned_why
    return _assignment_context(letter, at, preview) | _reason(why, None)


def _reason(why: str, by: User | None) -> dict[str, Any]:
    return {"why": one_line(why), "by": one_line(by or "")}


def _days_left(assignment: Assignment, at: datetime) -> int:
    if assignment.due_at is None:
        return 0
    zone = assignment.team.zone
    return (assignment.due_at.astimezone(zone).date() - at.astimezone(zone).date()).days


def _digest_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    person = _there(letter.person)
    rows = overdue_of(person, at)
    teams: dict[Team, list[dict[str, Any]]] = {}
    for one in rows:
        since = (at.astimezone(one.team.zone).date() - _there(one.due_at).astimezone(one.team.zone).date()).days
        row = {"person": one_line(one.person), "course": one_line(one.course.title), "days": since}
        teams.setdefault(one.team, []).append(row)
    listed = [
        {"name": one_line(team), "rows": found[:MOST], "more": len(found[MOST:]),
         "url": f"{_absolute('assignments', team.pk)}?state=overdue"}
        for team, found in teams.items()
    ]  # fmt: skip
    return {
        "name": one_line(person), "teams": listed, "people": len({one.person_id for one in rows}), "count": len(rows),
    }  # fmt: skip


#: So many are named a team; the page has them all.
MOST = 40


def _certificate_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    certificate = _there(letter.certificate)
    return {
        "name": one_line(certificate.name), "course": one_line(certificate.course_title), "code": certificate.code,
        "team": one_line(certificate.team_name), "certificates_url": _absolute("certificates"),
        "verify_url": _absolute("verify", certificate.code),
    }  # fmt: skip


def managed_teams(person: User) -> list[int]:
    """Ids of the teams in which a person has the seat of a manager now (an administrator's right is no seat)."""
    seats = Membership.objects.active().filter(person=person, role=Membership.Role.MANAGER, team__archived_at=None)
    return list(seats.values_list("team", flat=True))


def with_a_seat() -> Q:
    """Assignments of people who still are in the team that assigned them."""
    return Q(team__memberships__person=F("person"), team__memberships__ended_at=None)


def overdue_of(person: User, at: datetime) -> list[Assignment]:
    """What is overdue in the teams that somebody manages, by team, the longest overdue first."""
    rows = Assignment.objects.overdue(at).of_learners().filter(team__in=managed_teams(person), person__is_active=True)
    return list(rows.select_related("team", "course", "person").order_by("team__name", "team", "due_at", "pk"))


WANTED: dict[str, Callable[[Letter, datetime], str]] = {
    Letter.Kind.INVITATION: _invited,
    Letter.Kind.ASSIGNMENT: _assigned,
    Letter.Kind.DUE_SOON: _due_soon,
    Letter.Kind.MOVED: _moved,
    Letter.Kind.TAKEN_BACK: _taken_back,
    Letter.Kind.DIGEST: _manages,
    Letter.Kind.CERTIFICATE: _certified,
}
CONTEXT: dict[str, Callable[[Letter, datetime, bool], dict[str, Any]]] = {
    Letter.Kind.INVITATION: _invitation_context,
    Letter.Kind.ASSIGNMENT: _assignment_context,
    Letter.Kind.DUE_SOON: _assignment_context,
    Letter.Kind.MOVED: _moved_context,
    Letter.Kind.TAKEN_BACK: _taken_back_context,
    Letter.Kind.DIGEST: _digest_context,
    Letter.Kind.CERTIFICATE: _certificate_context,
}


def add_kind(
    kind: str, *, wanted: Callable[[Letter, datetime], str], context: Callable[[Letter, datetime, bool], dict[str, Any]]
) -> None:
    """Have letters of a kind written that is about what another app knows: to whom, and what its template is given.

    ``wanted`` gives the address or raises NotWanted; the template is ``courses/mail/KIND.txt``.
    """
    WANTED[kind], CONTEXT[kind] = wanted, context
