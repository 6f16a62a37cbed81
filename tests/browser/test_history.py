"""Back, forward and reload show whole pages from the server and store nothing."""

import re

from playwright.sync_api import Page, expect

from codes.models import Code
from quizzes.models import Answer, Attempt, Grading
from tests.browser.actions import answer_rightly, answer_with_guidance, item_in


def expect_whole(page: Page) -> None:
    """Header and footer are there, and a heading: not a bare fragment."""
    expect(page.locator("header.shell")).to_have_count(1)
    expect(page.locator("footer.shell-foot")).to_have_count(1)
    expect(page.locator("main h1")).to_have_count(1)


def rows() -> tuple[int, int]:
    """How many answers and gradings there are."""
    return Answer.objects.count(), Grading.objects.count()


def test_back_after_answering_shows_a_whole_page_with_the_feedback(page: Page, attempt: Attempt) -> None:
    page.goto("/practice/")
    item = item_in(attempt, "code-the-claim")
    answer_rightly(page, item)
    page.locator(".next a").click()
    expect(page.locator("h1")).not_to_contain_text(item.version.prompt["title"])
    page.go_back()
    expect_whole(page)
    expect(page.locator("#verdict")).to_contain_text("Clean claim")


def test_one_back_from_the_feedback_leaves_the_question(page: Page, attempt: Attempt) -> None:
    page.goto("/practice/")
    answer_rightly(page, item_in(attempt, "code-the-claim"))
    page.go_back()
    expect_whole(page)
    expect(page).to_have_url("/practice/")


def test_back_and_forward_over_an_added_line_show_whole_pages(page: Page, attempt: Attempt) -> None:
    page.goto("/practice/")
    item = item_in(attempt, "code-the-claim")
    answer_with_guidance(page, item)
    page.goto("/codes/")
    page.go_back()
    expect_whole(page)
    expect(page.locator("#verdict")).to_be_visible()
    page.go_forward()
    expect_whole(page)


def test_reloading_feedback_shows_the_same_and_stores_nothing(page: Page, attempt: Attempt) -> None:
    answer_with_guidance(page, item_in(attempt, "code-the-claim"))
    said, stored = page.locator(".answer").inner_text(), rows()
    page.reload()
    expect_whole(page)
    assert page.locator(".answer").inner_text() == said
    assert rows() == stored


def test_back_from_a_page_shows_the_results_it_was_found_in(page: Page, bone_code: Code) -> None:
    page.goto("/codes/")
    page.locator("#q").press_sequentially("cryo")
    expect(page).to_have_url(re.compile("q=cryo"))
    page.locator(f"#results a[href^='/codes/{bone_code.number}/']").click()
    expect(page.locator("h1")).to_contain_text(bone_code.title)
    page.go_back()
    expect_whole(page)
    expect(page.locator("#results")).to_contain_text(bone_code.number)
    expect(page.locator("#q")).to_have_value("cryo")


def test_back_after_signing_out_shows_nothing_private(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".shell-account")).to_contain_text("Sign in")
    page.go_back()
    expect(page.locator("main")).not_to_contain_text(item.version.prompt["title"])
    expect(page.locator("main")).to_contain_text("Sign in")
