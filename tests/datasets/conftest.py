"""Made-up files in the layouts of the public ones, and a place for what is loaded of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from datasets import store
from datasets.loading import Outcome, load, recognise
from datasets.making import MAKERS

Made = Callable[..., Path]
Loaded = Callable[[Path], Outcome]


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where loaded files lie, each test's own."""
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    yield tmp_path / "datasets"
    store.close()


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes a file of a kind: ``made("ptp", 500)``."""

    def make(kind: str, rows: int = 300, *, name: str = "", seed: int = 1) -> Path:
        maker, usual = MAKERS[kind]
        path = tmp_path / (name or usual)
        maker(path, rows, seed)
        return path

    return make


@pytest.fixture
def loaded(db: None) -> Loaded:
    """Loads a file."""
    return lambda path: load(recognise(path)[0], at=timezone.now())
