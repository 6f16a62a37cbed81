"""What people keep of rules by category: the cells of a heat map, read in one query however many people there are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from courses.reports.frame import CATEGORY_OF, KEPT, Frame, summed, sums_from
from courses.reports.reading import asked, read
from courses.scoring import WAYS, Sums
from quizzes.shares import Share
from quizzes.tallies import ANSWERS
from rulebook.types import Category

#: The sums of ``KEPT`` as a query names them.
SUMMED = tuple(f"sum_{name}" for name in KEPT)
Cells = Mapping[Category, Share]


def cells_of(frame: Frame, people: Sequence[int]) -> dict[int, Cells]:
    """Person -> category -> what their answers showed of its rules; where there is nothing, there is no cell."""
    rows = frame.tallies(people if len(people) < len(frame.seats) else None).exclude(kind=ANSWERS)
    return _gathered(summed(rows, "person", "kind", only=KEPT).values_list("person", "kind", *SUMMED))


def sums_and_cells(frame: Frame, people: Sequence[int]) -> tuple[dict[int, Sums], dict[int, Cells]]:
    """Of the people of a page what their score is made of, and the same cells; one query for both."""
    rows = read(_by_kind, frame, *asked(people)) if people else []
    names = _needed(frame)
    sums = {person: sums_from(names, values) for person, kind, *values in rows if kind == ANSWERS}
    return sums, _gathered(row[:4] for row in rows)


def _by_kind(frame: Frame, *people: int) -> "QuerySet[Any, Any]":
    names = _needed(frame)
    return summed(frame.tallies(people), "person", "kind", only=names).values_list(
        "person", "kind", *(f"sum_{name}" for name in names)
    )


def _needed(frame: Frame) -> tuple[str, ...]:
    """What cells are made of, then what else the score is made of."""
    return tuple(dict.fromkeys((*KEPT, *WAYS[frame.team.scoring].sums)))


def shares_of_all(frame: Frame) -> Cells:
    """The same of everybody together."""
    rows = summed(frame.tallies().exclude(kind=ANSWERS), "kind", only=KEPT).values_list("kind", *SUMMED)
    return _gathered((None, *row) for row in rows).get(None, {})


def _gathered(rows: Iterable[Sequence[Any]]) -> dict[Any, Cells]:
    """Of rows (whose, kind, tried, kept) kinds of one category together; kinds that are gone are left out.

    Plain numbers first: there are many.
    """
    counts: dict[Any, dict[Category, list[int]]] = {}
    for whose, kind, tried, kept in rows:
        category = CATEGORY_OF.get(kind)
        if category is not None and tried:
            cell = counts.setdefault(whose, {}).setdefault(category, [0, 0])
            cell[0] += kept
            cell[1] += tried
    return {
        whose: {category: Share(kept=kept, tried=tried) for category, (kept, tried) in cells.items()}
        for whose, cells in counts.items()
    }
