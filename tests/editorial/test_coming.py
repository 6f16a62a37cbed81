"""What breaks on a day: every published question held against the library as it will be."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from codes.models import Code, Rule
from editorial import reviewing
from editorial.coming import what_breaks
from editorial.models import Revision
from quizzes.models import Scenario
from tests.patience import within

AT = datetime(2026, 12, 2, 12, tzinfo=UTC)
NEW_YEAR = date(2027, 1, 1)


def scheduled(code: Code, person: User, day: date = NEW_YEAR, *, retires: bool = False) -> Revision:
    revision = reviewing.hand_in(code, "For the new year", by=person, at=AT, retires=retires)
    reviewing.approve(revision, by=person, at=AT)
    reviewing.schedule(revision, day, by=person, at=AT)
    return revision


@pytest.fixture
def ended(bone_code: Code) -> Code:
    """A draft by which the code is valid until the end of 2026."""
    rule = Rule.objects.get(code=bone_code, slug="validity")
    rule.params = {**rule.params, "to": "2026-12-31"}
    rule.save()
    return bone_code


def test_where_nothing_is_scheduled_nothing_breaks(starter_library: None) -> None:
    found = what_breaks(NEW_YEAR)
    assert (found.revisions, found.replayed.own, found.replayed.moved) == ((), (), ())
    assert found.replayed.looked_at == Scenario.objects.live().count()


def test_a_code_that_ends_breaks_its_questions_on_that_day_and_not_on_their_own(ended: Code, educator: User) -> None:
    scheduled(ended, educator)
    found = what_breaks(NEW_YEAR).replayed
    mine = [one for one in found.moved if one.asked.code == ended.number]
    assert len(mine) == Scenario.objects.live().filter(code=ended).count()
    assert not [one for one in found.own if one.asked.code == ended.number]


def test_what_comes_later_is_not_counted(ended: Code, educator: User) -> None:
    scheduled(ended, educator, date(2027, 1, 2))
    assert what_breaks(NEW_YEAR).replayed.moved == ()
    assert what_breaks(date(2027, 1, 2)).replayed.moved


def test_revisions_of_several_pages_are_looked_at_together(ended: Code, educator: User) -> None:
    other = Code.objects.get(number="47383")
    Code.objects.filter(pk=other.pk).update(title="Another")
    scheduled(ended, educator)
    scheduled(Code.objects.get(pk=other.pk), educator)
    assert len(what_breaks(NEW_YEAR).revisions) == 2


def test_a_page_that_is_retired_takes_its_own_questions_along_and_breaks_those_of_others(
    bone_code: Code, educator: User
) -> None:
    scheduled(bone_code, educator, retires=True)
    before = set(Scenario.objects.live().values_list("code__number", "slug"))
    found = what_breaks(NEW_YEAR).replayed
    assert not [one for one in found.own if one.asked.code == bone_code.number]
    reviewing.publish_due(datetime(2027, 1, 2, tzinfo=UTC))
    left = set(Scenario.objects.live().values_list("code__number", "slug"))
    lost = {one for one in before - left if one[0] != bone_code.number}
    assert {(one.asked.code, one.asked.slug) for one in found.own if one.breaks} == lost


def test_what_is_foretold_is_what_can_no_longer_be_asked(bone_code: Code, educator: User) -> None:
    rule = Rule.objects.get(code=bone_code, slug="selection")
    rule.params = {**rule.params, "facets": {**rule.params["facets"], "technique": "microwave"}}
    rule.save()
    scheduled(bone_code, educator)
    live = set(Scenario.objects.live().values_list("code__number", "slug"))
    foretold = {(one.asked.code, one.asked.slug) for one in what_breaks(NEW_YEAR).replayed.own if one.breaks}
    reviewing.publish_due(datetime(2027, 1, 2, tzinfo=UTC))
    assert foretold == live - set(Scenario.objects.live().values_list("code__number", "slug"))
    assert foretold


def test_the_whole_library_is_looked_at_in_a_moment(ended: Code, educator: User) -> None:
    scheduled(ended, educator)
    with within(20):
        what_breaks(NEW_YEAR)


def test_the_page_lists_them_beforehand(as_educator: Client, ended: Code, educator: User) -> None:
    revision = scheduled(ended, educator)
    page = as_educator.get(reverse("coming"), {"on": "2027-01-01"}).text
    assert reverse("revision", args=[revision.pk]) in page
    for scenario in Scenario.objects.live().filter(code=ended):
        assert scenario.title in page


def test_a_day_that_is_none_is_said(as_educator: Client, starter_library: None) -> None:
    answer = as_educator.get(reverse("coming"), {"on": "soon"})
    assert answer.status_code == 422
    assert "“soon” is not a date" in answer.text
