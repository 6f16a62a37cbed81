"""Public files brought in from the desk: looked at first, then loaded in the background, whole or not at all.

What is known of a load lies beside the files that were sent (``editorial.uploads``), under a key of its own: which
files, how far it has come, and what became of each. To load again what is loaded already changes nothing.
"""

import hashlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, models

from accounts.models import AuditEntry, User
from codes.models import PublishedCode
from datasets import lookups, store
from datasets.kinds import KIND
from datasets.loading import (
    Found,
    Outcome,
    Said,
    Untold,
    elsewhere,
    is_loaded,
    judge_name,
    load,
    present,
    quarter_said,
    recognise,
)
from datasets.models import Release
from datasets.search import building
from datasets.sources import Unreadable
from datasets.unpacking import MEGABYTE
from editorial import uploads

MOST_BYTES, MOST_FILES = 100 * MEGABYTE, 12
SALT = "editorial.data"
LOADED, REMOVED = "data loaded", "data removed"
#: A load of which nothing was heard for so many seconds has no worker any more.
SILENT = 180
UNFORESEEN = (
    "Something in it was not foreseen. To load it again will most likely end the same way; what happened is in the "
    "worker's log, for whoever runs the site."
)
#: News is told at most so often, in seconds.
PAUSE = 0.5
#: What no release refers to is cleared away after so many seconds, when no load can still be at it.
REMAINS = 6 * 3600


logger = logging.getLogger(__name__)


class Fate(models.TextChoices):
    """What becomes of a file."""

    NEW = "new", "New edition"
    ADDED = "added", "Added to what is loaded"
    REPLACES = "replaces", "Takes the place of what is loaded"
    LOADED = "loaded", "Already loaded"
    TWICE = "twice", "The same as another file here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that was put aside: its digest, its name, and what somebody says of it."""

    file: str
    name: str
    quarter: str = ""
    setting: str = ""

    @property
    def key(self) -> str:
        """Tells its fields on a page from those of other files; two names may stand for the same bytes."""
        return hashlib.sha256(f"{self.file} {self.name}".encode()).hexdigest()[:12]

    @property
    def said(self) -> Said:
        """What is said of it."""
        return Said(quarter=quarter_said(self.quarter), setting=self.setting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A file that was recognised, and what would become of it.

    ``release``: the one it belongs to, if there is one by now. ``before``: the file of the same edition that would be
    loaded before it. ``elsewhere``: another edition that has the very same file.
    """

    found: Found
    fate: Fate
    release: Release | None
    before: str
    elsewhere: Release | None

    @property
    def replaced(self) -> str:
        """Names what it would take the place of; empty where it would not."""
        if self.fate != Fate.REPLACES:
            return ""
        return self.before or f"{self.release} {self.release.build if self.release else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A file that was looked at: what it holds, what it does not say itself, or why it is refused.

    ``is_twice``: whether the very same was sent before it, under the same name.
    """

    kept: Kept
    rows: tuple[Coming, ...] = ()
    untold: Untold | None = None
    why: str = ""
    is_twice: bool = False

    @property
    def is_new(self) -> bool:
        """Whether there is something in it to load."""
        return any(row.fate not in (Fate.LOADED, Fate.TWICE) for row in self.rows)

    @property
    def replaced(self) -> list[str]:
        """What it would take the place of."""
        return [row.replaced for row in self.rows if row.replaced]

    @property
    def is_doubtful(self) -> bool:
        """Whether it may well be another edition than it says."""
        return bool(self.replaced) or any(row.elsewhere for row in self.rows)


# Looking --------------------------------------------------------------------------------------

#: Of each edition that files belong to the digests of those files, and their names.
Editions = dict[tuple[str, str, date], dict[str, str]]


def look(files: Sequence[Kept]) -> list[Looked]:
    """What files are and what would become of each after those before it; nothing is loaded."""
    looked, editions = dict[str, Looked](), Editions()
    return [
        Looked(kept=one, is_twice=True) if one.key in looked else looked.setdefault(one.key, _look(one, editions))
        for one in files
    ]


def _look(kept: Kept, editions: Editions) -> Looked:
    try:
        found = [(one, present(one)) for one in _recognised(kept)]
        for one, release in found:
            judge_name(one, release)
    except Untold as untold:
        return Looked(kept=kept, untold=untold)
    except Unreadable as unreadable:
        return Looked(kept=kept, why=str(unreadable))
    except FileNotFoundError:
        return Looked(kept=kept, why=f"{kept.name} was shown too long ago. Choose it again.")
    return Looked(kept=kept, rows=tuple(_coming(one, release, editions) for one, release in found))


def _recognised(kept: Kept) -> list[Found]:
    return recognise(uploads.path_of(kept.file), called=kept.name, said=kept.said)


def _coming(found: Found, release: Release | None, editions: Editions) -> Coming:
    """What would become of a file; it is noted among those of its edition."""
    edition = found.edition
    before = editions.setdefault((found.kind.id, edition.setting, edition.in_force_from), {})
    fate, last = _fate(found, release, before), next(reversed(before.values()), "")
    before[found.digest] = found.source.name
    return Coming(found=found, fate=fate, release=release, before=last, elsewhere=elsewhere(found))


def _fate(found: Found, release: Release | None, before: Mapping[str, str]) -> Fate:
    if found.digest in before:
        return Fate.TWICE
    if is_loaded(found, release) and (found.kind.parts or not before):
        return Fate.LOADED
    if release is None and not before:
        return Fate.NEW
    return Fate.ADDED if found.kind.parts else Fate.REPLACES


# Loading --------------------------------------------------------------------------------------


def begin(files: Sequence[Kept], *, by: User) -> str:
    """Note a load that a worker will do; the key under which it is found."""
    key = secrets.token_hex(32)
    for path in (uploads.path_of(one.file) for one in files):
        if path.is_file():
            path.touch()  # from here on it is kept for another hour
    named = [{"file": one.file, "name": one.name, "quarter": one.quarter, "setting": one.setting} for one in files]
    _tell(key, {"load": True, "by": by.pk, "files": named}, state="waiting")
    return key


def again(key: str) -> bool:
    """Let a load that ended before its time wait for a worker once more; whether it may."""
    told = news(key)
    if not told or not told["may_be_done_again"]:
        return False
    _tell(key, told, state="waiting")
    return True


def run(key: str, at: datetime) -> str:
    """Load the files of a load, one after the other, each whole or not at all; the state it ended in."""
    told = uploads.told_of(key)
    teller = _Teller(key, told)
    by = User.objects.get(pk=told["by"])
    try:
        kept = [Kept(**one) for one in told["files"]]
        every = [found for one in kept for found in _recognised(one)]
        try:
            for found in every:
                teller.begin(found, len(every))
                teller.done(load(found, at=at, by=by, progress=teller.rows))
        finally:  # what was loaded before a file that is refused is searched, too
            if not _is_followed(key):
                teller.search()
                building.renew(at=at, progress=teller.searched)
    except Unreadable as unreadable:
        return teller.end("refused", str(unreadable))
    except FileNotFoundError:
        return teller.end("gone", "The files are not here any more: they were loaded meanwhile, or sent too long ago.")
    except (OSError, sqlite3.Error, DatabaseError) as error:
        return teller.end("stopped", f"The disk or the database could not be read or written: {error}.")
    except Exception:
        logger.exception("A load of public files was stopped by something that nobody had foreseen.")
        return teller.end("stopped", UNFORESEEN)
    for file in kept:
        uploads.path_of(file.file).unlink(missing_ok=True)
    return teller.end("done")


def _is_followed(key: str) -> bool:
    """Whether another load waits, which will build the search for both; that takes seconds, whatever was loaded."""
    return any(told["key"] != key and told["state"] == "waiting" and not told["is_late"] for told in under_way())


class _Teller:
    """Tells how far a load has come, now and then."""

    def __init__(self, key: str, told: Mapping[str, Any]) -> None:
        self._key, self._began, self._next = key, time.monotonic(), 0.0
        self._search_began = 0.0
        self._told = {**told, "done": [], "rows": 0, "of": 0, "now": "", "seconds": 0, "why": ""}
        self._told |= {"searched": 0, "searching": 0}
        self.rows(0)

    def begin(self, found: Found, of: int) -> None:
        """The next file."""
        self._told |= {"now": found.source.name, "of": of}
        self._tell()

    def rows(self, more: int) -> None:
        """So many more rows are read."""
        self._told["rows"] += more
        if time.monotonic() >= self._next:
            self._tell()

    def done(self, outcome: Outcome) -> None:
        """A file is through."""
        told = {"name": outcome.name, "status": outcome.status, "release": outcome.release.title}
        self._told["done"].append({**told, "rows": outcome.rows, "remarks": outcome.remarks})
        self._tell()

    def search(self) -> None:
        """All files are through; the search begins to follow."""
        self._told["now"], self._search_began = "", time.monotonic()

    def searched(self, more: int) -> None:
        """So many more codes are read or written for the search."""
        self._told["searched"] += more
        if time.monotonic() >= self._next:
            self._tell()

    def end(self, state: str, why: str = "") -> str:
        """How it ended."""
        self._told |= {"why": why, "now": ""}
        self._tell(state)
        return state

    def _tell(self, state: str = "running") -> None:
        self._next = time.monotonic() + PAUSE
        now = time.monotonic()
        if self._search_began:
            self._told["searching"] = now - self._search_began
        else:
            self._told["seconds"] = now - self._began
        _tell(self._key, self._told, state=state)


def _tell(key: str, told: Mapping[str, Any], *, state: str) -> None:
    uploads.tell(key, {**told, "state": state, "at": time.time()})


def news(key: str) -> dict[str, Any]:
    """How far a load has come; an empty one where nothing is known of it. Without news for long it has stopped."""
    told = uploads.told_of(key)
    if "load" not in told:
        return {}
    silent = time.time() - told["at"]
    if told["state"] == "running" and silent > SILENT:
        told |= {"state": "stopped", "why": "The worker that was at it is gone."}
    rate = round(told["rows"] / told["seconds"]) if told.get("seconds") else 0
    is_late = told["state"] == "waiting" and silent > SILENT / 3
    may = is_late or told["state"] in ("refused", "stopped")
    return told | {"rate": rate, "is_late": is_late, "may_be_done_again": may, "key": key}


def under_way() -> list[dict[str, Any]]:
    """Loads that wait or run."""
    every = (news(key) for key in uploads.every_told())
    return [told for told in every if told.get("state") in ("waiting", "running")]


# What is loaded -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A release, who loaded its newest file, and the last day on which it answers (None: until another comes)."""

    release: Release
    by: str
    until: date | None


def loaded() -> list[tuple[str, list[Loaded]]]:
    """Everything that is loaded, kind by kind, each setting's newest first."""
    releases = list(Release.objects.all())
    entries = AuditEntry.objects.filter(verb=LOADED, subject__in=[f"release {one.pk}" for one in releases])
    told = entries.select_related("who").order_by("pk")
    who = {entry.subject: str(entry.who) if entry.who else "a command" for entry in told}
    rows = [Loaded(release=one, by=who.get(f"release {one.pk}", ""), until=one.until(releases)) for one in releases]
    return [
        (kind.title, found) for kind in KIND.values() if (found := [row for row in rows if row.release.kind == kind.id])
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """What rests on a release: the days it answers, what would answer them without it, and the pages that show it."""

    until: date | None
    instead: Release | None
    pages: tuple[str, ...]


def resting(release: Release) -> Resting:
    """What would change if a release were removed."""
    others = list(Release.objects.of(release.kind, release.setting))
    without = Release.objects.of(release.kind, release.setting).exclude(pk=release.pk)
    numbers = PublishedCode.objects.order_by("number").values_list("number", flat=True)
    return Resting(
        until=release.until(others),
        instead=without.on(release.in_force_from),
        pages=tuple(sorted(lookups.codes_in(release, numbers))),
    )


def search_anew(at: datetime) -> int:
    """Build the index of the search anew where a release came or went since; 1 if it did."""
    return int(building.renew(at=at) is not None)


def tend(at: datetime) -> dict[str, int]:
    """Clear away what a worker that was killed left behind on the disk or in the database, and keep the search true."""
    places = {release.place for release in Release.objects.all()}
    return {
        "remains of loads cleared away": store.sweep(places, older_than=at.timestamp() - REMAINS),
        "searches built anew": search_anew(at),
    }
