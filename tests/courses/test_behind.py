"""Every figure of the reports leads to answers, and there are as many behind it as it says."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses.models import Assignment, Membership, Sitting, Team
from courses.reports.frame import frame_of
from courses.reports.remediation import remediate
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
