"""A whole exam in a real browser: by keyboard alone, without JavaScript, and to the end of its time."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from quizzes import exams
from quizzes.formats import FORMAT
from quizzes.models import Attempt, Exam, ExamPart, Grading
from tests.browser.actions import fill_plainly, item_on, tab_to, wait_for
from tests.browser.conftest import OpenAs
from tests.browser.test_keyboard import fill_in, sign_in_by_keyboard

QUESTIONS = 4


@pytest.fixture
def exam(bone_code: Code) -> Exam:
    """Four questions in half an hour."""
    made = Exam.objects.create(title="A short exam", minutes=30, is_open=True)
    ExamPart.objects.create(exam=made, number=QUESTIONS, code=bone_code)
    return made


def press(page: Page, selector: str) -> None:
    """Reach a button with Tab and press Enter on it."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def expect_all_clean(page: Page) -> None:
    """The summary after the end."""
    score = page.locator(".scores div", has_text="Clean or right").locator("dd")
    expect(score).to_have_text(f"{QUESTIONS} of {QUESTIONS}")
    assert Grading.objects.filter(is_clean=True).count() == QUESTIONS


def test_a_whole_exam_by_keyboard(open_as: OpenAs, trainee: User, exam: Exam) -> None:
    page = open_as()
    sign_in_by_keyboard(page, trainee)
    page.goto(exam.get_absolute_url())
    press(page, "main button:has-text('Take this exam')")
    expect(page.locator("h1")).to_be_focused()
    press(page, "button[value=begin]")
    for position in range(1, QUESTIONS + 1):
        expect(page.locator("h1")).to_contain_text(f"Question {position} of {QUESTIONS}")
        expect(page.locator("h1")).to_be_focused()
        fill_in(page, item_on(page))
        page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Review your answers")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("main")).to_contain_text("Every question is answered")
    press(page, "button:has-text('Finish the exam')")
    expect_all_clean(page)
    # htmx notes the address of the page for Back; what was asked and typed is nowhere.
    kept = page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert set(kept) <= {"htmx-current-path-for-history"}


def test_a_whole_exam_without_script(open_as: OpenAs, trainee: User, exam: Exam) -> None:
    page = open_as(trainee, java_script_enabled=False)
    page.goto(exam.get_absolute_url())
    page.get_by_role("button", name="Take this exam").click()
    page.get_by_role("button", name="Begin").click()
    for position in range(1, QUESTIONS + 1):
        expect(page.locator("h1")).to_contain_text(f"Question {position} of {QUESTIONS}")
        expect(page.locator(".timer")).to_contain_text("by the server’s clock")
        item = item_on(page)
        fill_plainly(page, item, FORMAT[item.version.question.format].right(item.version))
        page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("main")).to_contain_text("Every question is answered")
    page.get_by_role("button", name="Finish the exam").click()
    expect_all_clean(page)


def test_reload_and_back_in_an_exam_show_what_is_saved(page: Page, trainee: User, exam: Exam) -> None:
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, timezone.now())
    first, second = attempt.items.select_related("version__question")[:2]
    page.goto(first.get_absolute_url())
    fill_plainly(page, first, FORMAT[first.version.question.format].right(first.version))
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(second.get_absolute_url())
    page.reload()
    expect(page.locator("h1")).to_contain_text("Question 2")
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Question 1")
    expect(page.locator("#saved")).to_contain_text("Saved at")


def test_at_zero_what_is_typed_counts_and_the_exam_ends(page: Page, trainee: User, exam: Exam) -> None:
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, timezone.now())
    item = attempt.items.select_related("version__question")[0]
    page.clock.install()
    page.goto(item.get_absolute_url())
    format = FORMAT[item.version.question.format]
    right = format.right(item.version)
    fill_plainly(page, item, right)
    # On a slow machine a part of it is saved first.
    saved = item.answers.order_by("-sequence")[:1]
    wait_for(page, lambda: [format.settle(one.payload, item.version) for one in saved.all()] == [right])
    # The time is over, here and there, without anybody waiting for it.
    Attempt.objects.update(deadline=timezone.now())
    page.clock.fast_forward("30:00")
    expect(page).to_have_url(attempt.get_absolute_url())
    expect(page.locator(".scores").first).to_contain_text(f"1 of {QUESTIONS}")
    assert Grading.objects.get().is_clean


def test_the_clock_is_announced_and_can_be_folded(page: Page, trainee: User, exam: Exam) -> None:
    attempt = exams.start(trainee, exam, seed=1)
    exams.begin(attempt, timezone.now())
    page.clock.install()
    page.goto(attempt.items.all()[0].get_absolute_url())
    expect(page.locator("#timer")).to_have_text(re.compile(r"(30|29):\d\d"))
    expect(page.locator("#timer-says")).to_be_empty()
    left = float(page.locator("#timer").get_attribute("data-left") or 0)
    page.clock.fast_forward(int(left - 5 * 60) * 1000)
    expect(page.locator("#timer")).to_have_text(re.compile(r"5:00|4:\d\d"))
    expect(page.locator("#timer-says")).to_have_text("5 minutes left")
    page.locator(".timer summary").click()
    expect(page.locator("#timer")).to_be_hidden()
