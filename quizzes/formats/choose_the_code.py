"""Choose among claims: the accepted one and others that the rules themselves make tempting."""

import random
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from quizzes.formats.base import BadAnswer, Format, Payload, Pinned
from rulebook import grade
from rulebook.book import Rulebook
from rulebook.case_format import read_claim, write_claim
from rulebook.types import Accepted, Claim, ClaimLine, Derivation, Encounter

OPTIONS = 4
FEWEST = 3
Codes = tuple[str, ...]


class ChooseTheCode(Format):
    """Choose the code, or the codes, for the scenario."""

    id = "choose-the-code"
    title = "Choose the code"
    instruction = "Which code, or which codes together, report this encounter?"
    template = "quizzes/_choose_the_code.html"

    def pin(self, encounter: Encounter, derivation: Derivation, book: Rulebook, seed: int) -> Pinned | None:
        """The accepted claim and up to three that fail for a reason the rules can name."""
        accepted = derivation.accepted[0]
        right = tuple(line.code for line in accepted.claim.lines)
        wrong = [
            codes
            for codes in _tempting(right, derivation, book)
            if _fails(codes, accepted, encounter, book, derivation)
        ]
        if len(wrong) + 1 < FEWEST:
            return None
        options = [right, *wrong[: OPTIONS - 1]]
        random.Random(seed).shuffle(options)
        claims = [write_claim(_claim(codes, accepted)) for codes in options]
        shown = [{"id": str(n), "codes": list(codes)} for n, codes in enumerate(options, start=1)]
        return Pinned(options=shown, key={"claims": claims, "option": str(options.index(right) + 1)})

    def draft(self, data: QueryDict) -> Payload:
        return {"option": data.get("option", "")[:4]}

    def read(self, data: QueryDict, version: Any) -> Payload:
        chosen = data.get("option", "")
        if chosen not in {option["id"] for option in version.options}:
            raise BadAnswer({"option-1": "Choose one of the options, or “I do not know”."})
        return {"option": chosen}

    def claim(self, payload: Payload, version: Any) -> Claim:
        return read_claim(version.key["claims"][int(payload["option"]) - 1])

    def context(self, payload: Payload | None, version: Any) -> dict[str, Any]:
        return {"options": version.options, "chosen": (payload or {}).get("option", "")}


def _claim(codes: Codes, accepted: Accepted) -> Claim:
    """The option as a whole claim: everything but the codes is as it should be."""
    lines = {line.code: line for line in accepted.claim.lines}
    pointers = accepted.claim.lines[0].diagnoses
    return Claim(lines=tuple(lines.get(code) or ClaimLine(code=code, diagnoses=pointers) for code in codes))


def _fails(codes: Codes, accepted: Accepted, encounter: Encounter, book: Rulebook, derivation: Derivation) -> bool:
    return not grade(_claim(codes, accepted), encounter, book, derivation).clean


def _tempting(right: Codes, derivation: Derivation, book: Rulebook) -> list[Codes]:
    """Other answers, the most instructive first, none twice."""
    sources = (_bundled(right, derivation), _siblings(right, book), _predecessors(right, book), _parts(right, book))
    mixed: dict[Codes, None] = {}
    rows = [list(source) for source in sources]
    for place in range(max(len(row) for row in rows)):
        mixed.update(dict.fromkeys(row[place] for row in rows if place < len(row)))
    return [codes for codes in mixed if codes != right]


def _bundled(right: Codes, derivation: Derivation) -> Iterator[Codes]:
    """The accepted codes with one more, for work in the note that is already included."""
    for bundled in derivation.accepted[0].bundled:
        for code in bundled.codes:
            yield (*right, code)
            yield (code,)


def _siblings(right: Codes, book: Rulebook) -> Iterator[Codes]:
    """One code exchanged for another that differs in a single facet."""
    for place, code in enumerate(right):
        for sibling in _differing_in_one(code, book):
            yield (*right[:place], sibling, *right[place + 1 :])


def _differing_in_one(code: str, book: Rulebook) -> list[str]:
    mine = book.first(code, "selection")
    if mine is None:
        return []
    facets = mine.params.facets
    return [
        other
        for other in sorted(book.rules)
        for rule in book.of(other, "selection")
        if rule.params.facets.keys() == facets.keys()
        and sum(rule.params.facets[facet] != values for facet, values in facets.items()) == 1
    ]


def _predecessors(right: Codes, book: Rulebook) -> Iterator[Codes]:
    """A deleted code whose successor is right."""
    for other in sorted(book.rules):
        for rule in book.of(other, "validity"):
            for place, code in enumerate(right):
                if code in rule.params.successors:
                    yield (*right[:place], other, *right[place + 1 :])


def _parts(right: Codes, book: Rulebook) -> Iterator[Codes]:
    """Codes that the page says not to report beside this one."""
    for code in right:
        for rule in book.of(code, "not-with"):
            for part in rule.params.codes:
                yield (*right, part)
