"""What is typed is saved by itself, said in words, and comes back after whatever happens."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.models import Answer, Attempt
from tests.browser.actions import check, fill, give_name_and_password, item_in, right_claim, submitted, wait_for
from tests.browser.conftest import NewContext, OpenAs, Witness

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "htmx:sendError", "htmx:afterRequest")
REFUSED = ("status of 401", "status of 403", "Response Status Error Code 403")
CODE, SAVED = "#line-0-code", "#saved"


def drafts() -> list[str]:
    """The codes of the first lines of all drafts, in order."""
    rows = Answer.objects.filter(state=Answer.State.DRAFT).order_by("pk")
    return [row.payload["lines"][0]["code"] for row in rows]


def open_claim(page: Page, attempt: Attempt) -> str:
    """A claim to code; its address."""
    url: str = item_in(attempt, "code-the-claim").get_absolute_url()
    page.goto(url)
    return url


def test_typing_is_saved_and_said(page: Page, attempt: Attempt) -> None:
    open_claim(page, attempt)
    page.locator(CODE).press_sequentially("2098")
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    expect(page.locator(CODE)).to_be_focused()
    # On a slow machine a part of it is saved first.
    wait_for(page, lambda: drafts()[-1] == "2098")


def test_a_reload_shows_what_was_typed(page: Page, attempt: Attempt) -> None:
    open_claim(page, attempt)
    page.locator(CODE).fill("20983")
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    page.reload()
    expect(page.locator(CODE)).to_have_value("20983")
    expect(page.locator(SAVED)).to_contain_text("Saved at")


def test_leaving_at_once_loses_nothing(page: Page, attempt: Attempt) -> None:
    url = open_claim(page, attempt)
    page.locator(CODE).fill("20983")
    page.goto("/codes/")
    page.goto(url)
    expect(page.locator(CODE)).to_have_value("20983")


def test_a_choice_is_saved_at_once(page: Page, attempt: Attempt) -> None:
    page.goto(item_in(attempt, "choose-the-code").get_absolute_url())
    page.locator("#option-2").check()
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    page.reload()
    expect(page.locator("#option-2")).to_be_checked()


def test_offline_it_says_so_and_saves_by_itself_later(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    open_claim(page, attempt)
    page.context.set_offline(True)
    page.locator(CODE).fill("20983")
    expect(page.locator(SAVED)).to_contain_text("Not saved. Your answer is still here.")
    assert drafts() == []
    page.context.set_offline(False)
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    assert drafts() == ["20983"]
    assert (Answer.objects.get().offline_seconds or 0) >= 0
    assert page.evaluate("localStorage.length") == 0


def test_an_answer_sent_offline_is_sent_again_by_itself(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    item = item_in(attempt, "code-the-claim")
    open_claim(page, attempt)
    fill(page, right_claim(item))
    page.context.set_offline(True)
    check(page)
    expect(page.locator("#not-sent")).to_contain_text("Not sent")
    expect(page.locator("#verdict")).to_have_count(0)
    assert submitted() == []
    page.context.set_offline(False)
    expect(page.locator("#verdict")).to_contain_text("Clean claim")
    assert len(submitted()) == 1
    assert page.evaluate("localStorage.length") == 0


def test_what_was_typed_offline_survives_the_browser(
    open_as: OpenAs, new_context: NewContext, trainee: User, attempt: Attempt, witness: Witness
) -> None:
    witness.expect(*OFFLINE)
    page = open_as(trainee)
    url = open_claim(page, attempt)
    page.context.set_offline(True)
    page.locator(CODE).fill("20983")
    expect(page.locator(SAVED)).to_contain_text("Not saved")
    state = page.context.storage_state()
    page.close()
    again: BrowserContext = new_context(storage_state=state)
    page = again.new_page()
    page.goto(url)
    expect(page.locator(CODE)).to_have_value("20983")
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    assert drafts() == ["20983"]


def test_two_tabs_keep_both_and_each_is_told(page: Page, attempt: Attempt) -> None:
    url = open_claim(page, attempt)
    other = page.context.new_page()
    other.goto(url)
    page.locator(CODE).fill("20983")
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    other.locator(CODE).fill("20982")
    expect(other.locator("#other")).to_contain_text("Another page stored something else")
    assert drafts() == ["20983", "20982"]
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#other")).to_contain_text("That one counts")


@pytest.mark.parametrize("way", ["left at once", "offline"])
def test_an_older_copy_stands_beside_what_is_newer_until_somebody_wants_it(
    open_as: OpenAs, trainee: User, attempt: Attempt, witness: Witness, way: str
) -> None:
    witness.expect(*OFFLINE)
    desktop, phone = open_as(trainee), open_as(trainee)
    url = open_claim(desktop, attempt)
    desktop.context.set_offline(way == "offline")
    desktop.locator(CODE).fill("11111")
    if way == "offline":
        expect(desktop.locator(SAVED)).to_contain_text("Not saved")
        desktop.close()
        desktop.context.set_offline(False)
        desktop = desktop.context.new_page()
    else:
        desktop.goto("/codes/")
        wait_for(desktop, lambda: drafts() == ["11111"])
    phone.goto(url)
    phone.locator(CODE).fill("29881")
    wait_for(phone, lambda: drafts()[-1:] == ["29881"])
    before = drafts()
    desktop.goto(url)
    expect(desktop.locator("#held")).to_contain_text("Code, line 1: 11111")
    expect(desktop.locator(CODE)).to_have_value("29881")
    desktop.get_by_role("button", name="Flag", exact=True).click()
    expect(desktop.get_by_role("button", name="Flagged")).to_be_focused()
    expect(desktop.locator("#held")).to_be_visible()
    assert set(drafts()[len(before) :]) <= {"29881"}
    desktop.get_by_role("button", name="Use it instead").click()
    expect(desktop.locator(CODE)).to_have_value("11111")
    wait_for(desktop, lambda: drafts()[-1] == "11111" and desktop.evaluate("localStorage.length") == 0)
    expect(desktop.locator("#held")).to_be_hidden()
    desktop.reload()
    expect(desktop.locator(CODE)).to_have_value("11111")
    expect(desktop.locator("#held")).to_be_hidden()


def test_an_older_copy_that_nobody_wants_is_forgotten(open_as: OpenAs, trainee: User, attempt: Attempt) -> None:
    desktop, phone = open_as(trainee), open_as(trainee)
    url = open_claim(desktop, attempt)
    desktop.locator(CODE).fill("11111")
    desktop.goto("/codes/")
    wait_for(desktop, lambda: drafts() == ["11111"])
    phone.goto(url)
    phone.locator(CODE).fill("29881")
    wait_for(phone, lambda: drafts()[-1:] == ["29881"])
    desktop.goto(url)
    desktop.get_by_role("button", name="Forget it").click()
    expect(desktop.locator("#held")).to_be_hidden()
    assert desktop.evaluate("localStorage.length") == 0
    assert desktop.evaluate("document.activeElement.form.id") == "answer-form"
    assert drafts() == ["11111", "29881"]


def test_what_was_unticked_offline_stays_unticked(page: Page, trainee: User, bone_code: Code, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    recipe = Recipe(formats=("missing-in-the-note",), as_written=1.0, size=1)
    item = practice.start(trainee, bone_code, seed=1, recipe=recipe).items.get()
    page.goto(item.get_absolute_url())
    boxes = page.locator(".answer-form input[type=checkbox]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    wait_for(page, lambda: page.evaluate("localStorage.length") == 0)
    wanted = boxes.nth(1).get_attribute("value")
    page.context.set_offline(True)
    boxes.nth(0).uncheck()
    expect(page.locator(SAVED)).to_contain_text("Not saved")
    page.close()
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(item.get_absolute_url())
    expect(again.locator(SAVED)).to_contain_text("Saved at")
    expect(again.locator(f".answer-form input[value='{wanted}']")).to_be_checked()
    expect(again.locator(".answer-form input[type=checkbox]:checked")).to_have_count(1)
    wait_for(again, lambda: item.answers.latest("pk").payload["missing"] == [wanted])


def test_a_removal_whose_reply_is_lost_loses_nothing(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    item = item_in(attempt, "code-the-claim")
    url = open_claim(page, attempt)
    fill(page, {"diagnosis-A": "C79.51", "diagnosis-B": "C64.2", "line-0-pointers": "B"})
    page.get_by_role("button", name="Remove diagnosis A").focus()
    wait_for(page, lambda: item.answers.exists() and page.evaluate("unsaved === 0"))

    def lose_the_reply(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(f"**{url}", lose_the_reply)
    page.get_by_role("button", name="Remove diagnosis A").click()
    expect(page.locator("#not-sent")).to_be_visible()
    assert item.answers.latest("pk").payload["diagnoses"] == ["C64.2"]
    page.close()
    again = page.context.new_page()
    again.goto(url)
    expect(again.locator("#diagnosis-B")).to_have_value("C64.2")
    expect(again.locator("#diagnosis-A")).to_have_value("C79.51")
    expect(again.locator("#line-0-pointers")).to_have_value("B")
    assert item.answers.latest("pk").payload["diagnoses"] == ["C79.51", "C64.2"]
    wait_for(again, lambda: again.evaluate("localStorage.length") == 0)


def test_a_move_while_offline_is_done_later_with_what_was_typed(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    open_claim(page, attempt)
    fill(page, {"diagnosis-A": "C79.51", "diagnosis-B": "C64.2"})
    page.context.set_offline(True)
    fill(page, {CODE[1:]: "20983"})
    page.get_by_role("button", name="Move diagnosis B up").click()
    expect(page.locator("#not-sent")).to_be_visible()
    expect(page.locator("#diagnosis-A")).to_have_value("C79.51")
    page.context.set_offline(False)
    expect(page.locator("#diagnosis-A")).to_have_value("C64.2")
    expect(page.locator(CODE)).to_have_value("20983")
    expect(page.locator("#line-0-pointers")).to_have_value("B")
    expect(page.get_by_role("button", name="Move diagnosis A down")).to_be_focused()
    expect(page.locator("#not-sent")).to_be_hidden()


def test_a_session_that_ended_while_typing_says_so_and_loses_nothing(
    page: Page, trainee: User, attempt: Attempt, witness: Witness
) -> None:
    witness.expect(*REFUSED)
    open_claim(page, attempt)
    page.context.clear_cookies(name="sessionid")
    page.locator(CODE).fill("20983")
    expect(page.locator(SAVED)).to_contain_text("You are signed out")
    tab = page.context.new_page()
    tab.goto("/accounts/login/")
    give_name_and_password(tab, "trainee")
    expect(tab.locator(".shell-account")).to_contain_text("Sign out")
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    assert drafts() == ["20983"]


def test_an_answer_after_a_sign_in_elsewhere_is_sent_with_a_fresh_token(
    page: Page, trainee: User, attempt: Attempt, witness: Witness
) -> None:
    witness.expect(*REFUSED)
    item = item_in(attempt, "code-the-claim")
    open_claim(page, attempt)
    fill(page, right_claim(item))
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    page.context.clear_cookies()
    tab = page.context.new_page()
    tab.goto("/accounts/login/")
    give_name_and_password(tab, "trainee")
    expect(tab.locator(".shell-account")).to_contain_text("Sign out")
    check(page)
    expect(page.locator("#verdict")).to_contain_text("Clean claim")
    assert len(submitted()) == 1


def test_what_was_sent_after_the_session_ended_comes_back_after_sign_in(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim")
    url = open_claim(page, attempt)
    fill(page, right_claim(item) | {CODE[1:]: "20983"})
    expect(page.locator(SAVED)).to_contain_text("Saved at")
    page.context.clear_cookies(name="sessionid")
    check(page)
    give_name_and_password(page, "trainee")
    expect(page).to_have_url(url)
    expect(page.locator("main")).to_contain_text("You had been signed out")
    expect(page.locator(CODE)).to_have_value("20983")
    assert submitted() == []


def test_marking_needs_no_script(open_as: OpenAs, trainee: User, attempt: Attempt) -> None:
    page = open_as(trainee, java_script_enabled=False)
    open_claim(page, attempt)
    page.locator(CODE).fill("20983")
    page.get_by_role("button", name="Flag", exact=True).click()
    expect(page.get_by_role("button", name="Flagged")).to_be_focused()
    expect(page.locator(CODE)).to_have_value("20983")
    page.get_by_role("button", name="Mark fact 1").click()
    expect(page.get_by_role("button", name="Mark fact 1")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Hint 1 of 3").click()
    expect(page.get_by_role("complementary", name="Hints")).to_contain_text("Look at")
