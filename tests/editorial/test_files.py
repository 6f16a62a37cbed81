"""Pages and courses in and out of readable files: shown first, then whole or not at all, drafts only."""

import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes import starter
from codes.models import Code, Edition, Rule
from codes.pages import read_page, read_part, write_page
from codes.trail import CHANGED
from courses import starter as courses
from courses.models import Course, Team
from editorial import reviewing, uploads
from editorial.authors import authors_of
from editorial.bundles import read_zip
from editorial.files import Fate, NotAsShown, carry_out, plan_of
from editorial.planned_changes import counts_of, differences_of
from quizzes.models import Scenario
from tests.archives import archive
from tests.conftest import person
from tests.editorial.carrying import confirmed, files_of, page, sent, state


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.IMPORTS_FOLDER = str(tmp_path / "imports")


def command(name: str, *given: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *given, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def exported(client: Client, **asked: str) -> bytes:
    return bytes(client.get(reverse("files_export"), asked).content)


def turned_page(code: Code) -> dict[str, Any]:
    """The bone page with a rule that changes what its scenarios accept: units by the tumor."""
    content = read_page(code)
    rules = [
        rule | ({"params": {"counts": "each", "noun": "bone tumors"}} if rule["slug"] == "units" else {})
        for rule in content["rules"]
    ]
    return content | {"rules": rules}


# Out ----------------------------------------------------------------------------------------


def test_an_export_holds_every_page_as_its_files(as_educator: Client, starter_library: None) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(as_educator))) as made:
        manifest = json.loads(made.read("manifest.json"))
        for folder in starter.FOLDER.iterdir():
            if folder.is_dir():
                assert f"codes/{folder.name}/page.toml" in made.namelist()
        assert (manifest["format"], manifest["version"]) == ("claimwright-content", 1)
        assert set(manifest["files"]) == set(made.namelist()) - {"manifest.json"}


def test_pages_can_be_named(as_educator: Client, bone_code: Code) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(as_educator, codes="20983, 20982"))) as made:
        assert {name.split("/")[1] for name in made.namelist() if name.startswith("codes/")} == {"20982", "20983"}
    answer = as_educator.get(reverse("files_export"), {"codes": "20983 99999"})
    assert answer.status_code == 422
    assert "There is no page of 99999" in answer.text


def test_an_export_is_a_file_to_take_away(as_educator: Client, bone_code: Code) -> None:
    answer = as_educator.get(reverse("files_export"), {"codes": "20983"})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="content-')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_courses_of_teams_stay_with_them(as_educator: Client, starter_library: None, team: Team) -> None:
    courses.load_course(next(courses.courses()))
    Course.objects.create(title="Of the team alone", team=team)
    with zipfile.ZipFile(io.BytesIO(exported(as_educator, courses="on"))) as made:
        assert [name for name in made.namelist() if name.startswith("courses/")] == ["courses/modifiers.toml"]


# In -----------------------------------------------------------------------------------------


def test_what_was_exported_is_unchanged(as_educator: Client, starter_library: None) -> None:
    before = state()
    shown = sent(as_educator, exported(as_educator, courses="on"))
    assert shown.status_code == 200
    assert "Everything in this file is here already" in shown.text
    assert state() == before


def test_a_new_page_is_shown_then_stored_as_a_draft(as_educator: Client, starter_library: None) -> None:
    before = state()
    shown = sent(as_educator, archive(files_of(page(title="<b>A</b> service"))))
    assert [(row.name, row.fate) for row in shown.context["plan"].rows] == [("A9999", Fate.NEW)]
    assert "&lt;b&gt;A&lt;/b&gt; service" in shown.text
    assert state() == before
    answer = confirmed(as_educator, shown)
    assert answer.status_code == 302
    code = Code.objects.get(number="A9999")
    assert not code.editions.exists()
    assert read_page(code)["sections"] == page()["sections"]


def test_it_is_told_which_parts_differ(as_educator: Client, bone_code: Code) -> None:
    content = read_page(bone_code)
    content["sections"][0]["body"] += "\nMore."
    content["sources"] = []
    content["rules"] = content["rules"][1:]
    shown = sent(as_educator, archive(files_of(content)))
    (row,) = shown.context["plan"].rows
    assert row.fate == Fate.CHANGED
    assert set(row.parts) == {
        "sections/overview", "sources", f"rules/{Rule.objects.filter(code=bone_code).order_by('slug')[0].slug}"
    }  # fmt: skip


def test_a_file_that_is_left_out_leaves_what_stands_in_it(as_educator: Client, bone_code: Code) -> None:
    text = files_of(read_page(bone_code) | {"title": "Another title"})["codes/20983/page.toml"]
    shown = sent(as_educator, archive({"codes/20983/page.toml": text}))
    assert [row.parts for row in shown.context["plan"].rows] == [("about",)]
    before = read_page(bone_code)
    assert confirmed(as_educator, shown).status_code == 302
    assert read_page(Code.objects.get(number="20983")) == before | {"title": "Another title"}


@pytest.mark.parametrize(
    ("kind", "params"), [("units", {"counts": "nonsense"}), ("not-with", {"codes": ["80048 80053"]})]
)
def test_one_refused_page_keeps_all_out(
    as_educator: Client, starter_library: None, kind: str, params: dict[str, Any]
) -> None:
    rule = {"slug": "x", "kind": kind, "params": params, "section": "billing"}
    before = state()
    shown = sent(as_educator, archive(files_of(page()) | files_of(page("A9998", rules=[rule]))))
    refused = next(row for row in shown.context["plan"].rows if row.fate == Fate.REFUSED)
    assert refused.why.startswith("codes/A9998/page.toml:9: rules.0.params: ")
    assert "Store 1 draft" not in shown.text
    assert confirmed(as_educator, shown).status_code in (302, 409)
    assert state() == before


def test_a_fault_in_a_section_or_example_has_its_line(starter_library: None) -> None:
    sections = [
        {"slug": "billing", "heading": "", "body": "One.\n\nTwo."},
        {"slug": "nonsense", "heading": "", "body": ""},
    ]
    examples = [{"slug": "one", "title": "T" * 121, "narrative": "Prose.", "encounter": {}}]
    plan = plan_of(
        read_zip(archive(files_of(page(sections=sections)) | files_of(page("A9998", examples=examples))), "x"), "x"
    )
    whys = sorted(row.why for row in plan.rows)
    assert whys[0].startswith("codes/A9998/examples.toml:3: examples.0.title: ")
    assert whys[1].startswith("codes/A9999/page.md:7: sections.1.slug: ")


def test_a_folder_is_called_as_its_page(starter_library: None) -> None:
    files = {"codes/A9998/page.toml": files_of(page())["codes/A9999/page.toml"]}
    (row,) = plan_of(read_zip(archive(files), "x"), "x").rows
    assert "says 'A9999', and the folder is called 'A9998'" in row.why


def test_a_page_stands_there_once(starter_library: None) -> None:
    twice = files_of(page()) | {f"more/{name}": text for name, text in files_of(page()).items()}
    assert {row.fate for row in plan_of(read_zip(archive(twice), "x"), "x").rows} == {Fate.REFUSED}


# Answers that would change --------------------------------------------------------------------


def test_a_changed_answer_key_is_counted_and_needs_a_word(as_educator: Client, bone_code: Code) -> None:
    before = state()
    shown = sent(as_educator, archive(files_of(turned_page(bone_code))))
    turned = shown.context["plan"].turned
    assert turned
    assert {one.code for one in turned} >= {"20983"}
    assert f"The accepted claim of {len(turned)} scenario" in shown.text
    refused = confirmed(as_educator, shown)
    assert refused.status_code == 422
    assert state() == before
    assert confirmed(as_educator, shown, answers="yes").status_code == 302
    entry = AuditEntry.objects.get(verb="draft imported")
    assert (entry.subject, entry.after["answers"]) == ("20983/import", sum(one.code == "20983" for one in turned))
    assert entry.before["digest"] != entry.after["digest"]
    assert Edition.objects.filter(code=bone_code).count() == 1


def test_questions_stay_as_they_are_until_somebody_publishes(as_educator: Client, bone_code: Code) -> None:
    before = list(Scenario.objects.values())
    confirmed(as_educator, sent(as_educator, archive(files_of(turned_page(bone_code)))), answers="yes")
    assert list(Scenario.objects.values()) == before


# Who changed what, and why --------------------------------------------------------------------


def test_each_part_that_changed_is_noted_with_before_after_and_why(
    as_educator: Client, educator: User, bone_code: Code
) -> None:
    before = read_part(bone_code, "rules/units")
    shown = sent(as_educator, archive(files_of(turned_page(bone_code))), "mine.zip")
    confirmed(as_educator, shown, answers="yes", why=" A tumor\x00 is a unit ")
    entry = AuditEntry.objects.get(verb=CHANGED)
    assert (entry.subject, entry.who) == ("20983/rules/units", educator)
    assert entry.why == "A tumor is a unit (import of mine.zip)"
    assert (entry.before, entry.after) == (before, read_part(bone_code, "rules/units"))
    found = as_educator.get(reverse("trail"), {"page_number": "20983", "part": "rules/units"}).text
    assert "A tumor is a unit" in found
    assert '<ins><span class="visually-hidden">added: </span>' in found


def test_a_page_that_is_here_is_not_changed_without_a_reason(as_educator: Client, bone_code: Code) -> None:
    shown = sent(as_educator, archive(files_of(turned_page(bone_code))))
    before = state()
    refused = confirmed(as_educator, shown, why="  ")
    assert (refused.status_code, state()) == (422, before)
    assert 'href="#why">Say why' in refused.text
    assert 'href="#answers">Say below' in refused.text


def test_a_new_page_needs_none(as_educator: Client, educator: User, starter_library: None) -> None:
    shown = sent(as_educator, archive(files_of(page())))
    assert confirmed(as_educator, shown, why="").status_code == 302
    entries = AuditEntry.objects.filter(verb=CHANGED, subject__startswith="A9999/")
    assert {one.subject.partition("/")[2] for one in entries} == {"about", "sections/billing"}
    assert {(one.who, one.before, one.why) for one in entries} == {(educator, None, "Import of content.zip")}


def test_whoever_imports_is_an_author(as_educator: Client, educator: User, bone_code: Code) -> None:
    confirmed(as_educator, sent(as_educator, archive(files_of(turned_page(bone_code)))), answers="yes")
    revision = reviewing.hand_in(bone_code, "Units", by=person("colleague"), at=timezone.now())
    assert {one.person: one.parts for one in authors_of(revision)}[educator] == ("Rule “units”",)


def test_a_reason_goes_with_what_is_stored_in_the_background(
    as_educator: Client, bone_code: Code, monkeypatch: Any
) -> None:
    monkeypatch.setattr("editorial.views.files.AT_ONCE", 0)
    confirmed(as_educator, sent(as_educator, archive(files_of(turned_page(bone_code)))), answers="yes", why="Because")
    assert AuditEntry.objects.get(verb=CHANGED).why == "Because (import of content.zip)"


# What it would change -------------------------------------------------------------------------


def test_it_is_told_how_many_rows_of_each_part_come_and_go(as_educator: Client, bone_code: Code) -> None:
    content = read_page(bone_code)
    kept = content["similar"][:2]
    content["similar"] = [{**kept[0], "gloss": "Another energy"}, kept[1], {"number": "A9999", "gloss": "New"}]
    gone = len(read_page(bone_code)["similar"]) - 2
    shown = sent(as_educator, archive(files_of(content)))
    (row,) = shown.context["plan"].rows
    assert list(map(str, row.counts)) == [f"Similar codes: 1 added, {gone} removed, 1 changed"]
    assert str(row.counts[0]) in shown.text
    assert "What changes in 20983, word by word" in shown.text
    assert "added: </span>Another energy" in shown.text


def test_a_rule_that_waits_is_counted_as_well(bone_code: Code) -> None:
    content = read_page(bone_code)
    waits = [{**rule, "state": "proposed"} if rule["slug"] == "units" else rule for rule in content["rules"]]
    assert list(map(str, counts_of(content, {**content, "rules": waits}))) == ["Rules: 1 changed"]
    (one,) = differences_of(content, {**content, "rules": waits})
    assert [field.label for field in one.fields] == ["What it tells", "Accepted"]


def test_rows_that_are_only_moved_are_told(bone_code: Code) -> None:
    content = read_page(bone_code)
    turned_round = {**content, "similar": content["similar"][::-1]}
    assert [str(one).partition(":")[0] for one in counts_of(content, turned_round)] == ["Similar codes"]
    assert "moved" in str(counts_of(content, turned_round)[0])


def test_what_is_the_same_is_not_counted(bone_code: Code) -> None:
    content = read_page(bone_code)
    assert counts_of(content, content) == ()
    assert next(map(str, counts_of(None, content))) == "About the code: 1 added"


# What is confirmed is what was shown ----------------------------------------------------------


def test_what_changed_meanwhile_is_shown_again(as_educator: Client, bone_code: Code) -> None:
    content = read_page(bone_code) | {"title": "From the file"}
    shown = sent(as_educator, archive(files_of(content)))
    write_page(read_page(bone_code) | {"title": "By somebody else"})
    answer = confirmed(as_educator, shown)
    assert answer.status_code == 409
    assert "Something was changed on the site" in answer.text
    assert Code.objects.get(number="20983").title == "By somebody else"
    assert confirmed(as_educator, answer).status_code == 302
    assert Code.objects.get(number="20983").title == "From the file"


@pytest.mark.parametrize("note", ["", "nonsense", "a:b:c"])
def test_a_note_that_is_not_ours_stores_nothing(as_educator: Client, starter_library: None, note: str) -> None:
    before = state()
    assert as_educator.post(reverse("files"), {"shown": note}).status_code == 302
    assert state() == before


def test_somebody_elses_note_stores_nothing(as_educator: Client, admin: User, starter_library: None) -> None:
    shown = sent(as_educator, archive(files_of(page())))
    other = Client()
    other.force_login(admin)
    assert confirmed(other, shown).status_code == 302
    assert not Code.objects.filter(number="A9999").exists()


def test_an_upload_is_forgotten_after_an_hour(as_educator: Client, starter_library: None, settings: Any) -> None:
    shown = sent(as_educator, archive(files_of(page())))
    (kept,) = Path(settings.IMPORTS_FOLDER).glob("*.file")
    os.utime(kept, (0, time.time() - uploads.SHOWN_FOR - 1))
    sent(as_educator, archive(files_of(page("A9998"))))
    assert not kept.exists()
    assert confirmed(as_educator, shown).status_code == 302
    assert not Code.objects.filter(number="A9999").exists()


def test_an_altered_file_is_not_what_was_shown(as_educator: Client, starter_library: None, settings: Any) -> None:
    shown = sent(as_educator, archive(files_of(page())))
    (kept,) = Path(settings.IMPORTS_FOLDER).glob("*.file")
    kept.write_bytes(archive(files_of(page(title="Another"))))
    assert confirmed(as_educator, shown).status_code == 302
    assert not Code.objects.filter(number="A9999").exists()


def test_a_failure_in_the_middle_leaves_nothing(educator: User, starter_library: None, monkeypatch: Any) -> None:
    from editorial import files

    plan = plan_of(read_zip(archive(files_of(page("A9997")) | files_of(page("A9998")) | files_of(page())), "x"), "x")
    before, written = state(), files.write_page

    def failing(content: Any) -> Code:
        if content["number"] == "A9999":
            raise OSError("disk full")
        return written(content)

    monkeypatch.setattr(files, "write_page", failing)
    with pytest.raises(OSError, match="disk full"):
        carry_out(plan, by=educator, at=timezone.now())
    assert state() == before


def test_a_plan_is_not_carried_out_on_another_draft(educator: User, bone_code: Code) -> None:
    plan = plan_of(read_zip(archive(files_of(read_page(bone_code) | {"title": "From the file"})), "x"), "x")
    write_page(read_page(bone_code) | {"title": "By somebody else"})
    with pytest.raises(NotAsShown, match="changed by somebody"):
        carry_out(plan, by=educator, at=timezone.now())


def test_many_pages_are_stored_in_the_background(as_educator: Client, starter_library: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("editorial.views.files.AT_ONCE", 1)
    answer = confirmed(as_educator, sent(as_educator, archive(files_of(page("A9998")) | files_of(page()))))
    assert answer.status_code == 302
    progress = as_educator.get(answer.url)
    assert "2 drafts stored" in progress.text
    assert Code.objects.filter(number__in=("A9998", "A9999")).count() == 2


def test_a_background_import_that_is_refused_says_so(as_educator: Client, bone_code: Code, monkeypatch: Any) -> None:
    from editorial.tasks import import_upload

    shown = sent(as_educator, archive(files_of(turned_page(bone_code))))
    person = User.objects.get(username="educator")
    upload = uploads.shown_to(person, shown.context["shown"])
    import_upload.enqueue(upload.file, upload.name, upload.plan, person.pk, False)
    assert "Nothing was stored" in as_educator.get(reverse("files_progress", args=[upload.file])).text


# Courses ------------------------------------------------------------------------------------


def test_a_course_comes_in_with_the_pages_it_needs(as_educator: Client, starter_library: None) -> None:
    course = 'title = "Ours"\n[[items]]\nkind = "page"\ncode = "A9999"\n[[items]]\nkind = "quiz"\ncodes = ["A9999"]\n'
    shown = sent(as_educator, archive(files_of(page()) | {"courses/ours.toml": course + "requires = [1]\n"}))
    assert confirmed(as_educator, shown).status_code == 302
    made = Course.objects.get(slug="ours")
    first, second = made.items.all()
    assert (first.code and first.code.number, list(second.requires.all())) == ("A9999", [first])
    again = sent(as_educator, archive({"courses/ours.toml": course + "requires = [1]\n"}))
    assert [row.fate for row in again.context["plan"].rows] == [Fate.UNCHANGED]
    other = sent(as_educator, archive({"courses/ours.toml": course}))
    assert "says something else" in other.context["plan"].rows[0].why


@pytest.mark.parametrize(
    ("course", "why"),
    [
        ('title = "x"\n[[items]]\nkind = "page"\ncode = "A9999"\n', "Code matching query does not exist"),
        ('title = "x"\n[[items]]\nkind = "nonsense"\n', "kind: Value 'nonsense' is not a valid choice"),
        ('title = "x"\n[[items]]\nkind = "quiz"\nnumber = "3"\n', "items.0.number: is of another type"),
        ('title = "x"\n[[items]]\nkind = "exam"\nexam = "None"\n', "There are 0 exams called"),
        ('title = "x"\nitems = [1]\n', "items: is written as [[items]]"),
        ("title = 3\nitems = []\n", "title: is of another type"),
        ('title = "x"\nce_hours = "many"\nitems = []\n', "ce_hours: is no number"),
    ],
)
def test_a_course_that_cannot_be_stored_is_refused(starter_library: None, course: str, why: str) -> None:
    (row,) = plan_of(read_zip(archive({"courses/ours.toml": course}), "x"), "x").rows
    assert row.fate == Fate.REFUSED
    assert why in row.why


# Commands -----------------------------------------------------------------------------------


def test_a_folder_goes_out_and_comes_in(bone_code: Code, educator: User, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "4 files" in command("export_content", str(out), codes=["20983"])
    assert "1 unchanged" in command("import_content", str(out))
    path = out / "codes/20983/page.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Cryoablation of bone", "Freezing of bone"), encoding="utf-8"
    )
    before = state()
    assert "1 changed" in command("import_content", str(out), dry_run=True)
    assert state() == before
    assert "1 drafts stored" in command("import_content", str(out), yes=True, by="educator", reason="Plainer")
    assert Code.objects.get(number="20983").title.startswith("Freezing of bone")
    assert AuditEntry.objects.get(verb="draft imported").who == educator
    assert AuditEntry.objects.get(subject="20983/about").why == "Plainer (import of out)"


def test_a_command_says_what_is_wrong_and_stores_nothing(bone_code: Code, tmp_path: Path) -> None:
    before = state()
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04nonsense")
    turned = tmp_path / "turned.zip"
    turned.write_bytes(archive(files_of(turned_page(bone_code))))
    good = tmp_path / "good.zip"
    good.write_bytes(archive(files_of(page())))
    for given, options, said in (
        ([tmp_path / "none.zip"], {}, "No such file"),
        ([bad], {}, "bad.zip: "),
        ([good, bad], {"yes": True}, "bad.zip: "),
        ([turned, good], {"yes": True}, "answers-may-change"),
        ([good, good], {"yes": True}, "stands in two of the files"),
        ([good], {"yes": True, "by": "nobody"}, "nobody called"),
    ):
        with pytest.raises(CommandError, match=said):
            command("import_content", *map(str, given), **options)
    assert state() == before
    with pytest.raises(CommandError, match="not empty"):
        command("export_content", str(tmp_path))
    with pytest.raises(CommandError, match="no page of 99999"):
        command("export_content", str(tmp_path / "x.zip"), codes=["99999"])
