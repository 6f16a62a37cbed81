"""Layouts as they are published, captions and widths as in the files of 2025 and 2026; what the rows say is made up."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from datasets import lookups
from datasets.kinds import hcpcs
from datasets.loading import recognise
from datasets.making import as_archive
from datasets.sources import Unreadable
from tests.datasets.conftest import Loaded, Made

DAY = date(2026, 8, 1)

# Physician fee schedule -----------------------------------------------------------------------

#: The captions of 2025 stand in these lines, one word of a column above the other; 2026 has one column more.
STACKED = """\
,,,,,,,,,,,,,,,,,,,,,,,,,,,,NON-FACILITY,FACILITY,
,,,,NOT USED,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED
,,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,FOR OPPS,FOR OPPS,FOR OPPS
,,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,\
CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,\
SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT
"""
ROW_2025 = "20983,,MADE UP,A,,6.50,90.10,,2.40,,0.60,97.20,9.50,0,000,0,0,0,2,0,1,0,0,{base},32.3465,09,0,99,0,0,0\n"
ROW_2026 = "20983,,MADE UP,A,,6.50,90.10,,2.40,,0.60,97.20,9.50,0,000,0,0,0,2,0,1,0,0,4,,33.4009,09,0,99,0,0,0\n"


def fee_schedule(year: int, captions: str, row: str) -> str:
    title = f",,{year} National Physician Fee Schedule Relative Value File July Release,,\n"
    return title + ",,A NOTICE,,\n" * 4 + captions + row + ",,,,,,,,,\n"


def of_2026() -> str:
    """The captions with PRIC above IND between the team and the base of an endoscopy."""
    above, below = "TEAM,ENDO", "SURG,SURG,SURG,BASE"
    assert above in STACKED
    assert below in STACKED
    lines = STACKED.replace(above, "TEAM,PRIC,ENDO").replace(below, "SURG,SURG,SURG,IND,BASE").splitlines()
    wide = [",".join([*line.split(",")[:23], "", *line.split(",")[23:]]) for line in lines[:3]]
    return "\n".join([*wide, *lines[3:]]) + "\n"


@pytest.mark.parametrize("joined", ["NON-FACILITY", "NON-"])
def test_a_fee_schedule_of_2025(tmp_path: Path, loaded: Loaded, joined: str) -> None:
    """NON- in a line of its own above FACILITY is the same caption."""
    captions = STACKED
    if joined == "NON-":
        lines = captions.splitlines()
        cells = lines[2].split(",")
        lines[2] = ",".join([*cells[:11], "NON-", *cells[12:]])
        lines[3] = lines[3].replace("MP,NON-FACILITY,", "MP,FACILITY,")
        captions = "\n".join(lines) + "\n"
    path = tmp_path / "PPRRVU25_JUL.csv"
    path.write_text(fee_schedule(2025, captions, ROW_2025.format(base="20982")))
    release = loaded(path).release
    assert (release.label, release.setting, release.rows) == ("2025 Q3", "", 1)
    (values,) = lookups.relative_values_of("20983", DAY)
    assert (values.work, values.nonfacility_total, values.facility_total) == (6.5, 97.2, 9.5)
    assert (values.status, values.global_days, values.bilateral) == ("A", "000", "0")


def test_a_fee_schedule_of_2026_as_it_is_downloaded(tmp_path: Path, loaded: Loaded) -> None:
    """With and without quality programs, each as records, as a text without captions and as a spreadsheet."""
    archive = tmp_path / "rvu26c-updated-06-30-2026.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("PPRRVU2026_Jul_nonQPP", "PPRRVU2026_Jul_QPP"):
            packed.writestr(f"{name}.csv", fee_schedule(2026, of_2026(), ROW_2026))
            packed.writestr(f"{name}.txt", "HDR A NOTICE\n20983  MADE UP            A   6.50  90.10\n")
            packed.writestr(f"{name}.xlsx", b"PK\x03\x04 never opened")
        packed.writestr("GPCI2026.csv", "ADDENDUM E\nMAC,State,Locality\n01112,CA,05\n")
        packed.writestr("RVU26C.pdf", b"%PDF-1.7")
    found = recognise(archive)
    assert [(one.kind.id, one.edition.setting, one.edition.label) for one in found] == [
        ("rvu", "qpp", "2026 Q3"),
        ("rvu", "nonqpp", "2026 Q3"),
    ]
    loaded(archive)


# HCPCS Level II -------------------------------------------------------------------------------


def test_level_two_has_the_captions_that_are_published() -> None:
    wanted = ["HCPC", "SEQNUM", "RECID", "COV", "ANEST_BU", "ADD DT", "ACT EFF DT", "TERM DT", "ACTION CD"]
    assert len(hcpcs.HEADER) == 48
    assert [name.upper() for name in hcpcs.HEADER if name.upper() in wanted] == wanted


def test_level_two_is_the_same_with_captions_and_as_a_text_of_fixed_width(made: Made, loaded: Loaded) -> None:
    captioned, fixed = made("hcpcs", 60), made("hcpcs", 60, name="HCPC2026_OCT_ANWEB.txt")
    told = [(release.rows, every(release)) for release in (loaded(captioned).release, loaded(fixed).release)]
    assert told[0] == told[1]
    assert told[0][0] > 50


def every(release: object) -> list[object]:
    from datasets import store

    rows = store.select(release.place, "SELECT * FROM codes ORDER BY code", [])  # type: ignore[attr-defined]
    return [*rows, *store.select(release.place, "SELECT * FROM modifiers ORDER BY modifier", [])]  # type: ignore[attr-defined]


def test_a_letter_of_several_bytes_moves_no_column(made: Made, loaded: Loaded) -> None:
    """Whether a text counts bytes or letters, its days are read from where they are."""
    path = made("hcpcs", 20, name="HCPC2026_JAN_ANWEB.txt")
    lines = path.read_text().splitlines()
    letters = lines[5][:11] + "\u00b5" + lines[5][12:]
    as_bytes = lines[6][:11] + "\u00b5" + lines[6][13:]
    path.write_text("\r\n".join([*lines[:5], letters, as_bytes, *lines[7:]]), encoding="utf-8")
    assert loaded(path).release.rows > 10


def test_a_text_whose_columns_moved_is_refused(made: Made) -> None:
    path = made("hcpcs", 20, name="HCPC2026_JAN_ANWEB.txt")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:9], lines[9][:200], *lines[10:]]))
    (found,) = recognise(path)
    with pytest.raises(Unreadable, match="line 10, the line: its columns are not where they are in HCPCS Level II"):
        list(found.kind.batches(found.source))


def test_of_a_text_that_is_not_known_the_spreadsheet_beside_it_is_taken(tmp_path: Path, loaded: Loaded) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([name.upper() for name in hcpcs.HEADER])
    row = {"hcpc": "A9999", "seqnum": "00100", "recid": "3", "long description": "Made up", "action cd": "N"}
    days = {"add dt": datetime(2002, 7, 1), "act eff dt": 20020701, "term dt": "20261231"}
    sheet.append([(row | days).get(name) for name in hcpcs.HEADER])
    book.save(tmp_path / "HCPC2026_OCT_ANWEB.xlsx")
    archive = as_archive(tmp_path / "HCPC2026_OCT_ANWEB.xlsx")
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("HCPC2026_OCT_ANWEB.txt", "A layout of tomorrow\n")
        packed.writestr("HCPC2026_recordlayout.txt", "HCPC  1-5\nSEQNUM  6-10\n")
    assert loaded(archive).release.rows == 1
    found = lookups.level_two_of("A9999", date(2026, 11, 1))
    assert found is not None
    assert (found.added, found.starts, found.ends) == (date(2002, 7, 1), date(2002, 7, 1), date(2026, 12, 31))


# NCCI -----------------------------------------------------------------------------------------

PAIRS = """\
A NOTICE\t\t\t\t\t\t
Column1/Column2 Edits\t\t\t\t\t\t
Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale
\t\tprior to 1996\tDate\tDate\t0=not allowed\t
\t\t\t\t*=no data\t1=allowed\t
\t\t\t\t\t9=not applicable\t
13121\t13120\t\t19960101\t19960101\t9\tCPT Manual or CMS manual coding instruction
13121\t13120\t*\t19960101\t*\t0\tCPT Manual or CMS manual coding instruction
17000\t17281\t\t19990701\t20041231\t1\tMutually exclusive procedures
17000\t17281\t\t19990701\t19990701\t9\tHCPCS/CPT procedure code definition
"""


def test_a_pair_may_have_two_rows_of_one_first_day_one_of_them_never_in_force(tmp_path: Path, loaded: Loaded) -> None:
    path = tmp_path / "ccipra-v322r0-f1.TXT"
    path.write_text(PAIRS.replace("\n", "\r\n"), encoding="latin-1")
    release = loaded(path).release
    assert (release.label, release.setting, release.rows) == ("2026 Q3", "practitioner", 4)
    (edit,) = lookups.edits_among(["13121", "13120"], DAY)
    assert (edit.indicator, edit.ends) == (0, None)
    for day, indicators in ((date(2004, 12, 31), [1]), (date(2005, 1, 1), []), (date(1999, 7, 1), [1])):
        assert [one.indicator for one in lookups.edits_among(["17000", "17281"], day)] == indicators


def test_units_of_a_setting_as_they_are_published(tmp_path: Path, loaded: Loaded) -> None:
    path = tmp_path / "MCR_MUE_OutpatientHospitalServices_Eff_07-01-2026.csv"
    captions = '"HCPCS/\nCPT Code",Outpatient Hospital Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
    path.write_text(f'"A NOTICE. \n\nMore of it.",,,\n{captions}20983,1,2 Date of Service Edit: Policy,CMS Policy\n')
    release = loaded(path).release
    assert (release.label, release.setting) == ("2026 Q3", "hospital")
    assert lookups.units_of(["20983"], DAY, "hospital")["20983"].indicator == 2


@pytest.mark.parametrize("name", ["AOC_DelDT", "AOC_DelDT (Julian)"])
def test_add_ons_hold_until_the_day_on_which_they_are_deleted(tmp_path: Path, loaded: Loaded, name: str) -> None:
    captions = ("AOC_Edit_Type", "Add-On_Code", name, "Primary_Code", "Primary_Code_DelDT", "AOC_Edit_EffDT",
                "AOC_Edit_DelDT", "Special_Instruction_Notes")  # fmt: skip
    row = ("1", "33141", "", "33400", "", "2013091", "2026090", "")
    path = tmp_path / "AOC_V2026Q2-MCR.txt"
    path.write_text("A NOTICE\n" + "\t".join(captions) + "\n" + "\t".join(row) + "\n")
    assert loaded(path).release.label == "2026 Q2"
    assert list(lookups.addons_of(["33141"], date(2026, 3, 31))) == ["33141"]
    assert lookups.addons_of(["33141"], date(2026, 4, 1)) == {}


# ICD-10-CM ------------------------------------------------------------------------------------

TREE = """\
<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2026</version>
  <introduction><introSection type="title"><title>Made up</title></introSection></introduction>
  <chapter>
    <name>17</name>
    <desc>Things made up (Q00-QA0)</desc>
    <excludes2><note>what else is made up (P00-P09)</note></excludes2>
    <sectionIndex><sectionRef first="Q00" last="Q07" id="Q00-Q07">Some</sectionRef></sectionIndex>
    <section id="Q00-Q07">
      <desc>Some</desc>
      <excludes1><note>one thing (Q10.-)</note><note>another (Q11.0)</note></excludes1>
      <useAdditionalCode><note>code for its cause (Z77.-)</note></useAdditionalCode>
      <diag><name>Q00</name><desc>One</desc>
        <excludes1><note>nothing like it (Q01.-)</note></excludes1>
        <diag><name>Q00.0</name><desc>One of it</desc></diag>
      </diag>
    </section>
    <section id="QA0">
      <desc>More</desc>
      <includes><note>more of it</note></includes>
      <diag><name>QA0</name><desc>Two</desc>
        <includes><note>two of it</note></includes>
        <diag><name>QA0.0101</name><desc>Two of it</desc></diag></diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"""


@pytest.fixture
def tree(tmp_path: Path, loaded: Loaded) -> None:
    path = tmp_path / "icd10cm-tabular-April-1-2026.xml"
    path.write_text(TREE)
    loaded(path)


def test_what_holds_for_a_section_and_a_chapter_holds_for_each_of_their_codes(tree: None) -> None:
    found = lookups.notes_of("Q00.0", DAY)
    assert [(note.pointed, note.kind) for note in found] == [
        ("Q00", "excludes1"),
        ("Q00-Q07", "excludes1"),
        ("Q00-Q07", "excludes1"),
        ("Q00-Q07", "use-additional"),
        ("Q00-QA0", "excludes2"),
    ]
    assert [note.text for note in found[1:3]] == ["one thing (Q10.-)", "another (Q11.0)"]
    assert [(note.pointed, note.text) for note in lookups.notes_of("QA0.0101", DAY)] == [
        ("QA0", "two of it"),
        ("QA0-QA0", "more of it"),
        ("Q00-QA0", "what else is made up (P00-P09)"),
    ]
    assert lookups.notes_among(["Q00.0", "QA0.0101"], DAY) == {
        "Q00": [
            ("excludes1", "nothing like it (Q01.-)"),
            ("excludes1", "one thing (Q10.-)"),
            ("excludes1", "another (Q11.0)"),
            ("use-additional", "code for its cause (Z77.-)"),
            ("excludes2", "what else is made up (P00-P09)"),
        ],
        "QA0": [
            ("includes", "two of it"),
            ("includes", "more of it"),
            ("excludes2", "what else is made up (P00-P09)"),
        ],
    }
