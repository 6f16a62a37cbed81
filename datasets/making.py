"""Files in the layouts of the public ones, of their sizes and the same for the same seed, for tests and benchmarks.

What they say of any code is made up; which edition they say they are follows from the name of the path.
"""

import csv
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from datasets import phrases
from datasets.kinds import KINDS, hcpcs, rvu
from datasets.kinds.base import quarter, quarter_of
from datasets.sources import sources

NOTICE = "Made up for tests; in the layout of a public file, and about no real code."
RATIONALES = (
    "Standards of medical / surgical practice", "Misuse of column two code with column one code",
    "More extensive procedure", "Mutually exclusive procedures", "Sequential procedure",
    "CPT manual or CMS manual coding instruction", "Separate procedure definition", "Anesthesia service included",
)  # fmt: skip
ROOTS = (
    "cystic", "renal", "hepatic", "tumor", "fracture", "open", "distal", "left", "right", "chronic", "acute", "biopsy",
    "repair", "catheter", "graft", "lesion", "bone", "lung", "skin", "nerve", "vein", "joint",
)  # fmt: skip


#: So many different codes can be made without looking long for one that is new.
MOST_CODES = 200_000
#: The lines of an order file are numbered with five digits.
MOST_LINES = 99_999


def codes(count: int, seed: int = 1) -> list[str]:
    """So many different codes in their order: most of five digits, some with a letter in front or behind.

    ValueError for more than there are.
    """
    if count > MOST_CODES:
        raise ValueError(f"{count:,} different codes; {MOST_CODES:,} can be made")
    chance = random.Random(seed)
    found: set[str] = set()
    while len(found) < count:
        number = chance.randrange(100_000)
        kind = chance.random()
        if kind < 0.72:
            found.add(f"{number:05d}")
        elif kind < 0.9:
            found.add(f"{chance.choice('ABCEGHJKLMPQRSTV')}{number % 10_000:04d}")
        else:
            found.add(f"{number % 10_000:04d}{chance.choice('AFMTU')}")
        found.discard("00000")  # no code: its number stands for whatever a contractor decides
    return sorted(found)


def words(chance: random.Random, count: int) -> str:
    """Something that reads like a description."""
    return " ".join(chance.choice(ROOTS) for _ in range(count))


def _day(chance: random.Random, first: int = 1996, last: int = 2025) -> date:
    return date(chance.randint(first, last), chance.choice((1, 4, 7, 10)), 1)


def _last(starts: date, quarters: int) -> date:
    """The last of so many quarters; of none the first day itself, as what was never in force has it."""
    month = starts.month - 1 + 3 * quarters
    return date(starts.year + month // 12, month % 12 + 1, 1) - timedelta(days=1) if quarters else starts


# NCCI -----------------------------------------------------------------------------------------


def ptp_rows(count: int, seed: int = 1) -> Iterator[tuple[str, ...]]:
    """Pairs in the order of the file: some deleted, some never in force, some pairs twice with other days."""
    chance = random.Random(seed)
    firsts = codes(max(2, min(11_000, count // 4 + 2)), seed)
    made = 0
    while made < count:
        for one in firsts:
            share = max(1, (count * 2) // len(firsts))
            for two in sorted(chance.sample(firsts, min(len(firsts), chance.randint(1, share)))):
                if made < count and one != two:
                    made += 1
                    yield _pair(chance, one, two)


def _pair(chance: random.Random, one: str, two: str) -> tuple[str, ...]:
    starts = _day(chance)
    ends = "*"
    if chance.random() < 0.36:
        ends = f"{_last(starts, chance.randint(0, 40)):%Y%m%d}"
    indicator = chance.choices("019", (60, 35, 5))[0]
    before = "*" if starts.year == 1996 else ""
    return (one, two, before, f"{starts:%Y%m%d}", ends, indicator, chance.choice(RATIONALES))


def ptp(path: Path, count: int, seed: int = 1) -> None:
    """A text file of procedure-to-procedure edits."""
    with path.open("w", encoding="latin-1", newline="") as file:
        file.write(f"{NOTICE}\r\nColumn1/Column2 Edits\r\n")
        file.write("Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\r\n")
        file.write("\t\tprior to 1996\tDate\tDate\t0=not allowed\t\r\n")
        file.write("\t\t\t\t*=no data\t1=allowed\t\r\n\t\t\t\t\t9=not applicable\t\r\n")
        file.writelines("\t".join(row) + "\r\n" for row in ptp_rows(count, seed))


def mue(path: Path, count: int, seed: int = 1) -> None:
    """A file of medically unlikely edits for practitioners; its notice and its header go over several lines."""
    chance, (_, told) = random.Random(seed), quarter_of(path.name) or quarter(2026, 1)
    kinds = ("1 Line Edit", "2 Date of Service Edit: Policy", "3 Date of Service Edit: Clinical")
    with path.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([f"{NOTICE}\nIn force from {told}.", "", "", ""])
        names = ("HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale")
        writer.writerow(names)
        for code in codes(count, seed):
            value = chance.choice((0, 1, 1, 1, 2, 3, 6, 12, 100))
            writer.writerow((code, value, chance.choice(kinds), chance.choice(("Clinical: Data", "CMS Policy"))))


def addons(path: Path, count: int, seed: int = 1) -> None:
    """A tab-separated file of add-on codes."""
    chance = random.Random(seed)
    known = codes(max(4, count // 3), seed)
    names = ("AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT", "AOC_Edit_EffDT",
             "AOC_Edit_DelDT", "Special_Instruction_Notes")  # fmt: skip
    with path.open("w", encoding="latin-1", newline="") as file:
        file.write(f"{NOTICE}\r\n" + "\t".join(names) + "\r\n")
        for _ in range(count):
            kind = chance.choice("1112223")
            primary = "CCCCC" if kind == "2" else chance.choice(known)
            starts = f"{chance.randint(2013, 2025)}001"
            ends = f"{chance.randint(2026, 2027)}091" if chance.random() < 0.1 else ""
            note = "Contractor Defined Primary Codes" if kind == "2" else ""
            file.write("\t".join((kind, chance.choice(known), "", primary, "", starts, ends, note)) + "\r\n")


# Medicare -------------------------------------------------------------------------------------


def relative_values(path: Path, count: int, seed: int = 1) -> None:
    """A file of relative values: 31 columns until 2025, 32 since, captions in five lines above each other."""
    chance, (day, _) = random.Random(seed), rvu.quarter_told(path.name) or quarter(2026, 1)
    header = rvu.HEADERS[0] if day.year < 2026 else rvu.HEADERS[1]
    stacked = [_stacked(name) for name in header]
    with path.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        release = f"{day:%Y} National Physician Fee Schedule Relative Value File {day:%B} Release"
        for text in (release, NOTICE, "", "", ""):
            writer.writerow(["", "", text, *[""] * (len(header) - 3)])
        for line in range(5):
            writer.writerow([parts[line] for parts in stacked])
        for code in codes(count, seed):
            for modifier in ("", "26", "TC") if chance.random() < 0.3 else ("",):
                writer.writerow(_values(chance, header, code, modifier))
        writer.writerow([""] * len(header))


def _stacked(name: str) -> list[str]:
    """A caption in five lines, its last word in the last of them."""
    parts = name.upper().split()
    lines = [" ".join(parts[:-4])] if len(parts) > 5 else []
    return ([""] * 5 + lines + parts[-4 if lines else -5 :])[-5:]


def _values(chance: random.Random, header: Any, code: str, modifier: str) -> list[str]:
    row = dict.fromkeys(header, "0") | {"not used for medicare payment": "", "endo base": ""}
    row |= {"hcpcs": code, "mod": modifier, "description": words(chance, 3), "status code": chance.choice("AACNR")}
    row |= {name: f"{chance.randrange(4000) / 100:.2f}" for name in rvu.VALUES}
    row |= {"glob days": chance.choice(("000", "010", "090", "XXX", "ZZZ")), "conv factor": "33.4009"}
    return [row[name] for name in header]


def level_two(path: Path, count: int, seed: int = 1) -> None:
    """HCPCS II codes and modifiers, some over several lines: with captions, or as a text (.txt) of fixed width."""
    chance = random.Random(seed)
    letters = [code for code in codes(count * 8, seed) if code[0].isalpha()][:count]
    rows = (row for code in ["   LT", "   RT", "   GZ", *letters] for row in _level_two_rows(chance, code))
    with path.open("w", encoding="latin-1", newline="") as file:
        if path.suffix == ".txt":
            file.writelines(_fixed(row) + "\r\n" for row in rows)
            return
        writer = csv.DictWriter(file, hcpcs.HEADER, restval="", lineterminator="\r\n")
        writer.writerow({name: name.upper() for name in hcpcs.HEADER})
        writer.writerows(rows)


def _level_two_rows(chance: random.Random, code: str) -> Iterator[dict[str, str]]:
    kinds = "78" if code.startswith(" ") else "34"
    for number in range(1, chance.choice((2, 2, 2, 4))):
        ends = "20261231" if chance.random() < 0.1 else ""
        yield {
            "hcpc": code, "seqnum": f"{number * 100:05d}", "recid": kinds[number > 1], "term dt": ends,
            "long description": phrases.supply(chance)[:80], "short description": words(chance, 2)[:28],
            "add dt": "20150101", "act eff dt": "20150101", "action cd": "N",
        }  # fmt: skip


def _fixed(row: dict[str, str]) -> str:
    """A row as a line of the text, with blanks where nothing is said."""
    line = " " * 320
    for name, (start, end) in hcpcs.SPANS.items():
        line = line[:start] + f"{row.get(name, ''):{end - start}}" + line[end:]
    return line


# ICD-10-CM ------------------------------------------------------------------------------------


def diagnoses(count: int) -> Iterator[tuple[str, bool]]:
    """So many categories and codes in their order, each with whether it can be billed."""
    made = 0
    for letter in "ABCDEFGHIJKLMNOPQRSTVWXYZ":
        for number in range(100):
            yield f"{letter}{number:02d}", False
            made += 1
            for last in range(10):
                if made >= count:
                    return
                yield f"{letter}{number:02d}{last}", last % 2 == 0
                made += 1
                for more in "0123456789" if last % 2 else "":
                    if made >= count:
                        return
                    yield f"{letter}{number:02d}{last}{more}", True
                    made += 1


def order(path: Path, count: int, seed: int = 1) -> None:
    """An order file; its name should tell the year. ValueError for more lines than can be numbered."""
    if count > MOST_LINES:
        raise ValueError(f"{count:,} lines; an order file numbers them with five digits, so {MOST_LINES:,} at most")
    chance = random.Random(seed)
    with path.open("w", encoding="ascii", newline="") as file:
        for place, (code, billable) in enumerate(diagnoses(count), start=1):
            text = phrases.diagnosis(chance)
            file.write(f"{place:05d} {code:<7} {int(billable)} {text[:60]:<60} {text}\r\n")


def _year(path: Path) -> str:
    """The year in the name of a file."""
    found = re.search(r"20\d\d", path.name)
    return found[0] if found else "2026"


def tabular(path: Path, count: int, seed: int = 1) -> None:
    """A tabular list with notes, in one chapter and one section, which have notes too."""
    chance, year = random.Random(seed), _year(path)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<ICD10CM.tabular>\n')
        file.write(f"<version>{year}</version>\n<chapter><name>1</name><desc>Everything (A00-Z99)</desc>\n")
        file.write(f"<excludes2><note>{words(chance, 3)} (Q02.-)</note></excludes2>\n")
        file.write('<section id="A00-Z89"><desc>Nearly everything (A00-Z89)</desc>\n')
        file.write(f"<excludes1><note>{words(chance, 3)} (Q01.-)</note></excludes1>\n")
        depth: list[str] = []
        for code, _ in diagnoses(count):
            while depth and not code.startswith(depth[-1]):
                depth.pop()
                file.write("</diag>\n")
            point = f"{code[:3]}.{code[3:]}" if len(code) > 3 else code
            file.write(f"<diag><name>{point}</name><desc>{words(chance, 4)}</desc>\n")
            if chance.random() < 0.2:
                file.write(f"<excludes1><note>{words(chance, 3)} ({chance.choice('ABC')}01.-)</note></excludes1>\n")
            if len(code) == 3 and chance.random() < 0.1:
                file.write(f"<codeFirst><note>{words(chance, 3)} (B02.-)</note></codeFirst>\n")
            depth.append(code)
        file.write("</diag>\n" * len(depth) + "</section>\n</chapter>\n</ICD10CM.tabular>\n")


def descriptors(path: Path, count: int, seed: int = 1) -> None:
    """A file in the layout of licensed descriptors, with made-up texts; its name should begin with LONGULT."""
    chance = random.Random(seed)
    with path.open("w", encoding="latin-1", newline="") as file:
        file.write(f"{NOTICE} {_year(path)}\r\n\r\n")
        file.writelines(
            f"{code}\t{phrases.procedure(chance)}\r\n" for code in codes(count, seed) if code[0].isdecimal()
        )


#: What a file is -> how to make one, and a name under which it is recognised.
MAKERS: dict[str, tuple[Callable[[Path, int, int], None], str]] = {
    "ptp": (ptp, "ccipra-2026q1-f1.txt"),
    "mue": (mue, "mue-practitioner-2026q1.csv"),
    "addons": (addons, "aoc-2026q1.txt"),
    "rvu": (relative_values, "pprrvu2026_jan_nonqpp.csv"),
    "hcpcs": (level_two, "hcpc2026_jan_anweb.csv"),
    "icd10-order": (order, "icd10cm-order-2026.txt"),
    "icd10-tabular": (tabular, "icd10cm-tabular-2026.xml"),
    "cpt": (descriptors, "LONGULT-2026.txt"),
}


# Other forms ----------------------------------------------------------------------------------


def as_workbook(path: Path) -> Path:
    """A text or comma-separated file as a spreadsheet in its place. ValueError for what is no table."""
    from openpyxl import Workbook  # loaded when first wanted, not at each start

    (source,) = sources(path)
    is_taken = any(kind.knows(source) and kind.takes_sheets for kind in KINDS)
    if not is_taken or all(len(record) < 2 for _, record in source.table()):
        raise ValueError(f"{path.name} is no table; it is published as a text only")
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for _, record in source.table():
        sheet.append([cell or None for cell in record])
    book.save(path.with_suffix(".xlsx"))
    path.unlink()
    return path.with_suffix(".xlsx")


def as_archive(path: Path) -> Path:
    """A file packed, in its place."""
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    path.unlink()
    return packed


FORMS: dict[str, Callable[[Path], Path]] = {"xlsx": as_workbook, "zip": as_archive}
