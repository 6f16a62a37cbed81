"""From the facts of an encounter and the rules of the day to the claims that are acceptable."""

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any

from rulebook.book import Rulebook
from rulebook.case import Draft, Reading
from rulebook.kinds import KIND, KINDS, Kind
from rulebook.types import Accepted, Claim, Derivation, Encounter, Service, Undecided


def _having(hook: str) -> frozenset[str]:
    """The kinds that have something to say at a step; the others are not asked."""
    return frozenset(kind.id for kind in KINDS if getattr(type(kind), hook) is not getattr(Kind, hook))


_ADMITTING, _BUNDLING, _ALLOWING = map(_having, ("admits", "bundles", "allows"))
_EXTENDING, _SHAPING, _REFINING = map(_having, ("extends", "shape", "refine"))

#: An encounter whose services could be coded in more ways than this leaves some undecided.
MOST_CLAIMS = 256


def derive(encounter: Encounter, rulebook: Rulebook) -> Derivation:
    """Return every acceptable claim, the preferred first, and the services nobody can decide.

    Nothing acceptable (no service has a code in this rulebook) gives an empty tuple.
    """
    readings = [_read(index, service, encounter, rulebook) for index, service in enumerate(encounter.services)]
    decided = sorted((reading for reading in readings if reading.codes), key=_said)
    undecided = [reading for reading in readings if not reading.codes]
    while prod(len(reading.codes) for reading in decided) > MOST_CLAIMS:
        vague = max(decided, key=lambda reading: len(reading.codes))
        decided.remove(vague)
        undecided.append(Reading(index=vague.index, service=vague.service, candidates=vague.codes))
    drafts = [
        _draft(encounter, rulebook, decided, choice, undecided)
        for choice in product(*(reading.codes for reading in decided))
    ]
    accepted: dict[Claim, Accepted] = {}
    for draft in drafts:
        if draft.lines:
            finished = _finish(draft)
            accepted.setdefault(finished.claim, finished)
    preferred = next(iter(accepted.values()), None)
    return Derivation(
        accepted=tuple(accepted.values()),
        undecided=preferred.undecided if preferred else _waiting(drafts[0]),
    )


def _waiting(draft: Draft) -> tuple[Undecided, ...]:
    """The services of a draft that no rule decided, in the order of the note."""
    return tuple(
        Undecided(service=reading.index, candidates=reading.candidates, missing=reading.missing)
        for reading in sorted(draft.open, key=lambda reading: reading.index)
    )


def _said(reading: Reading) -> tuple[Any, ...]:
    """What a service says, for an order that does not depend on the order of the note."""
    return (reading.codes, sorted(reading.service.facets.items()), reading.service.count)


def _read(index: int, service: Service, encounter: Encounter, book: Rulebook) -> Reading:
    """Hold one service against every code that could report it; the most specific fit wins."""
    full: dict[str, int] = {}
    partial: dict[str, tuple[str, ...]] = {}
    for rule in book.selectors(service.facets.get("procedure")):
        if _elsewhere(rule.params.facets, service.facets):
            continue
        match = KIND[rule.kind].match(rule.params, service)
        if match is None or match.contradicts or not _admitted(rule.code, encounter, book):
            continue
        if match.full:
            full[rule.code] = max(len(match.fits), full.get(rule.code, 0))
        elif match.fits:
            partial[rule.code] = match.unsaid
    if full:
        best = max(full.values())
        return Reading(index=index, service=service, codes=tuple(sorted(c for c, n in full.items() if n == best)))
    missing = sorted({facet for unsaid in partial.values() for facet in unsaid})
    return Reading(index=index, service=service, candidates=tuple(sorted(partial)), missing=tuple(missing))


def _elsewhere(wanted: Mapping[str, tuple[str, ...]], has: Mapping[str, str]) -> bool:
    """Whether some facet contradicts: the cheap look before the careful one."""
    return any(facet in has and has[facet] not in values for facet, values in wanted.items())


def _admitted(code: str, encounter: Encounter, book: Rulebook) -> bool:
    rules = (rule for rule in book.of(code) if rule.kind in _ADMITTING)
    return all(KIND[rule.kind].admits(rule.params, encounter) for rule in rules)


def _draft(
    encounter: Encounter, book: Rulebook, decided: list[Reading], choice: tuple[str, ...], undecided: list[Reading]
) -> Draft:
    """The lines for the chosen codes after bundling, without the codes that cannot stand there.

    A code that falls takes nothing with it, so the draft is begun again without it. Where
    its companion may yet be an undecided service, it waits with that.
    """
    chosen = list(zip(decided, choice, strict=True))
    fallen: set[str] = set()
    while True:
        draft = _bundled(encounter, book, [pair for pair in chosen if pair[1] not in fallen], undecided)
        falling = {line.code for line in draft.lines if not _stands(line.code, draft.codes - {line.code}, book)}
        if not falling:
            break
        fallen |= falling
    possible = draft.codes | {code for reading in draft.open for code in reading.candidates}
    for reading, code in chosen:
        if code in fallen and _stands(code, possible, book):
            draft.open.append(Reading(index=reading.index, service=reading.service, candidates=(code,)))
    _extend(draft)
    return draft


def _extend(draft: Draft) -> None:
    """Lines that other lines bring along, as far as their codes may be used in this encounter."""
    before = draft.codes
    for line in tuple(draft.lines):
        for rule in draft.book.of(line.code):
            if rule.kind in _EXTENDING:
                KIND[rule.kind].extends(rule, draft)
    for line in tuple(draft.lines):
        others = draft.codes - {line.code}
        fits = _admitted(line.code, draft.encounter, draft.book) and _stands(line.code, others, draft.book)
        if line.code not in before and not fits:
            draft.lines.remove(line)


def _bundled(
    encounter: Encounter, book: Rulebook, chosen: list[tuple[Reading, str]], undecided: list[Reading]
) -> Draft:
    """One line for each code, then every rule takes off what its code includes."""
    lines: dict[str, Draft.Line] = {}
    for reading, code in chosen:
        line = lines.setdefault(code, Draft.Line(code=code, services=[], count=0))
        line.services.append(reading.index)
        line.count += reading.service.count
    draft = Draft(encounter, book, sorted(lines.values(), key=lambda line: _rank(line.code, book)), list(undecided))
    for line in tuple(draft.lines):
        for rule in book.of(line.code):
            if rule.kind in _BUNDLING and line in draft.lines:
                KIND[rule.kind].bundles(rule, draft)
    return draft


def _rank(code: str, book: Rulebook) -> tuple[bool, str]:
    """Codes that need a primary come after the others; otherwise by number."""
    return (book.first(code, "add-on") is not None, code)


def _stands(code: str, others: frozenset[str], book: Rulebook) -> bool:
    rules = (rule for rule in book.of(code) if rule.kind in _ALLOWING)
    return all(KIND[rule.kind].allows(rule.params, others) for rule in rules)


def _finish(draft: Draft) -> Accepted:
    for line in draft.lines:
        for rule in draft.book.of(line.code):
            if rule.kind in _SHAPING:
                KIND[rule.kind].shape(rule.params, line, draft)
        for rule in draft.book.of(line.code):
            if rule.kind in _REFINING:
                KIND[rule.kind].refine(rule.params, line, draft)
    return Accepted(
        claim=Claim(lines=tuple(line.done() for line in draft.lines)),
        services=tuple(tuple(sorted(line.services)) for line in draft.lines),
        bundled=tuple(draft.bundled),
        undecided=_waiting(draft),
    )
