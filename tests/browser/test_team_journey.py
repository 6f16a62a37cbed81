"""A manager invites, assigns, watches a trainee finish, drills down and takes the figures along."""

import csv
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from courses.models import Assignment, Course, Team
from quizzes import practice
from quizzes.formats import FORMAT
from tests.browser.actions import MOST_TABS, check, fill_plainly, item_on, sign_in, wait_for
from tests.browser.conftest import PLAIN, OpenAs
from tests.courses.builders import course_of, page, quiz
from tests.quizzes.learning import give, wrong

NAME = "Nina Newcomer"


@pytest.fixture
def course(bone_code: Code) -> Course:
    """A page to read, then two questions on it."""
    return course_of(
        page(bone_code) | {"title": "The page itself"}, quiz(bone_code, 2, title="Two questions"),
        title="First steps in ablation", in_order=True,
    )  # fmt: skip


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_manager_invites_assigns_watches_drills_down_and_exports(
    open_as: OpenAs, manager: User, team: Team, course: Course, script: bool
) -> None:
    desk = open_as(java_script_enabled=script)
    sign_in(desk, manager.username)
    link = invite_by_link(desk, team)
    newcomer = open_as(java_script_enabled=script)
    join(newcomer, link)
    assign_to(desk, NAME, course)
    newcomer.goto("/")
    newcomer.get_by_role("link", name=course.title).click()
    take_the_course(newcomer)
    expect(newcomer.locator("main")).to_contain_text("Done.")
    watch(desk, team)
    drill_down(desk)
    export(desk, team)


def invite_by_link(desk: Page, team: Team) -> str:
    """The address of a link that the manager makes."""
    desk.get_by_role("navigation", name="Main").get_by_role("link", name="Team").click()
    desk.get_by_role("link", name=team.name).first.click()
    desk.get_by_role("navigation", name=team.name).get_by_role("link", name="People").click()
    desk.get_by_role("link", name="Invite by a link").click()
    desk.get_by_role("button", name="Make the link").click()
    return desk.get_by_label("The link, to copy").input_value()


def join(newcomer: Page, link: str) -> None:
    """Make an account with the link, and so join."""
    newcomer.goto(re.sub(r"^https?://[^/]+", "", link))
    for name, text in {
        "username": "nina", "first_name": "Nina", "last_name": "Newcomer", "email": "nina@example.com",
        "password": "a-long-word-of-nina", "again": "a-long-word-of-nina",
    }.items():  # fmt: skip
        newcomer.locator(f"main [name={name}]").fill(text)
    newcomer.get_by_role("button", name="Make the account and join").click()
    expect(newcomer.locator("main")).to_contain_text("Tumor team")


def assign_to(desk: Page, name: str, course: Course) -> None:
    """In three steps."""
    desk.get_by_role("navigation", name="Tumor team").get_by_role("link", name="Assignments").click()
    desk.get_by_role("link", name="Assign a course").click()
    desk.get_by_label(name).check()
    desk.get_by_label(course.title).check()
    desk.get_by_label("Due on").fill((timezone.localdate() + timedelta(days=10)).isoformat())
    desk.get_by_role("button", name="Check").click()
    expect(desk.locator("h1")).to_have_text("Check before you assign")
    desk.get_by_role("button", name="Assign", exact=True).click()
    expect(desk.locator("main")).to_contain_text("is assigned to 1 person")


def take_the_course(newcomer: Page) -> None:
    """Read the page, answer both questions, come back to the course."""
    newcomer.get_by_role("button", name="I have read").click()
    newcomer.get_by_role("button", name="Start Two questions").click()
    for position in (1, 2):
        expect(newcomer.locator("h1")).to_contain_text(f"Question {position} of 2")
        item = item_on(newcomer)
        fill_plainly(newcomer, item, FORMAT[item.version.question.format].right(item.version))
        check(newcomer)
        expect(newcomer.locator("#verdict")).to_be_visible()
        newcomer.locator(".next a").first.click()
    newcomer.get_by_role("link", name="First steps in ablation").first.click()


def watch(desk: Page, team: Team) -> None:
    """The dashboard says that it is done."""
    desk.goto(team.get_absolute_url())
    row = desk.locator("#people tbody tr", has_text=NAME)
    expect(row).to_contain_text("2 of 2")
    assert Assignment.objects.get().done_at is not None
    row.get_by_role("link", name=NAME).click()
    expect(desk.locator("h1")).to_have_text(NAME)
    expect(desk.locator("main")).to_contain_text("Done")


def drill_down(desk: Page) -> None:
    """From the person to their answers, and to one with its findings."""
    desk.get_by_role("link", name=f"All answers of {NAME}").click()
    expect(desk.get_by_role("status")).to_contain_text("2 answers")
    desk.locator("tbody tr a").first.click()
    expect(desk.locator("main")).to_contain_text(re.compile("Clean|Right", re.IGNORECASE))


def export(desk: Page, team: Team) -> None:
    """The table of people as a file."""
    desk.goto(team.get_absolute_url())
    with desk.expect_download() as waiting:
        desk.get_by_role("link", name="CSV").first.click()
    with waiting.value.path().open(encoding="utf-8-sig", newline="") as file:
        assert NAME in {cell for row in csv.reader(file) for cell in row}


def test_a_course_is_assigned_by_keyboard_alone(
    open_as: OpenAs, manager: User, team: Team, trainee: User, course: Course
) -> None:
    desk = open_as(manager)
    desk.goto(f"/teams/{team.pk}/assign/")
    for label in (trainee.username, course.title):
        tab_to(desk, label)
        desk.keyboard.press("Space")
    tab_to(desk, "Check")
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text("Check before you assign")
    tab_to(desk, "Assign")
    desk.keyboard.press("Enter")
    expect(desk.locator("main")).to_contain_text("is assigned to 1 person")


def tab_to(desk: Page, name: str) -> None:
    """Press Tab until what has the focus is called so."""
    called = "e => (e.labels?.[0]?.innerText ?? e.innerText ?? '').trim()"
    for _ in range(MOST_TABS):
        desk.keyboard.press("Tab")
        if re.match(rf"{re.escape(name)}(\s|$)", desk.evaluate(f"({called})(document.activeElement)")):
            return
    pytest.fail(f"Tab does not reach “{name}”.")


def test_remediation_is_two_clicks_from_the_heat_map(
    open_as: OpenAs, manager: User, team: Team, trainee: User, bone_code: Code
) -> None:
    attempt = practice.start(trainee, bone_code, seed=1, recipe=PLAIN)
    for item in attempt.items.select_related("attempt__exam", "version__question"):
        give(item, wrong(item), timezone.now())
    desk = open_as(manager)
    desk.goto(f"/teams/{team.pk}/map/")
    desk.locator("tbody:not(.everybody) td a").first.click()
    desk.get_by_role("button", name="Assign remediation").click()
    wait_for(desk, Assignment.objects.exists)
    expect(desk.locator("main")).to_contain_text("assigned")
    made = Assignment.objects.get()
    assert (made.person, made.course.is_remediation) == (trainee, True)
    assert made.before_tried
