"""What a person does on the site, said once."""

import time
from collections.abc import Callable, Iterable
from uuid import UUID

from django.urls import resolve
from playwright.sync_api import Page, expect

from quizzes.formats import FORMAT
from quizzes.formats.base import Payload
from quizzes.models import Answer, Attempt, AttemptItem

CHECK = "form[data-check] button.check"
FOCUSED = "element => element === document.activeElement"
MOST_TABS, MOST_SECONDS = 80, 60
LETTERS = "ABCDEFGHIJKL"


def sign_in(page: Page, username: str) -> None:
    """Through the real form."""
    page.goto("/accounts/login/")
    give_name_and_password(page, username)


def give_name_and_password(page: Page, username: str) -> None:
    """Fill in the sign-in form and send it."""
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password").fill(f"word-of-{username}")
    page.locator("main").get_by_role("button", name="Sign in").click()


def item_on(page: Page) -> AttemptItem:
    """The question that a page shows."""
    found = resolve(page.evaluate("location.pathname"))
    return AttemptItem.objects.select_related("version__question").get(**found.kwargs)


def item_in(attempt: Attempt, format: str, *, guided: bool = False) -> AttemptItem:
    """The first question in this format with diagnoses (a claim: of one line); ``guided``: by ultrasound."""
    return next(
        item
        for item in attempt.items.select_related("version__question").filter(version__question__format=format)
        if item.version.prompt["encounter"].get("diagnoses")
        and (format != "code-the-claim" or len(item.version.key["claims"][0]["lines"]) == 1)
        and (not guided or any(s.get("modality") == "ultrasound" for s in item.version.prompt["encounter"]["services"]))
    )


def right_claim(item: AttemptItem) -> dict[str, str]:
    """Field -> text of the accepted claim, in the order in which Tab reaches the fields."""
    lines = item.version.key["claims"][0]["lines"]
    diagnoses = list(dict.fromkeys(code for line in lines for code in line["diagnoses"]))
    fields = {f"diagnosis-{letter}": code for letter, code in zip(LETTERS, diagnoses, strict=False)}
    for n, line in enumerate(lines):
        fields |= {f"line-{n}-code": line["code"], f"line-{n}-units": str(line["units"])}
    return fields


def make_room(page: Page, names: Iterable[str]) -> None:
    """Add a row to the claim's diagnoses for each of these fields that is not there."""
    for name in names:
        if name.startswith("diagnosis-") and not page.locator(f"#{name}").count():
            page.get_by_role("button", name="Add a diagnosis").click()
            expect(page.locator(f"#{name}")).to_be_focused()


def fill(page: Page, fields: dict[str, str]) -> None:
    """Type into fields by their ids; diagnoses get their rows."""
    make_room(page, fields)
    for name, text in fields.items():
        page.locator(f"#{name}").fill(text)


def check(page: Page) -> None:
    """Send the answer."""
    page.locator(CHECK).click()


def give(page: Page, item: AttemptItem, payload: Payload) -> None:
    """Open a question of any format and fill in an answer, as far as it can be typed or chosen."""
    page.goto(item.get_absolute_url())
    fill_plainly(page, item, payload)


def fill_plainly(page: Page, item: AttemptItem, payload: Payload) -> None:
    """Type and choose an answer on the page of its question, as far as its fields are there; rows are added."""
    fields = FORMAT[item.version.question.format].fields(payload)
    make_room(page, [name for name, text in fields.items() if text])
    for _ in range(int(str(fields.get("lines", 1))) - page.locator("tbody tr input[id$=-code]").count()):
        before = page.locator("tbody tr input[id$=-code]").count()
        if not before:
            break
        page.get_by_role("button", name="Add a line").click()
        expect(page.locator("tbody tr input[id$=-code]")).to_have_count(before + 1)
    for name, value in fields.items():
        for text in value if isinstance(value, list) else [value]:
            option = page.locator(f"input[name='{name}'][value='{text}']:is([type=radio], [type=checkbox])")
            field = page.locator(f"input[name='{name}']:not([readonly], [type=hidden], [type=radio])")
            if option.count():
                option.check()
            elif text and field.count():
                field.fill(text)


def answer_rightly(page: Page, item: AttemptItem) -> None:
    """Open a question, give the accepted answer, and wait for the verdict."""
    page.goto(item.get_absolute_url())
    if item.version.question.format == "choose-the-code":
        page.locator(f"#option-{item.version.key['option']}").check()
    else:
        fill(page, right_claim(item))
    check(page)
    expect(page.locator("#verdict")).to_be_visible()


def answer_with_guidance(page: Page, item: AttemptItem) -> None:
    """The accepted claim with one line too many: ultrasound guidance."""
    page.goto(item.get_absolute_url())
    fill(page, right_claim(item))
    page.get_by_role("button", name="Add a line").click()
    fill(page, {"line-1-code": "76940"})
    check(page)
    expect(page.locator("#verdict")).to_be_visible()


def expect_answered(page: Page, count: int) -> None:
    """The summary says that so many of ten are answered."""
    expect(page.locator(".scores div", has_text="Answered").locator("dd")).to_have_text(f"{count} of 10")


def submitted() -> list[UUID]:
    """The keys of all answers that were stored."""
    return list(Answer.objects.filter(state=Answer.State.SUBMITTED).values_list("key", flat=True))


def wait_for(page: Page, happened: Callable[[], object]) -> None:
    """Let the page go on until something is so on the server."""
    until = time.monotonic() + MOST_SECONDS
    while not happened():
        assert time.monotonic() < until, "It never happened."
        page.wait_for_timeout(50)


def tab_to(page: Page, selector: str) -> int:
    """Press Tab until an element has the focus; how often that took."""
    for presses in range(1, MOST_TABS + 1):
        page.keyboard.press("Tab")
        if page.locator(selector).evaluate(FOCUSED):
            return presses
    raise AssertionError(f"{MOST_TABS} times Tab do not lead to {selector}")
