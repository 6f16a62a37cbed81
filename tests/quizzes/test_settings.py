"""The settings page: how somebody likes to work, the theme, and extra time that was granted."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Preferences, User, preferences_of
from quizzes.models import Exam, ExtraTime
from quizzes.models.exams import extra_time_of

URL = "/settings/"


def test_the_form_shows_what_is_stored(as_trainee: Client, trainee: User) -> None:
    Preferences.objects.create(person=trainee, hide_timer=True)
    page = as_trainee.get(URL)
    assert page.context["form"].initial["hide_timer"] is True
    assert page.context["form"].initial["shortcuts"] is False


def test_what_is_chosen_is_stored(as_trainee: Client, trainee: User) -> None:
    page = as_trainee.post(URL, {"shortcuts": "on", "ask_certainty": "on", "mail_reviews": "on"}, follow=True)
    assert "Your settings are stored" in page.text
    stored = preferences_of(trainee)
    assert (stored.shortcuts, stored.ask_certainty, stored.mail_reviews, stored.hide_timer) == (True, True, True, False)


def test_nobody_changes_the_settings_of_somebody_else(as_trainee: Client, teammate: User) -> None:
    as_trainee.post(URL, {"shortcuts": "on", "person": teammate.pk, "mailed_on": "2020-01-01", "is_staff": "1"})
    assert not Preferences.objects.filter(person=teammate).exists()
    assert Preferences.objects.get().mailed_on is None
    assert not User.objects.filter(is_staff=True).exists()


def test_a_changed_setting_leaves_the_day_of_the_last_mail(as_trainee: Client, trainee: User) -> None:
    Preferences.objects.create(person=trainee, mailed_on="2025-03-01")
    as_trainee.post(URL, {"mail_reviews": "on"})
    assert str(Preferences.objects.get().mailed_on) == "2025-03-01"


def test_mail_without_an_address_is_refused_in_words(as_trainee: Client, trainee: User) -> None:
    User.objects.filter(pk=trainee.pk).update(email="")
    page = as_trainee.post(URL, {"mail_reviews": "on", "shortcuts": "on"})
    assert page.status_code == 422
    assert "There is no mail address in your account" in page.text
    assert 'href="#id_mail_reviews"' in page.text
    assert not Preferences.objects.exists()


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_theme_is_chosen_on_the_same_page_by_the_one_cookie(as_trainee: Client, theme: str) -> None:
    page = as_trainee.get(URL)
    assert f'action="{reverse("set_theme")}"' in page.text
    answer = as_trainee.post(reverse("set_theme"), {"theme": theme, "next": URL})
    assert (answer.headers["Location"], answer.cookies["theme"].value) == (URL, theme)
    assert f'data-theme="{theme}"' in as_trainee.get(URL).text


@pytest.mark.parametrize("next_", ["practise", "foo", "//evil.example", "/\\evil.example", "https:evil.example", ""])
def test_a_form_never_leads_off_the_site_and_never_fails(as_trainee: Client, next_: str) -> None:
    answer = as_trainee.post(reverse("set_theme"), {"theme": "dark", "next": next_})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("home"))


@pytest.fixture
def exam(db: None) -> Exam:
    return Exam.objects.create(title="First test", minutes=30)


def grant(person: User, percent: int, exam: Exam | None = None) -> ExtraTime:
    return ExtraTime.objects.create(person=person, percent=percent, exam=exam, why=f"Reason for {percent}")


def test_the_newest_extra_time_is_shown_for_all_exams_and_for_each(trainee: User, exam: Exam) -> None:
    grant(trainee, 10)
    special, general = grant(trainee, 50, exam), grant(trainee, 25)
    assert extra_time_of(trainee) == [general, special]


def test_extra_time_is_shown_with_reason_and_who_decides(
    as_trainee: Client, trainee: User, teammate: User, exam: Exam
) -> None:
    grant(teammate, 77)
    assert "None was granted" in as_trainee.get(URL).text
    grant(trainee, 25, exam)
    page = as_trainee.get(URL).text
    assert "25 % more time" in page
    assert "Reason for 25" in page
    assert "Those who set the exams decide" in page
    assert "Reason for 77" not in page


def test_nobody_grants_extra_time_here(as_trainee: Client, trainee: User) -> None:
    as_trainee.post(URL, {"percent": "100", "shortcuts": "on"})
    assert not ExtraTime.objects.exists()


# The name --------------------------------------------------------------------------------------


def names(first: str, last: str) -> dict[str, str]:
    return {"names": "1", "first_name": first, "last_name": last}


def test_a_name_is_corrected_by_its_owner(as_trainee: Client, trainee: User) -> None:
    Preferences.objects.create(person=trainee, shortcuts=True)
    assert "Your settings are stored" in as_trainee.post(URL, names(" Zoë ", "O’Neil"), follow=True).text
    trainee.refresh_from_db()
    assert str(trainee) == "Zoë O’Neil"
    assert preferences_of(trainee).shortcuts
    entry = AuditEntry.objects.get(verb="name changed")
    assert "Zo" not in f"{entry.before} {entry.after} {entry.why}"


def test_preferences_leave_the_name_as_it_is(as_trainee: Client, trainee: User) -> None:
    User.objects.filter(pk=trainee.pk).update(first_name="Zoë")
    as_trainee.post(URL, {"shortcuts": "on"})
    trainee.refresh_from_db()
    assert trainee.first_name == "Zoë"


@pytest.mark.parametrize("name", ["A\x00b", "x" * 151])
def test_a_name_that_cannot_be_one_is_refused_in_words(as_trainee: Client, trainee: User, name: str) -> None:
    page = as_trainee.post(URL, names("Zoë", name))
    assert page.status_code == 422
    assert 'href="#id_last_name"' in page.text
    trainee.refresh_from_db()
    assert trainee.first_name == ""


def test_the_mail_address_can_be_changed_from_here(as_trainee: Client) -> None:
    assert 'href="/accounts/email/"' in as_trainee.get(URL).text
    assert "trainee@example.com" in as_trainee.get("/accounts/email/").text
