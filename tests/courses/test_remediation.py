"""Remediation: two presses from a cell, once, on the rules that were broken most, with what came of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from courses import doing
from courses.models import Assignment, Course, CourseItem, Letter, Sitting, Team
from courses.reports.frame import CATEGORY_OF, slug_of
from courses.reports.remediation import (
    MOST_RULES,
    QUESTIONS,
    AlreadyAssigned,
    NothingToMend,
    remediate,
    remediations,
    weak_rules,
)
from quizzes.drawing import cases_seen_by
from quizzes.models import RuleReview
from rulebook.kinds import KIND
from rulebook.types import Category
from tests.courses.showing import NOW, answer_set, framed
from tests.quizzes.learning import give, right, wrong


@pytest.fixture
def answered(team: Team, trainee: User, bone_code: Code) -> None:
    """Six wrong answers of ten."""
    answer_set(trainee, bone_code, "wwwrwrwwrr")


def broken_most(person: User) -> list[str]:
    """Rules by how often they were broken, counted here row by row."""
    times: dict[str, int] = {}
    for review in RuleReview.objects.filter(person=person, broken=True):
        times[review.rule] = times.get(review.rule, 0) + 1
    return sorted(times, key=lambda rule: (-times[rule], rule))


def worst_category(person: User) -> Category:
    review = RuleReview.objects.filter(person=person, rule=broken_most(person)[0])[0]
    return CATEGORY_OF[review.kind]


def test_the_rules_broken_most_come_first(team: Team, trainee: User, answered: None) -> None:
    weak = weak_rules(framed(team), trainee.pk, None)
    assert list(weak.rules) == broken_most(trainee)[:MOST_RULES]
    reviews = RuleReview.objects.filter(person=trainee, rule__in=weak.rules)
    assert (weak.tried, weak.kept) == (reviews.count(), reviews.filter(broken=False).count())


def test_a_category_keeps_to_its_rules(team: Team, trainee: User, answered: None) -> None:
    category = worst_category(trainee)
    kinds = RuleReview.objects.filter(rule__in=weak_rules(framed(team), trainee.pk, category).rules)
    assert {CATEGORY_OF[kind] for kind in kinds.values_list("kind", flat=True)} == {category}


def test_a_rule_that_no_page_states_is_not_asked(team: Team, trainee: User, answered: None) -> None:
    gone = broken_most(trainee)[0]
    RuleReview.objects.filter(rule=gone).update(rule="00000/gone")
    assert "00000/gone" not in weak_rules(framed(team), trainee.pk, None).rules


def test_it_is_a_course_of_one_set_on_these_rules(team: Team, trainee: User, manager: User, answered: None) -> None:
    frame = framed(team)
    weak = weak_rules(frame, trainee.pk, None)
    made = remediate(frame, trainee, None, by=manager, at=NOW)
    [item] = made.course.items.all()
    assert (item.kind, item.rules, item.number) == (CourseItem.Kind.QUIZ, list(weak.rules), QUESTIONS)
    assert item.title.startswith("8 questions on 20983: ")
    assert made.course.is_remediation
    assert made.course.title == f"Remediation: {'; '.join(KIND[kind].title.lower() for kind in weak.kinds[:3])}"[:120]
    assert made.course.team == team
    assert not Course.objects.listed().filter(pk=made.course.pk)
    assert (made.before_tried, made.before_kept) == (weak.tried, weak.kept)
    assert made.standings.get().item == item


def test_it_is_due_at_the_end_of_a_day_by_the_teams_clocks(
    team: Team, trainee: User, manager: User, answered: None
) -> None:
    made = remediate(framed(team), trainee, None, by=manager, at=NOW)
    assert made.due_at is not None
    assert made.due_at.astimezone(team.zone).isoformat() == "2025-03-12T23:59:59-05:00"


def test_it_is_audited_and_mailed_once(team: Team, trainee: User, manager: User, answered: None) -> None:
    made = remediate(framed(team), trainee, None, by=manager, at=NOW)
    entry = AuditEntry.objects.get(team=team.pk, verb="assigned")
    assert (entry.who, entry.verb, entry.subject) == (manager, "assigned", f"assignment {made.pk}")
    assert Letter.objects.get().assignment == made


def test_a_second_press_assigns_nothing(team: Team, trainee: User, manager: User, answered: None) -> None:
    remediate(framed(team), trainee, None, by=manager, at=NOW)
    with pytest.raises(AlreadyAssigned):
        remediate(framed(team), trainee, worst_category(trainee), by=manager, at=NOW)
    assert (Assignment.objects.count(), Course.objects.count()) == (1, 1)


def test_what_is_done_can_be_assigned_again(team: Team, trainee: User, manager: User, answered: None) -> None:
    made = remediate(framed(team), trainee, None, by=manager, at=NOW)
    Assignment.objects.filter(pk=made.pk).update(done_at=NOW)
    assert remediate(framed(team), trainee, None, by=manager, at=NOW).pk != made.pk


def test_without_a_break_there_is_nothing_to_mend(team: Team, trainee: User, manager: User, bone_code: Code) -> None:
    answer_set(trainee, bone_code, "rrr")
    with pytest.raises(NothingToMend):
        remediate(framed(team), trainee, None, by=manager, at=NOW)
    assert not Course.objects.exists()


def test_what_was_broken_before_the_period_does_not_count(
    team: Team, trainee: User, manager: User, answered: None
) -> None:
    with pytest.raises(NothingToMend):
        remediate(framed(team, NOW + timedelta(weeks=30)), trainee, None, by=manager, at=NOW)


# Before and after -------------------------------------------------------------------------------


def test_what_came_of_it_is_counted_on_its_own_rules(
    team: Team, trainee: User, manager: User, bone_code: Code, answered: None
) -> None:
    made = remediate(framed(team), trainee, None, by=manager, at=NOW)
    items = answer_set(trainee, bone_code, "", NOW, seed=9)
    Sitting.objects.create(standing=made.standings.get(), attempt=items[0].attempt)
    assert remediations(team, trainee.pk)[0].after.tried == 0
    for minute, item in enumerate(items):
        give(item, right(item) if minute % 3 else wrong(item), NOW + timedelta(days=1, minutes=minute))
    [mended] = remediations(team, trainee.pk)
    rules = made.course.items.get().rules
    reviews = RuleReview.objects.filter(item__attempt=items[0].attempt, rule__in=rules)
    assert mended.before.tried == made.before_tried
    assert mended.after.tried == reviews.count() > 0
    assert mended.after.kept == reviews.filter(broken=False).count()


def test_the_set_is_on_its_rules_and_on_cases_never_seen(
    team: Team, trainee: User, manager: User, answered: None
) -> None:
    """From the press to what came of it, through the page on which trainees begin what is assigned."""
    made = remediate(framed(team), trainee, None, by=manager, at=NOW)
    seen = cases_seen_by(trainee)
    attempt = doing.start(doing.Step(assignment=made, standing=made.standings.get()), NOW, seed=1)
    items = list(attempt.items.select_related("attempt__exam", "version__question"))
    assert len(items) == QUESTIONS
    assert not seen & {item.version.case for item in items}
    for minute, item in enumerate(items):
        give(item, right(item), NOW + timedelta(days=1, minutes=minute))
    [mended] = remediations(team, trainee.pk)
    assert mended.after.tried == mended.after.kept > 0
    assert mended.before.value < 1


def test_the_persons_page_tells_it(
    as_manager: Client, team: Team, trainee: User, manager: User, bone_code: Code, answered: None
) -> None:
    made = remediate(framed(team), trainee, None, by=manager, at=NOW)
    page = as_manager.get(reverse("member", args=[team.pk, trainee.pk])).text
    assert "Remediation, before and after" in page
    assert "not answered yet" in page
    items = answer_set(trainee, bone_code, "", seed=9)
    Sitting.objects.create(standing=made.standings.get(), attempt=items[0].attempt)
    for item in items:
        give(item, right(item), NOW + timedelta(days=1))
    page = as_manager.get(reverse("member", args=[team.pk, trainee.pk])).text
    assert "not answered yet" not in page


# The press --------------------------------------------------------------------------------------


@pytest.fixture
def lately(team: Team, trainee: User, bone_code: Code) -> None:
    """The same by the clocks of now, as a browser asks for it."""
    answer_set(trainee, bone_code, "wwwrwrwwrr", timezone.now() - timedelta(days=1))


def press(client: Client, team: Team, person: User, **data: Any) -> Any:
    return client.post(reverse("remediate", args=[team.pk, person.pk]), data, follow=True)


def test_two_presses_lead_from_the_map_to_an_assignment(
    as_manager: Client, team: Team, trainee: User, lately: None
) -> None:
    slug = slug_of(worst_category(trainee))
    cell = reverse("cell", args=[team.pk, trainee.pk, slug])
    assert f'href="{cell}"' in as_manager.get(reverse("heat_map", args=[team.pk])).text
    page = as_manager.get(cell).text
    [action] = re.findall(r'<form method="post" action="([^"]+)" class="remediate', page)
    [category] = re.findall(r'name="category" value="([^"]+)"', page)
    done = as_manager.post(action, {"category": category}, follow=True)
    assert "has 8 questions on" in done.text
    assert Assignment.objects.get().person == trainee


def test_a_second_press_says_so(as_manager: Client, team: Team, trainee: User, lately: None) -> None:
    press(as_manager, team, trainee)
    assert "Nothing was assigned twice" in press(as_manager, team, trainee).text
    assert Assignment.objects.count() == 1


def test_a_press_without_a_break_says_so(as_manager: Client, team: Team, trainee: User) -> None:
    assert "Nothing was assigned" in press(as_manager, team, trainee).text
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("who", ["trainee", "other_manager", "educator"])
def test_nobody_else_assigns(who: str, request: pytest.FixtureRequest, team: Team, trainee: User, lately: None) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(who))
    answer = client.post(reverse("remediate", args=[team.pk, trainee.pk]), {"team": team.pk, "role": "manager"})
    assert answer.status_code == (403 if who == "trainee" else 404)
    assert not Assignment.objects.exists()


def test_nobody_of_another_team_is_assigned_to(as_manager: Client, team: Team, other_manager: User) -> None:
    assert press(as_manager, team, other_manager).status_code == 404


def test_a_category_that_is_none_assigns_nothing(as_manager: Client, team: Team, trainee: User, lately: None) -> None:
    assert press(as_manager, team, trainee, category="'; --").status_code == 404
    assert not Assignment.objects.exists()
