"""The simulated learner: the same every time, and within what can be believed."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from quizzes.schedule import MOST_A_DAY, RETENTION
from quizzes.simulation import Traits, live, retention
from quizzes.simulation_chart import drawing

#: Nothing is left to forget, to guess or to slip.
PERFECT = Traits(first=1e9, longest=1e9, slip=0)


def printed(*options: str) -> str:
    out = StringIO()
    call_command("simulate_learner", *options, stdout=out)
    return out.getvalue()


def test_the_same_seed_gives_the_same_life() -> None:
    assert live(60, 1) == live(60, 1)
    assert live(60, 1) != live(60, 2)
    assert printed("--days", "30", "--seed", "7") == printed("--days", "30", "--seed", "7")


@pytest.mark.parametrize("seed", range(1, 6))
def test_at_a_pace_that_can_be_kept_about_nine_in_ten_are_clean(seed: int) -> None:
    life = live(60, seed)
    assert life.reviews > 200
    assert RETENTION - 0.05 < life.retention < RETENTION + 0.05
    assert life.days[-1].backlog <= 3
    assert life.days_to_mastery is not None
    assert 9 < life.days_to_mastery < 45


def test_nobody_reviews_more_than_ten_a_day_and_the_rest_waits() -> None:
    life = live(60, 1, new_a_day=4)
    assert max(one.reviews for one in life.days) == MOST_A_DAY
    assert life.days[-1].backlog > 50


def test_who_learns_too_much_at_once_keeps_a_smaller_share() -> None:
    assert live(60, 1, new_a_day=4).days[-1].truth < live(60, 1).days[-1].truth


def test_who_forgets_nothing_breaks_nothing_and_rises() -> None:
    life = live(60, 1, traits=PERFECT)
    last = life.days[-1]
    assert life.retention == 1
    assert last.mastered + last.steady > 0.8 * last.met


def test_a_life_without_reviews_has_no_retention() -> None:
    assert retention(live(1, 1).days) == 0
    assert live(1, 1).days_to_mastery is None


def test_the_chart_names_itself_and_has_a_bar_a_day() -> None:
    svg = drawing(live(30, 1), "A title")
    assert '<title id="t">A title</title>' in svg
    assert svg.count("<rect") == 31
    assert svg.count("<circle") == 3


def test_the_chart_and_the_tables_of_the_documentation_are_those_of_the_command(tmp_path: Path) -> None:
    docs = Path(settings.BASE_DIR) / "docs"
    text, file = (docs / "reviewing.md").read_text(encoding="utf-8"), tmp_path / "chart.svg"
    out = printed("--svg", str(file))
    assert file.read_text(encoding="utf-8") == (docs / "images" / "simulated-learner.svg").read_text(encoding="utf-8")
    for line in out.splitlines():
        assert line in text


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999"])
def test_a_number_of_days_that_is_none_is_refused(days: str) -> None:
    with pytest.raises(CommandError, match=re.escape(days)):
        call_command("simulate_learner", f"--days={days}")
