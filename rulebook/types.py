"""What a claim, an encounter, a rule and a finding are.

Everything here is frozen and keyword-only. Nothing reads a clock, a database or a
random source; dates and tables come in as arguments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

#: Changes whenever the same claim could be graded differently; stored with each grading.
ENGINE_VERSION = "4"


class Outcome(StrEnum):
    """What became of one element of a claim, or of one rule."""

    KEPT = "kept"
    BROKEN = "broken"
    MISSING = "missing"
    EXTRA = "extra"
    OPTIONAL = "optional"
    UNCLEAR = "unclear"


#: What holds nothing against anybody: a finding with one of these is no fault.
NO_FAULT = (Outcome.KEPT, Outcome.OPTIONAL, Outcome.UNCLEAR)


class Severity(StrEnum):
    """How much a finding matters; essential ones make a claim unclean."""

    ESSENTIAL = "essential"
    ACTIONABLE = "actionable"
    INFORMATIVE = "informative"


class Category(StrEnum):
    """The kind of error, in the words coding managers use."""

    WRONG_CODE = "wrong code"
    OVER_CODING = "over-coding"
    UNDER_CODING = "under-coding"
    UNBUNDLING = "unbundling"
    UNITS = "units"
    MODIFIER = "modifier"
    INVALID_ON_DATE = "invalid on date"
    DIAGNOSIS = "diagnosis"
    SEQUENCING = "sequencing"
    DOCUMENTATION = "documentation"
    MISSING_PRIMARY = "missing primary"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One thing that was done: facet -> value (``{"site": "bone"}``), and how many times."""

    facets: Mapping[str, str]
    count: int = 1

    def __hash__(self) -> int:
        return hash((frozenset(self.facets.items()), self.count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Age in whole years; sex ``F`` or ``M``; None where the case does not say."""

    age: int | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierProcedure:
    """A procedure that has a claim of its own already, and the day on which it was done."""

    code: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """The facts of one visit.

    ``diagnoses`` empty: diagnoses are no part of the case. ``documented`` None: what
    the note shows is no part of the case. ``earlier`` are procedures up to this day that
    are on other claims.
    """

    date_of_service: date
    services: tuple[Service, ...]
    patient: Patient = Patient()
    place_of_service: str | None = None
    diagnoses: tuple[str, ...] = ()
    documented: frozenset[str] | None = None
    earlier: tuple[EarlierProcedure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """One service line: code, units (at least 1), modifiers, diagnoses it points to."""

    code: str
    units: int = 1
    modifiers: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The lines of one claim, in the order they were entered."""

    lines: tuple[ClaimLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a finding can be read up: a code's page and the section's fixed id."""

    code: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of one code: its kind, its typed parameters, the section it follows from.

    ``starts`` and ``ends`` (both included) say when the rule is in force; None is open.
    """

    id: str
    code: str
    kind: str
    params: Any
    section: str
    starts: date | None = None
    ends: date | None = None
    source: str = ""
    cites: Citation = field(init=False, repr=False, compare=False)
    """The section every finding of this rule points to."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cites", Citation(code=self.code, section=self.section))

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on a date of service."""
        return (self.starts is None or self.starts <= on) and (self.ends is None or on <= self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationItem:
    """Something the note must show: a stable slug, and what it is in plain words."""

    slug: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """What is known of a code besides its rules."""

    number: str
    title: str = ""
    documentation: tuple[DocumentationItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing the rules have to say about a claim.

    ``line`` counts the claim's lines from 1. ``facts`` are paths into the encounter
    (``services.1.procedure``). ``why`` has 60 words at most. ``cites`` is None only
    where the outcome is ``unclear``: nothing is ever called wrong without a section.
    """

    rule: str
    kind: str
    outcome: Outcome
    severity: Severity
    category: Category
    element: str
    line: int | None
    code: str
    yours: str | None
    accepted: str | None
    facts: tuple[str, ...]
    why: str
    fix: str
    cites: Citation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Elements of the accepted claim, how many were kept, how many more were added."""

    required: int
    kept: int
    extra: int

    @property
    def element_accuracy(self) -> float:
        """max(0, kept - extra) / required; with nothing required, 1.0 unless something was added."""
        if self.required == 0:
            return 0.0 if self.extra else 1.0
        return max(0, self.kept - self.extra) / self.required


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """Both scores, what would have been accepted, and every finding in reading order."""

    clean: bool
    counts: Counts
    accepted: tuple[Claim, ...]
    findings: tuple[Finding, ...]

    @property
    def element_accuracy(self) -> float:
        """The share of required elements kept, less what was added; 0.0 to 1.0."""
        return self.counts.element_accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """A service that is done but not reported, the codes it would have had, and the rule that says so.

    ``earlier`` is the index of the earlier procedure that includes it, where it is one.
    """

    service: int
    codes: tuple[str, ...]
    rule: Rule
    earlier: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A service the rules cannot turn into a code, with the codes that remain and the facts they wait for."""

    service: int
    candidates: tuple[str, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One acceptable claim and, for each of its lines, the services behind it (indexes).

    ``optional`` has for each line the modifiers that may be there or not.

    The claim has no lines where an earlier procedure includes all that was done: there is
    nothing to report, and an empty claim says so. ``bundled`` are services without a line
    because another line, or an earlier claim, reports them; ``undecided`` those that no rule
    could decide.
    """

    claim: Claim
    services: tuple[tuple[int, ...], ...]
    optional: tuple[tuple[str, ...], ...] = ()
    bundled: tuple[Bundled, ...] = ()
    undecided: tuple[Undecided, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A claim that educators accept for one case besides those that follow from the rules: why, and where that stands.

    It is no measure for other claims: only one that says the same is taken for it.
    """

    claim: Claim
    why: str
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """What a claim has that no page and no note knows: ``codes`` without a page, ``diagnoses`` that nobody gave.

    ``beside`` are the codes with a page that are on the claim or on the accepted one.
    """

    on: date
    codes: tuple[str, ...]
    diagnoses: tuple[str, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """All acceptable claims of an encounter; ``undecided`` are the open services of the preferred one.

    With no acceptable claim at all, every service that has a chance of a code is undecided. ``granted`` are claims
    that do not follow from the rules, and that educators accept for this very encounter.
    """

    accepted: tuple[Accepted, ...]
    undecided: tuple[Undecided, ...] = field(default=())
    granted: tuple[Granted, ...] = field(default=())
