"""Files between being shown and being confirmed: kept aside under their digest, for an hour, for the one who sent them.

The form carries a signed note of which file it was and what was shown of it; the file itself stays here. How far a
long import has come is told in a file beside it, because what a transaction has done nobody else sees yet.
"""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing

from accounts.models import User
from datasets.unpacking import MEGABYTE, WORKBOOK, Unsafe, shown
from editorial.bulk_rows import read_rows
from editorial.bundles import read_zip
from editorial.files import Plan, carry_out, plan_of

SALT = "editorial.uploads"
SHOWN_FOR = 3600
MOST_BYTES = 20 * MEGABYTE
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A file that was shown: its digest, its name, what was shown of it, and whether it is a workbook of rows."""

    file: str
    name: str
    plan: str


def read(data: bytes, name: str) -> Plan:
    """What would become of a file now: an archive of pages and courses, or a workbook of rows. Raises Unsafe."""
    if name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        return plan_of(read_rows(data, name), name)
    if len(data) <= WORKBOOK.size and data.startswith(b"PK\x03\x04") and b"xl/workbook.xml" in data:
        raise Unsafe(name, "is a workbook, but is not called .xlsx; give it its own ending")
    return plan_of(read_zip(data, name), name)


# Kept aside -----------------------------------------------------------------------------------


def keep(data: bytes, plan: Plan, by: User) -> str:
    """Put a file aside and give the note for the form."""
    return note(put_aside([data]), plan, by)


def put_aside(parts: Iterable[bytes]) -> str:
    """Keep a file, which comes in parts, for an hour; its digest, by which it is found again."""
    folder = _folder()
    for old in folder.iterdir():
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - SHOWN_FOR:
                old.unlink()
    digest, waiting = hashlib.sha256(), folder / f"{secrets.token_hex(16)}.new"
    with waiting.open("wb") as file:
        for part in parts:
            digest.update(part)
            file.write(part)
    waiting.replace(folder / f"{digest.hexdigest()}.file")
    return digest.hexdigest()


def note(digest: str, plan: Plan, by: User) -> str:
    """What the form carries: signed, for this person, as shown."""
    return signed({"file": digest, "name": shown(plan.name), "plan": plan.digest}, by)


def signed(told: Mapping[str, Any], by: User, salt: str = SALT) -> str:
    """What was shown, for this person alone, and for the page that has this salt."""
    return signing.dumps({**told, "by": by.pk}, salt=salt)


def shown_to(by: User, text: str) -> Shown:
    """What the note says. Raises signing.BadSignature for one that is too old, altered or somebody else's."""
    told = read_signed(text, by)
    return Shown(file=told["file"], name=told["name"], plan=told["plan"])


def read_signed(text: str, by: User, salt: str = SALT) -> dict[str, Any]:
    """What was signed for this person. Raises signing.BadSignature."""
    told: dict[str, Any] = signing.loads(text, salt=salt, max_age=SHOWN_FOR)
    if told["by"] != by.pk:
        raise signing.BadSignature("somebody else's")
    return told


def kept(upload: Shown) -> bytes:
    """The file that was put aside. Raises FileNotFoundError when its hour is over."""
    data = path_of(upload.file).read_bytes()
    if hashlib.sha256(data).hexdigest() != upload.file:
        raise FileNotFoundError(upload.file)
    return data


def drop(upload: Shown) -> None:
    """What was confirmed needs no keeping."""
    path_of(upload.file).unlink(missing_ok=True)


def path_of(digest: str) -> Path:
    """Where a file lies that was put aside."""
    return _path(digest, "file")


def _folder() -> Path:
    folder = Path(settings.IMPORTS_FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _path(digest: str, ending: str) -> Path:
    if not _DIGEST.fullmatch(digest):
        raise FileNotFoundError(digest)
    return _folder() / f"{digest}.{ending}"


# In the background ----------------------------------------------------------------------------


def tell(digest: str, told: Mapping[str, Any]) -> None:
    """Note how far an import has come."""
    waiting = _path(digest, "progress.new")
    waiting.write_text(json.dumps(told), encoding="utf-8")
    waiting.replace(_path(digest, "progress"))


def told_of(digest: str) -> dict[str, Any]:
    """How far an import has come; an empty one where nothing is known of it."""
    try:
        return dict(json.loads(_path(digest, "progress").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def every_told() -> list[str]:
    """What is told of, by the digests under which it is found."""
    return [path.stem for path in _folder().glob("*.progress")]


def carry_out_kept(upload: Shown, *, by: User, at: datetime, answers_may_change: bool, why: str = "") -> int:
    """Store what was shown and confirmed, telling how far it has come. Raises NotAsShown, PageError."""
    plan = read(kept(upload), upload.name)

    def told(done: int, of: int) -> None:
        tell(upload.file, {"by": by.pk, "state": "running", "done": done, "of": of})

    number = carry_out(plan, by=by, at=at, why=why, answers_may_change=answers_may_change, told=told)
    tell(upload.file, {"by": by.pk, "state": "done", "done": number, "of": number})
    drop(upload)
    return number
