"""Two notes with two claims: which of the facts that differ changed the claim?"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from codes.narrative import sentences
from codes.narrator import tell
from quizzes.formats.base import (
    Asked,
    Choice,
    Judged,
    Material,
    NoLongerAsked,
    Payload,
    Pinned,
    answer_finding,
    answer_grade,
)
from quizzes.wording import in_words
from rulebook import Library, derive, grade
from rulebook.case_format import read_encounter, write_claim, write_encounter
from rulebook.facts import Change, differences, taken_back
from rulebook.types import NO_FAULT, Claim, Derivation, Encounter, Finding, Grade
from rulebook.variants import Variant, another_day, minimal_pairs

FEWEST = 3
#: How many pairs are looked at where one rule is wanted; those of its kind come first.
FIRST = 4


class MinimalPair(Choice):
    """One fact made the difference; the others that differ did not."""

    id = "minimal-pair"
    title = "Minimal pair"
    instruction = "Two encounters, two claims. Several facts differ: which one changed the claim?"
    reading = "quizzes/_minimal_pair.html"
    verdicts = ("Right", "Not right")
    compares = ""

    def pin(self, material: Material, seed: int) -> Pinned | None:
        """The note told anew beside one in which a decisive fact differs, and others that decide nothing."""
        chance = random.Random(seed)
        pairs = minimal_pairs(material.encounter, material.library, seed, _kind(material))
        for decisive in islice(pairs, FIRST if material.rule else None):
            wanted = material.rule in ("", decisive.rule)
            if wanted and decisive.flips and len(decisive.changes) == 1:
                pinned = _pinned(material, decisive, chance)
                if pinned is not None:
                    return pinned
        return None

    def wrong(self, asked: Asked) -> Iterator[tuple[Payload, str]]:
        for option in asked.options:
            if option["id"] != asked.key["option"]:
                yield {"option": option["id"]}, asked.key["rule"]

    def judge(self, payload: Payload, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        chosen, right = payload["option"], asked.key["option"]
        texts = {option["id"]: option["text"] for option in asked.options}
        second = read_encounter(asked.prompt["second"]["encounter"])
        if not all(_derived(one, library).accepted for one in (encounter, second)):
            raise NoLongerAsked
        told = _told(encounter, second, library)
        finding = next((one for one in told if one.rule == asked.key["rule"]), None)
        if finding is None:
            raise NoLongerAsked
        said = answer_finding(
            finding, right=chosen == right, yours=texts.get(chosen, "no answer"), accepted=texts[right],
            why=finding.why, fix=f"What changed the claim: {texts[right]}.",
        )  # fmt: skip
        said = replace(said, element="answer", facts=(asked.key["paths"][int(right) - 1],))
        accepted = tuple(one.claim for one in _derived(encounter, library).accepted)
        graded = answer_grade([said], accepted, kept=int(chosen == right), required=1)
        return Judged(grade=graded, claim=Claim(lines=()))

    def give_up(self, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        return self.judge({"option": ""}, asked, encounter, library)

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        second = asked.prompt["second"]
        return {
            **super().context(payload, asked),
            "second": [(one.number, one.text) for one in sentences(second["narrative"])],
            "second_day": date.fromisoformat(second["encounter"]["date_of_service"]),
            "claims_read": asked.prompt["claims"],
        }


def _kind(material: Material) -> str:
    """The kind of the rule that the question is wanted for."""
    rules = material.book.of(material.rule.partition("/")[0])
    return next((rule.kind for rule in rules if rule.id == material.rule), "")


def _pinned(material: Material, decisive: Variant, chance: random.Random) -> Pinned | None:
    """The question, if both notes can be told and nothing but the decisive fact decides."""
    first, library = material.encounter, material.library
    second = _with_idle_changes(decisive, library, chance)
    changes = list(differences(first, second))
    change = next((one for one in changes if one.path == decisive.changes[0].path), None)
    told = _told(first, second, library)
    if change is None or len(changes) < FEWEST or not told or not _decides(change, changes, first, second, library):
        return None
    seed = chance.randrange(2**32)
    notes = [tell(first, material.phrases, seed), tell(second, material.phrases, seed)]
    chance.shuffle(changes)
    finding = next((one for one in told if one.rule == decisive.rule), told[0])
    return None if notes[0] is None or notes[1] is None else Pinned(
        prompt={
            "title": notes[0].title,
            "narrative": notes[0].narrative,
            "claims": [write_claim(_derived(one, library).accepted[0].claim) for one in (first, second)],
            "second": {"narrative": notes[1].narrative, "encounter": write_encounter(second)},
        },
        options=[{"id": str(n), "text": in_words(one, first, second)} for n, one in enumerate(changes, start=1)],
        key={
            "option": str(changes.index(change) + 1),
            "rule": finding.rule,
            "why": finding.why,
            "paths": [one.path for one in changes],
        },
    )  # fmt: skip


def _with_idle_changes(decisive: Variant, library: Library, chance: random.Random) -> Encounter:
    """The decisive variant with one more change that the rules do not mind, of another patient on another day."""
    touched = {change.path for change in decisive.changes}
    second = decisive.encounter
    for idle in minimal_pairs(second, library, chance.randrange(2**32)):
        if not idle.flips and touched.isdisjoint(change.path for change in idle.changes):
            second = idle.encounter
            break
    return another_day(second, library, chance.randrange(2**32))


def _decides(change: Change, changes: list[Change], first: Encounter, second: Encounter, library: Library) -> bool:
    """Taking the one change back gives the first claim; taking any other back changes nothing."""
    before, after = _claims(first, library), _claims(second, library)
    back = {one.path: _claims(taken_back(one, first, second), library) for one in changes}
    others = [claims for path, claims in back.items() if path != change.path]
    return before != after and back[change.path] == before and all(claims == after for claims in others)


def _told(first: Encounter, second: Encounter, library: Library) -> list[Finding]:
    """What the rules say against each claim for the other encounter."""
    pairs = ((first, second), (second, first))
    return [
        finding
        for one, other in pairs
        for finding in _graded(_derived(one, library).accepted[0].claim, other, library).findings
        if finding.outcome not in NO_FAULT
    ]


def _graded(claim: Claim, encounter: Encounter, library: Library) -> Grade:
    return grade(claim, encounter, library.on(encounter.date_of_service))


def _derived(encounter: Encounter, library: Library) -> Derivation:
    return derive(encounter, library.on(encounter.date_of_service))


def _claims(encounter: Encounter, library: Library) -> list[Claim]:
    return [accepted.claim for accepted in _derived(encounter, library).accepted]
