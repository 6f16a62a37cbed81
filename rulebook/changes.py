"""A claim with one thing changed: what mistakes, distractors and the tests of the laws are made of."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from rulebook.types import Claim, ClaimLine


def with_line(claim: Claim, line: ClaimLine) -> Claim:
    """One more line at the end."""
    return Claim(lines=(*claim.lines, line))


def without_line(claim: Claim, place: int) -> Claim:
    """One line less; ``place`` counts from 0."""
    return Claim(lines=claim.lines[:place] + claim.lines[place + 1 :])


def with_changed(claim: Claim, place: int, **fields: Any) -> Claim:
    """The line at a place (from 0) with other values: code, units, modifiers, diagnoses."""
    return Claim(lines=(*claim.lines[:place], replace(claim.lines[place], **fields), *claim.lines[place + 1 :]))


def beside(claim: Claim, code: str) -> Claim:
    """One more line with this code, for the same diagnoses as the first line."""
    diagnoses = claim.lines[0].diagnoses if claim.lines else ()
    return with_line(claim, ClaimLine(code=code, diagnoses=diagnoses))


def with_pointers(claim: Claim, code: str, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Iterator[Claim]:
    """For each line of a code the claim with other diagnoses on it, if the change makes them other ones."""
    for place, line in enumerate(claim.lines):
        diagnoses = change(line.diagnoses)
        if line.code == code and diagnoses != line.diagnoses:
            yield with_changed(claim, place, diagnoses=diagnoses)
