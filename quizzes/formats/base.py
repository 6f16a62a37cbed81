"""What every question format is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Protocol

from django.http import QueryDict

from codes.phrasebook import Phrasebook
from quizzes.cases import case_of
from rulebook import grade
from rulebook.book import Rulebook
from rulebook.case_format import write_encounter
from rulebook.library import Library
from rulebook.mistakes import Mistake, mistakes
from rulebook.types import Accepted, Claim, Counts, Derivation, Encounter, Finding, Grade, Outcome, Severity

Payload = dict[str, Any]
I_DO_NOT_KNOW: Payload = {"gave_up": True}


@dataclass(kw_only=True)
class Material:
    """What a question is made of: an encounter with its note, and the library it is coded with.

    ``rule`` is the rule that the question is wanted for; a format that has a choice asks about that one.
    """

    title: str
    narrative: str
    encounter: Encounter
    derivation: Derivation
    library: Library
    phrases: Phrasebook
    rule: str = ""

    @property
    def book(self) -> Rulebook:
        """The rules of the date of service."""
        return self.library.on(self.encounter.date_of_service)

    @property
    def accepted(self) -> Accepted:
        """The preferred claim."""
        return self.derivation.accepted[0]

    @cached_property
    def case(self) -> str:
        """The digest of the encounter."""
        return case_of(write_encounter(self.encounter))

    @cached_property
    def graded(self) -> Grade:
        """What the rules say of the preferred claim."""
        return grade(self.accepted.claim, self.encounter, self.book, self.derivation)

    @cached_property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What could go wrong with it."""
        return mistakes(self.encounter, self.book, self.derivation)


class Asked(Protocol):
    """A question as it was pinned; only ``key`` is hidden from the learner."""

    @property
    def prompt(self) -> Any:
        """The scenario, and what the format adds to it."""

    @property
    def options(self) -> Any:
        """What can be chosen."""

    @property
    def key(self) -> Any:
        """What is right, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What a format adds to the scenario: more to read, the options shown, and the key, which is not."""

    prompt: dict[str, Any] = field(default_factory=dict)
    options: list[dict[str, Any]] = field(default_factory=list)
    key: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the rules say of an answer, and the claim that the page shows beside the accepted one."""

    grade: Grade
    claim: Claim


class BadAnswer(ValueError):
    """An answer that cannot be read; ``errors`` maps the field's id to what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


class NoLongerAsked(Exception):
    """What the question turns on is no rule of the library that it is judged by."""


class Format:
    """One way of asking about a scenario."""

    id: ClassVar[str]
    title: ClassVar[str]
    instruction: ClassVar[str]
    #: Where the answer is given.
    template: ClassVar[str]
    #: What there is to read besides the scenario, before the answer and after it; "" for nothing.
    reading: ClassVar[str] = ""
    #: What a right and a wrong answer are called.
    verdicts: ClassVar[tuple[str, str]] = ("Clean claim", "Not yet clean")
    #: Whose claim stands beside the accepted one; "" where no claims are compared.
    compares: ClassVar[str] = "Yours"
    #: Whether the accepted claim itself may be unsupported, because that is what is asked for.
    asks_documentation: ClassVar[bool] = False
    #: Whether "nothing to report" is an answer.
    may_be_empty: ClassVar[bool] = False
    #: The rule kind whose variants are the ones to ask about; "" for any.
    about: ClassVar[str] = ""

    # Making a question ------------------------------------------------------------------

    def pin(self, material: Material, seed: int) -> Pinned | None:
        """What is shown, options and key, or None where the material cannot be asked like this."""
        raise NotImplementedError

    def right(self, asked: Asked) -> Payload:
        """The right answer, for the publishing gate and the tests."""
        raise NotImplementedError

    def wrong(self, asked: Asked) -> Iterator[tuple[Payload, str]]:
        """Each answer that is there to be wrong, with the id of the rule that it has to fail for."""
        return iter(())

    # Taking an answer -------------------------------------------------------------------

    def draft(self, data: QueryDict) -> Payload:
        """What was typed, as typed: kept, and shown again."""
        raise NotImplementedError

    def focus(self, data: QueryDict, draft: Payload) -> str:
        """The id of what the focus goes to where a button changed the rows of the form; "" where none did."""
        return ""

    def said(self, data: QueryDict) -> str:
        """In words what a button changed besides what one sees at its place; "" for nothing."""
        return ""

    def read(self, data: QueryDict, asked: Asked) -> Payload:
        """The answer in a normal form; BadAnswer names each field that cannot be read."""
        raise NotImplementedError

    def fields(self, payload: Payload) -> dict[str, str | list[str]]:
        """The form's fields as a browser would send them for an answer: the way back from ``read``."""
        return {name: value for name, value in payload.items() if isinstance(value, (str, list))}

    def is_blank(self, draft: Payload, asked: Asked) -> bool:
        """Whether nothing was typed or chosen yet."""
        return not any(draft.values())

    def settle(self, draft: Payload, asked: Asked) -> Payload | None:
        """A draft as an answer, without what cannot be read of it; None where nothing is left."""
        data = QueryDict(mutable=True)
        for name, value in self.fields(draft).items():
            data.setlist(name, value if isinstance(value, list) else [value])
        while True:
            try:
                return self.read(data, asked)
            except BadAnswer as bad:
                unreadable = [name for name in bad.errors if name in data]
                if not unreadable:
                    return None
                for name in unreadable:
                    del data[name]

    def words(self, payload: Payload, asked: Asked) -> list[str]:
        """What was typed or chosen, to be read back; payloads that are none of this format's give nothing."""
        texts = {option["id"]: option["text"] for option in asked.options}
        return [texts[value] for value in payload.values() if isinstance(value, str) and value in texts]

    def claim(self, payload: Payload, asked: Asked) -> Claim:
        """The claim that an answer amounts to."""
        raise NotImplementedError

    def judge(self, payload: Payload, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        """What the rules say of an answer. Raises NoLongerAsked where the question does not stand by these rules."""
        claim = self.claim(payload, asked)
        return Judged(grade=grade(claim, encounter, library.on(encounter.date_of_service)), claim=claim)

    def give_up(self, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        """What the rules say when somebody does not know."""
        claim = Claim(lines=())
        return Judged(grade=grade(claim, encounter, library.on(encounter.date_of_service)), claim=claim)

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        """What the format's template needs to show the form again."""
        return {}


class Choice(Format):
    """One of several options, of which one is right."""

    template = "quizzes/_choice.html"

    def draft(self, data: QueryDict) -> Payload:
        return {"option": data.get("option", "")[:4]}

    def read(self, data: QueryDict, asked: Asked) -> Payload:
        chosen = data.get("option", "")
        if chosen not in {option["id"] for option in asked.options}:
            raise BadAnswer({"option-1": "Choose one of the options, or “I do not know”."})
        return {"option": chosen}

    def right(self, asked: Asked) -> Payload:
        return {"option": asked.key["option"]}

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        return {"options": asked.options, "chosen": (payload or {}).get("option", "")}


def answer_finding(finding: Finding, *, right: bool, yours: str, accepted: str, why: str, fix: str) -> Finding:
    """A finding about an answer that is no claim: what the rules say, kept or broken by the one who answered."""
    return replace(
        finding, outcome=Outcome.KEPT if right else Outcome.BROKEN, line=None,
        severity=Severity.INFORMATIVE if right else Severity.ESSENTIAL, yours=yours or None, accepted=accepted or None,
        why=why, fix="" if right else fix,
    )  # fmt: skip


def answer_grade(
    findings: list[Finding], accepted: tuple[Claim, ...], *, kept: int, required: int, extra: int = 0
) -> Grade:
    """The grade of an answer that is no claim: clean when none of its findings is essential."""
    return Grade(
        clean=all(finding.severity is not Severity.ESSENTIAL for finding in findings),
        counts=Counts(required=required, kept=kept, extra=extra),
        accepted=accepted,
        findings=tuple(findings),
    )
