"""What changed in a year, of the codes that a team uses; and the course that is built from it."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from codes.models import Code, HistoryEvent, PublishedCode
from courses import building
from courses.doing import fill_around
from courses.models import Course, CourseItem, Team
from courses.reached import askable
from quizzes.around import days_of
from quizzes.builder import MOST
from quizzes.drawing import SET_SIZE, Drawing
from quizzes.models import RuleMemory, Scenario

Kind = CourseItem.Kind
MOST_YEARS = 15
CHOOSE_YEAR = "Year: choose one of the list."


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year with the events of the codes that changed in it."""

    year: int
    events: tuple[HistoryEvent, ...]

    @property
    def codes(self) -> list[Code]:
        """Each code once, by number."""
        return sorted({event.code_id: event.code for event in self.events}.values(), key=lambda code: code.number)


def codes_used(team: Team | None) -> frozenset[str]:
    """The codes of a team: on the pages of its courses, or practised by its trainees; without any, all published."""
    every = frozenset(PublishedCode.objects.values_list("number", flat=True))
    if team is None:
        return every
    own, given = Q(course__in=team.courses.filter(archived_at=None)), Q(course__in=team.assignments.values("course"))
    items = list(CourseItem.objects.filter(own | given).select_related("code"))
    found = {item.code.number for item in items if item.code} | {one for item in items for one in item.codes}
    found |= {rule.partition("/")[0] for item in items for rule in item.rules if "/" in rule}
    people = team.memberships.active().trainees().values("person")
    found |= set(RuleMemory.objects.filter(person__in=people).order_by().values_list("code", flat=True).distinct())
    return (every & found) or every


def years(numbers: Iterable[str], today: date) -> list[Year]:
    """The years in which these codes changed, and those between without a change, the newest first."""
    events = HistoryEvent.objects.filter(
        code__published__isnull=False, code__number__in=set(numbers), date__isnull=False
    )
    found: dict[int, list[HistoryEvent]] = {}
    for event in events.exclude(kind=HistoryEvent.Kind.NO_CHANGE).select_related("code"):
        if event.date:
            found.setdefault(event.date.year, []).append(event)
    newest = max([today.year, *found])
    every = range(newest, min(found, default=newest) - 1, -1)
    return [Year(year=year, events=tuple(found.get(year, ()))) for year in every][:MOST_YEARS]


@transaction.atomic
def build(team: Team | None, year: int, *, by: User, at: datetime) -> Course | None:
    """The course of a year: each changed page, questions around the day of the change, a set. None without a change."""
    today = timezone.localdate(at)
    changed = next((one for one in years(codes_used(team), today) if one.year == year and one.events), None)
    if changed is None:
        return None
    codes = _with_successors(changed)
    values = {"title": _title(year), "summary": _summary(changed), "team": team, "in_order": True}
    course = building.create(values, by=by, at=at)
    for code in codes:
        building.add_item(course, Kind.PAGE, {"code": code}, by=by, at=at)
    for fields in _sets(codes, changed):
        building.add_item(course, Kind.QUIZ, fields, by=by, at=at)
    _say_how_many(course)
    return course


def _say_how_many(course: Course) -> None:
    """Note where the library has fewer claims around the changes than a set of questions usually holds."""
    around = course.items.filter(around_year__isnull=False).first()
    said = f"{around.number if around else 'No'} claims lie around the days of the changes."
    if around is None or around.number < SET_SIZE:
        course.summary = f"{course.summary} {said} The library has no more.".strip()
        course.save(update_fields=["summary"])


def _title(year: int) -> str:
    return f"What changed in {year}"


def _with_successors(year: Year) -> list[Code]:
    """The changed codes, and those that took their place, if they have a page."""
    next_ones = {event.successor for event in year.events if event.successor}
    own = {code.pk for code in year.codes}
    more = Code.objects.filter(number__in=next_ones, published__isnull=False).exclude(pk__in=own)
    return [*year.codes, *more.order_by("number")]


def _summary(year: Year) -> str:
    said = [f"{event.code.number}: {event.get_kind_display().lower()}" for event in year.events]
    return f"Codes that changed in {year.year}: {'; '.join(dict.fromkeys(said))}."[:2000]


def _sets(codes: Sequence[Code], year: Year) -> Iterable[dict[str, Any]]:
    """A set with dates of service around the changes, of cases whose claim they touch; then one on all of it.

    Its questions are fewer than those of other sets where the library has no more.
    """
    numbers = [code.number for code in codes]
    dated = [rule.id for rule in askable() if rule.code in numbers and days_of(rule, year.year)][:MOST]
    if dated and (number := _asked_around(dated, year.year)):
        title = f"Before and after: dates of service around the changes of {year.year}"
        yield {"title": title, "codes": [], "rules": dated, "number": number, "around_year": year.year}
    asked = set(Scenario.objects.live().filter(code__in=codes).values_list("code__number", flat=True))
    if asked:
        pages = [number for number in numbers if number in asked]
        yield {"title": f"Claims with the codes that changed in {year.year}", "codes": pages, "number": SET_SIZE}


def _asked_around(rules: Sequence[str], year: int) -> int:
    """How many questions there are around the days of the changes, for somebody new and without hints."""
    item = CourseItem(kind=Kind.QUIZ, rules=list(rules), number=SET_SIZE)
    drawing = Drawing(chance=random.Random(0), seen=frozenset(), hidden=True)
    return SET_SIZE - fill_around(drawing, item, year)


def built_already(team: Team | None, year: int) -> Course | None:
    """The course of a year that a team, or the site, has and has not put away."""
    return Course.objects.filter(team=team, title=_title(year), archived_at=None).first()


# The page ------------------------------------------------------------------------------------


class ChangesForm(forms.Form):
    """For whom, and which year; ``again``: that year, though its course is there."""

    team = forms.ModelChoiceField(Team.objects.none(), required=False)
    year = forms.IntegerField(
        min_value=1900, max_value=9999,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), CHOOSE_YEAR),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse a second course of the same name, unless it is wanted."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        there = built_already(given.get("team"), given["year"]) if "year" in given and not self.errors else None
        if there is not None and not self.is_again:
            self.add_error("year", f"Year: “{there}” is there already. Look at it below, or build it once more.")
        return given

    def __init__(self, data: Any, *, person: User, chosen: str) -> None:
        self.is_again = bool(data and data.get("again"))
        super().__init__(data if not self.is_again else {**data.dict(), "year": data["again"]})
        self.teams = list(Team.objects.managed_by(person))
        self.is_educator = person.has_perm("codes.change_code")
        self.fields["team"] = forms.ModelChoiceField(
            Team.objects.managed_by(person), required=not self.is_educator,
            error_messages=dict.fromkeys(("required", "invalid_choice"), "Team: choose one of your teams."),
        )  # fmt: skip
        given = data.get("team", "") if data is not None else chosen
        self.chosen = next((one for one in self.teams if str(one.pk) == given), None)
        if self.chosen is None and not self.is_educator:
            self.chosen = self.teams[0] if self.teams else None


def changes_page(form: ChangesForm) -> dict[str, Any]:
    """The years of the chosen team, each with what changed in it."""
    rows = years(codes_used(form.chosen), timezone.localdate())
    titles = {_title(one.year): one.year for one in rows}
    there = Course.objects.filter(team=form.chosen, title__in=titles, archived_at=None).order_by("-pk")
    built = {titles[course.title]: course for course in there}
    return {
        "form": form, "team": form.chosen, "teams": form.teams, "years": [(one, built.get(one.year)) for one in rows],
        "is_educator": form.is_educator,
    }  # fmt: skip
