"""Every published scenario: the derived claim is clean, and no single change of it goes unnoticed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from codes.library import library
from quizzes.models import Scenario
from rulebook import Claim, ClaimLine, Encounter, Library, derive, grade
from rulebook.case_format import read_encounter
from rulebook.kinds import KINDS
from rulebook.types import Grade, Outcome

Change = tuple[str, str, Claim]


def changes(claim: Claim, numbers: list[str]) -> Iterator[Change]:
    """(element, what was done, the changed claim) for each single-element change."""
    for place, line in enumerate(claim.lines):
        for other in [number for number in numbers if number not in {one.code for one in claim.lines}][:3]:
            yield "code", f"{other} for {line.code}", swapped(claim, place, replace(line, code=other))
        yield "units", "one unit more", swapped(claim, place, replace(line, units=line.units + 1))
        yield "modifier:52", "a modifier more", swapped(claim, place, replace(line, modifiers=(*line.modifiers, "52")))
        for modifier in line.modifiers:
            rest = tuple(one for one in line.modifiers if one != modifier)
            yield f"modifier:{modifier}", "a modifier less", swapped(claim, place, replace(line, modifiers=rest))
        for code in line.diagnoses:
            rest = tuple(one for one in line.diagnoses if one != code)
            yield f"diagnosis:{code}", "a diagnosis less", swapped(claim, place, replace(line, diagnoses=rest))
        if line.diagnoses:
            more = (*line.diagnoses, "Z99.89")
            yield "diagnosis:Z99.89", "a diagnosis more", swapped(claim, place, replace(line, diagnoses=more))
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


def claims_of(encounter: Encounter, pages: Library) -> tuple[Claim, ...]:
    return tuple(accepted.claim for accepted in derive(encounter, pages.on(encounter.date_of_service)).accepted)


def test_each_single_change_of_a_derived_claim_is_noticed(published: list[tuple[str, Encounter]]) -> None:
    pages = library()
    numbers = sorted(pages.codes)
    tried, missed = 0, []
    for name, encounter in published:
        book = pages.on(encounter.date_of_service)
        accepted = claims_of(encounter, pages)
        for element, what, changed in changes(accepted[0], numbers):
            if changed in accepted:
                continue
            tried += 1
            if not noticed(grade(changed, encounter, book), element):
                missed.append(f"{name}: {what}")
    print(f"{tried} single-element changes of {len(published)} scenarios, {tried - len(missed)} noticed")
    assert tried > 500
    assert not missed


def test_each_derived_claim_is_clean(published: list[tuple[str, Encounter]]) -> None:
    pages = library()
    for name, encounter in published:
        book = pages.on(encounter.date_of_service)
        for claim in claims_of(encounter, pages):
            assert grade(claim, encounter, book).clean, name


def test_each_rule_kind_is_at_stake_in_three_scenarios(published: list[tuple[str, Encounter]]) -> None:
    pages = library()
    counts: Counter[str] = Counter()
    for _, encounter in published:
        book = pages.on(encounter.date_of_service)
        accepted = derive(encounter, book).accepted[0]
        codes = {line.code for line in accepted.claim.lines} | {c for one in accepted.bundled for c in one.codes}
        counts.update({rule.kind for code in codes for rule in book.of(code)})
    assert not {kind.id: counts[kind.id] for kind in KINDS if counts[kind.id] < 3}


def test_a_date_before_the_code_is_noticed(published: list[tuple[str, Encounter]]) -> None:
    pages = library()
    tried = 0
    for name, encounter in published:
        claim = claims_of(encounter, pages)[0]
        starts = [
            rule.params.from_
            for line in claim.lines
            for rule in pages.on(encounter.date_of_service).of(line.code, "validity")
        ]
        for day in filter(None, starts):
            early = replace(encounter, date_of_service=day - timedelta(days=1))
            tried += 1
            assert noticed(grade(claim, early, pages.on(early.date_of_service)), "code"), name
    assert tried
