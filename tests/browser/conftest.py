"""A real Chromium before the real site, and a witness to everything that goes wrong on the way."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError, expect
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.models import Attempt
from scripts.browser import on_machine

# Playwright's sync API keeps an event loop running in the test's thread, and Django refuses the ORM there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Looked for before any fixture runs: on_machine() may start Playwright, which cannot be started twice in a thread.
BROWSER_PATH = on_machine()
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Runs in every page, so that each htmx swap of each test is looked at. Suggestions move nobody's focus, but may come
#: while Check is disabled; that has a test of its own. What is told later comes before anybody has moved the focus, and
#: so does what a page asks for by itself, where it took long to get there: from body the focus cannot fall.
FOCUS_STAYS = """
document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.xhr.nobodyHasFocus = document.activeElement === document.body;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.nobodyHasFocus || document.activeElement !== document.body) return;
  if (!event.target.matches("datalist, .told-later"))
    console.error("Focus fell to body after an htmx swap");
});
"""
#: Scenarios in the words they were written in, in the two plain formats.
PLAIN = Recipe(formats=("code-the-claim", "code-the-claim", "choose-the-code"), as_written=1.0)
#: Milliseconds. Everything here answers within one second; what waits for less than this fails on a busy machine.
TIMEOUT = 60_000
expect.set_options(timeout=TIMEOUT)
#: What htmx says of a request whose page was left, or which a newer one replaced (``hx-sync``), as often happens to
#: people who type faster than the server answers; one that failed has a message of the browser's own besides.
LEFT_BEHIND = ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")
NewContext = Callable[..., BrowserContext]
OpenAs = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser of this machine; a machine without one fails, because a test that did not run has not passed."""
    if BROWSER_PATH is None:
        pytest.fail("No browser: install Chromium (Debian: apt-get install chromium) or set BROWSER_PATH.", False)
    return browser_type_launch_args | {"executable_path": BROWSER_PATH, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file: in memory, all threads of the server would share the test's one connection."""
    database = connections.databases["default"]
    if "sqlite" in database["ENGINE"]:
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "browser.sqlite3")


@pytest.fixture(scope="session")
def loaded_library(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[sqlite3.Connection | None]:
    """A copy of the database with the starter library and nothing else, where SQLite makes that easy."""
    if connection.vendor != "sqlite":
        yield None
        return
    with closing(sqlite3.connect(":memory:")) as copy:
        with django_db_blocker.unblock():
            connection.ensure_connection()
            connection.connection.backup(copy)
        yield copy


@pytest.fixture(autouse=True)
def _library_put_back(transactional_db: None, loaded_library: sqlite3.Connection | None) -> None:
    """The test before emptied all tables. Copying them back takes 20 ms, loading the library again a second."""
    if loaded_library is not None:
        connection.ensure_connection()
        loaded_library.backup(connection.connection)


@pytest.fixture(scope="session")
def base_url(django_db_setup: None, live_server: LiveServer) -> str:
    """Where the site is; ``page.goto`` takes what follows it."""
    return live_server.url


@dataclass
class Witness:
    """What went wrong in the pages of a test: console errors, broken scripts, requests to strangers."""

    origin: str
    expected: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def expect(self, *parts: str) -> None:
        """Let console errors pass that hold one of these, such as "status of 422"."""
        self.expected += parts

    def watch(self, context: BrowserContext) -> None:
        """Listen to all pages of a context, those it opens later included."""
        context.set_default_timeout(TIMEOUT)
        context.add_init_script(FOCUS_STAYS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A violation of the Content Security Policy is a console error too.
        if message.type != "error" or is_overtaken_draft(message):
            return
        if not any(part in message.text for part in (*self.expected, *LEFT_BEHIND)):
            self.seen.append(f"console: {message.text} {message.location['url']}")

    def _error(self, error: WebError) -> None:
        self.seen.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:")):
            self.seen.append(f"another origin: {request.url}")

    def _response(self, response: Response) -> None:
        # Not hidden by a 404 that is expected of a page.
        if response.status >= 400 and response.request.resource_type in ("stylesheet", "script", "image", "font"):
            self.seen.append(f"status {response.status}: {response.url}")


def is_overtaken_draft(message: ConsoleMessage) -> bool:
    """Whether a draft came after the answer itself, which a busy server may take first; the page knows of it."""
    return "status of 409" in message.text and message.location["url"].endswith("/draft/")


@pytest.fixture
def witness(base_url: str) -> Witness:
    """The test's witness; ``expect`` names what is meant to go wrong."""
    return Witness(base_url)


@pytest.fixture
def new_context(transactional_db: None, new_context: NewContext, witness: Witness) -> Iterator[NewContext]:
    """Contexts under the eye of the witness, who is heard at the end of the test."""
    contexts = []

    def watched(**options: Any) -> BrowserContext:
        context = new_context(**options)
        contexts.append(context)
        witness.watch(context)
        return context

    yield watched
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # what the browser said so far has arrived when this answer has
    assert witness.seen == []


@pytest.fixture
def open_as(new_context: NewContext, base_url: str) -> OpenAs:
    """A page of its own in which somebody is signed in already, or nobody is."""

    def opened(somebody: User | None = None, **options: Any) -> Page:
        context = new_context(**options)
        if somebody is not None:
            client = Client()
            client.force_login(somebody)
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base_url}])
        return context.new_page()

    return opened


@pytest.fixture
def page(open_as: OpenAs, trainee: User) -> Page:
    """The trainee's page."""
    return open_as(trainee)


@pytest.fixture
def attempt(trainee: User, bone_code: Code) -> Attempt:
    """A set of ten as they are written, just begun."""
    return practice.start(trainee, bone_code, seed=1, recipe=PLAIN)
