"""What has to be done from time to time, since the queue knows no calendar and tries nothing twice."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta

from accounts.models import User
from courses import tasks
from courses.letters import post
from courses.models import Assignment, Letter, Membership, Team
from courses.writing import due_key, with_a_seat

#: So long before the end people are reminded; and not in the first hours after they were told of the assignment.
SOON, SETTLED = timedelta(days=3), timedelta(hours=20)
#: From this hour on, on the clock of the team, managers are told who is overdue.
MORNING = 7

Round = Callable[[datetime], dict[str, int]]
#: What else is due from time to time. Apps above, which this one must not import, put theirs here.
MORE: list[Round] = []


def also(step: Round) -> None:
    """Let ``manage.py tend`` do this too: a moment goes in, what was done comes out in words and numbers.

    To be called once, when the site starts.
    """
    if step not in MORE:
        MORE.append(step)


def tend(at: datetime) -> dict[str, int]:
    """Note what has become due, and put what waits into the queue; what was done, in words and numbers."""
    return {
        "reminders": remind(at),
        "digests": digest(at),
        "letters put into the queue": wake(at),
        "old entries taken out of the queue": tasks.tidy(at),
    }


def wake(at: datetime) -> int:
    """Put letters whose time has come into the queue, unless it still holds some; how many.

    Among them are those that failed before and wait for another try, and those that a killed worker had taken.
    """
    if tasks.is_busy():
        return 0
    waiting = list(Letter.objects.waiting(at).values_list("pk", flat=True))
    for letter in waiting:
        tasks.send_letter.enqueue(letter)
    return len(waiting)


def remind(at: datetime) -> int:
    """Note a letter for each open assignment that is due soon, once for each of its due dates; how many."""
    soon = Assignment.objects.open().filter(
        with_a_seat(), due_at__gt=at, due_at__lte=at + SOON, assigned_at__lte=at - SETTLED, team__archived_at=None
    )
    kind = Letter.Kind.DUE_SOON
    told = set(Letter.objects.filter(kind=kind, assignment__in=soon).values_list("key", flat=True))
    new = [one for one in soon.select_related("person", "team") if f"{kind}:{due_key(one)}" not in told]
    for one in new:
        post(kind, due_key(one), at=at, person=one.person, team=one.team, assignment=one)
    return len(new)


def reminder_of(due_at: datetime | None, at: datetime) -> str:
    """When people will be reminded of what is assigned at a moment, in words; "" where they will not be."""
    if due_at is None or due_at <= at + SETTLED:
        return ""
    return "three days before it is due" if due_at - SOON >= at + SETTLED else "before it is due"


def digest(at: datetime) -> int:
    """Note a letter for each manager in whose teams somebody is overdue, once a morning; how many."""
    mornings = {person: morning for person, teams in _managers().items() if (morning := _morning(teams, at))}
    keys = {person: f"{person.pk}:{morning.isoformat()}" for person, morning in mornings.items()}
    kind = Letter.Kind.DIGEST
    told = set(Letter.objects.filter(key__in=[f"{kind}:{key}" for key in keys.values()]).values_list("key", flat=True))
    late = set(
        Assignment.objects.overdue(at).of_learners().filter(person__is_active=True).values_list("team", flat=True)
    )
    teams = _managers()
    new = [
        one for one, key in keys.items() if f"{kind}:{key}" not in told and late & {team.pk for team in teams[one]}
    ]  # fmt: skip
    for one in new:
        post(kind, keys[one], at=at, person=one)
    return len(new)


def _managers() -> dict[User, list[Team]]:
    seats = Membership.objects.active().filter(
        role=Membership.Role.MANAGER, team__archived_at=None, person__is_active=True
    )
    found: dict[User, list[Team]] = defaultdict(list)
    for seat in seats.select_related("person", "team").order_by("team"):
        found[seat.person].append(seat.team)
    return found


def _morning(teams: list[Team], at: datetime) -> date | None:
    """The day it is for a manager, by the clock of the oldest of their teams; None before the morning has come."""
    local = at.astimezone(teams[0].zone)
    return local.date() if local.hour >= MORNING else None
