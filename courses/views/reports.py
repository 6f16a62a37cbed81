"""How a team is doing: the overview, the heat map, a person, the answers behind the figures, files to take away."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from courses.access import managed_team, team_seat
from courses.reports import answers, cohorts, dashboard, heat_map, remediation
from courses.reports.exports import export
from courses.reports.frame import SLUGS, Frame, Seat, frame_of
from courses.reports.person import person_page
from rulebook.types import Category


def _frame(request: HttpRequest, team: int) -> Frame:
    """The team, if the person manages it, in the period and cohort that are asked for."""
    return frame_of(managed_team(person_of(request), team), request.GET, timezone.now())


def _seat(frame: Frame, pk: int) -> Seat:
    """Somebody who learns in the team now, or 404."""
    found = next((seat for seat in frame.every if seat.person == pk), None)
    if found is None:
        raise Http404
    return found


def _category(slug: str) -> Category:
    """A category of rules, or 404."""
    if slug not in SLUGS:
        raise Http404
    return SLUGS[slug]


@require_safe
@login_required
def team(request: HttpRequest, team: int) -> HttpResponse:
    """The overview."""
    page = dashboard.dashboard_page(_frame(request, team), dashboard.Asked.of(request.GET))
    return render(request, "courses/team.html", page)


@require_safe
@login_required
def heat(request: HttpRequest, team: int) -> HttpResponse:
    """The heat map."""
    page = heat_map.heat_map_page(_frame(request, team), heat_map.Asked.of(request.GET))
    return render(request, "courses/heat_map.html", page)


@require_safe
@login_required
def cell(request: HttpRequest, team: int, person: int, category: str) -> HttpResponse:
    """What is behind one cell of the heat map."""
    frame = _frame(request, team)
    return render(request, "courses/cell.html", heat_map.cell_page(frame, _seat(frame, person), _category(category)))


@require_safe
@login_required
def member(request: HttpRequest, team: int, person: int) -> HttpResponse:
    """One person."""
    frame = _frame(request, team)
    return render(request, "courses/member.html", person_page(frame, _seat(frame, person)))


@require_POST
@login_required
def remediate(request: HttpRequest, team: int, person: int) -> HttpResponse:
    """Assign a short set on the rules that somebody breaks; of one category, if it is named."""
    by, at = person_of(request), timezone.now()
    frame = frame_of(managed_team(by, team), request.GET, at)
    whom, named = team_seat(frame.team, _seat(frame, person).person).person, request.POST.get("category", "")
    category = _category(named) if named else None
    try:
        made = remediation.remediate(frame, whom, category, by=by, at=at)
    except remediation.AlreadyAssigned:
        messages.info(request, f"{whom} has an open set on these rules already. Nothing was assigned twice.")
    except remediation.NothingToMend:
        messages.info(request, f"{whom} broke no rule that can be asked in this period. Nothing was assigned.")
    else:
        messages.success(request, remediation.in_words(made))
    return redirect(f"{reverse('member', args=[team, person])}{frame.query}")


@require_safe
@login_required
def team_answers(request: HttpRequest, team: int) -> HttpResponse:
    """The answers behind the figures."""
    page = answers.answers_page(_frame(request, team), answers.Asked.of(request.GET), request.GET.get("page", "1"))
    return render(request, "courses/team_answers.html", page)


@require_safe
@login_required
def team_answer(request: HttpRequest, team: int, answer: int) -> HttpResponse:
    """One answer with its findings."""
    frame = _frame(request, team)
    found = answers.team_answer(frame.team, answer)
    return render(request, "courses/team_answer.html", answers.answer_page(frame, found))


@require_safe
@login_required
def compare(request: HttpRequest, team: int) -> HttpResponse:
    """Cohort against cohort, team against team."""
    return render(request, "courses/cohorts.html", cohorts.cohorts_page(_frame(request, team), person_of(request)))


@require_safe
@login_required
def team_export(request: HttpRequest, team: int, what: str, form: str) -> HttpResponse:
    """A table as a file."""
    return export(_frame(request, team), what, form, request.GET)
