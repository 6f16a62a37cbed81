"""Choose among claims: the accepted one and others that the rules themselves make tempting."""

import random
from collections.abc import Iterator
from typing import Any

from quizzes.formats.base import Asked, Choice, Material, Payload, Pinned
from rulebook.case_format import read_claim, write_claim
from rulebook.mistakes import Mistake
from rulebook.types import Claim, ClaimLine

OPTIONS = 4
FEWEST = 3
#: What an option shows of a line; the other elements are the same in all options, or cannot be seen.
SHOWN = ("code", "modifiers", "units")


class ChooseTheCode(Choice):
    """Choose the code, or the codes, for the scenario."""

    id = "choose-the-code"
    title = "Choose the code"
    instruction = "Which claim reports this encounter?"

    def pin(self, material: Material, seed: int) -> Pinned | None:
        """The accepted claim and up to three that each break a rule, of as many kinds as there are."""
        chance = random.Random(seed)
        right = material.accepted.claim
        wrong = _varied([one for one in material.mistakes if not one.clean], right, chance)
        wrong = sorted(wrong, key=lambda one: one.rule.id != material.rule)[: OPTIONS - 1]
        if len(wrong) + 1 < FEWEST:
            return None
        options: list[tuple[Claim, str]] = [(right, ""), *((one.claim, one.rule.id) for one in wrong)]
        chance.shuffle(options)
        place = next(n for n, (claim, _) in enumerate(options, start=1) if claim == right)
        texts = _texts([claim for claim, _ in options])
        return Pinned(
            options=[{"id": str(n), "text": text} for n, text in enumerate(texts, start=1)],
            key={
                "claims": [write_claim(claim) for claim, _ in options],
                "rules": [rule for _, rule in options],
                "option": str(place),
            },
        )

    def wrong(self, asked: Asked) -> Iterator[tuple[Payload, str]]:
        for place, rule in enumerate(asked.key["rules"], start=1):
            if str(place) != asked.key["option"]:
                yield {"option": str(place)}, rule

    def claim(self, payload: Payload, asked: Asked) -> Claim:
        return read_claim(asked.key["claims"][int(payload["option"]) - 1])


def _varied(found: list[Mistake], right: Claim, chance: random.Random) -> list[Mistake]:
    """Mistakes that look different, one of each kind of rule before a second one of any; codes before the rest."""
    chance.shuffle(found)
    looks = {_look(right)}
    distinct = []
    for mistake in found:
        if _look(mistake.claim) not in looks:
            looks.add(_look(mistake.claim))
            distinct.append(mistake)
    seen: dict[str, int] = {}
    ranked: list[tuple[int, bool, int, Mistake]] = []
    for mistake in distinct:
        turn = seen[mistake.rule.kind] = seen.get(mistake.rule.kind, -1) + 1
        same_codes = _codes(mistake.claim) == _codes(right)
        ranked.append((turn, same_codes, len(ranked), mistake))
    return [mistake for *_, mistake in sorted(ranked, key=lambda one: one[:3])]


def _codes(claim: Claim) -> list[str]:
    return sorted(line.code for line in claim.lines)


def _look(claim: Claim) -> tuple[Any, ...]:
    """What an option would show of a claim."""
    return tuple(sorted((line.code, line.modifiers, line.units) for line in claim.lines))


def _texts(claims: list[Claim]) -> list[str]:
    """Each claim in a line; units are said where they are not all one."""
    counted = any(line.units > 1 for claim in claims for line in claim.lines)
    return [" + ".join(_text(line, counted) for line in claim.lines) or "nothing to report" for claim in claims]


def _text(line: ClaimLine, counted: bool) -> str:
    code = "-".join((line.code, *line.modifiers))
    return f"{code} × {line.units}" if counted else code
