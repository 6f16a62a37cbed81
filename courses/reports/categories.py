"""What people keep of rules by category: the cells of a heat map, read in one query however many people there are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from courses.reports.frame import CATEGORY_OF, KEPT, Frame, summed, sums_of
from courses.scoring import WAYS, Sums
from quizzes.shares import Share
from quizzes.tallies import ANSWERS
from rulebook.types import Category

Cells = Mapping[Category, Share]


def cells_of(frame: Frame, people: Sequence[int]) -> dict[int, Cells]:
    """Person -> category -> what their answers showed of its rules; where there is nothing, there is no cell."""
    rows = frame.tallies(people if len(people) < len(frame.seats) else None).exclude(kind=ANSWERS)
    return _gathered(summed(rows, "person", "kind", only=KEPT), "person")


def sums_and_cells(frame: Frame, people: Sequence[int]) -> tuple[dict[int, Sums], dict[int, Cells]]:
    """Of some people what their score is made of, and the same cells; one query for both."""
    only = tuple(dict.fromkeys((*KEPT, *WAYS[frame.team.scoring].sums)))
    rows = list(summed(frame.tallies(people), "person", "kind", only=only))
    sums = {row["person"]: sums_of(row) for row in rows if row["kind"] == ANSWERS}
    return sums, _gathered(rows, "person")


def shares_of_all(frame: Frame) -> Cells:
    """The same of everybody together."""
    rows = summed(frame.tallies().exclude(kind=ANSWERS), "kind", only=KEPT)
    return _gathered(rows, None).get(None, {})


def _gathered(rows: Iterable[Mapping[str, Any]], by: str | None) -> dict[Any, Cells]:
    """Kinds of one category together; kinds that are gone are left out. Plain numbers first: there are many."""
    counts: dict[Any, dict[Category, list[int]]] = {}
    for row in rows:
        category = CATEGORY_OF.get(row["kind"])
        if category is not None and row["sum_tried"]:
            cell = counts.setdefault(row[by] if by else None, {}).setdefault(category, [0, 0])
            cell[0] += row["sum_kept"]
            cell[1] += row["sum_tried"]
    return {
        whose: {category: Share(kept=kept, tried=tried) for category, (kept, tried) in cells.items()}
        for whose, cells in counts.items()
    }
