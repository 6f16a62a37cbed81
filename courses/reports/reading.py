"""Reading what a page says of a team by queries whose SQL is written once, for every team, period, cohort and page.

The ORM takes longer to write such a query and to convert what comes than SQLite takes to find it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from courses.models import Team
from courses.reports.frame import Frame
from statements.prepared import Prepared, Row

#: People on a page. So many are asked for at once; of more, everybody is.
A_PAGE = 50


def read(make: Callable[..., QuerySet[Any, Any]], frame: Frame, *values: int | datetime) -> list[Row]:
    """The rows of a query, as the database gives them.

    ``make`` builds it from a frame and values. Of the frame it may use the team, its scoring, the cohort and the
    first Monday, and nothing else; what it builds must not depend on values, except on how many there are.
    """
    given: list[Any] = [frame.team.pk, *(one for one in (frame.cohort, frame.since) if one is not None), *values]
    kinds = tuple(type(one) for one in values)
    query = _prepared(make, frame.team.scoring, frame.cohort is not None, frame.since is not None, kinds)
    return query.rows(*given)


@lru_cache(maxsize=128)
def _prepared(
    make: Callable[..., QuerySet[Any, Any]], scoring: str, of_cohort: bool, since_when: bool, kinds: tuple[type, ...]
) -> Prepared:
    def query(team: int, *given: Any) -> QuerySet[Any, Any]:
        rest = list(given)
        cohort: str | None = rest.pop(0) if of_cohort else None
        since: date | None = rest.pop(0) if since_when else None
        frame = Frame(
            team=Team(pk=team, scoring=scoring), at=datetime.min.replace(tzinfo=UTC), cohort=cohort, since=since
        )
        return make(frame, *rest)

    return Prepared(query, int, *[str] * of_cohort, *[date] * since_when, *kinds)


def asked(people: Sequence[int]) -> Sequence[int]:
    """People as values for ``read``: as many for every page, the last one again as often as it takes.

    None for more than a page, which then reads everybody. Nobody is to be asked for by whoever has nobody.
    """
    return [*people, *[people[-1]] * (A_PAGE - len(people))] if len(people) <= A_PAGE else ()
