"""What a week's answers come to, without a database."""

from datetime import UTC, date, datetime

import pytest

from quizzes.tallies import code_counts, week_of


def claim(*codes: str) -> dict[str, list[dict[str, str]]]:
    return {"lines": [{"code": code} for code in codes]}


@pytest.mark.parametrize(
    ("given", "accepted", "right", "key", "most"),
    [
        (claim("1"), [claim("1")], 1, 1, 1),
        (claim("1", "2"), [claim("1")], 1, 1, 2),
        (claim(), [claim("1", "2")], 0, 2, 2),
        (claim("1", "1"), [claim("1")], 1, 1, 2),
        (claim("2"), [claim("1"), claim("2")], 1, 1, 1),
        (claim("1"), [claim("1", "2"), claim("1", "2", "3")], 1, 2, 2),
    ],
)
def test_code_lines_are_counted_against_the_nearest_accepted_claim(
    given: dict[str, list[dict[str, str]]],
    accepted: list[dict[str, list[dict[str, str]]]],
    right: int,
    key: int,
    most: int,
) -> None:
    assert code_counts(given, accepted) == {"codes_right": right, "codes_key": key, "codes_most": most}


def test_what_is_no_claim_counts_no_codes() -> None:
    assert code_counts({}, []) == {}
    assert code_counts(claim(), [claim()]) == {}


def test_a_week_begins_on_monday() -> None:
    assert week_of(datetime(2026, 11, 22, 23, 59, tzinfo=UTC)) == date(2026, 11, 16)
    assert week_of(datetime(2026, 11, 23, 0, 0, tzinfo=UTC)) == date(2026, 11, 23)
