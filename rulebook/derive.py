"""From the facts of an encounter and the rules of the day to the claims that are acceptable."""

from itertools import islice, product

from rulebook.book import Rulebook
from rulebook.case import Draft, Reading
from rulebook.kinds import KIND
from rulebook.types import Accepted, Claim, Derivation, Encounter, Service, Undecided

#: An encounter whose services could be coded in more ways than this is badly described.
MOST_CLAIMS = 16


def derive(encounter: Encounter, rulebook: Rulebook) -> Derivation:
    """Return every acceptable claim, the preferred first, and the services nobody can decide.

    Nothing acceptable (no service has a code in this rulebook) gives an empty tuple.
    """
    readings = [_read(index, service, encounter, rulebook) for index, service in enumerate(encounter.services)]
    decided = [reading for reading in readings if reading.codes]
    undecided = [reading for reading in readings if not reading.codes]
    accepted: dict[Claim, Accepted] = {}
    still_open: list[Reading] = undecided
    for choice in islice(product(*(reading.codes for reading in decided)), MOST_CLAIMS):
        draft = _draft(encounter, rulebook, decided, choice, undecided)
        if draft.lines:
            still_open = draft.open
            finished = _finish(draft)
            accepted.setdefault(finished.claim, finished)
    return Derivation(
        accepted=tuple(accepted.values()),
        undecided=tuple(
            Undecided(service=reading.index, candidates=reading.candidates, missing=reading.missing)
            for reading in still_open
        ),
    )


def _read(index: int, service: Service, encounter: Encounter, book: Rulebook) -> Reading:
    """Hold one service against every code that could report it; the most specific fit wins."""
    full: dict[str, int] = {}
    partial: dict[str, tuple[str, ...]] = {}
    for rule in book.selectors(service.facets.get("procedure")):
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
    missing = dict.fromkeys(facet for unsaid in partial.values() for facet in unsaid)
    return Reading(index=index, service=service, candidates=tuple(sorted(partial)), missing=tuple(missing))


def _admitted(code: str, encounter: Encounter, book: Rulebook) -> bool:
    return all(KIND[rule.kind].admits(rule.params, encounter) for rule in book.of(code))


def _draft(
    encounter: Encounter, book: Rulebook, decided: list[Reading], choice: tuple[str, ...], undecided: list[Reading]
) -> Draft:
    """Lines for the chosen codes, then bundling, then the codes that cannot stand alone."""
    lines: dict[str, Draft.Line] = {}
    for reading, code in zip(decided, choice, strict=True):
        line = lines.setdefault(code, Draft.Line(code=code, services=[], count=0))
        line.services.append(reading.index)
        line.count += reading.service.count
    draft = Draft(encounter, book, sorted(lines.values(), key=lambda line: _rank(line.code, book)), list(undecided))
    for line in tuple(draft.lines):
        for rule in book.of(line.code):
            if line in draft.lines:
                KIND[rule.kind].bundles(rule, draft)
    for line in tuple(draft.lines):
        if not _stands(line.code, draft.codes - {line.code}, book):
            draft.lines.remove(line)
    return draft


def _rank(code: str, book: Rulebook) -> tuple[bool, str]:
    """Codes that need a primary come after the others; otherwise by number."""
    return (book.first(code, "add-on") is not None, code)


def _stands(code: str, others: frozenset[str], book: Rulebook) -> bool:
    return all(KIND[rule.kind].allows(rule.params, others) for rule in book.of(code))


def _finish(draft: Draft) -> Accepted:
    for line in draft.lines:
        for rule in draft.book.of(line.code):
            KIND[rule.kind].shape(rule.params, line, draft.encounter)
    return Accepted(
        claim=Claim(lines=tuple(line.done() for line in draft.lines)),
        services=tuple(tuple(line.services) for line in draft.lines),
        bundled=tuple(draft.bundled),
    )
