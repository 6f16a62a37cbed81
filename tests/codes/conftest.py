"""The articles of our own wording, read."""

import pytest

from codes.articles.types import Article
from tests.codes.article_words import CLOSE, NINES, OTHER, article


@pytest.fixture
def nines() -> Article:
    return article(NINES)


@pytest.fixture
def other() -> Article:
    return article(OTHER)


@pytest.fixture
def close() -> Article:
    return article(CLOSE)
