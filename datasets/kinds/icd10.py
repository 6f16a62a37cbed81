"""ICD-10-CM: the order file, which says what can be billed, and the tabular list, which has the notes."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from datasets.kinds.base import UNNUMBERED, ByLine, Line, Quarter, Told, quarters, wrong
from datasets.sources import Source, Unreadable
from datasets.tables import Table

_LINE = re.compile(r"^([0-9]{5}) ([0-9A-Z]{3}[0-9A-Z ]{4}) ([01]) (.{60}) (.+)$")
_CODE = re.compile(r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$")
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
    """The notes of each category and code: what excludes it, what comes first, what has to be added."""

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
        """Each note under the code that it stands at; what is below a code inherits it."""
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import ParseError, iterparse

        with source.opened() as file:
            try:
                for element in _ended(source, iterparse(file, events=("start", "end"), forbid_dtd=True)):
                    if element.tag == "diag":
                        yield from _notes(source, element)
            except Unreadable:
                raise
            except DefusedXmlException as error:
                raise Unreadable(f"{source.name} declares entities or a document type, which is refused.") from error
            except (ParseError, ValueError, LookupError) as error:  # the latter for an encoding that is not known
                raise Unreadable(f"{source.name} is not XML that can be read: {error}.") from error


def _ended(source: Source, events: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    """Each element at its end; what is no part of a note is forgotten then, so that one code at a time is held."""
    open_elements: list[Any] = []
    for event, element in events:
        if event == "start":
            open_elements.append(element)
            if len(open_elements) > DEEPEST:
                raise Unreadable(f"{source.name} has elements more than {DEEPEST} deep.")
            continue
        open_elements.pop()
        yield element
        if open_elements and element.tag not in PARTS:
            open_elements[-1].remove(element)
        elif len(element) > MOST_PARTS or (open_elements and len(open_elements[-1]) > MOST_PARTS):
            raise Unreadable(f"{source.name} has more than {MOST_PARTS:,} elements in one <{element.tag}>.")


def _notes(source: Source, element: Any) -> Iterator[Line]:
    name = (element.findtext("name") or "").strip()
    if not _CODE.match(name):
        raise Unreadable(f"{source.name} has “{name}” where a code is expected.")
    code = name.replace(".", "")
    for tag, kind in NOTES.items():
        texts = [note.text or "" for block in element.findall(tag) for note in block.findall("note")]
        for place, text in enumerate(texts, start=1):
            yield UNNUMBERED, "notes", (code, kind, place, " ".join(text.split()))
    for extension in element.findall("sevenChrDef/extension"):
        yield UNNUMBERED, "characters", (code, extension.get("char", ""), (extension.text or "").strip())


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
