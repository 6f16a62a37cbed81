"""What a finding lights, where its link leads, and the way back."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from quizzes.models import Attempt
from tests.browser.actions import answer_with_guidance, item_in
from tests.browser.conftest import OpenAs

NEW_TAB = "a[target=_blank]"


def test_guidance_beside_the_code_is_unbundling(page: Page, attempt: Attempt) -> None:
    answer_with_guidance(page, item_in(attempt, "code-the-claim", guided=True))
    expect(page.locator("#verdict")).to_contain_text("Not yet clean: 1 of")
    finding = page.locator(".findings > li").first
    expect(finding.locator("summary")).to_contain_text("Should not be there unbundling 76940")


def test_a_finding_lights_its_fact(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim", guided=True)
    page.goto(item.get_absolute_url())
    expect(page.locator(".sentences mark")).to_have_count(0)
    answer_with_guidance(page, item)
    expect(page.locator(".sentences mark", has_text="guidance").first).to_be_visible()


def test_a_fact_link_leads_to_the_lit_sentence(page: Page, attempt: Attempt) -> None:
    answer_with_guidance(page, item_in(attempt, "code-the-claim", guided=True))
    link = page.locator(".findings .evidence a[href^='#fact-']").first
    link.click()
    expect(page.locator(f"{link.get_attribute('href')} mark").first).to_be_in_viewport()


def test_a_finding_opens_its_section_beside_the_question(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim", guided=True)
    answer_with_guidance(page, item)
    page.locator(".findings .evidence a[href$='#billing']").first.click()
    expect(page.locator("#beside #h-billing")).to_be_visible()
    expect(page.locator("#beside .banner")).to_contain_text("in the past: this code was valid")
    expect(page.locator("#beside-h")).to_be_focused()
    expect(page.locator("#verdict")).to_be_visible()


@pytest.mark.parametrize("way", ["back", "close", "escape"])
def test_back_from_the_section_returns_to_the_finding(page: Page, attempt: Attempt, way: str) -> None:
    item = item_in(attempt, "code-the-claim", guided=True)
    answer_with_guidance(page, item)
    link = page.locator(".findings .evidence a[href$='#billing']").first
    link.click()
    expect(page.locator("#beside")).to_be_visible()
    if way == "back":
        page.go_back()
    elif way == "close":
        page.get_by_role("button", name="Close").click()
    else:
        page.keyboard.press("Escape")
    expect(page.locator("#beside")).to_be_hidden()
    expect(link).to_be_focused()
    expect(page).to_have_url(item.get_absolute_url())


def test_without_script_a_section_is_a_page_and_back_returns(open_as: OpenAs, trainee: User, attempt: Attempt) -> None:
    page = open_as(trainee, java_script_enabled=False)
    item = item_in(attempt, "code-the-claim", guided=True)
    answer_with_guidance(page, item)
    page.locator(".findings .evidence a[href$='#billing']").first.click()
    day = item.version.prompt["encounter"]["date_of_service"]
    expect(page).to_have_url(f"/codes/20983/?dos={day}#billing")
    page.go_back()
    expect(page).to_have_url(item.get_absolute_url())
    expect(page.locator("#verdict")).to_contain_text("Not yet clean: 1 of")


def test_the_reference_opens_in_a_tab_of_its_own(page: Page, attempt: Attempt) -> None:
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    with page.context.expect_page() as opened:
        page.locator(NEW_TAB, has_text="Open the reference").click()
    expect(opened.value.locator("h1")).to_have_text("Find a code")
