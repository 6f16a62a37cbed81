"""The verbs of building courses. Each is noted; what it changes holds for open assignments at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User, audit
from courses.contents import name_of
from courses.models import Assignment, Course, CourseItem, Standing, Team
from courses.opening import circle, needs
from courses.standing import renew_course

COPIED = ("title", "summary", "in_order", "gives_certificate", "ce_hours", "ce_provider", "ce_number")
ITEM_COPIED = ("position", "kind", "title", "code", "exam", "codes", "rules", "number", "minutes", "around_year")


#: What of an item says what it is about -> what its form calls that.
NAMES = {"code": "Page", "exam": "Exam", "codes": "Pages", "rules": "Rules"}


class LastItem(Exception):
    """People are at a course, and nothing would be left of it; ``people`` are so many."""

    def __init__(self, people: int) -> None:
        super().__init__("Nothing would be left to do, and people are at the course.")
        self.people = people


class OtherItem(Exception):
    """Somebody has begun an item, and what is to stand in its place has nothing in common with what they did.

    ``field`` is what of the item would be another; ``people`` are so many.
    """

    def __init__(self, field: str, people: int) -> None:
        has = "1 person has" if people == 1 else f"{people} people have"
        super().__init__(
            f"{NAMES[field]}: {has} begun or done this item, and that would count for something else. "
            "Add another item, and remove this one."
        )
        self.field = field


class Circular(Exception):
    """Each of some items would wait for another of them; ``way`` are their names, the first once more at the end."""

    def __init__(self, way: Sequence[CourseItem]) -> None:
        names = [f"“{item}”" for item in (*way, way[0])]
        super().__init__(f"This would go in a circle: {' needs '.join(names)}.")


# Courses -------------------------------------------------------------------------------------


@transaction.atomic
def create(values: Mapping[str, Any], *, by: User, at: datetime) -> Course:
    """A new course without items; ``values`` by field, ``team`` None for the whole site."""
    course = Course.objects.create(author=by, created_at=at, **values)
    audit(by, "course made", course, team=course.team_id)
    return course


@transaction.atomic
def change(course: Course, values: Mapping[str, Any], *, by: User, at: datetime) -> int:
    """Other words or terms; how many open assignments it changes. Raises Circular."""
    before = {name: getattr(course, name) for name in values}
    for name, value in values.items():
        setattr(course, name, value)
    course.save(update_fields=list(values))
    refuse_circles(course)
    changed = [name for name, value in values.items() if before[name] != value]
    audit(by, "course changed", course, team=course.team_id, after={"fields": changed})
    return renew_course(course, at)


@transaction.atomic
def copy(course: Course, team: Team | None, *, by: User, at: datetime) -> Course:
    """The same course for a team or the site, to be changed without touching the first."""
    values = {name: getattr(course, name) for name in COPIED}
    made = Course.objects.create(author=by, created_at=at, team=team, **values)
    copies: dict[int, CourseItem] = {}
    items = list(course.items.prefetch_related("requires"))
    for item in items:
        fields = {name: getattr(item, name) for name in ITEM_COPIED}
        copies[item.pk] = CourseItem.objects.create(course=made, **fields)
    for item in items:
        copies[item.pk].requires.set([copies[one.pk] for one in item.requires.all()])
    audit(by, "course copied", made, team=made.team_id, after={"from": course.pk})
    return made


@transaction.atomic
def archive(course: Course, *, by: User, at: datetime) -> None:
    """Put a course away: it is listed and assigned no more; what is assigned goes on. Again changes nothing."""
    if Course.objects.filter(pk=course.pk, archived_at=None).update(archived_at=at):
        audit(by, "course put away", course, team=course.team_id)


def open_assignments(course: Course) -> int:
    """How many people are at it."""
    return Assignment.objects.open().filter(course=course).count()


# Items ---------------------------------------------------------------------------------------


@transaction.atomic
def add_item(
    course: Course, kind: str, values: Mapping[str, Any], requires: Sequence[CourseItem] = (), *, by: User, at: datetime
) -> CourseItem:
    """One more item, as the last. Without a title it is named after what it holds. Raises Circular."""
    locked = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    last = locked.items.order_by("-position").values_list("position", flat=True).first() or 0
    item = CourseItem(course=course, kind=kind, position=last + 1, **values)
    item.title = item.title or name_of(item)
    item.save()
    item.requires.set(requires)
    refuse_circles(course)
    audit(by, "course item added", item, team=course.team_id, after={"course": course.pk, "kind": kind})
    renew_course(course, at)
    return item


@transaction.atomic
def change_item(
    item: CourseItem, values: Mapping[str, Any], requires: Sequence[CourseItem], *, by: User, at: datetime
) -> int:
    """Other contents; how many open assignments it changes. A name that only said what it held says so again.

    Raises Circular, and OtherItem where it is begun and would be about something else.
    """
    _refuse_another(item, values)
    own_name = item.title == name_of(item)
    before = {name: _plain(getattr(item, name)) for name in values}
    for name, value in values.items():
        setattr(item, name, value)
    if not item.title or (own_name and item.title == before.get("title")):
        item.title = name_of(item)
    item.save()
    item.requires.set(requires)
    refuse_circles(item.course)
    after = {name: _plain(getattr(item, name)) for name in values}
    audit(by, "course item changed", item, team=item.course.team_id, before=before, after=after)
    return renew_course(item.course, at)


def _refuse_another(item: CourseItem, values: Mapping[str, Any]) -> None:
    """Raise OtherItem. Rules to master need no such care: how far somebody is with them follows from the rules."""
    other = next((name for name in NAMES if name in values and _is_other(getattr(item, name), values[name])), None)
    if other is None or item.kind == CourseItem.Kind.MASTERY:
        return
    # Whoever is about to say that the page is read waits, or has said it before this looks.
    list(Assignment.objects.open().filter(course=item.course_id).order_by("pk").select_for_update(no_key=True))
    begun = item.standings.exclude(state=Standing.State.NOT_STARTED).count()
    if begun:
        raise OtherItem(other, begun)


def _is_other(before: Any, after: Any) -> bool:
    """Another page or exam; of lists, where both name something, those without anything in common."""
    if isinstance(before, list):
        return bool(before and after) and not set(before) & set(after)
    return bool(before != after)


@transaction.atomic
def move_item(item: CourseItem, *, up: bool, by: User, at: datetime) -> bool:
    """Change places with the item before it or after it; False at the end of the list. Raises Circular."""
    course = Course.objects.select_for_update(no_key=True).get(pk=item.course_id)
    order = list(course.items.all())
    place = next(n for n, one in enumerate(order) if one.pk == item.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(order):
        return False
    order[place], order[other] = order[other], order[place]
    for position, one in enumerate(order, 1):
        one.position = position
    CourseItem.objects.bulk_update(order, ["position"])
    refuse_circles(course)
    audit(by, "course item moved", item, team=course.team_id, after={"position": other + 1})
    renew_course(course, at)
    return True


@transaction.atomic
def remove_item(item: CourseItem, *, by: User, at: datetime) -> int:
    """Take an item out, with the record of how far it was; the answers stay. How many open assignments it changes.

    Raises LastItem where somebody is at the course and it is the only one: what is empty can never be done.
    """
    course = Course.objects.select_for_update(no_key=True).get(pk=item.course_id)
    at_it = open_assignments(course)
    if at_it and is_only_item(item):
        raise LastItem(at_it)
    audit(by, "course item removed", item, team=course.team_id, before={"course": course.pk, "kind": item.kind})
    course.items.filter(position__gt=item.position).update(position=F("position") - 1)
    item.delete()
    return renew_course(course, at)


def is_only_item(item: CourseItem) -> bool:
    """Whether nothing would be left of its course without it."""
    return not CourseItem.objects.filter(course=item.course_id).exclude(pk=item.pk).exists()


def refuse_circles(course: Course) -> None:
    """Raise Circular where items of a course would wait for each other."""
    items = list(course.items.prefetch_related("requires"))
    before = needs(course, items)
    for item in items:
        way = circle(before, item)
        if way:
            raise Circular(way)


def _plain(value: Any) -> Any:
    """Ids and figures, as they are noted."""
    return getattr(value, "pk", value)
