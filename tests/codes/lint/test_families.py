"""Every check of every family: what it has to catch, and what it has to let be."""

import pytest

from codes.lint import CHECKS, FAMILIES, Check, Family, Specimen
from codes.lint.run import problems_of_page

SPECIMENS = [(family, one) for family in FAMILIES for one in family.specimens]


def named(value: object) -> str:
    return value.title if isinstance(value, Family | Specimen) else str(value)


@pytest.mark.parametrize(("family", "specimen"), SPECIMENS, ids=named)
def test_a_specimen_is_caught_by_its_check_and_by_no_other_of_the_family(family: Family, specimen: Specimen) -> None:
    caught = {problem.check for problem in problems_of_page(specimen.page, family.checks)}
    assert caught == ({specimen.caught_by} if specimen.caught_by else set())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_has_a_specimen_that_it_catches(check: Check) -> None:
    assert any(specimen.caught_by == check.id for _, specimen in SPECIMENS)


def test_every_family_has_a_page_to_which_it_does_not_object() -> None:
    assert all(any(not one.caught_by for one in family.specimens) for family in FAMILIES)


def test_no_two_checks_have_the_same_name() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_a_page_without_a_fault_has_no_problem() -> None:
    clean = next(one.page for one in FAMILIES[0].specimens if not one.caught_by)
    assert problems_of_page(clean) == ()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_problem_says_where_it_is_and_what_to_do(check: Check) -> None:
    caught = next(one for _, one in SPECIMENS if one.caught_by == check.id)
    for problem in problems_of_page(caught.page, (check,)):
        assert problem.part
        assert problem.message.endswith((".", ")", "”", "…")) or "cannot be read" in problem.message
        assert problem.suggestion == check.do
        assert problem.level is check.level
