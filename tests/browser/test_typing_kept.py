"""What an educator types is theirs: no ended session loses it, and nobody else is shown it."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from editorial.models import FormDraft
from tests.browser.actions import give_name_and_password, sign_in, wait_for
from tests.browser.conftest import NewContext, Witness
from tests.browser.screens import check_screen
from tests.editorial.answers import answered, reported

EXAMPLE = "/write/20983/examples/solitary-iliac-metastasis/"
RULE, SECTION = "/write/20983/rules/selection/", "/write/20983/part/sections/billing/"
FORMS = [(EXAMPLE, "[name=title]", "Store"), (RULE, "[name=source]", "Store"), (SECTION, "#id_body", "Save")]
SAYS = "[data-says]"
OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "htmx:sendError", "htmx:afterRequest")
REFUSED = ("status of 401", "status of 403", "Response Status Error Code 403")


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A browser in which nobody is signed in yet."""
    return new_context().new_page()


def session_ends(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


@pytest.mark.parametrize(("url", "field", "button"), FORMS, ids=["example", "rule", "section"])
def test_saving_after_the_session_ended_loses_nothing(
    page: Page, educator: User, bone_code: Code, witness: Witness, url: str, field: str, button: str
) -> None:
    witness.expect(*REFUSED)
    sign_in(page, "educator")
    page.goto(url)
    session_ends(page)
    page.locator(field).fill("Typed while the session ended")
    expect(page.locator(SAYS)).to_contain_text("You are signed out. What you typed is still here")
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    give_name_and_password(page, "educator")
    expect(page).to_have_url(page.url.partition("/write")[0] + url)
    expect(page.locator("main")).to_contain_text("Not saved yet.")
    expect(page.locator(field)).to_have_value("Typed while the session ended")
    wait_for(page, lambda: page.evaluate("localStorage.length") == 0)


@pytest.mark.parametrize(("url", "field"), [(RULE, "[name=source]"), (SECTION, "#id_body")], ids=["rule", "section"])
def test_a_preview_never_puts_the_sign_in_page_in_the_place_of_what_one_types(
    page: Page, educator: User, bone_code: Code, witness: Witness, url: str, field: str
) -> None:
    witness.expect(*REFUSED)
    sign_in(page, "educator")
    page.goto(url)
    session_ends(page)
    with page.expect_response(lambda answer: "/accounts/login/" in answer.url):
        page.locator(field).press_sequentially("Sense")
    expect(page.locator(SAYS)).to_contain_text("You are signed out.")
    expect(page).to_have_url(page.url.partition("/write")[0] + url)
    assert "Sense" in page.locator(field).input_value()


def test_an_answer_to_a_report_is_sent_with_one_press_after_the_sign_in(
    page: Page, educator: User, trainee: User, bone_code: Code
) -> None:
    report = reported(trainee, answered(trainee, bone_code))
    sign_in(page, "educator")
    page.goto(f"/write/reports/{report.pk}/")
    session_ends(page)
    page.get_by_label("Noted").check()
    page.get_by_label("What the learner is told").fill("Seen, <b>thank you</b>.\nWe look into it.")
    page.get_by_role("button", name="Send the answer").click()
    give_name_and_password(page, "educator")
    expect(page.locator("h1")).to_have_text("You had been signed out")
    expect(page.locator(".kept-text")).to_contain_text("Seen, <b>thank you</b>.")
    check_screen(page)
    page.get_by_role("button", name="Send it now").click()
    expect(page.locator("main")).to_contain_text("Answered. The learner is told")
    assert report.replies.get().text.splitlines() == ["Seen, <b>thank you</b>.", "We look into it."]


def test_what_cannot_be_saved_for_want_of_a_connection_waits(
    page: Page, educator: User, bone_code: Code, witness: Witness
) -> None:
    witness.expect(*OFFLINE, "chromewebdata")
    sign_in(page, "educator")
    page.goto(SECTION)
    page.context.set_offline(True)
    page.locator("#id_body").fill("On the train")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_body")).to_have_count(0)  # the browser's own page says that there is no connection
    page.context.set_offline(False)
    page.goto(SECTION)
    expect(page.locator("main")).to_contain_text("Not saved yet.")
    expect(page.locator("#id_body")).to_have_value("On the train")
    assert page.evaluate("localStorage.length") == 0


def test_what_one_person_typed_is_never_shown_to_another(
    page: Page, educator: User, admin: User, bone_code: Code, witness: Witness
) -> None:
    witness.expect(*OFFLINE, *REFUSED)
    sign_in(page, "educator")
    page.goto(SECTION)
    before = page.locator("#id_body").input_value()
    page.context.set_offline(True)
    page.locator("#id_body").fill("Edgar's own words")
    expect(page.locator(SAYS)).to_contain_text("Not kept.")
    session_ends(page)
    page.context.set_offline(False)
    tab = page.context.new_page()
    page.close()
    sign_in(tab, "admin")
    tab.goto(SECTION)
    expect(tab.locator("#id_body")).to_have_value(before)
    tab.locator("#id_body").fill("Another's")
    expect(tab.locator(SAYS)).to_contain_text("Kept at")
    assert FormDraft.objects.get().person == admin
    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab, "educator")
    tab.goto(SECTION)
    expect(tab.locator("#id_body")).to_have_value("Edgar's own words")
    wait_for(tab, lambda: FormDraft.objects.filter(person=educator).exists())


def test_a_page_that_stayed_open_keeps_nothing_under_the_name_of_who_signed_in_since(
    page: Page, educator: User, admin: User, bone_code: Code, witness: Witness
) -> None:
    witness.expect(*REFUSED)
    sign_in(page, "educator")
    page.goto(SECTION)
    tab = page.context.new_page()
    page.context.clear_cookies()
    sign_in(tab, "admin")
    page.locator("#id_body").fill("Edgar's own words")
    expect(page.locator(SAYS)).to_contain_text("Not kept.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).not_to_have_text("Sign in")
    assert not FormDraft.objects.exists()
    assert "Edgar" not in tab.evaluate(f"fetch('{SECTION}').then((page) => page.text())")
