"""The promise of CONTRIBUTING: a rule kind is one module and one line, and everything else picks it up from there.

A copy of the project gets the kind of tests/exercises, and the project's own tests of kinds, of their
documentation and of their admin form are run there for it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COPIED = (
    "accounts", "codes", "coding_edu", "courses", "datasets", "docs", "editorial", "quizzes", "rulebook", "statements",
    "static", "templates", "tests",
)  # fmt: skip
TESTS = ("tests/rulebook/test_kinds.py", "tests/rulebook/test_mistakes.py", "tests/test_docs.py", "tests/codes")


def copied(folder: Path) -> Path:
    """The project's files in another place."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("manage.py", "pyproject.toml", *(page.name for page in ROOT.glob("*.md"))):
        shutil.copy(ROOT / name, folder / name)
    return folder


def with_the_kind(project: Path) -> None:
    """One module, and its name where the kinds stand."""
    shutil.copy(ROOT / "tests/exercises/threshold.py", project / "rulebook/kinds/threshold.py")
    listed = project / "rulebook/kinds/__init__.py"
    text = listed.read_text(encoding="utf-8")
    text = text.replace("\nKINDS:", "\nfrom rulebook.kinds.threshold import Threshold\n\nKINDS:", 1)
    listed.write_text(text.replace("    Selection(),\n", "    Threshold(),\n    Selection(),\n", 1), encoding="utf-8")


@pytest.mark.long
def test_a_kind_is_one_module_and_one_line(tmp_path: Path) -> None:
    project = copied(tmp_path)
    with_the_kind(project)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-k",
        "threshold",
        *TESTS,
    ]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, cwd=project, env=settings, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 12, done.stdout[-2000:]
