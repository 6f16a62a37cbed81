"""Making questions: a scenario or a variant of it, told as a note, asked in a format, held against the gate."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from codes.narrator import tell
from codes.phrasebook import Phrasebook
from quizzes.formats import FORMATS, Format, Material, Pinned
from quizzes.gate import reasons
from quizzes.models import Scenario
from rulebook import Encounter, Library, derive
from rulebook.case_format import read_encounter, write_claim, write_encounter
from rulebook.variants import Variant, variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A question that could be asked. ``reasons`` say why it is not; ``variant`` None is the scenario as written."""

    scenario: Scenario
    format: Format
    variant: Variant | None
    seed: int
    pinned: Pinned
    prompt: dict[str, Any]
    accepted: dict[str, Any]
    reasons: tuple[str, ...]

    @property
    def key(self) -> dict[str, Any]:
        """What is right, with the rule that a variant turns on."""
        turns_on = {"variant": {"rule": self.variant.rule, "flips": self.variant.flips}} if self.variant else {}
        return self.pinned.key | turns_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A scenario with what it takes to make questions of it."""

    scenario: Scenario
    library: Library
    phrases: Phrasebook

    @property
    def encounter(self) -> Encounter:
        """The facts as they are written."""
        return read_encounter(self.scenario.encounter)

    def as_written(self) -> Material | None:
        """The scenario itself, or None where nothing follows from it."""
        return self._material(self.encounter, self.scenario.title, self.scenario.narrative)

    def varied(self, seed: int, about: str = "") -> Iterator[tuple[Variant, Material]]:
        """The variants that can be told, each with its note; those about a rule kind first."""
        for place, variant in enumerate(variants(self.encounter, self.library, seed, about)):
            telling = tell(variant.encounter, self.phrases, seed + place)
            if telling is not None:
                material = self._material(variant.encounter, telling.title, telling.narrative)
                if material is not None:
                    yield variant, material

    def _material(self, encounter: Encounter, title: str, narrative: str) -> Material | None:
        derivation = derive(encounter, self.library.on(encounter.date_of_service))
        if not derivation.accepted or derivation.undecided:
            return None
        return Material(
            title=title, narrative=narrative, encounter=encounter, derivation=derivation, library=self.library,
            phrases=self.phrases,
        )  # fmt: skip

    def candidate(self, material: Material, format: Format, seed: int, variant: Variant | None) -> Candidate | None:
        """The material asked in a format, or None where it cannot be."""
        # Of its own for each note and format, or the right option would stand in the same place everywhere.
        seed = zlib.crc32(f"{seed} {format.id} {material.narrative}".encode())
        pinned = format.pin(material, seed)
        if pinned is None:
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
            accepted=write_claim(material.accepted.claim), reasons=found,
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
