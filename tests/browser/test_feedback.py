"""What a finding lights, where its link leads, and the way back."""

from playwright.sync_api import Page, expect

from quizzes.models import Attempt
from tests.browser.actions import answer_with_guidance, item_in

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


def test_a_finding_opens_its_section_on_the_date_of_service(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim", guided=True)
    answer_with_guidance(page, item)
    page.locator(".findings .evidence a[href$='#billing']").first.click()
    day = item.version.prompt["encounter"]["date_of_service"]
    expect(page).to_have_url(f"/codes/20983/?dos={day}#billing")
    expect(page.locator("#h-billing")).to_be_in_viewport()
    expect(page.locator(".banner")).to_contain_text("in the past: this code was valid")


def test_back_from_the_section_returns_to_the_feedback(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim", guided=True)
    answer_with_guidance(page, item)
    page.locator(".findings .evidence a[href$='#billing']").first.click()
    page.go_back()
    expect(page).to_have_url(item.get_absolute_url())
    expect(page.locator("#verdict")).to_contain_text("Not yet clean: 1 of")
    expect(page.locator(".findings > li").first).to_contain_text("unbundling")


def test_the_reference_opens_in_a_tab_of_its_own(page: Page, attempt: Attempt) -> None:
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    with page.context.expect_page() as opened:
        page.locator(NEW_TAB, has_text="Open the reference").click()
    expect(opened.value.locator("h1")).to_have_text("Find a code")
