"""The witness of every test here sees a focus that falls, and none that was nowhere before."""

import pytest
from playwright.sync_api import Page, expect

from quizzes.models import Attempt
from tests.browser.actions import CHECK, item_in, wait_for
from tests.browser.conftest import Witness

#: What has or had the focus goes, and something else comes in its place.
SWAP = """(focused) => {
  const place = document.querySelector('form[data-check] .buttons');
  if (focused) place.querySelector('button').focus(); else document.activeElement.blur();
  return htmx.ajax('GET', '/healthz', {target: place, swap: 'innerHTML'});
}"""


@pytest.mark.parametrize("focused", [True, False])
def test_only_a_focus_that_was_somewhere_can_fall(
    page: Page, attempt: Attempt, witness: Witness, focused: bool
) -> None:
    page.goto(item_in(attempt, "code-the-claim").get_absolute_url())
    page.evaluate(SWAP, focused)
    expect(page.locator("form[data-check]")).to_contain_text("alive")
    expect(page.locator(CHECK)).to_have_count(0)
    wait_for(page, lambda: page.locator(".htmx-settling, .htmx-swapping, .htmx-request").count() == 0)
    page.evaluate("0")  # what the browser said so far has arrived when this answer has
    fell = [said for said in witness.seen if "Focus fell to body" in said]
    assert len(fell) == int(focused)
    witness.seen[:] = [said for said in witness.seen if said not in fell]
