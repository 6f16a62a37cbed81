"""Every figure of the reports leads to answers, and there are as many behind it as it says."""

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses import breaking
from courses.models import Assignment, Membership, Sitting, Team
from courses.privacy import erase
from courses.reports.frame import frame_of
from courses.reports.remediation import remediate
from courses.seats import withdraw
from tests.courses.showing import WEEK, answer_set
from tests.quizzes.learning import give, right

#: A link to a list of answers, and what it says of numbers.
LINK = re.compile(r'<a [^>]*?href="(?P<url>[^"]*/answers/(?:\?[^"]*)?)"[^>]*>(?P<text>.*?)</a>', re.DOTALL)
NUMBERS = re.compile(r"(\d+) of (\d+)|(\d+)/(\d+)|\bn\s(\d+)|n = (\d+)|^(\d+)$")
TOLD = re.compile(r"(\d+) (?:answer|clean|break|time)|kept (\d+)")


@pytest.fixture
def answered(team: Team, trainee: User, teammate: User, manager: User, bone_code: Code) -> Assignment:
    """Two cohorts and somebody without one, another team, several weeks, hints, and a remediation that was begun."""
    now = timezone.now()
    team.memberships.filter(person=trainee).update(cohort="Spring")
    team.memberships.filter(person=teammate).update(cohort="Autumn")
    loose = User.objects.create_user("loose")
    Membership.objects.create(team=team, person=loose)
    other = Team.objects.create(name="Others")
    Membership.objects.create(team=other, person=manager, role=Membership.Role.MANAGER)
    Membership.objects.create(team=other, person=trainee)
    answer_set(trainee, bone_code, "wrwrwrwrwr", now - 6 * WEEK, seed=1)
    answer_set(trainee, bone_code, "rrwrrwrrwr", now - timedelta(hours=1), seed=2)
    answer_set(teammate, bone_code, "rwrwrrrrww", now - 3 * WEEK, seed=3)
    answer_set(loose, bone_code, "rw", now - 2 * WEEK, seed=4)
    made = remediate(frame_of(team, {}, now), trainee, None, by=manager, at=now)
    after = answer_set(trainee, bone_code, "....", seed=5)
    Sitting.objects.create(standing=made.standings.get(), attempt=after[0].attempt)
    for place, item in enumerate(after):
        give(item, right(item), now + timedelta(minutes=place + 1), hints=int(place == 0))
    return made


def figures(client: Client, page: str) -> list[tuple[str, str]]:
    """The links to answers on a page: what is written on each, and where it leads."""
    text = client.get(page).text
    found = LINK.finditer(text)
    return [(" ".join(re.sub(r"<[^>]*>", "", one["text"]).split()), html.unescape(one["url"])) for one in found]


def told(client: Client, url: str) -> set[int]:
    """How many answers a list says there are, and how often these kept, broke or tried rules."""
    line = re.search(r'role="status">(.*?)</p>', client.get(url).text, re.DOTALL)
    assert line, url
    return {int(one) for pair in TOLD.findall(line[1]) for one in pair if one}


def pages(team: Team, trainee: User) -> list[str]:
    """Every page with figures."""
    member = reverse("member", args=[team.pk, trainee.pk])
    return [
        reverse("team", args=[team.pk]), f"{reverse('team', args=[team.pk])}?cohort=Spring&weeks=4",
        reverse("heat_map", args=[team.pk]), f"{reverse('heat_map', args=[team.pk])}?cohort=Autumn",
        reverse("cohorts", args=[team.pk]), f"{reverse('cohorts', args=[team.pk])}?weeks=all",
        member, f"{member}?weeks=all", reverse("cell", args=[team.pk, trainee.pk, "units"]),
    ]  # fmt: skip


def test_there_are_as_many_answers_as_each_figure_says(
    as_manager: Client, team: Team, trainee: User, answered: Assignment
) -> None:
    leading: dict[str, int] = {}
    for page in pages(team, trainee):
        for text, url in figures(as_manager, page):
            if numbers := NUMBERS.search(text):
                counts = [int(one) for one in numbers.groups() if one]
                # Of those with hints, how many answers there are besides is said by the figure beside it.
                wanted = {counts[0]} if "With hints" in text else set(counts) - {0}
                assert wanted <= told(as_manager, url), (page, text, url)
                for name in re.findall(r"(\w+)=", url):
                    leading[name] = leading.get(name, 0) + 1
    assert leading.keys() >= {
        "category", "error", "rule", "broken", "person", "fresh", "hinted", "since", "until", "cohort", "no_cohort",
        "before", "after", "weeks",
    }  # fmt: skip


def test_every_week_leads_to_as_many_answers(
    as_manager: Client, team: Team, trainee: User, answered: Assignment
) -> None:
    rows = re.compile(r'<th scope="row"><a href="([^"]*week=[^"]*)"[^>]*>.*?</th><td>(.*?)</td>', re.DOTALL)
    found = []
    for page in pages(team, trainee):
        for url, score in rows.findall(as_manager.get(page).text):
            number = re.search(r"(?:n\s| of )(\d+)", re.sub(r"<[^>]*>", "", score))
            assert number, score
            assert int(number[1]) in told(as_manager, html.unescape(url)), (page, score, url)
            found.append(url)
    assert len(found) > 20


def test_a_remediation_opens_the_answers_before_it_and_in_it(
    as_manager: Client, team: Team, trainee: User, answered: Assignment
) -> None:
    page = reverse("team_answers", args=[team.pk])
    before = as_manager.get(f"{page}?before={answered.pk}").context
    after = as_manager.get(f"{page}?after={answered.pk}").context
    assert (before["shown"].tried, before["shown"].kept) == (answered.before_tried, answered.before_kept)
    assert all(row.day <= answered.assigned_at for row in before["rows"])
    assert {row.day > answered.assigned_at for row in after["rows"]} == {True}
    assert {row.person for row in (*before["rows"], *after["rows"])} == {trainee.pk}
    elsewhere = reverse("team_answers", args=[Team.objects.get(name="Others").pk])
    assert as_manager.get(f"{elsewhere}?before={answered.pk}").context["page"].paginator.count == 0


def sums(client: Client, team: Team) -> list[object]:
    """What stands on the pages of a team of everybody together."""
    overview = client.get(reverse("team", args=[team.pk])).context
    heat = client.get(reverse("heat_map", args=[team.pk])).context
    cohorts = client.get(reverse("cohorts", args=[team.pk])).context["cohorts"]
    return [
        overview["score"], [(one.label, one.score) for one in overview["weekly"].rows],
        [(one.rule, one.times) for one in overview["breaks"].rules], [one.share for one in heat["every"]],
        heat["every_score"], {group.name: (group.score, group.cells) for group in cohorts.groups}["Without a cohort"],
    ]  # fmt: skip


@pytest.fixture
def erased(
    team: Team, teammate: User, admin: User, answered: Assignment, settings: Any, tmp_path: Path
) -> User:  # fmt: skip
    """One of two people without a cohort, of whom nobody knows the name any more."""
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    team.memberships.filter(person=teammate).update(cohort="")
    breaking.recount(team)
    return teammate


def test_an_erasure_changes_no_sum(as_manager: Client, team: Team, admin: User, erased: User) -> None:
    before = sums(as_manager, team)
    erase(erased, by=admin, why="Asked for it", at=timezone.now())
    assert sums(as_manager, team) == before
    assert list(breaking.differences(team)) == []


def test_answers_of_the_erased_are_counted_and_not_listed(
    as_manager: Client, team: Team, trainee: User, admin: User, erased: User
) -> None:
    url = reverse("team_answers", args=[team.pk])
    before = as_manager.get(url).context
    mine = [row.answer for row in before["rows"] if row.person == erased.pk]
    erase(erased, by=admin, why="Asked for it", at=timezone.now())
    page = as_manager.get(url)
    assert (page.context["total"], page.context["erased"]) == (before["total"], 10)
    assert "10 of them, by people who were erased, only count and are not listed" in page.text
    assert erased.pk not in {row.person for row in page.context["rows"]}
    assert as_manager.get(reverse("team_answer", args=[team.pk, mine[0]])).status_code == 404
    for where in pages(team, trainee):
        assert f"/people/{erased.pk}/" not in as_manager.get(where).text


def test_a_seat_that_ends_takes_its_answers_out_of_the_sums(
    as_manager: Client, team: Team, teammate: User, answered: Assignment
) -> None:
    before = as_manager.get(team.get_absolute_url()).context["score"].tried
    withdraw(team.memberships.get(person=teammate), by=None, at=timezone.now())
    assert as_manager.get(team.get_absolute_url()).context["score"].tried == before - 10
