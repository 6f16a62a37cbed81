"""The verb that loads public files: whole or not at all, while the edition before stays in use."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from datasets import store
from datasets.kinds import KINDS, Edition, Kind
from datasets.kinds.base import Row
from datasets.models import Release, new_number
from datasets.search import building
from datasets.sources import Source, Unreadable, sources
from datasets.switching import put_in_place

Progress = Callable[[int], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that is recognised: what it is, which edition, and its digest."""

    source: Source
    kind: Kind
    edition: Edition
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file: ``status`` is ``loaded`` or ``already loaded``; ``rows`` are those of its release."""

    name: str
    release: Release
    status: str
    rows: int


@dataclass(kw_only=True)
class _Counted:
    """Rows on their way: those of the first table pass through, the few of the others wait until the end."""

    batches: Iterator[tuple[str, list[Row]]]
    main: str
    progress: Progress
    others: dict[str, list[Row]] = field(default_factory=dict)

    def first(self) -> Iterator[list[Row]]:
        """The rows of the first table."""
        for table, rows in self.batches:
            if table == self.main:
                yield rows
                self.progress(len(rows))
            else:
                self.others.setdefault(table, []).extend(rows)


def recognise(path: Path, *, setting: str = "", edition: Edition | None = None) -> list[Found]:
    """What a file is, or the files in a zip: by their content, never by their name alone.

    ``setting`` and ``edition`` say what a file itself does not. Raises Unreadable, naming the file and why.
    """
    known = [(source, kind) for source in sources(path) if (kind := _kind_of(source)) is not None]
    if not known:
        titles = "; ".join(kind.title for kind in KINDS)
        raise Unreadable(f"{path.name} is none of the files that can be loaded: {titles}.")
    return [_found(source, kind, setting, edition) for source, kind in known]


def _kind_of(source: Source) -> Kind | None:
    return next((kind for kind in KINDS if kind.knows(source)), None)


def _found(source: Source, kind: Kind, setting: str, edition: Edition | None) -> Found:
    told = edition or kind.edition(source)
    if told is None:
        raise Unreadable(
            f"{source.name}: {kind.title}, but neither its text nor its name says which edition (or for whom); say it."
        )
    told = Edition(in_force_from=told.in_force_from, label=told.label, setting=setting or told.setting)
    return Found(source=source, kind=kind, edition=told, digest=_digest(source))


def _digest(source: Source) -> str:
    found = hashlib.sha256()
    with source.opened() as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def load(found: Found, *, at: datetime, progress: Progress = lambda rows: None) -> Outcome:
    """Load one recognised file. The same file again changes nothing; whatever goes wrong changes nothing either."""
    name, edition = found.source.name, found.edition
    release = Release.objects.of(found.kind.id, edition.setting).filter(in_force_from=edition.in_force_from).first()
    if release is not None and found.digest in {file["digest"] for file in release.files}:
        return Outcome(name=name, release=release, status="already loaded", rows=release.rows)
    older, began_from = (release.place, release.build) if release is not None else ("", 0)
    new = _next_build(found, release)
    counted = _Counted(batches=found.kind.batches(found.source), main=found.kind.tables[0].name, progress=progress)
    counts = store.build(new.place, found.kind.tables, _tables(counted), keep=older if found.kind.parts else "")
    new.rows = counts[counted.main]
    new.loaded_at = at
    if not new.rows:
        store.drop(new.place)
        raise Unreadable(f"{name} has no row.")
    put_in_place(new, older, began_from)
    return Outcome(name=name, release=new, status="loaded", rows=new.rows)


def _tables(counted: _Counted) -> Iterator[tuple[str, Iterator[list[Row]]]]:
    yield counted.main, counted.first()
    for table, rows in counted.others.items():
        yield table, iter([rows])


def _next_build(found: Found, release: Release | None) -> Release:
    """The release as it will be; of a kind that comes in parts, with what it has already."""
    file = {"name": found.source.name, "digest": found.digest}
    edition = found.edition
    if release is None:
        return Release(
            kind=found.kind.id, setting=edition.setting, in_force_from=edition.in_force_from, label=edition.label,
            build=new_number(), files=[file],
        )  # fmt: skip
    release.build = new_number()
    release.files = [*release.files, file] if found.kind.parts else [file]
    return release


def load_files(
    paths: Sequence[Path], *, at: datetime, progress: Progress = lambda rows: None, setting: str = "",
    edition: Edition | None = None,
) -> Iterator[Outcome]:  # fmt: skip
    """Load files one after the other, then build the search anew where they have codes that are searched.

    All are recognised before the first is loaded; what was loaded before one that cannot be read is searched, too.
    """
    found = [one for path in paths for one in recognise(path, setting=setting, edition=edition)]
    try:
        for one in found:
            yield load(one, at=at, progress=progress)
    finally:
        if building.is_stale():
            building.rebuild(at=at, progress=progress)
