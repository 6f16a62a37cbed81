"""Who keeps rules of which category: one row a person, one column a category, kept of tried in each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse

from codes.library import library
from courses.reports.answers import behind, behind_people
from courses.reports.categories import cells_of, shares_of_all
from courses.reports.frame import KINDS_OF, SLUGS, Frame, Seat, slug_of, summed, sums_of
from courses.reports.remediation import open_remediations
from courses.scoring import Score, Sums, total
from quizzes.shares import Share
from rulebook.kinds import KIND
from rulebook.types import Category

A_PAGE = 100
#: Below so many tries a cell is hatched: it says little.
FEW = 5
#: The steps of the scale: from so much kept on, the paler colour.
STEPS = (0.95, 0.85, 0.7, 0.5)
STEP_NAMES = ("95 % and more", "85 to 94 %", "70 to 84 %", "50 to 69 %", "below 50 %")
SORTS = {"name": "Name", "weakest": "Weakest first"}
NEWEST = 10


def step_of(share: Share) -> int:
    """1 to 5, the less is kept the higher."""
    return 1 + sum(share.value < least for least in STEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One person's share of one category; ``url`` is empty where there is nothing behind it."""

    share: Share
    url: str = ""
    look: str = "heat-none"


EMPTY = Cell(share=Share(kept=0, tried=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person."""

    seat: Seat
    url: str
    score: Score
    score_url: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Order and page."""

    sort: str = "name"
    page: str = "1"

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        """Read from a query string; what it does not know stays out."""
        sort = given.get("sort", "")
        return cls(sort=sort if sort in SORTS else "name", page=given.get("page", "1"))


def heat_map_page(frame: Frame, asked: Asked) -> dict[str, Any]:
    """Everybody's row on this page, and that of all together; so many queries, however many people there are."""
    answers = {row["person"]: sums_of(row) for row in summed(frame.answers(), "person")}
    page = Paginator(_ordered(frame, answers, asked), A_PAGE).get_page(asked.page)
    every = shares_of_all(frame)
    categories = [one for one in SLUGS.values() if one in every]
    return {
        "team": frame.team,
        "frame": frame,
        "asked": asked,
        "page": page,
        "rows": _rows(frame, list(page.object_list), categories, answers),
        "more": _query(frame, asked.sort),
        "sorts": [(name, label, _query(frame, name)) for name, label in SORTS.items()],
        "categories": categories,
        "every_score": frame.score(total(answers.values())),
        "every_url": behind(frame),
        "of_erased": total(answers[one] for one in answers.keys() - {seat.person for seat in frame.seats}).tried,
        "every": [_cell(every[one], behind(frame, category=slug_of(one))) for one in categories],
        "steps": list(enumerate(STEP_NAMES, start=1)),
        "few": FEW,
    }


def _query(frame: Frame, sort: str) -> str:
    return frame.asking(sort=sort if sort != "name" else "") or "?"


def _ordered(frame: Frame, answers: Mapping[int, Sums], asked: Asked) -> Sequence[Seat]:
    if asked.sort == "name":
        return frame.seats

    def least_first(seat: Seat) -> tuple[bool, float]:
        score = frame.score(answers.get(seat.person, Sums()))
        return (score.tried == 0, score.value)

    return sorted(frame.seats, key=least_first)


def _rows(
    frame: Frame, seats: Sequence[Seat], categories: Sequence[Category], answers: Mapping[int, Sums]
) -> list[Row]:
    cells, base = cells_of(frame, [seat.person for seat in seats]), reverse("heat_map", args=[frame.team.pk])
    slugs, answered = [(one, slug_of(one)) for one in categories], behind_people(frame)
    return [
        Row(
            seat=seat, url=f"{reverse('member', args=[frame.team.pk, seat.person])}{frame.query}",
            score=frame.score(answers.get(seat.person, Sums())), score_url=answered(seat.person),
            cells=tuple(
                _cell(mine.get(one), f"{base}{seat.person}/{slug}/{frame.query}") for one, slug in slugs
            ),
        )
        for seat in seats
        for mine in [cells.get(seat.person, {})]
    ]  # fmt: skip


def _cell(share: Share | None, url: str) -> Cell:
    return Cell(share=share, url=url, look=look(share)) if share else EMPTY


def look(share: Share) -> str:
    """The classes of a cell: its step of the scale, and whether it says little."""
    return f"heat-{step_of(share)}{' heat-few' if share.tried < FEW else ''}" if share.tried else "heat-none"


# One cell ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule as far as a person showed it: broken so often of so often, and last on a day."""

    rule: str
    title: str
    sentence: str
    url: str
    share: Share
    broken: int


def cell_page(frame: Frame, seat: Seat, category: Category) -> dict[str, Any]:
    """What is behind one cell: the rules, the newest answers that broke them, and the way to mend it."""
    reviews = frame.reviews(seat.person).filter(kind__in=KINDS_OF[category])
    rules = rule_rows(reviews)
    return {
        "team": frame.team,
        "frame": frame,
        "seat": seat,
        "category": category,
        "slug": slug_of(category),
        "share": Share(kept=sum(row.share.kept for row in rules), tried=sum(row.share.tried for row in rules)),
        "rules": rules,
        "kept": [row for row in rules if not row.broken],
        "broken": [row for row in rules if row.broken],
        "answers": newest_answers(reviews),
        "open": open_remediations(frame.team, seat.person),
    }


def rule_rows(reviews: Any) -> list[RuleRow]:
    """The rules that answers said something of, the most often broken first."""
    counted = reviews.values("rule", "kind").annotate(tried=Count("pk"), kept=Count("pk", filter=Q(broken=False)))
    known = {rule.id: rule for rule in library().rules}
    rows = []
    for row in counted:
        rule, kind = known.get(row["rule"]), KIND.get(row["kind"])
        rows.append(
            RuleRow(
                rule=row["rule"],
                title=kind.title if kind else row["kind"],
                sentence=kind.describe(rule.params) if rule and kind else "",
                url=f"{reverse('code_page', args=[rule.code])}#{rule.section}" if rule else "",
                share=Share(kept=row["kept"], tried=row["tried"]),
                broken=row["tried"] - row["kept"],
            )
        )
    return sorted(rows, key=lambda one: (-one.broken, one.rule))


def newest_answers(reviews: Any) -> list[Mapping[str, Any]]:
    """The newest answers behind some reviews, a row for each rule they say something of."""
    title = KeyTextTransform("title", "item__version__prompt")
    rows = reviews.order_by("-at", "-pk").values(
        "rule", "broken", "at", "hints", answer=F("grading__answer"), title=title
    )
    return list(rows[:NEWEST])
