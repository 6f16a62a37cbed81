"""The verbs of seats and teams, and the pages that call them."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from courses.models import Membership, Team
from courses.seats import LastManager, archive_team, change, change_team, restore_team, seat, withdraw
from tests.conftest import signed_in

NOW = datetime.now(UTC)


def seat_of(team: Team, person: User) -> Membership:
    return team.memberships.get(person=person, ended_at=None)


def test_a_person_has_one_seat_a_team(team: Team, trainee: User, manager: User) -> None:
    again = seat(team, trainee, "manager", by=manager, at=NOW)
    assert again == seat_of(team, trainee)
    assert again.role == "trainee"
    assert not AuditEntry.objects.exists()


def test_who_seated_whom_is_noted_without_names(team: Team, other_manager: User, manager: User) -> None:
    made = seat(team, other_manager, "trainee", by=manager, at=NOW, cohort="Spring")
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.verb, entry.subject, entry.team) == (manager, "seated", f"membership {made.pk}", team.pk)
    assert entry.after == {"person": other_manager.pk, "role": "trainee", "cohort": "Spring", "invitation": None}


def test_a_withdrawn_seat_is_lost_at_the_next_request(team: Team, trainee: User, manager: User) -> None:
    change(seat_of(team, trainee), role="manager", cohort="", by=manager, at=NOW)
    client = signed_in(trainee)
    assert client.get(reverse("people", args=[team.pk])).status_code == 200
    withdraw(seat_of(team, trainee), by=manager, at=NOW)
    assert client.get(reverse("people", args=[team.pk])).status_code == 404


def test_withdrawing_twice_is_noted_once(team: Team, trainee: User, manager: User) -> None:
    taken = seat_of(team, trainee)
    assert withdraw(taken, by=manager, at=NOW)
    assert not withdraw(taken, by=manager, at=NOW)
    assert AuditEntry.objects.filter(verb="seat withdrawn").count() == 1


def test_whoever_comes_back_gets_another_seat(team: Team, trainee: User, manager: User) -> None:
    withdraw(seat_of(team, trainee), by=manager, at=NOW)
    seat(team, trainee, "trainee", by=manager, at=NOW)
    assert team.memberships.filter(person=trainee).count() == 2


def test_the_last_manager_stays(team: Team, manager: User) -> None:
    last = seat_of(team, manager)
    with pytest.raises(LastManager):
        withdraw(last, by=manager, at=NOW)
    with pytest.raises(LastManager):
        change(last, role="trainee", cohort="", by=manager, at=NOW)
    assert change(last, role="manager", cohort="Leads", by=manager, at=NOW)


def test_a_manager_whose_account_is_closed_does_not_count(team: Team, manager: User, trainee: User) -> None:
    change(seat_of(team, trainee), role="manager", cohort="", by=manager, at=NOW)
    User.objects.filter(pk=trainee.pk).update(is_active=False)
    with pytest.raises(LastManager):
        withdraw(seat_of(team, manager), by=manager, at=NOW)


def test_with_two_managers_one_may_go(team: Team, manager: User, trainee: User) -> None:
    change(seat_of(team, trainee), role="manager", cohort="", by=manager, at=NOW)
    assert withdraw(seat_of(team, manager), by=trainee, at=NOW)


def test_a_changed_seat_is_noted_before_and_after(team: Team, manager: User, trainee: User) -> None:
    assert change(seat_of(team, trainee), role="trainee", cohort="Spring", by=manager, at=NOW)
    assert not change(seat_of(team, trainee), role="trainee", cohort="Spring", by=manager, at=NOW)
    entry = AuditEntry.objects.get()
    assert (entry.before["cohort"], entry.after["cohort"]) == ("", "Spring")


def test_a_team_is_changed_where_something_is_different(team: Team, manager: User) -> None:
    chosen = {"name": "New name", "time_zone": "America/Chicago", "scoring": "elements", "target_percent": 85}
    assert change_team(team, chosen, by=manager, at=NOW)
    assert not change_team(team, chosen, by=manager, at=NOW)
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after["scoring"]) == ({"name": "Tumor team", "scoring": "clean claim"}, "elements")


def test_a_team_is_put_away_and_brought_back_once(team: Team, manager: User) -> None:
    assert archive_team(team, by=manager, at=NOW)
    assert not archive_team(team, by=manager, at=NOW)
    assert signed_in(manager).get(reverse("people", args=[team.pk])).status_code == 404
    assert restore_team(team, by=manager, at=NOW)
    assert signed_in(manager).get(reverse("people", args=[team.pk])).status_code == 200


# The pages ----------------------------------------------------------------------------------


def test_a_manager_changes_a_seat(as_manager: Client, team: Team, trainee: User) -> None:
    url = reverse("seat", args=[team.pk, trainee.pk])
    as_manager.post(url, {"role": "manager", "cohort": "Spring", "team": "99", "is_staff": "1", "person": "1"})
    taken = seat_of(team, trainee)
    trainee.refresh_from_db()
    assert (taken.role, taken.cohort, taken.team, trainee.is_staff) == ("manager", "Spring", team, False)


@pytest.mark.parametrize(
    ("field", "value"), [("role", "admin"), ("role", ""), ("cohort", "x" * 61), ("cohort", "a\0b")]
)
def test_a_seat_that_cannot_be_is_refused_by_field(
    as_manager: Client, team: Team, trainee: User, field: str, value: str
) -> None:
    page = as_manager.post(reverse("seat", args=[team.pk, trainee.pk]), {"role": "trainee", "cohort": "", field: value})
    assert (page.status_code, f'href="#id_{field}"' in page.text) == (422, True)
    assert seat_of(team, trainee).cohort == ""


def test_the_last_manager_is_told_why_not(as_manager: Client, team: Team, manager: User) -> None:
    for name, data in (("seat", {"role": "trainee", "cohort": ""}), ("seat_withdraw", {})):
        page = as_manager.post(reverse(name, args=[team.pk, manager.pk]), data)
        assert page.status_code == 422
        assert "Nobody else manages this team" in page.text
    assert seat_of(team, manager).role == "manager"


def test_withdrawing_asks_first(as_manager: Client, team: Team, trainee: User) -> None:
    url = reverse("seat_withdraw", args=[team.pk, trainee.pk])
    assert "Withdraw the seat" in as_manager.get(url).text
    assert seat_of(team, trainee)
    assert as_manager.post(url).headers["Location"] == reverse("people", args=[team.pk])
    assert not team.memberships.active().filter(person=trainee).exists()
    assert as_manager.post(url).status_code == 404


@pytest.mark.parametrize("name", ["seat", "seat_withdraw"])
def test_somebody_of_another_team_is_as_missing_as_nobody(
    as_manager: Client, team: Team, other_manager: User, name: str
) -> None:
    for pk in (other_manager.pk, 999_999):
        assert as_manager.post(reverse(name, args=[team.pk, pk]), {"role": "trainee"}).status_code == 404


@pytest.mark.parametrize("trick", [{"_method": "DELETE"}, {"X-HTTP-Method-Override": "DELETE"}])
def test_a_method_in_disguise_is_what_it_is(
    as_manager: Client, team: Team, trainee: User, trick: dict[str, str]
) -> None:
    url = reverse("seat_withdraw", args=[team.pk, trainee.pk])
    assert as_manager.get(url, trick, headers={"X-HTTP-Method-Override": "POST"}).status_code == 200
    assert seat_of(team, trainee)


# The admin ----------------------------------------------------------------------------------


@pytest.fixture
def as_admin(admin: User) -> Client:
    return signed_in(admin)


def test_an_administrator_makes_a_team_and_seats_people_in_it(as_admin: Client, manager: User, admin: User) -> None:
    team = {"name": "Of the admin", "time_zone": "UTC", "scoring": "clean claim", "target_percent": ""}
    assert as_admin.post(reverse("admin:courses_team_add"), team).status_code == 302
    made = Team.objects.get(name="Of the admin")
    data = {"team": made.pk, "person": manager.pk, "role": "manager", "cohort": ""}
    assert as_admin.post(reverse("admin:courses_membership_add"), data).status_code == 302
    assert [(one.person, one.role) for one in made.memberships.all()] == [(manager, "manager")]
    assert [entry.who for entry in AuditEntry.objects.filter(team=made.pk)] == [admin, admin]
    again = as_admin.post(reverse("admin:courses_membership_add"), data)
    assert (again.status_code, "is in Of the admin already" in again.text) == (200, True)


def test_an_administrator_changes_and_withdraws_seats_but_the_last_managers(
    as_admin: Client, team: Team, trainee: User, manager: User
) -> None:
    page = reverse("admin:courses_membership_change", args=[seat_of(team, trainee).pk])
    assert as_admin.post(page, {"role": "trainee", "cohort": "Spring"}).status_code == 302
    assert seat_of(team, trainee).cohort == "Spring"
    last = reverse("admin:courses_membership_change", args=[seat_of(team, manager).pk])
    assert "last manager" in as_admin.post(last, {"role": "trainee", "cohort": ""}).text
    chosen = [seat_of(team, one).pk for one in (trainee, manager)]
    as_admin.post(reverse("admin:courses_membership_changelist"), {"action": "withdraw", "_selected_action": chosen})
    assert {one.person for one in team.memberships.active()} == {manager, User.objects.get(username="teammate")}


def test_an_administrator_puts_a_team_away_and_brings_it_back(as_admin: Client, team: Team) -> None:
    for action, gone in (("put_away", True), ("bring_back", False)):
        as_admin.post(reverse("admin:courses_team_changelist"), {"action": action, "_selected_action": [team.pk]})
        team.refresh_from_db()
        assert (team.archived_at is not None) is gone


@pytest.mark.parametrize("model", ["team", "membership", "invitation"])
def test_an_educator_has_no_teams_in_the_admin(as_educator: Client, team: Team, model: str) -> None:
    assert as_educator.get(reverse(f"admin:courses_{model}_changelist")).status_code == 403


def test_the_pages_of_the_admin_open_and_show_no_nonce(as_admin: Client, team: Team, manager: User) -> None:
    from tests.courses.inviting import mailed

    made = mailed(team)
    for model in ("team", "membership", "invitation"):
        assert as_admin.get(reverse(f"admin:courses_{model}_changelist")).status_code == 200
    page = as_admin.get(reverse("admin:courses_invitation_change", args=[made.pk]))
    assert made.nonce not in page.text
