"""CPT descriptors of an installation that has a licence for them."""

import re
from collections.abc import Iterator
from datetime import date

from django.conf import settings

from datasets.kinds.base import ByLine, Line, Quarter, Told, quarters
from datasets.sources import Source, Unreadable
from datasets.tables import Table

_LINE = re.compile(r"^([0-9]{4}[0-9A-Z])(?:\t| {1,2})(\S.*)$")
_YEAR = re.compile(r"(20\d\d)")
LENGTHS = {"LONG": "long", "MED": "medium", "SHORT": "short"}


class Descriptors(ByLine):
    """The official wording of CPT codes. Read only where the site states its licence (CPT_LICENSE_REF)."""

    id = "cpt"
    title = "CPT descriptors (licensed)"
    settings = tuple(LENGTHS.values())
    tables = (Table(name="descriptors", columns=(("code", "text"), ("text", "text")), key=("code",)),)

    def knows(self, source: Source) -> bool:
        """A file called LONGULT, MEDU or SHORTU, whose lines begin with a code."""
        named = (source.member or source.file_name).rpartition("/")[2].upper().startswith(tuple(LENGTHS))
        return named and any(_LINE.match(line) for line in source.head)

    def told(self, source: Source) -> Told:
        """The year from the notice or the name."""
        if not settings.CPT_LICENSE_REF:
            raise Unreadable(
                f"{source.name} holds CPT descriptors; set CPT_LICENSE_REF to the licence you have for them."
            )
        name = (source.member or source.file_name).rpartition("/")[2].upper()
        length = next(word for start, word in LENGTHS.items() if name.startswith(start))
        return Told(quarters=quarters(source, *source.head, read=_year), setting=length)

    def rows(self, source: Source) -> Iterator[Line]:
        """One row a code; the notice above the first code is left out."""
        for number, line in enumerate(source.lines(), start=1):
            if found := _LINE.match(line):
                yield number, "descriptors", (found[1], found[2].strip())


def _year(text: str) -> Quarter | None:
    found = _YEAR.search(text)
    return (date(int(found[1]), 1, 1), found[1]) if found else None
