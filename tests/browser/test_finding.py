"""Finding a code among the loaded sets in a real browser: as one types, by keyboard, without script, for everybody."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from codes.models import Code
from datasets import store
from datasets.loading import load_files
from datasets.search import building
from tests.browser.actions import FOCUSED, MOST_TABS
from tests.browser.conftest import OpenAs
from tests.browser.screens import check_screen

#: The texts are made up, long enough for a phone to break them.
LINES = (
    ("C79", 0, "Wobbly tables of other and unspecified places in the house"),
    ("C7951", 1, "Wobbly table of bone"),
    ("I219", 1, "Wobbly myocardial infarction, unspecified"),
    *((f"S72{n:03d}", 1, f"Wobbly fracture of the left femur, the one of {n}") for n in range(30)),
)


@pytest.fixture
def sets(bone_code: Code, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Two years of a set; one code of the first is not in the second."""
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    for year, lines in ((2025, [*LINES, ("A009", 1, "Wobbly thing of yesteryear")]), (2026, LINES)):
        path = tmp_path / f"icd10cm-order-{year}.txt"
        rows = [
            f"{n:05d} {code:<7} {billable} {text:<60} {text}\n" for n, (code, billable, text) in enumerate(lines, 1)
        ]
        path.write_text("".join(rows), encoding="ascii")
        list(load_files([path], at=timezone.now()))
        building.renew(at=timezone.now())
    yield
    store.close()


def test_the_list_follows_what_is_typed_and_so_does_the_address(page: Page, sets: None) -> None:
    page.goto("/codes/")
    page.get_by_label("Number, words, abbreviation").press_sequentially("wobbly bo", delay=15)
    expect(page.locator(".found-codes li")).to_have_count(1)
    expect(page.locator(".found-codes")).to_contain_text("C79.51")
    expect(page.locator("#q")).to_be_focused()
    expect(page).to_have_url(re.compile(r"q=wobbly\+bo"))
    page.reload()
    expect(page.locator(".found-codes")).to_contain_text("C79.51")
    page.get_by_label("Only valid on that date").check()
    page.get_by_label("Code set").select_option("CPT")
    expect(page.locator("#results")).to_contain_text("Nothing matches")


def test_a_slip_of_the_pen_is_put_right_and_can_be_undone_by_keyboard(page: Page, sets: None) -> None:
    page.goto("/codes/")
    page.locator("#q").fill("wobly infraction")
    expect(page.locator("#results .note")).to_contain_text("wobbly infarction")
    expect(page.locator(".found-codes")).to_contain_text("I21.9")
    link = page.get_by_role("link", name="exactly as typed")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if link.evaluate(FOCUSED):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_contain_text("exactly as it is typed")


def test_everything_works_without_script(open_as: OpenAs, sets: None) -> None:
    page = open_as(java_script_enabled=False)
    page.goto("/codes/")
    page.locator("#q").fill("wobbly")
    page.get_by_label("Only codes that can be billed").check()
    page.get_by_role("button", name="Find").last.click()
    expect(page.locator(".found-codes li")).to_have_count(20)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#results")).to_contain_text("page 2")
    expect(page.locator(".found-codes li").last).to_contain_text("Deleted, last valid September 30, 2025")


@pytest.mark.parametrize(
    "query", ["q=wobbly", "q=MI", "q=wobly+bone", "q=c7950", "q=zzzzzz&valid=1&billable=1", "q=wobbly&page=2"]
)
def test_nothing_is_in_the_way_of_anybody(page: Page, sets: None, query: str) -> None:
    page.goto(f"/codes/?{query}")
    check_screen(page)
