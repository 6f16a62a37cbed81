"""Find a Chromium for the browser tests, or install one; print its path.

In this order: BROWSER_PATH, one that is on the machine, Debian's package (as root or with
passwordless sudo), Playwright's own build. Without any of them: exit 1, because a test
that did not run has not passed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def say(text: str) -> None:
    """Progress goes to stderr; stdout holds nothing but the path."""
    print(text, file=sys.stderr, flush=True)


def on_machine() -> str | None:
    """A browser that is named in the environment, on the PATH, or in Playwright's folder."""
    named = os.environ.get("BROWSER_PATH")
    if named:
        return named if Path(named).exists() else None
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    return found or playwright_build()


def playwright_build() -> str | None:
    """The path at which Playwright keeps its own Chromium, if it is there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def run(*command: str) -> bool:
    """Run a command with its output on stderr; whether it succeeded."""
    try:
        return subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except FileNotFoundError:
        return False


def install_from_debian() -> bool:
    """Install the distribution's Chromium where we may."""
    if shutil.which("apt-get") is None:
        return False
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    say("No Chromium here; installing the distribution's package ...")
    return run(*as_root, "apt-get", "update", "-qq") and run(
        *as_root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"
    )


def install_from_playwright() -> bool:
    """Let Playwright download its own."""
    say("Trying Playwright's own Chromium ...")
    return run(sys.executable, "-m", "playwright", "install", "chromium")


def main() -> int:
    """Print the path of a browser; 1 when there is none to be had."""
    path = on_machine()
    if path is None and install_from_debian():
        path = on_machine()
    if path is None and install_from_playwright():
        path = on_machine()
    if path is None:
        say("No browser: install Chromium (Debian: apt-get install chromium) or set BROWSER_PATH.")
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
