"""What is assigned to somebody: for the page of today, for the practice builder, and who sees what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count, F, Q

from accounts.models import User
from codes.library import library
from courses.contents import Contents
from courses.due import due_shortly
from courses.models import Assignment, CourseItem, Membership, Standing, Team
from quizzes.pools import Assigned

#: How many of those that are done are still shown.
DONE_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One assignment in a list."""

    assignment: Assignment
    when: str
    is_overdue: bool
    items: int
    done: int
    names_team: bool = False

    @property
    def words(self) -> str:
        """How far it is."""
        return f"{self.done} of {self.items} done" if self.items else "Nothing in it yet"


def assigned_to(person: User, at: datetime) -> list[Given]:
    """What a person is to do: by nearest due date, then what has none, then the last of what is done."""
    done = Count("standings", filter=Q(standings__state=Standing.State.DONE))
    mine = Assignment.objects.in_teams_of(person).standing()
    finished = mine.filter(done_at__isnull=False).order_by("-done_at").values("pk")[:DONE_SHOWN]
    rows = mine.filter(Q(done_at=None) | Q(pk__in=finished)).select_related("course", "team")
    rows = rows.annotate(items=Count("standings"), items_done=done)
    by_date = (F("done_at").desc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")
    found = list(rows.order_by(*by_date))
    several = len({one.team_id for one in found}) > 1
    return [_given(one, at, several) for one in found]


def _given(row: Assignment, at: datetime, names_team: bool) -> Given:
    zone = row.team.zone
    if row.done_at is not None:
        there = row.done_at.astimezone(zone)
        when = f"Done {there:%a} {there.day} {there:%b}"
    else:
        when = due_shortly(row.due_at, zone, at)
    items, done = row.items, row.items_done  # type: ignore[attr-defined]
    is_overdue = row.is_overdue(at)
    return Given(assignment=row, when=when, is_overdue=is_overdue, items=items, done=done, names_team=names_team)


def assigned_matter(person: User) -> Assigned:
    """The pages and rules of a person's open assignments, to be practised."""
    courses = Assignment.objects.in_teams_of(person).open().values("course")
    items = list(CourseItem.objects.filter(course__in=courses).select_related("code", "exam"))
    if not items:
        return Assigned()
    contents = Contents.of(items, library().rules)
    on_rules = [item for item in items if item.rules]
    codes = {item.code.number for item in items if item.code} | set(_codes(items, contents))
    return Assigned(
        codes=frozenset(codes), rules=tuple(sorted(rule.id for rule in contents.taught(on_rules)))
    )  # fmt: skip


def _codes(items: Iterable[CourseItem], contents: Contents) -> Iterable[str]:
    for item in items:
        if not item.rules:
            yield from item.codes
        for part in contents.parts.get(item.exam_id or 0, ()):
            if part.code is not None:
                yield part.code.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Seers:
    """A team and the people who see in it how a trainee does."""

    team: Team
    managers: tuple[User, ...]


def seen_by(person: User) -> list[Seers]:
    """The teams a person learns in, with their managers."""
    mine = Membership.objects.active().trainees().filter(person=person, team__archived_at=None)
    seats = Membership.objects.active().filter(team__in=mine.values("team"), role=Membership.Role.MANAGER)
    managers = seats.select_related("team", "person").order_by("team__name", "team", "person__last_name", "person")
    found = {team: tuple(seat.person for seat in group) for team, group in groupby(managers, key=lambda one: one.team)}
    teams = Team.objects.filter(pk__in=mine.values("team"))
    return [Seers(team=team, managers=found.get(team, ())) for team in teams]
