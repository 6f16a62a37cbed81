"""The people of a team as its managers see them: seats, invitations and how far their letters are, own teams."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.http import urlencode

from accounts.models import User
from accounts.zones import ZONE
from courses.models import Assignment, Invitation, Letter, Membership, Team
from courses.models.assignments import AssignmentQuerySet
from courses.models.teams import BY_NAME

PER_PAGE = 100
#: The progress of a list is shown until everything was sent, and so long after it.
BATCH_SHOWN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the letters of one list are."""

    batch: uuid.UUID | None
    invited: int
    sent: int
    failed: int
    waiting: int
    accepted: int
    made_at: datetime


def people_page(team: Team, asked: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """A page of the seats that are asked for (``role``, ``cohort``), and of the invitations that still stand."""
    seats, invitations, cohorts = _seats(team), _invitations(team), cohorts_of(team)
    known = {"role": Membership.Role.values, "cohort": cohorts}
    wanted = {name: asked[name] for name, values in known.items() if asked.get(name) in values}
    return {
        "seats": Paginator(seats.filter(**wanted), PER_PAGE).get_page(asked.get("page")),
        "all_seats": seats.count(),
        "chosen": wanted,
        "filters": urlencode(wanted),
        "roles": Membership.Role.choices,
        "cohorts": cohorts,
        "invitations": Paginator(invitations, PER_PAGE).get_page(asked.get("invited")),
        "lists": progress_of_lists(team, at),
        "at": at,
    }


def remember_zone(request: HttpRequest, person: User) -> None:
    """Tell this person times by the clocks of the team in which they have had a seat for longest."""
    seats = Membership.objects.active().filter(person=person, team__archived_at=None).order_by("joined_at", "pk")
    request.session[ZONE] = seats.values_list("team__time_zone", flat=True).first() or ""


def _seats(team: Team) -> "QuerySet[Membership, Membership]":
    rows = team.memberships.active().select_related("person").with_answered_at()
    return rows.order_by(*BY_NAME)


def _invitations(team: Team) -> "QuerySet[Invitation, Invitation]":
    """Those that were neither withdrawn nor used up, with the state of their newest letter."""
    newest = Letter.objects.filter(invitation=OuterRef("pk")).order_by("-pk")
    rows = team.invitations.filter(withdrawn_at=None, used__lt=F("uses")).select_related("invited_by")
    return rows.annotate(letter=Subquery(newest.values("state")[:1]), letter_error=Subquery(newest.values("error")[:1]))


def cohorts_of(team: Team) -> list[str]:
    """The cohorts that somebody in the team is in."""
    named = team.memberships.active().exclude(cohort="")
    return list(named.order_by("cohort").values_list("cohort", flat=True).distinct())


def progress_of_lists(team: Team, at: datetime) -> list[Progress]:
    """How far the letters of each newer list are, the newest list first."""
    newest = Letter.objects.filter(invitation=OuterRef("pk")).order_by("-pk").values("state")[:1]
    rows = team.invitations.filter(batch__isnull=False, created_at__gte=at - BATCH_SHOWN).order_by()
    counted = rows.annotate(letter=Subquery(newest)).values("batch").annotate(
        invited=Count("pk"), made_at=Min("created_at"), accepted=Count("pk", filter=Q(used__gt=0)),
        sent=Count("pk", filter=Q(letter="sent")), failed=Count("pk", filter=Q(letter="failed")),
        waiting=Count("pk", filter=Q(letter="waiting")),
    )  # fmt: skip
    return [Progress(**row) for row in counted.order_by("-made_at")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTeam:
    """A team in the list of somebody's teams."""

    team: Team
    is_managed: bool
    role: str
    people: int
    open: int


def own_teams(person: User) -> list[OwnTeam]:
    """The teams a person is in or manages, with how many are in them and what is open in them or for the person."""
    managed = set(Team.objects.managed_by(person).values_list("pk", flat=True))
    joined = dict(person.memberships.active().values_list("team", "role"))
    teams = Team.objects.filter(Q(pk__in=managed) | Q(pk__in=joined), archived_at=None)
    people = _counted(Membership.objects.active().filter(team__in=teams))
    open_there = _counted(Assignment.objects.open().of_learners().filter(team__in=managed))
    open_here = _counted(_own_open(person))
    return [
        OwnTeam(
            team=team, is_managed=team.pk in managed, people=people.get(team.pk, 0),
            role=Membership.Role(joined[team.pk]).label if team.pk in joined else "",
            open=(open_there if team.pk in managed else open_here).get(team.pk, 0),
        )
        for team in teams
    ]  # fmt: skip


def _own_open(person: User) -> AssignmentQuerySet:
    return Assignment.objects.open().filter(person=person)


def _counted(rows: "QuerySet[Any, Any]") -> dict[int, int]:
    """Team -> how many."""
    return dict(rows.order_by().values_list("team").annotate(Count("pk")))
