"""The verbs of seats and teams: seat, withdraw, change; make a team, change it, put it away."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from django.db import transaction

from accounts.models import User, audit
from courses import breaking
from courses.models import Assignment, Invitation, Membership, Team

Role = Membership.Role
#: What of a team its managers decide.
DECIDED = ("name", "time_zone", "scoring", "target_percent")


class LastManager(Exception):
    """A team would be left without anybody who manages it."""


@transaction.atomic
def seat(
    team: Team, person: User, role: str, *, by: User | None, at: datetime, cohort: str = "",
    invitation: Invitation | None = None,
) -> Membership:  # fmt: skip
    """Give a person a seat in a team; whoever has one keeps it as it is."""
    # Of two that seat the same person at once, the second finds what the first did.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    taken = team.memberships.active().filter(person=person).first()
    if taken is not None:
        return taken
    made = Membership.objects.create(
        team=team, person=person, role=role, cohort=cohort, joined_at=at, invitation=invitation
    )
    breaking.move(person, to=breaking.groups_of(made))
    audit(by, "seated", made, team=team.pk, after=_noted(made) | {"invitation": invitation and invitation.pk})
    return made


@transaction.atomic
def withdraw(seat: Membership, *, by: User | None, at: datetime) -> bool:
    """End a seat at once; what was done in it is kept. False where it had ended. Raises LastManager."""
    now = _locked(seat)
    if now.ended_at is not None:
        return False
    _keep_a_manager(now)
    breaking.move(now.person, out_of=breaking.groups_of(now))
    now.ended_at = seat.ended_at = at
    now.save(update_fields=["ended_at"])
    audit(by, "seat withdrawn", now, team=now.team_id, before=_noted(now))
    return True


@transaction.atomic
def change(seat: Membership, *, role: str, cohort: str, by: User | None, at: datetime) -> bool:
    """Give a seat another role or cohort. False where it has them, or has ended. Raises LastManager."""
    now = _locked(seat)
    if now.ended_at is not None or (now.role, now.cohort) == (role, cohort):
        return False
    if role != Role.MANAGER:
        _keep_a_manager(now)
    before, out_of = _noted(now), breaking.groups_of(now)
    now.role, now.cohort = seat.role, seat.cohort = role, cohort
    now.save(update_fields=["role", "cohort"])
    breaking.move(now.person, to=breaking.groups_of(now), out_of=out_of)
    audit(by, "seat changed", now, team=now.team_id, before=before, after=_noted(now))
    return True


def _locked(seat: Membership) -> Membership:
    """The seat as it is now, while nobody else changes a seat of its team, and its person answers nothing."""
    Team.objects.select_for_update(no_key=True).get(pk=seat.team_id)
    User.objects.select_for_update(no_key=True).get(pk=seat.person_id)
    return Membership.objects.select_related("person").get(pk=seat.pk)


def is_last_manager(seat: Membership) -> bool:
    """Whether nobody else who can sign in manages the team of a seat."""
    others = Membership.objects.active().filter(team=seat.team_id, role=Role.MANAGER, person__is_active=True)
    return seat.role == Role.MANAGER and seat.ended_at is None and not others.exclude(pk=seat.pk).exists()


def _keep_a_manager(seat: Membership) -> None:
    if is_last_manager(seat):
        raise LastManager


def _noted(seat: Membership) -> dict[str, Any]:
    return {"person": seat.person_id, "role": seat.role, "cohort": seat.cohort}


@transaction.atomic
def make_team(chosen: Mapping[str, Any], *, manager: User | None, by: User, at: datetime) -> Team:
    """A new team, with a manager or, until somebody is seated in it, with none."""
    team = Team.objects.create(created_at=at, **{field: chosen[field] for field in DECIDED})
    audit(by, "team made", team, team=team.pk)
    if manager is not None:
        seat(team, manager, Role.MANAGER, by=by, at=at)
    return team


@transaction.atomic
def change_team(team: Team, chosen: Mapping[str, Any], *, by: User, at: datetime) -> bool:
    """Store what is decided of a team; with another time zone every due date keeps its day. False where it was so."""
    now = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    changed = [field for field in DECIDED if getattr(now, field) != chosen[field]]
    before, zone = {field: getattr(now, field) for field in changed}, now.zone
    for field in changed:
        setattr(now, field, chosen[field])
    if changed:
        now.save(update_fields=changed)
        if "time_zone" in changed:
            _keep_days(now, zone)
        audit(by, "team changed", now, team=now.pk, before=before, after={field: chosen[field] for field in changed})
    return bool(changed)


def _keep_days(team: Team, zone: tzinfo) -> None:
    """Put the due dates of a team, which were said by the clocks of another zone, on the same day and hour here."""
    dated = list(team.assignments.filter(due_at__isnull=False).select_for_update(no_key=True).order_by("pk"))
    for one in dated:
        one.due_at = one.due_at and one.due_at.astimezone(zone).replace(tzinfo=team.zone)
    Assignment.objects.bulk_update(dated, ["due_at"], batch_size=500)


def open_with_date(team: Team) -> int:
    """How many assignments of a team are open and have a due date."""
    return Assignment.objects.open().filter(team=team, due_at__isnull=False).count()


@transaction.atomic
def archive_team(team: Team, *, by: User, at: datetime) -> bool:
    """Put a team away: nobody finds it, what was done in it is kept. False where it was put away before."""
    done = Team.objects.filter(pk=team.pk, archived_at=None).update(archived_at=at)
    if done:
        audit(by, "team archived", team, team=team.pk)
    return bool(done)


@transaction.atomic
def restore_team(team: Team, *, by: User, at: datetime) -> bool:
    """Bring a team back that was put away."""
    done = Team.objects.filter(pk=team.pk, archived_at__isnull=False).update(archived_at=None)
    if done:
        audit(by, "team restored", team, team=team.pk)
    return bool(done)
