"""The verb that loads public files: whole or not at all, while the edition before stays in use."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from datasets import store
from datasets.kinds import KINDS, Edition, Kind
from datasets.kinds.base import MONTH, Quarter, Told, quarter_of
from datasets.kinds.icd10 import fiscal_year
from datasets.lookups import ANYTHING
from datasets.models import Release, new_number
from datasets.signals import release_loaded, release_removed
from datasets.sources import Source, Unreadable, sources
from datasets.switching import put_in_place
from datasets.tables import Table, Values
from datasets.unpacking import shown

Progress = Callable[[int], Any]
_SAID = re.compile(
    rf"(?:20\d\d[-_ ]?q[1-4]|q[1-4][-_ ]?20\d\d|{MONTH}[-_ ,.]*20\d\d|20\d\d[-_ ]?{MONTH}|"
    r"fy[-_ ]?20\d\d(?:[-_ ,]+(?:apr(?:il)?|oct(?:ober)?))?)",
    re.IGNORECASE,
)
#: The revision in the name of a quarter's file.
_REVISION = re.compile(r"(?<=v\d{3})r\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that is recognised: what it is, which edition, and its digest."""

    source: Source
    kind: Kind
    edition: Edition
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file: ``status`` is ``loaded`` or ``already loaded``; ``rows`` are those of its release.

    ``remarks``: what else there is to know of it, such as what it took the place of.
    """

    name: str
    release: Release
    status: str
    rows: int
    remarks: tuple[str, ...] = ()


@dataclass(kw_only=True)
class _Counted:
    """Rows on their way: those of the first table pass through, the few of the others wait until the end.

    ``rows`` are those of the first table that have passed, ``more`` those of the others.
    """

    batches: Iterator[tuple[str, Values]]
    tables: Mapping[str, Table]
    main: Table
    progress: Progress
    rows: int = 0
    more: int = 0
    others: dict[str, list[Values]] = field(default_factory=dict)

    def first(self) -> Iterator[Values]:
        """The rows of the first table."""
        for table, values in self.batches:
            rows = len(values) // len(self.tables[table].columns)
            if table == self.main.name:
                yield values
                self.rows += rows
                self.progress(rows)
            else:
                self.more += rows
                self.others.setdefault(table, []).append(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says of a file that does not say it itself: which quarter or fiscal year, and for whom."""

    quarter: Quarter | None = None
    setting: str = ""


NOTHING_SAID = Said()


class Untold(Unreadable):
    """A file of a known kind that does not say which edition it is (``quarter``) or for whom (``setting``).

    ``clash``: what it says of its quarter, where it says two things.
    """

    def __init__(self, source: Source, kind: Kind, told: Told, *, quarter: bool, setting: bool) -> None:
        self.source, self.kind, self.quarter, self.setting = source, kind, quarter, setting
        self.clash = told.clash if quarter else ""
        names = [name for name, is_missing in (("which quarter", quarter), ("for whom", setting)) if is_missing]
        missing = " and ".join(names)
        why = f"{self.clash}; say {missing}" if self.clash else f"neither its text nor its name says {missing}; say it"
        super().__init__(f"{source.name}: {kind.title}, but {why}.")


def quarter_said(text: str) -> Quarter | None:
    """A quarter or a fiscal year as people write it: 2026Q1, Q1 2026, January 2026, FY2026, FY2026 April.

    None for anything else, also where such a thing is somewhere in it.
    """
    if not _SAID.fullmatch(text.strip()):
        return None
    return fiscal_year(text.strip()[2:]) if text.strip().upper().startswith("FY") else quarter_of(text)


def recognise(path: Path, *, called: str = "", said: Said = NOTHING_SAID) -> list[Found]:
    """What a file is, or the files in a zip: by their content, never by their name alone.

    ``called`` is its name where it lies under another. Raises Untold, and Unreadable, naming the file and why.
    """
    found = sources(path, called, is_known=lambda source: _kind_of(source) is not None)
    known = [(source, kind) for source in found if (kind := _kind_of(source)) is not None]
    if not known:
        titles = "; ".join(kind.title for kind in KINDS)
        raise Unreadable(f"{shown(called or path.name)} is none of the files that can be loaded: {titles}.")
    return [_found(source, kind, said) for source, kind in known]


def _kind_of(source: Source) -> Kind | None:
    return next((kind for kind in KINDS if kind.knows(source)), None)


def _found(source: Source, kind: Kind, said: Said) -> Found:
    """A file with its edition: what it tells itself counts more than what somebody says, but for the quarter."""
    told = kind.told(source)
    quarter, setting = said.quarter or told.quarter, told.setting if told.setting is not None else said.setting or None
    if quarter is None or setting is None:
        raise Untold(source, kind, told, quarter=quarter is None, setting=setting is None)
    if said.setting and told.setting and said.setting != told.setting:
        raise Unreadable(f"{source.name} says that it is for {told.setting}, and you say for {said.setting}.")
    if setting and setting not in kind.settings:
        raise Unreadable(f"{source.name}: {kind.title} are for {' or '.join(kind.settings)}, not for “{setting}”.")
    edition = Edition(in_force_from=quarter[0], label=quarter[1], setting=setting)
    return Found(source=source, kind=kind, edition=edition, digest=_digest(source))


def _digest(source: Source) -> str:
    found = hashlib.sha256()
    with source.opened() as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def present(found: Found) -> Release | None:
    """The release that a file belongs to, if there is one by now: it is added to it, or takes its place."""
    edition = found.edition
    return Release.objects.of(found.kind.id, edition.setting).filter(in_force_from=edition.in_force_from).first()


def is_loaded(found: Found, release: Release | None) -> bool:
    """Whether a release has this very file in it."""
    return release is not None and found.digest in {file["digest"] for file in release.files}


def elsewhere(found: Found) -> Release | None:
    """A release of another edition that has this very file in it: one of the two editions is not what it is."""
    edition = found.edition
    others = Release.objects.filter(kind=found.kind.id).exclude(
        setting=edition.setting, in_force_from=edition.in_force_from
    )
    return next((release for release in others if is_loaded(found, release)), None)


def judge_name(found: Found, release: Release | None) -> None:
    """Raises Unreadable where a release that files are added to has not this file, but one of its name or a revision.

    What the two do not both say would stand in it beside what the newer one says instead.
    """
    names = [file["name"] for file in release.files] if release is not None and found.kind.parts else []
    if (
        release is not None
        and not is_loaded(found, release)
        and _without_revision(found.source.name) in map(_without_revision, names)
    ):
        raise Unreadable(
            f"{found.source.name}: {release.title} has another file of this name. Remove {release.title} and load all "
            "its files again (load_dataset --anew does both)."
        )


def _without_revision(name: str) -> str:
    """A file's name, wherever it lay: ccipra-v321r1-f1.txt is the first of ccipra-v321r0-f1.txt mended."""
    return _REVISION.sub("", Path(name.rpartition(": ")[2]).name.lower())


def load(
    found: Found, *, at: datetime, by: Any = None, progress: Progress = lambda rows: None, anew: bool = False
) -> Outcome:
    """Load one recognised file. The same file again changes nothing; whatever goes wrong changes nothing either.

    ``by`` is whoever does it, handed to those who listen (``datasets.signals``). ``anew``: the file takes the place of
    what is loaded of its edition, also where files are added to it otherwise. Raises Unreadable.
    """
    name, release = found.source.name, present(found)
    if release is not None and is_loaded(found, release) and not anew:
        return Outcome(name=name, release=release, status="already loaded", rows=release.rows)
    adds = found.kind.parts and not anew
    if adds:
        judge_name(found, release)
    older, began_from = (release.place, release.build) if release is not None else ("", 0)
    remarks = tuple(_remarks(found, None if adds else release))
    new = _next_build(found, release, adds)
    repeated = _build(found, new, older if adds else "", progress)
    new.loaded_at = at
    with transaction.atomic():
        put_in_place(new, older, began_from)
        release_loaded.send(sender=Release, release=new, by=by)
    cache.delete(ANYTHING)
    return Outcome(name=name, release=new, status="loaded", rows=new.rows, remarks=(*remarks, *_repeated(repeated)))


def _remarks(found: Found, release: Release | None) -> Iterator[str]:
    """What a file takes the place of, if it does of something, and where else it is."""
    if release is not None:
        yield f"it took the place of {release.rows:,} rows from {release.file_names}"
    if other := elsewhere(found):
        yield f"the same file is loaded as {other.title} too"


def _repeated(rows: int) -> Iterator[str]:
    if rows:
        were, are = ("row was", "is") if rows == 1 else ("rows were", "are")
        yield f"{rows:,} {were} there before and {are} kept once"


def _build(found: Found, new: Release, keep: str, progress: Progress) -> int:
    """Fill a release's tables, whose ``keep`` it keeps; how many rows were there before. If it fails, they are gone."""
    had = new.rows if keep else 0
    known = store.rows_of(connection, keep, found.kind.tables[-1]) if keep else iter(())
    tables = {table.name: table for table in found.kind.tables}
    batches = found.kind.batches(found.source, known)
    counted = _Counted(batches=batches, tables=tables, main=found.kind.tables[0], progress=progress)
    counts = store.build(new.place, found.kind.tables, _tables(counted), keep=keep)
    new.rows = counts[counted.main.name]
    new.files[-1]["rows"] = counted.rows
    # What comes in parts has its further tables made so that no row of them is there twice.
    repeated = had + counted.rows - new.rows if found.kind.parts else counted.rows + counted.more - sum(counts.values())
    try:
        if not new.rows:
            raise Unreadable(f"{found.source.name} has no row.")
        if repeated:
            found.kind.judge_repeated(found.source)
    except Unreadable:
        store.drop(new.place)
        raise
    return repeated


def _tables(counted: _Counted) -> Iterator[tuple[str, Iterator[Values]]]:
    yield counted.main.name, counted.first()
    for table, values in counted.others.items():
        yield table, iter(values)


def _next_build(found: Found, release: Release | None, adds: bool) -> Release:
    """The release as it will be; of a kind that comes in parts, with what it has already."""
    file = {"name": found.source.name, "digest": found.digest}
    edition = found.edition
    if release is None:
        return Release(
            kind=found.kind.id, setting=edition.setting, in_force_from=edition.in_force_from, label=edition.label,
            build=new_number(), files=[file],
        )  # fmt: skip
    release.build = new_number()
    release.files = [*release.files, file] if adds else [file]
    return release


@transaction.atomic
def remove(release: Release, *, by: Any = None) -> None:
    """Take a release away; from then on the one before it, if there is one, answers for its days."""
    release_removed.send(sender=Release, release=release, by=by)
    place = release.place
    release.delete()
    cache.delete(ANYTHING)
    transaction.on_commit(lambda: store.drop(place))


def load_files(
    paths: Sequence[Path], *, at: datetime, progress: Progress = lambda rows: None, said: Said = NOTHING_SAID,
    anew: bool = False,
) -> Iterator[Outcome]:  # fmt: skip
    """Load files one after the other. All are recognised before the first is loaded.

    ``anew``: they take the place of what is loaded of their editions; further files of one are added to its first.
    The search still has what it had before; ``building.renew`` has it follow.
    """
    found = [one for path in paths for one in recognise(path, said=said)]
    _refuse_two_of_one(found)
    begun = set[tuple[str, Edition]]()
    for one in found:
        key = (one.kind.id, one.edition)
        yield load(one, at=at, progress=progress, anew=anew and key not in begun)
        begun.add(key)


def _refuse_two_of_one(found: Sequence[Found]) -> None:
    """Raises Unreadable where one of these files would at once take the place of another one."""
    editions = dict[tuple[str, Edition], Found]()
    for one in found:
        other = editions.setdefault((one.kind.id, one.edition), one)
        if other.digest != one.digest and not one.kind.parts:
            which = f"{one.kind.title}, {one.edition.label}"
            raise Unreadable(f"{other.source.name} and {one.source.name} are both {which}. Load the one that holds.")
