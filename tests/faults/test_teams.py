"""Managers and trainees who do the same at the same moment."""

import itertools
import uuid
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, User
from courses.assigning import Terms, assign
from courses.breaking import differences
from courses.models import Assignment, Course, CourseItem, Invitation, Letter, Membership, Sitting, Team
from courses.seats import change, seat, withdraw
from quizzes import practice
from quizzes.memory import rebuild
from quizzes.models import Attempt, RuleReview
from tests.faults.browser import post
from tests.faults.conftest import Scratch
from tests.faults.people import PAGE, PLAIN, exam_of, page, session_of, somebody
from tests.faults.serving import Site
from tests.faults.threads import at_once
from tests.quizzes.learning import wrong

TIMES, ROUNDS = 8, 5


@pytest.fixture
def site(shared_site: Site) -> Site:
    return shared_site


@pytest.fixture
def team(shared: Scratch) -> Team:
    return Team.objects.create(name=f"Team {uuid.uuid4().hex[:8]}")


def seated(team: Team, role: str = "trainee") -> User:
    """Somebody new with a seat."""
    user = somebody()
    seat(team, user, role, by=None, at=datetime.now(UTC))
    return user


def course_of(**item: object) -> Course:
    """A course with one item."""
    course = Course.objects.create(title=f"Course {uuid.uuid4().hex[:8]}")
    CourseItem.objects.create(course=course, position=1, **item)
    return course


def quiz() -> Course:
    return course_of(kind=CourseItem.Kind.QUIZ, codes=[PAGE], number=4)


def test_eight_managers_who_assign_a_course_at_once_assign_it_once_to_each(site: Site, team: Team) -> None:
    course, people = quiz(), [seated(team) for _ in range(3)]
    sessions = [session_of(seated(team, "manager")) for _ in range(TIMES)]
    form = {"everybody": "on", "course": str(course.pk), "mode": "tutor", "pass_percent": "80", "action": "assign"}
    url = reverse("assign", args=[team.pk])
    replies = at_once(lambda session: post(site, session, url, form), sessions)
    assert {reply.status for reply in replies} <= {302, 422}
    made = Assignment.objects.filter(team=team)
    assert sorted(made.values_list("person", flat=True)) == sorted(person.pk for person in people)
    assert [one.standings.count() for one in made] == [1, 1, 1]
    assert Letter.objects.filter(assignment__in=made).count() == 3
    assert AuditEntry.objects.filter(verb="assigned", team=team.pk).count() == 3


@pytest.mark.parametrize("kind", ["quiz", "exam"])
def test_whoever_begins_an_item_in_eight_tabs_has_one_set(site: Site, team: Team, kind: str) -> None:
    course = quiz() if kind == "quiz" else course_of(kind=CourseItem.Kind.EXAM, exam=exam_of(2))
    user, item = seated(team), course.items.get()
    [mine] = assign(team, course, [user], Terms(), by=None, at=datetime.now(UTC))
    url, session = reverse("item_start", args=[mine.pk, item.pk]), session_of(user)
    replies = at_once(lambda _: post(site, session, url, {"key": str(uuid.uuid4())}), range(TIMES))
    assert {reply.status for reply in replies} == {302}
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert Attempt.objects.filter(person=user).count() == 1
    assert Sitting.objects.filter(standing__assignment=mine).count() == 1
    assert mine.standings.get().attempts == 1


def test_of_two_managers_who_withdraw_each_other_one_is_left(site: Site, shared: Scratch) -> None:
    for _ in range(ROUNDS):
        team = Team.objects.create(name=f"Team {uuid.uuid4().hex[:8]}")
        pair = [seated(team, "manager") for _ in range(2)]
        both = [(session_of(one), other.pk) for one, other in itertools.permutations(pair)]
        replies = at_once(lambda two: put_out(site, team, *two), both)  # noqa: B023
        assert sorted(replies) in ([302, 403], [302, 404], [302, 422])
        assert team.memberships.active().filter(role=Membership.Role.MANAGER).count() == 1
        assert AuditEntry.objects.filter(verb="seat withdrawn", team=team.pk).count() == 1


def put_out(site: Site, team: Team, session: str, person: int) -> int:
    return post(site, session, reverse("seat_withdraw", args=[team.pk, person]), {}).status


def test_of_two_managers_who_make_each_other_trainees_one_is_left(site: Site, team: Team) -> None:
    pair = [seated(team, "manager") for _ in range(2)]
    both = [(session_of(one), reverse("seat", args=[team.pk, other.pk])) for one, other in itertools.permutations(pair)]
    replies = at_once(lambda two: post(site, *two, {"role": "trainee", "cohort": ""}), both)
    assert {reply.status for reply in replies} <= {302, 403, 422}
    assert team.memberships.active().filter(role=Membership.Role.MANAGER).count() == 1


def test_addresses_that_eight_managers_invite_at_once_are_invited_once(site: Site, team: Team) -> None:
    addresses = [f"{uuid.uuid4().hex}@example.org" for _ in range(3)]
    sessions = [session_of(seated(team, "manager")) for _ in range(TIMES)]
    form = {"addresses": "\n".join(addresses), "role": "trainee", "cohort": ""}
    replies = at_once(lambda session: post(site, session, reverse("invite", args=[team.pk]), form), sessions)
    assert {reply.status for reply in replies} == {302}
    assert sorted(Invitation.objects.filter(team=team).values_list("email", flat=True)) == sorted(addresses)
    assert Letter.objects.filter(invitation__team=team).count() == 3


def test_what_a_team_breaks_is_counted_right_while_people_answer_and_move(team: Team) -> None:
    learners = [seated(team) for _ in range(TIMES)]
    sets = {one.pk: practice.start(one, page(), seed=one.pk, recipe=PLAIN) for one in learners}

    def answer(person: User) -> None:
        for item in sets[person.pk].items.select_related("attempt__exam", "version__question"):
            practice.submit(item, uuid.uuid4(), wrong(item))

    def move(person: User) -> None:
        for number in range(ROUNDS):
            now = datetime.now(UTC)
            taken = seat(team, person, "trainee", by=None, at=now)
            change(taken, role="trainee", cohort=f"{number % 2}", by=None, at=now)
            if number % 2:
                withdraw(taken, by=None, at=now)

    def derive(person: User) -> None:
        rebuild(person, *(one for one in learners[:2] if one != person))

    at_once(lambda act: act[0](act[1]), [(act, one) for one in learners for act in (answer, move, derive)])
    broken = RuleReview.objects.filter(person__in=learners, broken=True)
    assert set(broken.values_list("person", flat=True)) == {one.pk for one in learners}
    assert sum(team.break_tallies.values_list("times", flat=True)) == broken.count()
    assert list(differences(team)) == []
