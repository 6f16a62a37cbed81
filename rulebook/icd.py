"""How ICD-10-CM codes are written: what an entry of a list stands for, and where the seventh character is."""

from collections.abc import Iterable
from functools import lru_cache

FULL = 7


def covers(entry: str, code: str) -> bool:
    """Whether an entry of a list stands for a diagnosis.

    ``C79.51`` stands for itself, ``C40.-`` for everything below C40, ``C00-D49`` for a block of categories.
    """
    first, dash, last = entry.partition("-")
    if not dash:
        return code == entry
    if last:
        return first <= code[:3] <= last
    return code.startswith(first) and len(code) > len(first)


@lru_cache(maxsize=4096)
def any_covers(entries: tuple[str, ...], code: str) -> bool:
    """Whether one of several entries stands for a diagnosis; remembered, because each line is asked several times."""
    return any(covers(entry, code) for entry in entries)


def single(entries: Iterable[str]) -> tuple[str, ...]:
    """The entries that name one code, in their order."""
    return tuple(entry for entry in entries if "-" not in entry)


def seventh(code: str) -> str:
    """The seventh character of a code; empty where the code is shorter."""
    return code.replace(".", "")[FULL - 1 : FULL]


def stem(code: str) -> str:
    """A code without its seventh character: what stays the same from the first visit to the last."""
    return code if not seventh(code) else code[:-1]
