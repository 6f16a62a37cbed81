"""From the facts of an encounter and the rules of the day to the claims that are acceptable."""

from dataclasses import replace
from itertools import product
from math import prod
from operator import attrgetter
from typing import Any

from rulebook.agenda import Agenda
from rulebook.book import Rulebook
from rulebook.case import Draft, Reading
from rulebook.frozen import quick
from rulebook.granted import same_case
from rulebook.types import Accepted, Claim, Derivation, EarlierProcedure, Encounter, Service, Undecided

#: An encounter whose services could be coded in more ways than this leaves some undecided.
MOST_CLAIMS = 256
#: A rulebook that remembers as many encounters begins again; that is simple, and safe between threads.
MOST_REMEMBERED = 1024

_new_reading, _new_draft, _new_line = quick(Reading), quick(Draft), quick(Draft.Line)
_new_accepted, _new_claim, _new_derivation = quick(Accepted), quick(Claim), quick(Derivation)

_codes = attrgetter("codes")

Chosen = list[tuple[Reading, str]]


def derive(encounter: Encounter, rulebook: Rulebook) -> Derivation:
    """Return every acceptable claim, the preferred first, the services nobody can decide, and what is granted besides.

    Nothing acceptable (no service has a code in this rulebook) gives an empty tuple. Where an
    earlier procedure includes all that was done, the acceptable claim is one without lines.
    The rulebook remembers what follows from an encounter, up to a number of them.
    """
    number = hash(encounter)
    known = rulebook.derived.get(number)
    if known is not None and (known[0] is encounter or known[0] == encounter):
        return known[1]
    derivation = _derive(encounter, rulebook)
    if rulebook.granted and derivation.accepted:
        derivation = replace(derivation, granted=rulebook.granted.get(same_case(encounter), ()))
    if len(rulebook.derived) >= MOST_REMEMBERED:
        rulebook.derived.clear()
    rulebook.derived[number] = (encounter, derivation)
    return derivation


def _derive(encounter: Encounter, rulebook: Rulebook) -> Derivation:
    decided: list[Reading] = []
    undecided: list[Reading] = []
    for index, service in enumerate(encounter.services):
        reading = _read(index, service, encounter, rulebook.agenda)
        (decided if reading.codes else undecided).append(reading)
    decided = _in_order(decided)
    _leave_vague_open(decided, undecided)
    ways = list(product(*map(_codes, decided)))
    drafts = [_draft(encounter, rulebook, list(zip(decided, way, strict=True)), undecided) for way in ways]
    accepted: list[Accepted] = []
    for draft in drafts:
        if draft.lines or draft.bundled:
            accepted += _finish(draft, MOST_CLAIMS // len(ways))
    claims = _each_once(accepted)
    return _new_derivation(accepted=claims, undecided=claims[0].undecided if claims else _waiting(drafts[0]))


def _each_once(accepted: list[Accepted]) -> tuple[Accepted, ...]:
    """Of those with the same claim the first."""
    if len(accepted) < 2:
        return tuple(accepted)
    claims: dict[Claim, Accepted] = {}
    for one in accepted:
        claims.setdefault(one.claim, one)
    return tuple(claims.values())


def _leave_vague_open(decided: list[Reading], undecided: list[Reading]) -> None:
    """Where an encounter could be coded in too many ways, the services with the most codes stay undecided."""
    while prod(map(len, map(_codes, decided))) > MOST_CLAIMS:
        vague = max(decided, key=lambda reading: len(reading.codes))
        decided.remove(vague)
        undecided.append(_new_reading(index=vague.index, service=vague.service, candidates=vague.codes))


def _waiting(draft: Draft) -> tuple[Undecided, ...]:
    """The services of a draft that no rule decided, in the order of the note."""
    if not draft.open:
        return ()
    in_order = sorted(draft.open, key=lambda reading: reading.index)
    return tuple([Undecided(service=one.index, candidates=one.candidates, missing=one.missing) for one in in_order])


def _in_order(readings: list[Reading]) -> list[Reading]:
    """An order that does not depend on the order of the note: by codes, and where these are the same by facts."""
    if len(readings) < 2:
        return readings
    alike = len(set(map(_codes, readings))) < len(readings)
    return sorted(readings, key=_said if alike else _codes)


def _said(reading: Reading) -> tuple[Any, ...]:
    """What a service says."""
    return (reading.codes, sorted(reading.service.facets.items()), reading.service.count)


def _read(index: int, service: Service, encounter: Encounter, agenda: Agenda) -> Reading:
    """Hold one service against every code that could report it; the most specific fit wins."""
    facets = service.facets
    most = 0
    codes: set[str] = set()
    partial: dict[str, list[str]] = {}
    for rule in agenda.selectors.not_contradicted(facets):
        wanted = rule.params.facets
        if wanted.keys() <= facets.keys():
            if len(wanted) >= most and _admitted(rule.code, encounter, agenda):
                codes = {rule.code} if len(wanted) > most else codes | {rule.code}
                most = len(wanted)
        elif not codes and not wanted.keys().isdisjoint(facets) and _admitted(rule.code, encounter, agenda):
            partial[rule.code] = [facet for facet in wanted if facet not in facets]
    if codes:
        return _new_reading(index=index, service=service, codes=tuple(sorted(codes)))
    missing = sorted({facet for unsaid in partial.values() for facet in unsaid})
    return _new_reading(index=index, service=service, candidates=tuple(sorted(partial)), missing=tuple(missing))


def _admitted(code: str, encounter: Encounter, agenda: Agenda) -> bool:
    for kind, rule in agenda.admits.get(code, ()):  # noqa: SIM110 a generator costs more than the question
        if not kind.admits(rule.params, encounter):
            return False
    return True


def _stands(code: str, others: frozenset[str], agenda: Agenda) -> bool:
    return all(kind.allows(rule.params, others) for kind, rule in agenda.allows.get(code, ()))


def _draft(encounter: Encounter, book: Rulebook, chosen: Chosen, undecided: list[Reading]) -> Draft:
    """The lines for the chosen codes after bundling, without the codes that cannot stand there.

    A code that falls takes nothing with it, so the draft is begun again without it.
    """
    draft = _bundled(encounter, book, chosen, undecided)
    if book.agenda.changing.isdisjoint(draft.codes):
        return draft
    fallen: set[str] = set()
    while falling := {code for code in draft.codes if not _stands(code, draft.codes - {code}, book.agenda)}:
        fallen |= falling
        draft = _bundled(encounter, book, [pair for pair in chosen if pair[1] not in fallen], undecided)
    if fallen:
        _let_wait(draft, chosen, fallen)
    _extend(draft)
    return draft


def _let_wait(draft: Draft, chosen: Chosen, fallen: set[str]) -> None:
    """Where the companion of a fallen code may yet be an undecided service, it waits with that."""
    possible = draft.codes | {code for reading in draft.open for code in reading.candidates}
    for reading, code in chosen:
        if code in fallen and _stands(code, possible, draft.book.agenda):
            draft.open.append(Reading(index=reading.index, service=reading.service, candidates=(code,)))


def _extend(draft: Draft) -> None:
    """Lines that other lines bring along, as far as their codes may be used in this encounter."""
    agenda = draft.book.agenda
    before = draft.codes
    for line in tuple(draft.lines):
        for kind, rule in agenda.extends.get(line.code, ()):
            kind.extends(rule, draft)
    for line in tuple(draft.lines):
        others = draft.codes - {line.code}
        fits = _admitted(line.code, draft.encounter, agenda) and _stands(line.code, others, agenda)
        if line.code not in before and not fits:
            draft.lines.remove(line)


def _bundled(encounter: Encounter, book: Rulebook, chosen: Chosen, undecided: list[Reading]) -> Draft:
    """One line for each code, then every rule takes off what its code includes, on this claim or an earlier one."""
    agenda = book.agenda
    lines = _lines(chosen, agenda)
    draft = _new_draft(encounter=encounter, book=book, lines=lines, open=list(undecided), bundled=[])
    for line in tuple(lines):
        for kind, rule in agenda.bundles.get(line.code, ()):
            if line in lines:
                kind.bundles(rule, draft)
    if encounter.earlier:
        for index in _latest_first(encounter.earlier):
            for kind, rule in agenda.follows.get(encounter.earlier[index].code, ()):
                kind.follows(rule, index, draft)
    return draft


def _lines(chosen: Chosen, agenda: Agenda) -> list[Draft.Line]:
    """One line for each code, in the order in which they stand on a claim."""
    lines: dict[str, Draft.Line] = {}
    for reading, code in chosen:
        if code not in lines:
            lines[code] = _new_line(code=code, services=[], count=0)
        line = lines[code]
        line.services.append(reading.index)
        line.count += reading.service.count
    return list(map(lines.__getitem__, sorted(lines, key=agenda.rank.__getitem__)))


def _latest_first(earlier: tuple[EarlierProcedure, ...]) -> list[int]:
    """An order that does not depend on the order in which they are written."""
    return sorted(range(len(earlier)), key=lambda index: (earlier[index].date, earlier[index].code), reverse=True)


def _finish(draft: Draft, most: int) -> list[Accepted]:
    """The claims of a draft, at most so many; the preferred first."""
    agenda = draft.book.agenda
    for line in draft.lines:
        for kind, rule in agenda.shape.get(line.code, ()):
            kind.shape(rule.params, line, draft)
        for kind, rule in agenda.refine.get(line.code, ()):
            kind.refine(rule.params, line, draft)
    choices = _choices(draft, most)
    services, optional = [], []
    for line in draft.lines:
        services.append(tuple(sorted(line.services)))
        optional.append(line.optional)
    return [
        _new_accepted(
            claim=_new_claim(lines=tuple(map(Draft.Line.done, draft.lines, chosen))),
            services=tuple(services),
            optional=tuple(optional),
            bundled=tuple(draft.bundled),
            undecided=_waiting(draft),
        )
        for chosen in product(*choices)
    ]


_NOTHING_TO_CHOOSE: tuple[tuple[str, ...], ...] = ((),)


def _choices(draft: Draft, most: int) -> list[tuple[tuple[str, ...], ...]]:
    """For each line the modifiers that it may choose from; one empty choice where there is nothing to choose.

    Where that would make too many claims, the modifiers are optional instead: nobody is called wrong for either.
    """
    choices: list[tuple[tuple[str, ...], ...]] = []
    for line in draft.lines:
        found = _choice(line, draft) if line.code in draft.book.agenda.alternatives else ()
        if len(found) > 1 and prod(map(len, choices)) * len(found) > most:
            line.optional = tuple(sorted({*line.optional, *(modifier for one in found for modifier in one)}))
            found = ()
        choices.append(found or _NOTHING_TO_CHOOSE)
    return choices


def _choice(line: Draft.Line, draft: Draft) -> tuple[tuple[str, ...], ...]:
    """What one line may choose from; nothing where it has one of them already."""
    asked = draft.book.agenda.alternatives[line.code]
    found = dict.fromkeys([one for kind, rule in asked for one in kind.alternatives(rule.params, line, draft)])
    return () if any(set(one) <= set(line.modifiers) for one in found) else tuple(found)
