"""HCPCS Level II: codes, modifiers, and the days on which they hold.

It is published twice in one archive: as a spreadsheet with captions, and as a text whose columns have a fixed width
and no captions.
"""

import re
from collections.abc import Iterator

from datasets.kinds.base import ByLine, Line, Row, Told, check_header, quarters, wrong
from datasets.numbers import read_day
from datasets.sources import TABLES, Source, Unreadable
from datasets.tables import Table


def _numbered(name: str, most: int) -> tuple[str, ...]:
    return tuple(f"{name}{number}" for number in range(1, most + 1))


HEADER = (
    "hcpc", "seqnum", "recid", "long description", "short description", *_numbered("price", 4), "mult_pi",
    *_numbered("cim", 3), *_numbered("mcm", 3), "statute", *_numbered("labcert", 8), *_numbered("xref", 5), "cov",
    "asc_grp", "asc_dt", "opps", "opps_pi", "opps_dt", "procnote", "betos", *_numbered("tos", 5), "anest_bu", "add dt",
    "act eff dt", "term dt", "action cd",
)  # fmt: skip
PLACE = {name: number for number, name in enumerate(HEADER)}
#: A line of the text: code (a modifier stands behind three blanks), sequence number, what kind of line, description.
_LINE = re.compile(r"([A-Z][0-9]{4}| {3}[0-9A-Z]{2})[0-9]{5}[3478].{80}")
#: Where in a line of the text what is read stands; further columns (prices, coverage of laboratories) are not read.
SPANS = {
    "hcpc": (0, 5), "seqnum": (5, 10), "recid": (10, 11), "long description": (11, 91),
    "short description": (91, 119), "cov": (229, 230), "add dt": (268, 276), "act eff dt": (276, 284),
    "term dt": (284, 292), "action cd": (292, 293),
}  # fmt: skip
_DAYS = re.compile("[0-9 ]{24}[A-Z ]")
#: A line has its last column that is read; it may end there.
SHORTEST = 293


class Hcpcs(ByLine):
    """What each code or modifier of Level II stands for; its last day still counts."""

    id = "hcpcs"
    takes_sheets = True
    title = "HCPCS Level II"
    dated = True
    tables = (
        Table(
            name="codes",
            columns=(
                ("code", "text"), ("long", "text"), ("short", "text"), ("coverage", "text"), ("added", "integer"),
                ("starts", "integer"), ("ends", "integer"), ("action", "text"),
            ),
            key=("code",),
        ),
        Table(
            name="modifiers",
            columns=(
                ("modifier", "text"), ("long", "text"), ("short", "text"), ("starts", "integer"), ("ends", "integer"),
            ),
            key=("modifier",),
        ),
    )  # fmt: skip

    def knows(self, source: Source) -> bool:
        """Its first captions, or lines of the text without any."""
        captioned = any(line.lower().replace(",", "\t").startswith("hcpc\tseqnum") for line in source.head)
        return captioned or _is_fixed(source)

    def told(self, source: Source) -> Told:
        """The quarter, from the name."""
        if not _is_fixed(source):
            _header(source)
        return Told(quarters=quarters(source))

    def rows(self, source: Source) -> Iterator[Line]:
        """One row a code or modifier; long texts are put together from their continued lines."""
        held, begun = list[str](), 0
        for number, cells in _cells(source):
            if held and cells[0] == held[0] and cells[PLACE["seqnum"]] != held[PLACE["seqnum"]]:
                both = (held[PLACE["long description"]], cells[PLACE["long description"]])
                held[PLACE["long description"]] = " ".join(text.strip() for text in both)
                continue
            if held:
                yield begun, *_row(source, begun, held)
            held, begun = cells, number
        if held:
            yield begun, *_row(source, begun, held)


def _row(source: Source, number: int, cells: list[str]) -> tuple[str, Row]:
    def cell(name: str) -> str:
        return cells[PLACE[name]].strip()

    try:
        added, starts, ends = (read_day(cell(name)) for name in ("add dt", "act eff dt", "term dt"))
    except ValueError as error:
        raise wrong(source, number, "dates", error) from error
    code = cell("hcpc")
    if not (code.isascii() and code.isalnum() and len(code) in (2, 5)):
        raise wrong(source, number, "HCPC", f"“{code}” is neither a code nor a modifier")
    if len(code) == 2:  # modifiers stand behind three spaces
        return "modifiers", (code, cell("long description"), cell("short description"), starts, ends)
    texts = (cell("long description"), cell("short description"), cell("cov"))
    return "codes", (code, *texts, added, starts, ends, cell("action cd"))


def _is_fixed(source: Source) -> bool:
    return source.suffix not in TABLES and bool(source.head) and all(_LINE.match(line) for line in source.head[:5])


def _cells(source: Source) -> Iterator[tuple[int, list[str]]]:
    """The lines of either form, each with the cells of all columns."""
    return _fixed(source) if _is_fixed(source) else _captioned(source)


def _fixed(source: Source) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(map(_in_place, source.lines()), start=1):
        if not line.strip():
            continue
        if not _LINE.match(line) or len(line) < SHORTEST:
            raise wrong(source, number, "the line", "its columns are not where they are in HCPCS Level II")
        cells = [""] * len(HEADER)
        for name, (start, end) in SPANS.items():
            cells[PLACE[name]] = line[start:end]
        yield number, cells


def _in_place(line: str) -> str:
    """A line whose columns are in their places; where they were counted in bytes, each byte as a letter."""
    if line.isascii() or _DAYS.match(line, SPANS["add dt"][0]):
        return line
    return line.encode().decode("latin-1")


def _captioned(source: Source) -> Iterator[tuple[int, list[str]]]:
    first = _header(source)
    for number, record in source.table():
        if number > first and any(cell.strip() for cell in record):
            if len(record) < len(HEADER):
                raise wrong(source, number, "the line", f"it has {len(record)} columns where {len(HEADER)} are known")
            yield number, record


def _header(source: Source) -> int:
    for number, record in source.table():
        if record and record[0].strip().lower() == "hcpc":
            check_header(source, record, [HEADER])
            return number
        if number > len(source.head):
            break
    raise Unreadable(f"{source.name} has no line that begins with HCPC.")
