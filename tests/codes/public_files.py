"""Small public files that say what a test wants them to say, in the layouts of their publishers."""

import csv
from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone

from datasets.kinds import rvu
from datasets.loading import load, recognise
from datasets.making import NOTICE

Row = Sequence[str]


def load_file(path: Path) -> None:
    """Load one file as an administrator would."""
    load(recognise(path)[0], at=timezone.now())


def edits(folder: Path, *rows: Row, quarter: str = "2026q1") -> Path:
    """Column 1, column 2, effective date, deletion date or ``*``, indicator."""
    path = folder / f"ccipra-{quarter}-f1.txt"
    with path.open("w", encoding="latin-1", newline="") as file:
        file.write(f"{NOTICE}\r\nColumn1/Column2 Edits\r\n")
        file.write("Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\r\n")
        file.write("\t\tprior to 1996\tDate\tDate\t0=not allowed\t\r\n")
        file.write("\t\t\t\t*=no data\t1=allowed\t\r\n\t\t\t\t\t9=not applicable\t\r\n")
        for one, two, starts, ends, indicator in rows:
            file.write("\t".join((one, two, "", starts, ends, indicator, "More extensive procedure")) + "\r\n")
    return path


def most_units(folder: Path, *rows: Row, quarter: str = "2026q1") -> Path:
    """Code, value, indicator."""
    path = folder / f"mue-practitioner-{quarter}.csv"
    names = ("HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale")
    said = {"1": "1 Line Edit", "2": "2 Date of Service Edit: Policy", "3": "3 Date of Service Edit: Clinical"}
    with path.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([f"{NOTICE}\nIn force from {quarter[:4]} {quarter[4:].upper()}.", "", "", ""])
        writer.writerow(names)
        writer.writerows((code, value, said[indicator], "Clinical: Data") for code, value, indicator in rows)
    return path


def add_ons(folder: Path, *rows: Row, quarter: str = "2026q1") -> Path:
    """Type, add-on code, primary code or CCCCC."""
    path = folder / f"aoc-{quarter}.txt"
    names = ("AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT", "AOC_Edit_EffDT",
             "AOC_Edit_DelDT", "Special_Instruction_Notes")  # fmt: skip
    lines = ["\t".join((kind, code, "", primary, "", "2013001", "", "")) for kind, code, primary in rows]
    path.write_text("\r\n".join([NOTICE, "\t".join(names), *lines, ""]), encoding="latin-1", newline="")
    return path


def values(folder: Path, *rows: Row, year: int = 2026) -> Path:
    """Code, global days."""
    path = folder / f"pprrvu{year}_jan{'_nonqpp' if year > 2025 else ''}.csv"
    header = rvu.HEADERS[0] if year < 2026 else rvu.HEADERS[1]
    stacked = [([""] * 5 + name.replace("*", "made up").upper().split())[-5:] for name in header]
    long = [name.replace("*", "made up").upper().split() for name in header]
    with path.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([f"{year} National Physician Fee Schedule Relative Value File January Release"])
        writer.writerows([[NOTICE if number == 1 else ""] for number in range(4)])
        writer.writerows(
            [" ".join(words[: len(words) - 4]) if line == 0 and len(words) > 5 else parts[line] for words, parts in
             zip(long, stacked, strict=True)]
            for line in range(5)
        )  # fmt: skip
        for code, days in rows:
            row = dict.fromkeys(header, "0") | {"hcpcs": code, "mod": "", "description": "made up", "status code": "A"}
            row |= dict.fromkeys(rvu.VALUES, "1.00") | {"glob days": days, "conv factor": "33.4009"}
            writer.writerow([row[name] for name in header])
    return path


def order(folder: Path, *rows: Row, year: int = 2024) -> Path:
    """Code without its point, 1 where it can be billed, text."""
    path = folder / f"icd10cm-order-{year}.txt"
    lines = [f"{place:05d} {code:<7} {bill} {text[:60]:<60} {text}" for place, (code, bill, text) in enumerate(rows, 1)]
    path.write_text("".join(f"{line}\r\n" for line in lines), encoding="ascii", newline="")
    return path


def tabular(folder: Path, *diagnoses: str, year: int = 2024) -> Path:
    """Elements ``diag`` as they stand in the file."""
    path = folder / f"icd10cm-tabular-{year}.xml"
    body = "\n".join(diagnoses)
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<ICD10CM.tabular>\n<version>{year}</version>\n<chapter>\n'
        f'<section id="A00-Z99">\n{body}\n</section>\n</chapter>\n</ICD10CM.tabular>\n',
        encoding="utf-8",
    )
    return path
