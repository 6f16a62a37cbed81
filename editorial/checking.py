"""What is wrong with a draft, with the way to the field; and an educator's word that a text is made up."""

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, audit
from codes.library import current_stamp
from codes.lint import Level, Problem, lint, problems_in
from codes.models import Code
from codes.pages import CODE_FIELDS, HEADINGS, PARTS, read_page, with_part
from codes.phrasebook import state as phrases_state
from editorial.models import Attestation
from editorial.places import url_of

#: Seconds that a list of all pages may spend on pages nobody has checked since they were changed.
MOST_SECONDS = 3.0
#: Seconds for which it is remembered what a draft's check gave.
REMEMBERED = 7 * 24 * 3600
#: Parts that are many rows, each with a form of its own -> the page that lists them.
_LISTS = {"rules": "write_rules", "examples": "write_examples", "sections": "write_page"}
_HEADS = {
    "about": "The code itself", "sections": "Sections", "rules": "Rules", "examples": "Examples", "history": "History",
    "documentation": "Documentation items", "similar": "Similar codes", "sources": "Sources",
    "phrases": "Phrases",
}  # fmt: skip
_ONE = {"sections": "Section", "rules": "Rule", "examples": "Example"}


class Changed(Exception):
    """The text that somebody attests is not, or not any more, one that asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A problem, and where it is mended ("" where there is no form for it)."""

    problem: Problem
    url: str

    @property
    def is_error(self) -> bool:
        """Whether it stops publishing."""
        return self.problem.level is Level.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The problems of one part of a page, under its name."""

    heading: str
    problems: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many errors and warnings a draft has; None where there was no time to look."""

    code: Code
    errors: int | None = None
    warnings: int | None = None


# One page -----------------------------------------------------------------------------------


def attested(code: Code) -> frozenset[str]:
    """The digests of the texts of a page that somebody attested to be made up; what ``lint`` takes."""
    return frozenset(Attestation.objects.filter(code=code).values_list("digest", flat=True))


def check(code: Code) -> tuple[Problem, ...]:
    """Every problem of a draft, errors first, attestations counted. What publishing through the site asks."""
    return lint(code, attested(code))


def problems_of(code: Code, part: str = "", typed: Any = None) -> tuple[Shown, ...]:
    """The problems of a draft, or of one part of it, for ``editorial/_problems.html``.

    With ``typed`` (as ``codes.pages.write_part`` takes it): those that the part would have if that were stored.
    """
    found = check(code) if typed is None else problems_in(with_part(read_page(code), part, typed), attested(code))
    return tuple(_shown(code, one) for one in found if not part or one.part == part)


def groups(problems: Iterable[Shown]) -> tuple[Group, ...]:
    """Problems under the part they are about, in the order in which they come."""
    found: dict[str, list[Shown]] = {}
    for one in problems:
        found.setdefault(heading_of_part(one.problem.part), []).append(one)
    return tuple(Group(heading=heading, problems=tuple(those)) for heading, those in found.items())


def heading_of_part(part: str) -> str:
    """What a part of a page is called on screens."""
    name, _, key = part.partition("/")
    if name == "sections" and key in HEADINGS:
        return f"Section “{HEADINGS[key]}”"
    if key and name in _ONE:
        return f"{_ONE[name]} “{key}”"
    return f"{_HEADS.get(name, name.capitalize())} {key}".rstrip()


def _shown(code: Code, problem: Problem) -> Shown:
    return Shown(problem=problem, url=where_to_mend(code.number, problem.part, problem.field))


def where_to_mend(number: str, part: str, field: str = "") -> str:
    """The address of the form for a part at a field."""
    if part == "phrases":  # no part of a page: they are the site's, and kept in the admin
        return reverse("admin:codes_phrase_changelist")
    return reverse(_LISTS[part], args=[number]) if part in _LISTS else url_of(number, part, field)


@transaction.atomic
def attest(code: Code, digest: str, *, by: User, at: datetime) -> bool:
    """Note an educator's word that a text is made up; False where somebody gave it before.

    Raises Changed where the draft has no such text that asks for it, so that nobody attests what they have not seen.
    """
    Code.objects.select_for_update().get(pk=code.pk)
    if digest in attested(code):
        return False
    asked = next((one for one in check(code) if one.attest and one.attest == digest), None)
    if asked is None:
        raise Changed("This text was changed meanwhile. Look at it again.")
    Attestation.objects.create(code=code, part=asked.part, digest=digest, by=by, at=at)
    audit(by, "attested as made up", f"{code.number}/{asked.part}", after={"digest": digest})
    return True


# All pages ----------------------------------------------------------------------------------


def counts(codes: Sequence[Code], most_seconds: float = MOST_SECONDS) -> list[Count]:
    """Errors and warnings of each draft, in as many queries for a hundred as for one where all was looked at before.

    What was found is remembered until the draft or the library is another. When time is over, the rest is left open.
    """
    keys = _keys(codes)
    known = cache.get_many(keys.values())
    until = time.monotonic() + most_seconds
    return [_count(code, keys[code.pk], known.get(keys[code.pk]), until) for code in codes]


def _count(code: Code, key: str, known: tuple[int, int] | None, until: float) -> Count:
    if known is None:
        if time.monotonic() > until:
            return Count(code=code)
        problems = check(code)
        errors = sum(one.level is Level.ERROR for one in problems)
        known = (errors, len(problems) - errors)
        cache.set(key, known, REMEMBERED)
    return Count(code=code, errors=known[0], warnings=known[1])


def _keys(codes: Sequence[Code]) -> dict[int, str]:
    """For each code what stays the same while its draft, its attestations, the library and the day do."""
    common = [current_stamp(), str(phrases_state()), timezone.localdate().isoformat(), settings.CPT_LICENSE_REF]
    states: dict[int, list[Any]] = {
        code.pk: [*common, *(getattr(code, field) for field in CODE_FIELDS)] for code in codes
    }
    rows: list[tuple[type[Model], tuple[str, ...]]] = [*PARTS.values(), (Attestation, ("digest",))]
    for model, fields in rows:
        for pk, *values in model._default_manager.filter(code__in=codes).values_list("code_id", *fields):
            states[pk].append([model.__name__, *values])
    return {pk: f"problems:{hashlib.sha256(_text(state)).hexdigest()}" for pk, state in states.items()}


def _text(state: list[Any]) -> bytes:
    return json.dumps(state, sort_keys=True, default=str).encode()
