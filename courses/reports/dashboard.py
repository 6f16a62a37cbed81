"""The overview of a team: what is overdue and due, the score, who is behind, which rules fail, how it goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils import timezone

from courses.reports.answers import behind_people
from courses.reports.categories import Cells, sums_and_cells
from courses.reports.failing import FIRST, breaks
from courses.reports.frame import SLUGS, Frame, addresses, slug_of
from courses.reports.people import Line, Open, Row, Told, filled, lines, sums_by_person, told
from courses.reports.reading import A_PAGE
from courses.reports.trends import weekly, weekly_sums
from courses.scoring import Sums, total
from quizzes.shares import Share

#: From so many tries on a category may be called the weakest.
FOR_WEAKEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakest:
    """The category of which somebody keeps least."""

    name: str
    slug: str
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn(Row):
    """The same as it stands on the page, by the team's clocks and with the addresses that it leads to."""

    url: str
    next_due: str
    answered: str
    score_url: str
    overdue_url: str
    weakest: Weakest | None
    weakest_url: str


# What is asked for ------------------------------------------------------------------------------

#: What the table can be narrowed to -> its name, and whom it keeps.
SHOWN: Mapping[str, tuple[str, Callable[[Line], bool]]] = {
    "all": ("Everybody", lambda line: True),
    "overdue": ("Overdue", lambda line: line.open.overdue > 0),
    "soon": ("Due in 7 days", lambda line: line.open.soon > 0),
    "not-started": ("Not started", lambda line: line.open.not_started > 0),
    "not-passed": ("Not passed", lambda line: line.open.not_passed > 0),
    "silent": ("No answer in this period", lambda line: not line.seat.answered),
}


def _none_last(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)


#: Order -> the key it sorts by; names decide between equals.
SORTS: Mapping[str, Callable[[Line], Any]] = {
    "behind": lambda line: (-line.open.overdue, -line.open.not_started, _none_last(_stamp(line.open.first_due))),
    "name": lambda line: line.seat.name.casefold(),
    "cohort": lambda line: (line.seat.cohort == "", line.seat.cohort.casefold()),
    "overdue": lambda line: -line.open.overdue,
    "due": lambda line: _none_last(_stamp(line.open.next_due)),
}


def _by_told(key: Callable[[Told], Any]) -> Callable[[Frame], Callable[[Line], Any]]:
    def reading(frame: Frame) -> Callable[[Line], Any]:
        known, nothing = told(frame, [seat.person for seat in frame.seats]), Told()
        return lambda line: key(known.get(line.seat.person, nothing))

    return reading


def _by_score(frame: Frame) -> Callable[[Line], Any]:
    sums, nothing = sums_by_person(frame), Sums()

    def key(line: Line) -> tuple[bool, float, int]:
        score = frame.score(sums.get(line.seat.person, nothing))
        return score.tried == 0, score.value, -score.tried

    return key


#: The same by what is read of those who are shown, and of everybody only where it is the order.
SORTS_BY_READING: Mapping[str, Callable[[Frame], Callable[[Line], Any]]] = {
    "assigned": _by_told(lambda one: -one.assigned),
    "done": _by_told(lambda one: -one.done),
    "last": _by_told(lambda one: (one.answered_at is not None, _stamp(one.answered_at) or 0)),
    "score": _by_score,
}


EVERY_SORT = (*SORTS, *SORTS_BY_READING)


def _stamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the table of people is wanted; what an address says otherwise stays out."""

    show: str = "all"
    sort: str = "behind"
    backwards: bool = False
    find: str = ""
    page: str = "1"

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        """Read from a query string."""
        show, sort = given.get("show", ""), given.get("sort", "")
        return cls(
            show=show if show in SHOWN else "all",
            sort=sort.removeprefix("-") if sort.removeprefix("-") in EVERY_SORT else "behind",
            backwards=sort.startswith("-") and sort.removeprefix("-") in EVERY_SORT,
            find=given.get("find", "").strip()[:60],
            page=given.get("page", "1"),
        )

    def query(self, frame: Frame, **changed: str) -> str:
        """The address with something else asked for; the page begins anew."""
        sort = f"{'-' if self.backwards else ''}{self.sort}"
        given = {"show": self.show, "sort": sort, "find": self.find} | changed
        usual = {"show": "all", "sort": "behind", "find": ""}
        return frame.asking(**{name: value for name, value in given.items() if value != usual[name]}) or "?"


# The page ---------------------------------------------------------------------------------------


def dashboard_page(frame: Frame, asked: Asked) -> dict[str, Any]:
    """Everything on the overview; so many queries, however many people there are, and few rows but of those shown."""
    every, sums = lines(frame), weekly_sums(frame)
    page = Paginator(ordered(frame, chosen(every, asked), asked), A_PAGE).get_page(asked.page)
    page.object_list = drawn(frame, list(page.object_list))
    return {
        "team": frame.team,
        "frame": frame,
        "asked": asked,
        "figures": figures(every),
        "score": frame.score(total(sums.values())),
        "page": page,
        "more": asked.query(frame),
        "columns": _columns(frame, asked),
        "shown": _shown(frame, asked, every),
        "breaks": breaks(frame, most=FIRST),
        "weekly": weekly(frame, sums),
    }  # fmt: skip


def _shown(frame: Frame, asked: Asked, every: Sequence[Line]) -> list[tuple[str, str, int, str]]:
    """What the table can be narrowed to: name, label, how many people, address."""
    return [
        (name, label, sum(map(keeps, every)), asked.query(frame, show=name)) for name, (label, keeps) in SHOWN.items()
    ]


def chosen(lines: Sequence[Line], asked: Asked) -> list[Line]:
    """Those that were asked for."""
    keeps, wanted = SHOWN[asked.show][1], asked.find.casefold()
    return [line for line in lines if keeps(line) and wanted in line.seat.name.casefold()]


def ordered(frame: Frame, lines: Sequence[Line], asked: Asked) -> list[Line]:
    """The same in the order that was asked for; one query where that is by what lines do not say."""
    key = SORTS.get(asked.sort) or SORTS_BY_READING[asked.sort](frame)
    return sorted(lines, key=key, reverse=asked.backwards)


def drawn(frame: Frame, lines: Sequence[Line]) -> list[Drawn]:
    """The people of one page with all that is shown of them; two queries."""
    sums, cells = sums_and_cells(frame, [line.seat.person for line in lines])
    query = frame.query
    member = addresses("member", frame.team)
    cell = {slug: addresses("cell", frame.team, slug) for slug in SLUGS}
    answered, late = behind_people(frame), f"{reverse('assignments', args=[frame.team.pk])}?state=overdue&person="
    return [
        Drawn(
            seat=row.seat, open=row.open, told=row.told, sums=row.sums, score=row.score, weakest=least,
            url=member(row.seat.person) + query, score_url=answered(row.seat.person),
            overdue_url=f"{late}{row.seat.person}",
            weakest_url=cell[least.slug](row.seat.person) + query if least else "",
            next_due=_due(frame, row.open), answered=_day(frame, row.told.answered_at),
        )
        for row in filled(frame, lines, sums)
        for least in [weakest(cells.get(row.seat.person, {}))]
    ]  # fmt: skip


def _due(frame: Frame, still: Open) -> str:
    """The next date to come; where there is none, the first that is over."""
    over = f"was due {_day(frame, still.first_due)}" if still.first_due else ""
    return _day(frame, still.next_due) or over


def _day(frame: Frame, at: datetime | None) -> str:
    """By the clocks of the team."""
    return f"{timezone.localtime(at, frame.team.zone):%b %-d}" if at else ""


def weakest(cells: Cells) -> Weakest | None:
    """The category with the smallest share kept, among those that were tried often enough and not always kept."""
    enough = {one: share for one, share in cells.items() if FOR_WEAKEST <= share.tried != share.kept}
    if not enough:
        return None
    least = min(enough, key=lambda one: (enough[one].value, -enough[one].tried))
    return Weakest(name=least.value, slug=slug_of(least), share=enough[least])


def figures(lines: Sequence[Line]) -> dict[str, tuple[int, int]]:
    """Name -> how many assignments, of how many people."""
    counted = {name: [getattr(line.open, name) for line in lines] for name in ("overdue", "soon", "not_started")}
    return {name: (sum(each), sum(1 for one in each if one)) for name, each in counted.items()}


COLUMNS = (
    ("name", "Person"), ("cohort", "Cohort"), ("overdue", "Overdue"), ("due", "Next due"), ("assigned", "Assigned"),
    ("done", "Done"), ("last", "Last answer"), ("score", "Score"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The head of a column: what pressing it asks for, and how it is sorted now."""

    name: str
    label: str
    query: str
    sorted: str

    @property
    def is_number(self) -> bool:
        """Whether the figures below stand to the right."""
        return self.name in ("assigned", "done", "overdue")


def _columns(frame: Frame, asked: Asked) -> list[Heading]:
    shown = [one for one in COLUMNS if one[0] != "cohort" or frame.cohorts]
    return [_heading(frame, asked, name, label) for name, label in shown]


def _heading(frame: Frame, asked: Asked, name: str, label: str) -> Heading:
    """Pressed once it sorts by the column, pressed again the other way round."""
    is_now = asked.sort == name
    flipped = f"-{name}" if is_now and not asked.backwards else name
    goes_down = name in ("assigned", "done", "overdue")
    state = ("descending" if goes_down != asked.backwards else "ascending") if is_now else ""
    return Heading(name=name, label=label, query=asked.query(frame, sort=flipped), sorted=state)
