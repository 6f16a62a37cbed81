"""From Check to the verdict, painted and focused, in a real browser: ``python -m benchmarks verdict``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, sync_playwright
from tqdm import tqdm

from benchmarks.prepare import Stage, prepare
from benchmarks.report import Figure
from benchmarks.server import HOST, running
from quizzes.formats import FORMAT
from quizzes.models import AttemptItem
from scripts.browser import on_machine

ANSWERS, WARM_UP = 50, 5
BAR = 40
CLAIM = FORMAT["code-the-claim"]
GOAL_MS = 100
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
#: Time from the press until the frame with the focused verdict is painted; what a frame queues runs after it.
WATCH = """() => { window.verdict = new Promise((done) => {
  const button = document.querySelector("form[data-check] .buttons .check");
  button.addEventListener("click", () => {
    const start = performance.now();
    const look = () => document.activeElement?.id === "verdict"
      ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)))
      : requestAnimationFrame(look);
    look();
  }, { once: true, capture: true });
}); }"""


def run(folder: Path) -> list[Figure]:
    """Fifty answers one after the other; prints their distribution and gives median, p95 and worst."""
    try:
        stage = prepare(ANSWERS + WARM_UP)
        with running(folder) as port:
            times = sorted(list(_answered(stage, port))[WARM_UP:])
    finally:
        connections.close_all()
    print(histogram(times), file=sys.stderr)
    p95 = times[int(len(times) * 0.95)]
    named = (("median", median(times)), ("p95", p95), ("worst", times[-1]))
    return [
        Figure(name=f"verdict in the browser: {name}", value=value, unit="ms", ratio=value / GOAL_MS, floor="100 ms")
        for name, value in named
    ]


def _answered(stage: Stage, port: int) -> Iterator[float]:
    """Milliseconds for each answer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=on_machine(), args=ARGUMENTS)
        context = browser.new_context(base_url=f"http://{HOST}:{port}")
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": stage.session, "url": f"http://{HOST}:{port}"}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        for item in tqdm(stage.fresh[: ANSWERS + WARM_UP], desc="Answers", file=sys.stderr, leave=False):
            yield _one(page, item)
        browser.close()


def _one(page: Page, item: AttemptItem) -> float:
    """Fill in the accepted claim as a person would have, and press Check."""
    page.goto(item.get_absolute_url())
    fields = CLAIM.fields(CLAIM.right(item.version))
    page.evaluate(
        """fields => {
          const form = document.querySelector("form[data-check]");
          for (const [name, value] of Object.entries(fields)) {
            const more = () => form.appendChild(Object.assign(document.createElement("input"), {name}));
            const field = form.elements[name] ?? more();
            field.value = value;
          }
        }""",
        fields,
    )
    page.evaluate(WATCH)
    page.locator("form[data-check] .buttons .check").click()
    return float(page.evaluate("window.verdict"))


def histogram(times: list[float], step: int = 10) -> str:
    """How many answers took how long, in rows of ten milliseconds."""
    rows: dict[int, int] = {}
    for time in times:
        rows[int(time // step) * step] = rows.get(int(time // step) * step, 0) + 1
    most = max(rows.values())
    return "\n".join(
        f"{low:>4} to {low + step:>4} ms  {rows.get(low, 0):>3}  {'#' * round(BAR * rows.get(low, 0) / most)}"
        for low in range(min(rows), max(rows) + step, step)
    )
