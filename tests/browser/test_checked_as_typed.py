"""What the check finds in a form stands beside it as one types, before anything is stored."""

from playwright.sync_api import expect

from accounts.models import User
from codes.models import Code
from codes.pages import read_page
from tests.browser.conftest import OpenAs


def test_what_is_typed_into_a_section_is_checked_at_once(open_as: OpenAs, educator: User, bone_code: Code) -> None:
    before = read_page(bone_code)
    page = open_as(educator)
    page.goto(f"/write/{bone_code.number}/part/sections/billing/")
    expect(page.locator("#problems")).to_be_empty()
    page.get_by_label("Text", exact=True).fill("Patient John Smith, SSN 123-45-6789")
    expect(page.locator("#problems")).to_contain_text("looks like a social security number")
    expect(page.locator("#problems")).to_contain_text("of what stands in the form")
    page.get_by_label("Text", exact=True).fill(
        "One unit for all tumors; do not report 76940, 77002, 77013 or 77022 with it."
    )
    expect(page.locator("#problems")).not_to_contain_text("social security")
    assert read_page(bone_code) == before


def test_a_word_of_a_rule_is_checked_at_once(open_as: OpenAs, educator: User, bone_code: Code) -> None:
    page = open_as(educator)
    page.goto(f"/write/{bone_code.number}/rules/selection/")
    page.locator("[name=param_facets-2-values]").fill("radiofrequncy")
    expect(page.locator("#problems")).to_contain_text("Did you mean “radiofrequency”?")
    page.locator("[name=param_facets-2-values]").fill("cryoablation")
    expect(page.locator("#problems")).to_be_empty()
    expect(page.locator("#says")).to_contain_text("technique is cryoablation")
