"""Building courses: the list, a course, its items."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import person_of
from accounts.models import User
from codes.models import PublishedCode
from courses import building
from courses.access import course_item, course_maker_required, edited_course, seen_course
from courses.changes import ChangesForm, build, changes_page
from courses.contents import missing_of
from courses.course_forms import FORMS, LISTED, CopyForm, CourseForm, ItemForm, offered_kinds
from courses.course_page import items_of, preview_page
from courses.models import Assignment, Course, CourseItem, Standing, Team

FORM = ["GET", "HEAD", "POST"]


@require_safe
@course_maker_required
def courses(request: HttpRequest) -> HttpResponse:
    """The courses of the person's teams and of the site, and the templates."""
    person = person_of(request)
    at_it = models.Count(
        "assignments", filter=models.Q(assignments__done_at=None, assignments__unassigned_at=None), distinct=True
    )
    size = models.Count("items", distinct=True)
    listed = Course.objects.listed().annotate(size=size, at_it=at_it).select_related("team")
    listed = listed.order_by("team__name", "title", "pk")  # grouped rows have no order of their own
    teams = Team.objects.managed_by(person)
    context = {
        "of_teams": listed.filter(team__in=teams),
        "of_site": listed.filter(team=None, is_template=False),
        "templates": listed.filter(team=None, is_template=True),
        "teams": teams,
        "is_educator": person.has_perm("codes.change_code"),
    }
    return render(request, "courses/courses.html", context)


@require_safe
@course_maker_required
def course(request: HttpRequest, course: int) -> HttpResponse:
    """What is in a course, and for those who may, everything to change it."""
    person = person_of(request)
    seen = seen_course(person, course)
    return _show(request, seen)


@require_http_methods(FORM)
@course_maker_required
def course_new(request: HttpRequest) -> HttpResponse:
    """A new course, for a team or the site."""
    person = person_of(request)
    form = CourseForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_bound and form.is_valid():
        made = building.create(form.cleaned_data, by=person, at=timezone.now())
        messages.success(request, "The course is made. Now add what is to be done in it.")
        return redirect(made)
    return _form(request, "courses/course_form.html", form)


@require_http_methods(FORM)
@course_maker_required
def course_edit(request: HttpRequest, course: int) -> HttpResponse:
    """Other words and terms."""
    person = person_of(request)
    mine = edited_course(person, course)
    form = CourseForm(
        request.POST if request.method == "POST" else None, instance=Course.objects.get(pk=mine.pk), person=person
    )
    if form.is_bound and form.is_valid():
        done = _tried(form, "in_order", lambda: building.change(mine, form.cleaned_data, by=person, at=timezone.now()))
        if done is not None:
            messages.success(request, f"Stored.{_applied(done)}")
            return redirect(mine)
    return _form(request, "courses/course_form.html", form, course=mine)


@require_http_methods(FORM)
@course_maker_required
def course_copy(request: HttpRequest, course: int) -> HttpResponse:
    """Copy a course into a team."""
    person = person_of(request)
    seen = seen_course(person, course)
    form = CopyForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_bound and form.is_valid():
        made = building.copy(seen, form.cleaned_data["team"], by=person, at=timezone.now())
        messages.success(request, "This is the copy. What you change here does not touch the course it came from.")
        return redirect(made)
    return _form(request, "courses/course_copy.html", form, course=seen)


@require_http_methods(FORM)
@course_maker_required
def course_archive(request: HttpRequest, course: int) -> HttpResponse:
    """Put a course away, after a question."""
    person = person_of(request)
    mine = edited_course(person, course)
    if request.method == "POST":
        building.archive(mine, by=person, at=timezone.now())
        messages.success(request, f"“{mine}” is put away. What is assigned of it goes on.")
        return redirect("courses")
    context = {"course": mine, "at_it": building.open_assignments(mine)}
    return render(request, "courses/course_archive.html", context)


@require_safe
@course_maker_required
def course_preview(request: HttpRequest, course: int) -> HttpResponse:
    """The course as a trainee sees it on the first day."""
    return render(request, "courses/course_preview.html", preview_page(seen_course(person_of(request), course)))


@require_http_methods(FORM)
@course_maker_required
def course_changes(request: HttpRequest) -> HttpResponse:
    """The course “What changed” of a year, for a team."""
    person = person_of(request)
    form = ChangesForm(request.POST or None, person=person, chosen=request.GET.get("team", ""))
    if request.method == "POST" and form.is_valid():
        made = build(form.cleaned_data["team"], form.cleaned_data["year"], by=person, at=timezone.now())
        if made is not None:
            messages.success(request, "The course is made. Look it over, then assign it.")
            return redirect(made)
        form.add_error("year", "Year: no code that this team uses changed in it.")
    status = 422 if form.errors else 200
    return render(request, "courses/course_changes.html", changes_page(form), status=status)


# Items ---------------------------------------------------------------------------------------


@require_http_methods(FORM)
@course_maker_required
def item_new(request: HttpRequest, course: int, kind: str) -> HttpResponse:
    """One more item of a kind."""
    person = person_of(request)
    mine = edited_course(person, course)
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST if request.method == "POST" else None, mine, None)
    if form.is_bound and form.is_valid():
        requires = form.cleaned_data.get("requires", ())
        made = _tried(
            form, "requires",
            lambda: building.add_item(mine, kind, form.values, list(requires), by=person, at=timezone.now()),
        )  # fmt: skip
        if made is not None:
            messages.success(request, f"“{made}” is added.{_applied(building.open_assignments(mine))}")
            return redirect(f"{mine.get_absolute_url()}#item-{made.pk}")
    return _item_form(request, form, mine, CourseItem(kind=kind))


@require_http_methods(FORM)
@course_maker_required
def item_edit(request: HttpRequest, course: int, item: int) -> HttpResponse:
    """Other contents of an item."""
    person = person_of(request)
    mine = edited_course(person, course)
    found = course_item(mine, item)
    form = FORMS[found.kind](request.POST if request.method == "POST" else None, mine, found)
    if form.is_bound and form.is_valid():
        requires = list(form.cleaned_data.get("requires", ()))
        done = _tried(
            form, "requires",
            lambda: building.change_item(found, form.values, requires, by=person, at=timezone.now()),
        )  # fmt: skip
        if done is not None:
            messages.success(request, f"“{found}” is changed.{_applied(done)}")
            return redirect(f"{mine.get_absolute_url()}#item-{found.pk}")
    return _item_form(request, form, mine, found)


@require_POST
@course_maker_required
def item_move(request: HttpRequest, course: int, item: int) -> HttpResponse:
    """One place up or down."""
    person = person_of(request)
    mine = edited_course(person, course)
    found = course_item(mine, item)
    try:
        building.move_item(found, up=request.POST.get("to") == "up", by=person, at=timezone.now())
    except building.Circular as circular:
        return _show(request, mine, refused=str(circular))
    return redirect(f"{mine.get_absolute_url()}#item-{found.pk}")


@require_http_methods(FORM)
@course_maker_required
def item_remove(request: HttpRequest, course: int, item: int) -> HttpResponse:
    """Take an item out, after a question."""
    person = person_of(request)
    mine = edited_course(person, course)
    found = course_item(mine, item)
    if request.method == "POST":
        try:
            done = building.remove_item(found, by=person, at=timezone.now())
        except building.LastItem:
            return _ask_to_remove(request, mine, found, status=409)
        messages.success(request, f"“{found}” is removed.{_applied(done)}")
        return redirect(mine)
    return _ask_to_remove(request, mine, found)


def _ask_to_remove(request: HttpRequest, course: Course, item: CourseItem, status: int = 200) -> HttpResponse:
    """The question, or why not: an empty course that people are at could never be done."""
    begun = Standing.objects.filter(item=item).exclude(state=Standing.State.NOT_STARTED).count()
    left = building.open_assignments(course) if building.is_only_item(item) else 0
    context = {"course": course, "item": item, "begun": begun, "left_with_nothing": left}
    return render(request, "courses/item_remove.html", context, status=status)


# Helpers -------------------------------------------------------------------------------------


def _tried(form: Any, field: str, verb: Callable[[], Any]) -> Any:
    """What a verb gives; where items would wait for each other, or be others, None and the word at the field."""
    try:
        return verb()
    except building.Circular as circular:
        form.add_error(field if field in form.fields else None, str(circular))
        return None
    except building.OtherItem as other:
        form.add_error(other.field, str(other))
        return None


def _applied(people: int) -> str:
    if not people:
        return ""
    return f" It holds at once for {people} open assignment{'' if people == 1 else 's'}."


def _may_edit(person: User, course: Course) -> bool:
    return course.team_id is not None or person.has_perm("codes.change_code")


def _show(request: HttpRequest, course: Course, refused: str = "") -> HttpResponse:
    person, items = person_of(request), items_of(course)
    context = {
        "course": course,
        "items": items,
        "missing": missing_of(items),
        "may_edit": _may_edit(person, course),
        "kinds": offered_kinds(),
        "at_it": building.open_assignments(course),
        "teams": [course.team] if course.team else [] if course.is_template else Team.objects.managed_by(person),
        "refused": refused,
        "done": Assignment.objects.standing().filter(course=course, done_at__isnull=False).count(),
    }
    return render(request, "courses/course.html", context, status=409 if refused else 200)


def _form(request: HttpRequest, template: str, form: Any, course: Course | None = None) -> HttpResponse:
    context = {"form": form, "course": course, "at_it": building.open_assignments(course) if course else 0}
    return render(request, template, context, status=422 if form.errors else 200)


def _item_form(request: HttpRequest, form: ItemForm, course: Course, item: CourseItem) -> HttpResponse:
    pages = PublishedCode.objects.only("number", "title")[:LISTED] if item.kind == CourseItem.Kind.PAGE else ()
    context = {
        "form": form, "course": course, "item": item, "pages": pages, "at_it": building.open_assignments(course),
        "back": reverse("course", args=[course.pk]),
    }  # fmt: skip
    return render(request, "courses/item_form.html", context, status=422 if form.errors else 200)
