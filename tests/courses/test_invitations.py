"""Invitations: their tokens, and what becomes of whoever opens a link."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from courses.invitations import (
    AlreadyThere,
    Offer,
    Unusable,
    accept,
    invitation_for,
    invite_all,
    join_url,
    renew,
    seat_taken_with,
    token_of,
    withdraw,
)
from courses.models import Invitation, Letter, Membership, Team
from courses.seats import archive_team, seat
from courses.seats import withdraw as withdraw_seat
from tests.conftest import person, signed_in
from tests.courses.inviting import CANNOT, LATER, NOW, joined, link, mailed, opened, registered, seats_of

JOINING = "/join/"


@pytest.fixture
def stranger(db: None) -> User:
    return person("stranger")


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    return signed_in(stranger)


# The token ----------------------------------------------------------------------------------


def test_a_token_opens_its_invitation_and_stands_in_no_column(team: Team) -> None:
    made = mailed(team)
    token = token_of(made)
    assert invitation_for(token, NOW) == made
    assert token not in str(list(Invitation.objects.values())) + str(list(Letter.objects.values()))


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "9" + t, lambda t: "", lambda t: "\0", lambda t: "a.b.c"]
)
def test_an_altered_token_opens_nothing(team: Team, spoil: Callable[[str], str]) -> None:
    assert invitation_for(spoil(token_of(mailed(team))), NOW) is None


def test_the_nonce_of_one_invitation_does_not_open_another(team: Team) -> None:
    mine, other = mailed(team), mailed(team, "other@example.org")
    mine.pk, mine.nonce = other.pk, mine.nonce
    assert invitation_for(token_of(mine), NOW) is None


def test_an_invitation_ends_with_its_time(team: Team) -> None:
    made = mailed(team)
    assert invitation_for(token_of(made), made.expires_at - timedelta(seconds=1)) == made
    assert invitation_for(token_of(made), made.expires_at) is None


def test_a_team_that_was_put_away_lets_nobody_in(team: Team, manager: User) -> None:
    made = mailed(team)
    archive_team(team, by=manager, at=NOW)
    assert invitation_for(token_of(made), NOW) is None


def test_the_link_is_on_the_configured_address_whatever_the_host_says(as_manager: Client, team: Team, settings) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://claims.example.org", ["*"]
    made = mailed(team)
    page = as_manager.get(reverse("invitation", args=[team.pk, made.pk]), headers={"host": "evil.example"})
    assert f'value="https://claims.example.org/join/{token_of(made)}/"' in page.text
    assert "evil.example" not in page.text


def test_an_unknown_host_is_refused(client: Client, team: Team, settings) -> None:
    settings.ALLOWED_HOSTS = ["claims.example.org"]
    assert client.get("/join/x/", headers={"host": "evil.example"}).status_code == 400


# Inviting -----------------------------------------------------------------------------------


def test_an_invitation_by_mail_has_one_letter_and_one_audit_entry(team: Team, manager: User) -> None:
    made = mailed(team, "Guest@Example.org")
    assert made.email == "guest@example.org"
    assert [letter.kind for letter in made.letters.all()] == ["invitation"]
    entry = AuditEntry.objects.get(verb="invited")
    assert (entry.team, entry.after) == (team.pk, {"invitations": [made.pk]})
    assert "guest" not in str(AuditEntry.objects.values())


def test_nobody_is_invited_twice_nor_who_is_in_the_team(team: Team, trainee: User) -> None:
    mailed(team)
    for address in ("GUEST@example.org", trainee.email.upper()):
        with pytest.raises(AlreadyThere):
            mailed(team, address)
    assert team.invitations.count() == 1


def test_whose_invitation_expired_can_be_invited_again(team: Team) -> None:
    mailed(team)
    assert mailed(team, at=LATER).pk


def test_a_renewed_invitation_has_another_link_and_another_letter(team: Team) -> None:
    made = mailed(team)
    before = token_of(made)
    made.letters.update(state=Letter.State.SENT)
    assert renew(made, by=None, at=LATER)
    made.refresh_from_db()
    assert invitation_for(before, LATER) is None
    assert invitation_for(token_of(made), LATER) == made
    assert made.letters.count() == 2


def test_renewing_twice_before_the_mail_went_out_sends_one_mail(team: Team) -> None:
    made = mailed(team)
    renew(made, by=None, at=NOW)
    renew(made, by=None, at=NOW)
    assert made.letters.count() == 1


def test_a_withdrawn_or_used_invitation_cannot_be_renewed(team: Team, stranger: User) -> None:
    gone, used = mailed(team), mailed(team, "other@example.org")
    withdraw(gone, by=None, at=NOW)
    accept(used, stranger, NOW)
    assert not renew(gone, by=None, at=NOW)
    assert not renew(used, by=None, at=NOW)


def test_withdrawing_twice_is_noted_once(team: Team) -> None:
    made = mailed(team)
    assert withdraw(made, by=None, at=NOW)
    assert not withdraw(made, by=None, at=NOW)
    assert AuditEntry.objects.filter(verb="invitation withdrawn").count() == 1


# Accepting ----------------------------------------------------------------------------------


def test_accepting_seats_once_in_the_stored_role(team: Team, stranger: User) -> None:
    made = mailed(team, role="manager", cohort="Spring")
    first, second = accept(made, stranger, NOW), None
    with pytest.raises(Unusable):
        second = accept(made, stranger, NOW)
    assert second is None
    assert (first.role, first.cohort, first.invitation) == ("manager", "Spring", made)
    assert seats_of(stranger) == [("Tumor team", "manager", "Spring")]


def test_whoever_is_in_the_team_uses_nothing_up(team: Team, trainee: User) -> None:
    made = link(team, uses=1)
    kept = accept(made, trainee, NOW)
    made.refresh_from_db()
    assert made.used == 0
    assert kept.invitation is None


def test_a_link_lets_in_as_many_as_it_says(team: Team) -> None:
    made = link(team, uses=2)
    accept(made, person("one"), NOW)
    accept(made, person("two"), NOW)
    with pytest.raises(Unusable):
        accept(made, person("three"), NOW)


def test_an_open_link_is_no_way_back_for_whose_seat_was_withdrawn(team: Team, trainee: User, manager: User) -> None:
    made = link(team, at=NOW - timedelta(days=1))
    withdraw_seat(team.memberships.get(person=trainee), by=manager, at=NOW)
    with pytest.raises(Unusable):
        accept(made, trainee, NOW)
    assert accept(mailed(team, trainee.email, at=NOW + timedelta(seconds=1)), trainee, NOW).pk


def test_a_seat_that_was_taken_is_found_by_its_token(team: Team, stranger: User, trainee: User) -> None:
    made = mailed(team)
    accept(made, stranger, NOW)
    assert seat_taken_with(token_of(made), stranger) is not None
    assert seat_taken_with(token_of(made), trainee) is None
    assert seat_taken_with("nonsense", stranger) is None


# The pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_a_link_takes_nothing(client: Client, as_stranger: Client, team: Team, method: str) -> None:
    made = mailed(team)
    url = reverse("join", args=[token_of(made)])
    for browser in (client, as_stranger, client):
        assert getattr(browser, method)(url, follow=True).status_code == 200
        assert getattr(browser, method)(reverse("join_account")).status_code == 302
    made.refresh_from_db()
    assert (made.used, User.objects.filter(username="newcomer").count()) == (0, 0)


def test_the_signed_in_join_with_one_button(as_stranger: Client, stranger: User, team: Team) -> None:
    page = opened(as_stranger, mailed(team, stranger.email))
    assert "Join Tumor team as a trainee" in page.text
    assert "would join" not in page.text
    answer = joined(as_stranger)
    assert answer.headers["Location"] == reverse("home")
    assert seats_of(stranger) == [("Tumor team", "trainee", "")]


def test_another_account_than_the_invited_address_is_told_so_and_may_join(as_stranger: Client, team: Team) -> None:
    page = opened(as_stranger, mailed(team))
    assert "This invitation was sent to guest@example.org" in page.text
    joined(as_stranger)
    assert seats_of("stranger")


def test_pressing_the_button_twice_is_joining_once(as_stranger: Client, team: Team) -> None:
    made = mailed(team)
    opened(as_stranger, made)
    assert {joined(as_stranger).status_code for _ in range(2)} == {302}
    assert opened(as_stranger, made).status_code == 200
    assert Membership.objects.filter(person__username="stranger").count() == 1


def test_somebody_else_finds_a_used_token_dead(client: Client, as_stranger: Client, team: Team) -> None:
    made = mailed(team)
    opened(as_stranger, made)
    joined(as_stranger)
    answer = opened(client, made)
    assert (answer.status_code, CANNOT in answer.text) == (404, True)


def test_a_token_that_was_used_up_meanwhile_makes_no_account(client: Client, team: Team, stranger: User) -> None:
    made = mailed(team)
    opened(client, made)
    accept(made, stranger, NOW)
    assert CANNOT in client.post(reverse("join_account"), {}, follow=True).text
    assert not User.objects.filter(username="newcomer").exists()


def test_every_dead_token_gets_the_same_page(team: Team, stranger: User, settings) -> None:
    expired, gone, used, renewed = (
        mailed(team, f"{n}@example.org", at=NOW - timedelta(days=n * 15)) for n in (1, 0, 0.1, 0.2)
    )
    token = token_of(renewed)
    withdraw(gone, by=None, at=NOW)
    renew(renewed, by=None, at=NOW)
    accept(used, stranger, NOW)
    tokens = [token_of(expired), token_of(gone), token_of(used), token, token[:-1], "x", "1.x.y", "%00", "é"]
    answers = [Client().get(f"/join/{one}/", follow=True) for one in tokens]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.text) for answer in answers}) == 1
    assert CANNOT in answers[0].text


def test_whoever_is_in_already_is_told_so(as_trainee: Client, team: Team) -> None:
    page = opened(as_trainee, link(team))
    assert "You are in Tumor team already" in page.text
    joined(as_trainee)
    assert Invitation.objects.get().used == 0


def test_a_guest_signs_in_and_comes_back(client: Client, team: Team, stranger: User) -> None:
    page = opened(client, mailed(team))
    assert f'href="/accounts/login/?next={JOINING}"' in page.text
    assert joined(client).headers["Location"] == f"/accounts/login/?next={JOINING}"
    data = {"login": "stranger", "password": "word-of-stranger", "next": JOINING}
    answer = client.post(f"/accounts/login/?next={JOINING}", data, follow=True)
    assert "Join Tumor team as a trainee" in answer.text
    joined(client)
    assert seats_of("stranger")


@pytest.mark.parametrize(
    "next_", ["//evil.example", "/\\evil.example", "https:evil.example", "/join/%0d%0aSet-Cookie:a=b"]
)
def test_the_sign_in_from_an_invitation_leads_nowhere_else(
    client: Client, team: Team, stranger: User, next_: str
) -> None:
    opened(client, mailed(team))
    answer = client.post("/accounts/login/", {"login": "stranger", "password": "word-of-stranger", "next": next_})
    assert "evil" not in answer.headers["Location"]
    assert "a" not in answer.cookies


# New accounts -------------------------------------------------------------------------------


def test_a_guest_makes_an_account_and_is_in(client: Client, team: Team, settings) -> None:
    settings.REGISTRATION_OPEN = False
    opened(client, mailed(team, name="Nora Lind", cohort="Spring"))
    before = client.session.session_key
    assert registered(client, email="else@example.org").headers["Location"] == reverse("home")
    made = User.objects.get(username="newcomer")
    assert (made.email, made.first_name, made.is_active) == ("guest@example.org", "New", True)
    assert client.session[SESSION_KEY] == str(made.pk)
    assert client.session.session_key != before
    assert seats_of(made) == [("Tumor team", "trainee", "Spring")]
    assert made.check_password("a-long-word-for-new-1")


def test_the_name_of_the_invitation_is_filled_in(client: Client, team: Team) -> None:
    page = opened(client, mailed(team, name="Nora van Lind"))
    assert 'value="Nora van"' in page.text
    assert 'value="Lind"' in page.text


def test_a_link_asks_for_the_address(client: Client, team: Team) -> None:
    opened(client, link(team))
    assert registered(client, email="").status_code == 422
    registered(client, email="New@Example.org")
    assert User.objects.get(username="newcomer").email == "new@example.org"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"username": "TRAINEE"}, "username", "This username is taken"),
        ({"username": "аdmin"}, "username", "letters from A to Z"),
        ({"username": "boss@example.org"}, "username", "letters from A to Z"),
        ({"username": "x" * 151}, "username", "at most 150"),
        ({"username": "a\0b"}, "username", ""),
        ({"email": "Trainee@example.com"}, "email", "There is an account with this mail address"),
        ({"email": "nonsense"}, "email", "valid email"),
        ({"first_name": "a\0b"}, "first_name", "control character"),
        ({"last_name": "a" + "\u0301" * 30}, "last_name", "too many marks"),
        ({"password": "12345678", "again": "12345678"}, "password", "entirely numeric"),
        ({"password": "newcomer1", "again": "newcomer1"}, "password", "too similar"),
        ({"again": "something-else"}, "again", "not the same"),
    ],
)
def test_what_is_wrong_names_its_field_and_stores_nothing(
    client: Client, team: Team, changes: dict[str, str], field: str, reason: str
) -> None:
    made = link(team)
    opened(client, made)
    page = registered(client, **changes)
    assert page.status_code == 422
    assert f'<a href="#id_{field}">' in page.text
    assert reason in page.text
    assert 'value="Comer"' in page.text or field == "last_name"
    made.refresh_from_db()
    assert made.used == 0
    assert SESSION_KEY not in client.session
    assert User.objects.count() == 3


def test_the_invited_address_may_have_an_account(client: Client, team: Team, stranger: User) -> None:
    opened(client, mailed(team, stranger.email))
    page = registered(client)
    assert (page.status_code, "Sign in instead" in page.text) == (422, True)


def test_the_page_does_not_tell_whether_an_address_has_an_account(team: Team, stranger: User) -> None:
    pages = [opened(Client(), mailed(team, address)).text for address in (stranger.email, "strangeR1@example.com")]
    sizes = {len(page.encode()) for page in pages}
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    "name", ["=cmd()", "שרה כהן", "O’Neil-Ünal", "a\u202eb", "<script>alert(1)</script>", "a\r\nBcc: x"]
)
def test_odd_names_are_stored_tidily_and_shown_as_typed(client: Client, team: Team, name: str) -> None:
    opened(client, link(team))
    assert registered(client, first_name=name).status_code == 302
    stored = User.objects.get(username="newcomer").first_name
    assert stored == " ".join(name.replace("\u202e", "").split())
    assert "<script>alert" not in client.get(reverse("teams")).text


RAISED = {
    "role": "manager", "team": "2", "is_staff": "1", "is_superuser": "1", "cohort": "x", "state": "graded",
    "uses": "99", "invitation": "1", "groups": "1",
}  # fmt: skip


def test_what_a_form_does_not_ask_changes_nothing(client: Client, team: Team, other_manager: User) -> None:
    opened(client, link(team))
    registered(client, **RAISED)
    made = User.objects.get(username="newcomer")
    assert (made.is_staff, made.is_superuser, made.groups.count()) == (False, False, 0)
    assert seats_of(made) == [("Tumor team", "trainee", "")]


def test_the_role_comes_from_the_invitation(as_stranger: Client, team: Team) -> None:
    opened(as_stranger, mailed(team))
    as_stranger.post(reverse("joining"), RAISED)
    assert seats_of("stranger") == [("Tumor team", "trainee", "")]


# Where the token must not be ----------------------------------------------------------------


def test_the_token_is_in_no_page_no_log_and_no_audit(
    client: Client, team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = mailed(team)
    token = token_of(made)
    page = opened(client, made)
    answer = registered(client, username="")
    registered(client)
    again = Client().get(f"/join/{token}/", follow=True)
    assert token not in page.text + answer.text + again.text
    told = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert not any(token in one for one in told)
    assert token not in str(list(AuditEntry.objects.values()))


def test_no_referrer_can_hold_the_token(client: Client, team: Team) -> None:
    first = client.get(reverse("join", args=[token_of(mailed(team))]))
    assert (first.status_code, first.headers["Location"]) == (302, JOINING)
    assert first.headers["Referrer-Policy"] == "no-referrer"
    for answer in (first, client.get(JOINING)):
        assert answer.headers["Cache-Control"] == "no-store, private"


def test_the_link_itself_is_signed_for_this_purpose_only(team: Team) -> None:
    from django.core.signing import Signer

    made = mailed(team)
    forged = Signer(sep=".").sign(f"{made.pk}.{made.nonce}")
    assert invitation_for(forged, NOW) is None
    assert token_of(made) in join_url(made)


def test_seats_that_were_given_directly_need_no_invitation(team: Team, stranger: User, manager: User) -> None:
    seat(team, stranger, "trainee", by=manager, at=NOW)
    assert seats_of(stranger) == [("Tumor team", "trainee", "")]


def test_every_letter_of_a_list_goes_out_once_the_list_is_stored(
    team: Team, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    addresses = [f"{n}@example.org" for n in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        invite_all(team, [Offer(email=address) for address in addresses], by=None, at=NOW)
        assert not mail.outbox
    assert sorted(address for message in mail.outbox for address in message.to) == addresses
    assert {letter.state for letter in Letter.objects.all()} == {"sent"}
