"""Sent twice, sent offline, sent wrongly: nothing typed is lost and nothing is stored twice."""

from playwright.sync_api import Page, Route, expect

from codes.models import Code
from quizzes.models import Attempt, Note
from tests.browser.actions import (
    CHECK,
    answer_rightly,
    check,
    fill,
    give_name_and_password,
    item_in,
    right_claim,
    submitted,
    tab_to,
    wait_for,
)
from tests.browser.conftest import Witness

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "htmx:sendError", "htmx:afterRequest")

FOCUSED_TAG = "document.activeElement.tagName"
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_a_double_click_on_check_stores_one_answer(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    fill(page, right_claim(item))
    page.locator(CHECK).dblclick()
    expect(page.locator("#verdict")).to_contain_text("Clean claim")
    assert len(submitted()) == 1


def test_an_answer_sent_offline_stays_and_can_be_sent_again(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    fill(page, right_claim(item))
    page.context.set_offline(True)
    check(page)
    expect(page.locator("#not-sent")).to_contain_text("Not sent. Your answer is still here.")
    expect(page.locator("#line-0-code")).to_have_value("20983")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again now").click()
    expect(page.locator("#verdict")).to_contain_text("Clean claim")
    expect(page.locator("#not-sent")).to_be_hidden()
    assert len(submitted()) == 1


def test_the_focus_is_kept_while_an_answer_is_on_its_way_and_when_it_is_lost(
    page: Page, attempt: Attempt, witness: Witness
) -> None:
    witness.expect(*OFFLINE)
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    fill(page, right_claim(item))
    held: list[Route] = []
    page.route(f"**{item.get_absolute_url()}", lambda route: held.append(route))
    tab_to(page, CHECK)
    with page.expect_request(f"**{item.get_absolute_url()}"):
        page.keyboard.press("Enter")
    wait_for(page, lambda: held)
    page.evaluate(NEXT_FRAME)
    assert page.evaluate(FOCUSED_TAG) != "BODY"
    held[0].abort()
    expect(page.locator("#not-sent")).to_be_visible()
    assert page.evaluate(FOCUSED_TAG) != "BODY"


def test_a_form_error_is_focused_and_leads_to_its_field(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect("status of 422")
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    fill(page, right_claim(item) | {"line-0-units": "many"})
    check(page)
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#line-0-units")).to_have_value("many")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#line-0-units")).to_be_focused()
    assert submitted() == []


def test_an_answer_from_another_tab_stands(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect("status of 409")
    item = item_in(attempt, "code-the-claim")
    late = page.context.new_page()
    late.goto(item.get_absolute_url())
    answer_rightly(page, item)
    fill(late, {"line-0-code": "76940"})
    check(late)
    expect(late.locator(".feedback")).to_contain_text("answered already")
    expect(late.locator("#verdict")).to_be_focused()
    assert len(submitted()) == 1


def test_typing_a_word_suggests_codes(page: Page, bone_code: Code, attempt: Attempt) -> None:
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.locator("#line-0-code").press_sequentially("cryo")
    expect(page.locator(f"#code-options option[value='{bone_code.number}']")).to_be_attached()
    expect(page.locator("#line-0-code")).to_be_focused()


def test_results_follow_what_is_typed(page: Page, bone_code: Code) -> None:
    page.goto("/codes/")
    page.locator("#q").press_sequentially("cryoprobe")
    expect(page.locator("#results")).to_contain_text("for “cryoprobe”")
    expect(page.locator("#q")).to_be_focused()


def test_an_answer_after_the_session_ended_leads_through_sign_in_back_to_the_question(
    page: Page, attempt: Attempt
) -> None:
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    fill(page, right_claim(item))
    page.context.clear_cookies(name="sessionid")
    check(page)
    expect(page.locator("main").get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator(".shell-account")).not_to_contain_text("Sign out")
    give_name_and_password(page, "trainee")
    expect(page).to_have_url(item.get_absolute_url())
    assert submitted() == []


def test_a_note_sent_offline_says_so_and_is_sent_again(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.locator("summary", has_text="Note").click()
    page.get_by_label("Note on this question").fill("Ask about the payer.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Add to notebook").click()
    expect(page.locator("#not-sent")).to_contain_text("Not sent")
    page.context.set_offline(False)
    expect(page.locator("#note-said")).to_contain_text("Ask about the payer.")
    expect(page.locator("#not-sent")).to_be_hidden()
    assert Note.objects.count() == 1


def test_a_slow_line_that_loses_replies_stores_one_answer(page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect(*OFFLINE)
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    fill(page, right_claim(item))
    lost: list[Route] = []

    def slow(route: Route) -> None:
        if lost or route.request.method != "POST":
            route.continue_()
        else:
            lost.append(route)
            route.fetch()  # the server has it, the browser never hears of it
            route.abort()

    page.route(f"**{item.get_absolute_url()}", slow)
    line = page.context.new_cdp_session(page)
    rates = {"downloadThroughput": 50_000, "uploadThroughput": 50_000}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": 400, **rates})
    check(page)
    expect(page.locator("#not-sent")).to_be_visible()
    expect(page.locator("#verdict")).to_contain_text("Clean claim")
    assert len(submitted()) == 1
    assert len(lost) == 1
