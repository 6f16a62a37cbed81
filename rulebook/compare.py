"""A claim and an accepted one, paired off line by line."""

from typing import Any

from rulebook.book import Rulebook
from rulebook.case import Element
from rulebook.frozen import quick
from rulebook.types import Accepted, Claim, ClaimLine, Encounter, Outcome

_new = quick(Element)
#: Members of an enumeration take their time to look up.
_KEPT, _BROKEN, _MISSING, _EXTRA = Outcome.KEPT, Outcome.BROKEN, Outcome.MISSING, Outcome.EXTRA


def compare(claim: Claim, accepted: Accepted, encounter: Encounter, book: Rulebook) -> tuple[Element, ...]:
    """Every element of the accepted claim and of the claim, paired off line by line."""
    pairs, wrong, extra, missing = _pair(claim, accepted, book)
    optional = {line.code: may for line, may in zip(accepted.claim.lines, accepted.optional, strict=False) if may}
    elements: list[Element] = []
    for number, line, target in pairs:
        elements += _within(number, line, target, optional.get(target.code, ()), encounter)
    for number, line, target in wrong:
        elements.append(_code(_BROKEN, number, target.code, line.code, target.code, _size(target)))
    waiting = {code for undecided in accepted.undecided for code in undecided.candidates} if extra else ()
    for number, line in extra:
        outcome = Outcome.UNCLEAR if line.code in waiting else _EXTRA
        elements.append(_code(outcome, number, line.code, line.code, None, 1))
    for target in missing:
        elements.append(_code(_MISSING, None, target.code, None, target.code, _size(target)))
    return tuple(elements)


def _code(
    outcome: Outcome, line: int | None, code: str, yours: str | None, accepted: str | None, weight: int
) -> Element:
    return _new(name="code", outcome=outcome, line=line, code=code, yours=yours, accepted=accepted, weight=weight)


def _size(line: ClaimLine) -> int:
    """Code and units, each modifier, each diagnosis with its pointer."""
    return 2 + len(line.modifiers) + len(line.diagnoses)


Numbered = tuple[int, ClaimLine]
Paired = tuple[int, ClaimLine, ClaimLine]


def _pair(
    claim: Claim, accepted: Accepted, book: Rulebook
) -> tuple[list[Paired], list[Paired], list[Numbered], list[ClaimLine]]:
    """Lines with the same code, then lines of kindred codes; what remains is extra or missing."""
    left = list(enumerate(claim.lines, start=1))
    pairs: list[Paired] = []
    missing: list[ClaimLine] = []
    for target in accepted.claim.lines:
        same = [entry for entry in left if entry[1].code == target.code]
        if not same:
            missing.append(target)
            continue
        best = same[0] if len(same) == 1 else max(same, key=lambda entry: _likeness(entry[1], target))
        left.remove(best)
        pairs.append((*best, target))
    wrong: list[Paired] = []
    if left and missing:
        for number, line, target in _kin(left, missing, accepted, book):
            if (number, line) in left and target in missing:
                left.remove((number, line))
                missing.remove(target)
                wrong.append((number, line, target))
    return pairs, wrong, left, missing


def _likeness(line: ClaimLine, target: ClaimLine) -> tuple[Any, ...]:
    """How well a line with the right code fits; what it says breaks ties, so that order does not matter."""
    return (
        line.units == target.units,
        len(set(line.modifiers) & set(target.modifiers)) - len(set(line.modifiers) ^ set(target.modifiers)),
        len(set(line.diagnoses) & set(target.diagnoses)) - len(set(line.diagnoses) ^ set(target.diagnoses)),
        *_content(line),
    )


def _content(line: ClaimLine) -> tuple[Any, ...]:
    return (-line.units, line.modifiers, line.diagnoses)


def _kin(left: list[Numbered], missing: list[ClaimLine], accepted: Accepted, book: Rulebook) -> list[Paired]:
    """Pairs in which one code was evidently entered for the other, the closest first."""
    bundled = {code for item in accepted.bundled for code in item.codes}
    ranked = []
    for number, line in left:
        for target in missing:
            shared = _shared(line.code, target.code, book)
            if shared and line.code not in bundled:
                ranked.append((-shared, line.code, target.code, _content(line), number, line, target))
    ranked.sort(key=lambda row: row[:5])
    return [(number, line, target) for *_, number, line, target in ranked]


def _shared(yours: str, accepted: str, book: Rulebook) -> int:
    """How many facet values two codes' selection rules share; a code without a page counts as 1."""
    mine, theirs = book.first(yours, "selection"), book.first(accepted, "selection")
    if theirs is None or mine is None:
        return 0 if book.of(yours) else 1
    same = [
        facet for facet, values in mine.params.facets.items() if set(values) & set(theirs.params.facets.get(facet, ()))
    ]
    return len(same) if "procedure" in same else 0


def _within(
    number: int, line: ClaimLine, target: ClaimLine, optional: tuple[str, ...], encounter: Encounter
) -> list[Element]:
    """The elements of two lines with the same code; ``optional`` are the modifiers that may be there or not."""
    code = target.code
    same = _KEPT if line.units == target.units else _BROKEN
    yours, wanted = str(line.units), str(target.units)
    elements = [
        _new(name="code", outcome=_KEPT, line=number, code=code, yours=code, accepted=code),
        _new(name="units", outcome=same, line=number, code=code, yours=yours, accepted=wanted),
    ]
    for value, outcome in _sides(line.modifiers, target.modifiers):
        spared = outcome is _EXTRA and value in optional
        elements.append(_side("modifier", value, Outcome.OPTIONAL if spared else outcome, number, code))
    for value, outcome in _sides(line.diagnoses, target.diagnoses):
        spared = outcome is _EXTRA and (
            not encounter.diagnoses or (not target.diagnoses and value in encounter.diagnoses)
        )
        elements.append(_side("diagnosis", value, Outcome.OPTIONAL if spared else outcome, number, code))
    return elements


def _side(group: str, value: str, outcome: Outcome, line: int, code: str) -> Element:
    """A value that is on one side, the other, or both."""
    yours = None if outcome is _MISSING else value
    accepted = value if outcome is _KEPT or outcome is _MISSING else None
    return _new(name=f"{group}:{value}", outcome=outcome, line=line, code=code, yours=yours, accepted=accepted)


def _sides(yours: tuple[str, ...], accepted: tuple[str, ...]) -> list[tuple[str, Outcome]]:
    """Every value once, with what became of it; first those that are accepted."""
    if not yours and not accepted:
        return []
    sides = [(value, _KEPT if value in yours else _MISSING) for value in accepted]
    return sides + [(value, _EXTRA) for value in dict.fromkeys(yours) if value not in accepted]
