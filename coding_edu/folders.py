"""The folders that the site writes to, and whether it can."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from coding_edu.databases import SQLITE

#: With less than this much room a database cannot be tidied up, and the next upload may be the last.
LEAST_FREE = 50 * 2**20
NOT_WRITABLE = "cannot be written to"
LITTLE_ROOM = "has hardly any room left"


def written_to() -> list[Path]:
    """Where the site writes: what is uploaded, who was erased, and with SQLite the database and the code sets."""
    found = [Path(settings.IMPORTS_FOLDER), Path(settings.ERASURES_FILE).parent]
    database = settings.DATABASES["default"]
    if database["ENGINE"] == SQLITE:
        found += [Path(database["NAME"]).parent, Path(settings.DATASETS_DIR)]
    return list(dict.fromkeys(found))


def wrong_with(folder: Path) -> str:
    """Why the site cannot write there, in words; empty where it can. A folder that is not there yet is its parent's."""
    try:
        there = next(one for one in (folder, *folder.parents) if one.exists())
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b".")
        return LITTLE_ROOM if shutil.disk_usage(there).free < LEAST_FREE else ""
    except OSError:
        return NOT_WRITABLE
