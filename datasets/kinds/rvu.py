"""The physician fee schedule: relative value units, global days and payment indicators."""

import re
from collections.abc import Iterator
from itertools import islice

from datasets.kinds.base import (
    MONTH,
    ByLine,
    Line,
    Quarter,
    Row,
    Told,
    check_header,
    quarter,
    quarter_of,
    quarter_with,
    quarters,
    squeezed,
    wrong,
)
from datasets.numbers import packed, read_decimal
from datasets.sources import Source, Unreadable
from datasets.tables import Table

#: The captions of a column stand one above the other in these lines (counted from 1).
CAPTIONS = range(6, 11)
_START = (
    "hcpcs", "mod", "description", "status code", "not used for medicare payment", "work rvu", "non-fac pe rvu",
    "non-fac na indicator", "facility pe rvu", "facility na indicator", "mp rvu", "non-facility total",
    "facility total", "pctc ind", "glob days", "pre op", "intra op", "post op", "mult proc", "bilat surg", "asst surg",
    "co-surg", "team surg",
)  # fmt: skip
_END = (
    "endo base", "conv factor", "physician supervision of diagnostic procedures", "calculation flag",
    "diagnostic imaging family indicator", "non-facility pe used for opps payment amount",
    "facility pe used for opps payment amount", "mp used for opps payment amount",
)  # fmt: skip
#: "2025 National Physician Fee Schedule Relative Value File January Release".
_RELEASE = re.compile(rf"(20\d\d) National Physician Fee Schedule.{{0,80}}{MONTH} Release", re.IGNORECASE)
#: PPRRVU25_JAN, and RVU25A to RVU25D for the quarters of a year; an R behind it is a revision.
_MONTHLY = re.compile(rf"rvu(?:20)?(\d\d)[-_ ]?{MONTH}", re.IGNORECASE)
_LETTERED = re.compile(r"rvu(?:20)?(\d\d)[-_ ]?([a-d])r?(?![a-z])", re.IGNORECASE)
#: 2025 and before; 2026 has one more.
HEADERS = [(*_START, *_END), (*_START, "pric ind", *_END)]
VALUES = (
    "work rvu",
    "non-fac pe rvu",
    "facility pe rvu",
    "mp rvu",
    "non-facility total",
    "facility total",
    "conv factor",
)
TEXTS = ("status code", "pctc ind", "glob days", "mult proc", "bilat surg", "asst surg", "co-surg", "team surg")


class Rvu(ByLine):
    """What a service is worth in relative value units, its global days, and which modifiers Medicare pays by."""

    id = "rvu"
    takes_sheets = True
    title = "Physician fee schedule, relative values"
    settings = ("qpp", "nonqpp")
    tables = (
        Table(
            name="relative_values",
            columns=(
                ("code", "integer"), ("modifier", "text"), ("description", "text"), ("work", "real"),
                ("nonfacility_pe", "real"), ("facility_pe", "real"), ("malpractice", "real"),
                ("nonfacility_total", "real"), ("facility_total", "real"), ("conversion_factor", "real"),
                ("status", "text"), ("pctc", "text"), ("global_days", "text"), ("multiple", "text"),
                ("bilateral", "text"), ("assistant", "text"), ("cosurgeon", "text"), ("team", "text"),
            ),
            key=("code", "modifier"),
        ),
    )  # fmt: skip

    def knows(self, source: Source) -> bool:
        """The captions of its first and its most telling column."""
        head = squeezed(" ".join(source.head[:12]))
        return "hcpcs" in head and "rvu" in head and "glob" in head

    def told(self, source: Source) -> Told:
        """The quarter from the name or the preamble; since 2026 there is one file with QPP and one without."""
        _header(source)
        name = f"{source.file_name} {source.member}".lower()
        setting = "" if "qpp" not in name else "nonqpp" if "nonqpp" in name or "non-qpp" in name else "qpp"
        return Told(quarters=quarters(source, *source.head[: CAPTIONS[0] - 1], read=quarter_told), setting=setting)

    def rows(self, source: Source) -> Iterator[Line]:
        """One row a code and modifier (26, TC, 53)."""
        place = {name: number for number, name in enumerate(_header(source))}
        for number, record in islice(source.records(), CAPTIONS[-1], None):
            if not any(cell.strip() for cell in record):
                continue
            if len(record) < len(place):
                raise wrong(source, number, "the line", f"it has {len(record)} columns where {len(place)} are known")
            yield number, "relative_values", _row(source, number, place, record)


def quarter_told(text: str) -> Quarter | None:
    """The quarter that the first line of a fee schedule or its name tells."""
    if found := _RELEASE.search(text):
        return quarter_with(int(found[1]), found[2])
    if found := _MONTHLY.search(text):
        return quarter_with(2000 + int(found[1]), found[2])
    if found := _LETTERED.search(text):
        return quarter(2000 + int(found[1]), "abcd".index(found[2].lower()) + 1)
    return quarter_of(text)


def _row(source: Source, number: int, place: dict[str, int], record: list[str]) -> Row:
    cell = {name: record[column].strip() for name, column in place.items()}
    try:
        code = packed(cell["hcpcs"])
    except ValueError as error:
        raise wrong(source, number, "HCPCS", error) from error
    values = []
    for name in VALUES:
        try:
            values.append(read_decimal(cell[name]))
        except ValueError as error:
            raise wrong(source, number, name.upper(), error) from error
    return (code, cell["mod"], cell["description"], *values, *(cell[name] for name in TEXTS))


def _header(source: Source) -> tuple[str, ...]:
    """The captions of the columns, joined downwards: NON- above FACILITY is the same as NON-FACILITY."""
    records = [record for _, record in islice(source.records(), CAPTIONS[-1])]
    if len(records) < CAPTIONS[-1]:
        raise Unreadable(f"{source.name} ends before its tenth line, where the captions are.")
    lines = records[CAPTIONS[0] - 1 :]
    width = max(len(line) for line in lines)
    joined = [" ".join(line[column].strip() for line in lines if column < len(line)) for column in range(width)]
    return tuple(check_header(source, [caption.replace("- ", "-") for caption in joined], HEADERS))
