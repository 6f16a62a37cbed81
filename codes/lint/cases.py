"""The examples of a page as the rules of its draft see them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from codes.models import has_facts
from codes.narrative import NarrativeError, marked_paths, untold_facts
from codes.pages import Content
from rulebook import Library, derive, grade
from rulebook.case_format import CaseError, read_encounter
from rulebook.types import Claim, Derivation, Encounter, Grade

Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An example with its facts, or with why they cannot be read.

    ``accepted`` is the claim that follows from the rules, where one does. ``trouble`` is why no question is made of it,
    as the id of the check that says so ("" where one is, and where the rules cannot be read); ``missing`` are facts
    that are left open, ``untold`` those that no word is marked for.
    """

    row: Mapping[str, Any]
    encounter: Encounter | None = None
    field: str = ""
    error: str = ""
    accepted: Claim | None = None
    trouble: str = ""
    missing: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        """What the page calls it."""
        return f"examples/{self.row['slug']}"


def cases_of(content: Content, words: Words | None, library: Library | None) -> Iterator[Case]:
    """Each example that has facts, as a library (None: one that cannot be made) sees it."""
    for row in content["examples"]:
        if has_facts(row["encounter"]):
            yield _case(row, content["number"], words, library)


def _case(row: Mapping[str, Any], number: str, words: Words | None, library: Library | None) -> Case:
    try:
        encounter = read_encounter(row["encounter"], words)
    except CaseError as error:
        return Case(row=row, field=f"encounter.{error.field}", error=str(error))
    try:
        marked_paths(row["narrative"], encounter)
    except NarrativeError as error:
        return Case(row=row, encounter=encounter, field="narrative", error=str(error))
    return _judged(row, encounter, number, library) if library else Case(row=row, encounter=encounter)


def _judged(row: Mapping[str, Any], encounter: Encounter, number: str, library: Library) -> Case:
    derivation = derive(encounter, library.on(encounter.date_of_service))
    missing = tuple(sorted({fact for one in derivation.undecided for fact in one.missing}))
    trouble, graded = "", None
    if missing:
        trouble = "missing-fact"
    elif not derivation.accepted:
        valid = is_valid(number, library, encounter.date_of_service)
        trouble = "none-accepted" if valid else "not-valid-on-date"
    elif derivation.undecided:
        trouble = "undecided"
    else:
        graded = _key(encounter, library, derivation)
        trouble = "" if graded.clean else "key-breaks-rules"
    told = untold_facts(row["narrative"], encounter, graded) if graded and graded.clean else []
    accepted = derivation.accepted[0].claim if derivation.accepted else None
    return Case(
        row=row, encounter=encounter, accepted=accepted, trouble=trouble, missing=missing, untold=tuple(told)
    )  # fmt: skip


def is_valid(number: str, library: Library, day: date) -> bool:
    """Whether a code is valid on a date of service, as far as the library knows."""
    own = (one for one in library.rules if one.kind == "validity" and one.code == number and one.in_force(day))
    return all(one.params.covers(day) for one in own)


def _key(encounter: Encounter, library: Library, derivation: Derivation) -> Grade:
    """The accepted claim, graded itself."""
    book = library.on(encounter.date_of_service)
    return grade(derivation.accepted[0].claim, encounter, book, derivation)


def why_not_asked(encounter: Encounter, library: Library) -> str:
    """Why no question can be made of an encounter; empty when one can."""
    derivation = derive(encounter, library.on(encounter.date_of_service))
    if not derivation.accepted:
        return "no code of the library reports its services on that date."
    if derivation.undecided:
        return "one of its services cannot be decided by the rules."
    if not _key(encounter, library, derivation).clean:
        return "even the right claim would not be clean (a diagnosis or the documentation does not support it)."
    return ""
