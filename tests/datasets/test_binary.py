"""Rows in PostgreSQL's binary form; that it takes them, the tests of loading say."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.binary import packed_rows

ROW = st.tuples(*[st.integers(min_value=-(2**31), max_value=2**31 - 1)] * 3)


@given(st.lists(ROW, max_size=20))
def test_each_value_is_there_behind_its_size(rows: list[tuple[int, ...]]) -> None:
    told = packed_rows([value for row in rows for value in row], 3)
    read = list(struct.iter_unpack(">hiiiiii", told))
    assert [row[2::2] for row in read] == rows
    assert {(row[0], *row[1::2]) for row in read} <= {(3, 4, 4, 4)}


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):
        packed_rows([2**31], 1)
