"""Variants: one fact changed, the outcome flipped or kept, the rule named; the same seed gives the same ones."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rulebook import Encounter, Library, derive, grade
from rulebook.case_format import read_encounter, write_encounter
from rulebook.facts import at_stake, differences, facts_of
from rulebook.kinds.selection import COLD, FROZEN_BONE, HEAT
from rulebook.types import Rule
from rulebook.variants import CLOSE, Variant, another_day, around, minimal_pairs, mixes, variants
from tests.rulebook.builders import rule, selects
from tests.rulebook.strategies import Scene, codable_scenes
from tests.rulebook.test_laws import law

LIBRARY = Library(
    codes=(),
    rules=[
        COLD,
        HEAT,
        selects("X2001", procedure="imaging guidance", modality="ultrasound"),
        rule("X1001", "units", counts="each", noun="tumors"),
        rule("X1001", "not-with", codes=["X2001"], service={"procedure": "imaging guidance"}),
        rule("X1001", "validity", **{"from": "2015-01-01"}),
    ],
)
FACTS = {"date_of_service": "2024-03-01", "patient": {"age": 61, "sex": "F"}, "services": [FROZEN_BONE]}


def encounter() -> Encounter:
    return read_encounter(FACTS)


def pairs(seed: int = 1) -> list[Variant]:
    return list(minimal_pairs(encounter(), LIBRARY, seed))


def about(rule_id: str) -> Variant:
    return next(variant for variant in pairs() if variant.rule == rule_id)


def test_another_technique_flips_the_code() -> None:
    variant = about("X1001/selection")
    assert variant.flips
    assert [(c.path, c.before, c.after) for c in variant.changes] == [
        ("services.0.technique", "cryoablation", "radiofrequency")
    ]


def test_more_of_them_flip_the_units() -> None:
    variant = about("X1001/units")
    assert (variant.flips, variant.changes[0].path) == (True, "services.0.count")


def test_included_work_leaves_the_claim_as_it_is() -> None:
    variant = about("X1001/not-with")
    assert not variant.flips
    assert [(c.path, c.after) for c in variant.changes] == [("services.1", "imaging guidance, ultrasound")]


def test_a_day_before_the_code_leaves_nothing_to_ask() -> None:
    assert not any(variant.encounter.date_of_service.year == 2014 for variant in pairs())


def test_a_minimal_pair_has_one_change() -> None:
    assert {len(variant.changes) for variant in pairs()} == {1}


def pairs_with(*rules: Rule, **facts: Any) -> list[Variant]:
    """The minimal pairs where the page has more rules and the note more facts."""
    library = Library(codes=(), rules=[*LIBRARY.rules, *rules])
    return list(minimal_pairs(read_encounter({**FACTS, **facts}), library, 1))


def test_a_note_that_would_contradict_itself_is_no_variant() -> None:
    lists = rule("X1001", "diagnosis", supports=["C64.-", "C79.51"])
    organs = rule("X1001", "laterality", facet="technique", sides={"cryoablation": ["C64.1"], "other": ["C64.2"]})
    reads = rule("X1001", "selection", 2, facets={"procedure": ["ablation"], "technique": ["cryoablation", "other"]})
    found = pairs_with(lists, organs, reads, diagnoses=["C64.1"])
    assert not [v for v in found if any(c.path == "services.0.technique" and c.after == "other" for c in v.changes)]


def test_a_facet_the_note_never_spoke_of_is_only_put_in_where_it_changes_something() -> None:
    phases = {"active treatment": ["A"], "routine healing": ["D"]}
    rules = [
        rule("X1001", "diagnosis", supports=["S83.2-", "M23.2-"]),
        rule("X1001", "seventh-character", below=["S83.2-"], characters=phases),
    ]
    assert not [v for v in pairs_with(*rules, diagnoses=["M23.221"]) if v.rule == "X1001/seventh-character"]
    assert [v for v in pairs_with(*rules, diagnoses=["S83.241A"]) if v.rule == "X1001/seventh-character"]


def test_a_seed_decides_everything() -> None:
    for seed in range(20):
        first, again = (list(variants(encounter(), LIBRARY, seed)) for _ in range(2))
        assert [write_encounter(v.encounter) for v in first] == [write_encounter(v.encounter) for v in again]


def test_other_seeds_give_other_mixes() -> None:
    told = {str([write_encounter(v.encounter) for v in mixes(encounter(), LIBRARY, seed)]) for seed in range(20)}
    assert len(told) == 20


def test_another_day_is_later_and_means_the_same() -> None:
    moved = another_day(encounter(), LIBRARY, 3)
    assert moved.date_of_service > date(2024, 3, 1)
    assert derive(moved, LIBRARY.on(moved.date_of_service)) == derive(encounter(), LIBRARY.on(date(2024, 3, 1)))


def test_a_removed_service_is_one_difference() -> None:
    two = read_encounter({**FACTS, "services": [FROZEN_BONE, {"procedure": "imaging guidance", "modality": "CT"}]})
    assert [(c.path, c.before, c.after) for c in differences(two, encounter())] == [
        ("services.1", "imaging guidance, CT", "")
    ]


def test_what_a_claim_rests_on_is_what_its_rules_name() -> None:
    book = LIBRARY.on(date(2024, 3, 1))
    rests = at_stake(grade(derive(encounter(), book).accepted[0].claim, encounter(), book))
    assert {"services.0.site", "services.0.technique", "services.0.count", "date_of_service"} <= rests
    assert rests <= set(facts_of(encounter()))


@law
@given(codable_scenes(), st.integers(0, 2**32))
def test_each_variant_can_be_decided_and_says_what_differs(scene: Scene, seed: int) -> None:
    for variant in minimal_pairs(scene.encounter, scene.library, seed):
        assert variant.derivation.accepted
        assert not variant.derivation.undecided
        assert variant.derivation == derive(variant.encounter, variant.book)
        assert variant.changes == differences(scene.encounter, variant.encounter)
        assert variant.rule in {rule.id for rule in scene.library.rules}


@law
@given(codable_scenes(), st.integers(0, 2**32))
def test_a_kept_pair_has_the_very_same_claim(scene: Scene, seed: int) -> None:
    for variant in minimal_pairs(scene.encounter, scene.library, seed):
        same = variant.derivation.accepted[0].claim == scene.derivation.accepted[0].claim
        assert same or variant.flips


@law
@given(codable_scenes())
def test_nothing_differs_from_itself(scene: Scene) -> None:
    assert differences(scene.encounter, replace(scene.encounter)) == ()


# Around the day of a change -------------------------------------------------------------------

CHANGE = date(2018, 1, 1)
#: A code up to 2017, and the one that is used afterwards.
SUCCEEDED = Library(
    codes=(),
    rules=[
        COLD,
        replace(COLD, id="X1009/selection", code="X1009"),
        rule("X1001", "validity", to="2017-12-31", successors=["X1009"]),
        rule("X1009", "validity", **{"from": "2018-01-01"}),
    ],
)
THESE = frozenset({"X1001/validity", "X1009/validity"})


def test_cases_around_a_change_lie_on_both_sides_and_close() -> None:
    days = [one.encounter.date_of_service for one in around(encounter(), SUCCEEDED, THESE, CHANGE, seed=1)]
    assert len(days) == 2 * CLOSE
    assert all(CHANGE - timedelta(days=CLOSE) <= day < CHANGE + timedelta(days=CLOSE) for day in days)
    assert [one < CHANGE for one in days[::2]] != [one < CHANGE for one in days[1::2]]
    assert {one < CHANGE for one in days[:2]} == {True, False}


def test_cases_around_a_change_turn_on_its_rules_and_name_the_code_of_their_day() -> None:
    for variant in around(encounter(), SUCCEEDED, THESE, CHANGE, seed=2):
        [line] = variant.derivation.accepted[0].claim.lines
        assert line.code == ("X1001" if variant.encounter.date_of_service < CHANGE else "X1009")
        assert (variant.rule in THESE, variant.flips) == (True, True)


def test_a_change_that_does_not_touch_the_claim_gives_no_case() -> None:
    assert not list(around(encounter(), LIBRARY, THESE, CHANGE, seed=1))
    assert not list(around(encounter(), SUCCEEDED, {"X1001/units"}, CHANGE, seed=1))


def test_a_day_before_which_nothing_follows_gives_no_case() -> None:
    assert not list(around(encounter(), LIBRARY, {"X1001/validity"}, date(2015, 1, 1), seed=1))


def test_cases_around_a_change_are_the_same_with_the_same_seed() -> None:
    once, again = (list(around(encounter(), SUCCEEDED, THESE, CHANGE, seed=3)) for _ in range(2))
    assert once == again
