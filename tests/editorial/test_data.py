"""Public files from the desk: looked at, loaded in the background, removed."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from datasets import store
from datasets.loading import load, recognise
from datasets.making import MAKERS
from datasets.models import Release
from editorial import data_loads, uploads
from tests.archives import archive, bomb


def loaded() -> Release:
    """The only public file that is loaded; beside it lies the index of the search."""
    found: Release = Release.objects.exclude(kind="search").get()
    return found


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where files lie, each test's own."""
    settings.DATASETS_DIR, settings.IMPORTS_FOLDER = str(tmp_path / "datasets"), str(tmp_path / "imports")
    yield tmp_path
    store.close()


def made(folder: Path, kind: str, rows: int = 60, *, name: str = "", seed: int = 1) -> SimpleUploadedFile:
    """A file of a kind as a browser sends it."""
    maker, usual = MAKERS[kind]
    path = folder / "made"
    maker(path, rows, seed)
    return SimpleUploadedFile(name or usual, path.read_bytes())


def sent(client: Client, *files: SimpleUploadedFile) -> Any:
    """What sending files answers."""
    return client.post(reverse("data"), {"file": list(files)})


def confirmed(client: Client, shown: Any, **said: str) -> Any:
    """What confirming what was shown answers; a field that is asked for is named by its end."""
    forms = shown.context["asked"].values()
    fields = {form[name].html_name: value for form in forms for name, value in said.items() if name in form.fields}
    return client.post(reverse("data"), {"shown": shown.context["shown"], **fields}, follow=True)


def test_files_are_shown_first_and_loaded_when_that_is_confirmed(as_educator: Client, folder: Path) -> None:
    shown = sent(as_educator, made(folder, "mue"), made(folder, "addons"))
    assert "Medically unlikely edits, practitioner, 2026 Q1" in shown.text
    assert "2 of 2 files can be loaded" in shown.text
    assert not Release.objects.exists()
    answer = confirmed(as_educator, shown)
    assert answer.context["told"]["state"] == "done"
    assert "Medically unlikely edits, practitioner, 2026 Q1 has 60 rows" in answer.text
    assert {one.kind for one in Release.objects.all()} == {"mue", "addons"}


def test_who_loaded_a_file_is_noted_once_and_shown(as_educator: Client, educator: User, folder: Path) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "mue")))
    entry = AuditEntry.objects.get(verb="data loaded")
    assert entry.who == educator
    assert entry.after == {
        "data": "Medically unlikely edits, practitioner, 2026 Q1",
        "file": MAKERS["mue"][1],
        "rows": 60,
    }
    page = as_educator.get(reverse("data")).text
    assert f"by {educator}" in page
    assert loaded().files[0]["digest"][:12] in page
    assert "data loaded" in as_educator.get(reverse("trail")).text


def test_a_load_by_a_command_is_noted_too(folder: Path, db: None) -> None:
    made(folder, "mue")
    (folder / "made").rename(folder / "mue-practitioner-2026q1.csv")
    load(recognise(folder / "mue-practitioner-2026q1.csv")[0], at=timezone.now())
    assert AuditEntry.objects.get(verb="data loaded").who is None


def test_the_same_file_again_is_told_and_there_is_nothing_to_load(as_educator: Client, folder: Path) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "mue")))
    shown = sent(as_educator, made(folder, "mue"))
    assert "All of this is loaded already" in shown.text
    assert "Already loaded" in shown.text


def test_what_is_replaced_is_said_before(as_educator: Client, folder: Path) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "mue")))
    shown = sent(as_educator, made(folder, "mue", 40, seed=2))
    assert "Takes the place of what is loaded" in shown.text
    confirmed(as_educator, shown)
    assert loaded().rows == 40


def test_for_whom_is_asked_only_where_a_file_does_not_say_it(as_educator: Client, folder: Path) -> None:
    shown = sent(as_educator, made(folder, "ptp", name="edits-2026q1.txt"), made(folder, "mue"))
    (form,) = [form for one, form in shown.context["looked"] if one.untold]
    assert set(form.fields) == {"setting"}
    unsaid = confirmed(as_educator, shown)
    assert unsaid.status_code == 422
    assert "Say for whom it holds" in unsaid.text
    assert not Release.objects.exists()
    confirmed(as_educator, unsaid, setting="hospital")
    assert Release.objects.get(kind="ptp").setting == "hospital"


def test_the_quarter_is_asked_for_and_has_to_be_one(as_educator: Client, folder: Path) -> None:
    shown = sent(as_educator, made(folder, "icd10-order", name="order.txt"))
    assert confirmed(as_educator, shown, quarter="soon").status_code == 422
    confirmed(as_educator, shown, quarter="FY2026")
    assert loaded().in_force_from == date(2025, 10, 1)


def test_a_file_that_is_refused_is_named_with_the_reason_and_the_others_can_be_loaded(
    as_educator: Client, folder: Path
) -> None:
    header = made(folder, "addons").read().replace(b"Add-On_Code", b"AddOnCode")
    bad = SimpleUploadedFile("aoc-2026q1.txt", header)
    shown = sent(as_educator, bad, made(folder, "mue"), SimpleUploadedFile("x.zip", bomb("x.txt")))
    assert "column 2 is “addoncode” where “add-on_code” is known" in shown.text
    assert "one may have 400,000,000" in shown.text
    confirmed(as_educator, shown)
    assert [one.kind for one in Release.objects.all()] == ["mue"]


def test_where_nothing_can_be_loaded_the_answer_says_so(as_educator: Client, folder: Path) -> None:
    shown = sent(as_educator, SimpleUploadedFile("letter.txt", b"Dear colleague,"))
    assert shown.status_code == 422
    assert "Nothing here can be loaded" in shown.text
    assert '<button class="btn btn-primary">Load' not in shown.text


def test_a_line_that_cannot_be_read_refuses_the_file_with_its_place(as_educator: Client, folder: Path) -> None:
    data = made(folder, "mue").read().decode().splitlines(keepends=True)
    data[20] = data[20].partition(",")[0] + ",many,1 Line Edit,x\r\n"
    bad = SimpleUploadedFile("mue-practitioner-2026q1.csv", "".join(data).encode())
    answer = confirmed(as_educator, sent(as_educator, bad))
    assert answer.context["told"]["state"] == "refused"
    assert "value: “many” is not a whole number" in answer.text
    assert not Release.objects.exists()
    assert not AuditEntry.objects.filter(verb="data loaded").exists()


def test_another_file_of_a_name_that_is_loaded_is_refused_before_it_is_sent_on(
    as_educator: Client, folder: Path
) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "ptp")))
    answer = sent(as_educator, SimpleUploadedFile("ccipra-2026q1-f1.txt", made(folder, "ptp").read()[:-60]))
    assert answer.status_code == 422
    assert "has another file of this name. Remove NCCI procedure-to-procedure edits" in answer.text


def test_a_load_whose_files_are_gone_is_not_offered_again(as_educator: Client, folder: Path) -> None:
    """As when somebody goes back and presses Load twice: the first load took the files."""
    key = data_loads.begin([data_loads.Kept(file="0" * 64, name="gone.txt")], by=User.objects.get(username="educator"))
    assert data_loads.run(key, timezone.now()) == "gone"
    answer = as_educator.get(reverse("data_load", args=[key]))
    assert "Nothing left to load" in answer.text
    assert "they were loaded meanwhile, or sent too long ago" in answer.text
    assert "Load again" not in answer.text


def test_a_file_that_is_too_large_or_none_is_a_form_error(as_educator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("editorial.data_forms.MOST_BYTES", 100)
    for files in ([], [SimpleUploadedFile("x.txt", b"x" * 101)], [SimpleUploadedFile("x.txt", b"")]):
        assert sent(as_educator, *files).status_code == 422
    assert sent(as_educator, *[SimpleUploadedFile("x.txt", b"x")] * 13).status_code == 422


def test_what_was_shown_to_somebody_else_is_not_loaded(as_educator: Client, admin: User, folder: Path) -> None:
    shown = sent(as_educator, made(folder, "mue"))
    other = Client()
    other.force_login(admin)
    answer = other.post(reverse("data"), {"shown": shown.context["shown"]}, follow=True)
    assert "not to you" in answer.text
    assert not Release.objects.exists()


def test_the_list_asks_as_often_for_many_releases_as_for_one(as_educator: Client, folder: Path) -> None:
    counts = []
    for files in ([made(folder, "mue")], [made(folder, "addons"), made(folder, "rvu"), made(folder, "hcpcs")]):
        confirmed(as_educator, sent(as_educator, *files))
        as_educator.get(reverse("data"))
        with CaptureQueriesContext(connection) as queries:
            as_educator.get(reverse("data"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_note_of_one_page_is_none_of_another(as_educator: Client, folder: Path) -> None:
    shown = sent(as_educator, made(folder, "mue"))
    answer = as_educator.post(reverse("files"), {"shown": shown.context["shown"]}, follow=True)
    assert "Choose the file again" in answer.text


def test_nothing_to_load_is_not_loaded(as_educator: Client, folder: Path) -> None:
    shown = sent(as_educator, SimpleUploadedFile("letter.txt", b"Dear colleague,"))
    assert confirmed(as_educator, shown).status_code == 422
    assert data_loads.under_way() == []


# Which edition --------------------------------------------------------------------------------


def test_two_files_of_one_edition_are_told_before_anything_is_loaded(as_educator: Client, folder: Path) -> None:
    shown = sent(as_educator, made(folder, "mue"), made(folder, "mue", 40, seed=2, name="corrected-2026q1.csv"))
    fates = [row.fate for one, _ in shown.context["looked"] for row in one.rows]
    assert fates == ["new", "replaces"]
    assert f"before it comes <bdi>{MAKERS['mue'][1]}</bdi>, of the same edition" in shown.text
    confirmed(as_educator, shown)
    assert loaded().rows == 40


@pytest.mark.parametrize("name", [MAKERS["mue"][1], "copy-2026q1.csv"])
def test_the_same_file_twice_is_loaded_once(as_educator: Client, folder: Path, name: str) -> None:
    shown = sent(as_educator, made(folder, "mue"), made(folder, "mue", name=name))
    assert "1 of 2 files can be loaded" in shown.text
    assert "The same as another file here" in shown.text
    assert len(confirmed(as_educator, shown).context["told"]["done"]) == 1


def test_the_same_file_packed_and_unpacked_is_loaded_once(as_educator: Client, folder: Path) -> None:
    packed = SimpleUploadedFile("mue.zip", archive({MAKERS["mue"][1]: made(folder, "mue").read()}))
    shown = sent(as_educator, made(folder, "mue"), packed)
    assert "1 of 2 files can be loaded" in shown.text
    assert [row.fate for one, _ in shown.context["looked"] for row in one.rows] == ["new", "twice"]


def test_parts_of_one_quarter_are_added_to_each_other(as_educator: Client, folder: Path) -> None:
    parts = (made(folder, "ptp", seed=n, name=f"ccipra-v320r0-f{n}.txt") for n in (1, 2))
    shown = sent(as_educator, *parts)
    assert [row.fate for one, _ in shown.context["looked"] for row in one.rows] == ["new", "added"]


def test_the_one_before_is_loaded_again_where_another_comes_between(as_educator: Client, folder: Path) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "mue")))
    shown = sent(as_educator, made(folder, "mue", 40, seed=2), made(folder, "mue"))
    assert [row.fate for one, _ in shown.context["looked"] for row in one.rows] == ["replaces", "replaces"]


def test_a_quarter_that_the_file_says_wrong_can_be_corrected(as_educator: Client, folder: Path) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "icd10-order")))
    shown = sent(as_educator, made(folder, "icd10-order", 30, seed=2))
    assert "Takes the place of what is loaded" in shown.text
    assert '<details class="fold" open>' in shown.text
    wrong = confirmed(as_educator, shown, quarter="spring")
    assert wrong.status_code == 422
    assert "Write it like 2026Q1 or FY2026" in wrong.text
    confirmed(as_educator, wrong, quarter="FY2026 April")
    found = Release.objects.filter(kind="icd10-order")
    assert {(one.label, one.rows) for one in found} == {("FY 2026", 60), ("FY 2026, April", 30)}


@pytest.mark.parametrize("name", ["order.txt", "icd10cm-order-2027.txt"])
def test_what_was_not_shown_as_replaced_is_shown_again_first(as_educator: Client, folder: Path, name: str) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "icd10-order")))
    shown = sent(as_educator, made(folder, "icd10-order", 30, seed=2, name=name))
    again = confirmed(as_educator, shown, quarter="FY2026")
    assert "Look once more" in again.text
    assert "Takes the place of what is loaded" in again.text
    assert Release.objects.get(kind="icd10-order").rows == 60
    assert confirmed(as_educator, again).context["told"]["state"] == "done"
    assert Release.objects.get(kind="icd10-order").rows == 30


def test_for_whom_is_remembered_where_a_file_is_shown_again(as_educator: Client, folder: Path) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "rvu")))
    shown = sent(
        as_educator, made(folder, "ptp", name="edits.txt"), made(folder, "rvu", 30, seed=2, name="rvu27a_nonqpp.csv")
    )
    again = confirmed(as_educator, shown, quarter="2026Q1", setting="hospital")
    assert "Look once more" in again.text
    assert confirmed(as_educator, again).context["told"]["state"] == "done"
    assert Release.objects.get(kind="ptp").title.endswith("hospital, 2026 Q1")


def test_a_file_that_says_two_things_is_asked_about(as_educator: Client, folder: Path) -> None:
    renamed = made(folder, "mue")
    renamed.name = "mue-practitioner-2026q3.csv"
    shown = sent(as_educator, renamed)
    assert "its name says 2026 Q3 and its text says 2026 Q1" in shown.text
    confirmed(as_educator, shown, quarter="2026Q1")
    assert loaded().label == "2026 Q1"


def test_a_file_that_is_loaded_as_another_edition_is_told(as_educator: Client, folder: Path) -> None:
    confirmed(as_educator, sent(as_educator, made(folder, "icd10-order")))
    shown = sent(as_educator, made(folder, "icd10-order", name="icd10cm-order-2027.txt"))
    assert "The very same file is loaded as ICD-10-CM codes, FY 2026." in shown.text


# While it is at it --------------------------------------------------------------------------


@pytest.fixture
def key(as_educator: Client, educator: User, folder: Path) -> str:
    """A load that waits for a worker."""
    file = made(folder, "mue")
    return data_loads.begin([data_loads.Kept(file=uploads.put_aside(file.chunks()), name=file.name)], by=educator)


def test_the_page_of_a_load_renews_itself_with_and_without_script(as_educator: Client, key: str) -> None:
    page = as_educator.get(reverse("data_load", args=[key])).text
    assert "Waiting for the worker" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert "A load is waiting" in as_educator.get(reverse("data")).text
    data_loads.run(key, timezone.now())
    page = as_educator.get(reverse("data_load", args=[key])).text
    assert "rows read" in page
    assert "hx-trigger" not in page
    assert "http-equiv" not in page


def test_news_come_while_rows_are_read(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_loads, "PAUSE", 0)
    told, tell = list[dict[str, Any]](), uploads.tell
    monkeypatch.setattr(uploads, "tell", lambda key, news: (told.append(dict(news)), tell(key, news)))
    data_loads.run(key, timezone.now())
    assert [one["rows"] for one in told] == sorted(one["rows"] for one in told)
    assert {one["state"] for one in told} == {"running", "done"}
    assert told[-1]["rows"] == 60


def test_rows_of_the_search_are_told_by_themselves(as_educator: Client, folder: Path) -> None:
    answer = confirmed(as_educator, sent(as_educator, made(folder, "icd10-order")))
    told = answer.context["told"]
    assert (told["rows"], told["searched"]) == (60, 120)  # each is read and written
    assert "<b>120</b> codes read and written" in answer.text


def test_what_was_loaded_before_a_file_that_is_refused_is_searched(as_educator: Client, folder: Path) -> None:
    bad = SimpleUploadedFile("aoc-2026q1.txt", made(folder, "addons").read() + b"4\t\r\n")
    answer = confirmed(as_educator, sent(as_educator, made(folder, "icd10-order"), bad))
    assert answer.context["told"]["state"] == "refused"
    assert Release.objects.get(kind="search").rows == 60


def test_the_search_is_left_to_the_last_of_several_loads(as_educator: Client, educator: User, folder: Path) -> None:
    keys = []
    for year in (2026, 2027):
        file = made(folder, "icd10-order", name=f"icd10cm-order-{year}.txt", seed=year)
        kept = data_loads.Kept(file=uploads.put_aside(file.chunks()), name=file.name)
        keys.append(data_loads.begin([kept], by=educator))
    told = [data_loads.news(key) for key in keys if data_loads.run(key, timezone.now())]
    assert [Release.objects.filter(kind="search").count(), told[0]["state"], told[0]["searched"]] == [1, "done", 0]
    assert told[1]["searched"]


def test_a_load_whose_worker_is_gone_says_so_and_can_be_done_again(as_educator: Client, key: str) -> None:
    told = uploads.told_of(key)
    uploads.tell(key, {**told, "state": "running", "rows": 4096, "done": [], "at": time.time() - 1000})
    page = as_educator.get(reverse("data_load", args=[key])).text
    assert "The worker that was at it is gone" in page
    assert "Load again" in page
    answer = as_educator.post(reverse("data_load", args=[key]), follow=True)
    assert answer.context["told"]["state"] == "done"
    assert loaded().rows == 60


def test_a_load_that_is_done_is_not_done_again(as_educator: Client, key: str) -> None:
    data_loads.run(key, timezone.now())
    as_educator.post(reverse("data_load", args=[key]))
    assert AuditEntry.objects.filter(verb="data loaded").count() == 1


def test_a_disk_that_is_full_stops_it_and_nothing_is_loaded(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "build", full)
    assert data_loads.run(key, timezone.now()) == "stopped"
    assert "No space left" in data_loads.news(key)["why"]
    assert data_loads.news(key)["may_be_done_again"]
    assert not Release.objects.exists()


def test_what_nobody_foresaw_stops_it_with_a_plain_word_and_is_logged(
    as_educator: Client, key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*args: Any, **kwargs: Any) -> None:
        raise OverflowError("too large")

    monkeypatch.setattr(store, "build", failing)
    assert data_loads.run(key, timezone.now()) == "stopped"
    page = as_educator.get(reverse("data_load", args=[key])).text
    assert "Something in it was not foreseen" in page
    assert "too large" not in page
    assert "OverflowError: too large" in caplog.text


def test_a_number_that_no_database_takes_is_refused_with_its_line(as_educator: Client, folder: Path) -> None:
    data = made(folder, "mue").read() + b"20983,99999999999999999999,2 Date of Service Edit: Policy,Clinical: Data\r\n"
    bad = SimpleUploadedFile("mue-practitioner-2026q1.csv", data)
    answer = confirmed(as_educator, sent(as_educator, bad))
    assert answer.context["told"]["state"] == "refused"
    assert "line 65, value: “99999999999999999999” is more than 999,999" in answer.text


def test_lines_that_are_there_twice_are_told(as_educator: Client, folder: Path) -> None:
    data = made(folder, "mue").read()
    twice = SimpleUploadedFile("mue-practitioner-2026q1.csv", data + data.splitlines(keepends=True)[-1])
    answer = confirmed(as_educator, sent(as_educator, twice))
    assert "has 60 rows; <bdi>1 row was there before and is kept once</bdi>" in answer.text


def test_what_a_killed_worker_left_is_cleared_away_after_hours(key: str, folder: Path) -> None:
    data_loads.run(key, timezone.now())
    place = loaded().place
    another = "mue_all_20260101_8"
    for name in ("mue_all_20260101_7.4711.building", f"{another}.sqlite3"):
        (folder / "datasets").mkdir(exist_ok=True)
        (folder / "datasets" / name).write_bytes(b"half")
    if connection.vendor == "sqlite":
        assert data_loads.tend(timezone.now())["remains of loads cleared away"] == 0
        later = timezone.now() + timedelta(hours=7)
        assert data_loads.tend(later)["remains of loads cleared away"] == 1
        assert {path.stem for path in (folder / "datasets").iterdir()} == {place, another}


# Removing -------------------------------------------------------------------------------------


def test_what_rests_on_a_release_is_shown_before_it_is_removed(
    as_educator: Client, educator: User, folder: Path, starter_library: None
) -> None:
    confirmed(as_educator, sent(as_educator, *(made(folder, "ptp", name=f"ccipra-2026q{n}-f1.txt") for n in (1, 2))))
    later, earlier = Release.objects.order_by("-in_force_from")
    page = as_educator.get(reverse("data_remove", args=[later.pk])).text
    assert "Dates of service from April 1, 2026 on" in page
    assert f"they are answered by {earlier.title}" in page
    assert "No published page" in page
    assert Release.objects.count() == 2
    as_educator.post(reverse("data_remove", args=[later.pk]))
    assert list(Release.objects.all()) == [earlier]
    entry = AuditEntry.objects.get(verb="data removed")
    assert (entry.who, entry.before["data"]) == (educator, later.title)


def test_pages_that_show_something_of_a_release_are_named(
    as_educator: Client, folder: Path, starter_library: None
) -> None:
    data = made(folder, "mue").read() + b"20983,1,2 Date of Service Edit: Policy,Clinical: Data\r\n"
    confirmed(as_educator, sent(as_educator, SimpleUploadedFile("mue-practitioner-2026q1.csv", data)))
    page = as_educator.get(reverse("data_remove", args=[loaded().pk])).text
    assert "1 published page with something of it" in page
    assert reverse("code_page", args=["20983"]) in page
    assert "nothing is said of them" in page


def test_the_file_of_a_removed_release_goes(transactional_db: None, folder: Path, starter_library: None) -> None:
    from datasets.loading import remove

    made(folder, "mue")
    (folder / "made").rename(folder / "mue-practitioner-2026q1.csv")
    load(recognise(folder / "mue-practitioner-2026q1.csv")[0], at=timezone.now())
    remove(loaded())
    assert not (folder / "datasets").exists() or not list((folder / "datasets").iterdir())


def test_an_archive_as_it_is_downloaded_is_taken(as_educator: Client, folder: Path) -> None:
    data = archive({"ccipra-v320r0-f1.txt": made(folder, "ptp").read(), "readme.pdf": b"%PDF"})
    shown = sent(as_educator, SimpleUploadedFile("medicare-ncci-2026q1-practitioner.zip", data))
    assert "ccipra-v320r0-f1.txt" in shown.text
    confirmed(as_educator, shown)
    assert loaded().title == "NCCI procedure-to-procedure edits, practitioner, 2026 Q1"
