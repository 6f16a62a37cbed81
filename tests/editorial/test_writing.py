"""Writing a page part by part, by plain forms."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, User
from codes.models import SECTIONS, Code, Section
from codes.pages import PageError, read_page, read_part, write_page
from editorial.part_forms import TABLES
from editorial.standards import STANDARDS
from tests.editorial.pages import form_of, opened, part_url, saved, sent

NEW = reverse("write_new")
PARTS = ["about", "sections/billing", "history", "documentation", "similar", "sources"]


def page_url(code: Code) -> str:
    return reverse("write_page", args=[code.number])


def entry() -> AuditEntry:
    """What was noted last."""
    newest = AuditEntry.objects.first()
    assert newest is not None
    return newest


# A new page -----------------------------------------------------------------------------------


def test_a_page_is_begun_in_one_step_and_opens(as_educator: Client, educator: User, db: None) -> None:
    answer = as_educator.post(NEW, {"system": "HCPCS", "number": " a 1234 ", "title": "A page of mine"}, follow=True)
    assert answer.request["PATH_INFO"] == "/write/A1234/"
    code = Code.objects.get(number="A1234")
    assert (code.system, code.title) == ("HCPCS", "A page of mine")
    assert (entry().who, entry().verb, entry().subject) == (educator, "page begun", "A1234/about")


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"number": ""}, "number", "This field is required."),
        ({"number": "A-1"}, "number", "This must be one HCPCS code, such as A1234."),
        ({"number": "99999"}, "number", "This must be one HCPCS code, such as A1234."),
        ({"system": "CPT", "number": "123456"}, "number", "This must be one CPT code, such as 12345 or 1234T."),
        ({"system": "CPT", "number": "FILES"}, "number", "This must be one CPT code"),
        ({"system": "CPT", "number": "ABC"}, "number", "This must be one CPT code"),
        ({"system": "ICD-10-CM", "number": "20982"}, "number", "This must be one diagnosis, such as C79.51."),
        ({"system": "CPT", "number": "20983"}, "number", "20983 has a page already."),
        ({"title": " "}, "title", "This field is required."),
        ({"title": "x" * 201}, "title", "at most 200 characters"),
        ({"title": "a\x00"}, "title", ""),
        ({"system": "odd"}, "system", "Select a valid choice."),
    ],
)
def test_what_cannot_be_begun_is_told_at_its_field(
    as_educator: Client, bone_code: Code, typed: dict[str, str], field: str, says: str
) -> None:
    before = Code.objects.count()
    answer = as_educator.post(NEW, {"system": "HCPCS", "number": "A1234", "title": "A page"} | typed)
    if not says:
        assert (answer.status_code, Code.objects.get(number="A1234").title) == (302, "a")
        return
    assert answer.status_code == 422
    assert says in answer.context["form"].errors[field][0]
    assert f'href="#id_{field}"' in answer.text
    assert Code.objects.count() == before


@pytest.mark.parametrize(
    ("system", "typed", "number"),
    [("ICD-10-CM", "c7951", "C79.51"), ("ICD-10-CM", "i10", "I10"), ("CPT", " 0998t ", "0998T")],
)
def test_a_number_is_written_as_claims_have_it(
    as_educator: Client, db: None, system: str, typed: str, number: str
) -> None:
    for status in (302, 422):
        answer = as_educator.post(NEW, {"system": system, "number": typed, "title": "A page"})
        assert answer.status_code == status
    assert Code.objects.get(title="A page").number == number
    assert answer.context["form"].errors["number"] == [f"{number} has a page already."]


def test_a_file_of_a_new_page_needs_a_number_of_its_code_set(bone_code: Code) -> None:
    page = read_page(bone_code) | {"rules": [], "examples": []}
    with pytest.raises(PageError, match=r"number: This must be one CPT code, such as 12345 or 1234T\."):
        write_page(page | {"number": "FILES"})
    Code.objects.filter(pk=bone_code.pk).update(number="FILES")
    assert write_page(page | {"number": "FILES"}).pk == bone_code.pk  # one that is there already stays what it is


# A page at a glance ---------------------------------------------------------------------------


def test_the_page_shows_every_part_with_the_way_to_it(as_educator: Client, bone_code: Code) -> None:
    page = as_educator.get(page_url(bone_code)).text
    for part in [*PARTS, *(f"sections/{slug}" for slug, _ in SECTIONS)]:
        assert f'href="{part_url(bone_code, part)}"' in page
    assert bone_code.get_absolute_url() in page


def test_sections_that_are_missing_are_offered_and_one_more(as_educator: Client, bone_code: Code) -> None:
    Section.objects.filter(code=bone_code, slug__in=["billing", "history"]).delete()
    Section.objects.create(code=bone_code, slug="other-1", heading="More", order=99)
    page = as_educator.get(page_url(bone_code))
    assert page.context["missing"] == [("billing", "Billing"), ("history", "History")]
    assert part_url(bone_code, "sections/other-2") in page.text


def test_a_page_of_another_number_is_missing(as_educator: Client, bone_code: Code) -> None:
    for number in ("A9999", "x" * 300, "%00"):
        assert as_educator.get(f"/write/{number}/").status_code == 404


def test_more_rows_take_no_more_queries(as_educator: Client, bone_code: Code) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            as_educator.get(page_url(bone_code))
        return len(seen)

    queries()
    few = queries()
    Section.objects.bulk_create(Section(code=bone_code, slug=f"other-{n}", heading="More") for n in range(1, 20))
    assert queries() == few


# Sections -------------------------------------------------------------------------------------


def test_a_section_is_saved_with_its_reason(as_educator: Client, educator: User, bone_code: Code) -> None:
    before = read_part(bone_code, "sections/billing")
    answer = saved(as_educator, bone_code, "sections/billing", body="New text.\r\n\r\nTwo.", why="Clearer")
    assert answer.status_code == 302
    after = read_part(bone_code, "sections/billing")
    assert after == before | {"body": "New text.\n\nTwo."}
    assert (entry().who, entry().subject, entry().why) == (educator, f"{bone_code.number}/sections/billing", "Clearer")
    assert (entry().before, entry().after) == (before, after)


@pytest.mark.parametrize("part", [*PARTS, *(f"sections/{slug}" for slug, _ in SECTIONS)])
def test_saving_without_a_change_changes_and_notes_nothing(as_educator: Client, bone_code: Code, part: str) -> None:
    before = read_page(bone_code)
    assert saved(as_educator, bone_code, part).status_code == 302
    assert read_page(Code.objects.get(pk=bone_code.pk)) == before
    assert not AuditEntry.objects.exists()


def test_a_new_standard_section_comes_where_such_a_section_stands(as_educator: Client, bone_code: Code) -> None:
    Section.objects.filter(code=bone_code, slug="billing").delete()
    assert opened(as_educator, bone_code, "sections/billing")["heading"] == "Billing"
    saved(as_educator, bone_code, "sections/billing", body="Again.")
    saved(as_educator, bone_code, "sections/other-1", heading="More", body="Other.")
    slugs = list(bone_code.section_set.values_list("slug", flat=True))
    assert slugs == [*(slug for slug, _ in SECTIONS), "other-1"]


@pytest.mark.parametrize("part", ["sections/odd", "sections/other-0", "sections/", "rules/units", "examples/x", "odd"])
def test_what_is_no_part_of_a_page_is_missing(as_educator: Client, bone_code: Code, part: str) -> None:
    assert as_educator.get(part_url(bone_code, part)).status_code == 404
    assert as_educator.post(part_url(bone_code, part), {"body": "x"}).status_code == 404


def test_sections_change_places_and_it_is_noted(as_educator: Client, bone_code: Code) -> None:
    def move(slug: str, to: str) -> list[str]:
        as_educator.post(reverse("section_move", args=[bone_code.number, slug]), {"to": to})
        return list(bone_code.section_set.values_list("slug", flat=True))

    first, second, *rest = move("overview", "up")
    assert (first, AuditEntry.objects.count()) == ("overview", 0)
    assert move("overview", "down") == [second, first, *rest]
    assert (entry().verb, entry().after[:2]) == ("sections moved", [second, first])
    assert move("overview", "up") == [first, second, *rest]


def test_a_section_is_removed_after_a_question_that_names_the_rules(as_educator: Client, bone_code: Code) -> None:
    url = reverse("section_remove", args=[bone_code.number, "billing"])
    asked = as_educator.get(url)
    assert "not-with" in asked.text
    as_educator.post(url, {"seen": asked.context["seen"], "why": "Moved to another page"})
    assert read_part(bone_code, "sections/billing") is None
    assert (entry().after, entry().why) == (None, "Moved to another page")
    assert as_educator.get(url).status_code == 404


def test_a_section_that_was_changed_meanwhile_is_not_removed_unseen(as_educator: Client, bone_code: Code) -> None:
    url = reverse("section_remove", args=[bone_code.number, "billing"])
    seen = as_educator.get(url).context["seen"]
    bone_code.section_set.filter(slug="billing").update(body="Something new.")
    answer = as_educator.post(url, {"seen": seen})
    assert answer.status_code == 409
    assert "Something new." in answer.text
    assert as_educator.post(url, {"seen": answer.context["seen"]}).status_code == 302


def test_every_standard_section_has_its_writing_standard_beside_it(as_educator: Client, bone_code: Code) -> None:
    assert set(STANDARDS) == {slug for slug, _ in SECTIONS}
    for slug, _ in SECTIONS:
        page = as_educator.get(part_url(bone_code, f"sections/{slug}")).text
        assert STANDARDS[slug][:40] in page
        assert re.search(r"\d+ words|steps", STANDARDS[slug])


# About ----------------------------------------------------------------------------------------


def test_the_code_is_told_of_and_its_number_stays(as_educator: Client, bone_code: Code) -> None:
    changed = {"title": "Another title", "search_words": "one\r\n\r\n two ", "number": "A1234"}
    saved(as_educator, bone_code, "about", **changed)
    code = Code.objects.get(pk=bone_code.pk)
    assert (code.number, code.title, code.search_words) == (bone_code.number, "Another title", ["one", "two"])


def test_a_descriptor_is_asked_for_only_with_a_licence(as_educator: Client, bone_code: Code, settings: Any) -> None:
    saved(as_educator, bone_code, "about", official_descriptor="Theirs")
    assert Code.objects.get(pk=bone_code.pk).official_descriptor == ""
    settings.CPT_LICENSE_REF = "A licence"
    saved(as_educator, bone_code, "about", official_descriptor="Theirs")
    assert Code.objects.get(pk=bone_code.pk).official_descriptor == "Theirs"


# Rows -----------------------------------------------------------------------------------------


def test_rows_are_added_moved_and_removed_without_script(as_educator: Client, bone_code: Code) -> None:
    url = part_url(bone_code, "similar")
    before = [row["number"] for row in read_part(bone_code, "similar")]

    def press(action: str, **typed: str) -> list[str]:
        answer = as_educator.post(
            url, opened(as_educator, bone_code, "similar") | {"action": action} | typed, follow=True
        )
        form = form_of(answer)
        return [form[f"rows-{place}-number"] for place in range(int(form["rows"]))]

    assert press("add-row") == [*before, ""]
    last = len(before)
    assert press(f"up-{last}", **{f"rows-{last}-number": "A1234"}) == [*before[:-1], "A1234", before[-1]]
    assert press("down-0")[:2] == ([*before[:-1], "A1234"])[:2][::-1]
    assert press("remove-0") == [before[0], *before[2:-1], "A1234", before[-1]][:last]
    assert [row["number"] for row in read_part(bone_code, "similar")] == before
    saved(as_educator, bone_code, "similar")
    assert "A1234" in [row["number"] for row in read_part(bone_code, "similar")]


@pytest.mark.parametrize("action", ["up-0", "down-99", "remove-99", "up-x", "remove-", "down"])
def test_buttons_that_lead_nowhere_lose_nothing(as_educator: Client, bone_code: Code, action: str) -> None:
    before = opened(as_educator, bone_code, "sources")
    as_educator.post(part_url(bone_code, "sources"), before | {"action": action})
    after = opened(as_educator, bone_code, "sources")
    assert {name: after[name] for name in after if name.startswith("rows")} == {
        name: before[name] for name in before if name.startswith("rows")
    }


def test_empty_rows_are_none_and_items_get_a_short_name(as_educator: Client, bone_code: Code) -> None:
    rows = {"rows": "3", "rows-0-text": "the size of the tumor", "rows-2-text": "The side", "rows-2-slug": "side"}
    typed = {"seen": opened(as_educator, bone_code, "documentation")["seen"]} | rows
    as_educator.post(part_url(bone_code, "documentation"), typed)
    assert read_part(bone_code, "documentation") == [
        {"slug": "the-size-of-the-tumor", "text": "the size of the tumor"},
        {"slug": "side", "text": "The side"},
    ]


@pytest.mark.parametrize(
    ("part", "typed", "field", "says"),
    [
        ("history", {"rows-0-date": "2024-02-30", "rows-0-kind": "added"}, "rows-0-date", "Enter a valid date"),
        ("history", {"rows-0-text": "Something"}, "rows-0-kind", "Fill this in"),
        ("history", {"rows-0-kind": "odd"}, "rows-0-kind", "Select a valid choice"),
        ("documentation", {"rows-0-slug": "x"}, "rows-0-text", "Fill this in"),
        ("documentation", {"rows-0-text": "x", "rows-0-slug": "Not so"}, "rows-0-slug", "Lower-case letters"),
        ("documentation", {"rows-0-text": "……"}, "rows-0-slug", "This field cannot be blank"),
        ("documentation", {"rows-0-text": "x", "rows-1-text": "x"}, "rows-1-slug", "stands in row 1 already"),
        ("documentation", {"rows-0-text": "x" * 301}, "rows-0-text", "at most 300"),
        ("similar", {"rows-0-gloss": "x"}, "rows-0-number", "Fill this in"),
        ("similar", {"rows-0-number": "A1", "rows-1-number": "A1"}, "rows-1-number", "stands in row 1 already"),
        ("similar", {"rows-0-number": "x" * 11}, "rows-0-number", "at most 10"),
        ("sources", {"rows-0-title": "x", "rows-0-url": "javascript:alert(1)"}, "rows-0-url", "Enter a valid URL"),
        ("sources", {"rows-0-note": "x"}, "rows-0-title", "Fill this in"),
        ("sections/billing", {"heading": " "}, "heading", "This field is required"),
        ("sections/billing", {"heading": "x" * 121}, "heading", "at most 120"),
        ("sections/billing", {"why": "x" * 301}, "why", "at most 300"),
        ("about", {"title": ""}, "title", "This field is required"),
        ("about", {"system": "odd"}, "system", "Select a valid choice"),
    ],
)
def test_what_cannot_be_stored_is_told_at_its_field_and_nothing_is_lost(
    as_educator: Client, bone_code: Code, part: str, typed: dict[str, str], field: str, says: str
) -> None:
    before = read_page(bone_code)
    data = opened(as_educator, bone_code, part)
    if part in TABLES:
        data = {"seen": data["seen"], "rows": "2"}
    answer = as_educator.post(part_url(bone_code, part), data | typed)
    assert answer.status_code == 422
    assert says in answer.context["form"].errors[field][0]
    assert f'href="#id_{field}"' in answer.text
    assert {name: form_of(answer)[name] for name in typed} == typed
    assert read_page(Code.objects.get(pk=bone_code.pk)) == before
    assert not AuditEntry.objects.exists()


def test_an_error_in_a_row_is_told_there_though_rows_before_it_are_empty(as_educator: Client, bone_code: Code) -> None:
    seen = opened(as_educator, bone_code, "documentation")["seen"]
    typed = {"seen": seen, "rows": "3", "rows-1-text": "Fine", "rows-2-text": "……"}
    answer = as_educator.post(part_url(bone_code, "documentation"), typed)
    assert list(answer.context["form"].errors) == ["rows-2-slug"]


@pytest.mark.parametrize("rows", ["", "x", "-1", "999999", "²", "201"])
def test_an_odd_number_of_rows_harms_nobody(as_educator: Client, bone_code: Code, rows: str) -> None:
    seen = opened(as_educator, bone_code, "sources")["seen"]
    answer = as_educator.post(part_url(bone_code, "sources"), {"seen": seen, "rows": rows, "rows-0-note": "x"})
    assert answer.status_code == 422


# Preview --------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![a picture](https://elsewhere.example/a.png)",
    "[press](javascript:alert(1))",
    "[press](//elsewhere.example)",
    '<div hx-get="/x" hx-trigger="load">x</div>',
    "<style>body{display:none}</style>",
]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_preview_shows_hostile_text_and_runs_none(
    as_educator: Client, bone_code: Code, text: str, headers: dict[str, str]
) -> None:
    data = opened(as_educator, bone_code, "sections/billing") | {"body": f"**Bold** {text}", "action": "preview"}
    page = as_educator.post(part_url(bone_code, "sections/billing"), data, headers=headers).text
    shown = Elements()
    shown.feed(page[page.index('<div id="preview"') :].partition("</section>")[0])
    assert "strong" in shown.names
    assert not shown.names & {"script", "img", "style", "iframe", "svg", "form"}
    assert not [name for name in shown.attributes if name.startswith(("on", "hx-", "data-", "src", "style"))]
    assert not [address for address in shown.addresses if not address.startswith(("https:", "/codes/"))]


class Elements(HTMLParser):
    """What a browser would make of a text: names of elements, names of attributes, addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [value or "" for name, value in attrs if name == "href"]


def test_a_preview_stores_nothing_and_keeps_what_is_typed(as_educator: Client, bone_code: Code) -> None:
    before = read_page(bone_code)
    data = opened(as_educator, bone_code, "sections/billing") | {"body": "*Typed*", "heading": "", "action": "preview"}
    answer = as_educator.post(part_url(bone_code, "sections/billing"), data)
    assert (answer.status_code, form_of(answer)["body"], form_of(answer)["heading"]) == (200, "*Typed*", "")
    assert "<em>Typed</em>" in answer.text
    assert read_page(bone_code) == before


def test_text_that_no_database_takes_is_stored_without_it(as_educator: Client, bone_code: Code) -> None:
    saved(as_educator, bone_code, "sections/billing", body="One\x00 two", why="be\x00cause")
    assert read_part(bone_code, "sections/billing")["body"] == "One two"
    assert entry().why == "because"


def test_nobody_else_writes(as_trainee: Client, bone_code: Code) -> None:
    before = read_page(bone_code)
    for part in PARTS:
        assert as_trainee.post(part_url(bone_code, part), sent(heading="Mine").dict()).status_code == 403
    assert read_page(bone_code) == before


# What is too long, or reads as another text ---------------------------------------------------


@pytest.mark.parametrize(
    ("part", "name", "most"),
    [("sections/billing", "body", 50_000), ("about", "summary", 10_000), ("history", "rows-0-text", 10_000)],
)
def test_a_text_may_be_so_long_and_no_longer(
    as_educator: Client, bone_code: Code, part: str, name: str, most: int
) -> None:
    refused = saved(as_educator, bone_code, part, **{name: "a" * (most + 1)})
    assert refused.status_code == 422
    assert f"This has {most + 1} characters; {most} are the most." in refused.text
    assert "a" * (most + 1) in refused.text
    assert saved(as_educator, bone_code, part, **{name: "a" * most}).status_code == 302
    assert "a" * most in str(read_part(Code.objects.get(pk=bone_code.pk), part))


TURNED = "exe\u202egnp"


@pytest.mark.parametrize("mark", [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"])
def test_no_title_turns_the_order_of_letters_around(as_educator: Client, bone_code: Code, mark: str) -> None:
    refused = saved(as_educator, bone_code, "about", title=f"Bone {mark} tumors")
    assert refused.status_code == 422
    assert "Title: This has an unseen mark that turns the order of letters around." in refused.text


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("sections/billing", "heading"), ("documentation", "rows-0-text"), ("similar", "rows-0-gloss"),
        ("sources", "rows-0-title"), ("about", "search_words"),
    ],
)  # fmt: skip
def test_no_short_text_does(as_educator: Client, bone_code: Code, part: str, name: str) -> None:
    before = read_part(bone_code, part)
    refused = saved(as_educator, bone_code, part, **{name: TURNED})
    assert refused.status_code == 422
    assert f'href="#id_{name}"' in refused.text
    assert "turns the order of letters around" in refused.text
    assert read_part(bone_code, part) == before


def test_a_new_page_or_a_file_with_such_a_title_is_refused(as_educator: Client, bone_code: Code) -> None:
    sent = {"system": "HCPCS", "number": "B1234", "title": TURNED}
    refused = as_educator.post(reverse("write_new"), sent)
    assert (refused.status_code, Code.objects.filter(number="B1234").exists()) == (422, False)
    with pytest.raises(PageError, match="title"):
        write_page(read_page(bone_code) | {"title": TURNED})


def test_a_text_in_another_script_is_as_welcome_as_any(as_educator: Client, bone_code: Code) -> None:
    hebrew = "שלום\u200f 20983"
    assert saved(as_educator, bone_code, "about", title=hebrew).status_code == 302
    assert Code.objects.get(pk=bone_code.pk).title == hebrew
