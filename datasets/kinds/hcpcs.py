"""HCPCS Level II: codes, modifiers, and the days on which they hold."""

from collections.abc import Iterator

from datasets.kinds.base import ByLine, Line, Row, Told, check_header, quarters, wrong
from datasets.numbers import read_day
from datasets.sources import Source, Unreadable
from datasets.tables import Table


def _numbered(name: str, most: int) -> tuple[str, ...]:
    return tuple(f"{name}{number}" for number in range(1, most + 1))


HEADER = (
    "hcpc", "seqnum", "recid", "long description", "short description", *_numbered("price", 4), "mult_pi",
    *_numbered("cim", 3), *_numbered("mcm", 3), "statute", *_numbered("labcert", 8), *_numbered("xref", 5), "coverage",
    "asc_grp", "asc_dt", "opps", "opps_pi", "opps_dt", "procnote", "betos", *_numbered("tos", 5), "anes_bu", "add dt",
    "act eff dt", "term dt", "action cd",
)  # fmt: skip
PLACE = {name: number for number, name in enumerate(HEADER)}


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
        """Its first captions."""
        return any(line.lower().replace(",", "\t").startswith("hcpc\tseqnum") for line in source.head)

    def told(self, source: Source) -> Told:
        """The quarter, from the name."""
        _header(source)
        return Told(quarters=quarters(source))

    def rows(self, source: Source) -> Iterator[Line]:
        """One row a code or modifier; long texts are put together from their continued lines."""
        held, begun = list[str](), 0
        for number, cells in _cells(source):
            if held and cells[0] == held[0] and cells[PLACE["seqnum"]] != held[PLACE["seqnum"]]:
                held[PLACE["long description"]] += f" {cells[PLACE['long description']].strip()}"
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
    texts = (cell("long description"), cell("short description"), cell("coverage"))
    return "codes", (code, *texts, added, starts, ends, cell("action cd"))


def _cells(source: Source) -> Iterator[tuple[int, list[str]]]:
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
