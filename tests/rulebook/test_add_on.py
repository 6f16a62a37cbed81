"""An add-on goes with its primary: with one that was entered, and with one that the note leads away from."""

from typing import Any

from rulebook import Library
from rulebook.case_format import read_encounter
from rulebook.types import Finding, Outcome, Rule
from rulebook.variants import Variant, minimal_pairs
from tests.rulebook.builders import accepted_codes, derived, mark, rule, selects

COLD = {"procedure": "ablation", "site": "bone", "technique": "cryoablation"}
HOT = {**COLD, "technique": "radiofrequency"}
VAGUE = {"procedure": "ablation", "site": "bone"}
SLICES = {"procedure": "slices"}
RULES = [
    selects("X1001", **COLD),
    selects("X1002", **HOT),
    selects("X3001", **SLICES),
    rule("X3001", "add-on", primaries=["X1001"]),
]
OPEN_LIST = [*RULES[:3], rule("X3001", "add-on", primaries=["X1001"], complete=False)]
BOTH = {"code": "X1001"}, {"code": "X3001"}


def said(rules: list[Rule], *services: dict[str, Any]) -> Finding:
    """What is said of the add-on on a claim that has it beside its primary."""
    return next(one for one in mark(rules, list(services), *BOTH).findings if one.code == "X3001" and one.line == 2)


def pairs(*services: dict[str, Any]) -> list[Variant]:
    encounter = read_encounter({"date_of_service": "2024-03-01", "services": services})
    return list(minimal_pairs(encounter, Library(codes=(), rules=RULES), 1, "add-on"))


def test_service_of_an_add_on_has_no_line_without_its_primary() -> None:
    derivation = derived(RULES, HOT, SLICES)
    assert accepted_codes(derivation) == [["X1002"]]
    assert not derivation.undecided


def test_add_on_beside_a_primary_that_does_not_belong_there_goes_with_it() -> None:
    finding = said(RULES, HOT, SLICES)
    assert (finding.rule, finding.outcome) == ("X3001/add-on", Outcome.EXTRA)
    assert "It does not belong on this claim" in finding.why


def test_of_several_primaries_none_is_said_to_belong() -> None:
    several = [*RULES[:3], rule("X3001", "add-on", primaries=["X1001", "X1009"])]
    assert "None of them belongs on this claim" in said(several, HOT, SLICES).why


def test_fact_that_leads_away_from_the_primary_is_named() -> None:
    assert said(RULES, HOT, SLICES).facts == ("services.1.procedure", "services.0.technique")


def test_primary_that_waits_for_a_decision_is_not_said_not_to_belong() -> None:
    assert said(RULES, VAGUE).rule == "X3001/missed-service"


def test_add_on_of_nothing_beside_the_right_primary_is_a_service_that_was_not_done() -> None:
    assert said(RULES, COLD).rule == "X3001/missed-service"


def test_payer_decides_beside_another_code_when_the_list_is_not_complete() -> None:
    finding = said(OPEN_LIST, HOT, SLICES)
    assert (finding.rule, finding.outcome) == ("X3001/add-on", Outcome.UNCLEAR)


def test_one_fact_of_the_primary_takes_the_add_on_off() -> None:
    pair = next(pair for pair in pairs(COLD, SLICES) if pair.rule == "X3001/add-on")
    assert pair.flips
    assert [(one.path, one.before, one.after) for one in pair.changes] == [
        ("services.0.technique", "cryoablation", "radiofrequency")
    ]


def test_add_on_without_a_line_has_no_pair_of_its_own() -> None:
    assert not [pair for pair in pairs(COLD) if pair.rule == "X3001/add-on"]
