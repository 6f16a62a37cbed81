"""Diagnoses that end with the phase of care."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import with_pointers
from rulebook.icd import FULL, any_covers, seventh, stem
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen, listed
from rulebook.kinds.diagnosis import DiagnosisParams
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import Facets, ParamError, param
from rulebook.shapes import CHARACTER, DIAGNOSES
from rulebook.types import Category, Claim, Encounter, Finding, Outcome, Rule

Characters = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeventhCharacterParams:
    """Which codes need the character, and what each character means."""

    below: tuple[str, ...] = param("Codes that need a 7th character: S83.2-", what=DIAGNOSES)
    characters: Facets = param("Phase of care and its character: active treatment: A", what=CHARACTER)
    always: str | None = param("The phase in which this service always is: active treatment", default=None)
    facet: str = param("Otherwise the facet that says the phase of care", default="phase")

    def __post_init__(self) -> None:
        if not self.below:
            raise ParamError("below", "needs at least one entry")
        if not self.characters:
            raise ParamError("characters", "needs at least one phase with its character")
        if self.always is not None and self.always not in self.characters:
            raise ParamError("always", "must be one of the phases that have a character")

    def needs(self, code: str) -> bool:
        """Whether a code is one of those that need the character."""
        return any_covers(self.below, code)

    def wanted(self, services: tuple[int, ...], encounter: Encounter) -> Characters:
        """The characters for the phase that these services are in; none where it is not said or not one."""
        phases = {self.always or encounter.services[index].facets.get(self.facet, "") for index in services}
        return self.characters.get(phases.pop(), ()) if len(phases) == 1 else ()

    def holds(self, code: str, wanted: Characters) -> bool:
        """Whether a code has the character it needs; any will do where the phase is not said."""
        return not self.needs(code) or bool(seventh(code) and (not wanted or seventh(code) in wanted))

    def fitted(self, code: str, wanted: Characters) -> str:
        """The code as it is reported in this phase, as far as the phase leaves no choice."""
        whole = len(stem(code).replace(".", "")) == FULL - 1
        return code if self.holds(code, wanted) or len(wanted) != 1 or not whole else stem(code) + wanted[0]

    def means(self, character: str) -> str:
        """What a character says."""
        phases = [phase for phase, characters in self.characters.items() if character in characters]
        return listed(phases, "or") or "something else"


class SeventhCharacter(Kind[SeventhCharacterParams]):
    """The last character of an injury's code says in which phase of care the patient is.

    A is active treatment, D is routine care while it heals, S is a condition that the injury left
    behind. It is about the phase, not about who saw the patient first: a new physician who treats the
    injury actively still reports A.

    **Why it matters.** Without the character the code is too short to be billed. With the wrong one an
    operation looks like a check of the healing, or a check like a new injury.

    **Example.** A torn meniscus is trimmed: S83.241A. At the visit when the stitches come out: S83.241D.

    **What is checked.** That the codes have the character, and that it fits the phase the note is about.
    A code of six characters in the note is completed; whether a shorter one needs the placeholder X is
    nothing that this rule guesses.

    **Source.** The notes on the 7th character in ICD-10-CM and section I.C.19.a of its Official
    Guidelines; the section that the finding cites names them.
    """

    id: ClassVar[str] = "seventh-character"
    title: ClassVar[str] = "Seventh character"
    category: ClassVar[Category] = Category.DIAGNOSIS
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = SeventhCharacterParams

    def refine(self, params: SeventhCharacterParams, line: Draft.Line, draft: Draft) -> None:
        wanted = params.wanted(tuple(line.services), draft.encounter)
        line.diagnoses = tuple(dict.fromkeys(params.fitted(code, wanted) for code in line.diagnoses))

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        services = case.services_of(rule.code)
        wanted = rule.params.wanted(services, case.encounter)
        facts = case.facts(services, ("procedure" if rule.params.always else rule.params.facet,))
        for element in case.elements_of(rule.code, "diagnosis"):
            code = element.yours or element.accepted or ""
            if not rule.params.needs(code) or element.outcome is Outcome.OPTIONAL:
                continue
            where = (*facts, *self._where(code, case))
            if element.outcome is Outcome.KEPT and rule.params.holds(code, wanted):
                yield self.finding(rule, element, facts=where, why=self._kept(rule, code))
            else:
                yield from self._fault(rule, element, code, wanted, where, case)

    def _fault(
        self, rule: Rule, element: Element, code: str, wanted: Characters, facts: tuple[str, ...], case: Case
    ) -> Iterator[Finding]:
        """A code cut short, one of another phase, or the right one in whose place such a code was entered."""
        twins = [one for one in case.pointers(element) if self._twins(one, element)]
        right = element.accepted or next((one.accepted for one in twins if one.accepted), None)
        entered = element.yours or next((one.yours for one in twins if one.yours), None)
        if not entered or (rule.params.holds(entered, wanted) and not twins):
            return
        yield self.finding(
            rule,
            element,
            outcome=Outcome.BROKEN if element.outcome is Outcome.KEPT else None,
            facts=facts,
            why=self._why(rule, entered, right if right != entered else None, case),
            fix=f"Report {right} instead of {entered}." if right and right != entered else self._ask(rule, entered),
        )

    def _twins(self, one: Element, other: Element) -> bool:
        """The same injury with another ending, or with none, on the other side."""
        code, same = one.yours or one.accepted or "", other.yours or other.accepted or ""
        return one.outcome is not other.outcome and code != same and stem(code) == stem(same)

    def _kept(self, rule: Rule, code: str) -> str:
        return f"The 7th character of {code} says {rule.params.means(seventh(code))}, and so does the note."

    def _why(self, rule: Rule, entered: str, right: str | None, case: Case) -> str:
        if not seventh(entered):
            start = f"{entered} is cut short: it needs a 7th character, which says the phase of care."
        else:
            start = f"The 7th character of {entered} says {rule.params.means(seventh(entered))}."
        if right and seventh(right):
            return f"{start} This is {rule.params.means(seventh(right))}, and the character for it is {seventh(right)}."
        said = {case.value(fact) for fact in case.facts(case.services_of(rule.code), (rule.params.facet,))}
        phase = rule.params.always or listed(sorted(said))
        return f"{start} This is {phase}." if phase else f"{start} The note does not say which."

    def _ask(self, rule: Rule, entered: str) -> str:
        characters = [f"{listed(values, 'or')} for {phase}" for phase, values in rule.params.characters.items()]
        return f"Find the phase of care in the note and complete {entered}: {listed(characters)}."

    def _where(self, code: str, case: Case) -> tuple[str, ...]:
        """The diagnosis of the note that the code completes."""
        given = next((one for one in case.encounter.diagnoses if stem(one) == stem(code)), code)
        return case.where(given)

    def asks(self, params: SeventhCharacterParams) -> tuple[Asked, ...]:
        if params.always:
            return ()  # the service is always in that phase, so that no note is asked
        return (Asked(param="characters", facet=params.facet, values=tuple(params.characters), by="facet"),)

    def describe(self, params: SeventhCharacterParams) -> str:
        characters = [f"{listed(values, 'or')} for {phase}" for phase, values in params.characters.items()]
        always = f" This service is always {params.always}." if params.always else ""
        return f"Codes under {listed(params.below)} end with a 7th character: {listed(characters)}.{always}"

    def contrasts(self, params: SeventhCharacterParams) -> tuple[Contrast, ...]:
        if params.always:
            return ()
        return tuple(
            Contrast(fact=params.facet, value=phase, flips=f"{listed(characters, 'or')} is the 7th character instead")
            for phase, characters in params.characters.items()
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        params = rule.params
        characters = {one for values in params.characters.values() for one in values}
        for ending in ("", *sorted(characters)):
            yield from with_pointers(case.claim, rule.code, partial(self._ending, params, ending))

    def _ending(self, params: SeventhCharacterParams, ending: str, diagnoses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(stem(code) + ending if params.needs(code) and seventh(code) else code for code in diagnoses)

    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("S83.2-",)),
        section="qualifying-circumstances",
    )
    _seventh = Rule(
        id="X1001/seventh-character",
        code="X1001",
        kind="seventh-character",
        params=SeventhCharacterParams(
            below=("S83.2-",),
            characters={"active treatment": ("A",), "routine healing": ("D",), "sequela": ("S",)},
        ),
        section="qualifying-circumstances",
    )
    _rules = (COLD, _list, _seventh)
    _case = {
        "date_of_service": "2024-03-01",
        "services": [{**FROZEN_BONE, "phase": "active treatment"}],
        "diagnoses": ["S83.241"],
    }
    clean = (
        Specimen(
            title="Active treatment, A",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["S83.241A"]}]}},
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="A code cut short",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["S83.241"]}]}},
            rules=_rules,
            finds=(Outcome.EXTRA, "diagnosis:S83.241"),
        ),
        Specimen(
            title="The character for routine healing",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["S83.241D"]}]}},
            rules=_rules,
            finds=(Outcome.EXTRA, "diagnosis:S83.241D"),
        ),
        Specimen(
            title="A note that does not say the phase",
            case={
                **_case,
                "services": [FROZEN_BONE],
                "claim": {"lines": [{"code": "X1001", "diagnoses": ["S83.241"]}]},
            },
            rules=_rules,
            finds=(Outcome.BROKEN, "diagnosis:S83.241"),
        ),
    )
