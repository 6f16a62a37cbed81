"""Examples in the editor: facts in fields, words marked without brackets, and what follows from them."""

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from codes.models import Code, Example
from codes.narrative import marked_paths, pieces, plain, written
from codes.pages import read_part
from editorial import example_forms, marking_words
from editorial.drafting import digest
from editorial.example_reading import recogniser
from rulebook.case_format import read_encounter
from tests.codes.sent import fields_of
from tests.conftest import signed_in
from tests.editorial.test_rules import colleague

FIRST = "solitary-iliac-metastasis"


def at(code: Code, slug: str = FIRST) -> str:
    return reverse("write_example", args=[code.number, slug])


def shown(page: str) -> dict[str, str]:
    """What a browser without a script would send of the form of an example."""
    return fields_of(page, "example-form")


def opened(client: Client, url: str) -> dict[str, str]:
    return shown(client.get(url).text)


# Marking words ------------------------------------------------------------------------------

TEXT = st.text(alphabet=st.sampled_from("ab [](). \nservices.0.site"), max_size=60)


@given(TEXT, st.text(alphabet="ab .", min_size=1, max_size=4), st.sampled_from(["services.0.site", "diagnoses.0"]))
def test_marking_never_changes_the_text(narrative: str, words: str, path: str) -> None:
    try:
        changed = marking_words.mark(narrative, words, path)
    except marking_words.MarkError:
        return
    assert plain(changed) == plain(narrative)
    assert path in {fact for one in marking_words.marks(changed) for fact in one.facts}


@given(TEXT, st.integers(min_value=0, max_value=3))
def test_unmarking_never_changes_the_text(narrative: str, number: int) -> None:
    before = marking_words.marks(narrative)
    try:
        changed = marking_words.unmark(narrative, number)
    except marking_words.MarkError:
        return
    assert plain(changed) == plain(narrative)
    assert len(marking_words.marks(changed)) == len(before) - 1


@given(st.lists(st.tuples(st.text(alphabet="ab c", min_size=1, max_size=5), st.booleans()), max_size=6))
def test_runs_are_written_as_they_are_read(runs: list[tuple[str, bool]]) -> None:
    text = "".join(f"[{words}](diagnoses.0)" if is_marked else words for words, is_marked in runs)
    assert written(pieces(text)) == text


def test_words_are_marked_where_they_first_stand_alone() -> None:
    assert marking_words.mark("A boned bone.", "bone", "services.0.site") == "A boned [bone](services.0.site)."
    assert marking_words.mark("He bones.", "bone", "services.0.site") == "He [bone](services.0.site)s."


def test_marked_words_state_a_second_fact() -> None:
    assert marking_words.mark("[ice](a.0)", "Ice", "b.1") == "[ice](a.0 b.1)"
    assert marking_words.mark("[ice](a.0)", "ice", "a.0") == "[ice](a.0)"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("  ", "Type the words that state the fact."),
        ("a [bone]", "square brackets"),
        ("liver", "The text does not contain “liver”."),
        ("left", "“left” stands in or across another mark."),
        ("kidney was", "stands in or across another mark."),
    ],
)
def test_what_cannot_be_marked_says_why(words: str, says: str) -> None:
    with pytest.raises(marking_words.MarkError, match=says):
        marking_words.mark("The [left kidney](services.0.site) was treated.", words, "services.0.laterality")


def test_marks_are_proposed_from_the_vocabulary(bone_code: Code) -> None:
    facts = {
        "date_of_service": "2024-03-01", "patient": {"age": 61, "sex": "F"}, "diagnoses": ["C79.51"],
        "services": [
            {"procedure": "ablation", "site": "bone", "technique": "cryoablation", "approach": "percutaneous",
             "count": 3},
        ],
        "documented": ["signature"],
    }  # fmt: skip
    text = (
        "A 61-year-old woman came on March 1, 2024.\nThree bone tumors had percutaneous cryoablation.\n"
        "Diagnosis C79.51; signed by the physician."
    )
    encounter = read_encounter(facts)
    proposed = marking_words.propose(text, encounter, *recogniser())
    assert plain(proposed) == text
    told = marked_paths(proposed, encounter)
    wanted = {"patient.age", "patient.sex", "date_of_service", "diagnoses.0", "services.0.count", "services.0.site"}
    assert told >= wanted | {"services.0.technique", "services.0.approach"}
    assert marking_words.propose(proposed, encounter, *recogniser()) == proposed


def test_a_denied_word_is_not_proposed(bone_code: Code) -> None:
    facts = {"date_of_service": "2024-03-01", "services": [{"procedure": "imaging guidance", "modality": "CT"}]}
    text = "It was done without CT guidance."
    assert "services.0.modality" not in marking_words.propose(text, read_encounter(facts), *recogniser())


# The form -----------------------------------------------------------------------------------


def test_every_example_of_the_library_is_shown_and_stored_as_it_was(starter_library: None) -> None:
    words = example_forms.vocabulary()
    for example in Example.objects.select_related("code"):
        stored = read_part(example.code, f"examples/{example.slug}")
        form = example_forms.of_example(stored)
        value = form.value(stored, words)
        assert value is not None, (str(example), form.errors)
        assert {name: stored[name] for name in ("title", "encounter")} == {
            name: value[name] for name in ("title", "encounter")
        }


def test_storing_without_a_change_is_no_change(as_educator: Client, bone_code: Code) -> None:
    for slug in Example.objects.filter(code=bone_code).values_list("slug", flat=True):
        ticked = read_part(bone_code, f"examples/{slug}")["encounter"].get("documented", [])
        sent: dict[str, Any] = opened(as_educator, at(bone_code, slug)) | {"why": "None", "action": "store"}
        sent["documented"] = ticked
        assert "was so already" in as_educator.post(at(bone_code, slug), sent, follow=True).text
    assert not AuditEntry.objects.filter(subject__startswith="20983/examples").exists()


def test_an_example_is_written_without_json_and_without_brackets(as_educator: Client, bone_code: Code) -> None:
    url = reverse("write_example_new", args=[bone_code.number])
    form = opened(as_educator, url) | {
        "title": "A sore hip", "narrative": "A bone tumor, seen on March 1, 2024.\nIt had percutaneous cryoablation.",
        "day": "2024-03-01", "service-0-procedure": "ablation", "action": "refresh",
    }  # fmt: skip
    page = as_educator.post(url, form)
    assert page.status_code == 200
    form = shown(page.text) | {
        "service-0-site": "bone", "service-0-technique": "cryoablation", "service-0-approach": "percutaneous",
    }  # fmt: skip
    form = shown(as_educator.post(url, form | {"action": "propose"}).text)
    assert form["narrative"].splitlines()[1].startswith("It had [percutaneous](services.0.approach) [cryoablation](")
    page = as_educator.post(url, form | {"words": "Cryoablation", "fact": "services.0.procedure", "action": "mark"})
    assert "Can be asked" in page.text
    stored = as_educator.post(url, shown(page.text) | {"action": "store"})
    assert (stored.status_code, stored.url) == (302, at(bone_code, "a-sore-hip"))  # type: ignore[attr-defined]
    example = Example.objects.get(code=bone_code, slug="a-sore-hip")
    assert example.encounter["services"] == [
        {"procedure": "ablation", "site": "bone", "technique": "cryoablation", "approach": "percutaneous"}
    ]
    assert AuditEntry.objects.get(subject="20983/examples/a-sore-hip").before is None


def test_what_was_typed_stands_in_the_form_until_it_is_stored(as_educator: Client, bone_code: Code) -> None:
    for url in (at(bone_code), reverse("write_example_new", args=[bone_code.number])):
        typed = opened(as_educator, url) | {"title": "Half a title", "service-0-count": "7", "action": "keep"}
        assert as_educator.post(reverse("write_autosave", args=[bone_code.number]), typed).status_code == 302
        page = as_educator.get(url).text
        assert "Not saved yet." in page
        assert (shown(page)["title"], shown(page)["service-0-count"]) == ("Half a title", "7")
        assert not Example.objects.filter(title="Half a title").exists()
    sent = shown(as_educator.get(at(bone_code)).text) | {"why": "Now", "action": "store"}
    assert as_educator.post(at(bone_code), sent).status_code == 302
    assert "Not saved yet." not in as_educator.get(at(bone_code)).text


def test_buttons_that_change_the_form_store_nothing(as_educator: Client, bone_code: Code) -> None:
    form, before = opened(as_educator, at(bone_code)), read_part(bone_code, f"examples/{FIRST}")
    for action in ("add-service", "add-earlier", "propose", "unmark 0", "refresh"):
        page = as_educator.post(at(bone_code), form | {"action": action})
        assert page.status_code == 200, action
        form = shown(page.text)
    assert (form["services"], form["earlier"]) == ("2", "1")
    assert "[61-year-old](patient.age)" not in form["narrative"]
    assert read_part(bone_code, f"examples/{FIRST}") == before
    form = shown(as_educator.post(at(bone_code), form | {"action": "remove-service 1"}).text)
    assert form["services"] == "1"


def test_a_wrong_mark_is_told_at_its_field(as_educator: Client, bone_code: Code) -> None:
    form = opened(as_educator, at(bone_code))
    for words, fact in (("no such words", "services.0.site"), ("hip", "services.7.site")):
        page = as_educator.post(at(bone_code), form | {"words": words, "fact": fact, "action": "mark"})
        assert page.status_code == 422
        assert '<a href="#words">' in page.text
        assert shown(page.text)["words"] == words


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"title": ""}, "title", "Give the example a title."),
        ({"day": ""}, "day", "is required: a date like 2024-03-01"),
        ({"age": "old"}, "age", "must be a whole number"),
        ({"place": "x"}, "place", "must be two digits"),
        ({"diagnoses": "nonsense"}, "diagnoses", "does not look like an ICD-10-CM code"),
        ({"service-0-count": "many"}, "service-0-count", "must be a whole number"),
        ({"service-0-site": "moon"}, "service-0-site", "is not a known site"),
        ({"narrative": "[Words](services.9.site)"}, "narrative", "points to a fact that the encounter does not have"),
    ],
)
def test_what_cannot_be_stored_is_told_at_its_field(
    as_educator: Client, bone_code: Code, typed: dict[str, str], field: str, says: str
) -> None:
    sent = opened(as_educator, at(bone_code)) | {"why": "A test", "action": "store"} | typed
    page = as_educator.post(at(bone_code), sent)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}"' in page.text
    assert says in page.text.replace("&#x27;", "'")
    for name, text in typed.items():
        assert shown(page.text)[name] == text


def test_a_published_example_is_changed_with_a_reason_only(as_educator: Client, bone_code: Code) -> None:
    sent = opened(as_educator, at(bone_code)) | {"age": "62", "action": "store"}
    refused = as_educator.post(at(bone_code), sent)
    assert (refused.status_code, shown(refused.text)["age"]) == (422, "62")
    assert as_educator.post(at(bone_code), sent | {"why": "Her birthday"}).status_code == 302
    assert AuditEntry.objects.get(subject=f"20983/examples/{FIRST}").why == "Her birthday"


def test_nobody_overwrites_unseen(as_educator: Client, bone_code: Code) -> None:
    other = signed_in(colleague())
    mine = opened(as_educator, at(bone_code)) | {"title": "My title", "why": "Mine", "action": "store"}
    theirs = opened(other, at(bone_code)) | {"title": "Their title", "why": "Theirs", "action": "store"}
    other.post(at(bone_code), theirs)
    told = as_educator.post(at(bone_code), mine)
    assert told.status_code == 409
    assert all(text in told.text for text in ("colleague stored it on", "Their title", "Theirs"))
    assert shown(told.text)["title"] == "My title"
    assert as_educator.post(at(bone_code), shown(told.text) | {"action": "store"}).status_code == 302
    assert Example.objects.get(code=bone_code, slug=FIRST).title == "My title"


def test_documentation_is_ticked(as_educator: Client, bone_code: Code) -> None:
    sent: dict[str, Any] = opened(as_educator, at(bone_code)) | {"documents": "on", "why": "More", "action": "store"}
    as_educator.post(at(bone_code), sent | {"documented": ["diagnosis", "signature"]})
    assert Example.objects.get(code=bone_code, slug=FIRST).encounter["documented"] == ["diagnosis", "signature"]


def test_an_accepted_claim_is_shown_and_taken_back(as_educator: Client, bone_code: Code) -> None:
    claim = {"lines": [{"code": "20982", "units": 1, "modifiers": [], "diagnoses": []}], "why": "The payer says so."}
    Example.objects.filter(code=bone_code, slug=FIRST).update(also_accepted=[claim])
    page = as_educator.get(at(bone_code)).text
    assert "The payer says so." in page
    as_educator.post(at(bone_code), shown(page) | {"why": "No longer", "action": "refuse-claim 0"})
    assert Example.objects.get(code=bone_code, slug=FIRST).also_accepted == []


def test_other_changes_keep_what_is_also_accepted(as_educator: Client, bone_code: Code) -> None:
    claim = {"lines": [{"code": "20982"}], "why": "So it is."}
    Example.objects.filter(code=bone_code, slug=FIRST).update(also_accepted=[claim])
    as_educator.post(at(bone_code), opened(as_educator, at(bone_code)) | {"age": "63", "why": "Y", "action": "store"})
    assert Example.objects.get(code=bone_code, slug=FIRST).also_accepted == [claim]


def test_an_example_is_removed_with_a_reason(as_educator: Client, bone_code: Code) -> None:
    sent = {"seen": opened(as_educator, at(bone_code))["seen"], "action": "remove"}
    assert as_educator.post(at(bone_code), sent).status_code == 422
    assert as_educator.post(at(bone_code), sent | {"why_removed": "Too easy"}).status_code == 302
    assert not Example.objects.filter(code=bone_code, slug=FIRST).exists()


def test_an_untold_fact_is_named_beside_the_form(as_educator: Client, bone_code: Code) -> None:
    form = opened(as_educator, at(bone_code))
    page = as_educator.post(at(bone_code), form | {"narrative": plain(form["narrative"]), "action": "refresh"})
    assert "Asked only in other words" in page.text
    assert "Service 1, site: bone" in page.text


def test_a_rule_that_cannot_be_read_stops_no_writing(as_educator: Client, bone_code: Code) -> None:
    bone_code.rules.filter(slug="units").update(params={"counts": 7})
    assert "These rules cannot be read: units." in as_educator.get(at(bone_code)).text
    assert as_educator.get(reverse("write_examples", args=[bone_code.number])).status_code == 200


def test_the_list_asks_no_more_of_the_database_for_more_examples(as_educator: Client, bone_code: Code) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert as_educator.get(reverse("write_examples", args=[bone_code.number])).status_code == 200
        return len(counted)

    keep = Example.objects.filter(code=bone_code).values_list("pk", flat=True)[:2]
    Example.objects.filter(code=bone_code).exclude(pk__in=list(keep)).delete()
    queries()  # The first reads the library, which then stays in memory.
    few = queries()
    first = Example.objects.filter(code=bone_code)[0]
    for n in range(6):
        Example.objects.create(
            code=bone_code, slug=f"more-{n}", title="One more", narrative=first.narrative, encounter=first.encounter
        )
    assert queries() == few


@pytest.mark.parametrize("odd", ["services=99999", "services=-1", "services=x", "earlier=5", "action=remove-service x"])
def test_odd_numbers_of_rows_are_bounded(starter_library: None, odd: str) -> None:
    form = example_forms.from_form(QueryDict(odd), None, example_forms.vocabulary())
    assert 1 <= len(form.services) <= example_forms.MOST_SERVICES
    assert len(form.earlier) <= example_forms.MOST_EARLIER


# Nothing that was typed is cut -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("title", "t" * 300, "The title has 300 characters; 120 are the most."),
        ("narrative", "n" * 25_000, "The text has 25,000 characters; 20,000 are the most."),
        ("why", "w" * 400, "The reason has 400 characters; 300 are the most."),
    ],
)
@pytest.mark.parametrize("action", ["store", "show", "add-service"])
def test_what_is_too_long_is_refused_and_stays_in_the_form(
    as_educator: Client, bone_code: Code, name: str, typed: str, said: str, action: str
) -> None:
    before = read_part(bone_code, f"examples/{FIRST}")
    sent = opened(as_educator, at(bone_code)) | {"why": "Longer", name: typed, "action": action}
    answer = as_educator.post(at(bone_code), sent)
    assert answer.status_code == 422
    assert f'<a href="#{name}">{said}</a>' in answer.text
    assert shown(answer.text)[name].strip() == typed
    assert read_part(bone_code, f"examples/{FIRST}") == before


def test_the_longest_text_is_stored_whole(as_educator: Client, bone_code: Code) -> None:
    typed = "n" * example_forms.MOST_TEXT
    sent = opened(as_educator, at(bone_code)) | {"why": "Longer", "narrative": typed, "action": "store"}
    assert as_educator.post(at(bone_code), sent).status_code == 302
    assert read_part(bone_code, f"examples/{FIRST}")["narrative"] == typed


@pytest.mark.parametrize("name", ["diagnoses", "day", "service-0-site", "earlier-0-code"])
def test_a_fact_that_is_too_long_is_refused_as_it_was_typed(as_educator: Client, bone_code: Code, name: str) -> None:
    sent = opened(as_educator, at(bone_code)) | {"earlier": "1", "earlier-0-day": "2024-01-01", "why": "Longer"}
    answer = as_educator.post(at(bone_code), sent | {name: f"C79.51{'0' * 500}", "action": "store"})
    assert answer.status_code == 422
    assert answer.context["errors"]


def test_a_text_that_is_too_long_is_not_searched_for_facts(as_educator: Client, bone_code: Code) -> None:
    sent = opened(as_educator, at(bone_code)) | {"narrative": "[a](b) " * 50_000, "action": "propose"}
    assert len(as_educator.post(at(bone_code), sent).context["marks"]) == 0


def test_a_reason_for_a_removal_is_not_cut(as_educator: Client, bone_code: Code) -> None:
    rule = reverse("write_rule", args=[bone_code.number, "units"])
    section = reverse("section_remove", args=[bone_code.number, "billing"])
    for url, name, part in (
        (at(bone_code), "why_removed", f"examples/{FIRST}"),
        (rule, "why_removed", "rules/units"),
        (section, "why", "sections/billing"),
    ):
        sent = {"action": "remove", name: "w" * 400, "seen": digest(read_part(bone_code, part))}
        answer = as_educator.post(url, sent)
        assert answer.status_code == 422
        assert "The reason has 400 characters; 300 are the most." in answer.text
        assert read_part(bone_code, part)


def test_a_title_that_turns_letters_around_is_refused(as_educator: Client, bone_code: Code) -> None:
    sent = opened(as_educator, at(bone_code)) | {"title": "exe\u202egnp", "why": "Longer", "action": "store"}
    answer = as_educator.post(at(bone_code), sent)
    assert answer.status_code == 422
    assert "turns the order of letters around" in answer.context["errors"]["title"]


def test_words_that_are_too_many_to_be_marked_are_refused(as_educator: Client, bone_code: Code) -> None:
    sent = opened(as_educator, at(bone_code)) | {"words": "w" * 201, "fact": "services.0.site", "action": "mark"}
    answer = as_educator.post(at(bone_code), sent)
    assert answer.context["errors"]["words"] == "These words have 201 characters; 200 can be marked at once."
    assert shown(answer.text)["words"] == "w" * 201
