"""Who may see which team, and what of it. Views get teams, people and assignments from here and nowhere else.

Whoever has nothing to do with a team finds it as missing as one that never was (404); somebody in it who does not
manage it is told so (403).
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.access import person_of
from accounts.kept import sign_in_offers_the_form
from accounts.models import User
from courses.doing import Step
from courses.models import Assignment, Certificate, Course, CourseItem, Invitation, Membership, Team

View = Callable[..., HttpResponse]


def managed_team(person: User, pk: int) -> Team:
    """A team that the person manages; 404 for strangers, PermissionDenied for its other members."""
    team = Team.objects.managed_by(person).filter(pk=pk).first()
    if team is None:
        if Team.objects.joined_by(person).filter(pk=pk).exists():
            raise PermissionDenied
        raise Http404
    return team


class TakenBack(Exception):
    """What somebody wants to do belongs to an assignment that was taken back; its page says why."""


def own_assignment(person: User, pk: int) -> Assignment:
    """An assignment of the person's own, in a team where they have a seat, or 404; taken back ones are among them."""
    rows = Assignment.objects.in_teams_of(person).select_related("course", "team")
    return get_object_or_404(rows, pk=pk)


def own_step(person: User, assignment: int, item: int, kinds: Sequence[str]) -> Step:
    """An item of one of these kinds of an own assignment with how far it is, or 404. Raises TakenBack."""
    # By the key of the item itself: the look-up of a foreign key fails for a number that no database holds.
    mine = own_assignment(person, assignment)
    if mine.unassigned_at is not None:
        raise TakenBack
    mine.person = person
    rows = mine.standings.select_related("item__exam", "item__code").filter(item__kind__in=kinds)
    return Step(assignment=mine, standing=get_object_or_404(rows, item__pk=item))


def course_item(course: Course, pk: int) -> CourseItem:
    """An item of the course, or 404."""
    return get_object_or_404(course.items.select_related("code", "exam"), pk=pk)


def team_seat(team: Team, person_id: int) -> Membership:
    """The seat of somebody who is in the team now, or 404."""
    # By the key of the person, for the same reason.
    return get_object_or_404(team.memberships.active().select_related("person"), person__pk=person_id)


def team_assignment(team: Team, pk: int) -> Assignment:
    """An assignment of the team, done and taken back ones included, or 404."""
    return get_object_or_404(team.assignments.select_related("course", "person"), pk=pk)


def team_invitation(team: Team, pk: int) -> Invitation:
    """An invitation to the team, or 404."""
    return get_object_or_404(team.invitations, pk=pk)


def _certificate(code: str) -> Certificate:
    """The certificate with exactly this code, or 404; PostgreSQL takes no NUL in what is looked for."""
    if not code.isprintable():
        raise Http404
    return get_object_or_404(Certificate.objects.select_related("assignment__team", "person"), code=code)


def seen_certificate(person: User, code: str) -> Certificate:
    """A certificate of the person's own, or one of a team that they manage; 404 for everybody else."""
    found = _certificate(code)
    if found.person_id == person.pk or Team.objects.managed_by(person).filter(pk=found.assignment.team_id).exists():
        return found
    raise Http404


def managed_certificate(person: User, code: str) -> Certificate:
    """A certificate that the person may revoke; 404 for strangers, PermissionDenied for members of its team."""
    found = _certificate(code)
    managed_team(person, found.assignment.team_id)
    return found


def is_course_maker(person: User) -> bool:
    """Whether somebody builds courses: managers for their teams, educators for the site."""
    return person.has_perm("codes.change_code") or Team.objects.managed_by(person).exists()


def course_maker_required(view: View) -> View:
    """Only those who build courses; others who are signed in get 403."""

    @wraps(view)
    @sign_in_offers_the_form
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_course_maker(person_of(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


def seen_course(person: User, pk: int) -> Course:
    """A course that a maker may look at and assign or copy: the site's and those of the own teams; 404 for others."""
    teams = Team.objects.managed_by(person)
    course = get_object_or_404(Course.objects.filter(archived_at=None).select_related("team"), pk=pk)
    if course.team_id is None or teams.filter(pk=course.team_id).exists():
        return course
    raise Http404


def edited_course(person: User, pk: int) -> Course:
    """A course that a person may change: of an own team, or for educators the site's; PermissionDenied for others."""
    course = seen_course(person, pk)
    if course.team_id is None and not person.has_perm("codes.change_code"):
        raise PermissionDenied
    return course
