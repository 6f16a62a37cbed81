"""From files as they were downloaded to what readers see of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from datasets import store
from tests.browser.conftest import OpenAs
from tests.browser.screens import check_screen
from tests.public_files import addon, diagnosis, edit, load_lines, public_file, units, values

CODE, OTHER = "20983", "76940"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where files lie, each test's own."""
    settings.DATASETS_DIR, settings.IMPORTS_FOLDER = str(tmp_path / "datasets"), str(tmp_path / "imports")
    yield tmp_path
    store.close()


def load_in_browser(page: Page, *files: Path) -> None:
    """Send files, look, confirm, and see them loaded."""
    page.get_by_role("link", name="Public data").click()
    page.locator("main [type=file]").set_input_files(files)
    page.get_by_role("button", name="Look at the files").click()
    expect(page.locator("main")).to_contain_text("Nothing is loaded yet")
    page.get_by_role("button", name=f"Load {len(files)} files").click()
    expect(page.locator("h2")).to_have_text("Loaded")


def test_an_educator_loads_files_and_readers_see_them(
    open_as: OpenAs, educator: User, bone_code: Code, folder: Path
) -> None:
    page = open_as(educator)
    page.goto("/write/")
    edits = public_file(folder, "ptp", edit(CODE, OTHER), edit(CODE, "10022", ends="20200101"))
    load_in_browser(page, edits, public_file(folder, "mue", units(CODE, 1)))
    page.goto(f"/codes/{CODE}/?dos=2026-02-01")
    expect(page.locator(".public-data")).to_contain_text("at most 1 a day (practitioner); 1 edit (practitioner)")
    check_screen(page)
    page.get_by_role("link", name=f"Public data on {CODE}").click()
    expect(page.locator("#edits tbody tr")).to_have_count(1)
    page.get_by_label("When").select_option("all")
    page.locator("#edits").get_by_role("button", name="Show").click()
    expect(page.locator("#edits tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "20983-edits-practitioner-2026-02-01.csv"
    check_screen(page)


def test_the_page_of_data_with_everything_on_it(open_as: OpenAs, bone_code: Code, folder: Path) -> None:
    load_lines(folder, "rvu", values(CODE), values(CODE, "26"))
    load_lines(folder, "mue", units(CODE, 0))
    load_lines(folder, "addons", addon(CODE, OTHER), addon("20985", CODE))
    load_lines(folder, "ptp", *(edit(CODE, f"{number:05d}") for number in range(60)))
    load_lines(folder, "icd10-order", *(diagnosis(f"C40{n:02d}", f"A long word of the {n}th bone") for n in range(60)))
    page = open_as(None)
    for query in ("", "&page=2&dpage=2", "&other=zz", "&setting=hospital"):
        page.goto(f"/codes/{CODE}/data/?dos=2026-02-01{query}")
        check_screen(page)
    page.goto("/codes/20985/data/?dos=2026-02-01")
    check_screen(page)
