"""The command that measures: what it takes."""

import subprocess
import sys

import pytest
from django.conf import settings

from benchmarks.__main__ import MODES, PARTS, USAGE
from benchmarks.run import PARTS as MEASURED


@pytest.mark.parametrize(("word", "status"), [("--help", 0), ("-h", 0), ("speed", 2), ("-v", 2)])
def test_a_word_that_is_not_known_measures_nothing(word: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", word], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert (done.stdout if status == 0 else done.stderr) == f"{USAGE}\n"


def test_every_part_and_mode_is_in_its_usage() -> None:
    assert set(PARTS) == set(MEASURED)
    assert all(word in USAGE for word in (*PARTS, *MODES))
