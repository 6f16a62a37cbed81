"""Which rules the people of teams break, added up by team, cohort and week, and kept up with answers and seats.

Nobody counts reviews to see what a team breaks: there are as many rows as the rules, weeks and cohorts make, however
many people answer. ``recount`` derives a team's anew, ``differences`` says where they are not what follows.

Each transaction adds to them once, in the order of their keys, so that no two answers wait for each other.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import User
from courses.models import BreakTally, Membership, Team
from quizzes.models import RuleReview
from quizzes.tallies import Breaks, breaks_of
from statements.inserting import insert

KEY = ("team", "cohort", "week", "rule", "category")
#: A team and a cohort of it.
Group = tuple[int, str]
#: Cohort, week, rule, category -> times.
Counted = Counter[tuple[str, date, str, str]]


# Verbs ---------------------------------------------------------------------------------------


def add(breaks: Mapping[int, Breaks]) -> None:
    """What people broke now, or not any more, to the tallies of every group they learn in; one statement."""
    given = [
        (person, week.isoformat(), rule, category, times)
        for person, counts in breaks.items()
        for (week, rule, category), times in counts.items()
        if times
    ]
    with connection.cursor() as cursor:
        sql = _ADD.format(given=_GIVEN[connection.vendor], plainly=_PLAINLY[connection.vendor])
        cursor.execute(sql, [json.dumps(given), Membership.Role.TRAINEE.value])


def move(person: User, *, to: Sequence[Group] = (), out_of: Sequence[Group] = ()) -> None:
    """Everything a person ever broke out of some groups and into others, as their seats change.

    Whoever calls it has locked the person, so that no answer is counted in both or in neither.
    """
    if not to and not out_of:
        return
    counts = breaks_of(RuleReview.objects.of(person).breaks())
    moved: Counter[tuple[int, str, date, str, str]] = Counter()
    for groups, sign in ((to, 1), (out_of, -1)):
        for group in groups:
            moved.update({(*group, *key): sign * times for key, times in counts.items()})
    _store({key: times for key, times in moved.items() if times})


def groups_of(seat: Membership) -> list[Group]:
    """Where what somebody with a seat breaks is counted: nowhere, if they do not learn in the team.

    What somebody broke who was erased stays where it was.
    """
    learns = seat.role == Membership.Role.TRAINEE and (seat.ended_at is None or seat.remains)
    return [(seat.team_id, seat.cohort)] if learns else []


@transaction.atomic
def recount(team: Team) -> None:
    """Derive a team's tallies anew from the reviews of its people."""
    list(User.objects.filter(pk__in=_learners(team)).order_by("pk").select_for_update(no_key=True))
    BreakTally.objects.filter(team=team).delete()
    _store({(team.pk, *key): times for key, times in _counted(team).items()})


def differences(team: Team) -> Iterator[str]:
    """Where what is stored is not what follows from reviews and seats, a line each; nothing is changed."""
    rows = BreakTally.objects.filter(team=team).order_by().values_list("cohort", "week", "rule", "category", "times")
    stored: Counted = Counter({(cohort, week, rule, kind): times for cohort, week, rule, kind, times in rows})
    follows = _counted(team)
    for key in sorted(stored.keys() | follows.keys()):
        if stored[key] != follows[key]:
            cohort, week, rule, category = key
            where = f"week of {week}, {cohort or 'no cohort'}, {rule} ({category})"
            yield f"{where}: {stored[key]}, and should be {follows[key]}"


# Writing -------------------------------------------------------------------------------------

#: What is given, as rows: one parameter, however much it is.
_GIVEN = {
    "sqlite": """
        SELECT json_extract(value, '$[0]') AS person, json_extract(value, '$[1]') AS week,
               json_extract(value, '$[2]') AS rule, json_extract(value, '$[3]') AS category,
               json_extract(value, '$[4]') AS times
        FROM json_each(%s)
    """,
    "postgresql": """
        SELECT (value ->> 0)::bigint AS person, (value ->> 1)::date AS week, value ->> 2 AS rule,
               value ->> 3 AS category, (value ->> 4)::integer AS times
        FROM jsonb_array_elements(%s::jsonb) AS value
    """,
}
#: Sorting as Python does, whatever the language of the database.
_PLAINLY = {"sqlite": "", "postgresql": 'COLLATE "C"'}
_ADD = """
    INSERT INTO courses_breaktally (team_id, cohort, week, rule, category, times)
    SELECT seat.team_id, seat.cohort, given.week, given.rule, given.category, SUM(given.times)
    FROM ({given}) AS given JOIN courses_membership AS seat ON seat.person_id = given.person
    WHERE seat.role = %s AND (seat.ended_at IS NULL OR seat.remains)
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY seat.team_id, seat.cohort {plainly}, given.week, given.rule {plainly}, given.category {plainly}
    ON CONFLICT (team_id, cohort, week, rule, category) DO UPDATE SET times = courses_breaktally.times + EXCLUDED.times
"""


def _store(counts: Mapping[tuple[int, str, date, str, str], int]) -> None:
    rows = [
        BreakTally(team_id=team, cohort=cohort, week=week, rule=rule, category=category, times=counts[key])
        for key in sorted(counts)
        for team, cohort, week, rule, category in [key]
    ]
    insert(rows, unique=KEY, add=("times",))


# Deriving ------------------------------------------------------------------------------------


def _learners(team: Team) -> "QuerySet[Membership, int]":
    return team.memberships.counting().trainees().values_list("person_id", flat=True)


def _counted(team: Team) -> Counted:
    """What follows from the reviews of everybody who learns in a team now, or did when they were erased."""
    cohorts = dict(team.memberships.counting().trainees().values_list("person_id", "cohort"))
    found: Counted = Counter()
    for person, cohort in cohorts.items():
        counts = breaks_of(RuleReview.objects.filter(person=person).breaks())
        found.update({(cohort, *key): times for key, times in counts.items()})
    return found
