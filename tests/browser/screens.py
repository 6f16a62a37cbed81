"""Looking at a screen: what axe finds, in light and in dark, and whether it scrolls sideways on a phone."""

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

#: Colours half-way between two themes are no theme's colours, so transitions come to their end first.
#: Left out are the filter links of Django's own lists, which are 20 px high, and on Django's own forms the question
#: whether a style sheet locks the orientation: theirs import others, which axe reads through an inline style.
AXE = """Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => axe.run(
  {exclude: [['#changelist-filter']]},
  {resultTypes: ['violations'], rules: {'target-size': {enabled: true}},
   preload: !document.querySelector('link[href*="admin/css/forms.css"]')},
))"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DESK: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 320, "height": 640}
#: What the console says of pages that are meant to refuse.
MEANT = ("status of 403", "status of 404", "status of 422", "ERR_INTERNET_DISCONNECTED", "htmx:")


def unfold(page: Page) -> None:
    """Open what is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def check_screen(page: Page) -> None:
    """Both bars, on a desk in light and on a phone in dark."""
    page.evaluate(AXE_SCRIPT)
    found = violations(page, "light", DESK) + violations(page, "dark", PHONE)
    if overflow := page.evaluate(OVERFLOW):
        found.append(f"{PHONE['width']} px: {overflow} px too wide")
    page.set_viewport_size(DESK)
    assert not found, "\n".join(found)


def violations(page: Page, scheme: Literal["light", "dark"], size: ViewportSize) -> list[str]:
    """What axe finds."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    return [
        f"{scheme}, {size['width']} px, {violation['id']}: {node['html'][:200]}"
        for violation in page.evaluate(AXE)["violations"]
        for node in violation["nodes"]
    ]
