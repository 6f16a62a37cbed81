"""Rows of whole numbers as PostgreSQL's COPY takes them in binary: made for thousands of rows at once."""

import struct
import sys
from array import array

from datasets.tables import Values

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
#: Bytes of a number, and of what says in front of it how many it has.
SIZE = 4


def packed_rows(values: Values, width: int) -> bytearray:
    """The rows that so many values each make; OverflowError for a number of more than 31 bits."""
    one = struct.pack(f">h{'ii' * width}", width, *(SIZE, 0) * width)
    rows = bytearray(one * (len(values) // width))
    numbers = array("i", values)
    if sys.byteorder == "little":
        numbers.byteswap()
    told = numbers.tobytes()
    for place in range(SIZE * width):
        column, byte = divmod(place, SIZE)
        rows[2 + SIZE + 2 * SIZE * column + byte :: len(one)] = told[place :: SIZE * width]
    return rows
