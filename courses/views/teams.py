"""Teams: those of a person, a new one, and what is decided of one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from accounts.models import User
from courses import seats
from courses.access import managed_team
from courses.models import Membership, Team
from courses.people import own_teams
from courses.people_forms import NewTeamForm, TeamForm


def makes_teams(person: User) -> bool:
    """Whether a person may make another team: administrators, and those who manage one."""
    return person.is_superuser or Team.objects.managed_by(person).exists()


@require_safe
@login_required
def teams(request: HttpRequest) -> HttpResponse:
    """The teams a person is in or manages; an administrator sees all of them."""
    person = person_of(request)
    context = {"teams": own_teams(person), "may_make": makes_teams(person)}
    return render(request, "courses/teams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def team_new(request: HttpRequest) -> HttpResponse:
    """Make a team, and manage it."""
    person = person_of(request)
    if not makes_teams(person):
        raise PermissionDenied
    form = NewTeamForm(request.POST if request.method == "POST" else None, zone=_own_zone(person))
    if form.is_bound and form.is_valid():
        made = seats.make_team(form.cleaned_data, manager=person, by=person, at=timezone.now())
        messages.success(request, f"{made} is there. Now invite its people.")
        return redirect("people", made.pk)
    return render(request, "courses/team_new.html", {"form": form}, status=422 if form.errors else 200)


def _own_zone(person: User) -> str:
    """The time zone of a team that a person has a seat in, the one they manage before others; "" without any."""
    mine = Membership.objects.active().filter(person=person, team__archived_at=None).order_by("role", "-pk")
    return mine.values_list("team__time_zone", flat=True).first() or ""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def team_settings(request: HttpRequest, team: int) -> HttpResponse:
    """Name, time zone, score and target of a team."""
    person = person_of(request)
    mine = managed_team(person, team)
    # A copy of its own: a form that is refused would leave what was typed in the head of the page.
    form = TeamForm(request.POST if request.method == "POST" else None, instance=managed_team(person, team))
    if form.is_bound and form.is_valid():
        seats.change_team(mine, form.cleaned_data, by=person, at=timezone.now())
        messages.success(request, _stored(mine, form.cleaned_data["time_zone"]))
        return redirect("team_settings", mine.pk)
    context = {"team": mine, "form": form}
    return render(request, "courses/team_settings.html", context, status=422 if form.errors else 200)


def _stored(before: Team, zone: str) -> str:
    """What is said of settings that were stored; ``before`` is the team as it was."""
    kept = seats.open_with_date(before) if zone != before.time_zone else 0
    whose = "The due date of 1 open assignment keeps its day" if kept == 1 else f"{kept} open due dates keep their days"
    return "The settings of the team are stored." + (f" {whose}, by the new clocks." if kept else "")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def team_archive(request: HttpRequest, team: int) -> HttpResponse:
    """Ask once, then put a team away."""
    mine = managed_team(person_of(request), team)
    if request.method != "POST":
        return render(request, "courses/team_archive.html", {"team": mine, "people": mine.memberships.active().count()})
    seats.archive_team(mine, by=person_of(request), at=timezone.now())
    messages.success(request, f"{mine} is put away.")
    return redirect("teams")
