"""What every rule kind is made of.

A kind is one small class in one file. It may take part in deriving the accepted claim
(``match``, ``admits``, ``bundles``, ``allows``, ``extends``, ``shape``, ``refine``) and it explains the
differences between a claim and the accepted one (``check``). Everything it does not
care about has a default here, so a kind holds only what makes it what it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from rulebook.frozen import quick
from rulebook.params import Facets
from rulebook.types import (
    NO_FAULT,
    Category,
    Claim,
    CodeFacts,
    Encounter,
    Finding,
    Outcome,
    Rule,
    Service,
    Severity,
)

if TYPE_CHECKING:
    from rulebook.case import Case, Draft, Element

P = TypeVar("P")
MOST_WORDS = 60
_CERTAINLY_BRIEF = 2 * MOST_WORDS
_INFORMATIVE, _ESSENTIAL = Severity.INFORMATIVE, Severity.ESSENTIAL
_new_finding = quick(Finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How a service meets a rule: facets that fit, that contradict, that are not said."""

    fits: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()

    @property
    def full(self) -> bool:
        """Every facet the rule asks for is there."""
        return not self.contradicts and not self.unsaid


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A facet that a rule reads in the note and the values it knows of it, with the parameter that names them.

    ``by`` names the facet where a parameter of its own does.
    """

    param: str
    facet: str
    values: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A one-fact change of an encounter that shows what a rule is about.

    ``fact`` is the name of a facet or ``count`` (of the services that the rule's code reports),
    ``date_of_service``, ``place_of_service``, ``patient.age``, ``patient.sex``, ``documented`` (an item is not
    shown), ``diagnoses`` (one more in the note), ``diagnosis`` (another in place of the first), ``undiagnosed``
    (without those that ``value``, as in a list, stands for), ``procedure`` (one service less),
    ``primary`` (a facet of a service that another code reports, one of those that the rule names) or ``service`` (one
    with the facets of ``service`` is added, or taken out where there is one). ``value`` None means "any other";
    ``bundled`` that the fact is one of a service that the rule takes off the claim.
    """

    fact: str
    value: str | int | None
    flips: str
    service: Facets = field(default_factory=dict)
    bundled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A worked example of a kind: at once a test, a piece of documentation and a preview.

    ``case`` is in the format of docs/case-format.md, claim included; ``rules`` are those
    of an imaginary page. ``finds`` names the (outcome, element) the kind must report,
    and is None in a clean specimen.
    """

    title: str
    case: Mapping[str, Any]
    rules: tuple[Rule, ...]
    codes: tuple[CodeFacts, ...] = ()
    finds: tuple[Outcome, str] | None = None


class Kind(Generic[P]):
    """One way in which a claim can be right or wrong."""

    id: ClassVar[str]
    title: ClassVar[str]
    category: ClassVar[Category]
    section: ClassVar[str] = "billing"
    """Where a page usually states such a rule; a proposal for new rules, no more."""
    implied_by: ClassVar[str | None] = None
    about: ClassVar[str | None] = None
    """What its findings are about: code, units, modifier or diagnosis of a line with the rule's own code, or
    ``entered`` for the lines on which that code was entered. Such a kind is not asked where there is none of these.
    """
    from_files: ClassVar[bool] = False
    """Whether such rules come from public files that an installation loads, so that a page seldom writes one down."""
    Params: type[P]
    clean: ClassVar[Sequence[Specimen]]
    caught: ClassVar[Sequence[Specimen]]

    # Deriving the accepted claim -------------------------------------------------

    def admits(self, params: P, encounter: Encounter) -> bool:
        """Whether the code may be used in this encounter at all."""
        return True

    def bundles(self, rule: Rule, draft: "Draft") -> None:
        """Take lines and services out of the draft that this rule includes elsewhere."""

    def follows(self, rule: Rule, earlier: int, draft: "Draft") -> None:
        """The same for an earlier procedure of this rule's code, which is on no line of this claim."""

    def allows(self, params: P, codes: frozenset[str]) -> bool:
        """Whether the code may stand beside exactly these other codes."""
        return True

    def extends(self, rule: Rule, draft: "Draft") -> None:
        """Add to the draft what the line of this rule's code brings along."""

    def shape(self, params: P, line: "Draft.Line", draft: "Draft") -> None:
        """Set units, modifiers or diagnoses of the accepted line."""

    def refine(self, params: P, line: "Draft.Line", draft: "Draft") -> None:
        """Drop, add or order what the kinds have set on the accepted line, once all of them have."""

    def alternatives(self, params: P, line: "Draft.Line", draft: "Draft") -> tuple[tuple[str, ...], ...]:
        """Modifiers of which the finished line needs one choice or another, the preferred first; none is empty."""
        return ()

    # Explaining -------------------------------------------------------------------

    def check(self, rule: Rule, case: "Case") -> Iterator[Finding]:
        """What the rule has to say about the claim; nothing where it is not at stake."""
        raise NotImplementedError

    def describe(self, params: P) -> str:
        """The rule in one plain sentence, for the reference page."""
        raise NotImplementedError

    def asks(self, params: P) -> tuple[Asked, ...]:
        """The facets of the note and their values by which this rule decides: words that somebody may mistype."""
        return ()

    # Teaching -----------------------------------------------------------------------

    def contrasts(self, params: P) -> tuple[Contrast, ...]:
        """The one-fact changes of a scenario that flip this rule's outcome, or instructively do not."""
        return ()

    def mistakes(self, rule: Rule, case: "Case") -> Iterator[Claim]:
        """Claims that somebody who does not know this rule would write; ``case.claim`` is the accepted one.

        They become wrong options and claims to audit. What grades clean, or is caught by another
        kind, is dropped by the engine, so a kind may be generous here.
        """
        return iter(())

    def names(self, params: P) -> tuple[str, ...]:
        """Other codes this rule is about: their claims may tempt somebody to use this rule's code."""
        return ()

    def implied(self, by: Rule) -> Rule:
        """The rule that a page with ``by`` has without writing it down."""
        own_id = f"{by.code}/{self.id}"
        return replace(by, id=own_id, kind=self.id, params=self.Params(), starts=None, ends=None)

    # Wording findings ---------------------------------------------------------------

    def finding(
        self,
        rule: Rule,
        element: "Element",
        *,
        why: str,
        fix: str = "",
        facts: tuple[str, ...] = (),
        outcome: Outcome | None = None,
        severity: Severity | None = None,
        category: Category | None = None,
    ) -> Finding:
        """A finding of this rule about one element; kept ones are informative, others essential."""
        outcome = outcome or element.outcome
        quiet = outcome in NO_FAULT
        return _new_finding(
            rule=rule.id,
            kind=self.id,
            outcome=outcome,
            severity=severity or (_INFORMATIVE if quiet else _ESSENTIAL),
            category=category or self.category,
            element=element.name,
            line=element.line,
            code=element.code,
            yours=element.yours,
            accepted=element.accepted,
            facts=facts,
            why=why if len(why) < _CERTAINLY_BRIEF else _brief(why),
            fix=fix,
            cites=rule.cites,
        )


def _brief(text: str) -> str:
    """At most 60 words; a rule or item with a long text of its own is cut."""
    words = text.split()
    return text if len(words) <= MOST_WORDS else f"{' '.join(words[: MOST_WORDS - 1])} …"


def fits(wanted: Mapping[str, tuple[str, ...]], service: Service) -> bool:
    """Whether a service has every facet that a rule asks for, with one of the values."""
    has = service.facets
    for facet, values in wanted.items():  # noqa: SIM110 a generator costs more than the question
        if has.get(facet) not in values:
            return False
    return True


def match_facets(wanted: Mapping[str, tuple[str, ...]], service: Service) -> Match:
    """Compare the facets a rule asks for with those a service has."""
    fits, contradicts, unsaid = [], [], []
    for facet, values in wanted.items():
        has = service.facets.get(facet)
        if has is None:
            unsaid.append(facet)
        elif has in values:
            fits.append(facet)
        else:
            contradicts.append(facet)
    return Match(fits=tuple(fits), contradicts=tuple(contradicts), unsaid=tuple(unsaid))


def asked(param: str, facets: Facets) -> tuple[Asked, ...]:
    """The facets and values of a parameter that has both."""
    return tuple(Asked(param=param, facet=facet, values=values) for facet, values in facets.items())


def listed(words: Sequence[str], last: str = "and", most: int = 0) -> str:
    """``a``, ``a and b``, ``a, b and c``; with ``most``, the rest of a long list is "others"."""
    if most and len(words) > most:
        words = [*words[:most], "others"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
