"""Which edition a file is: told by its names and its text, asked where these do not say it or say two things."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from datasets.kinds.base import quarter_of
from datasets.kinds.icd10 import fiscal_year
from datasets.loading import Said, Untold, quarter_said, recognise
from datasets.making import MAKERS
from datasets.models import Release
from tests.archives import archive
from tests.datasets.conftest import Loaded, Made


def label(path: Path) -> str:
    """The edition that a file is taken for."""
    return recognise(path)[0].edition.label


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("mue-2026q1.csv", "2026 Q1"),
        ("Q3 2025", "2025 Q3"),
        ("HCPC2026_APR_ANWEB.txt", "2026 Q2"),
        ("in force from January 1, 2026", "2026 Q1"),
        ("October 2025", "2025 Q4"),
        ("MCR_MUE_PractitionerServices_Eff_07-01-2025.csv", "2025 Q3"),
        ("MCR_MUE_Eff_00-01-2025.csv", None),
        ("2026 marginal costs", None),
        ("2026-decisions", None),
        ("copyright 2025", None),
    ],
)
def test_a_quarter_is_told_by_its_number_its_month_or_its_first_day(text: str, quarter: str | None) -> None:
    found = quarter_of(text)
    assert (found[1] if found else None) == quarter


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("icd10cm-order-2026.txt", "FY 2026"),
        ("icd10cm-tabular-April-2026.xml", "FY 2026, April"),
        ("april-1-2026-code-descriptions-tabular-order.zip", "FY 2026, April"),
        ("october-1-2025-code-descriptions.zip", "FY 2026"),
        ("2026_update_apr.txt", "FY 2026, April"),
        ("paprika-2026.txt", "FY 2026"),
        ("icd10cm-20260401.txt", None),
    ],
)
def test_a_fiscal_year_and_its_april_are_told(text: str, year: str | None) -> None:
    found = fiscal_year(text)
    assert (found[1] if found else None) == year


def test_a_quarter_is_said_as_people_write_it() -> None:
    said = [quarter_said(text) for text in ("2026Q1", "FY2026", "fy 2026 April", "soon")]
    assert [one and one[1] for one in said] == ["2026 Q1", "FY 2026", "FY 2026, April", None]


def test_april_stands_beside_october_whichever_name_tells_it(made: Made, loaded: Loaded, tmp_path: Path) -> None:
    october = made("icd10-order", 300)
    loaded(october)
    member = made("icd10-order", 50, seed=2).read_bytes()
    april = tmp_path / "april-1-2026-code-descriptions-tabular-order.zip"
    april.write_bytes(archive({october.name: member}))
    assert loaded(april).release.label == "FY 2026, April"
    assert sorted((one.label, one.rows) for one in Release.objects.all()) == [("FY 2026", 300), ("FY 2026, April", 50)]


def test_april_notes_are_told_by_their_name_beside_the_version_of_the_year(made: Made) -> None:
    assert label(made("icd10-tabular", 30, name="icd10cm-tabular-April-2026.xml")) == "FY 2026, April"


def test_april_notes_are_told_by_their_text(made: Made) -> None:
    path = made("icd10-tabular", 30)
    path.write_text(path.read_text().replace("<version>2026<", "<version>2026 April 1, 2026<"))
    assert label(path) == "FY 2026, April"


DIFFERENT = {
    "mue": ("mue-practitioner-2026q3.csv", "its name says 2026 Q3 and its text says 2026 Q1"),
    "rvu": ("pprrvu2026_jul_nonqpp.csv", "its name says 2026 Q3 and its text says 2026 Q1"),
    "icd10-tabular": ("icd10cm-tabular-2027.xml", "its name says FY 2027 and its text says FY 2026"),
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_a_name_and_a_text_that_disagree_are_asked_about(made: Made, kind: str) -> None:
    name, why = DIFFERENT[kind]
    path = made(kind, 30)
    path = path.rename(path.with_name(name))
    with pytest.raises(Untold, match=f"{name}: .*, but {why}; say which quarter."):
        recognise(path)
    (found,) = recognise(path, said=Said(quarter=quarter_said("2026Q3")))
    assert found.edition.label == "2026 Q3"


def test_names_of_an_archive_and_its_member_that_disagree_are_asked_about(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "edits-2026q2.zip"
    path.write_bytes(archive({"ccipra-v320r0-f1.txt": made("ptp", 30).read_bytes()}))
    with pytest.raises(Untold, match="the name of the archive says 2026 Q2 and its name says 2026 Q1"):
        recognise(path)


def test_the_command_says_where_they_disagree_and_takes_what_is_said(
    made: Made, db: None, capfd: pytest.CaptureFixture[str]
) -> None:
    path = made("mue", 30)
    call_command("load_dataset", str(path))
    renamed = str(path.rename(path.with_name("mue-practitioner-2026q3.csv")))
    with pytest.raises(CommandError, match="say which quarter"):
        call_command("load_dataset", renamed)
    call_command("load_dataset", renamed, quarter="2026Q3")
    assert "the same file is loaded as Medically unlikely edits, practitioner, 2026 Q1 too" in capfd.readouterr().out


def test_two_files_of_one_edition_are_refused_before_either_is_loaded(made: Made, db: None) -> None:
    paths = [str(made("mue", 30)), str(made("mue", 30, seed=2, name="corrected-2026q1.csv"))]
    with pytest.raises(CommandError, match=r"corrected-2026q1\.csv are both Medically unlikely edits, 2026 Q1"):
        call_command("load_dataset", *paths)
    assert not Release.objects.exists()
    call_command("load_dataset", paths[0], paths[0])
    assert Release.objects.get().rows == 30


def test_what_a_file_takes_the_place_of_is_told(made: Made, loaded: Loaded) -> None:
    assert loaded(made("mue", 40)).remarks == ()
    assert loaded(made("mue", 30, seed=2)).remarks == (f"it took the place of 40 rows from {MAKERS['mue'][1]}",)


@pytest.mark.parametrize(
    ("name", "quarter"),
    [
        ("ccipra-v260r0-f1.txt", "2020 Q1"),
        ("ccipra-v320r0-f1.txt", "2026 Q1"),
        ("ccipra-v313r1-f2.txt", "2025 Q4"),
        ("ccipra-v32.2-f4.txt", "2026 Q3"),
    ],
)
def test_the_version_in_the_name_of_edits_tells_their_quarter(made: Made, name: str, quarter: str) -> None:
    assert label(made("ptp", 30, name=name)) == quarter


def test_the_days_of_edits_do_not_tell_their_quarter(made: Made) -> None:
    for name in ("ccipra-f1.txt", "ccipra-v32-f1.txt", "ccipra-v324r0-f1.txt"):
        with pytest.raises(Untold, match="neither its text nor its name says which quarter; say it"):
            recognise(made("ptp", 30, name=name))


@pytest.mark.parametrize(
    ("name", "quarter"),
    [
        ("PPRRVU25_JAN.csv", "2025 Q1"),
        ("PPRRVU25_OCT.csv", "2025 Q4"),
        ("rvu25a.csv", "2025 Q1"),
        ("RVU25DR.csv", "2025 Q4"),
        ("PPRRVU2026_Apr_nonQPP.csv", "2026 Q2"),
        ("values.csv", "2025 Q3"),
    ],
)
def test_a_fee_schedule_tells_its_quarter_by_its_first_line_and_its_name(made: Made, name: str, quarter: str) -> None:
    path = made("rvu", 30, name="pprrvu2025_jul.csv")
    lines = path.read_text().splitlines(keepends=True)
    assert lines[0].startswith(",,2025 National Physician Fee Schedule Relative Value File July Release")
    if name != "values.csv":
        lines[0] = "\n"
    renamed = path.with_name(name)
    renamed.write_text("".join(lines))
    assert label(renamed) == quarter


def test_the_first_day_of_april_is_in_april() -> None:
    found = fiscal_year("april-1-2026.zip")
    assert found is not None
    assert found[0] == date(2026, 4, 1)
