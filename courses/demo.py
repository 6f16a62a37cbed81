"""A team of twelve with two months behind them, so that every page has something to show. The same each time.

All of it is done by the verbs that people use, at moments of the past: nothing here writes a figure.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from courses import building, doing, seats
from courses.assigning import NothingAssigned, Terms, assign, end_of_day, extend
from courses.demo_people import LEARNERS, WEEKS, Learner, sittings, work_through
from courses.models import Assignment, Certificate, Course, CourseItem, Letter, Membership, Standing, Team
from courses.opening import locks
from courses.reports.frame import frame_of
from courses.reports.remediation import AlreadyAssigned, NothingToMend, remediate
from quizzes import sets
from quizzes.practice import NothingToAsk

NAME = "Ablation and biopsy coders"
SEED = 20260101
DAY = timedelta(days=1)
#: The chance that somebody who sits down does what is assigned, as far as there is something.
DUTIFUL = 0.6
MOST_TRIES = 3
#: How many items the team's courses have.
ITEMS = 4
#: Rules are mastered by practising them over weeks, not in a sitting.
DONE_AT_ONCE = (CourseItem.Kind.PAGE, CourseItem.Kind.QUIZ)


@dataclass(kw_only=True)
class Stage:
    """What the play is played with. ``monday``: the first of the eight weeks, as an instant."""

    team: Team
    manager: User
    people: dict[str, User]
    monday: datetime
    until: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))


@transaction.atomic
def play(manager: User, first: Course, second: Course, at: datetime, tell: Callable[[], object]) -> Team:
    """Make the team and let its two months pass, until ``at``; ``tell`` is called after each of the eight weeks.

    A short course made of ``first`` is assigned in the second week, one of ``second`` in the seventh. All of it is
    made, or nothing.
    """
    stage = _stage(manager, at)
    first, second = (_shortened(one, stage) for one in (first, second))
    for week in range(WEEKS):
        _manage(stage, week, first, second)
        for learner in LEARNERS:
            _week_of(stage, learner, week)
        tell()
    _date_back(stage.team)
    return stage.team


def _date_back(team: Team) -> None:
    """What was issued and written in the past has the day on which it happened; no letter of it goes out today."""
    for certificate in Certificate.objects.filter(assignment__team=team).select_related("assignment"):
        Certificate.objects.filter(pk=certificate.pk).update(issued_at=certificate.assignment.done_at)
    letters = Letter.objects.filter(Q(assignment__team=team) | Q(certificate__assignment__team=team))
    letters.update(state=Letter.State.SENT, sent_at=F("created_at"))


def _stage(manager: User, at: datetime) -> Stage:
    team = Team.objects.create(name=NAME, time_zone="America/Chicago", target_percent=80)
    local = at.astimezone(team.zone)
    this_monday = local.replace(hour=0, minute=0, second=0, microsecond=0) - local.weekday() * DAY
    monday = this_monday - (WEEKS - 1) * 7 * DAY
    Team.objects.filter(pk=team.pk).update(created_at=monday - DAY)
    seats.seat(team, manager, Membership.Role.MANAGER, by=None, at=monday - DAY)
    people = {one.username: _person(one) for one in LEARNERS}
    for one in LEARNERS:
        joined = monday + one.weeks[0] * 7 * DAY
        seats.seat(team, people[one.username], Membership.Role.TRAINEE, by=manager, at=joined, cohort=one.cohort)
    return Stage(team=team, manager=manager, people=people, monday=monday, until=at)


def _shortened(template: Course, stage: Stage) -> Course:
    """The team's own copy with what can be done in a few sittings: the first pages and sets, and a certificate."""
    at = stage.monday
    course = building.copy(template, stage.team, by=stage.manager, at=at)
    kept = [one.pk for one in course.items.filter(kind__in=DONE_AT_ONCE)[:ITEMS]]
    for item in course.items.exclude(pk__in=kept):
        building.remove_item(item, by=stage.manager, at=at)
    course.title = template.title
    course.gives_certificate = True
    course.save(update_fields=["title", "gives_certificate"])
    return course


def _person(learner: Learner) -> User:
    """A person who cannot sign in, except for those that are there already."""
    found, new = User.objects.get_or_create(
        username=learner.username,
        defaults={
            "first_name": learner.first, "last_name": learner.last, "email": f"{learner.username}@example.com",
        },
    )  # fmt: skip
    if new:
        found.set_unusable_password()
        found.save(update_fields=["password"])
    return found


# What the manager does ------------------------------------------------------------------------


def _manage(stage: Stage, week: int, first: Course, second: Course) -> None:
    at = stage.monday + week * 7 * DAY + timedelta(hours=7)
    if week == 1:
        _assign(stage, first, at, due=at + 30 * DAY)
    if week == 4:
        _mend(stage, at, "omar", "luis", "trainee")
    if week == 5:
        for late in Assignment.objects.open().filter(team=stage.team, course=first, person=stage.people["zoe"]):
            extend(late, end_of_day((at + 28 * DAY).date(), stage.team), "On leave", by=stage.manager, at=at)
    if week == 6:
        _assign(stage, second, at, due=at + 14 * DAY)
        _mend(stage, at, "grace")


def _assign(stage: Stage, course: Course, at: datetime, due: datetime) -> None:
    there = [one for one in LEARNERS if stage.monday + one.weeks[0] * 7 * DAY <= at]
    people = [stage.people[one.username] for one in there]
    terms = Terms(due_at=end_of_day(due.astimezone(stage.team.zone).date(), stage.team), pass_percent=70)
    assign(stage.team, course, people, terms, by=stage.manager, at=at)


def _mend(stage: Stage, at: datetime, *usernames: str) -> None:
    """Remediation for some, as far as there is something to mend."""
    frame = frame_of(stage.team, {}, at)
    for username in usernames:
        try:
            remediate(frame, stage.people[username], None, by=stage.manager, at=at)
        except (NothingToMend, AlreadyAssigned, NothingAssigned):
            continue


# What the trainees do -------------------------------------------------------------------------


def _week_of(stage: Stage, learner: Learner, week: int) -> None:
    monday = stage.monday.date()
    for number, since in sittings(learner, monday, stage.chance):
        at = stage.monday + number * 7 * DAY + since
        if number == week and at < stage.until - timedelta(hours=2):
            _sit_down(stage, learner, week, at)


def _sit_down(stage: Stage, learner: Learner, week: int, at: datetime) -> None:
    person = stage.people[learner.username]
    step = _next_step(person, stage) if stage.chance.random() < DUTIFUL else None
    while step is not None and step.item.kind == CourseItem.Kind.PAGE:
        doing.mark_read(step, None, at)
        at += timedelta(minutes=11)
        step = _next_step(person, stage)
    if step is None:
        _practise(stage, learner, person, week, at)
    else:
        attempt = doing.start(step, at, seed=stage.chance.getrandbits(32))
        work_through(attempt, learner, week, at, stage.chance)


def _next_step(person: User, stage: Stage) -> doing.Step | None:
    """The first page or set that is open to somebody: what mends a weakness first, then by date."""
    rows = Assignment.objects.open().filter(team=stage.team, person=person).select_related("course", "team")
    for assignment in rows.order_by("-course__is_remediation", "due_at"):
        assignment.person = person
        items = list(assignment.course.items.prefetch_related("requires"))
        standings = {one.item_id: one for one in assignment.standings.select_related("item")}
        done = [pk for pk, one in standings.items() if one.state == Standing.State.DONE]
        locked = locks(assignment.course, items, done)
        for item in items:
            is_open = item.kind in DONE_AT_ONCE and item.pk not in locked and item.pk not in done
            if is_open and standings[item.pk].attempts < MOST_TRIES:
                return doing.Step(assignment=assignment, standing=standings[item.pk])
    return None


def _practise(stage: Stage, learner: Learner, person: User, week: int, at: datetime) -> None:
    try:
        attempt = sets.mixed(person, at, seed=stage.chance.getrandbits(32))
    except NothingToAsk:
        return
    work_through(attempt, learner, week, at, stage.chance)
