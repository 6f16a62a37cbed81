"""Assigning courses, and changing what is assigned."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from accounts.models import User
from courses import assigning
from courses.access import managed_team, team_assignment
from courses.assign_forms import MODES, AssignForm, ChangeForm
from courses.assignments import Asked, assignment_page, assignments_page
from courses.changing import Changed, change
from courses.contents import missing_of
from courses.course_page import items_of
from courses.exam_terms import exams_of
from courses.models import Course, Team
from courses.models.teams import BY_NAME
from courses.tending import reminder_of
from courses.writing import unreached

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@login_required
def assign(request: HttpRequest, team: int) -> HttpResponse:
    """Choose people, course and terms; check them; assign. Whatever is not right yet is asked again."""
    mine = managed_team(person_of(request), team)
    form = _assign_form(request, mine)
    if request.method != "POST":
        return _ask(request, mine, form)
    if not form.is_valid() or request.POST.get("action") == "edit":
        return _ask(request, mine, form, status=422 if form.errors else 200)
    if request.POST.get("action") != "assign":
        course, terms = form.cleaned_data["course"], form.terms()
        context = {
            "team": mine,
            "form": form,
            "terms": terms,
            "unreached": unreached(form.getting),
            "reminder": reminder_of(terms.due_at, timezone.now()),
            "exams": exams_of(course, form.getting),
            "missing": missing_of(items_of(course)),
        }
        return render(request, "courses/assign_check.html", context)
    return _assigned(request, mine, form)


def _assign_form(request: HttpRequest, team: Team) -> AssignForm:
    """The form as it was sent, or as it begins: with the people and the course that the address names."""
    at, given = timezone.now(), request.GET
    chosen = {"people": given.getlist("person"), "course": given.get("course", "")}
    return AssignForm(
        request.POST if request.method == "POST" else None, team, at, initial=chosen,
        seats=team.memberships.active().trainees().select_related("person").order_by("cohort", *BY_NAME),
        courses=Course.objects.assignable_in(team),
    )  # fmt: skip


def _ask(request: HttpRequest, team: Team, form: AssignForm, status: int = 200) -> HttpResponse:
    return render(request, "courses/assign.html", {"team": team, "form": form, "modes": MODES}, status=status)


def _assigned(request: HttpRequest, team: Team, form: AssignForm) -> HttpResponse:
    """Done: the new assignments, by themselves."""
    course, by = form.cleaned_data["course"], person_of(request)
    try:
        made = assigning.assign(team, course, form.getting, form.terms(), by=by, at=timezone.now())
    except assigning.NothingAssigned:
        messages.info(request, "Somebody else assigned it a moment ago. Nothing was assigned twice.")
        return redirect("assignments", team.pk)
    people = "1 person" if len(made) == 1 else f"{len(made)} people"
    messages.success(request, f"“{course}” is assigned to {people}. {_told([one.person for one in made])}")
    return redirect(f"{reverse('assignments', args=[team.pk])}?batch={made[0].batch}")


def _told(people: list[User]) -> str:
    """Who is told by mail, in words: that some may have switched it off is nobody's business but theirs."""
    without = unreached(people)
    if not without:
        return "They are told by mail, unless they switched that off."
    names = ", ".join(map(str, without))
    others = " The others are told, unless they switched that off." if len(without) < len(people) else ""
    return f"{names} cannot be reached by mail.{others}"


@require_safe
@login_required
def assignments(request: HttpRequest, team: int) -> HttpResponse:
    """The team's assignments by state."""
    mine = managed_team(person_of(request), team)
    return render(request, "courses/assignments.html", assignments_page(mine, Asked.of(request.GET), timezone.now()))


@require_safe
@login_required
def assignment(request: HttpRequest, team: int, assignment: int) -> HttpResponse:
    """One assignment as its managers see it."""
    found = team_assignment(managed_team(person_of(request), team), assignment)
    return render(request, "courses/team_assignment.html", assignment_page(found, timezone.now()))


@require_http_methods(FORM)
@login_required
def assignments_change(request: HttpRequest, team: int) -> HttpResponse:
    """Other due dates, taking back, once more: for the assignments that are named."""
    mine, at = managed_team(person_of(request), team), timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    named = [pk for pk in given.getlist("assignment") if pk.isascii() and pk.isdecimal() and len(pk) < 10]
    chosen = list(mine.assignments.of_learners().filter(pk__in=named))
    form = ChangeForm(request.POST if request.method == "POST" else None, mine, at)
    if not chosen:
        messages.info(request, "Choose at least one assignment first.")
        return redirect("assignments", mine.pk)
    if form.is_bound and form.is_valid():
        done = change(chosen, form, by=person_of(request), at=at)
        messages.success(request, _in_words(done))
        return redirect("assignments", mine.pk)
    context = {"team": mine, "form": form, "chosen": chosen}
    return render(request, "courses/assignments_change.html", context, status=422 if form.errors else 200)


def _in_words(done: Changed) -> str:
    left = ""
    if done.left:
        were = "was left as it is" if done.left == 1 else "were left as they are"
        left = f" {done.left} {were}, because that cannot be done to {'it' if done.left == 1 else 'them'}."
    due = f" Due now: {done.due}." if done.due and done.changed else ""
    return f"{done.verb}: {done.changed}.{due}{left}"
