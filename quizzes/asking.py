"""Making questions: a scenario or a variant of it, told as a note, asked in a format, held against the gate."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from codes.narrative import dated
from codes.narrator import tell
from codes.phrasebook import Phrasebook
from quizzes.cases import case_of
from quizzes.formats import FORMATS, Format, Material, Pinned
from quizzes.gate import reasons
from quizzes.models import Scenario
from rulebook import Encounter, Library, derive, grade
from rulebook.case_format import read_encounter, write_claim, write_encounter
from rulebook.mistakes import can_be_broken
from rulebook.types import Grade, Outcome
from rulebook.variants import Variant, around, moved, variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A question that could be asked. ``reasons`` say why it is not; ``variant`` None is the scenario as written.

    ``rules`` are those at stake in it: its answer shows whether somebody knows them.
    """

    scenario: Scenario
    format: Format
    variant: Variant | None
    seed: int
    pinned: Pinned
    prompt: dict[str, Any]
    accepted: dict[str, Any]
    rules: frozenset[str]
    reasons: tuple[str, ...]

    @property
    def case(self) -> str:
        """The digest of its encounter."""
        return case_of(self.prompt["encounter"])

    @property
    def key(self) -> dict[str, Any]:
        """What is right, with the rule that a variant turns on."""
        turns_on = (
            {"variant": {"rule": self.variant.rule, "flips": self.variant.flips}}
            if self.variant and self.variant.rule
            else {}
        )
        return self.pinned.key | turns_on


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfChange:
    """A day from which on some rules are other ones than before."""

    day: date
    rules: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A scenario with what it takes to make questions of it.

    ``rule`` is the rule that is wanted at stake; what does not put it there is not asked. Empty: any.
    ``seen`` are cases of which no variants are wanted.
    """

    scenario: Scenario
    library: Library
    phrases: Phrasebook
    rule: str = ""
    seen: frozenset[str] = frozenset()

    @property
    def encounter(self) -> Encounter:
        """The facts as they are written."""
        return read_encounter(self.scenario.encounter)

    def as_written(self) -> Material | None:
        """The scenario itself, or None where nothing follows from it."""
        return self._material(self.encounter, self.scenario.title, self.scenario.narrative)

    def varied(self, seed: int, about: str = "") -> Iterator[tuple[Variant, Material]]:
        """The variants that can be told, each with its note; those about a rule kind first."""
        for place, variant in enumerate(variants(self.encounter, self.library, seed, about, self._is_seen)):
            if self._is_wanted(variant):
                yield from self._told(variant, seed + place)

    def moved(self, seed: int, most: int) -> Iterator[tuple[Variant, Material]]:
        """The case with other patients on other days, at most so many, each with its note."""
        for place in range(seed, seed + most):
            variant = moved(self.encounter, self.library, place)
            if variant is not None and self._is_wanted(variant):
                yield from self._told(variant, place)

    def on(self, material: Material, day: date) -> Material | None:
        """The same note as if it had happened on another day; None where nothing follows from it then."""
        before = material.encounter.date_of_service
        title = material.title.replace(f"{before:%B %Y}", f"{day:%B %Y}")
        narrative = dated(material.narrative, f"{day:%B} {day.day}, {day.year}")
        return self._material(replace(material.encounter, date_of_service=day), title, narrative)

    def around(self, change: DayOfChange, seed: int) -> Iterator[tuple[Variant, Material]]:
        """The case on days close to a change that makes another claim of it, each with its note."""
        for place, variant in enumerate(around(self.encounter, self.library, change.rules, change.day, seed)):
            yield from self._told(variant, seed + place)

    def _is_seen(self, encounter: Encounter) -> bool:
        return bool(self.seen) and case_of(write_encounter(encounter)) in self.seen

    def _is_wanted(self, variant: Variant) -> bool:
        return not self._is_seen(variant.encounter) and (not self.rule or _concerns(variant, self.rule))

    def _told(self, variant: Variant, seed: int) -> Iterator[tuple[Variant, Material]]:
        telling = tell(variant.encounter, self.phrases, seed)
        material = self._material(variant.encounter, telling.title, telling.narrative) if telling else None
        if material is not None:
            yield variant, material

    def _material(self, encounter: Encounter, title: str, narrative: str) -> Material | None:
        derivation = derive(encounter, self.library.on(encounter.date_of_service))
        if not derivation.accepted or derivation.undecided:
            return None
        return Material(
            title=title, narrative=narrative, encounter=encounter, derivation=derivation, library=self.library,
            phrases=self.phrases, rule=self.rule,
        )  # fmt: skip

    def candidate(self, material: Material, format: Format, seed: int, variant: Variant | None) -> Candidate | None:
        """The material asked in a format, or None where it cannot be."""
        # Of its own for each note and format, or the right option would stand in the same place everywhere.
        seed = zlib.crc32(f"{seed} {format.id} {material.narrative}".encode())
        pinned = format.pin(material, seed)
        if pinned is None:
            return None
        rules = at_stake(material, pinned, variant)
        if self.rule and self.rule not in rules:
            return None
        prompt = {
            "title": material.title,
            "narrative": material.narrative,
            "encounter": write_encounter(material.encounter),
            **pinned.prompt,
        }
        found = tuple(reasons(material, format, pinned, prompt))
        return Candidate(
            scenario=self.scenario, format=format, variant=variant, seed=seed, pinned=pinned, prompt=prompt,
            accepted=write_claim(material.accepted.claim), rules=rules, reasons=found,
        )  # fmt: skip

    def candidates(self, seed: int) -> Iterator[Candidate]:
        """Every question that the scenario and its variants of this seed give, the refused ones included."""
        for variant, material in self.materials(seed):
            for format in FORMATS:
                candidate = self.candidate(material, format, seed, variant)
                if candidate is not None:
                    yield candidate

    def materials(
        self, seed: int, *, most: int | None = None, written_first: bool = True, about: str = ""
    ) -> Iterator[tuple[Variant | None, Material]]:
        """The scenario as it is written and its variants, at most so many of these."""
        written = self.as_written()
        if written is not None and written_first:
            yield None, written
        yield from islice(self.varied(seed, about), most)
        if written is not None and not written_first:
            yield None, written


def _concerns(variant: Variant, rule: str) -> bool:
    """Whether a rule could be at stake in a variant, of which only its facts are known yet."""
    if rule == variant.rule or not variant.derivation.accepted:
        return rule == variant.rule
    encounter, book, derivation = variant.encounter, variant.book, variant.derivation
    if rule in spoken_of(grade(derivation.accepted[0].claim, encounter, book, derivation)):
        return True
    rules = [one for one in book.of(rule.partition("/")[0]) if one.id == rule]
    return any(can_be_broken(one, encounter, book, derivation) for one in rules)


def spoken_of(graded: Grade) -> frozenset[str]:
    """The rules that a claim keeps."""
    return frozenset(one.rule for one in graded.findings if one.outcome is Outcome.KEPT and one.cites)


def at_stake(material: Material, pinned: Pinned, variant: Variant | None) -> frozenset[str]:
    """The rules of which an answer shows something.

    That is the one rule that the question is about, where there is one; else every rule that speaks of the
    accepted claim, those that its wrong options break, and the one that the variant turns on.
    """
    if pinned.key.get("rule"):
        return frozenset((pinned.key["rule"],))
    spoken = spoken_of(material.graded)
    tempting = {rule for rule in pinned.key.get("rules", ()) if rule}
    return spoken | tempting | ({variant.rule} if variant and variant.rule else set())
