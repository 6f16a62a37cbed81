"""docs/first-page.md, followed step by step in a real browser; and a year later one rule is changed."""

import os
import re
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code, Edition
from quizzes.models import Answer, Attempt, Grading, Scenario
from tests.browser.actions import item_on, sign_in
from tests.browser.conftest import OpenAs

TEXT = (Path(settings.BASE_DIR) / "docs" / "first-page.md").read_text(encoding="utf-8")
#: Where pictures of the steps go; not set: nowhere.
PICTURES = os.environ.get("PICTURES", "")


def article() -> str:
    """The text to copy."""
    found = re.search(r"```article\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found[1]


def steps() -> list[str]:
    """What each step is called."""
    return re.findall(r"^### \d+\. (.*)$", TEXT, re.MULTILINE)


def bold(step: str) -> list[str]:
    """What a step says to press."""
    found = re.search(rf"### \d+\. {re.escape(step)}\n(.*?)\n##", TEXT, re.DOTALL)
    assert found
    return re.findall(r"\*\*(.*?)\*\*", found[1])


def press(page: Page, name: str) -> None:
    """The link or button of this name, or one that begins with it."""
    anything = page.get_by_role("link", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True))
    anything.or_(page.get_by_role("button", name=re.compile(rf"^{re.escape(name)} "))).first.click()


def picture(page: Page, name: str) -> None:
    """A picture for the document."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png")


def read_the_article(page: Page) -> None:
    edit, read, button = bold("Read the article")
    page.get_by_role("navigation", name="Main").get_by_role("link", name=edit).click()
    press(page, read)
    page.get_by_label("Or paste the text").fill(article())
    press(page, button)
    expect(page.locator("main")).to_contain_text("One unit for one or more tumors")


def open_the_page(page: Page) -> None:
    (link,) = bold("Open the page")
    page.get_by_role("link", name=link).click()
    expect(page.locator("h1")).to_contain_text("55873")


def give_it_a_title(page: Page) -> None:
    write, save = bold("Give it a title")
    page.get_by_role("link", name=f"{write} about the code").click()
    page.get_by_label("Title").fill("Cryoablation of prostate tumors through the skin")
    page.get_by_role("button", name=save, exact=True).click()
    expect(page.locator("h1")).to_contain_text("Cryoablation of prostate tumors through the skin")


def tab(page: Page, name: str) -> None:
    """One of the tabs of the page."""
    page.get_by_role("navigation", name="55873").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text(name)


def read_the_rules(page: Page) -> None:
    (name,) = bold("Read the rules")
    tab(page, name)
    expect(page.locator("main")).to_contain_text("Use this code when procedure is ablation, site is prostate")


def try_it_as_a_trainee(page: Page) -> None:
    name, questions, question, back = bold("Try it as a trainee")
    tab(page, name)
    page.get_by_role("link", name=questions).first.click()
    page.get_by_role("link", name=question).last.click()
    page.get_by_role("link", name="Wrong answer 1", exact=True).click()
    expect(page.locator("main")).to_contain_text("Not yet clean")
    picture(page, "first-page-5")
    page.get_by_role("link", name=back).click()
    assert not Attempt.objects.exists()


def check_it(page: Page) -> None:
    (name,) = bold("Check it")
    tab(page, name)
    expect(page.locator("main")).to_contain_text("this page can be published")


def publish(page: Page) -> None:
    name, button = bold("Publish")
    tab(page, name)
    page.get_by_label("What changes, and why").fill("First edition")
    picture(page, "first-page-7")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("main")).to_contain_text("published as edition")


def practise_it(page: Page) -> None:
    (button,) = bold("Practise it")
    page.goto("/codes/55873/")
    press(page, button)
    expect(page.locator("h1")).to_contain_text("Question 1")


FOLLOWED = {
    "Read the article": read_the_article,
    "Open the page": open_the_page,
    "Give it a title": give_it_a_title,
    "Read the rules": read_the_rules,
    "Try it as a trainee": try_it_as_a_trainee,
    "Check it": check_it,
    "Publish": publish,
    "Practise it": practise_it,
}


def follow(page: Page) -> None:
    """Every step of the document."""
    assert steps() == list(FOLLOWED)
    for number, (name, step) in enumerate(FOLLOWED.items(), start=1):
        step(page)
        if number in (1, 4):
            picture(page, f"first-page-{number}")
        expect(page.locator("h1"), name).to_have_count(1)


def test_an_educator_gets_from_an_article_to_questions_in_under_ten_steps(
    open_as: OpenAs, starter_library: None, educator: User
) -> None:
    page = open_as()
    sign_in(page, educator.username)
    follow(page)
    assert len(steps()) < 10
    assert Scenario.objects.live().filter(code__number="55873").count() == 3
    assert Edition.objects.get(code__number="55873").published_by == educator


def test_one_rule_is_changed_and_what_was_answered_stays(
    open_as: OpenAs, starter_library: None, educator: User
) -> None:
    page = open_as()
    sign_in(page, educator.username)
    follow(page)
    page.get_by_role("button", name="I do not know").click()
    expect(page.locator("section.answer")).to_contain_text("Not yet clean")
    answered = page.url
    before = page.locator("main").inner_text()
    gradings = list(Grading.objects.values())
    assert "Not yet clean" in outcome_of_the_case(page)
    page.goto("/write/55873/rules/selection/")
    page.locator("[name=param_facets-2-values]").fill("cryoablation, radiofrequency")
    expect(page.locator("main")).to_contain_text("technique is cryoablation or radiofrequency")
    page.get_by_label("Why it is changed").fill("Code set of 2027")
    page.get_by_role("button", name="Store").click()
    expect(page).to_have_url(re.compile("/write/55873/rules/$"))  # what was typed is kept before it is sent
    publish(page)
    assert "Clean claim" in outcome_of_the_case(page)
    page.goto(answered)
    assert page.locator("main").inner_text() == before
    assert list(Grading.objects.values()) == gradings
    assert Answer.objects.count() == 1
    assert Code.objects.get(number="55873").editions.count() == 2
    assert item_on(page).version.stamp < Edition.objects.order_by("-pk")[0].pk


def outcome_of_the_case(page: Page) -> str:
    """What anybody is told who tries a case with radiofrequency on the published pages."""
    page.goto("/try/")
    page.locator("#day").fill("2024-01-15")
    page.locator("#service-0-procedure").select_option("ablation")
    for facet, value in {"site": "prostate", "technique": "radiofrequency", "approach": "percutaneous"}.items():
        page.locator(f"#service-0-{facet}").select_option(value)
    page.locator("#line-0-code").fill("55873")
    page.locator("main button.check").click()
    return page.locator("section.answer h2").first.inner_text()
