"""Order changes nothing: the smallest cases behind the laws."""

import json
from itertools import permutations
from typing import Any

import pytest

from rulebook.case_format import write_grade
from rulebook.types import Rule
from tests.rulebook.builders import mark, rule, selects

COLD = {"procedure": "ablation", "site": "bone", "technique": "cryoablation"}
GUIDED = {"procedure": "imaging guidance", "modality": "ultrasound"}
FREEZES = selects("X1001", **COLD)
HEATS = selects("X1002", procedure="ablation", site="bone", technique="radiofrequency")
GUIDES = selects("X2001", **GUIDED)


def said_of_lines(rules: list[Rule], lines: list[dict[str, Any]]) -> list[str]:
    """What is said of each line, whatever its number."""
    findings = mark(rules, [COLD], *lines).findings
    return sorted(f"{lines[f.line - 1]} {f.rule} {f.outcome} {f.element}" for f in findings if f.line)


LINE_PAIRS = [
    pytest.param(
        [{"code": "X1001", "modifiers": ["25"]}, {"code": "X1001", "modifiers": ["59"]}], id="right code twice"
    ),
    pytest.param([{"code": "X1002", "units": 1}, {"code": "X1002", "units": 2}], id="wrong code twice"),
    pytest.param([{"code": "X1001", "units": 2}, {"code": "X1001"}], id="one of them right"),
    pytest.param([{"code": "X1002"}, {"code": "X1001"}], id="another code beside the right one"),
    pytest.param([{"code": "Z9999"}, {"code": "X1002"}], id="two wrong codes"),
]


@pytest.mark.parametrize("lines", LINE_PAIRS)
def test_order_of_two_lines_changes_nothing(lines: list[dict[str, Any]]) -> None:
    rules = [FREEZES, HEATS, rule("X1001", "units", counts="one or more")]
    assert said_of_lines(rules, lines) == said_of_lines(rules, lines[::-1])


def written(rules: list[Rule], services: list[dict[str, Any]], *lines: dict[str, Any]) -> str:
    return json.dumps(write_grade(mark(rules, services, *lines)))


def test_order_of_facets_of_an_undecided_service_changes_nothing() -> None:
    service = {"procedure": "biopsy", "site": "bone"}
    turned = {"site": "bone", "procedure": "biopsy"}
    assert written([FREEZES], [service]) == written([FREEZES], [turned])


RULE_SETS = [
    pytest.param(
        [selects("X1001", procedure="ablation", site="bone"), selects("X1002", procedure="ablation", technique="open")],
        [{"procedure": "ablation"}],
        id="two codes that wait for different facets",
    ),
    pytest.param(
        [FREEZES, GUIDES, *(rule("X1001", "not-with", number, codes=["X2001"]) for number in (1, 2))],
        [COLD, GUIDED],
        id="two rules that include the same service",
    ),
    pytest.param(
        [FREEZES, GUIDES, rule("X1001", "not-with", codes=["X2001"]), rule("X2001", "not-with", codes=["X1001"])],
        [COLD, GUIDED],
        id="two codes that include each other",
    ),
]


@pytest.mark.parametrize(("rules", "services"), RULE_SETS)
def test_order_of_rules_changes_nothing(rules: list[Rule], services: list[dict[str, Any]]) -> None:
    assert len({written(list(order), services, {"code": "X1001"}) for order in permutations(rules)}) == 1


def test_order_of_services_with_many_alternatives_changes_nothing() -> None:
    procedures = [f"procedure {number}" for number in range(5)]
    rules = [selects(f"X{n}00{number}", procedure=one) for number, one in enumerate(procedures) for n in (1, 2)]
    services = [{"procedure": one} for one in procedures]
    one, other = mark(rules, services), mark(rules, services[::-1])
    assert {frozenset(claim.lines) for claim in one.accepted} == {frozenset(claim.lines) for claim in other.accepted}
