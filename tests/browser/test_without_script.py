"""The same journey with JavaScript switched off."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from quizzes.models import Attempt
from tests.browser.actions import check, expect_answered, fill, item_in, right_claim, sign_in, submitted
from tests.browser.conftest import OpenAs, Witness


@pytest.fixture
def plain_page(open_as: OpenAs, trainee: User) -> Page:
    """The trainee's page in a browser that runs no script."""
    return open_as(trainee, java_script_enabled=False)


def test_signing_in_and_practising_need_no_script(open_as: OpenAs, trainee: User, bone_code: Code) -> None:
    page = open_as(java_script_enabled=False)
    sign_in(page, trainee.username)
    page.goto("/practice/")
    page.get_by_text("Or take one page as it is").click()
    page.get_by_role("button", name=f"Practise {bone_code.number}").click()
    for position in range(1, 11):
        expect(page.locator("h1")).to_contain_text(f"Question {position} of 10")
        page.get_by_role("button", name="I do not know").click()
        expect(page.locator("#verdict")).to_be_focused()
        page.locator(".next a").click()
    expect_answered(page, 10)


def test_an_answer_whose_form_had_expired_can_be_sent_again(
    plain_page: Page, attempt: Attempt, witness: Witness
) -> None:
    witness.expect("status of 403")
    item = item_in(attempt, "code-the-claim")
    plain_page.goto(item.get_absolute_url())
    fill(plain_page, right_claim(item))
    plain_page.context.clear_cookies(name="csrftoken")
    check(plain_page)
    expect(plain_page.locator("h1")).to_have_text("The form had expired")
    expect(plain_page.locator("dl")).to_contain_text(item.get_absolute_url())
    assert submitted() == []
    plain_page.get_by_role("button", name="Send it again").click()
    expect(plain_page.locator("#verdict")).to_contain_text("Clean claim")
    assert len(submitted()) == 1


def test_adding_a_line_needs_no_script(plain_page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim")
    plain_page.goto(item.get_absolute_url())
    fill(plain_page, right_claim(item))
    plain_page.get_by_role("button", name="Add a line").click()
    expect(plain_page.locator("#line-0-code")).to_have_value("20983")
    fill(plain_page, {"line-1-code": "76940"})
    check(plain_page)
    expect(plain_page.locator(".findings").first).to_contain_text("unbundling")


def test_removing_a_line_needs_no_script(plain_page: Page, attempt: Attempt) -> None:
    plain_page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    plain_page.get_by_role("button", name="Add a line").click()
    fill(plain_page, {"line-0-code": "76940", "line-1-code": "20983"})
    plain_page.get_by_role("button", name="Remove line 1").click()
    expect(plain_page.locator("#line-0-code")).to_have_value("20983")
    expect(plain_page.locator("#line-1-code")).to_have_count(0)


def test_moving_a_diagnosis_needs_no_script(plain_page: Page, attempt: Attempt) -> None:
    plain_page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    fill(plain_page, {"diagnosis-A": "C64.2", "diagnosis-B": "C79.51", "line-0-pointers": "B", "line-0-units": "many"})
    plain_page.get_by_role("button", name="Move diagnosis B up").click()
    expect(plain_page.get_by_role("button", name="Move diagnosis A down")).to_be_focused()
    expect(plain_page.locator("#diagnosis-A")).to_have_value("C79.51")
    expect(plain_page.locator("#line-0-pointers")).to_have_value("A")
    expect(plain_page.locator("#line-0-units")).to_have_value("many")
    expect(plain_page.locator("#changed")).to_have_text("C79.51 is now diagnosis A. Pointers followed: line 1 now A.")


def test_a_form_error_keeps_what_was_typed_without_script(plain_page: Page, attempt: Attempt, witness: Witness) -> None:
    witness.expect("status of 422")
    item = item_in(attempt, "code-the-claim")
    plain_page.goto(item.get_absolute_url())
    fill(plain_page, right_claim(item) | {"line-0-units": "many"})
    check(plain_page)
    expect(plain_page.locator(".errors")).to_contain_text("whole number")
    expect(plain_page.locator("#line-0-units")).to_have_value("many")
    expect(plain_page.locator("#line-0-code")).to_have_value("20983")
    fill(plain_page, {"line-0-units": "1"})
    check(plain_page)
    expect(plain_page.locator("#verdict")).to_contain_text("Clean claim")


def test_a_double_click_without_script_is_one_answer(plain_page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim")
    plain_page.goto(item.get_absolute_url())
    fill(plain_page, right_claim(item))
    plain_page.locator("button.check").dblclick()
    expect(plain_page.locator("#verdict")).to_contain_text("Clean claim")
    assert len(submitted()) == 1


def test_a_suggestion_asked_for_without_script_is_the_search(plain_page: Page, bone_code: Code) -> None:
    plain_page.goto("/codes/suggestions/?line-0-code=cryo")
    expect(plain_page.locator("#results")).to_contain_text(bone_code.number)
