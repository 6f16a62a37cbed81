"""What could go wrong with a claim: each mistake is caught by the rule it was made for."""

from typing import Any

import pytest
from hypothesis import given

from rulebook import Library, derive
from rulebook.case_format import read_case
from rulebook.kinds import KINDS, Kind, Specimen
from rulebook.mistakes import mistakes
from rulebook.types import Outcome
from tests.rulebook.strategies import Scene, codable_scenes
from tests.rulebook.test_laws import law, marked


@law
@given(codable_scenes())
def test_each_mistake_is_caught_by_its_own_rule(scene: Scene) -> None:
    for mistake in mistakes(scene.encounter, scene.book, scene.derivation):
        result = marked(scene, mistake.claim)
        assert mistake.claim not in scene.claims
        assert mistake.finding in result.findings
        assert (mistake.finding.rule, mistake.clean) == (mistake.rule.id, result.clean)
        assert mistake.finding.outcome not in (Outcome.KEPT, Outcome.OPTIONAL, Outcome.UNCLEAR)


@law
@given(codable_scenes())
def test_no_mistake_is_named_twice(scene: Scene) -> None:
    claims = [mistake.claim for mistake in mistakes(scene.encounter, scene.book, scene.derivation)]
    assert len(claims) == len(set(claims))


def made(kind: Kind[Any], specimen: Specimen) -> set[str]:
    """The kinds of the mistakes that a specimen's encounter invites."""
    encounter, _ = read_case(specimen.case)
    book = Library(codes=specimen.codes, rules=specimen.rules).on(encounter.date_of_service)
    return {mistake.rule.kind for mistake in mistakes(encounter, book, derive(encounter, book))}


#: What the note shows is no choice of the coder, so no claim can get it wrong.
NOT_OF_THE_CLAIM = {"documentation"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.id not in NOT_OF_THE_CLAIM], ids=lambda kind: kind.id)
def test_each_kind_knows_the_mistake_it_is_there_for(kind: Kind[Any]) -> None:
    assert any(kind.id in made(kind, specimen) for specimen in [*kind.clean, *kind.caught])
