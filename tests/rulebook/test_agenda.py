"""The short cuts of the engine leave nothing out: who is asked, what is remembered, how objects are made."""

from dataclasses import FrozenInstanceError, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given

from rulebook import Claim, Encounter, Finding, Library, Service, derive
from rulebook.case import Case
from rulebook.compare import compare
from rulebook.derive import MOST_REMEMBERED
from rulebook.frozen import quick
from rulebook.kinds import KIND
from rulebook.kinds.base import fits, match_facets
from rulebook.types import Category, Citation, Outcome, Severity
from tests.rulebook.builders import selects
from tests.rulebook.strategies import Scene, answered, scenes
from tests.rulebook.test_laws import law

# Who is asked ------------------------------------------------------------------------------


@law
@given(answered())
def test_kind_that_is_not_asked_would_have_said_nothing(answer: tuple[Scene, Claim]) -> None:
    scene, claim = answer
    for accepted in scene.derivation.accepted:
        elements = compare(claim, accepted, scene.encounter, scene.book)
        case = Case(encounter=scene.encounter, book=scene.book, claim=claim, accepted=accepted, elements=elements)
        codes = {line.code for line in (*claim.lines, *accepted.claim.lines)}
        for rule in [rule for code in codes for rule in scene.book.of(code)]:
            about = KIND[rule.kind].about
            if about is not None and not case.has(rule.code, about):
                assert list(KIND[rule.kind].check(rule, case)) == []


@law
@given(scenes())
def test_index_finds_the_rules_that_no_facet_contradicts(scene: Scene) -> None:
    rules = [rule for code in scene.book.rules for rule in scene.book.of(code, "selection")]
    for service in scene.encounter.services:
        found = scene.book.agenda.selectors.not_contradicted(service.facets)
        expected = [rule for rule in rules if not match_facets(rule.params.facets, service).contradicts]
        assert sorted(rule.id for rule in found) == sorted(rule.id for rule in expected)


@law
@given(scenes())
def test_service_fits_when_every_facet_does(scene: Scene) -> None:
    wanted = [rule.params.facets for code in scene.book.rules for rule in scene.book.of(code, "selection")]
    for service in scene.encounter.services:
        assert all(fits(facets, service) is match_facets(facets, service).full for facets in wanted)


# What is remembered ---------------------------------------------------------------------------

BONE = Service(facets={"procedure": "ablation", "site": "bone"})
DAY = Encounter(date_of_service=date(2024, 3, 1), services=(BONE,))
LIBRARY = Library(codes=(), rules=[selects("X1001", procedure="ablation", site="bone")])


def test_same_facts_are_derived_once() -> None:
    book = LIBRARY.on(DAY.date_of_service)
    turned = replace(DAY, services=(Service(facets={"site": "bone", "procedure": "ablation"}),))
    assert derive(turned, book) is derive(DAY, book)


@pytest.mark.parametrize(
    "other",
    [
        replace(DAY, services=(replace(BONE, count=2),)),
        replace(DAY, services=(Service(facets={"procedure": "ablation", "site": "lung"}),)),
        replace(DAY, documented=frozenset()),
        replace(DAY, diagnoses=("C79.51",)),
    ],
)
def test_other_facts_are_derived_anew(other: Encounter) -> None:
    book = LIBRARY.on(DAY.date_of_service)
    assert derive(other, book) is not derive(DAY, book)


def test_encounters_that_share_a_hash_are_not_confused() -> None:
    book = Library(codes=(), rules=LIBRARY.rules).on(DAY.date_of_service)
    other = replace(DAY, services=(Service(facets={"procedure": "biopsy"}),))
    right = derive(DAY, book)
    book.derived[hash(DAY)] = (other, derive(other, book))
    assert derive(DAY, book) == right


def test_each_library_remembers_its_own() -> None:
    other = Library(codes=(), rules=[selects("X1002", procedure="ablation", site="bone")])
    codes = [derive(DAY, one.on(DAY.date_of_service)).accepted[0].claim.lines[0].code for one in (LIBRARY, other)]
    assert codes == ["X1001", "X1002"]


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    book = Library(codes=(), rules=LIBRARY.rules).on(DAY.date_of_service)
    for days in range(MOST_REMEMBERED + 2):
        derive(replace(DAY, date_of_service=DAY.date_of_service + timedelta(days=days)), book)
        assert len(book.derived) <= MOST_REMEMBERED


def test_rulebook_can_forget() -> None:
    book = LIBRARY.on(DAY.date_of_service)
    before = derive(DAY, book)
    book.forget()
    assert derive(DAY, book) is not before
    assert derive(DAY, book) == before


# How objects are made -------------------------------------------------------------------------

SAID: dict[str, Any] = {
    "rule": "X1001/units", "kind": "units", "outcome": Outcome.KEPT, "severity": Severity.INFORMATIVE,
    "category": Category.UNITS, "element": "units", "line": 1, "code": "X1001", "yours": "1", "accepted": "1",
    "facts": (), "why": "One.", "fix": "", "cites": Citation(code="X1001", section="billing"),
}  # fmt: skip


def test_quickly_made_object_is_the_same_as_one_of_the_class() -> None:
    made = quick(Finding)(**SAID)
    assert type(made) is Finding
    assert made == Finding(**SAID)
    assert hash(made) == hash(Finding(**SAID))
    assert replace(made, line=2) == Finding(**{**SAID, "line": 2})


def test_quickly_made_object_is_frozen() -> None:
    made = quick(Finding)(**SAID)
    with pytest.raises(FrozenInstanceError):
        made.line = 2  # type: ignore[misc]


def test_quickly_made_object_has_the_defaults_of_its_class() -> None:
    assert quick(Service)(facets={"site": "bone"}) == Service(facets={"site": "bone"}, count=1)


def test_field_that_is_forgotten_or_unknown_is_refused() -> None:
    with pytest.raises(TypeError):
        quick(Service)(count=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        quick(Service)(facets={}, colour="red")  # type: ignore[call-arg]
