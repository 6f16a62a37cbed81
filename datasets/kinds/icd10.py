"""ICD-10-CM: the order file, which says what can be billed, and the tabular list, which has the notes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from datasets.kinds.base import UNNUMBERED, ByLine, Line, Quarter, Told, quarters, wrong
from datasets.numbers import is_diagnosis
from datasets.sources import Source, Unreadable
from datasets.tables import Table

_LINE = re.compile(r"^([0-9]{5}) ([0-9A-Z]{3}[0-9A-Z ]{4}) ([01]) (.{60}) (.+)$")
#: The categories of a chapter, as its title ends with them: (A00-B99).
_BLOCK = re.compile(r"\(([A-Z][0-9A-Z]{2}-[A-Z][0-9A-Z]{2})\)\s*$")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_APRIL = re.compile(r"(?<![a-z])apr(?:il)?(?![a-z])", re.IGNORECASE)
#: The day from which an edition holds, as in april-1-2026.
_DAY = re.compile(r"(?<![a-z])(apr|oct)[a-z]*[-_ ]*0?1(?:st)?[-_ ,]+(20\d\d)(?!\d)", re.IGNORECASE)
APRIL = 4
#: Notes that decide something, by the name of their element.
NOTES = {
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code-first",
    "useAdditionalCode": "use-additional",
    "codeAlso": "code-also",
    "includes": "includes",
    "inclusionTerm": "inclusion",
}
#: Not a note: the block of categories (a section, a chapter) that a category belongs to, whose notes hold for it too.
BLOCK = "block"
#: Elements that are read when the code they stand in ends, and how many of them one may hold.
PARTS = frozenset((*NOTES, "note", "name", "sevenChrDef", "extension"))
MOST_PARTS, DEEPEST = 10_000, 60


class Order(ByLine):
    """Every category and code with whether it can be billed; a fiscal year runs from October to September."""

    id = "icd10-order"
    title = "ICD-10-CM codes"
    tables = (
        Table(
            name="diagnoses",
            columns=(
                ("code", "text"),
                ("place", "integer"),
                ("billable", "integer"),
                ("short", "text"),
                ("long", "text"),
            ),
            key=("code",),
        ),
    )

    def knows(self, source: Source) -> bool:
        """Lines of fixed width: number, code, 0 or 1, two descriptions."""
        return bool(source.head) and all(_LINE.match(line.ljust(78)) for line in source.head[:5])

    def told(self, source: Source) -> Told:
        """The fiscal year, from the names."""
        return _told(source)

    def rows(self, source: Source) -> Iterator[Line]:
        """One row a category or code, without the point."""
        for number, line in enumerate(source.lines(), start=1):
            if not line.strip():
                continue
            found = _LINE.match(line)
            if found is None:
                raise wrong(
                    source, number, "the line", "it is not number, code, 0 or 1, and two descriptions in their places"
                )
            place, code, billable, short, long = found.groups()
            yield number, "diagnoses", (code.strip(), int(place), int(billable), short.strip(), long.strip())


class Tabular(ByLine):
    """The notes of each category and code: what excludes it, what comes first, what has to be added.

    A section or a chapter has notes too. They stand under its first and last category (``C76-C80``), and each of its
    categories has a row of the kind ``block`` that says so, the nearest block first.
    """

    id = "icd10-tabular"
    title = "ICD-10-CM notes"
    tables = (
        Table(
            name="notes",
            columns=(("code", "text"), ("kind", "text"), ("place", "integer"), ("text", "text")),
            key=("code", "kind", "place"),
        ),
        Table(
            name="characters",
            columns=(("code", "text"), ("character", "text"), ("meaning", "text")),
            key=("code", "character"),
        ),
    )

    def knows(self, source: Source) -> bool:
        """Its root element."""
        return any("<ICD10CM.tabular" in line for line in source.head)

    def told(self, source: Source) -> Told:
        """The fiscal year, from the file's own version and the names."""
        return _told(source, " ".join(line for line in source.head if "<version>" in line or _APRIL.search(line)))

    def rows(self, source: Source) -> Iterator[Line]:
        """Each note under the code or the block that it stands at; what is below inherits it."""
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import ParseError, iterparse

        tree = _Tree(source)
        with source.opened() as file:
            try:
                for element in tree.ended(iterparse(file, events=("start", "end"), forbid_dtd=True)):
                    yield from tree.lines(element)
            except Unreadable:
                raise
            except DefusedXmlException as error:
                raise Unreadable(f"{source.name} declares entities or a document type, which is refused.") from error
            except (ParseError, ValueError, LookupError) as error:  # the latter for an encoding that is not known
                raise Unreadable(f"{source.name} is not XML that can be read: {error}.") from error


class _Tree:
    """The chapters, sections and codes of a tabular list, as their elements begin and end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._open: list[Any] = []
        self._chapter = ""
        #: How many notes of a kind there are at a block: a chapter may have no other categories than its section.
        self._noted = Counter[tuple[str, str]]()

    def ended(self, events: Iterable[tuple[str, Any]]) -> Iterator[Any]:
        """Each element at its end; what is no part of a note is forgotten then, so that one code at a time is held."""
        for event, element in events:
            if event == "start":
                self._open.append(element)
                if len(self._open) > DEEPEST:
                    raise Unreadable(f"{self._source.name} has elements more than {DEEPEST} deep.")
                continue
            self._open.pop()
            yield element
            if self._open and element.tag not in PARTS:
                self._open[-1].remove(element)
            elif len(element) > MOST_PARTS or (self._open and len(self._open[-1]) > MOST_PARTS):
                raise Unreadable(f"{self._source.name} has more than {MOST_PARTS:,} elements in one <{element.tag}>.")

    def lines(self, element: Any) -> Iterator[Line]:
        """The rows for an element that has just ended."""
        above = self._open[-1].tag if self._open else ""
        if element.tag == "diag":
            yield from self._code(element, is_category=above == "section")
        elif element.tag == "section":
            yield from self._notes(element, _block(element))
        elif element.tag == "chapter":
            yield from self._notes(element, self._chapter)
        elif element.tag == "desc" and above == "chapter":
            found = _BLOCK.search(element.text or "")
            self._chapter = found[1] if found else ""

    def _code(self, element: Any, *, is_category: bool) -> Iterator[Line]:
        name = (element.findtext("name") or "").strip()
        if not is_diagnosis(name):
            raise Unreadable(f"{self._source.name} has “{name}” where a code is expected.")
        code = name.replace(".", "")
        yield from self._notes(element, code)
        for extension in element.findall("sevenChrDef/extension"):
            yield UNNUMBERED, "characters", (code, extension.get("char", ""), (extension.text or "").strip())
        blocks = (_block(self._open[-1]), self._chapter) if is_category else ()
        for place, block in enumerate(dict.fromkeys(filter(None, blocks)), start=1):
            yield UNNUMBERED, "notes", (code, BLOCK, place, block)

    def _notes(self, element: Any, at: str) -> Iterator[Line]:
        for tag, kind in NOTES.items() if at else ():
            texts = [note.text or "" for block in element.findall(tag) for note in block.findall("note")]
            begun = self._noted[at, kind]
            if texts and element.tag != "diag":
                self._noted[at, kind] += len(texts)
            for place, text in enumerate(texts, start=begun + 1):
                yield UNNUMBERED, "notes", (at, kind, place, " ".join(text.split()))


def _block(section: Any) -> str:
    """A section by its first and last category; one that has a single category is called like it."""
    name: str = section.get("id", "")
    return name if "-" in name or not name else f"{name}-{name}"


def _told(source: Source, *lines: str) -> Told:
    """What all that speaks of the file says. A year alone is no other edition than April of that year."""
    found = quarters(source, *lines, read=fiscal_year)
    updated = {_october(day.year) for _, (day, _) in found if day.month == APRIL}
    return Told(quarters=tuple(one for one in found if one[1] not in updated))


def fiscal_year(text: str) -> Quarter | None:
    """The first day and name of the edition: 2026 begins in October 2025; an April update in April of its year."""
    if found := _DAY.search(text):
        year, is_april = int(found[2]), found[1].lower() == "apr"
        return _april(year) if is_april else _october(year + 1)
    if found := _YEAR.search(text):
        return _april(int(found[1])) if _APRIL.search(text) else _october(int(found[1]))
    return None


def _april(year: int) -> Quarter:
    return date(year, APRIL, 1), f"FY {year}, April"


def _october(year: int) -> Quarter:
    return date(year - 1, 10, 1), f"FY {year}"
