"""What checks are made of, what they find, and what becomes of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from codes.lint.page import Page

#: What the checks call parts whose rows are no part of their own, where a problem is about all of them.
_WORDS = {"rules": "rule", "examples": "example", "sections": "section"}
_WHOLE = {"about": "page", "similar": "similar-codes"}


class Level(StrEnum):
    """An error stops publishing; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to look at: how bad, where on the page, what it is and what to do.

    ``part`` is as in ``codes.pages.read_part`` ("rules", "examples" and "sections" alone are all of them together),
    ``field`` the path of what is meant within the part ("body", "params.codes", "encounter.services.0.site"; in parts
    that are rows alone, "2.gloss"), or "", ``check`` the id of the check. ``attest`` is the digest of the text that an
    educator may attest to be made up, or "".
    """

    level: Level
    part: str
    message: str
    suggestion: str = ""
    field: str = ""
    check: str = ""
    attest: str = ""

    @property
    def where(self) -> str:
        """The part in words: "rule units", "example two-tumors", "page"."""
        name, _, key = self.part.partition("/")
        return f"{_WORDS.get(name, name)} {key}" if key else _WHOLE.get(name, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check finds; the check itself knows how bad it is and what to do."""

    part: str
    message: str
    field: str = ""
    attest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of a family: an id that never changes, how bad it is, what it looks for and what to do about it.

    ``find`` reads a page and yields what is wrong with it; ``says`` and ``do`` are its documentation.
    """

    id: str
    level: Level
    find: Callable[[Page], Iterator[Found]]
    says: str
    do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A worked example: a page, and the check that has to catch it (none: the whole family is content)."""

    title: str
    page: Page
    caught_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Checks about one thing, with examples that are their tests."""

    title: str
    checks: tuple[Check, ...]
    specimens: Sequence[Specimen]
