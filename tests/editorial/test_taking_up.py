"""What public files say of pages: shown with what it would do, and taken up when somebody says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from codes.models import Code, Edition
from datasets import store
from editorial import taking_up
from editorial.reviewing import Refused
from quizzes.models import Scenario
from tests.codes import public_files as files

WHOLE, PART = "10060", "11102"


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where loaded files lie, each test's own."""
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    yield tmp_path
    store.close()


@pytest.fixture
def paired(starter_library: None, place: Path) -> Code:
    """A page of which a file says something new."""
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "*", "1")))
    return Code.objects.get(number=PART)


def test_without_files_there_is_nothing_to_take_up(as_educator: Client, starter_library: None) -> None:
    assert taking_up.pending() == []
    assert "say everything" in as_educator.get(reverse("from_files")).text


def test_the_list_has_the_pages_of_which_files_say_something(as_educator: Client, paired: Code) -> None:
    assert [code.number for code in taking_up.pending()] == [PART]
    assert reverse("take_up", args=[PART]) in as_educator.get(reverse("from_files")).text


def test_the_page_shows_each_rule_with_its_file_and_what_it_would_do(as_educator: Client, paired: Code) -> None:
    text = as_educator.get(reverse("take_up", args=[PART])).text
    assert f"NCCI has this code in column 2 beside {WHOLE}" in text
    assert "NCCI procedure-to-procedure edits, practitioner, 2026 Q1" in text
    assert "Questions whose accepted claim changes" in text


def test_taking_it_up_publishes_the_page_and_notes_who_did_it(as_educator: Client, paired: Code) -> None:
    before = Edition.objects.filter(code=paired).count()
    answer = as_educator.post(reverse("take_up", args=[PART]), {"why": "The edits of the quarter"}, follow=True)
    assert answer.redirect_chain == [(reverse("from_files"), 302)]
    assert Edition.objects.filter(code=paired).count() == before + 1
    entry = AuditEntry.objects.filter(verb=taking_up.TAKEN_UP).get()
    assert (entry.subject, entry.why, str(entry.who)) == (f"{PART}/page", "The edits of the quarter", "educator")
    assert taking_up.pending() == []
    page = as_educator.get(reverse("code_page", args=[PART])).text
    assert f"NCCI has this code in column 2 beside {WHOLE}" in page
    assert "NCCI procedure-to-procedure edits, practitioner, 2026 Q1" in page


def test_without_a_reason_nothing_is_published(as_educator: Client, paired: Code) -> None:
    before = Edition.objects.count()
    answer = as_educator.post(reverse("take_up", args=[PART]), {"why": " "})
    assert answer.status_code == 422
    assert Edition.objects.count() == before


def test_somebody_else_was_first(as_educator: Client, paired: Code) -> None:
    taking_up.accept(paired, "First", by=None)
    answer = as_educator.post(reverse("take_up", args=[PART]), {"why": "Second"})
    assert answer.status_code == 409
    assert "does not say already" in answer.text


def test_what_somebody_writes_meanwhile_stays_a_draft(paired: Code) -> None:
    Code.objects.filter(pk=paired.pk).update(summary="Not yet for readers.")
    edition = taking_up.accept(paired, "Files", by=None)
    assert edition.document["summary"] != "Not yet for readers."
    paired.refresh_from_db()
    assert paired.summary == "Not yet for readers."


def test_changed_and_gone_rules_are_told_apart(paired: Code, place: Path) -> None:
    files.load_file(files.most_units(place, (PART, "2", "3"), quarter="2025q4"))
    taking_up.accept(paired, "Files", by=None)
    files.load_file(files.most_units(place, (PART, "3", "3"), quarter="2026q1"))
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "20260401", "1"), quarter="2026q2"))
    found = taking_up.pending_of(paired)
    assert found is not None
    pending, _ = found
    assert [(old["slug"], new["params"]["most"]) for old, new in pending.changed] == [("mue", 3)]
    assert [rule["slug"] for rule in pending.gone] == ["ncci-1-20150101-more-extensive-procedure"]
    assert {rule["kind"] for rule in pending.new} == {"mue", "ptp-edit"}


def test_claims_that_change_are_listed_before(starter_library: None, place: Path) -> None:
    """A published scenario with two codes of which an edit takes one off."""
    pairs = {
        (first["code"], second["code"], row.code.number)
        for row in Scenario.objects.live().select_related("code")
        for first, second in [(lines[0], lines[1]) for lines in [_lines(row)] if len(lines) > 1]
    }
    first, second, _ = min(pairs)
    files.load_file(files.edits(place, (first, second, "20150101", "*", "0")))
    found = taking_up.pending_of(Code.objects.get(number=second))
    assert found is not None
    assert found[1].changed


def _lines(row: Scenario) -> list[dict[str, Any]]:
    from codes.library import library
    from rulebook.case_format import read_encounter
    from rulebook.derive import derive

    case = read_encounter(row.encounter)
    accepted = derive(case, library().on(case.date_of_service)).accepted
    return [{"code": line.code} for line in accepted[0].claim.lines] if accepted else []


def test_the_command_takes_all_of_it_up_and_again_changes_nothing(paired: Code, capsys: Any) -> None:
    call_command("take_up_files")
    assert "1 page published" in capsys.readouterr().out
    before = Edition.objects.count()
    call_command("take_up_files")
    assert "0 pages published" in capsys.readouterr().out
    assert Edition.objects.count() == before


def test_nothing_new_is_refused_in_words(starter_library: None) -> None:
    with pytest.raises(Refused, match="does not say already"):
        taking_up.accept(Code.objects.get(number=PART), "Files", by=None)
