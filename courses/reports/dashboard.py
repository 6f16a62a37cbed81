"""The overview of a team: what is overdue and due, the score, who is behind, which rules fail, how it goes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, Min, OuterRef, Q

from courses.models import Assignment, Standing
from courses.models.assignments import SOON
from courses.reports.categories import Cells, cells_of
from courses.reports.failing import breaks
from courses.reports.frame import Frame, Seat, slug_of, summed, sums_of
from courses.reports.trends import weekly
from courses.scoring import Score, Sums, total
from quizzes.shares import Share

A_PAGE = 50
#: From so many tries on a category may be called the weakest.
FOR_WEAKEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is assigned to somebody, and how far it is. ``begun``: open ones of which something is done or begun."""

    assigned: int = 0
    done: int = 0
    overdue: int = 0
    soon: int = 0
    not_started: int = 0
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakest:
    """The category of which somebody keeps least."""

    name: str
    slug: str
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person in the table of who is behind."""

    seat: Seat
    load: Load
    sums: Sums
    score: Score
    weakest: Weakest | None = None


# What is asked for ------------------------------------------------------------------------------

#: What the table can be narrowed to -> its name, and whom it keeps.
SHOWN: Mapping[str, tuple[str, Callable[[Row], bool]]] = {
    "all": ("Everybody", lambda row: True),
    "overdue": ("Overdue", lambda row: row.load.overdue > 0),
    "soon": ("Due in 7 days", lambda row: row.load.soon > 0),
    "not-started": ("Not started", lambda row: row.load.not_started > 0),
    "silent": ("No answer in this period", lambda row: row.sums.tried == 0),
}


def _none_last(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)


#: Order -> the key it sorts by; names decide between equals.
SORTS: Mapping[str, Callable[[Row], Any]] = {
    "behind": lambda row: (-row.load.overdue, -row.load.not_started, _none_last(_stamp(row.load.next_due))),
    "name": lambda row: row.seat.name.casefold(),
    "cohort": lambda row: (row.seat.cohort == "", row.seat.cohort.casefold()),
    "assigned": lambda row: -row.load.assigned,
    "done": lambda row: -row.load.done,
    "overdue": lambda row: -row.load.overdue,
    "due": lambda row: _none_last(_stamp(row.load.next_due)),
    "last": lambda row: (row.seat.last is not None, _stamp(row.seat.last) or 0),
    "score": lambda row: (row.score.tried == 0, row.score.value, -row.score.tried),
}


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
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "behind",
            backwards=sort.startswith("-") and sort.removeprefix("-") in SORTS,
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
    """Everything on the overview; so many queries, however many people there are."""
    every = people(frame)
    page = Paginator(chosen(every, asked), A_PAGE).get_page(asked.page)
    page.object_list = with_weakest(frame, list(page.object_list))
    return {
        "team": frame.team,
        "frame": frame,
        "asked": asked,
        "figures": figures(every),
        "score": frame.score(total(row.sums for row in every)),
        "page": page,
        "more": asked.query(frame),
        "columns": _columns(frame, asked),
        "shown": _shown(frame, asked, every),
        "breaks": breaks(frame),
        "weekly": weekly(frame),
    }  # fmt: skip


def _shown(frame: Frame, asked: Asked, every: Sequence[Row]) -> list[tuple[str, str, int, str]]:
    """What the table can be narrowed to: name, label, how many people, address."""
    return [
        (name, label, sum(map(keeps, every)), asked.query(frame, show=name)) for name, (label, keeps) in SHOWN.items()
    ]


def people(frame: Frame) -> list[Row]:
    """Everybody with what is assigned to them and how their answers came out; two queries."""
    load = loads(frame)
    sums = {row["person"]: sums_of(row) for row in summed(frame.answers(), "person")}
    return [
        Row(seat=seat, load=load.get(seat.person, Load()), sums=one, score=frame.score(one))
        for seat in frame.seats
        for one in [sums.get(seat.person, Sums())]
    ]


def chosen(rows: Sequence[Row], asked: Asked) -> list[Row]:
    """Those that were asked for, in the order that was asked for."""
    keeps, wanted = SHOWN[asked.show][1], asked.find.casefold()
    found = [row for row in rows if keeps(row) and wanted in row.seat.name.casefold()]
    return sorted(found, key=SORTS[asked.sort], reverse=asked.backwards)


def with_weakest(frame: Frame, rows: Sequence[Row]) -> list[Row]:
    """The same people with their weakest categories; one query."""
    cells = cells_of(frame, [row.seat.person for row in rows])
    return [replace(row, weakest=weakest(cells.get(row.seat.person, {}))) for row in rows]


def weakest(cells: Cells) -> Weakest | None:
    """The category with the smallest share kept, among those that were tried often enough and not always kept."""
    enough = {one: share for one, share in cells.items() if FOR_WEAKEST <= share.tried != share.kept}
    if not enough:
        return None
    least = min(enough, key=lambda one: (enough[one].value, -enough[one].tried))
    return Weakest(name=least.value, slug=slug_of(least), share=enough[least])


def figures(rows: Sequence[Row]) -> dict[str, tuple[int, int]]:
    """Name -> how many assignments, of how many people."""
    counted = {name: [getattr(row.load, name) for row in rows] for name in ("overdue", "soon", "not_started")}
    return {name: (sum(each), sum(1 for one in each if one)) for name, each in counted.items()}


def loads(frame: Frame) -> dict[int, Load]:
    """Person -> what is assigned to them in this team and was not taken back."""
    begun = Exists(Standing.objects.filter(assignment=OuterRef("pk")).exclude(state=Standing.State.NOT_STARTED))
    is_open, at = Q(done_at=None), frame.at
    rows = Assignment.objects.filter(team=frame.team, person__in=frame.people).standing().order_by().values("person")
    counted: Iterable[Mapping[str, Any]] = rows.annotate(
        assigned=Count("pk"),
        done=Count("pk", filter=~is_open),
        overdue=Count("pk", filter=is_open & Q(due_at__lt=at)),
        soon=Count("pk", filter=is_open & Q(due_at__gte=at, due_at__lte=at + SOON)),
        not_started=Count("pk", filter=is_open & ~Q(begun)),
        next_due=Min("due_at", filter=is_open),
    )
    return {row["person"]: Load(**{one.name: row[one.name] for one in fields(Load)}) for row in counted}


COLUMNS = (
    ("name", "Person"), ("cohort", "Cohort"), ("assigned", "Assigned"), ("done", "Done"), ("overdue", "Overdue"),
    ("due", "Next due"), ("last", "Last answer"), ("score", "Score"),
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
