"""Claims that educators accept besides those that follow from the rules: for one case, and for no other claim."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rulebook import Claim, Encounter, Grade, Library, derive, grade
from rulebook.case_format import read_case, write_grade
from rulebook.mistakes import mistakes
from rulebook.types import Citation, Granted, Outcome, Severity
from tests.rulebook.builders import rule, selects
from tests.rulebook.strategies import Scene, answered, claims
from tests.rulebook.test_laws import law

WHY = "The payer of this case asks for the side."
EXAMPLES = Citation(code="A0001", section="examples")
RULES = [
    selects("A0001", procedure="ablation"),
    rule("A0001", "units", counts="one or more"),
    selects("A0002", site="lung"),
]
SERVICES = [{"procedure": "ablation", "site": "bone"}]


def case(*lines: dict[str, Any], **facts: Any) -> tuple[Encounter, Claim]:
    return read_case({"date_of_service": "2024-03-01", "services": SERVICES, **facts, "claim": {"lines": lines}})


def library(encounter: Encounter, *granted: Claim) -> Library:
    pairs = [(encounter, Granted(claim=claim, why=WHY, cites=EXAMPLES)) for claim in granted]
    return Library(codes=(), rules=RULES, granted=pairs)


def judged(encounter: Encounter, claim: Claim, pages: Library) -> Grade:
    return grade(claim, encounter, pages.on(encounter.date_of_service))


def test_a_granted_claim_is_clean_and_says_why_with_a_section() -> None:
    encounter, claim = case({"code": "A0001", "units": 2, "modifiers": ["LT"]})
    assert not judged(encounter, claim, library(encounter)).clean
    result = judged(encounter, claim, library(encounter, claim))
    assert result.clean
    assert (result.counts.required, result.counts.kept, result.counts.extra) == (3, 3, 0)
    first, *others = result.findings
    assert (first.kind, first.severity, first.cites) == ("granted", Severity.INFORMATIVE, EXAMPLES)
    assert first.why == f"Educators accept this claim for this case too: {WHY}"
    assert {one.outcome for one in others} <= {Outcome.KEPT, Outcome.OPTIONAL}


def test_the_granted_claim_comes_first_for_itself_and_last_for_any_other() -> None:
    encounter, claim = case({"code": "A0001", "units": 2})
    _, derived = case({"code": "A0001"})
    pages = library(encounter, claim)
    assert judged(encounter, claim, pages).accepted == (claim, derived)
    assert judged(encounter, derived, pages).accepted == (derived, claim)
    assert judged(encounter, derived, pages).findings == judged(encounter, derived, library(encounter)).findings


@pytest.mark.parametrize(
    "lines",
    [
        [{"code": "A0002", "modifiers": ["59"]}, {"code": "A0001", "units": 2, "modifiers": ["59", "LT"]}],
        [{"code": "A0001", "units": 2, "modifiers": ["LT", "59"]}, {"code": "A0002", "units": 1, "modifiers": ["59"]}],
    ],
)
def test_neither_order_nor_what_goes_without_saying_matters(lines: list[dict[str, Any]]) -> None:
    granted = [{"code": "A0001", "units": 2, "modifiers": ["LT", "59"]}, {"code": "A0002", "modifiers": ["59"]}]
    encounter, accepted = case(*granted)
    assert judged(encounter, case(*lines)[1], library(encounter, accepted)).clean


@pytest.mark.parametrize("change", [{"units": 3}, {"modifiers": ["RT"]}, {"modifiers": []}, {"code": "A0002"}])
def test_any_other_claim_is_judged_by_the_rules_alone(change: dict[str, Any]) -> None:
    line = {"code": "A0001", "units": 2, "modifiers": ["LT"]}
    encounter, granted = case(line)
    _, other = case(line | change)
    with_it, without = (judged(encounter, other, one) for one in (library(encounter, granted), library(encounter)))
    assert (with_it.clean, with_it.counts, with_it.findings) == (without.clean, without.counts, without.findings)


def test_diagnoses_are_pointed_to_in_the_order_that_was_granted() -> None:
    codes = ["C79.51", "C34.11"]
    encounter, granted = case({"code": "A0001", "units": 2, "diagnoses": codes}, diagnoses=codes)
    _, turned = case({"code": "A0001", "units": 2, "diagnoses": codes[::-1]})
    assert judged(encounter, granted, library(encounter, granted)).clean
    assert not judged(encounter, turned, library(encounter, granted)).clean


def test_another_case_has_no_share_in_it() -> None:
    encounter, claim = case({"code": "A0001", "units": 2})
    pages = library(encounter, claim)
    other_day = replace(encounter, date_of_service=encounter.date_of_service + timedelta(days=1))
    twice = replace(encounter, services=(replace(encounter.services[0], count=2),))
    for other in (other_day, twice):
        assert not derive(other, pages.on(other.date_of_service)).granted
        assert not judged(other, claim, pages).clean


def test_a_granted_claim_is_no_mistake_to_be_offered() -> None:
    encounter, claim = case({"code": "A0001", "units": 3}, services=[SERVICES[0] | {"count": 3}])
    for pages, offered in ((library(encounter), True), (library(encounter, claim), False)):
        book = pages.on(encounter.date_of_service)
        assert (claim in [one.claim for one in mistakes(encounter, book, derive(encounter, book))]) is offered


# As laws, on random libraries --------------------------------------------------------------------


def granting(scene: Scene, claim: Claim) -> Library:
    pairs = [(scene.encounter, Granted(claim=claim, why=WHY, cites=EXAMPLES))]
    return Library(codes=scene.library.codes.values(), rules=scene.library.rules, granted=pairs)


@law
@given(answered())
def test_whatever_is_granted_is_clean_where_the_rules_decide_the_case(answer: tuple[Scene, Claim]) -> None:
    scene, claim = answer
    result = judged(scene.encounter, claim, granting(scene, claim))
    if not scene.derivation.accepted:
        assert result == judged(scene.encounter, claim, scene.library)
        return
    assert result.clean
    assert result.element_accuracy == 1.0
    assert {one.outcome for one in result.findings} <= {Outcome.KEPT, Outcome.OPTIONAL, Outcome.UNCLEAR}
    assert all(one.cites and len(one.why.split()) <= 60 for one in result.findings if one.outcome != "unclear")


@law
@given(answered(), st.data())
def test_another_claim_fares_as_if_nothing_were_granted(answer: tuple[Scene, Claim], data: st.DataObject) -> None:
    scene, claim = answer
    other = data.draw(claims(scene))
    pages = granting(scene, other)
    with_it, without = (judged(scene.encounter, claim, one) for one in (pages, scene.library))
    assume(not any(one.kind == "granted" for one in with_it.findings))
    assert (with_it.clean, with_it.counts, with_it.findings) == (without.clean, without.counts, without.findings)


@law
@given(answered(), st.randoms(use_true_random=False))
def test_no_order_matters_to_what_is_granted(answer: tuple[Scene, Claim], chance: Any) -> None:
    scene, claim = answer
    pages = granting(scene, claim)
    services = tuple(chance.sample(scene.encounter.services, len(scene.encounter.services)))
    turned = replace(scene.encounter, services=services, earlier=scene.encounter.earlier[::-1])
    shuffled = Claim(lines=tuple(chance.sample(claim.lines, len(claim.lines))))
    one, other = judged(scene.encounter, claim, pages), judged(turned, shuffled, pages)
    assert (one.clean, one.counts) == (other.clean, other.counts)


@law
@given(answered())
def test_granting_gives_the_same_bytes_again(answer: tuple[Scene, Claim]) -> None:
    scene, claim = answer
    first, second = (json.dumps(write_grade(judged(scene.encounter, claim, granting(scene, claim)))) for _ in "12")
    assert first == second
