"""The page on which managers see what was mailed in the name of their team."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from courses.assigning import Terms, assign
from courses.invitations import join_url
from courses.letters import post
from courses.models import Course, Invitation, Letter, Team
from tests.conftest import signed_in

State = Letter.State


@pytest.fixture
def course(db: None) -> Course:
    return Course.objects.create(title="Ablation")


@pytest.fixture
def letter(team: Team, course: Course, trainee: User, manager: User) -> Letter:
    """One letter of the team, which could not be sent."""
    assign(team, course, [trainee], Terms(), by=manager, at=timezone.now())
    Letter.objects.update(state=State.FAILED, tries=13, error="TimeoutError")
    return Letter.objects.get()


@pytest.fixture
def invitation(team: Team, manager: User) -> Invitation:
    until = timezone.now() + timedelta(days=14)
    return Invitation.objects.create(
        team=team, email="new@example.com", name="Ann Ames", invited_by=manager, expires_at=until
    )


def mail_page(client: Client, team: Team, **query: Any) -> Any:
    return client.get(reverse("letters", args=[team.pk]), query)


def test_a_letter_is_shown_with_its_state_and_tries(as_manager: Client, team: Team, letter: Letter) -> None:
    page = mail_page(as_manager, team).text
    assert "Could not be sent" in page
    assert "TimeoutError" in page
    assert ">13<" in page


@pytest.mark.parametrize(("state", "shown"), [("", 1), ("failed", 1), ("sent", 0), ("nonsense", 1), ("' OR 1=1", 1)])
def test_letters_are_filtered_by_state(as_manager: Client, team: Team, letter: Letter, state: str, shown: int) -> None:
    assert len(mail_page(as_manager, team, state=state).context["page"].object_list) == shown


def test_letters_of_another_team_are_not_shown(
    as_manager: Client, team: Team, letter: Letter, other_manager: User
) -> None:
    another = Team.objects.get(name="Another team")
    client = signed_in(other_manager)
    assert not mail_page(client, another).context["page"].object_list
    assert mail_page(client, team).status_code == 404
    assert client.post(reverse("letter_again", args=[another.pk, letter.pk])).status_code == 404
    assert client.post(reverse("letter_again", args=[team.pk, letter.pk])).status_code == 404
    assert Letter.objects.get().state == State.FAILED


def test_a_trainee_sends_nothing_again(as_trainee: Client, team: Team, letter: Letter) -> None:
    assert as_trainee.post(reverse("letter_again", args=[team.pk, letter.pk])).status_code == 403
    assert Letter.objects.get().state == State.FAILED


def test_a_failed_letter_is_sent_again(
    as_manager: Client, team: Team, letter: Letter, manager: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = as_manager.post(reverse("letter_again", args=[team.pk, letter.pk]), follow=True)
    assert "The letter is sent again." in page.text
    assert Letter.objects.get().state == State.SENT
    assert len(mail.outbox) == 1
    (entry,) = AuditEntry.objects.filter(verb="letter tried again")
    assert (entry.who, entry.team, entry.subject) == (manager, team.pk, f"letter {letter.pk}")


def test_sending_again_twice_is_once(as_manager: Client, team: Team, letter: Letter) -> None:
    url = reverse("letter_again", args=[team.pk, letter.pk])
    as_manager.post(url)
    assert "does not have to be sent again" in as_manager.post(url, follow=True).text
    assert AuditEntry.objects.filter(verb="letter tried again").count() == 1


def test_every_kind_of_letter_can_be_read_before_it_is_sent(as_manager: Client, team: Team, course: Course) -> None:
    before = Letter.objects.count()
    shown = mail_page(as_manager, team).context["previews"]
    of_teams = {Letter.Kind.INVITATION, Letter.Kind.ASSIGNMENT, Letter.Kind.DUE_SOON}
    of_teams |= {Letter.Kind.DIGEST, Letter.Kind.CERTIFICATE, Letter.Kind.MOVED, Letter.Kind.TAKEN_BACK}
    assert {one.kind for one in shown} == of_teams
    assert all(one.is_example for one in shown)
    assert all(one.text.subject and one.text.body.startswith("Hello ") for one in shown)
    assert Letter.objects.count() == before
    assert not mail.outbox


def test_a_preview_is_about_what_is_there(as_manager: Client, team: Team, letter: Letter, course: Course) -> None:
    about_it = mail_page(as_manager, team).context["previews"][1]
    assert "Ablation" in about_it.text.subject


def test_no_page_holds_the_link_that_lets_somebody_in(as_manager: Client, team: Team, invitation: Invitation) -> None:
    post(Letter.Kind.INVITATION, "1", at=timezone.now(), invitation=invitation)
    page = mail_page(as_manager, team)
    token = join_url(invitation).rstrip("/").rpartition("/")[2]
    assert "Hello Ann Ames" in page.text
    assert token not in page.text
    assert "for them alone" in page.text


def test_html_in_a_name_is_inert(as_manager: Client, team: Team, letter: Letter, trainee: User) -> None:
    User.objects.update(first_name="<script>alert(1)</script>")
    Course.objects.update(title="<img src=x onerror=alert(1)>")
    page = mail_page(as_manager, team).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_many_letters_take_as_many_queries_as_few(
    as_manager: Client, team: Team, letter: Letter, manager: User, django_assert_max_num_queries: Any
) -> None:
    Letter.objects.bulk_create(Letter(kind=Letter.Kind.DIGEST, key=f"k{n}", person=manager) for n in range(120))
    with django_assert_max_num_queries(40) as captured:
        page = mail_page(as_manager, team)
    many = len(captured)
    assert page.context["page"].paginator.num_pages == 3
    Letter.objects.filter(key__startswith="k1").delete()
    with django_assert_max_num_queries(many):
        mail_page(as_manager, team)
