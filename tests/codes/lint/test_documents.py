"""docs/lint.md has a row for every check, and for nothing else."""

import re
from pathlib import Path

from django.conf import settings

from codes.lint import CHECKS, FAMILIES

TEXT = (Path(settings.BASE_DIR) / "docs" / "lint.md").read_text(encoding="utf-8")


def test_every_check_has_its_row_in_the_words_in_which_it_speaks() -> None:
    missing = [one.id for one in CHECKS if f"| `{one.id}` | {one.level} | {one.says} | {one.do} |\n" not in TEXT]
    assert not missing


def test_no_row_is_about_a_check_that_is_gone() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.MULTILINE)) == {one.id for one in CHECKS}


def test_every_family_has_its_heading() -> None:
    assert all(f"\n## {family.title}\n" in TEXT for family in FAMILIES)
