"""The same case, in whatever words and format it is asked: a short digest of its facts."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def case_of(encounter: Mapping[str, Any]) -> str:
    """The digest of an encounter as ``write_encounter`` gives it."""
    return hashlib.sha256(json.dumps(encounter, sort_keys=True).encode()).hexdigest()[:16]
