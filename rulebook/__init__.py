"""The rulebook: rules are data, marking is a pure function.

Standard library only. ``derive`` turns the facts of an encounter into the claims that
are acceptable, ``grade`` holds a claim against them and says why.
"""

from rulebook.book import Rulebook
from rulebook.derive import derive
from rulebook.grade import grade
from rulebook.library import Library
from rulebook.types import ENGINE_VERSION, Claim, ClaimLine, Encounter, Finding, Grade, Service

__all__ = [
    "ENGINE_VERSION",
    "Claim",
    "ClaimLine",
    "Encounter",
    "Finding",
    "Grade",
    "Library",
    "Rulebook",
    "Service",
    "derive",
    "grade",
]
