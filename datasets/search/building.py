"""Building the index: one list of all codes of the loaded sets, each with the days on which it holds."""

from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain, groupby
from typing import Any

from datasets import models, store
from datasets.kinds.base import Row
from datasets.models import Release
from datasets.numbers import NEVER, day_number, pointed
from datasets.search.places import packed
from datasets.search.words import LONGEST_BEGINNING, begun, deletions, is_corrected, words_of
from datasets.switching import put_in_place
from datasets.tables import Table, Values, in_values

KIND = "search"
#: To be changed with TABLES or with how texts are cut into words; an index of another layout is built anew.
LAYOUT = "places"
#: There is one index, of all editions; it holds on any day.
ALWAYS = date(1900, 1, 1)
CPT, HCPCS, ICD10CM = "CPT", "HCPCS", "ICD-10-CM"
#: Which kinds of file have codes with words, and which set those are of.
SETS = {"cpt": CPT, "hcpcs": HCPCS, "icd10-order": ICD10CM}
#: The wordings of a descriptor, the best first.
WORDINGS = ("long", "medium", "short")
TABLES = (
    Table(
        name="entries",
        columns=(
            ("id", "integer"), ("system", "text"), ("number", "text"), ("bare", "text"), ("text", "text"),
            ("starts", "integer"), ("ends", "integer"), ("billable", "integer"),
        ),
        key=("id",),
        indexes=(("bare", "id"),),
    ),
    Table(name="postings", columns=(("word", "text"), ("places", "blob")), key=("word",)),
    Table(
        name="standings",
        columns=(
            ("system", "text"), ("starts", "integer"), ("ends", "integer"), ("billable", "integer"), ("places", "blob"),
        ),
        key=("system", "starts", "ends", "billable"),
    ),
    Table(name="vocabulary", columns=(("word", "text"), ("uses", "integer")), key=("word",)),
    Table(name="deletions", columns=(("form", "text"), ("word", "text")), key=("form", "word")),
)  # fmt: skip
Progress = Callable[[int], Any]


@dataclass(slots=True, kw_only=True)
class Entry:
    """One code of one set: ``starts`` is 0 where the files do not say, ``ends`` where no end is known."""

    system: str
    bare: str
    text: str
    starts: int
    ends: int
    billable: int


def sources() -> list[Release]:
    """The releases that an index is made of, the oldest first."""
    return list(Release.objects.filter(kind__in=SETS).order_by("in_force_from"))


def current() -> Release | None:
    """The index that is asked now."""
    return Release.objects.filter(kind=KIND).first()


def place_of(build: int) -> str:
    """Where the index of this build lies."""
    return models.place_of(KIND, "", ALWAYS, build)


def is_stale() -> bool:
    """Whether something was loaded, or loaded anew, since the index was built, or its tables are others by now."""
    index, now = current(), _made_of(sources())
    return index.files != now if index else len(now) > 1


def rebuild(*, at: datetime, progress: Progress = lambda rows: None) -> Release:
    """Build the index anew beside the one in use, then put it in its place; whoever searches meanwhile notices nothing.

    ``progress`` is told of each code that is read, and of each that is written. Raises Unreadable where somebody else
    builds it at the same time.
    """
    older = current()
    before, began_from = (older.place, older.build) if older else ("", 0)
    new = older or Release(kind=KIND, in_force_from=ALWAYS, label="all loaded sets")
    releases = sources()
    new.renew(_made_of(releases), at)
    counts = store.build(new.place, TABLES, _tables(_entries(releases, progress), progress))
    new.rows = counts["entries"]
    put_in_place(new, before, began_from)
    return new


def renew(*, at: datetime, progress: Progress = lambda rows: None) -> Release | None:
    """Build the index anew if it is stale; None where it has everything."""
    return rebuild(at=at, progress=progress) if is_stale() else None


def _made_of(releases: list[Release]) -> list[dict[str, Any]]:
    """What an index follows from: its own layout, and the releases."""
    return [{"name": "layout", "digest": LAYOUT}, *({"name": str(one), "digest": str(one.build)} for one in releases)]


def _entries(releases: list[Release], progress: Progress) -> deque[Entry]:
    """Every code once, in the order in which results are shown.

    First what still holds; then by length, because the general stands in few words; then by number. So the first
    matches of a search are its first results, and no search has to rank.
    """
    found = list(chain.from_iterable(_of_kind(kind, releases, progress) for kind in SETS))
    return deque(sorted(found, key=lambda one: (one.ends != NEVER, len(one.text.split()), one.bare)))


def _of_kind(kind: str, releases: list[Release], progress: Progress) -> Iterator[Entry]:
    """The codes of one kind of file over its editions: what an edition leaves out ended the day before it."""
    mine = [one for one in releases if one.kind == kind]
    if kind == "cpt":
        best = next((wording for wording in WORDINGS if any(one.setting == wording for one in mine)), "")
        mine = [one for one in mine if one.setting == best]
    known: dict[str, Entry] = {}
    for place, release in enumerate(mine):
        read = {entry.bare: entry for entry in READERS[kind](release)}
        progress(len(read))
        eve = day_number(release.in_force_from - timedelta(days=1))
        for bare, entry in known.items():
            if bare not in read and entry.ends == NEVER:
                entry.ends = eve
        for bare, entry in read.items():
            if not entry.starts:
                entry.starts = known[bare].starts if bare in known else _first_day(release) if place else NEVER
        known |= read
    return iter(known.values())


def _first_day(release: Release) -> int:
    return day_number(release.in_force_from)


def _diagnoses(release: Release) -> Iterator[Entry]:
    rows = store.select(release.place, "SELECT code, long, billable FROM diagnoses")
    return (
        Entry(system=ICD10CM, bare=code, text=text, starts=NEVER, ends=NEVER, billable=billable)
        for code, text, billable in rows
    )


def _level_two(release: Release) -> Iterator[Entry]:
    rows = store.select(release.place, "SELECT code, long, added, starts, ends FROM codes")
    return (
        Entry(system=HCPCS, bare=code, text=text, starts=added or starts, ends=ends, billable=1)
        for code, text, added, starts, ends in rows
    )


def _descriptors(release: Release) -> Iterator[Entry]:
    rows = store.select(release.place, "SELECT code, text FROM descriptors")
    return (Entry(system=CPT, bare=code, text=text, starts=NEVER, ends=NEVER, billable=1) for code, text in rows)


READERS: dict[str, Callable[[Release], Iterator[Entry]]] = {
    "cpt": _descriptors,
    "hcpcs": _level_two,
    "icd10-order": _diagnoses,
}


def _tables(entries: deque[Entry], progress: Progress) -> Iterator[tuple[str, Iterator[Values]]]:
    """The rows of the tables; words and standings are gathered while the codes pass through and are let go."""
    gathered, most = Gathered(), len(entries)
    yield "entries", in_values(_rows(entries, gathered, progress))
    yield "postings", in_values(_postings(gathered.places, most))
    yield "standings", in_values((*key, packed(places, most)) for key, places in gathered.standings.items())
    yield "vocabulary", in_values(gathered.uses.items())
    yield "deletions", in_values((form, word) for word in gathered.uses for form in (word, *deletions(word)))


Lists = defaultdict[Any, "array[int]"]


class Gathered:
    """What is known when every code has passed: where each word and each standing has its codes."""

    def __init__(self) -> None:
        self.places: Lists = defaultdict(partial(array, "I"))
        self.standings: Lists = defaultdict(partial(array, "I"))
        self.uses: Counter[str] = Counter()

    def add(self, place: int, one: Entry) -> None:
        """Take one code in; they come in the order of their places."""
        words = dict.fromkeys(words_of(one.text))
        self.uses.update(filter(is_corrected, words))
        for word in dict.fromkeys((one.bare.lower(), *words)):
            self.places[word].append(place)
        self.standings[one.system, one.starts, one.ends, one.billable].append(place)


def _postings(places: Lists, most: int) -> Iterator[Row]:
    """Where each word stands, and where the words that begin the same do, for short beginnings."""
    words = sorted(places)
    for word in words:
        yield (word, packed(places[word], most))
    for length in range(1, LONGEST_BEGINNING + 1):
        longer = (word for word in words if len(word) >= length)
        for beginning, same in groupby(longer, key=lambda word: word[:length]):
            yield (begun(beginning), packed(sorted({place for word in same for place in places[word]}), most))


def _rows(entries: deque[Entry], gathered: Gathered, progress: Progress) -> Iterator[Row]:
    for place in range(1, len(entries) + 1):
        one = entries.popleft()
        gathered.add(place, one)
        number = pointed(one.bare) if one.system == ICD10CM else one.bare
        yield (place, one.system, number, one.bare, one.text, one.starts, one.ends, one.billable)
        progress(1)
