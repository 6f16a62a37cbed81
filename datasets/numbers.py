"""Codes and days as whole numbers, which take a quarter of the room and compare as the texts do.

A code of five characters (digits and capitals) is read as a number of base 36; a day as YYYYMMDD. 0 stands for
"not said".
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Generic, TypeVar

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTH = 5
_DIAGNOSIS = re.compile(r"[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])(\.[0-9A-Z]{1,4})?")
NEVER = 0
Text = TypeVar("Text", str, bytes)
#: No whole number in a file is larger, and no other one has more digits before its point or behind it.
MOST = 999_999
_DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")
#: More different texts than any file has; one that is made to have them does not fill the memory.
MOST_REMEMBERED = 100_000


def packed(code: str) -> int:
    """The number of a code. ValueError where it is not five digits and capitals."""
    if not is_packed(code):
        raise ValueError(f"{code!r} is not a code of five digits and capital letters")
    return int(code, 36)


def is_packed(code: str) -> bool:
    """Whether a text is a code that has a number: five digits and capitals."""
    return len(code) == LENGTH and code.isascii() and code.isalnum() and code == code.upper()


def unpacked(number: int) -> str:
    """The code of a number."""
    found = ""
    for _ in range(LENGTH):
        number, digit = divmod(number, 36)
        found = DIGITS[digit] + found
    return found


def pointed(code: str) -> str:
    """A diagnosis as it is written on claims: with a point after the third character."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def is_diagnosis(text: str) -> bool:
    """Whether a text is a diagnosis as it is written on claims, there or not: ``C79.51``, or ``I10``."""
    return _DIAGNOSIS.fullmatch(text) is not None


def read_whole(text: str) -> int:
    """A whole number in plain digits, ``MOST`` at most. ValueError for anything else."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"“{text:.40}” is not a whole number")
    if len(text.lstrip("0")) > len(str(MOST)):
        raise ValueError(f"“{text:.40}” is more than {MOST:,}")
    return int(text)


def read_decimal(text: str) -> float:
    """A number in plain digits with a point or none; 0 for an empty text. ValueError for signs, exponents and words."""
    if text and not _DECIMAL.fullmatch(text):
        raise ValueError(f"“{text:.40}” is not a number in digits, of {MOST:,} at most, with a point or none")
    return float(text or 0)


def day_number(day: date) -> int:
    """A day as YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(number: int) -> date | None:
    """The day of a number; None for 0."""
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None


def read_day(text: str) -> int:
    """A day written YYYYMMDD; 0 for an empty text or ``*``. ValueError for what is no day."""
    text = text.strip()
    if text in ("", "*"):
        return NEVER
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is not a day written YYYYMMDD")
    return day_number(date(int(text[:4]), int(text[4:6]), int(text[6:])))


def read_ordinal_day(text: str) -> int:
    """A day written YYYYDDD (the day of the year); 0 for an empty text. ValueError for what is no day."""
    text = text.strip()
    if not text:
        return NEVER
    if len(text) != 7 or not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is not a day written YYYYDDD")
    first = date(int(text[:4]), 1, 1)
    found = date.fromordinal(first.toordinal() + int(text[4:]) - 1)
    if found.year != first.year:
        raise ValueError(f"{text!r} is no day of its year")
    return day_number(found)


class Remembered(dict[Text, int], Generic[Text]):
    """A reading of texts that come again and again, each of which is read once."""

    def __init__(self, read: Callable[[Text], int]) -> None:
        super().__init__()
        self._read: Callable[[Text], int] = read

    def __missing__(self, text: Text) -> int:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[text] = found = self._read(text)
        return found
