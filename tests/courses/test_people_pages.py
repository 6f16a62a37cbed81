"""The people of a team, the list of teams, and what is decided of one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from courses.assigning import Terms, assign, end_of_day
from courses.invitations import token_of
from courses.models import Assignment, Course, Invitation, Letter, Membership, Team
from quizzes import practice
from quizzes.models import RuleReview
from tests.conftest import person, signed_in
from tests.courses.inviting import link, mailed
from tests.quizzes.learning import give, right

NOW = datetime.now(UTC)


@pytest.fixture
def url(team: Team) -> str:
    return reverse("people", args=[team.pk])


# The people ---------------------------------------------------------------------------------


def test_the_page_shows_seats_with_their_role_and_cohort(
    as_manager: Client, team: Team, trainee: User, url: str
) -> None:
    team.memberships.filter(person=trainee).update(cohort="Spring")
    page = as_manager.get(url)
    assert [(seat.person.username, seat.role, seat.cohort) for seat in page.context["seats"]] == [
        ("manager", "manager", ""), ("teammate", "trainee", ""), ("trainee", "trainee", "Spring"),
    ]  # fmt: skip
    assert "trainee@example.com" in page.text


def test_seats_are_filtered_by_role_and_cohort(as_manager: Client, team: Team, trainee: User, url: str) -> None:
    team.memberships.filter(person=trainee).update(cohort="Spring")
    assert [seat.person for seat in as_manager.get(url, {"cohort": "Spring"}).context["seats"]] == [trainee]
    assert len(as_manager.get(url, {"role": "trainee"}).context["seats"]) == 2


@pytest.mark.parametrize("name", ["cohort", "role", "page", "invited", "role__regex", "_connector"])
@pytest.mark.parametrize("value", ["' OR 1=1 --", "\0", "\ud800", "9" * 30, "-1", "x" * 5000])
def test_odd_filters_are_as_good_as_none(as_manager: Client, url: str, name: str, value: str) -> None:
    from urllib.parse import quote

    page = as_manager.get(f"{url}?{name}={quote(value, errors='surrogatepass')}")
    assert (page.status_code, len(page.context["seats"])) == (200, 3)


def test_the_last_answer_is_dated(as_manager: Client, trainee: User, bone_code: Code, url: str) -> None:
    assert "none yet" in as_manager.get(url).text
    item = practice.start(trainee, bone_code, seed=1).items.all()[0]
    give(item, right(item))
    newest = RuleReview.objects.filter(person=trainee).latest("at")
    shown = {seat.person: seat.answered_at for seat in as_manager.get(url).context["seats"]}  # type: ignore[attr-defined]
    assert shown[trainee] == newest.at


def test_invitations_show_the_state_of_their_newest_letter(as_manager: Client, team: Team, url: str) -> None:
    for state in ("sent", "failed", "waiting", "dropped"):
        mailed(team, f"{state}@example.org").letters.update(state=state, error="No such host." * (state == "failed"))
    page = as_manager.get(url)
    shown = {one.email.split("@")[0]: one.letter for one in page.context["invitations"]}
    assert shown == {state: state for state in ("sent", "failed", "waiting", "dropped")}
    assert "No such host." in page.text


def test_what_was_used_or_withdrawn_is_not_listed_and_what_expired_is(as_manager: Client, team: Team, url: str) -> None:
    mailed(team, "used@example.org"), mailed(team, "gone@example.org")
    mailed(team, "late@example.org", at=NOW - timedelta(days=20))
    Invitation.objects.filter(email="used@example.org").update(used=1)
    Invitation.objects.filter(email="gone@example.org").update(withdrawn_at=NOW)
    page = as_manager.get(url)
    assert [one.email for one in page.context["invitations"]] == ["late@example.org"]
    assert "Expired" in page.text


def test_the_page_takes_as_many_queries_for_many_as_for_few(as_manager: Client, team: Team, url: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert as_manager.get(url).status_code == 200
        return len(seen)

    mailed(team)
    few = queries()
    for n in range(30):
        Membership.objects.create(team=team, person=person(f"more{n}"))
        mailed(team, f"guest{n}@example.org")
    assert queries() == few <= 16


def test_many_people_come_in_pages(as_manager: Client, team: Team, url: str) -> None:
    made = User.objects.bulk_create(User(username=f"many{n}", last_name=f"Z{n:03}") for n in range(120))
    Membership.objects.bulk_create(Membership(team=team, person=one) for one in made)
    page = as_manager.get(url, {"page": "2", "role": "trainee"})
    assert len(page.context["seats"]) == 22
    assert "?role=trainee&amp;page=1" in page.text


# Inviting -----------------------------------------------------------------------------------


def test_several_addresses_are_invited_at_once(as_manager: Client, team: Team, trainee: User, url: str) -> None:
    text = f"ana@example.org, ben@example.org;\nANA@example.org <cleo@example.org>\n{trainee.email}"
    data = {"addresses": text, "role": "manager", "cohort": "Spring", "team": "99", "uses": "50"}
    page = as_manager.post(reverse("invite", args=[team.pk]), data, follow=True)
    made = team.invitations.order_by("email").values_list("email", "role", "cohort", "uses")
    assert list(made) == [(f"{name}@example.org", "manager", "Spring", 1) for name in ("ana", "ben", "cleo")]
    assert "3 invitations are on the way." in page.text
    assert f"In the team or invited already: {trainee.email}." in page.text


@pytest.mark.parametrize("text", ["", "nonsense", "a@example.org\nx@", "a\0@example.org", "a@example.org " * 101])
def test_addresses_that_are_none_are_named_and_nobody_is_invited(as_manager: Client, team: Team, text: str) -> None:
    page = as_manager.post(reverse("invite", args=[team.pk]), {"addresses": text, "role": "trainee", "cohort": ""})
    assert (page.status_code, 'href="#id_addresses"' in page.text) == (422, True)
    assert not Invitation.objects.exists()


def test_a_link_is_made_for_trainees_only(as_manager: Client, team: Team) -> None:
    data = {"uses": "30", "days": "7", "cohort": "", "role": "manager", "email": "x@example.org"}
    page = as_manager.post(reverse("invite_link", args=[team.pk]), data, follow=True)
    made = team.invitations.get()
    assert (made.uses, made.role, made.email) == (30, "trainee", "")
    assert timedelta(days=6) < made.expires_at - NOW < timedelta(days=8)
    assert token_of(made) in page.text
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("uses", "0"), ("uses", "501"), ("uses", "1e3"), ("days", "-1"), ("days", "٣")]
)
def test_a_link_without_end_is_refused(as_manager: Client, team: Team, field: str, value: str) -> None:
    page = as_manager.post(reverse("invite_link", args=[team.pk]), {"uses": "5", "days": "5", field: value})
    assert (page.status_code, f'href="#id_{field}"' in page.text) == (422, True)


def test_an_invitation_is_renewed_and_withdrawn_by_its_buttons(as_manager: Client, team: Team) -> None:
    made = mailed(team)
    before = token_of(made)
    page = as_manager.post(reverse("invitation_renew", args=[team.pk, made.pk]), follow=True)
    assert "guest@example.org gets another mail" in page.text
    assert before not in page.text
    page = as_manager.post(reverse("invitation_withdraw", args=[team.pk, made.pk]), follow=True)
    assert "The invitation is withdrawn." in page.text
    shown = as_manager.get(reverse("invitation", args=[team.pk, made.pk]))
    assert "Its link opens nothing any more" in shown.text


@pytest.mark.parametrize("name", ["invitation", "invitation_renew", "invitation_withdraw"])
def test_an_invitation_of_another_team_is_as_missing_as_none(
    as_manager: Client, team: Team, other_manager: User, name: str
) -> None:
    other = mailed(Team.objects.get(name="Another team"))
    for pk in (other.pk, 999_999):
        ask = as_manager.get if name == "invitation" else as_manager.post
        assert ask(reverse(name, args=[team.pk, pk])).status_code == 404
    other.refresh_from_db()
    assert other.withdrawn_at is None


@pytest.mark.parametrize("name", ["people", "invite", "invite_link", "invite_list", "team_settings", "team_archive"])
def test_another_team_answers_a_post_like_one_that_never_was(other_manager: User, team: Team, name: str) -> None:
    client = signed_in(other_manager)
    for pk in (team.pk, 999_999):
        assert client.post(reverse(name, args=[pk]), {"addresses": "x@example.org"}).status_code in (404, 405)
    assert not Invitation.objects.exists()


# Teams --------------------------------------------------------------------------------------


def test_whoever_is_in_no_team_reads_what_teams_are(client: Client, teammate: User) -> None:
    page = signed_in(teammate).get(reverse("teams"))
    assert "You are in no team." in page.text
    assert reverse("team_new") not in page.text


def test_own_teams_are_listed_with_seat_and_open_assignments(team: Team, trainee: User, manager: User) -> None:
    course = Course.objects.create(title="Any")
    Assignment.objects.create(team=team, course=course, person=trainee)
    shown = {who: signed_in(who).get(reverse("teams")).context["teams"] for who in (trainee, manager)}
    assert [(one.team, one.role, one.people, one.open) for one in shown[trainee]] == [(team, "Trainee", 3, 1)]
    assert [(one.team, one.role, one.people, one.open) for one in shown[manager]] == [(team, "Manager", 3, 1)]


def test_an_administrator_sees_every_team(team: Team, other_manager: User, admin: User) -> None:
    assert {one.team.name for one in signed_in(admin).get(reverse("teams")).context["teams"]} == {
        "Tumor team", "Another team",
    }  # fmt: skip


TEAM = {"name": "New team", "time_zone": "Europe/Berlin", "scoring": "practicode", "target_percent": "90"}


def test_whoever_makes_a_team_manages_it(as_manager: Client, manager: User) -> None:
    as_manager.post(reverse("team_new"), TEAM | {"archived_at": "2020-01-01", "is_staff": "1", "id": "1"})
    made = Team.objects.get(name="New team")
    assert (made.scoring, made.target_percent, made.archived_at) == ("practicode", 90, None)
    assert [(seat.person, seat.role) for seat in made.memberships.all()] == [(manager, "manager")]
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["team made", "seated"]


def test_a_new_team_has_the_zone_of_its_makers_own(as_manager: Client) -> None:
    form = as_manager.get(reverse("team_new")).context["form"]
    assert form["time_zone"].value() == "America/Chicago"
    assert form["time_zone"].field.choices[0][0] == "World"


def test_whoever_has_no_team_is_asked_for_the_zone(admin: User) -> None:
    browser, url = signed_in(admin), reverse("team_new")
    assert browser.get(url).context["form"]["time_zone"].value() == ""
    refused = browser.post(url, TEAM | {"time_zone": ""})
    assert (refused.status_code, "Choose the time zone of the team." in refused.text) == (422, True)
    browser.post(url, TEAM)
    assert Team.objects.get().time_zone == "Europe/Berlin"


def test_a_trainee_makes_no_team(as_trainee: Client, team: Team) -> None:
    assert as_trainee.post(reverse("team_new"), TEAM).status_code == 403
    assert not Team.objects.filter(name="New team").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 101), ("name", "a\0b"), ("name", "\u202e"), ("time_zone", "Mars/Base"),
        ("time_zone", "../etc/passwd"), ("scoring", "best"), ("target_percent", "101"), ("target_percent", "1e1"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_field(as_manager: Client, team: Team, field: str, value: str) -> None:
    page = as_manager.post(reverse("team_settings", args=[team.pk]), TEAM | {field: value})
    assert (page.status_code, f'href="#id_{field}' in page.text) == (422, True)
    team.refresh_from_db()
    assert team.name == "Tumor team"
    assert ">Tumor team</a></p>" in page.text


def test_settings_are_stored_and_every_score_shows_its_formula(as_manager: Client, team: Team) -> None:
    page = as_manager.post(reverse("team_settings", args=[team.pk]), TEAM, follow=True)
    assert "The settings of the team are stored." in page.text
    assert page.text.count("÷") == 4
    team.refresh_from_db()
    assert (team.name, team.time_zone) == ("New team", "Europe/Berlin")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_due_dates_keep_their_days_in_another_time_zone(
    as_manager: Client, team: Team, trainee: User, teammate: User, zone: str
) -> None:
    at = timezone.now()
    days = [at.astimezone(team.zone).date() + timedelta(days=more) for more in (1, 2, 60)]
    for title, day in zip("ABC", days, strict=True):
        course = Course.objects.create(title=title)
        assign(team, course, [trainee, teammate], Terms(due_at=end_of_day(day, team)), by=None, at=at)
    assign(team, Course.objects.create(title="D"), [trainee], Terms(), by=None, at=at)
    Assignment.objects.filter(course__title="C", person=teammate).update(done_at=at)
    page = as_manager.post(reverse("team_settings", args=[team.pk]), TEAM | {"time_zone": zone}, follow=True)
    assert "5 open due dates keep their days, by the new clocks." in page.text
    team.refresh_from_db()
    due = {(one.course.title, one.due_at) for one in Assignment.objects.select_related("course")}
    assert due == {*((title, end_of_day(day, team)) for title, day in zip("ABC", days, strict=True)), ("D", None)}


def test_settings_with_the_same_zone_move_nothing(as_manager: Client, team: Team, trainee: User) -> None:
    due = timezone.now() + timedelta(days=3)
    assign(team, Course.objects.create(title="A"), [trainee], Terms(due_at=due), by=None, at=timezone.now())
    same = TEAM | {"time_zone": team.time_zone}
    page = as_manager.post(reverse("team_settings", args=[team.pk]), same, follow=True)
    assert [str(one) for one in page.context["messages"]] == ["The settings of the team are stored."]
    assert Assignment.objects.get().due_at == due


def test_a_team_is_put_away_after_a_question(as_manager: Client, team: Team) -> None:
    url = reverse("team_archive", args=[team.pk])
    assert "3 people are in it" in as_manager.get(url).text
    assert as_manager.post(url).headers["Location"] == reverse("teams")
    assert as_manager.get(reverse("people", args=[team.pk])).status_code == 404


def test_an_odd_team_name_is_shown_as_text(as_manager: Client, team: Team) -> None:
    as_manager.post(reverse("team_settings", args=[team.pk]), TEAM | {"name": "<img src=x onerror=alert(1)>"})
    made = link(team)
    pages = [reverse("people", args=[team.pk]), reverse("teams"), reverse("invitation", args=[team.pk, made.pk])]
    for one in [*pages, reverse("join", args=[token_of(made)])]:
        assert "<img src=x" not in as_manager.get(one, follow=True).text


def test_only_names_with_a_page_of_figures_behind_them_are_links(
    as_manager: Client, team: Team, trainee: User, manager: User
) -> None:
    shown = as_manager.get(reverse("people", args=[team.pk])).text
    assert f'href="{reverse("member", args=[team.pk, trainee.pk])}"' in shown
    assert f'href="{reverse("member", args=[team.pk, manager.pk])}"' not in shown
