"""Articles in the database: whole or not at all, once, and with what waits left out of every edition."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codes import importing
from codes.importing import ArticleRefused, import_article
from codes.models import ArticleImport, Code, Edition, Rule
from codes.pages import read_page
from codes.publish import publish
from tests.codes.article_words import ADD_ON, CLOSE, DELETED, LAB, NINES, OFFICE, OTHER, SEED, text_of

ALL = (SEED, LAB, ADD_ON, DELETED, OFFICE, NINES, OTHER, CLOSE)
WAITING = {
    "not-with", "not-with-larger", "redirect-29998", "each-additional", "patient", "global-period",
    "separate-procedure", "laterality",
}  # fmt: skip


def rows() -> list[int]:
    """How many rows an import could have made."""
    return [Code.objects.count(), Rule.objects.count(), ArticleImport.objects.count(), Edition.objects.count()]


@pytest.mark.parametrize("name", ALL)
def test_an_article_is_stored_once_and_its_report_is_json(no_library: None, name: str) -> None:
    report = import_article(text_of(name), name=name, publish_it=True)
    assert (report["status"], report["published"]) == ("imported", 1)
    assert json.loads(json.dumps(report)) == report
    before, page = rows(), read_page(Code.objects.get(number=report["code"]))
    assert import_article(text_of(name), name="again")["status"] == "unchanged"
    assert (rows(), read_page(Code.objects.get(number=report["code"]))) == (before, page)


def test_what_is_proposed_waits_in_the_draft_with_its_origin(no_library: None) -> None:
    text = text_of(OFFICE)
    import_article(text, name="office")
    waiting = Rule.objects.filter(code__number="29999", state=Rule.State.PROPOSED)
    assert {rule.slug for rule in waiting} == WAITING
    for rule in waiting:
        assert rule.origin["sentence"] == " ".join(text[rule.origin["start"] : rule.origin["end"]].split())


def test_what_is_proposed_is_in_no_edition_until_somebody_accepts_it(no_library: None) -> None:
    import_article(text_of(OFFICE), name="office", publish_it=True)
    code = Code.objects.get(number="29999")
    assert [rule["slug"] for rule in code.editions.get().document["rules"]] == [
        "documentation", "selection", "validity",
    ]  # fmt: skip
    code.rules.filter(slug="global-period").update(state=Rule.State.ACCEPTED)
    edition = publish(code, by=None, why="Looked at")
    assert "global-period" in [rule["slug"] for rule in edition.document["rules"]]
    assert WAITING.isdisjoint({rule["slug"] for rule in edition.document["rules"]} - {"global-period"})


def test_the_report_says_what_is_said_of_each_code(no_library: None) -> None:
    said = import_article(text_of(LAB), name="lab")["mentions"]
    assert {(one["code"], one["polarity"]) for one in said} >= {
        ("85996", "forbid"), ("36999", "separately"), ("85998", "redirect"),
    }  # fmt: skip
    assert all(one["sentence"].strip("“”…") in " ".join(text_of(LAB).split()) for one in said)


def test_the_published_pages_say_what_selects_among_the_codes_of_a_procedure(starter_library: None) -> None:
    report = import_article(text_of(LAB), name="lab")
    (selection,) = [rule for rule in report["rules"] if rule["kind"] == "selection"]
    assert selection["params"]["facets"] == {"procedure": ["blood count"], "differential": ["automated"]}


def break_down(*args: Any, **kwargs: Any) -> NoReturn:
    raise RuntimeError("The power is gone.")


@pytest.mark.parametrize("step", ["lint", "publish", "_report"])
def test_an_import_that_breaks_leaves_no_row(no_library: None, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(importing, step, break_down)
    before = rows()
    with pytest.raises(RuntimeError, match="power"):
        import_article(text_of(SEED), name="seed", publish_it=True)
    assert rows() == before == [0, 0, 0, 0]


def test_a_refused_article_leaves_the_page_it_would_replace(no_library: None) -> None:
    import_article(text_of(SEED), name="seed")
    before = read_page(Code.objects.get())
    with pytest.raises(ArticleRefused):
        import_article("How To Use CPT Code 29989", name="seed", replace=True)
    assert read_page(Code.objects.get()) == before


@pytest.mark.parametrize("odd", ["\ud800", "\x00", "\udcff\x00\ufeff"])
def test_characters_that_no_database_takes_are_left_out(no_library: None, odd: str) -> None:
    text = odd + text_of(SEED).replace("tumor", f"tumor{odd} ")
    report = import_article(text, name=f"odd{odd}.txt")
    assert report["code"] == "29989"
    assert ArticleImport.objects.get().name.startswith("odd")


def test_a_file_whose_name_is_no_text_is_read(no_library: None, tmp_path: Path) -> None:
    import_article(text_of(SEED), name=b"\xff.txt".decode("utf-8", "surrogateescape"))
    assert ArticleImport.objects.get().name == "?.txt"


EDITS = st.lists(
    st.tuples(
        st.integers(0, 3000),
        st.integers(0, 200),
        st.text(max_size=8) | st.sampled_from(["\n", "\n\n", "\x00", "\ud800", "Examples\n", "79901-99999", "’"]),
    ),
    max_size=8,
)


@given(edits=EDITS, name=st.sampled_from(ALL), publish_it=st.booleans())
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_article_is_stored_whole_or_refused(
    no_library: None, edits: list[tuple[int, int, str]], name: str, publish_it: bool
) -> None:
    text = text_of(name)
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    with transaction.atomic():
        try:
            report = import_article(text, name=name, publish_it=publish_it)
        except ArticleRefused:
            assert rows() == [0, 0, 0, 0]
        else:
            code = Code.objects.get(number=report["code"])
            assert code.section_set.count() == len(report["sections"])
            assert code.rules.count() == len(report["rules"])
            assert code.example_set.count() == len(report["examples"])
            assert ArticleImport.objects.count() == 1
        transaction.set_rollback(True)


# The educator's view --------------------------------------------------------------------


def test_the_upload_page_shows_what_was_understood_kept_and_what_needs_an_eye(
    as_educator: Client, no_library: None
) -> None:
    upload = SimpleUploadedFile("office.txt", text_of(OFFICE).encode())
    text = as_educator.post(reverse("upload_article"), {"article": upload}).text
    understood, rest = text.split("<h3>Understood</h3>")[1].split("<h3>Kept as text</h3>")
    kept, look = rest.split("<h3>Needs your eye</h3>")
    assert "29999/selection" in understood
    assert "29999/global-period" not in understood
    assert "The heading “Modifier tips” is not known; its text was kept." in kept
    assert "29999/global-period" in look
    assert "Read from: The code has a global period of 10 days." in look
    assert "If the shoulder was looked into" in look
