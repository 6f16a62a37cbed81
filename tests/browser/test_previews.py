"""A preview looks as what it stands for: nothing is cut on a phone, and paper has one margin."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from tests.browser.conftest import OpenAs

QUESTION = "/write/20983/try/solitary-iliac-metastasis/question/?note=0&format=code-the-claim&seed=1"
#: What is wider than its place, and so is cut or has to be moved sideways.
CUT = """() => [...document.querySelectorAll(".tried, .tried *")].filter((one) => one.scrollWidth > one.clientWidth + 1
  && !one.closest(".visually-hidden") && getComputedStyle(one).overflowX !== "visible").map((one) => one.className)"""
LEFT = "(element) => element.getBoundingClientRect().left"


@pytest.fixture
def page(open_as: OpenAs, educator: User, bone_code: Code) -> Page:
    return open_as(educator, viewport={"width": 1280, "height": 900})


@pytest.mark.parametrize("answer", ["", "&as=right", "&as=wrong-0"], ids=["asked", "right", "wrong"])
def test_nothing_is_cut_on_the_phone(page: Page, answer: str) -> None:
    page.goto(f"{QUESTION}{answer}&look=phone")
    expect(page.locator(".look-phone .compare" if answer else ".look-phone .lines")).to_be_visible()
    assert page.evaluate(CUT) == []


def test_a_page_on_paper_has_one_margin(page: Page) -> None:
    page.goto("/write/20983/try/page/?look=print")
    head, body = page.locator(".look-print h1"), page.locator(".look-print h2").first
    assert head.evaluate(LEFT) == body.evaluate(LEFT)


def test_the_date_of_service_is_chosen_above_a_question(page: Page) -> None:
    page.goto(f"{QUESTION}&look=phone")
    page.get_by_label("Date of service").fill("2030-05-07")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".look-phone time").first).to_have_text("May 7, 2030")
    expect(page.locator(".look-phone .sentences")).to_contain_text("May 7, 2030")
