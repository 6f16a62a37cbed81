"""Letters as they would be written now, about something of the team or, where it has nothing yet, about an example."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from courses.assigning import end_of_day
from courses.models import Assignment, Certificate, Course, Invitation, Letter, Team
from courses.writing import Text, compose, overdue_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A letter that is not sent."""

    kind: Letter.Kind
    text: Text
    is_example: bool


def previews(team: Team, manager: User, at: datetime) -> list[Preview]:
    """One letter of each kind that teams cause, as this manager would cause it now. Nothing is stored."""
    return [_preview(kind, team, manager, at) for kind in map(Letter.Kind, _LETTERS)]


def _preview(kind: Letter.Kind, team: Team, manager: User, at: datetime) -> Preview:
    letter, is_example = _LETTERS[kind](team, manager, at)
    letter.kind = kind
    return Preview(kind=kind, text=compose(letter, at, preview=True), is_example=is_example)


def _invitation(team: Team, manager: User, at: datetime) -> tuple[Letter, bool]:
    real = team.invitations.open(at).exclude(email="").select_related("team", "invited_by").first()
    example = Invitation(team=team, name="Sam Rivera", invited_by=manager, expires_at=at + timedelta(days=14))
    return Letter(invitation=real or example), real is None


def _assignment(team: Team, manager: User, at: datetime) -> tuple[Letter, bool]:
    parts = ("course", "team", "person", "assigned_by")
    real = team.assignments.open().filter(due_at__gt=at).select_related(*parts).order_by("-assigned_at", "pk").first()
    return Letter(assignment=real or _example(team, manager, at)), real is None


def _example(team: Team, manager: User, at: datetime) -> Assignment:
    due = end_of_day((at.astimezone(team.zone) + timedelta(days=3)).date(), team)
    sam = User(first_name="Sam", last_name="Rivera")
    return Assignment(course=_course(team), team=team, person=sam, assigned_by=manager, due_at=due)


def _course(team: Team) -> Course:
    return team.courses.listed().first() or Course.objects.listed().first() or Course(title="A course of yours")


def _digest(team: Team, manager: User, at: datetime) -> tuple[Letter, bool]:
    return Letter(person=manager), not overdue_of(manager, at)


def _certificate(team: Team, manager: User, at: datetime) -> tuple[Letter, bool]:
    real = Certificate.objects.filter(assignment__team=team, revoked_at=None).first()
    example = Certificate(
        code="XXXX-XXXX-XXXX", name="Sam Rivera", course_title=_course(team).title, team_name=team.name
    )
    return Letter(certificate=real or example), real is None


_LETTERS: dict[str, Callable[[Team, User, datetime], tuple[Letter, bool]]] = {
    Letter.Kind.INVITATION: _invitation,
    Letter.Kind.ASSIGNMENT: _assignment,
    Letter.Kind.DUE_SOON: _assignment,
    Letter.Kind.MOVED: _assignment,
    Letter.Kind.TAKEN_BACK: _assignment,
    Letter.Kind.DIGEST: _digest,
    Letter.Kind.CERTIFICATE: _certificate,
}
