"""What is assigned to somebody: for the page of today, for the practice builder, and who sees what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, F, OuterRef, Q, Subquery

from accounts.models import User
from codes.library import library
from courses.contents import Contents
from courses.due import due_shortly
from courses.models import Assignment, CourseItem, Extension, Membership, Standing, Team
from quizzes.pools import Assigned

#: How many of those that are done are still shown.
DONE_SHOWN = 3
#: For how long it is still said that something was taken back.
TAKEN_BACK_SHOWN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One assignment in a list; ``why`` is what was said when its date was changed, or when it was taken back."""

    assignment: Assignment
    when: str
    is_overdue: bool
    items: int
    done: int
    names_team: bool = False
    why: str = ""

    @property
    def words(self) -> str:
        """How far it is."""
        return f"{self.done} of {self.items} done" if self.items else "Nothing in it yet"


def assigned_to(person: User, at: datetime) -> list[Given]:
    """What a person is to do: by nearest due date, then what has none, then the last of what is done.

    What was taken back in the last days is among it, since whoever had begun it looks for it.
    """
    done = Count("standings", filter=Q(standings__state=Standing.State.DONE))
    every = Assignment.objects.in_teams_of(person)
    mine, taken_back = every.standing(), Q(unassigned_at__gte=at - TAKEN_BACK_SHOWN)
    finished = mine.filter(done_at__isnull=False).order_by("-done_at").values("pk")[:DONE_SHOWN]
    moved = Extension.objects.filter(assignment=OuterRef("pk")).order_by("-pk").values("why")[:1]
    rows = every.filter(Q(unassigned_at=None, done_at=None) | Q(pk__in=finished) | taken_back)
    rows = rows.select_related("course", "team").annotate(
        items=Count("standings"), items_done=done, moved_why=Subquery(moved)
    )
    by_date = (F("done_at").desc(nulls_first=True), F("due_at").asc(nulls_last=True), "pk")
    found = list(rows.order_by(*by_date))
    several = len({one.team_id for one in found}) > 1
    return [_given(one, at, several) for one in found]


def _given(row: Assignment, at: datetime, names_team: bool) -> Given:
    zone, why = row.team.zone, ""
    if row.unassigned_at is not None:
        when, why = _on("Taken back", row.unassigned_at.astimezone(zone)), row.unassigned_why
    elif row.done_at is not None:
        when = _on("Done", row.done_at.astimezone(zone))
    else:
        when, why = due_shortly(row.due_at, zone, at), row.moved_why or ""  # type: ignore[attr-defined]
    items, done = row.items, row.items_done  # type: ignore[attr-defined]
    is_overdue = row.is_overdue(at)
    return Given(
        assignment=row, when=when, is_overdue=is_overdue, items=items, done=done, names_team=names_team, why=why
    )


def _on(what: str, there: datetime) -> str:
    return f"{what} {there:%a} {there.day} {there:%b}"


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
