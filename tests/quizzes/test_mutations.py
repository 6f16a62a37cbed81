"""Every published scenario: the derived claim is clean, and no single change of it goes unnoticed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from codes.library import library
from codes.phrasebook import phrasebook
from quizzes.asking import Source
from quizzes.models import Scenario
from rulebook import Claim, ClaimLine, Encounter, Library, derive, grade
from rulebook.case_format import read_encounter
from rulebook.kinds import KINDS as ALL_KINDS
from rulebook.mistakes import mistakes as made
from rulebook.types import Grade, Outcome
from rulebook.variants import minimal_pairs, variants

Change = tuple[str, str, Claim]
#: The add-on whose list of primaries is complete.
SECTIONS = "77063/add-on"

#: Those of which the library has rules; the others come from files that an installation loads.
KINDS = [kind for kind in ALL_KINDS if not kind.from_files]


def changes(claim: Claim, numbers: list[str]) -> Iterator[Change]:
    """(element, what was done, the changed claim) for each single-element change."""
    for place, line in enumerate(claim.lines):
        for other in [number for number in numbers if number not in {one.code for one in claim.lines}][:3]:
            yield "code", f"{other} for {line.code}", swapped(claim, place, replace(line, code=other))
        yield "units", "one unit more", swapped(claim, place, replace(line, units=line.units + 1))
        more = "22" if "52" in line.modifiers else "52"
        yield (
            f"modifier:{more}",
            "a modifier more",
            swapped(claim, place, replace(line, modifiers=(*line.modifiers, more))),
        )
        for modifier in line.modifiers:
            rest = tuple(one for one in line.modifiers if one != modifier)
            yield f"modifier:{modifier}", "a modifier less", swapped(claim, place, replace(line, modifiers=rest))
        for code in line.diagnoses:
            rest = tuple(one for one in line.diagnoses if one != code)
            yield f"diagnosis:{code}", "a diagnosis less", swapped(claim, place, replace(line, diagnoses=rest))
        if line.diagnoses:
            diagnoses = (*line.diagnoses, "Z99.89")
            yield "diagnosis:Z99.89", "a diagnosis more", swapped(claim, place, replace(line, diagnoses=diagnoses))
        yield "code", "a line less", Claim(lines=claim.lines[:place] + claim.lines[place + 1 :])
    extra = next(number for number in numbers if number not in {one.code for one in claim.lines})
    yield "code", "a line more", Claim(lines=(*claim.lines, ClaimLine(code=extra)))


def swapped(claim: Claim, place: int, line: ClaimLine) -> Claim:
    return Claim(lines=(*claim.lines[:place], line, *claim.lines[place + 1 :]))


def noticed(graded: Grade, element: str) -> bool:
    return any(finding.element == element and finding.outcome is not Outcome.KEPT for finding in graded.findings)


@pytest.fixture
def published(starter_library: None) -> list[tuple[str, Encounter]]:
    return [(str(one), read_encounter(one.encounter)) for one in Scenario.objects.live().select_related("code")]


@pytest.fixture
def generated(published: list[tuple[str, Encounter]]) -> list[tuple[str, Encounter]]:
    """At least two thousand variants that follow from the scenarios and have a clean claim."""
    pages, found = library(), []
    for seed in range(1, 10):
        found += [
            (f"{name}, seed {seed}", one) for name, base in published for one in clean_variants(base, pages, seed)
        ]
        if len(found) >= 2000:
            break
    return found


def clean_variants(base: Encounter, pages: Library, seed: int) -> Iterator[Encounter]:
    for variant in variants(base, pages, seed):
        if not variant.derivation.undecided and variant.derivation.accepted:
            claim = variant.derivation.accepted[0].claim
            if grade(claim, variant.encounter, variant.book, variant.derivation).clean:
                yield variant.encounter


def caught(cases: list[tuple[str, Encounter]]) -> tuple[int, list[str]]:
    """How many changes were tried, and those that no finding on their element speaks of."""
    pages = library()
    numbers = sorted(pages.codes)
    tried, missed = 0, []
    for name, encounter in cases:
        book = pages.on(encounter.date_of_service)
        derivation = derive(encounter, book)
        accepted = [one.claim for one in derivation.accepted]
        for element, what, changed in changes(accepted[0], numbers):
            if changed not in accepted:
                tried += 1
                if not noticed(grade(changed, encounter, book, derivation), element):
                    missed.append(f"{name}: {what}")
        for element, what, moved in moves(accepted[0], encounter, pages):
            tried += 1
            if not noticed(grade(accepted[0], moved, pages.on(moved.date_of_service)), element):
                missed.append(f"{name}: {what}")
    print(f"{tried} single-element changes of {len(cases)} cases, {tried - len(missed)} caught")
    return tried, missed


def moves(claim: Claim, encounter: Encounter, pages: Library) -> Iterator[tuple[str, str, Encounter]]:
    """The same claim for a date of service on which one of its codes is not valid."""
    book = pages.on(encounter.date_of_service)
    for line in claim.lines:
        for rule in book.of(line.code, "validity"):
            if rule.params.from_:
                yield "code", "too early", replace(encounter, date_of_service=rule.params.from_ - timedelta(days=1))
            if rule.params.to:
                yield "code", "too late", replace(encounter, date_of_service=rule.params.to + timedelta(days=1))


def test_each_single_change_of_a_published_claim_is_caught(published: list[tuple[str, Encounter]]) -> None:
    tried, missed = caught(published)
    assert tried > 1000
    assert not missed


def test_each_single_change_of_a_generated_claim_is_caught(generated: list[tuple[str, Encounter]]) -> None:
    assert len(generated) >= 2000
    tried, missed = caught(generated)
    assert tried > 10_000
    assert not missed[:20]


def test_each_derived_claim_is_clean(published: list[tuple[str, Encounter]]) -> None:
    pages = library()
    for name, encounter in published:
        book = pages.on(encounter.date_of_service)
        for accepted in derive(encounter, book).accepted:
            assert grade(accepted.claim, encounter, book).clean, name


def test_each_rule_kind_is_at_stake_in_three_scenarios(published: list[tuple[str, Encounter]]) -> None:
    """At stake: the kind has something to say of the accepted claim, or of a mistake that the case invites."""
    pages = library()
    counts: Counter[str] = Counter()
    for _, encounter in published:
        book = pages.on(encounter.date_of_service)
        derivation = derive(encounter, book)
        graded = grade(derivation.accepted[0].claim, encounter, book, derivation)
        counts.update(
            {one.kind for one in graded.findings} | {one.rule.kind for one in made(encounter, book, derivation)}
        )
    assert not {kind.id: counts[kind.id] for kind in KINDS if counts[kind.id] < 3}


def test_each_rule_kind_has_a_minimal_pair_with_the_opposite_outcome(published: list[tuple[str, Encounter]]) -> None:
    pages = library()
    kind_of = {rule.id: rule.kind for rule in pages.rules}
    found: dict[str, str] = {}
    for name, encounter in published:
        for seed in (1, 2, 3):
            for pair in minimal_pairs(encounter, pages, seed):
                if pair.flips and len(pair.changes) == 1:
                    found.setdefault(kind_of[pair.rule], f"{name}: {pair.changes[0]}")
        if len(found) == len(KINDS):
            break
    assert not {kind.id for kind in KINDS} - set(found)


def test_add_on_speaks_where_its_primary_is_and_where_it_is_not(published: list[tuple[str, Encounter]]) -> None:
    pages, kept, tempting = library(), [], []
    for name, encounter in published:
        book = pages.on(encounter.date_of_service)
        derivation = derive(encounter, book)
        graded = grade(derivation.accepted[0].claim, encounter, book, derivation)
        kept += [name for one in graded.findings if one.rule == SECTIONS]
        tempting += [name for one in made(encounter, book, derivation) if one.rule.id == SECTIONS]
    assert len(kept) >= 3
    assert len(tempting) >= 3
    assert not set(kept) & set(tempting)


def test_one_fact_of_the_primary_takes_the_add_on_off(published: list[tuple[str, Encounter]]) -> None:
    pages = library()
    pairs = [one for _, encounter in published for one in minimal_pairs(encounter, pages, 1, "add-on")]
    about = [pair for pair in pairs if pair.rule == SECTIONS]
    assert len(about) >= 3
    for pair in about:
        assert pair.flips
        assert [(one.before, one.after) for one in pair.changes] == [("screening", "diagnostic")]


def test_a_minimal_pair_about_the_add_on_is_asked(published: list[tuple[str, Encounter]]) -> None:
    sections = Scenario.objects.live().filter(code__number=SECTIONS[:5]).select_related("code")
    sources = [Source(scenario=one, library=library(), phrases=phrasebook()) for one in sections]
    pairs = (one for seed in range(5) for source in sources for one in source.candidates(seed))
    assert any(one.format.id == "minimal-pair" and one.key["rule"] == SECTIONS and not one.reasons for one in pairs)
