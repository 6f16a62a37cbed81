"""The heat map: kept of tried by person and category, and what is behind a cell."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses.models import Membership, Team
from courses.reports.frame import CATEGORY_OF, KINDS_OF, SLUGS
from courses.reports.heat_map import Asked, heat_map_page, look, step_of
from quizzes.shares import Share
from rulebook.kinds import KINDS
from rulebook.types import Category
from tests.courses.showing import answer_set, framed, people, tallies, tally


def cells(team: Team, **given: str) -> dict[str, dict[Category, tuple[int, int]]]:
    """Name -> category -> kept, tried."""
    page = heat_map_page(framed(team, **given), Asked.of(given))
    return {
        row.seat.name: {
            one: (cell.share.kept, cell.share.tried)
            for one, cell in zip(page["categories"], row.cells, strict=True)
            if cell.share.tried
        }
        for row in page["rows"]
    }


def url(team: Team) -> str:
    return reverse("heat_map", args=[team.pk])


def test_every_kind_has_its_column() -> None:
    assert set(CATEGORY_OF) == {kind.id for kind in KINDS}
    assert {kind for kinds in KINDS_OF.values() for kind in kinds} == set(CATEGORY_OF)
    assert [*SLUGS.values()] == [one for one in Category if one in KINDS_OF]


def test_kinds_of_one_category_share_a_cell(team: Team, trainee: User) -> None:
    tally(trainee, 3, 4, kind="units")
    tally(trainee, 1, 2, kind="each-additional")
    tally(trainee, 5, 5, kind="modifier")
    assert cells(team) == {
        "trainee": {Category.UNITS: (4, 6), Category.MODIFIER: (5, 5)},
        "teammate": {},
    }


def test_a_kind_that_is_gone_is_in_no_cell(team: Team, trainee: User) -> None:
    tally(trainee, 3, 4, kind="phase-of-the-moon")
    assert cells(team)["trainee"] == {}


def test_the_first_row_is_everybody(team: Team, trainee: User, teammate: User) -> None:
    tally(trainee, 3, 4, kind="units")
    tally(teammate, 1, 6, kind="units")
    page = heat_map_page(framed(team), Asked())
    assert [(one.share.kept, one.share.tried) for one in page["every"]] == [(4, 10)]


@pytest.mark.parametrize(
    ("kept", "tried", "step"),
    [
        (20, 20, 1),
        (19, 20, 1),
        (18, 20, 2),
        (17, 20, 2),
        (16, 20, 3),
        (14, 20, 3),
        (13, 20, 4),
        (10, 20, 4),
        (9, 20, 5),
    ],
)
def test_the_less_is_kept_the_stronger_the_color(kept: int, tried: int, step: int) -> None:
    assert step_of(Share(kept=kept, tried=tried)) == step


def test_few_tries_are_hatched() -> None:
    assert look(Share(kept=4, tried=4)) == "heat-1 heat-few"
    assert look(Share(kept=5, tried=5)) == "heat-1"
    assert look(Share(kept=0, tried=0)) == "heat-none"


def test_the_weakest_can_stand_first(team: Team, trainee: User, teammate: User) -> None:
    tally(trainee, 2, 10)
    tally(teammate, 9, 10)
    assert [*cells(team)][:2] == ["teammate", "trainee"]
    assert [*cells(team, sort="weakest")][:2] == ["trainee", "teammate"]


def test_it_is_a_real_table(as_manager: Client, team: Team, trainee: User) -> None:
    tally(trainee, 30, 40, kind="units", at=timezone.now())
    page = as_manager.get(url(team)).text
    [table] = re.findall(r'<div class="wide-table heat-table".*?</table>', page, flags=re.DOTALL)
    assert table.count('<th scope="col"') == 3
    assert table.count('<th scope="row"') == 3
    assert f'<td class="heat-3"><a href="/teams/{team.pk}/map/{trainee.pk}/units/">30/40</a></td>' in table
    assert "style=" not in table


def test_a_cells_address_is_the_cells(as_manager: Client, team: Team, trainee: User) -> None:
    for kind in KINDS:
        tally(trainee, 1, 2, kind=kind.id, at=timezone.now())
    page = as_manager.get(url(team), {"weeks": "4"}).text
    links = re.findall(rf'href="(/teams/{team.pk}/map/{trainee.pk}/[^"]+)"', page)
    wanted = [reverse("cell", args=[team.pk, trainee.pk, slug]) + "?weeks=4" for slug in SLUGS]
    assert links == wanted
    assert {as_manager.get(link).status_code for link in links} == {200}


def test_a_hundred_people_a_page(as_manager: Client, team: Team) -> None:
    tallies(people(team, 120))
    page = as_manager.get(url(team), {"weeks": "all"}).text
    assert page.count('<th scope="row"') == 101
    assert "1 to 100 of 122 people" in page


def test_the_number_of_queries_does_not_depend_on_the_people(as_manager: Client, team: Team) -> None:
    def look_at() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_manager.get(url(team), {"weeks": "all"}).status_code == 200
        return len(captured)

    tallies(people(team, 5))
    look_at()
    few = look_at()
    more = User.objects.bulk_create(User(username=f"more-{place}") for place in range(45))
    Membership.objects.bulk_create(Membership(team=team, person=one) for one in more)
    tallies(more)
    assert look_at() == few <= 14


# One cell ---------------------------------------------------------------------------------------


@pytest.fixture
def answered(trainee: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "wwwwwrrrrr", timezone.now() - timedelta(days=1))


def broken_in(team: Team, person: User) -> str:
    """The slug of the category that somebody breaks most."""
    page = heat_map_page(framed(team, timezone.now()), Asked())
    [row] = [row for row in page["rows"] if row.seat.person == person.pk]
    pairs = zip(page["categories"], row.cells, strict=True)
    worst = max(pairs, key=lambda pair: pair[1].share.tried - pair[1].share.kept)[0]
    return str(worst.value.replace(" ", "-"))


def test_a_cell_shows_its_rules_and_answers(as_manager: Client, team: Team, trainee: User, answered: None) -> None:
    page = as_manager.get(reverse("cell", args=[team.pk, trainee.pk, broken_in(team, trainee)])).text
    assert page.count('<button class="btn btn-primary">Assign remediation</button>') == 1
    assert "Rules broken" in page
    answers = re.findall(rf'href="(/teams/{team.pk}/answers/[0-9]+/)"', page)
    assert answers
    assert as_manager.get(answers[0]).status_code == 200


def test_a_cell_says_what_the_map_says(as_manager: Client, team: Team, trainee: User, answered: None) -> None:
    slug = broken_in(team, trainee)
    kept, tried = _of(team, trainee, slug)
    page = as_manager.get(reverse("cell", args=[team.pk, trainee.pk, slug])).text
    assert f"{kept} of {tried} <span>rules kept" in page


def _of(team: Team, person: User, slug: str) -> tuple[int, int]:
    page = heat_map_page(framed(team, timezone.now()), Asked())
    [row] = [row for row in page["rows"] if row.seat.person == person.pk]
    cell = row.cells[page["categories"].index(SLUGS[slug])]
    return cell.share.kept, cell.share.tried


def test_where_nothing_was_broken_there_is_nothing_to_mend(as_manager: Client, team: Team, trainee: User) -> None:
    page = as_manager.get(reverse("cell", args=[team.pk, trainee.pk, "units"])).text
    assert "No answer says anything about it" in page
    assert "Assign remediation" not in page


@pytest.mark.parametrize("category", ["no-such", "over-coding", "units%27"])
def test_a_category_without_rules_is_missing(as_manager: Client, team: Team, trainee: User, category: str) -> None:
    assert as_manager.get(f"{url(team)}{trainee.pk}/{category}/").status_code == 404


def test_somebody_of_another_team_is_missing(as_manager: Client, team: Team, other_manager: User) -> None:
    assert as_manager.get(reverse("cell", args=[team.pk, other_manager.pk, "units"])).status_code == 404


def test_two_of_one_name_are_told_apart(as_manager: Client, team: Team, trainee: User, teammate: User) -> None:
    User.objects.filter(pk__in=[trainee.pk, teammate.pk]).update(first_name="Ana", last_name="Ruiz")
    shown = [seat.name for seat in framed(team).seats]
    assert shown == ["Ana Ruiz (teammate)", "Ana Ruiz (trainee)"]
    User.objects.filter(pk=trainee.pk).update(last_name="Rossi")
    assert [seat.name for seat in framed(team).seats] == ["Ana Rossi", "Ana Ruiz"]
