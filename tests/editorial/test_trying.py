"""A draft tried before anybody else sees it: its page, its questions, its feedback, and the engine run on it."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from codes.models import Code, Example, Rule
from codes.publish import publish
from editorial import drafts_tried
from quizzes.formats import FORMATS
from tests.codes.sent import fields_of
from tests.patience import within

FIRST = "solitary-iliac-metastasis"


def url(name: str, code: Code, *rest: str, **query: Any) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(name, args=[code.number, *rest]) + (f"?{asked}" if asked else "")


def question_at(code: Code, **query: Any) -> str:
    return url("try_question", code, FIRST, **{"note": 0, "format": "code-the-claim", "seed": 1} | query)


def change_technique(client: Client, code: Code, technique: str) -> None:
    """Mend the selection rule in the editor, as a browser without a script would."""
    at = reverse("write_rule", args=[code.number, "selection"])
    sent = fields_of(client.get(at).text, "rule-form") | {"why": "A trial", "action": "store"}
    place = next(name for name, value in sent.items() if value == "technique").removesuffix("-name")
    assert client.post(at, sent | {f"{place}-values": technique}).status_code == 302


def rows() -> dict[str, int]:
    """How many rows each table has."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


# The page -----------------------------------------------------------------------------------


def test_the_page_is_read_as_it_would_be(as_educator: Client, bone_code: Code) -> None:
    section = bone_code.section_set.get(slug="billing")
    section.body = "A sentence that nobody has **published**."
    section.save()
    page = as_educator.get(url("try_page", bone_code)).text
    assert "A sentence that nobody has <strong>published</strong>." in page
    assert "A sentence that nobody has" not in as_educator.get(reverse("code_page", args=[bone_code.number])).text
    assert "practise-section" not in page


def test_the_page_is_shown_on_any_date_of_service(as_educator: Client, bone_code: Code) -> None:
    Rule.objects.create(
        code=bone_code, slug="units-later", kind="units", params={"counts": "one or more", "noun": "later tumors"},
        section="billing", starts="2030-01-01",
    )  # fmt: skip
    assert "later tumors" not in as_educator.get(url("try_page", bone_code, dos="2029-12-31")).text
    assert "later tumors" in as_educator.get(url("try_page", bone_code, dos="2030-01-01")).text
    assert "this code cannot be used" in as_educator.get(url("try_page", bone_code, dos="2010-01-01")).text
    assert "“never” is not a date" in as_educator.get(url("try_page", bone_code, dos="never")).text


@pytest.mark.parametrize("look", ["phone", "dark", "print", "none-of-them"])
def test_it_is_shown_as_on_a_phone_in_the_dark_and_printed(as_educator: Client, bone_code: Code, look: str) -> None:
    for at in (url("try_page", bone_code, look=look), question_at(bone_code, look=look)):
        page = as_educator.get(at).text
        assert (f'class="tried look-{look}"' in page) == (look != "none-of-them")
        assert ('data-theme="dark"' in page) == (look == "dark")


def test_a_page_that_was_never_published_can_be_tried(as_educator: Client, no_library: None) -> None:
    code = Code.objects.create(number="A1234", title="A page that was just begun")
    for name in ("try_draft", "try_page", "run_draft"):
        assert as_educator.get(url(name, code)).status_code == 200


def test_a_rule_that_cannot_be_read_is_named_with_a_link(as_educator: Client, bone_code: Code) -> None:
    bone_code.rules.filter(slug="units").update(params={"counts": 7})
    for name in ("try_draft", "try_page", "run_draft"):
        answer = as_educator.get(url(name, bone_code))
        assert answer.status_code == 409
        assert reverse("write_rule", args=[bone_code.number, "units"]) in answer.text


# The questions ------------------------------------------------------------------------------


def test_every_format_is_listed_with_its_reasons(as_educator: Client, bone_code: Code) -> None:
    page = as_educator.get(url("try_questions", bone_code, FIRST)).text
    assert "As written" in page
    for format in FORMATS:
        assert format.title in page


def links_in(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'<a href="(\?[^"]+)', page)]


def test_every_listed_question_opens_and_judges_its_ready_answers(as_educator: Client, bone_code: Code) -> None:
    listed = as_educator.get(url("try_questions", bone_code, FIRST)).text
    asked = dict.fromkeys(unescape(one) for one in re.findall(r'href="([^"]*/question/\?[^"]+)"', listed))
    assert len(asked) > 20
    seen = set()
    for at in list(asked)[:12]:
        page = as_educator.get(at)
        assert page.status_code == 200, at
        for link in [one for one in links_in(page.text) if "as=" in one][:3]:
            told = as_educator.get(at.partition("?")[0] + link)
            assert told.status_code == 200
            right = "as=right" in link
            assert ("verdict-clean" in told.text) == right, (at, link)
            seen.add(right)
    assert seen == {True, False}


def test_an_answer_is_filled_in_and_judged(as_educator: Client, bone_code: Code) -> None:
    at = question_at(bone_code)
    form = fields_of(as_educator.get(at).text, "answer-form")
    more = fields_of(as_educator.post(at, form | {"action": "add-line"}).text, "answer-form")
    assert more["lines"] == "2"
    two = form | {"diagnosis-A": "C64.2", "diagnosis-B": "C79.51", "line-0-pointers": "B"}
    page = as_educator.post(at, two | {"action": "up-diagnosis-B"}).text
    moved = fields_of(page, "answer-form")
    assert [moved[name] for name in ("diagnosis-A", "diagnosis-B", "line-0-pointers")] == ["C79.51", "C64.2", "A"]
    assert "C79.51 is now diagnosis A. Pointers followed: line 1 now A." in page
    assert page.count(" autofocus") == 1
    right = form | {"line-0-code": "20983", "diagnosis-A": "C79.51", "action": "check"}
    assert "verdict-clean" in as_educator.post(at, right).text
    wrong = as_educator.post(at, right | {"line-0-code": "20982"}).text
    assert "verdict-open" in wrong
    assert "To keep in mind" in wrong
    bad = as_educator.post(at, right | {"line-0-units": "many"})
    assert (bad.status_code, '<a href="#line-0-units">' in bad.text) == (422, True)
    assert fields_of(bad.text, "answer-form")["line-0-units"] == "many"
    assert "You chose “I do not know”" in as_educator.post(at, form | {"action": "unknown"}).text


def test_a_question_is_shown_on_any_date_of_service(as_educator: Client, bone_code: Code) -> None:
    Rule.objects.create(
        code=bone_code, slug="units-later", kind="units", params={"counts": "each", "noun": "later tumors"},
        section="billing", starts="2030-01-01",
    )  # fmt: skip
    shown = {day: as_educator.get(question_at(bone_code, dos=day, **{"as": "right"})) for day in ("", "2030-05-07")}
    assert "later tumors" not in shown[""].text
    assert "later tumors" in shown["2030-05-07"].text
    note = " ".join(text for _, runs in shown["2030-05-07"].context["told"] for text, _ in runs)
    assert "May 7, 2030" in note
    assert "March 1, 2024" not in note
    form = shown["2030-05-07"].text
    assert all(f'type="hidden" name="{name}" value=' in form for name in ("note", "format", "seed", "as"))
    assert 'name="dos" class="form-control" value="2030-05-07"' in form
    assert "dos=2030-05-07#" in form  # what is cited is shown as of the same day
    assert all("dos=2030-05-07" in link for link in links_in(form) if "look=" in link)


def test_a_variant_is_told_on_the_day_that_is_asked_for(as_educator: Client, bone_code: Code) -> None:
    page = as_educator.get(question_at(bone_code, note=1, dos="2030-05-07"))
    assert page.context["prompt"]["encounter"]["date_of_service"] == "2030-05-07"
    assert page.context["prompt"]["title"].endswith("May 2030")


@pytest.mark.parametrize("day", ["2010-01-01", "0001-01-01", "9999-12-31", "never"])
def test_a_day_on_which_nothing_can_be_asked_is_said(as_educator: Client, bone_code: Code, day: str) -> None:
    Rule.objects.filter(code=bone_code, kind="validity").update(params={"from": "2015-01-01", "to": "2030-01-01"})
    page = as_educator.get(question_at(bone_code, dos=day))
    assert f"Nothing can be asked on “{day}”" in page.text
    assert page.context["day"].isoformat() == "2024-03-01"


def test_a_finding_leads_to_the_section_of_the_draft(as_educator: Client, bone_code: Code) -> None:
    page = as_educator.get(question_at(bone_code, **{"as": "wrong-0"})).text
    cited = re.findall(r'href="([^"]*/try/page/\?dos=2024-03-01#[a-z-]+)"', page)
    assert cited
    assert as_educator.get(cited[0]).status_code == 200


def place_of(page: str, change: str) -> int:
    """The note of which nothing but this differs from the example."""
    found = re.search(rf'id="note-(\d+)">{change} <', page)
    assert found is not None
    return int(found[1])


def test_one_word_in_one_rule_changes_the_findings_of_the_next_variant(as_educator: Client, bone_code: Code) -> None:
    """The purpose of it all: the same answer to the same variant, before and after "radiofrequency" is typed."""

    def findings() -> set[str]:
        note = place_of(as_educator.get(listed).text, "Technique: cryoablation → radiofrequency")
        at = question_at(bone_code, note=note)
        form = fields_of(as_educator.get(at).text, "answer-form")
        page = as_educator.post(at, form | {"line-0-code": "20983", "diagnosis-A": "C79.51", "action": "check"}).text
        return set(re.findall(r'id="finding-([a-z0-9-]+)"', page))

    listed = url("try_questions", bone_code, FIRST)
    before, live = findings(), as_educator.get(reverse("code_page", args=[bone_code.number])).text
    assert any(one.startswith("20983redirect-technique") for one in before)
    change_technique(as_educator, bone_code, "cryoablation, radiofrequency")
    after = findings()
    assert after != before
    assert not any(one.startswith("20983redirect-technique") for one in after)
    strip = re.compile(r'value="[^"]{32,}"')
    assert strip.sub("", as_educator.get(reverse("code_page", args=[bone_code.number])).text) == strip.sub("", live)


def test_an_example_that_the_rules_leave_is_told_so(as_educator: Client, bone_code: Code) -> None:
    change_technique(as_educator, bone_code, "radiofrequency")
    assert "Nothing can be asked: no claim follows" in as_educator.get(url("try_questions", bone_code, FIRST)).text
    assert as_educator.get(question_at(bone_code)).status_code == 404


@pytest.mark.parametrize("query", ["note=99", "format=no-such", "note=x&format=", "note=99999999999&seed=-1"])
def test_a_question_that_there_is_not_is_missing(as_educator: Client, bone_code: Code, query: str) -> None:
    at = url("try_question", bone_code, FIRST)
    assert as_educator.get(f"{at}?{query}").status_code == 404


def test_trying_stores_nothing(as_educator: Client, bone_code: Code) -> None:
    before = rows()
    form = fields_of(as_educator.get(question_at(bone_code)).text, "answer-form")
    for at in (url("try_draft", bone_code), url("try_page", bone_code), url("try_questions", bone_code, FIRST)):
        assert as_educator.get(at).status_code == 200
    as_educator.get(question_at(bone_code, **{"as": "right"}))
    as_educator.post(question_at(bone_code), form | {"line-0-code": "20983", "action": "check"})
    as_educator.post(url("run_draft", bone_code), {"cases": "[]"})
    assert rows() == before


def test_a_page_with_many_variants_takes_a_bounded_time(as_educator: Client, bone_code: Code) -> None:
    codes = [f"{n:05}" for n in range(70000, 70400)]
    facets = {"procedure": "imaging guidance"}
    for n in range(5):
        params = {"codes": codes[n * 80 : n * 80 + 80], "service": facets}
        Rule.objects.create(code=bone_code, slug=f"many-{n}", kind="not-with", params=params, section="billing")
    with within(10):  # measured: 0.5
        page = as_educator.get(url("try_questions", bone_code, FIRST))
    assert page.text.count('class="tried-note"') <= drafts_tried.MOST_VARIANTS + 1


# The engine ---------------------------------------------------------------------------------


def test_an_unchanged_draft_changes_nothing(as_educator: Client, bone_code: Code) -> None:
    page = as_educator.get(url("run_draft", bone_code)).text
    assert "Examples of this draft: 0 of 10 differ" in page
    assert "What this draft changes: 0 published scenarios" in page


def test_what_a_rule_changes_is_listed_case_by_case(as_educator: Client, bone_code: Code) -> None:
    change_technique(as_educator, bone_code, "radiofrequency")
    page = as_educator.get(url("run_draft", bone_code)).text
    assert "Examples of this draft: 10 of 10 differ" in page
    changed = re.search(r"What this draft changes: (\d+) published scenario", page)
    assert changed is not None
    assert int(changed[1]) >= 10
    publish(bone_code, by=None, why="Published after all")
    assert "What this draft changes: 0 published" in as_educator.get(url("run_draft", bone_code)).text


CASE = {
    "date_of_service": "2024-03-01", "services": [
        {"procedure": "ablation", "site": "bone", "technique": "cryoablation", "approach": "percutaneous", "count": 3}],
    "claim": {"lines": [{"code": "20983", "units": 3}]},
}  # fmt: skip


def test_pasted_cases_are_held_against_the_draft(as_educator: Client, bone_code: Code) -> None:
    without = {name: value for name, value in CASE.items() if name != "claim"}
    page = as_educator.post(url("run_draft", bone_code), {"cases": json.dumps([CASE, without])}).text
    mine = page.partition('id="examples-h"')[0]
    assert mine.count("Differs") == 1
    assert mine.count("Same") == 1
    assert "20983/units" in mine


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "This is no JSON"),
        ("{", "This is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "There are 0 cases"),
        (json.dumps([CASE] * 51), "There are 51 cases"),
        ("7", "Case 1: case: must be an object"),
        (json.dumps([CASE, CASE | {"date_of_service": "x"}]), "Case 2: date_of_service: must be a date"),
        (json.dumps(CASE | {"services": [{"site": "moon"}]}), "Case 1: services.0.site: 'moon' is not a known site"),
        ("1" * 200_001, "200,000 are the most"),
    ],
)
def test_what_is_no_case_is_told_with_its_field(as_educator: Client, bone_code: Code, text: str, says: str) -> None:
    answer = as_educator.post(url("run_draft", bone_code), {"cases": text})
    assert answer.status_code == 422
    assert says in unescape(answer.text)


def test_running_asks_no_more_of_the_database_for_more_examples(as_educator: Client, bone_code: Code) -> None:
    def queries(at: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            assert as_educator.get(at).status_code == 200
        return len(counted)

    pages = (url("run_draft", bone_code), url("try_draft", bone_code))
    as_educator.get(pages[0])
    few = [queries(at) for at in pages]
    first = Example.objects.filter(code=bone_code)[0]
    for n in range(15):
        Example.objects.create(
            code=bone_code, slug=f"more-{n}", title="One more", narrative=first.narrative, encounter=first.encounter
        )
    assert [queries(at) for at in pages] == few
