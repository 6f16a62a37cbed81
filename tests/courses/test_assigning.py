"""Assigning courses, in steps and at once; extending, taking back, assigning again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from courses import assigning
from courses.assigning import NothingAssigned, Terms, assign, end_of_day, extend, reassign, unassign
from courses.models import Assignment, Course, CourseItem, Extension, Letter, Membership, Team
from courses.tending import remind
from quizzes.models import Exam, ExtraTime
from tests.conftest import signed_in

IN_A_YEAR = timezone.now().date() + timedelta(days=365)
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def course(bone_code: Code) -> Course:
    made = Course.objects.create(title="Percutaneous ablation")
    CourseItem.objects.create(course=made, position=1, kind=CourseItem.Kind.PAGE, code=bone_code)
    CourseItem.objects.create(course=made, position=2, kind=CourseItem.Kind.QUIZ, codes=[bone_code.number], number=5)
    return made


# The verbs --------------------------------------------------------------------------------------


def test_each_person_gets_the_course_once(
    team: Team, course: Course, trainee: User, teammate: User, manager: User
) -> None:
    made = assign(team, course, [trainee], Terms(), by=manager, at=NOW)
    more = assign(team, course, [trainee, teammate], Terms(), by=manager, at=NOW)
    assert [one.person for one in made] == [trainee]
    assert [one.person for one in more] == [teammate]
    with pytest.raises(NothingAssigned):
        assign(team, course, [trainee, teammate], Terms(), by=manager, at=NOW)
    assert Assignment.objects.count() == 2
    assert AuditEntry.objects.filter(verb="assigned", team=team.pk, who=manager).count() == 2


def test_what_was_assigned_together_can_be_found_together(
    team: Team, course: Course, trainee: User, teammate: User, manager: User
) -> None:
    made = assign(team, course, [trainee, teammate], Terms(), by=manager, at=NOW)
    assert len({one.batch for one in made}) == 1


def test_nothing_is_assigned_to_somebody_without_a_seat(
    team: Team, course: Course, trainee: User, other_manager: User, manager: User
) -> None:
    with pytest.raises(NothingAssigned):
        assign(team, course, [other_manager], Terms(), by=manager, at=NOW)
    team.memberships.filter(person=trainee).update(ended_at=NOW)
    with pytest.raises(NothingAssigned):
        assign(team, course, [trainee], Terms(), by=manager, at=NOW)


def test_every_item_has_a_standing_and_everybody_is_told(
    team: Team, course: Course, trainee: User, manager: User
) -> None:
    [made] = assign(team, course, [trainee], Terms(), by=manager, at=NOW)
    assert made.standings.count() == 2
    assert Letter.objects.get(kind=Letter.Kind.ASSIGNMENT).assignment == made


def test_extra_time_holds_for_the_exams_of_the_course(team: Team, course: Course, trainee: User, manager: User) -> None:
    exam = Exam.objects.create(title="Finals", minutes=20, is_open=True)
    CourseItem.objects.create(course=course, position=3, kind=CourseItem.Kind.EXAM, exam=exam)
    assign(team, course, [trainee], Terms(extra_percent=25), by=manager, at=NOW)
    assert ExtraTime.objects.get(person=trainee, exam=exam).percent == 25


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("America/Chicago", "2026-03-07", "2026-03-08T05:59:59+00:00"),
        ("America/Chicago", "2026-03-08", "2026-03-09T04:59:59+00:00"),  # the clocks went forward that morning
        ("America/Chicago", "2026-11-01", "2026-11-02T05:59:59+00:00"),  # and back
        ("America/Chicago", "2028-02-29", "2028-03-01T05:59:59+00:00"),
        ("Asia/Kathmandu", "2026-12-31", "2026-12-31T18:14:59+00:00"),
        ("Pacific/Kiritimati", "2026-12-31", "2026-12-31T09:59:59+00:00"),
    ],
)
def test_a_day_ends_in_the_team_s_own_time_zone(team: Team, zone: str, day: str, instant: str) -> None:
    team.time_zone = zone
    assert end_of_day(datetime.fromisoformat(day).date(), team) == datetime.fromisoformat(instant)


def test_an_extension_is_kept_and_explained(team: Team, course: Course, trainee: User, manager: User) -> None:
    [made] = assign(team, course, [trainee], Terms(due_at=NOW), by=manager, at=NOW)
    later = NOW + timedelta(days=7)
    extend(made, later, "On leave", by=manager, at=NOW)
    extend(made, None, "No hurry", by=manager, at=NOW)
    assert [(one.due_before, one.due_at) for one in Extension.objects.all()] == [(NOW, later), (later, None)]
    assert Assignment.objects.get().due_at is None
    assert AuditEntry.objects.filter(verb="due date changed").count() == 2


def test_taking_back_keeps_the_record_and_happens_once(
    team: Team, course: Course, trainee: User, manager: User
) -> None:
    [made] = assign(team, course, [trainee], Terms(), by=manager, at=NOW)
    assert unassign(made, "By mistake", by=manager, at=NOW)
    assert not unassign(made, "Again", by=manager, at=NOW)
    kept = Assignment.objects.get()
    assert (kept.unassigned_at, kept.unassigned_why) == (NOW, "By mistake")
    assert AuditEntry.objects.filter(verb="assignment taken back").count() == 1


def test_once_more_begins_again_only_when_it_is_not_open(
    team: Team, course: Course, trainee: User, manager: User
) -> None:
    [made] = assign(team, course, [trainee], Terms(), by=manager, at=NOW)
    with pytest.raises(NothingAssigned):
        reassign(made, Terms(), by=manager, at=NOW)
    unassign(made, "For now", by=manager, at=NOW)
    again = reassign(made, Terms(), by=manager, at=NOW)
    assert again.repeats == made
    assert not again.standings.exclude(state="not started").exists()


# The pages --------------------------------------------------------------------------------------


def asked(course: Course, *people: User, **more: Any) -> dict[str, Any]:
    return {
        "people": [str(one.pk) for one in people],
        "course": str(course.pk),
        "mode": "tutor",
        "pass_percent": "80",
    } | more


def test_a_course_is_assigned_in_three_steps(as_manager: Client, team: Team, course: Course, trainee: User) -> None:
    url = reverse("assign", args=[team.pk])
    assert "Percutaneous ablation" in as_manager.get(url).text
    due = timezone.now().astimezone(team.zone).date() + timedelta(days=14)
    form = asked(course, trainee, due_on=due.isoformat(), attempts_allowed="3", extra_percent="25")
    check = as_manager.post(url, form | {"action": "check"})
    assert "Check before you assign" in check.text
    assert not Assignment.objects.exists()
    done = as_manager.post(url, form | {"action": "assign"}, follow=True)
    made = Assignment.objects.get()
    assert f"{due:%b} {due.day}, {due.year}" in done.text
    assert made.due_at == end_of_day(due, team)
    assert (made.person, made.pass_percent, made.attempts_allowed, made.extra_percent) == (trainee, 80, 3, 25)


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (None, "unless they switched that off.</dd>"),
        (0, "unless they switched that off.</dd>"),
        (2, "unless they switched that off, and again before it is due.</dd>"),
        (14, "unless they switched that off, and again three days before it is due.</dd>"),
    ],
)
def test_the_check_promises_the_mail_that_will_come(
    as_manager: Client, team: Team, course: Course, trainee: User, monkeypatch: pytest.MonkeyPatch,
    days: int | None, says: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    due = "" if days is None else str(NOW.astimezone(team.zone).date() + timedelta(days=days))
    form = asked(course, trainee, due_on=due)
    check = as_manager.post(reverse("assign", args=[team.pk]), form | {"action": "check"})
    assert says in check.text
    as_manager.post(reverse("assign", args=[team.pk]), form | {"action": "assign"})
    assert any(remind(NOW + timedelta(hours=hour)) for hour in range(15 * 24)) == ("and again" in says)


def test_who_cannot_be_reached_by_mail_is_named(
    as_manager: Client, team: Team, course: Course, trainee: User, teammate: User
) -> None:
    User.objects.filter(pk=teammate.pk).update(email="")
    url, form = reverse("assign", args=[team.pk]), asked(course, trainee, teammate)
    check = as_manager.post(url, form | {"action": "check"}).text
    assert "The others are told by mail" in check
    assert "teammate cannot be reached by mail" in check
    done = as_manager.post(url, form | {"action": "assign"}, follow=True)
    [said] = [str(one) for one in done.context["messages"]]
    assert said.endswith("teammate cannot be reached by mail. The others are told, unless they switched that off.")


def test_nobody_is_said_to_be_told_who_cannot_be(as_manager: Client, team: Team, course: Course, trainee: User) -> None:
    User.objects.filter(pk=trainee.pk).update(email="")
    url, form = reverse("assign", args=[team.pk]), asked(course, trainee)
    assert "told by mail" not in as_manager.post(url, form | {"action": "check"}).text
    done = as_manager.post(url, form | {"action": "assign"}, follow=True)
    [said] = [str(one) for one in done.context["messages"]]
    assert said.endswith("trainee cannot be reached by mail.")


def test_the_way_back_from_the_check_keeps_what_was_chosen(
    as_manager: Client, team: Team, course: Course, trainee: User
) -> None:
    form = asked(course, trainee, pass_percent="93", action="edit")
    page = as_manager.post(reverse("assign", args=[team.pk]), form).text
    assert 'value="93"' in page
    assert f'name="people" value="{trainee.pk}" checked' in page


def test_everybody_and_cohorts_can_be_chosen_at_once(
    as_manager: Client, team: Team, course: Course, trainee: User
) -> None:
    url = reverse("assign", args=[team.pk])
    Membership.objects.filter(person=trainee).update(cohort="Spring")
    as_manager.post(url, asked(course, action="assign", cohorts="Spring"))
    assert [one.person for one in Assignment.objects.all()] == [trainee]
    as_manager.post(url, asked(course, action="assign", everybody="on"))
    assert Assignment.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("people", [], "People: choose at least one."),
        ("people", ["999999"], "is not in the team any more"),
        ("cohorts", ["Nobody"], "is not in the team any more"),
        ("course", "", "Course: choose one."),
        ("course", "999999", "cannot be assigned"),
        ("due_on", "2020-01-01", "is over"),
        ("due_on", "9999-12-31", "more than five years away"),
        ("due_on", "2026-02-30", "enter a day like"),
        ("due_on", "0000-00-00", "enter a day like"),
        ("due_on", "２０２６-１２-０１", "enter a day like"),
        ("mode", "cheat", "Mode: choose tutor or exam."),
        ("pass_percent", "1e309", "Pass mark: enter a whole number"),
        ("pass_percent", "101", "Pass mark: enter a whole number"),
        ("pass_percent", "-1", "Pass mark: enter a whole number"),
        ("attempts_allowed", "0", "Attempts: enter a whole number"),
        ("extra_percent", "4000", "Extra time: enter a whole number"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_assigned(
    as_manager: Client, team: Team, course: Course, trainee: User, field: str, value: Any, says: str
) -> None:
    form = asked(course, trainee, action="assign") | {field: value}
    page = as_manager.post(reverse("assign", args=[team.pk]), form)
    assert page.status_code == 422
    assert says in page.text
    assert not Assignment.objects.exists()


def test_somebody_who_has_it_is_left_out_and_named(
    as_manager: Client, team: Team, course: Course, trainee: User, teammate: User, manager: User
) -> None:
    assign(team, course, [trainee], Terms(), by=manager, at=NOW)
    url = reverse("assign", args=[team.pk])
    both = as_manager.post(url, asked(course, trainee, teammate, action="check")).text
    assert "Left out" in both
    alone = as_manager.post(url, asked(course, trainee, action="assign"))
    assert alone.status_code == 422
    assert "assigned already" in alone.text


def test_another_team_s_course_and_people_cannot_be_chosen(
    as_manager: Client, team: Team, course: Course, other_manager: User, trainee: User
) -> None:
    course.team = Team.objects.get(name="Another team")
    course.save()
    url = reverse("assign", args=[team.pk])
    assert course.title not in as_manager.get(url).text
    assert as_manager.post(url, asked(course, trainee, action="assign")).status_code == 422
    assert not Assignment.objects.exists()


def test_two_of_one_name_are_told_apart_before_and_after_they_are_chosen(
    as_manager: Client, team: Team, course: Course, trainee: User, teammate: User
) -> None:
    User.objects.filter(pk__in=[trainee.pk, teammate.pk]).update(first_name="Ana", last_name="Ruiz")
    url = reverse("assign", args=[team.pk])
    check = as_manager.post(url, asked(course, trainee, action="check")).text
    for shown in (as_manager.get(url).text, check):
        assert "Ana Ruiz (trainee)" in shown
    assert "Ana Ruiz (teammate)" not in check
    User.objects.filter(pk=teammate.pk).update(first_name="Eva")
    assert "Ana Ruiz (" not in as_manager.get(url).text


def test_people_without_names_stand_by_what_they_sign_in_with(as_manager: Client, team: Team) -> None:
    for name in ("zoe", "amy", "moe"):
        Membership.objects.create(team=team, person=User.objects.create(username=name))
    form = as_manager.get(reverse("assign", args=[team.pk])).context["form"]
    assert [str(seat.person) for seat, _ in form.ticked()] == ["amy", "moe", "teammate", "trainee", "zoe"]


def test_the_list_shows_each_state_by_itself(
    as_manager: Client, team: Team, course: Course, trainee: User, teammate: User, manager: User
) -> None:
    at = timezone.now()
    [late] = assign(team, course, [trainee], Terms(due_at=at - timedelta(days=1)), by=manager, at=NOW)
    [soon] = assign(team, course, [teammate], Terms(due_at=at + timedelta(days=1)), by=manager, at=NOW)
    url = reverse("assignments", args=[team.pk])
    pages = {state: as_manager.get(f"{url}?state={state}").context["page"].object_list for state in ("overdue", "soon")}
    assert {state: list(rows) for state, rows in pages.items()} == {"overdue": [late], "soon": [soon]}
    assert as_manager.get(f"{url}?state=xx&person=１&course=-1&batch='--&page=9").status_code == 200


def test_the_list_costs_the_same_for_many(
    as_manager: Client, team: Team, course: Course, manager: User, django_assert_max_num_queries: Any
) -> None:
    people = [User.objects.create(username=f"more{n}") for n in range(30)]
    for one in people:
        Membership.objects.create(team=team, person=one)
    assign(team, course, people, Terms(), by=manager, at=NOW)
    with django_assert_max_num_queries(12):
        as_manager.get(reverse("assignments", args=[team.pk]))


def test_chosen_ones_are_changed_together(
    as_manager: Client, team: Team, course: Course, trainee: User, teammate: User, manager: User
) -> None:
    made = assign(team, course, [trainee, teammate], Terms(), by=manager, at=NOW)
    url, ids = reverse("assignments_change", args=[team.pk]), [str(one.pk) for one in made]
    assert as_manager.get(url, {"assignment": ids}).status_code == 200
    day = timezone.now().astimezone(team.zone).date() + timedelta(days=14)
    bare = as_manager.post(url, {"assignment": ids, "verb": "extend", "due_on": str(day)})
    assert bare.status_code == 422
    as_manager.post(url, {"assignment": ids, "verb": "extend", "due_on": str(day), "why": "Audit week"})
    assert {one.due_at for one in Assignment.objects.all()} == {end_of_day(day, team)}
    as_manager.post(url, {"assignment": ids[:1], "verb": "unassign", "why": "Moved"})
    as_manager.post(url, {"assignment": ids, "verb": "reassign", "no_date": "on"})
    assert Assignment.objects.open().count() == 2
    assert Assignment.objects.filter(repeats=made[0]).count() == 1


@pytest.mark.parametrize("verb", ["extend", "reassign"])
@pytest.mark.parametrize("sent", [{"due_on": ""}, {}, {"due_on": str(IN_A_YEAR), "no_date": "on"}])
def test_an_empty_day_takes_no_date_away(
    as_manager: Client, team: Team, course: Course, trainee: User, manager: User, verb: str, sent: dict[str, str]
) -> None:
    due = timezone.now() + timedelta(days=3)
    [made] = assign(team, course, [trainee], Terms(due_at=due), by=manager, at=NOW)
    url, form = reverse("assignments_change", args=[team.pk]), {"assignment": made.pk, "verb": verb, "why": "Audit"}
    refused = as_manager.post(url, form | sent)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["due_on"]
    assert Assignment.objects.get().due_at == due


def test_taking_the_date_away_is_a_choice_and_the_message_says_the_date(
    as_manager: Client, team: Team, course: Course, trainee: User, manager: User
) -> None:
    [made] = assign(team, course, [trainee], Terms(due_at=timezone.now()), by=manager, at=NOW)
    url, form = reverse("assignments_change", args=[team.pk]), {"assignment": made.pk, "verb": "extend", "why": "Audit"}
    day = timezone.now().astimezone(team.zone).date() + timedelta(days=14)
    moved = as_manager.post(url, form | {"due_on": str(day)}, follow=True)
    assert f"Due dates changed: 1. Due now: {day:%B} {day.day}, {day.year}." in moved.text
    gone = as_manager.post(url, form | {"no_date": "on"}, follow=True)
    assert "Due dates changed: 1. Due now: no date." in gone.text
    assert Assignment.objects.get().due_at is None


def test_another_team_s_assignments_are_not_changed(
    team: Team, course: Course, trainee: User, manager: User, other_manager: User
) -> None:
    [made] = assign(team, course, [trainee], Terms(), by=manager, at=NOW)
    theirs = Team.objects.get(name="Another team")
    stranger = signed_in(other_manager)
    form = {"assignment": str(made.pk), "verb": "unassign", "why": "Mischief"}
    assert stranger.post(reverse("assignments_change", args=[team.pk]), form).status_code == 404
    stranger.post(reverse("assignments_change", args=[theirs.pk]), form)
    assert stranger.get(reverse("team_assignment", args=[theirs.pk, made.pk])).status_code == 404
    assert Assignment.objects.open().get() == made


def test_whoever_left_the_team_is_not_in_its_lists(
    as_manager: Client, team: Team, course: Course, trainee: User, manager: User
) -> None:
    assign(team, course, [trainee], Terms(), by=manager, at=NOW)
    team.memberships.filter(person=trainee).update(ended_at=timezone.now())
    page = as_manager.get(reverse("assignments", args=[team.pk]) + "?state=all")
    assert not page.context["page"].object_list
    assert assigning.Assignment.objects.count() == 1
