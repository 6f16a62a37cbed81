"""Which claims follow from an encounter."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rulebook import Library
from rulebook.types import Rule
from tests.rulebook.builders import accepted_codes, derived, essential, faults, mark, rule, selects

COLD = {"procedure": "ablation", "site": "bone", "technique": "cryoablation"}
GUIDED = {"procedure": "imaging guidance", "modality": "ultrasound"}
FREEZES = selects("X1001", **COLD)
GUIDES = selects("X2001", **GUIDED)
INCLUDES = rule("X1001", "not-with", codes=["X2001"], service={"procedure": "imaging guidance"})
APART = {"session": "separate"}


def codes(rules: list[Rule], *services: dict[str, Any], **facts: Any) -> list[list[str]]:
    return accepted_codes(derived(rules, *services, **facts))


# Choosing codes -----------------------------------------------------------------------------


def test_each_service_takes_the_code_whose_facets_it_shows() -> None:
    assert codes([FREEZES, GUIDES], GUIDED, COLD) == [["X1001", "X2001"]]


def test_facets_that_no_rule_asks_for_do_not_matter() -> None:
    assert codes([FREEZES], {**COLD, "approach": "open"}) == [["X1001"]]


def test_most_specific_code_wins() -> None:
    assert codes([FREEZES, selects("X1009", procedure="ablation", site="bone")], COLD) == [["X1001"]]


def test_equally_specific_codes_are_alternatives() -> None:
    assert codes([FREEZES, selects("X1003", **COLD)], COLD) == [["X1001"], ["X1003"]]


def test_two_services_of_one_code_share_a_line() -> None:
    assert codes([FREEZES], COLD, {**COLD, "count": 2}) == [["X1001"]]


def test_service_with_an_open_facet_is_undecided() -> None:
    derivation = derived([FREEZES], {"procedure": "ablation", "site": "bone"})
    assert derivation.accepted == ()
    assert derivation.undecided[0].candidates == ("X1001",)
    assert derivation.undecided[0].missing == ("technique",)


def test_service_without_a_procedure_could_be_any() -> None:
    assert derived([FREEZES, GUIDES], {"site": "bone"}).undecided[0].candidates == ("X1001",)


def test_no_alternative_is_forgotten_however_many_there_are() -> None:
    procedures = [f"procedure {number}" for number in range(5)]
    rules = [selects(f"X{n}00{number}", procedure=one) for number, one in enumerate(procedures) for n in (1, 2)]
    lines = [{"code": f"X200{number}"} for number in range(5)]
    assert essential(mark(rules, [{"procedure": one} for one in procedures], *lines)) == []


# Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2014-12-31", []), ("2015-01-01", [["X1001"]]), ("2019-06-30", [["X1001"]]), ("2019-07-01", [])],
)
def test_code_is_used_from_its_first_to_its_last_day(day: str, expected: list[list[str]]) -> None:
    valid = rule("X1001", "validity", **{"from": "2015-01-01", "to": "2019-06-30"})
    assert codes([FREEZES, valid], COLD, date_of_service=day) == expected


@pytest.mark.parametrize(
    ("day", "known"), [("2014-12-31", False), ("2015-01-01", True), ("2019-06-30", True), ("2019-07-01", False)]
)
def test_rule_is_in_force_from_its_first_to_its_last_day(day: str, known: bool) -> None:
    dated = replace(FREEZES, starts=date(2015, 1, 1), ends=date(2019, 6, 30))
    book = Library(codes=(), rules=[dated]).on(date.fromisoformat(day))
    assert bool(book.of("X1001", "selection")) is known


ERAS = [
    replace(FREEZES, id="X1001/selection-1", ends=date(2019, 12, 31)),
    replace(FREEZES, id="X1001/selection-2", starts=date(2020, 1, 1)),
]


@pytest.mark.parametrize("day", ["2019-12-31", "2020-01-01"])
def test_missed_service_is_missed_in_every_era_of_a_rule(day: str) -> None:
    assert faults(mark(ERAS, [COLD], date_of_service=day)) == [("missing", "code", None)]


# Bundling -----------------------------------------------------------------------------------


def test_included_service_has_no_line() -> None:
    assert codes([FREEZES, GUIDES, INCLUDES], COLD, GUIDED) == [["X1001"]]


def test_service_is_included_only_beside_its_whole() -> None:
    assert codes([FREEZES, GUIDES, INCLUDES], GUIDED) == [["X2001"]]


def test_service_in_a_separate_session_has_its_own_line() -> None:
    assert codes([FREEZES, GUIDES, INCLUDES], COLD, {**GUIDED, **APART}) == [["X1001", "X2001"]]


def test_service_in_a_separate_session_keeps_its_line_beside_an_included_one() -> None:
    derivation = derived(
        [FREEZES, GUIDES, INCLUDES, rule("X2001", "units", counts="each")], COLD, GUIDED, {**GUIDED, **APART}
    )
    assert accepted_codes(derivation) == [["X1001", "X2001"]]
    assert derivation.accepted[0].claim.lines[1].units == 1


def test_part_may_name_its_whole_itself() -> None:
    part = rule("X2001", "not-with", codes=["X1001"], this_code_is_part=True)
    assert codes([FREEZES, GUIDES, part], COLD, GUIDED) == [["X1001"]]


def test_open_service_that_only_listed_codes_could_report_is_included() -> None:
    derivation = derived([FREEZES, GUIDES, INCLUDES], COLD, {"procedure": "imaging guidance"})
    assert derivation.undecided == ()
    assert [included.service for included in derivation.accepted[0].bundled] == [1]


def test_open_service_is_included_beside_one_alternative_whatever_the_other_says() -> None:
    rules = [FREEZES, selects("X1003", **COLD), INCLUDES]
    assert faults(mark(rules, [COLD, {"procedure": "imaging guidance"}], {"code": "X1001"})) == []


def test_part_of_a_part_is_not_said_to_be_without_a_service() -> None:
    takes_b = rule("X3001", "not-with", codes=["X1002"])
    rules = [selects("X1002", procedure="b"), selects("X2001", procedure="c"), selects("X3001", procedure="a"), takes_b]
    rules.append(rule("X1002", "not-with", codes=["X2001"]))
    result = mark(
        rules, [{"procedure": "a"}, {"procedure": "b"}, {"procedure": "c"}], {"code": "X3001"}, {"code": "X2001"}
    )
    assert not [finding for finding in result.findings if "Nothing in the note" in finding.why]


# Add-ons ------------------------------------------------------------------------------------

ADD_ON = rule("X0001", "add-on", primaries=["X1001"])
ADDS = selects("X0001", procedure="mapping")
MAPPED = {"procedure": "mapping"}


def test_add_on_stands_after_its_primary() -> None:
    assert codes([ADDS, ADD_ON, FREEZES], MAPPED, COLD) == [["X1001", "X0001"]]


def test_add_on_without_its_primary_has_no_line() -> None:
    assert codes([ADDS, ADD_ON, GUIDES], MAPPED, GUIDED) == [["X2001"]]


def test_nothing_is_included_in_an_add_on_that_has_no_line() -> None:
    includes = rule("X0001", "not-with", codes=["X2001"])
    assert codes([ADDS, ADD_ON, includes, GUIDES], MAPPED, GUIDED) == [["X2001"]]


def test_add_on_falls_with_the_add_on_it_belongs_to() -> None:
    second = [selects("X0000", procedure="second mapping"), rule("X0000", "add-on", primaries=["X0001"])]
    assert codes([ADDS, ADD_ON, *second, GUIDES], MAPPED, {"procedure": "second mapping"}, GUIDED) == [["X2001"]]


def test_nothing_is_included_in_an_add_on_that_falls_with_its_included_primary() -> None:
    reports = [selects(f"X{number}000", procedure=f"p{number}") for number in (1, 2, 3, 4)]
    takes_primary = rule("X2000", "not-with", codes=["X1000"])
    add_on = [rule("X3000", "add-on", primaries=["X1000"]), rule("X3000", "not-with", codes=["X4000"])]
    services = [{"procedure": f"p{number}"} for number in (1, 2, 3, 4)]
    assert codes([*reports, takes_primary, *add_on], *services) == [["X2000", "X4000"]]
