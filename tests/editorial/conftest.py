"""What the tests of editing have in common."""

import pytest

from accounts.models import User
from codes.models import Code
from quizzes import practice
from quizzes.models import Answer
from tests.quizzes.learning import give


@pytest.fixture
def answer(trainee: User, bone_code: Code) -> Answer:
    """An answer of the trainee's."""
    item = practice.start(trainee, bone_code, seed=1).items.select_related("attempt__exam", "version__question")[0]
    return give(item, practice.I_DO_NOT_KNOW).answer
