"""Light, dark, and what the system says."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

Scheme = Literal["light", "dark"]
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
PAPER: dict[Scheme, str] = {"light": "rgb(247, 244, 238)", "dark": "rgb(20, 23, 27)"}
OTHER: dict[Scheme, Scheme] = {"light": "dark", "dark": "light"}


def choose(page: Page, theme: str) -> None:
    """Press a button of the footer."""
    page.get_by_role("button", name=theme.capitalize(), exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)


@pytest.mark.parametrize("theme", PAPER)
def test_a_chosen_theme_beats_the_system_and_survives_navigation(page: Page, theme: Scheme) -> None:
    page.emulate_media(color_scheme=OTHER[theme])
    page.goto("/codes/?q=cryo")
    choose(page, theme)
    expect(page).to_have_url("/codes/?q=cryo")
    page.get_by_role("link", name="Kinds of rules", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert page.evaluate(BACKGROUND) == PAPER[theme]


@pytest.mark.parametrize("theme", PAPER)
def test_without_a_choice_the_system_decides(page: Page, theme: Scheme) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/")
    assert page.evaluate(BACKGROUND) == PAPER[theme]


def test_the_choice_can_be_taken_back(page: Page) -> None:
    page.goto("/")
    choose(page, "dark")
    choose(page, "system")
    expect(page.get_by_role("button", name="System")).to_have_attribute("aria-pressed", "true")
