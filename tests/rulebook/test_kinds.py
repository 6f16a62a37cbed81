"""Every rule kind holds what it promises: its specimens, its text, its parameters."""

import inspect
import pkgutil
from collections import Counter
from importlib import import_module
from typing import Any

import pytest

from rulebook import kinds
from rulebook.kinds import KIND, KINDS, Kind, Specimen
from rulebook.params import dump, parse
from rulebook.types import Outcome
from tests.rulebook.builders import ADDRESSED, essential, graded, mark, rule, selects

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
MODULES = [name for _, name, _ in pkgutil.iter_modules(kinds.__path__) if name != "base"]


def specimens(role: str) -> list[Any]:
    """The clean or the caught specimens of all kinds, each with its kind."""
    pairs = [(kind, specimen) for kind in KINDS for specimen in getattr(kind, role)]
    return [pytest.param(kind, specimen, id=f"{kind.id}: {specimen.title}") for kind, specimen in pairs]


def own_params(kind: Kind[Any]) -> list[Any]:
    """The parameters of this kind in its specimens."""
    rules = [rule for specimen in [*kind.clean, *kind.caught] for rule in specimen.rules]
    return [rule.params for rule in rules if rule.kind == kind.id] or [kind.Params()]


@pytest.mark.parametrize(("kind", "specimen"), specimens("clean"))
def test_clean_specimen_grades_clean(kind: Kind[Any], specimen: Specimen) -> None:
    result = graded(specimen)
    assert result.clean
    assert result.element_accuracy == 1.0
    assert {finding.outcome for finding in result.findings} <= {Outcome.KEPT, Outcome.OPTIONAL}


@pytest.mark.parametrize(("kind", "specimen"), specimens("clean"))
def test_clean_specimen_has_no_finds(kind: Kind[Any], specimen: Specimen) -> None:
    assert specimen.finds is None


@pytest.mark.parametrize(("kind", "specimen"), specimens("caught"))
def test_caught_specimen_is_found_by_its_own_kind(kind: Kind[Any], specimen: Specimen) -> None:
    result = graded(specimen)
    told = {(f.outcome, f.element): f for f in result.findings if f.kind == kind.id}
    assert specimen.finds in told
    assert not result.clean or told[specimen.finds].severity == "actionable"


@pytest.mark.parametrize(("kind", "specimen"), specimens("clean") + specimens("caught"))
def test_specimen_findings_are_short_and_cite_a_section(kind: Kind[Any], specimen: Specimen) -> None:
    for finding in graded(specimen).findings:
        assert 0 < len(finding.why.split()) <= 60
        assert finding.cites or finding.outcome is Outcome.UNCLEAR


@pytest.mark.parametrize(("kind", "specimen"), specimens("clean") + specimens("caught"))
def test_specimen_findings_speak_of_the_claim_and_to_nobody(kind: Kind[Any], specimen: Specimen) -> None:
    """Who reads them is not always who coded it: an auditor of somebody else's claim, or a manager."""
    for finding in graded(specimen).findings:
        assert not ADDRESSED.search(f"{finding.why} {finding.fix}"), finding


@pytest.mark.parametrize(("kind", "specimen"), specimens("caught"))
def test_essential_finding_says_what_to_do(kind: Kind[Any], specimen: Specimen) -> None:
    assert all(finding.fix.endswith(".") for finding in essential(graded(specimen)))


def test_why_stays_short_when_a_rule_names_many_values() -> None:
    many = [f"place {number}" for number in range(40)]
    rules = [
        selects("X1001", procedure="ablation"),
        rule("X1002", "selection", facets={"procedure": "biopsy", "site": many}),
    ]
    result = mark(rules, [{"procedure": "ablation"}], {"code": "X1001"}, {"code": "X1002"})
    assert max(len(finding.why.split()) for finding in result.findings) <= 60


@each_kind
def test_kind_explains_itself(kind: Kind[Any]) -> None:
    text = inspect.getdoc(type(kind)) or ""
    assert [word for word in ("Why it matters", "Example", "Source") if word not in text] == []


@each_kind
def test_kind_has_clean_and_caught_specimens(kind: Kind[Any]) -> None:
    assert kind.clean
    assert kind.caught
    assert all(specimen.finds for specimen in kind.caught)


@each_kind
def test_specimens_of_a_kind_have_different_titles(kind: Kind[Any]) -> None:
    titles = Counter(specimen.title for specimen in [*kind.clean, *kind.caught])
    assert set(titles.values()) == {1}


@each_kind
def test_kind_describes_its_params_in_a_sentence(kind: Kind[Any]) -> None:
    for params in own_params(kind):
        sentence = kind.describe(params)
        assert sentence.endswith(".")
        assert sentence[0].isupper()


@each_kind
def test_params_survive_writing_and_reading(kind: Kind[Any]) -> None:
    for params in own_params(kind):
        assert parse(kind.Params, dump(params)) == params


@each_kind
def test_contrasts_say_what_they_flip(kind: Kind[Any]) -> None:
    for params in own_params(kind):
        assert all(contrast.fact and contrast.flips for contrast in kind.contrasts(params))


def test_ids_are_unique() -> None:
    assert len(KIND) == len(KINDS)


@pytest.mark.parametrize("name", MODULES)
def test_module_defines_exactly_one_kind_and_it_is_listed(name: str) -> None:
    module = import_module(f"rulebook.kinds.{name}")
    classes = [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__]
    defined = [one for one in classes if issubclass(one, Kind)]
    assert len(defined) == 1
    assert [type(kind) for kind in KINDS].count(defined[0]) == 1
