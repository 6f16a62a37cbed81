"""From sign-in to the summary without a mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from quizzes.formats import FORMAT
from quizzes.models import Attempt, AttemptItem
from tests.browser.actions import CHECK, expect_answered, fill, item_in, item_on, right_claim, tab_to
from tests.browser.conftest import OpenAs, Witness
from tests.browser.screens import check_screen

QUESTIONS = 10


def type_into(page: Page, fields: dict[str, str]) -> None:
    """Reach each field with Tab; arriving selects what is there, so typing replaces it."""
    for name, text in fields.items():
        tab_to(page, f"#{name}")
        page.keyboard.type(text)


def choose(page: Page, name: str, value: str) -> None:
    """Tab to a group of options, arrow keys to one of them."""
    values = page.locator(f"input[name='{name}']").evaluate_all("all => all.map(one => one.value)")
    tab_to(page, f"input[name='{name}'][value='{values[0]}']")
    page.keyboard.press("Space")
    for _ in range(values.index(value)):
        page.keyboard.press("ArrowDown")


def tick(page: Page, name: str, values: list[str]) -> None:
    """Tab to each box, and the space bar."""
    for value in values:
        tab_to(page, f"input[name='{name}'][value='{value}']")
        page.keyboard.press("Space")


def fill_in(page: Page, item: AttemptItem) -> None:
    """The right answer of any format, field by field in the order in which Tab reaches them."""
    format = FORMAT[item.version.question.format]
    fields = format.fields(format.right(item.version))
    for _ in range(int(str(fields.get("lines", 1))) - max(1, page.locator("tbody tr input[id$=-code]").count())):
        tab_to(page, ".add-line")
        page.keyboard.press("Enter")
        expect(page.locator(".lines :focus")).to_have_count(1)
        page.locator("h1").focus()
    for name in fields:
        if name.startswith("diagnosis-") and not page.locator(f"#{name}").count():
            tab_to(page, "[value=add-diagnosis]")
            page.keyboard.press("Enter")
            expect(page.locator(f"#{name}")).to_be_focused()
            page.locator("h1").focus()
    shown = "all => all.map(one => [one.name, one.type, one.readOnly])"
    for name, kind, fixed in dict.fromkeys(map(tuple, page.locator("form[data-check] input").evaluate_all(shown))):
        value = fields.get(name)
        if isinstance(value, list):
            tick(page, name, value)
        elif value and kind == "radio":
            choose(page, name, value)
        elif value and kind == "text" and not fixed:
            type_into(page, {name: value})


def answer(page: Page, item: AttemptItem) -> None:
    """The right answer; every fourth time sent with Ctrl+Enter, with Enter on Check, else with Enter in a field."""
    fill_in(page, item)
    if item.position % 4 == 1:
        page.keyboard.press("Control+Enter")
        return
    if item.position % 4 == 2:
        tab_to(page, CHECK)
    page.keyboard.press("Enter")


def test_ten_questions_by_keyboard_alone(open_as: OpenAs, trainee: User, bone_code: Code, witness: Witness) -> None:
    witness.expect("status of 409")  # on a slow machine a draft arrives after its answer
    page = open_as()
    sign_in_by_keyboard(page, trainee)
    find_and_practise_by_keyboard(page, bone_code)
    for position in range(1, QUESTIONS + 1):
        expect(page.locator("h1")).to_contain_text(f"Question {position} of {QUESTIONS}")
        expect(page.locator("h1")).to_be_focused()
        item = item_on(page)
        answer(page, item)
        expect(page.locator("#verdict")).to_be_focused()
        expect(page.locator("#verdict")).to_contain_text(FORMAT[item.version.question.format].verdicts[0])
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect_answered(page, QUESTIONS)
    assert Attempt.objects.get(person=trainee).finished_at is not None


@pytest.mark.parametrize("button", ["Hint 1 of 3", "Flag", "Mark fact 1"])
def test_ctrl_and_enter_check_wherever_a_button_left_the_focus(page: Page, attempt: Attempt, button: str) -> None:
    item = item_in(attempt, "choose-the-code")
    page.goto(item.get_absolute_url())
    page.locator("#option-1").check()
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("[autofocus]:focus")).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_be_focused()


def test_ctrl_and_enter_in_another_form_check_nothing(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "choose-the-code")
    page.goto(item.get_absolute_url())
    page.locator("#option-1").check()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.locator("#shell-q").press("Control+Enter")
    page.wait_for_load_state()
    page.goto(item.get_absolute_url())
    assert item.answers.filter(state="submitted").count() == 0


def sign_in_by_keyboard(page: Page, somebody: User) -> None:
    """Through the real form."""
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").focus()
    page.keyboard.type(somebody.username)
    page.keyboard.press("Tab")
    page.keyboard.type(f"word-of-{somebody.username}")
    page.keyboard.press("Enter")
    expect(page.locator(".shell-account")).to_contain_text("Sign out")


def find_and_practise_by_keyboard(page: Page, code: Code) -> None:
    """The header's search, the page, its button."""
    tab_to(page, "#shell-q")
    page.keyboard.type(code.number)
    page.keyboard.press("Enter")
    expect(page.locator("#results a").first).to_contain_text(code.number)
    tab_to(page, f"#results a[href^='/codes/{code.number}/']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(code.title)
    tab_to(page, "button:has-text('Practise this page')")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("place", ["#line-0-units", ".add-line"])
def test_ctrl_enter_checks_from_anywhere_in_the_form(page: Page, attempt: Attempt, place: str) -> None:
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    type_into(page, right_claim(item))
    page.locator(place).focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_be_focused()


@pytest.mark.parametrize("then", [[], ["Remove line 1"], ["Remove line 2"]])
def test_adding_and_removing_lines_keeps_the_focus_in_the_claim(page: Page, attempt: Attempt, then: list[str]) -> None:
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    for button in ["Add a line", *then]:
        page.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        expect(page.locator("tbody tr")).to_have_count(2 if button == "Add a line" else 1)
        expect(page.locator("form[data-check] .lines :focus")).to_have_count(1)


def test_a_diagnosis_is_moved_and_stays_in_hand(page: Page, attempt: Attempt) -> None:
    item = item_in(attempt, "code-the-claim")
    page.goto(item.get_absolute_url())
    type_into(page, {"diagnosis-A": "Z99.89"})
    for letter, code in {"B": "C79.51", "C": "C64.2"}.items():
        tab_to(page, "[value=add-diagnosis]")
        page.keyboard.press("Enter")
        expect(page.locator(f"#diagnosis-{letter}")).to_be_focused()
        page.keyboard.type(code)
    type_into(page, {"line-0-code": "20983", "line-0-pointers": "B"})
    page.locator("#diagnosis-C").focus()
    tab_to(page, "#up-diagnosis-C")
    for then, order, pointer in [
        ("Move diagnosis B up", "Z99.89 C64.2 C79.51", "C"),
        ("Move diagnosis A down", "C64.2 Z99.89 C79.51", "C"),
        ("Move diagnosis B down", "Z99.89 C64.2 C79.51", "C"),
        ("Move diagnosis C up", "Z99.89 C79.51 C64.2", "B"),
    ]:
        page.keyboard.press("Enter")
        button = page.get_by_role("button", name=then)
        expect(button).to_be_focused()
        expect(button).to_have_accessible_description(re.compile("is now diagnosis"))
        assert [page.locator(f"#diagnosis-{letter}").input_value() for letter in "ABC"] == order.split()
        expect(page.locator("#line-0-pointers")).to_have_value(pointer)
    expect(page.get_by_role("status").filter(has_text="is now")).to_have_text(
        "C64.2 is now diagnosis C. Pointers followed: line 1 now B."
    )
    check_screen(page)
    page.get_by_role("button", name="Remove diagnosis A").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#diagnosis-A")).to_be_focused()
    expect(page.locator("#line-0-pointers")).to_have_value("A")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_contain_text("Clean claim")


def test_trying_the_rules_keeps_the_focus_in_the_form(page: Page, bone_code: Code) -> None:
    page.goto("/try/")
    fill(page, {"diagnosis-A": "C79.51", "diagnosis-B": "C64.2", "line-0-pointers": "A"})
    for button, focused in {
        "Move diagnosis B up": "down-diagnosis-A",
        "Remove diagnosis A": "diagnosis-A",
        "Add a line": "line-1-code",
        "Remove line 1": "line-0-code",
        "Add a service": "service-1-procedure",
        "Remove service 1": "service-0-procedure",
    }.items():
        page.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#{focused}")).to_be_focused()
    expect(page.locator("#diagnosis-A")).to_have_value("C79.51")
