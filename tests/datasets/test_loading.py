"""Loading files: recognised by their content, whole or not at all, the older edition live meanwhile."""

import random
import re
import zipfile
from collections.abc import Callable
from datetime import date
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from datasets import store
from datasets.kinds import KIND, KINDS
from datasets.loading import Outcome, load, quarter_said, recognise
from datasets.making import MAKERS, codes, ptp_rows
from datasets.models import Release
from datasets.sources import Unreadable
from tests.datasets.conftest import Loaded, Made
from tests.public_files import addon, diagnosis, public_file, units, values

FREE = [kind for kind in MAKERS if kind != "cpt"]


def test_every_kind_has_a_maker_and_every_maker_a_kind() -> None:
    assert set(MAKERS) == set(KIND)


@pytest.mark.parametrize("kind", FREE)
def test_a_file_is_recognised_by_its_content(made: Made, kind: str) -> None:
    (found,) = recognise(made(kind))
    assert found.kind.id == kind
    assert found.edition.in_force_from == date(2025, 10, 1) if kind.startswith("icd10") else date(2026, 1, 1)


@pytest.mark.parametrize("kind", FREE)
def test_no_two_kinds_know_the_same_file(made: Made, kind: str) -> None:
    (found,) = recognise(made(kind))
    assert [other.id for other in KINDS if other.knows(found.source)] == [kind]


@pytest.mark.parametrize("kind", FREE)
def test_a_file_is_loaded_once(made: Made, loaded: Loaded, kind: str) -> None:
    path = made(kind)
    first, again = loaded(path), loaded(path)
    assert (first.status, again.status) == ("loaded", "already loaded")
    assert first.rows == again.rows > 0
    assert Release.objects.count() == 1


def test_every_pair_of_a_file_is_there(made: Made, loaded: Loaded) -> None:
    release = loaded(made("ptp", 500)).release
    made_up = list(ptp_rows(500))
    code_of = {int(code, 36): code for row in made_up for code in row[:2]}
    rows = store.select(
        release.place, "SELECT column1, column2, starts FROM edits JOIN terms ON terms.id = edits.terms"
    )
    found = {(code_of[one], code_of[two], str(starts)) for one, two, starts in rows}
    assert found == {(one, two, starts) for one, two, _, starts, *_ in made_up}


def test_the_zip_as_it_is_downloaded_is_read_and_its_spreadsheet_left(made: Made, tmp_path: Path) -> None:
    text = made("ptp", name="ccipra-v320r0-f1.txt")
    archive = tmp_path / "medicare-ncci-2026q1-practitioner.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(text, text.name)
        file.writestr("ccipra-v320r0-f1.xlsx", b"the same as a spreadsheet, with fewer rows")
    (found,) = recognise(archive)
    assert found.source.member == text.name
    assert found.edition.label == "2026 Q1"


@pytest.mark.parametrize("kind", [kind.id for kind in KINDS if kind.takes_sheets])
def test_a_spreadsheet_gives_the_rows_of_the_text(made: Made, loaded: Loaded, tmp_path: Path, kind: str) -> None:
    said = []
    for form in (None, "xlsx"):
        out = StringIO()
        call_command("make_dataset", kind, str(tmp_path), rows=60, form=form, stdout=out)
        release = loaded(Path(out.getvalue().strip())).release
        said.append(
            [store.select(release.place, f"SELECT * FROM {one.name} ORDER BY 1, 2") for one in KIND[kind].tables]
        )
        release.delete()
    assert said[0] == said[1]
    assert said[0][0]


def test_a_file_that_comes_as_text_only_is_made_as_no_sheet(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no table"):
        call_command("make_dataset", "icd10-order", str(tmp_path), form="xlsx", stdout=StringIO())
    with pytest.raises(CommandError, match="is no table; it is published as a text only"):
        call_command("make_dataset", "hcpcs", str(tmp_path), name="anweb.txt", form="xlsx", stdout=StringIO())


@pytest.mark.parametrize("kind", FREE)
def test_what_is_made_packed_is_loaded(loaded: Loaded, tmp_path: Path, kind: str) -> None:
    out = StringIO()
    call_command("make_dataset", kind, str(tmp_path), rows=30, form="zip", stdout=out)
    assert loaded(Path(out.getvalue().strip())).rows
    assert [path.suffix for path in tmp_path.iterdir() if path.is_file()] == [".zip"]


@pytest.mark.parametrize(
    ("kind", "name", "label"),
    [
        ("rvu", "PPRRVU25_JAN.csv", "2025 Q1"),
        ("rvu", "pprrvu2026_jul_qpp.csv", "2026 Q3"),
        ("mue", "mue-2025q4.csv", "2025 Q4"),
        ("icd10-tabular", "icd10cm-tabular-2025.xml", "FY 2025"),
    ],
)
def test_a_file_is_made_of_the_edition_that_its_name_tells(tmp_path: Path, kind: str, name: str, label: str) -> None:
    call_command("make_dataset", kind, str(tmp_path), rows=30, name=name, stdout=StringIO())
    (found,) = recognise(tmp_path / name)
    assert found.edition.label == label
    if kind == "rvu":
        columns = (tmp_path / name).read_text().splitlines()[-1].count(",") + 1
        assert columns == (31 if "25" in name else 32)


def test_the_maker_makes_no_file_that_is_refused(tmp_path: Path) -> None:
    for kind, rows in (("icd10-order", 100_000), ("mue", 300_000), ("hcpcs", 40_000)):
        with pytest.raises(CommandError, match=r"at most|can be made"):
            call_command("make_dataset", kind, str(tmp_path), rows=rows, stdout=StringIO())


def test_the_largest_order_file_is_loaded(made: Made, loaded: Loaded) -> None:
    assert loaded(made("icd10-order", 99_999)).rows == 99_999


def test_no_code_is_made_that_stands_for_any(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    numbers = iter([0, 1, 2])
    monkeypatch.setattr(chance, "randrange", lambda most: next(numbers))
    monkeypatch.setattr(chance, "random", lambda: 0.0)
    monkeypatch.setattr("datasets.making.random.Random", lambda seed: chance)
    assert codes(2) == ["00001", "00002"]


#: A kind of file, a line of it, and one that says something else of the same thing.
CONTRADICTIONS = {
    "mue": (units("20983", 1), units("20983", 5)),
    "rvu": (values("20983", "26", days="000"), values("20983", "26", days="090")),
    "addons": (addon("77002", "20983"), addon("77002", "20983") + "other days"),
    "icd10-order": (diagnosis("Z998", "One"), diagnosis("Z998", "Another")),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_two_lines_that_contradict_each_other_are_refused_with_both_lines(
    tmp_path: Path, db: None, place: Path, kind: str
) -> None:
    path = public_file(tmp_path, kind, *CONTRADICTIONS[kind], rows=40)
    last = path.read_bytes().count(b"\n")
    with pytest.raises(Unreadable, match=f"line {last}, the line: it does not say the same as line {last - 1}, of"):
        load(recognise(path)[0], at=timezone.now())
    assert not Release.objects.exists()
    assert not store.places()


def twice(outcome: Outcome) -> int:
    """How many rows are said to have been there before."""
    return sum(int(told[1]) for one in outcome.remarks if (told := re.match(r"(\d+) rows? (was|were) there", one)))


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_a_line_that_is_there_twice_is_kept_once_and_counted(tmp_path: Path, db: None, kind: str) -> None:
    line, _ = CONTRADICTIONS[kind]
    outcome = load(recognise(public_file(tmp_path, kind, line, line, rows=40))[0], at=timezone.now())
    once = load(recognise(public_file(tmp_path, kind, line, rows=40))[0], at=timezone.now())
    assert twice(outcome) == twice(once) + 1
    assert outcome.rows == once.rows


def test_modifiers_that_contradict_each_other_are_refused_though_they_are_few(made: Made, loaded: Loaded) -> None:
    path = made("hcpcs", 30)
    lines = path.read_bytes().splitlines(keepends=True)
    again = next(line for line in lines if line.startswith(b"   LT"))
    path.write_bytes(b"".join([*lines, again]))
    assert twice(loaded(path)) == 1
    path.write_bytes(b"".join([*lines, again.replace(b",20150101", b",20160101")]))
    with pytest.raises(Unreadable, match="does not say the same as line 2"):
        loaded(path)


def test_edits_that_are_there_twice_are_counted_over_the_parts_of_a_quarter(made: Made, loaded: Loaded) -> None:
    first, second = made("ptp", 200, name="ccipra-2026q1-f1.txt"), made("ptp", 90, name="ccipra-2026q1-f2.txt", seed=2)
    lines = first.read_bytes().splitlines(keepends=True)
    before = loaded(first)
    assert twice(before) == 200 - before.rows
    second.write_bytes(second.read_bytes() + b"".join(lines[-3:]))
    outcome = loaded(second)
    assert twice(outcome) == before.rows + 93 - outcome.rows >= 3


def test_two_notes_in_one_place_are_refused_with_their_code(made: Made, loaded: Loaded) -> None:
    path = made("icd10-tabular", 30)
    note = "<diag><name>Z99</name><desc>x</desc><excludes1><note>{}</note></excludes1></diag>\n"
    end = "</section>"
    again = note.format("one") + note.format("one")
    text = path.read_text()
    path.write_text(text.replace(end, again + end))
    assert twice(loaded(path)) == 3  # the note, and that the category belongs to a section and a chapter
    path.write_text(text.replace(end, note.format("one") + note.format("two") + end))
    with pytest.raises(Unreadable, match="has two different notes for Z99 excludes1 1"):
        loaded(path)


#: A line of a file with a number that is none, and what is said of it.
NUMBERS = {
    "mue": ("value", units("20983", 1), ",1,", (",99999999999999999999,", ",1000000,", ",-1,", ",1_0,", ",²,", ",,")),
    "rvu": (
        "WORK RVU",
        values("20983", work=7.03),
        ",7.03,",
        (",nan,", ",inf,", ",1_0,", ",-5,", ",1e3,", ",+1,", ",٣,", ",.,", ",1000000,", ",0.1234567890123,"),
    ),
}


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind, (*_, numbers) in NUMBERS.items() for number in numbers]
)
def test_a_number_that_is_none_or_too_large_is_refused_with_its_line(
    tmp_path: Path, db: None, kind: str, number: str
) -> None:
    column, line, good, _ = NUMBERS[kind]
    path = public_file(tmp_path, kind, line, rows=40)
    changed = line.replace(good, number)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(line.encode(), changed.encode()))
    last = path.read_bytes().count(b"\n")
    with pytest.raises(Unreadable, match=rf"line {last}, {column}: “.*” is (not a|more than)"):
        load(recognise(path)[0], at=timezone.now())
    assert not Release.objects.exists()


@pytest.mark.parametrize("encoding", ["gb2312", "utf-99", "utf-16", "shift_jis"])
def test_notes_in_an_encoding_that_is_not_known_are_refused_by_name(made: Made, loaded: Loaded, encoding: str) -> None:
    path = made("icd10-tabular", 30)
    path.write_bytes(path.read_bytes().replace(b'encoding="utf-8"', f'encoding="{encoding}"'.encode()))
    with pytest.raises(Unreadable, match=f"{path.name} is not XML that can be read"):
        loaded(path)


def test_a_primary_code_that_would_stand_for_any_is_refused(tmp_path: Path, db: None) -> None:
    path = public_file(tmp_path, "addons", addon("77002", "00000"), rows=10)
    with pytest.raises(Unreadable, match="'00000' is no code"):
        load(recognise(path)[0], at=timezone.now())


def test_the_files_of_a_quarter_are_put_together(made: Made, loaded: Loaded) -> None:
    first = loaded(made("ptp", 200, name="ccipra-2026q1-f1.txt")).rows
    outcome = loaded(made("ptp", 200, name="ccipra-2026q1-f2.txt", seed=2))
    assert first < outcome.rows <= 400
    assert len(outcome.release.files) == 2
    assert Release.objects.count() == 1


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "an empty line": lambda data: data + b"\r\n",
    "nothing for a star": lambda data: re.sub(rb"(\d{8})\t\*\t", rb"\1\t\t", data),
    "blanks around days": lambda data: data.replace(b"\t20", b"\t 20", 50).replace(b"0101\t", b"0101 \t", 50),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_pairs_written_in_another_way_are_there_once(made: Made, loaded: Loaded, change: str) -> None:
    path = made("ptp", 300)
    before = loaded(path)
    other = path.with_name("ccipra-2026q1-f2.txt")
    other.write_bytes(CHANGES[change](path.read_bytes()))
    after = loaded(other)
    assert (after.status, after.rows) == ("loaded", before.rows)
    assert store.select(after.release.place, "SELECT count(*), count(DISTINCT id), max(id) FROM terms") == [
        (terms := len({row[2:] for row in ptp_rows(300)}), terms, terms)
    ]


def test_a_day_of_long_ago_is_taken_as_it_stands(made: Made, loaded: Loaded) -> None:
    path = made("ptp", 20)
    path.write_bytes(re.sub(rb"\t\d{8}\t\*\t", b"\t09990101\t*\t", path.read_bytes(), count=1))
    starts = store.select(loaded(path).release.place, "SELECT starts FROM terms WHERE starts < 10000000")
    assert starts == [(9990101,)]


def test_a_corrected_file_takes_the_place_of_the_one_before(made: Made, loaded: Loaded, place: Path) -> None:
    loaded(made("mue", 200))
    outcome = loaded(made("mue", 90, seed=2))
    assert outcome.rows == 90
    assert Release.objects.get().files == outcome.release.files
    assert len(outcome.release.files) == 1


@pytest.mark.parametrize("known", [True, False], ids=["another part is there", "nothing is there"])
def test_of_two_loads_at_once_the_second_is_refused_and_leaves_the_first(
    made: Made, loaded: Loaded, place: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    if known:
        loaded(made("ptp", 100, name="ccipra-2026q1-f1.txt"))
    late = recognise(made("ptp", 100, name="ccipra-2026q1-f3.txt", seed=3))[0]
    build = store.build

    def meanwhile(*args: Any, **kwargs: Any) -> dict[str, int]:
        monkeypatch.setattr(store, "build", build)
        loaded(made("ptp", 100, name="ccipra-2026q1-f2.txt", seed=2))
        return build(*args, **kwargs)

    monkeypatch.setattr(store, "build", meanwhile)
    with pytest.raises(Unreadable, match="loaded meanwhile"):
        load(late, at=timezone.now())
    release = Release.objects.get()
    assert "f2" in release.files[-1]["name"]
    assert store.select(release.place, "SELECT count(*) FROM edits") == [(release.rows,)]


def test_edits_that_were_loaded_before_their_tables_changed_are_forgotten(
    made: Made, loaded: Loaded, place: Path
) -> None:
    edits, units = loaded(made("ptp", 50)).release, loaded(made("mue", 50)).release
    assert store.places() == {edits.place, units.place}
    import_module("datasets.migrations.0002_edits_by_their_terms").forget_edits(apps, None)
    assert Release.objects.get() == units
    assert store.places() == {units.place}
    assert loaded(made("ptp", 50)).status == "loaded"


def test_the_file_of_an_older_build_goes(made: Made, place: Path, transactional_db: None) -> None:
    for rows in (200, 90):
        load(recognise(made("mue", rows))[0], at=timezone.now())
    assert store.places() == {Release.objects.get().place}


def test_quarters_stand_side_by_side(made: Made, loaded: Loaded) -> None:
    for name in ("mue-practitioner-2026q1.csv", "mue-practitioner-2026q2.csv"):
        path = made("mue", 50, name=name)
        path.write_bytes(path.read_bytes().replace(b"2026 Q1", name[17:23].encode()))
        loaded(path)
    found = Release.objects.of("mue", "practitioner")
    assert [one.label for one in found] == ["2026 Q2", "2026 Q1"]
    assert found.on(date(2026, 3, 31)).label == "2026 Q1"  # type: ignore[union-attr]
    assert found.on(date(2025, 12, 31)) is None


@pytest.mark.parametrize("kind", FREE)
def test_a_kind_whose_rows_have_days_answers_for_the_time_before_its_first_file(
    made: Made, loaded: Loaded, kind: str
) -> None:
    first = loaded(made(kind, 50)).release
    found = Release.objects.of(kind, first.setting)
    assert found.on(first.in_force_from) == first
    assert found.on(date(1990, 1, 1)) == (first if kind in ("ptp", "addons", "hcpcs") else None)


def test_of_two_files_the_earlier_answers_for_the_time_before_both(made: Made, loaded: Loaded) -> None:
    earlier, later = (loaded(made("ptp", 50, name=f"ccipra-2026q{n}-f1.txt")).release for n in (1, 2))
    found = Release.objects.of("ptp", "practitioner")
    assert [found.on(day) for day in (date(2015, 1, 1), date(2026, 2, 1), date(2027, 1, 1))] == [
        earlier,
        earlier,
        later,
    ]


def test_a_header_that_is_not_known_stops_it_and_shows_the_difference(made: Made) -> None:
    path = made("addons", 20)
    path.write_text(path.read_text().replace("Add-On_Code", "AddOnCode"))
    with pytest.raises(Unreadable, match="column 2 is “addoncode” where “add-on_code” is known"):
        recognise(path)


def test_one_more_column_is_told(made: Made) -> None:
    path = made("addons", 20)
    path.write_text(path.read_text().replace("Special_Instruction_Notes", "Special_Instruction_Notes\tMore"))
    with pytest.raises(Unreadable, match="9 columns where 8 are known"):
        recognise(path)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b"\t1\t", b"\t7\t", "modifier indicator: “7” is none of 0, 1 and 9"),
        (b"\t1\t", b"\t1\tmore\t", "it has 8 columns where 7 are known"),
    ],
)
def test_a_line_that_cannot_be_read_leaves_the_older_edition(
    made: Made, loaded: Loaded, place: Path, before: bytes, after: bytes, said: str
) -> None:
    good = loaded(made("ptp", 200, name="ccipra-2026q1-f1.txt")).release
    bad = made("ptp", 200, name="ccipra-2026q1-f2.txt", seed=2)
    lines = bad.read_bytes().split(b"\r\n")
    number = next(n for n, line in enumerate(lines) if before in line and n > 100)
    lines[number] = lines[number].replace(before, after)
    bad.write_bytes(b"\r\n".join(lines))
    with pytest.raises(Unreadable, match=said) as refused:
        loaded(bad)
    assert f"line {number + 1}, " in str(refused.value)
    assert Release.objects.get() == good
    assert store.places() == {good.place}
    assert not list(place.glob("*.building*"))


def test_a_line_is_told_by_its_number_in_the_file_behind_empty_ones(made: Made, loaded: Loaded) -> None:
    path = made("ptp", 50)
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([*lines[:20], b"", b"", *lines[20:40], lines[40].lower() + b"\t", *lines[41:]]))
    with pytest.raises(Unreadable, match="line 43, the line: it has 8 columns"):
        loaded(path)


@pytest.mark.parametrize("change", [(b"\t", b" ", 1), (b"\t", b"", 1), (b"\t", b"\t\t", 1)])
def test_a_line_whose_codes_do_not_end_with_a_tab_is_refused(
    made: Made, loaded: Loaded, change: tuple[bytes, bytes, int]
) -> None:
    path = made("ptp", 50)
    lines = path.read_bytes().split(b"\r\n")
    lines[30] = lines[30].replace(*change)
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(Unreadable, match="line 31, "):
        loaded(path)


def test_a_file_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague,\n")
    with pytest.raises(Unreadable, match="none of the files that can be loaded"):
        recognise(path)


def test_for_whom_edits_hold_has_to_be_said_where_no_name_does(made: Made) -> None:
    path = made("ptp", 50, name="edits.txt")
    with pytest.raises(Unreadable, match="for whom"):
        recognise(path)


def test_of_a_file_without_a_pair_the_quarter_has_to_be_said(made: Made) -> None:
    with pytest.raises(Unreadable, match="neither its text nor its name says which quarter; say it"):
        recognise(made("ptp", 0, name="ccipra.txt"))


def test_descriptors_need_a_licence(made: Made, settings: object) -> None:
    settings.CPT_LICENSE_REF = ""  # type: ignore[attr-defined]
    with pytest.raises(Unreadable, match="CPT_LICENSE_REF"):
        recognise(made("cpt"))
    settings.CPT_LICENSE_REF = "L-1"  # type: ignore[attr-defined]
    assert recognise(made("cpt"))[0].kind.id == "cpt"


def test_notes_with_a_document_type_are_refused(made: Made, loaded: Loaded) -> None:
    path = made("icd10-tabular", 30)
    text = path.read_text()
    path.write_text(text.replace("<ICD10CM.tabular>", '<!DOCTYPE x [<!ENTITY a "b">]>\n<ICD10CM.tabular>'))
    with pytest.raises(Unreadable, match="document type"):
        loaded(path)
    assert not Release.objects.exists()


def test_the_command_says_what_became_of_each_file(made: Made, db: None, capfd: pytest.CaptureFixture[str]) -> None:
    paths = [str(made(kind)) for kind in ("mue", "icd10-order")]
    call_command("load_dataset", *paths)
    said = capfd.readouterr().out
    assert "loaded; mue practitioner 2026 Q1 has 300 rows" in said
    rows = 300 + Release.objects.get(kind="icd10-order").rows
    assert re.search(rf"^{rows} rows in .* rows a second$", said, re.M)  # not those of the search
    assert re.search(rf"^{rows - 300} codes can be searched, after .* s more$", said, re.M)


def test_what_was_loaded_before_a_file_that_cannot_be_read_is_searched(made: Made, db: None) -> None:
    bad = made("addons", 20)
    bad.write_bytes(bad.read_bytes() + b"4\t\r\n")
    with pytest.raises(CommandError, match="is none of 1, 2 and 3"):
        call_command("load_dataset", str(made("icd10-order", 30)), str(bad))
    assert Release.objects.get(kind="search").rows == 30


def test_the_command_names_what_it_cannot_read(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match="is not there"):
        call_command("load_dataset", str(tmp_path / "nothing.txt"))
    with pytest.raises(CommandError, match="write it like 2026Q1"):
        call_command("load_dataset", __file__, "--quarter", "soon")


def test_the_maker_makes_the_same_file_for_the_same_seed(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        call_command("make_dataset", "ptp", str(tmp_path / folder), rows=100, stdout=StringIO())
    first, second = (next((tmp_path / folder).iterdir()).read_bytes() for folder in ("a", "b"))
    assert first == second


def test_another_file_of_one_name_is_not_added_to_a_quarter(made: Made, db: None) -> None:
    """What the two say differently would both be in force."""
    names = ("ccipra-v321r0-f1.txt", "ccipra-v321r0-f2.txt")
    first, second = (made("ptp", 100, name=name, seed=seed) for seed, name in enumerate(names))
    call_command("load_dataset", str(first), str(second))
    before = Release.objects.get(kind="ptp")
    mended = made("ptp", 90, name="ccipra-v321r1-f1.txt", seed=7)
    for again in (mended, made("ptp", 90, name=names[0], seed=7)):
        with pytest.raises(
            CommandError, match=r"has another file of this name. Remove NCCI procedure-to-procedure edits, .*2026 Q2"
        ):
            call_command("load_dataset", str(again))
        assert Release.objects.get(kind="ptp").build == before.build
    call_command("load_dataset", "--anew", str(mended), str(second))
    after = Release.objects.get(kind="ptp")
    assert [file["name"] for file in after.files] == ["ccipra-v321r1-f1.txt", names[1]]
    assert after.rows < before.rows


@pytest.mark.parametrize("text", ["junk 2031Q4", "12026Q1", "FY2026 May", "2026", "Q5 2026", ""])
def test_what_is_said_of_a_quarter_is_nothing_else(text: str) -> None:
    assert quarter_said(text) is None


def test_for_whom_a_file_is_cannot_be_said_otherwise_than_it_says_itself(made: Made, db: None) -> None:
    path = str(made("ptp", 20))
    with pytest.raises(CommandError, match="says that it is for practitioner, and you say for hospital"):
        call_command("load_dataset", "--setting", "hospital", path)
    call_command("load_dataset", "--setting", "practitioner", path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rows": 0}, "--rows: at least 1"),
        ({"name": "../evil.txt"}, "is no name of a file"),
        ({"folder": "a file"}, "File exists"),
    ],
)
def test_what_cannot_be_made_is_told(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    (tmp_path / "a file").touch()
    folder = tmp_path / options.pop("folder", "made")
    with pytest.raises(CommandError, match=said):
        call_command("make_dataset", "mue", str(folder), **options, stdout=StringIO())


def test_a_folder_is_not_loaded(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match="is a folder; name the files in it"):
        call_command("load_dataset", str(tmp_path))
