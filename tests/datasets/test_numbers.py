"""Codes and days as numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.numbers import (
    DIGITS,
    MOST_REMEMBERED,
    Remembered,
    day_number,
    day_of,
    packed,
    read_day,
    read_ordinal_day,
    unpacked,
)

CODES = st.text(alphabet=DIGITS, min_size=5, max_size=5)


@given(CODES)
def test_a_packed_code_is_unpacked_as_it_was(code: str) -> None:
    assert unpacked(packed(code)) == code


@given(CODES, CODES)
def test_numbers_stand_in_the_order_of_the_codes(one: str, two: str) -> None:
    assert (packed(one) < packed(two)) == (one < two)


@given(CODES)
def test_the_number_of_a_code_fits_into_four_bytes(code: str) -> None:
    assert 0 <= packed(code) < 2**31


@pytest.mark.parametrize("text", ["", "1234", "123456", "1234a", "12 45", "１2345", "12-45", "+1234"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a code"):
        packed(text)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_a_day_is_read_as_it_was_written(day: date) -> None:
    assert day_of(day_number(day)) == day
    assert read_day(f"{day:%Y%m%d}") == day_number(day)
    assert read_ordinal_day(f"{day:%Y%j}") == day_number(day)


@pytest.mark.parametrize("text", ["20260230", "2026", "abcdefgh", "２0260101", "00000000"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|year"):
        read_day(text)


@pytest.mark.parametrize("text", ["2025366", "2026000", "20261", "abcdefg"])
def test_what_is_no_day_of_a_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="day"):
        read_ordinal_day(text)


def test_what_is_remembered_does_not_grow_without_end() -> None:
    known = Remembered(int)
    assert all(known[str(number)] == number for number in range(MOST_REMEMBERED + 10))
    assert len(known) == 10
