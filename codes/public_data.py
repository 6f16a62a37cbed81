"""What the loaded public files say of a code on a date of service, for the page that shows it.

Nothing is said, and no heading shown, where no file is loaded or none says anything of the code.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from codes.models import PublishedCode
from codes.public_words import NOTES
from codes.reference import rules_in_force
from codes.sheets import Cell
from datasets import lookups
from datasets.lookups import AddOn, Diagnosis, Edit, EditsAsked, LevelTwo, Note, RelativeValues, Units
from datasets.models import Release
from datasets.numbers import is_diagnosis

SETTINGS = ("practitioner", "hospital")
UNIT_SETTINGS = (*SETTINGS, "supplier")
#: Edits and diagnoses on one page; edits that a file is written of at a time.
A_PAGE, A_PART = 25, 2000
KINDS_OF_NOTES = list(NOTES)
CSV_HEAD = (
    "Column 1", "Column 2", "In force from", "Not any more from", "Modifier indicator", "Rationale", "For", "File"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to see of the edits: for whom, which, those in force that day or all, and which page."""

    setting: str = SETTINGS[0]
    edits: EditsAsked = lookups.ANY_EDIT
    every: bool = False
    page: int = 1
    diagnoses_page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """From the fields of the form; what cannot be read counts as not asked."""
        column, indicator = query.get("column", ""), query.get("indicator", "")
        setting = query.get("setting", "")
        return cls(
            setting=setting if setting in SETTINGS else SETTINGS[0],
            edits=EditsAsked(
                column=int(column) if column in ("1", "2") else None,
                indicator=int(indicator) if indicator in ("0", "1", "9") else None,
                other="".join(query.get("other", "").split())[:5].upper(),
            ),
            every=query.get("when") == "all",
            page=_number(query.get("page", "")),
            diagnoses_page=_number(query.get("dpage", "")),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether not all edits are asked for."""
        return self.edits != lookups.ANY_EDIT


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """A page of a long list: which of how many, and how many rows there are in all."""

    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // A_PAGE))

    @property
    def first(self) -> int:
        """How many rows stand before this page."""
        return (self.number - 1) * A_PAGE

    @property
    def before(self) -> int:
        """The page before, or 0."""
        return self.number - 1

    @property
    def after(self) -> int:
        """The page after, or 0."""
        return self.number + 1 if self.number < self.pages else 0


def _paged(total: int, number: int) -> Paged:
    return Paged(total=total, number=min(number, max(1, -(-total // A_PAGE))))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditsBlock:
    """The edits of a code for one setting: how many in force that day, how many ever, and a page of those asked for."""

    release: Release
    in_force: int
    ever: int
    rows: Sequence[Edit]
    paged: Paged


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosesBlock:
    """Diagnoses that can be billed: of the page's own list, or below a category."""

    release: Release
    rows: Sequence[Diagnosis]
    paged: Paged


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisBlock:
    """A diagnosis: the categories above it, notes on all of them by kind, its seventh characters, codes below."""

    one: Diagnosis
    above: Sequence[Diagnosis]
    notes: Sequence[Note]
    characters: Mapping[str, str]
    below: DiagnosesBlock | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicData:
    """What the files say of a code on a day."""

    diagnosis: DiagnosisBlock | None
    values: Sequence[RelativeValues]
    units: Sequence[tuple[str, Units]]
    addon: AddOn | None
    addons: Sequence[str]
    addons_from: Release | None
    level_two: LevelTwo | None
    edits: Mapping[str, EditsBlock]
    diagnoses: DiagnosesBlock | None

    @property
    def has_something(self) -> bool:
        """Whether there is anything to show."""
        services = self.values, self.units, self.addon, self.addons, self.level_two, self.edits, self.diagnoses
        return self.diagnosis is not None or any(services)

    def others(self) -> Iterator[str]:
        """Other codes that are named."""
        yield from self.addon.primaries if self.addon else ()
        yield from self.addons
        for block in self.edits.values():
            for edit in block.rows:
                yield from (edit.column1, edit.column2)


def public_data(number: str, day: date, asked: Asked, page: Mapping[str, Any] | None = None) -> PublicData:
    """Everything on one code; ``page`` is its published page, whose list of diagnoses is looked up."""
    addons, addons_from = lookups.addons_to(number, day)
    return PublicData(
        diagnosis=_diagnosis(number, day, asked.diagnoses_page) if is_diagnosis(number) else None,
        values=lookups.relative_values_of(number, day),
        units=units_of(number, day),
        addon=lookups.addons_of([number], day).get(number),
        addons=addons,
        addons_from=addons_from,
        level_two=lookups.level_two_of(number, day),
        edits={setting: block for setting in SETTINGS if (block := _edits(number, day, setting, asked))},
        diagnoses=_diagnoses(page, day, asked.diagnoses_page) if page else None,
    )


def units_of(number: str, day: date) -> list[tuple[str, Units]]:
    """The most units of a code in each setting that says something of it."""
    every = [(setting, lookups.units_of([number], day, setting).get(number)) for setting in UNIT_SETTINGS]
    return [(setting, units) for setting, units in every if units]


def _edits(number: str, day: date, setting: str, asked: Asked) -> EditsBlock | None:
    release = Release.objects.of("ptp", setting).on(day)
    if release is None or not (ever := lookups.count_edits(number, release)):
        return None
    in_force, paged, rows = lookups.count_edits(number, release, day), Paged(total=0, number=1), list[Edit]()
    if setting == asked.setting:
        on = None if asked.every else day
        paged = _paged(lookups.count_edits(number, release, on, asked=asked.edits), asked.page)
        rows = lookups.edits_of(number, release, on, asked=asked.edits, first=paged.first, most=A_PAGE)
    return EditsBlock(release=release, in_force=in_force, ever=ever, rows=rows, paged=paged)


def _diagnosis(number: str, day: date, page: int) -> DiagnosisBlock | None:
    above = [number[:length] for length in range(3, len(number)) if length != 4]
    found = lookups.diagnoses_of([*above, number], day)
    if number not in found:
        return None
    characters = lookups.characters_of([number], day)
    return DiagnosisBlock(
        one=found[number],
        above=[found[code] for code in above if code in found],
        notes=sorted(lookups.notes_of(number, day), key=lambda note: KINDS_OF_NOTES.index(note.kind)),
        characters=characters[max(characters, key=len)] if characters else {},
        below=_billable([f"{number}-"], day, page),
    )


def _diagnoses(page: Mapping[str, Any], day: date, number: int) -> DiagnosesBlock | None:
    rules = [rule for rule in rules_in_force(page, day) if rule["kind"] == "diagnosis"]
    return _billable(list(dict.fromkeys(entry for rule in rules for entry in rule["params"]["supports"])), day, number)


def _billable(entries: Sequence[str], day: date, number: int) -> DiagnosesBlock | None:
    """A page of the codes that can be billed among entries of a list."""
    _, total, release = lookups.billable_under(entries, day, most=0)
    if release is None or not total:
        return None
    paged = _paged(total, number)
    rows, _, _ = lookups.billable_under(entries, day, first=paged.first, most=A_PAGE)
    return DiagnosesBlock(release=release, rows=rows, paged=paged)


def published_among(numbers: Iterable[str]) -> frozenset[str]:
    """Those of these codes that have a page to open."""
    return frozenset(PublishedCode.objects.filter(number__in=set(numbers)).values_list("number", flat=True))


def summary(number: str, day: date) -> list[str]:
    """The most telling facts in a few words each, for the reference page."""
    told = [f"Work RVU {row.work:.2f}, global {row.global_days}" for row in lookups.relative_values_of(number, day)[:1]]
    told += [f"at most {units.value} a {_each(units)} ({setting})" for setting, units in units_of(number, day)]
    for setting in SETTINGS:
        release = Release.objects.of("ptp", setting).on(day)
        count = lookups.count_edits(number, release, day) if release else 0
        told += [f"{count:,} edit{'' if count == 1 else 's'} ({setting})"] if count else []
    if number in lookups.addons_of([number], day):
        told.append("an add-on code")
    return told


def _each(units: Units) -> str:
    return "line" if units.indicator == 1 else "day"


def edit_rows(number: str, day: date, asked: Asked) -> Iterator[Sequence[Cell]]:
    """The edits that are asked for, all pages of them, as rows of a file."""
    release = Release.objects.of("ptp", asked.setting).on(day)
    if release is None:
        return
    on, first = None if asked.every else day, 0
    while rows := lookups.edits_of(number, release, on, asked=asked.edits, first=first, most=A_PART):
        first += len(rows)
        for edit in rows:
            days = (edit.starts, edit.ends)
            why = (edit.indicator, edit.rationale, asked.setting, release.label)
            yield (edit.column1, edit.column2, *days, *why)
