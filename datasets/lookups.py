"""What the loaded files say of codes on a date of service. Where nothing is loaded, nothing is said.

Every answer names the release it comes from, so that a page can say file and quarter.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Count, Max

from datasets import store
from datasets.current import release_on
from datasets.kinds import KIND
from datasets.kinds.addons import ANY
from datasets.kinds.icd10 import BLOCK
from datasets.models import Release
from datasets.numbers import LENGTH, day_number, day_of, is_diagnosis, is_packed, packed, pointed, unpacked

Found = TypeVar("Found")
PRACTITIONER = "practitioner"
#: So many codes are asked for at a time; a database takes only so many values.
AT_ONCE = 500
#: The length of a diagnosis that is a category.
CATEGORY = 3
#: Where it is kept what is loaded.
ANYTHING = "datasets.anything"
#: The day of its deletion is the last on which an edit holds; one deleted on its first day was never in force.
IN_FORCE = "starts <= ? AND (ends = 0 OR (ends >= ? AND ends > starts))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A pair of codes: ``column2`` is not paid beside ``column1``; with indicator 1 a modifier and a reason allow it.

    ``ends`` is the day of its deletion, the last on which it holds; on its first day: it was never in force.
    """

    column1: str
    column2: str
    starts: date | None
    ends: date | None
    indicator: int
    rationale: str
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The most units of a code: for each line (indicator 1), for each day (2), for each day but for a reason (3)."""

    code: str
    value: int
    indicator: int
    rationale: str
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOn:
    """What an add-on code goes with: ``primaries`` listed; ``is_open``: contractors may name others (types 2, 3)."""

    code: str
    type: int
    primaries: tuple[str, ...]
    is_open: bool
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeValues:
    """What a service is worth, its global days, and how the fee schedule treats modifiers."""

    code: str
    modifier: str
    work: float
    nonfacility_total: float
    facility_total: float
    status: str
    global_days: str
    pctc: str
    bilateral: str
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTwo:
    """A code of HCPCS Level II; ``ends`` is its last day, which still counts."""

    code: str
    long: str
    short: str
    coverage: str
    added: date | None
    starts: date | None
    ends: date | None
    action: str
    release: Release

    def holds(self, on: date) -> bool:
        """Whether it can be used on a day."""
        return (self.starts is None or self.starts <= on) and (self.ends is None or on <= self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """An ICD-10-CM category or code, without the point."""

    code: str
    text: str
    is_billable: bool
    release: Release

    @property
    def pointed(self) -> str:
        """With its point, as it is written on a claim."""
        return pointed(self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note of the ICD-10-CM tabular list, and the code (without the point) or block that it stands at."""

    code: str
    kind: str
    text: str
    release: Release

    @property
    def pointed(self) -> str:
        """The code with its point; a block as it is."""
        return self.code if "-" in self.code else pointed(self.code)


def edits_among(codes: Iterable[str], on: date, setting: str = PRACTITIONER) -> list[Edit]:
    """Every edit in force on a day between two of these codes, in one question to the newest file of that day."""
    numbers, day = _numbers(codes), day_number(on)
    if len(numbers) < 2:
        return []
    among = f"column1 IN ({_marks(numbers)}) AND column2 IN ({_marks(numbers)})"
    sql = f"{_EDITS} WHERE {among} AND {IN_FORCE} ORDER BY column1, column2, starts"
    release, rows = _asked("ptp", on, sql, [*numbers, *numbers, day, day], setting) or (None, [])
    return [_edit(row, release) for row in rows if release]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditsAsked:
    """Which edits of a code: in which ``column`` it stands (1, 2 or either), with which indicator, beside which codes.

    ``other`` is another code or the beginning of one.
    """

    column: int | None = None
    indicator: int | None = None
    other: str = ""


ANY_EDIT = EditsAsked()


def edits_of(
    code: str, release: Release, on: date | None = None, *, asked: EditsAsked = ANY_EDIT, first: int = 0, most: int = 50
) -> list[Edit]:
    """The edits of one code in a file, those in force on a day or all; a page of them."""
    where = _edits_asked(code, on, asked)
    if where is None:
        return []
    sql = f"{_EDITS} WHERE {where[0]} ORDER BY column1, column2, starts LIMIT ? OFFSET ?"
    return [_edit(row, release) for row in store.select(release.place, sql, [*where[1], most, first])]


def count_edits(code: str, release: Release, on: date | None = None, *, asked: EditsAsked = ANY_EDIT) -> int:
    """How many there are."""
    where = _edits_asked(code, on, asked)
    if where is None:
        return 0
    ((count,),) = store.select(release.place, f"SELECT count(*) {_FROM_EDITS} WHERE {where[0]}", where[1])
    return int(count)


def _edits_asked(code: str, on: date | None, asked: EditsAsked) -> tuple[str, list[int]] | None:
    """What edits are asked for, as a condition and its values; None where there can be none."""
    number, beside = _numbers([code]), _range(asked.other)
    if not number or beside is None:
        return None
    columns = [one for one in (1, 2) if asked.column in (None, one)]
    conditions = [f"(column{one} = ? AND column{3 - one} BETWEEN ? AND ?)" for one in columns]
    values = [value for _ in columns for value in (*number, *beside)]
    sql = f"({' OR '.join(conditions)})"
    if asked.indicator is not None:
        sql, values = f"{sql} AND indicator = ?", [*values, asked.indicator]
    if on is not None:
        sql, values = f"{sql} AND {IN_FORCE}", [*values, day_number(on), day_number(on)]
    return sql, values


def _range(beginning: str) -> tuple[int, int] | None:
    """The first and the last number of codes that begin so; None where none can."""
    text = beginning.upper()
    if len(text) > LENGTH or not (text.isascii() and (text.isalnum() or not text)):
        return None
    return packed(text.ljust(LENGTH, "0")), packed(text.ljust(LENGTH, "Z"))


def edits_between(code: str, others: Iterable[str], release: Release) -> list[Edit]:
    """All edits of a file between one code and these others, in either order, whatever their days."""
    number, numbers = _numbers([code]), _numbers(others)
    if not number or not numbers:
        return []
    found: list[Edit] = []
    for first in range(0, len(numbers), AT_ONCE):
        some = numbers[first : first + AT_ONCE]
        marks = _marks(some)
        sql = (
            f"{_EDITS} WHERE (column1 = ? AND column2 IN ({marks})) OR (column2 = ? AND column1 IN ({marks})) "
            "ORDER BY column1, column2, starts"
        )
        rows = store.select(release.place, sql, [*number, *some, *number, *some])
        found += [_edit(row, release) for row in rows]
    return found


def units_of(codes: Iterable[str], on: date, setting: str = PRACTITIONER) -> dict[str, Units]:
    """Code -> the most units of it."""
    numbers = _numbers(codes)
    sql = f"SELECT code, value, indicator, rationale FROM units WHERE code IN ({_marks(numbers)})"
    release, rows = _asked("mue", on, sql, numbers, setting) or (None, [])
    found = [
        Units(code=unpacked(code), value=value, indicator=indicator, rationale=why, release=release)
        for code, value, indicator, why in rows
        if release
    ]
    return {one.code: one for one in found}


def addons_of(codes: Iterable[str], on: date) -> dict[str, AddOn]:
    """Of these codes those that are add-on codes on a day -> what they go with."""
    numbers, day = _numbers(codes), day_number(on)
    sql = (
        f"SELECT code, primary_code, type FROM addons WHERE code IN ({_marks(numbers)}) AND {IN_FORCE} "
        "AND (code_ends = 0 OR code_ends >= ?) AND (primary_ends = 0 OR primary_ends >= ?) ORDER BY code, primary_code"
    )
    release, rows = _asked("addons", on, sql, [*numbers, day, day, day, day]) or (None, [])
    pairs: dict[int, list[tuple[int, int]]] = {}
    for code, primary, kind in rows:
        pairs.setdefault(code, []).append((primary, kind))
    return {unpacked(code): _addon(code, found, release) for code, found in pairs.items() if release}


def addons_to(code: str, on: date) -> tuple[list[str], Release | None]:
    """The add-on codes that name a code as their primary on a day, and the file that says so."""
    day = day_number(on)
    sql = (
        f"SELECT DISTINCT code FROM addons WHERE primary_code = ? AND {IN_FORCE} "
        "AND (code_ends = 0 OR code_ends >= ?) AND (primary_ends = 0 OR primary_ends >= ?) ORDER BY code"
    )
    number = _numbers([code])
    release, rows = (_asked("addons", on, sql, [*number, day, day, day, day]) if number else None) or (None, [])
    return [unpacked(one) for (one,) in rows], release


def level_two_of(code: str, on: date) -> LevelTwo | None:
    """What HCPCS Level II says of a code, in force on that day or not."""
    names = ("long", "short", "coverage", "added", "starts", "ends", "action")
    sql = f"SELECT {', '.join(names)} FROM codes WHERE code = ?"
    release, rows = _asked("hcpcs", on, sql, [code]) or (None, [])
    if not rows or release is None:
        return None
    row = dict(zip(names, rows[0], strict=True))
    days = {name: day_of(row[name]) for name in ("added", "starts", "ends")}
    return LevelTwo(code=code, release=release, **{**row, **days})


def relative_values_of(code: str, on: date, setting: str = "nonqpp") -> list[RelativeValues]:
    """The rows of a code in the fee schedule: the whole service first, then its components.

    Until 2025 there is one file for everybody; since 2026 there is one with and one without quality programs.
    """
    names = ("modifier", "work", "nonfacility_total", "facility_total", "status", "global_days", "pctc", "bilateral")
    sql = f"SELECT {', '.join(names)} FROM relative_values WHERE code = ? ORDER BY modifier"
    number = _numbers([code])
    if not number:
        return []
    release, rows = _asked("rvu", on, sql, number, setting) or _asked("rvu", on, sql, number) or (None, [])
    return [RelativeValues(code=code, release=release, **dict(zip(names, row, strict=True))) for row in rows if release]


def diagnoses_of(codes: Iterable[str], on: date) -> dict[str, Diagnosis]:
    """Code as it was asked for (with or without its point) -> what the order file of that day says of it."""
    asked = {code.replace(".", "").upper(): code for code in codes}
    sql = f"SELECT code, long, billable FROM diagnoses WHERE code IN ({_marks(list(asked))})"
    release, rows = _asked("icd10-order", on, sql, list(asked)) or (None, [])
    return {
        asked[code]: Diagnosis(code=code, text=text, is_billable=bool(billable), release=release)
        for code, text, billable in rows
        if release
    }


def diagnoses_around(codes: Iterable[str], on: date) -> dict[str, Diagnosis]:
    """What the order file of a day says of codes, of everything above them and of everything below them."""
    bare = [code.replace(".", "").upper() for code in codes]
    above = _above(bare)
    if not above:
        return {}
    below = " OR ".join("(code > ? AND code < ?)" for _ in bare)
    sql = f"SELECT code, long, billable FROM diagnoses WHERE code IN ({_marks(above)}) OR {below} ORDER BY code"
    ranges = [end for code in bare for end in (code, f"{code}~")]
    release, rows = _asked("icd10-order", on, sql, [*above, *ranges]) or (None, [])
    return {
        pointed(code): Diagnosis(code=code, text=text, is_billable=bool(billable), release=release)
        for code, text, billable in rows
        if release
    }


def characters_of(codes: Iterable[str], on: date) -> dict[str, dict[str, str]]:
    """Of these codes and those above them the ones whose codes need a seventh character -> character -> meaning."""
    above = _above(codes)
    sql = f"SELECT code, character, meaning FROM characters WHERE code IN ({_marks(above)}) ORDER BY code, character"
    _, rows = _asked("icd10-tabular", on, sql, above) or (None, [])
    found: dict[str, dict[str, str]] = {}
    for code, character, meaning in rows:
        found.setdefault(pointed(code), {})[character] = meaning
    return found


def notes_among(codes: Iterable[str], on: date) -> dict[str, list[tuple[str, str]]]:
    """Of these codes and those above them the ones that have notes -> (kind, text); what is below inherits them.

    Those of a section or chapter are given with the categories that are asked for, for they hold for each of these.
    """
    at: dict[str, list[tuple[str, str]]] = {}
    for note in _notes(codes, on):
        at.setdefault(note.pointed, []).append((note.kind, note.text))
    found = {code: [note for note in notes if note[0] != BLOCK] for code, notes in at.items() if "-" not in code}
    for code, notes in at.items():
        found.get(code, []).extend(note for kind, block in notes if kind == BLOCK for note in at.get(block, ()))
    return {code: notes for code, notes in found.items() if notes}


def _notes(codes: Iterable[str], on: date) -> list[Note]:
    """The notes on these codes: their own and those of whatever they are part of, by what they stand at."""
    above = _above(codes)
    categories = [code for code in above if len(code) == CATEGORY]
    blocks = f"SELECT text FROM notes WHERE kind = ? AND code IN ({_marks(categories)})"
    where = f"code IN ({_marks(above)}) OR code IN ({blocks})"
    sql = f"SELECT code, kind, text FROM notes WHERE {where} ORDER BY code, kind, place"
    release, rows = _asked("icd10-tabular", on, sql, [*above, BLOCK, *categories]) or (None, [])
    return [Note(code=code, kind=kind, text=text, release=release) for code, kind, text in rows if release]


def _above(codes: Iterable[str]) -> list[str]:
    bare = [code.replace(".", "").upper() for code in codes]
    return list(dict.fromkeys(code[:length] for code in bare for length in range(3, len(code) + 1)))


def billable_under(
    entries: Iterable[str], on: date, *, first: int = 0, most: int = 50
) -> tuple[list[Diagnosis], int, Release | None]:
    """The codes that can be billed among entries of a list, a page of them, how many there are, and the file.

    An entry is a code, ``C40.-`` for all below one, or ``C00-D49`` for a block of categories.
    """
    spans = [_span(entry) for entry in entries]
    release = Release.objects.of("icd10-order").on(on) if spans else None
    if release is None:
        return [], 0, None
    where = f"billable = 1 AND ({' OR '.join(['(code >= ? AND code <= ?)'] * len(spans))})"
    values = [end for span in spans for end in span]
    ((count,),) = store.select(release.place, f"SELECT count(*) FROM diagnoses WHERE {where}", values)
    sql = f"SELECT code, long FROM diagnoses WHERE {where} ORDER BY place LIMIT ? OFFSET ?"
    rows = store.select(release.place, sql, [*values, most, first])
    found = [Diagnosis(code=code, text=text, is_billable=True, release=release) for code, text in rows]
    return found, int(count), release


def _span(entry: str) -> tuple[str, str]:
    """The first and the last code that an entry of a list can stand for; longer codes sort behind their beginning."""
    first, dash, last = entry.replace(".", "").upper().partition("-")
    if not dash:
        return first, first
    return (first, f"{last}ZZZZ") if last else (f"{first}0", f"{first}ZZZZ")


def notes_of(code: str, on: date) -> list[Note]:
    """The notes on a diagnosis, its own and those it inherits, the nearest first: codes, then the blocks above them."""
    found = _notes([code], on)
    blocks = [note.text for note in found if note.kind == BLOCK]
    notes = [note for note in found if note.kind != BLOCK]
    return sorted(notes, key=lambda note: blocks.index(note.code) if note.code in blocks else -len(note.code))


def settled(ask: Callable[[], Found]) -> Found:
    """What is asked of several files, once more where one of them was loaded anew just then."""
    try:
        return ask()
    except store.Gone:
        return ask()


def mark() -> str:
    """Another text whenever something else is loaded, "" for nothing; asked of the database once a minute."""
    return str(cache.get_or_set(ANYTHING, _mark, 60))


def _mark() -> str:
    newest = Release.objects.aggregate(at=Max("loaded_at"), count=Count("pk"))
    return f"{newest['count']} {newest['at'].isoformat()}" if newest["count"] else ""


def is_anything_loaded() -> bool:
    """Whether pages have anything to show."""
    return bool(mark())


def is_known(code: str) -> bool:
    """Whether any loaded file says something of a code, on whichever day."""
    if is_diagnosis(code):
        sql, bare = "SELECT 1 FROM diagnoses WHERE code = ?", code.replace(".", "")
        return any(store.select(one.place, sql, [bare]) for one in Release.objects.filter(kind="icd10-order"))
    return any(codes_in(release, [code]) for release in Release.objects.filter(kind__in=KIND))


#: Columns that hold codes of services.
CODE_COLUMNS = ("code", "column1", "column2", "primary_code")


def codes_in(release: Release, codes: Iterable[str]) -> set[str]:
    """Those of these codes of services that a release says something of, on whichever day."""
    wanted, found = list(dict.fromkeys(codes)), set[str]()
    if release.kind.startswith("icd10"):
        return found
    for table in KIND[release.kind].tables:
        for name, kind in table.columns:
            if name in CODE_COLUMNS:
                found |= _present(release, table.name, name, wanted, is_packed=kind == "integer")
    return found


def _present(release: Release, table: str, column: str, codes: Sequence[str], *, is_packed: bool) -> set[str]:
    """The codes that stand in a column, a few hundred at a time."""
    values: Sequence[Any] = _numbers(codes) if is_packed else codes
    found = set[str]()
    for start in range(0, len(values), AT_ONCE):
        part = values[start : start + AT_ONCE]
        sql = f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN ({_marks(part)})"
        found |= {unpacked(code) if is_packed else code for (code,) in store.select(release.place, sql, part)}
    return found


_FROM_EDITS = "FROM edits JOIN terms ON terms.id = edits.terms"
_EDITS = f"SELECT column1, column2, starts, ends, indicator, rationale {_FROM_EDITS}"


Rows = list[tuple[Any, ...]]


def _asked(kind: str, on: date, sql: str, values: Sequence[Any], setting: str = "") -> tuple[Release, Rows] | None:
    """The newest release in force on a day with what it answers; None where there is none.

    A release that is loaded anew just then is asked once more, in its new place.
    """
    for tries_left in (1, 0):
        try:
            release = release_on(kind, on, setting)
            return (release, store.select(release.place, sql, values)) if release else None
        except store.Gone:
            if not tries_left:
                raise
    return None


def _marks(values: Sequence[Any]) -> str:
    """As many places in a question; where there are none, what nothing is equal to."""
    return ", ".join("?" * len(values)) or "NULL"


def _numbers(codes: Iterable[str]) -> list[int]:
    """The numbers of what are codes of five characters; anything else is in none of these files."""
    return [packed(code) for code in dict.fromkeys(codes) if is_packed(code)]


def _edit(row: Sequence[Any], release: Release) -> Edit:
    one, two, starts, ends, indicator, why = row
    return Edit(
        column1=unpacked(one), column2=unpacked(two), starts=day_of(starts), ends=day_of(ends), indicator=indicator,
        rationale=why, release=release,
    )  # fmt: skip


def _addon(code: int, pairs: list[tuple[int, int]], release: Release) -> AddOn:
    return AddOn(
        code=unpacked(code), type=pairs[0][1], primaries=tuple(unpacked(one) for one, _ in pairs if one != ANY),
        is_open=any(kind != 1 for _, kind in pairs), release=release,
    )  # fmt: skip
