"""The scores a team can choose from: the formulas, on numbers that anybody can check by hand."""

import pytest

from courses.models import Scoring
from courses.scoring import WAYS, Score, Sums, score, total
from quizzes.shares import Share

#: 20 answers: 12 clean, element accuracies that add up to 15.5, 30 code lines right of 40, 50 in the longer claims.
SUMS = Sums(tried=20, kept=12, accuracy=155_000, codes_right=30, codes_key=40, codes_most=50)


@pytest.mark.parametrize(
    ("scoring", "value", "n"),
    [
        (Scoring.CLEAN_CLAIM, 12 / 20, 20),
        (Scoring.ELEMENTS, 15.5 / 20, 20),
        (Scoring.CODE_OVER_CODE, 30 / 40, 40),
        (Scoring.PRACTICODE, 30 / 50, 50),
    ],
)
def test_each_way_scores_by_its_formula(scoring: str, value: float, n: int) -> None:
    found = score(scoring, SUMS)
    assert (found.value, found.tried) == (pytest.approx(value), n)


@pytest.mark.parametrize("scoring", Scoring.values)
def test_every_way_says_its_formula_and_what_it_counts(scoring: str) -> None:
    way = WAYS[scoring]
    assert way.formula
    assert way.interval.startswith(("Wilson", "at its widest"))
    assert way.counted in ("answers", "code lines")


def test_no_way_is_without_a_choice_and_no_choice_without_a_way() -> None:
    assert set(WAYS) == set(Scoring.values)


@pytest.mark.parametrize("scoring", Scoring.values)
def test_nothing_scores_nothing(scoring: str) -> None:
    found = score(scoring, Sums())
    assert (found.value, found.tried, found.percent) == (0.0, 0, None)


def test_there_is_no_percentage_below_ten() -> None:
    assert score(Scoring.CLEAN_CLAIM, Sums(tried=9, kept=9)).percent is None
    assert score(Scoring.CLEAN_CLAIM, Sums(tried=10, kept=9)).percent == 90


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert score(Scoring.CLEAN_CLAIM, SUMS).interval == Share(kept=12, tried=20).interval


def test_the_interval_of_a_mean_is_that_of_all_or_nothing() -> None:
    half = Sums(tried=20, kept=0, accuracy=100_000)
    assert score(Scoring.ELEMENTS, half).interval == pytest.approx(Share(kept=10, tried=20).interval)


@pytest.mark.parametrize("accuracy", range(0, 200_001, 12_345))
def test_a_mean_lies_in_its_interval(accuracy: int) -> None:
    found = score(Scoring.ELEMENTS, Sums(tried=20, accuracy=accuracy))
    low, high = found.interval
    assert 0 <= low <= found.value <= high <= 1


def test_sums_add_up_field_by_field() -> None:
    assert total([SUMS, SUMS, Sums()]) == Sums(
        tried=40, kept=24, accuracy=310_000, codes_right=60, codes_key=80, codes_most=100
    )


def test_a_score_is_drawn_like_any_share() -> None:
    assert isinstance(score(Scoring.PRACTICODE, SUMS), Score | Share)
    assert score(Scoring.PRACTICODE, SUMS).percent == 60


@pytest.mark.parametrize("scoring", Scoring.values)
def test_a_way_reads_no_other_sums_than_it_says(scoring: str) -> None:
    read = {name: getattr(SUMS, name) for name in WAYS[scoring].sums}
    assert score(scoring, Sums(**read)) == score(scoring, SUMS)


@pytest.mark.parametrize(
    ("scoring", "sums", "headline", "details"),
    [
        (Scoring.CLEAN_CLAIM, SUMS, "60 %", "39–78 %, n 20"),
        (Scoring.CLEAN_CLAIM, Sums(tried=9, kept=4), "", "4 of 9"),
        (Scoring.ELEMENTS, Sums(tried=9, accuracy=40_000), "", "too few, n 9"),
        (Scoring.CLEAN_CLAIM, Sums(), "", "no answer"),
    ],
)
def test_a_score_is_said_in_few_words(scoring: str, sums: Sums, headline: str, details: str) -> None:
    found = score(scoring, sums)
    assert (found.headline, found.details.replace("\N{NO-BREAK SPACE}", " ")) == (headline, details)
