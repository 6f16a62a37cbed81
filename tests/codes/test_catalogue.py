"""One list of published pages and loaded codes: what is found, what is said of it, and how the page shows it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.http import HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from codes import catalogue, finding
from codes.catalogue import PER_PAGE, Found
from codes.models import Code, PublishedCode, Synonym
from codes.publish import publish
from codes.synonyms import load_synonyms
from datasets import store
from datasets.loading import load_files
from datasets.models import Release
from datasets.search import building
from datasets.search.asking import MOST, Filters
from datasets.search.words import without_its_name

DAY = date(2026, 2, 1)
AS_HTMX = {"HX-Request": "true", "HX-Target": "results"}
#: Lines of an order file; the texts are made up but for the words that synonyms stand for.
LINES = (
    ("C79", 0, "Wobbly tables of other places"),
    ("C7951", 1, "Wobbly table of bone"),
    ("C7952", 1, "Wobbly table of marrow"),
    ("I219", 1, "Wobbly myocardial infarction"),
    ("N200", 1, "Wobbly calculus of kidney"),
    ("S7200", 1, "Wobbly fracture of left femur"),
    ("Z000", 1, "Mild & <strong> wobble"),
)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where loaded files lie, each test's own."""
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    yield tmp_path
    store.close()


@pytest.fixture
def sets(starter_library: None, folder: Path) -> None:
    """Two years of an order file; one code of the first is not in the second."""
    if not Synonym.objects.exists():
        load_synonyms()
    write(folder, 2025, [*LINES, ("A009", 1, "Wobbly thing of yesteryear")])
    write(folder, 2026, LINES)


def write(folder: Path, year: int, lines: Any) -> None:
    path = folder / f"icd10cm-order-{year}.txt"
    rows = [f"{n:05d} {code:<7} {billable} {text:<60} {text}\n" for n, (code, billable, text) in enumerate(lines, 1)]
    path.write_text("".join(rows), encoding="latin-1")
    list(load_files([path], at=timezone.now()))
    building.renew(at=timezone.now())


def find(text: str, **asked: Any) -> Found:
    filters = {name: asked.pop(name) for name in ("on", "system", "billable", "valid") if name in asked}
    return catalogue.find(text, Filters(**{"on": DAY, **filters}), **asked)


def numbers(text: str, **asked: Any) -> list[str]:
    return [row.number for row in find(text, **asked).rows]


def looked(client: Client, **query: str) -> str:
    return client.get(reverse("find_codes"), {"dos": DAY.isoformat(), **query}).text


# What is found ---------------------------------------------------------------------------------


def test_pages_come_first_and_codes_after_them(sets: None) -> None:
    found = numbers("bone")
    assert "20983" in found
    assert found[-1] == "C79.51"


@pytest.mark.parametrize("text", ["C7951", "c79.51", "C79 51", "c79-51"])
def test_a_diagnosis_is_found_by_its_number_however_it_is_typed(sets: None, text: str) -> None:
    assert numbers(text) == ["C79.51"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CPT 20983", "20983"),
        ("CPT code 20983", "20983"),
        ("20983 cpt", "20983"),
        ("#20983,", "20983"),
        ("“20983”", "20983"),
        ("ICD-10-CM C79.51", "C79.51"),
        ("icd10 c7951", "C79.51"),
    ],
)
def test_what_a_number_is_called_and_set_in_is_no_part_of_it(sets: None, text: str, number: str) -> None:
    assert numbers(text) == [number]


def test_the_name_of_a_set_beside_words_is_a_word_as_any_other(sets: None) -> None:
    assert without_its_name("code of the bone") == "code of the bone"
    assert without_its_name("#") == "#"


def test_the_beginning_of_a_number_finds_its_family(sets: None) -> None:
    assert numbers("c79") == ["C79", "C79.51", "C79.52"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("MI", "I21.9"),
        ("heart attack", "I21.9"),
        ("heart attacks", "I21.9"),
        ("kidney stone", "N20.0"),
        ("fx femur", "S72.00"),
    ],
)
def test_abbreviations_and_lay_words_are_understood(sets: None, text: str, number: str) -> None:
    found = find(text)
    assert number in [row.number for row in found.rows]
    assert found.meanings


def test_what_a_word_was_taken_for_is_said_where_nothing_has_it_too(client: Client, db: None) -> None:
    load_synonyms()
    page = client.get(reverse("find_codes"), {"q": "heart attack"}).text
    assert "0 codes for “heart attack”" in page
    assert "“heart attack” is also looked for as <em>myocardial infarction</em>" in page


def test_a_short_abbreviation_is_no_beginning_of_other_words(sets: None) -> None:
    assert "Z00.0" not in numbers("mi")
    assert "Z00.0" in numbers("mil")


def test_what_an_educator_adds_is_understood_at_once(sets: None) -> None:
    assert numbers("jiggly bone") == []
    word = Synonym.objects.create(term="jiggly", means=["wobbly"])
    assert numbers("jiggly bone") == ["C79.51"]
    word.active = False
    word.save()
    assert numbers("jiggly bone", exact=True) == []


@pytest.mark.parametrize("typed", ["wobly bone", "wobbyl bone", "bone wobblyy", "wibbly bone"])
def test_a_slip_of_the_pen_is_corrected_and_told(sets: None, typed: str) -> None:
    found = find(typed)
    assert [row.number for row in found.rows] == ["C79.51"]
    assert "wobbly" in found.corrected


def test_exactly_as_typed_means_without_correction(sets: None) -> None:
    assert find("wobly bone", exact=True) == Found()


@pytest.mark.parametrize("typed", ["C7591", "C7915", "C79511", "c795l", "C7950"])
def test_the_closest_numbers_are_shown_for_one_that_is_not_there(sets: None, typed: str) -> None:
    found = find(typed)
    assert found.closest
    assert "C79.51" in [row.number for row in found.rows]


def test_a_number_that_only_the_filters_leave_out_has_no_closest(sets: None) -> None:
    assert find("a009", valid=True) == Found()
    assert find("s7200", system="HCPCS") == Found()


def test_a_page_that_is_published_is_found_at_once(sets: None) -> None:
    assert numbers("perpendicularity") == []
    code = Code.objects.get(number="20983")
    code.summary = "Perpendicularity"
    code.save()
    publish(code, by=None, why="To be found")
    assert numbers("perpendicularity") == ["20983"]


def test_a_code_with_a_page_is_shown_once_and_leads_there(sets: None, client: Client) -> None:
    code = Code.objects.create(system="ICD-10-CM", number="C79.51", title="Our words for it", summary="A summary")
    publish(code, by=None, why="A page of its own")
    assert numbers("C7951") == ["C79.51"]
    assert '<a href="/codes/C79.51/?dos=2026-02-01">' in looked(client, q="wobbly bone")


def test_nothing_loaded_leaves_the_pages(starter_library: None, folder: Path) -> None:
    assert "20983" in numbers("bone cryo")
    assert numbers("wobbly") == []


def test_without_a_text_every_page_is_there(sets: None) -> None:
    found = find("")
    assert found.total == Code.objects.count()
    assert len(found.rows) == PER_PAGE
    assert numbers("%") == []


#: What somebody may send to see whether it breaks: quotes, operators of both databases, no letters, far too much.
HOSTILE = (
    "'", '"', "''; DROP TABLE entries; --", '") OR 1=1 --', "\\", "\\'", "%", "_", "wobbly%", "?", "%s", "{}",
    "wobbly & !bone | (table)", "wobbly <-> table", "wobbly:*", "wobbly:A", "'wobbly':*", "!!", "( ( (", ":* :*", "& |",
    "wobbly AND bone", "NOT wobbly", "NEAR(wobbly bone)", "wobbly*", "^wobbly", "words:wobbly", "{words}: wobbly",
    "\x00", "wob\x00bly", "\ud800", "wobbly\udfff", "\u202ewobbly", "\ufeffwobbly", "wobbly\n\ttable", "\x1fwobbly\x7f",
    "\U0001f9b4", "wobbly \U0001f9b4", "\u9aa8", "\u0939\u0921\u094d\u0921\u0940", "\u0639\u0638\u0645", "\U0010ffff",
    "e\u0301" * 500, "\u0338" * 1000, "\ufdfa" * 300, "a" * 10_000, "wobbly " * 2_000, "a b c d e f g h i j " * 600,
    "C79.51" * 1_700, "1" * 10_000, "\xff" * 10_000, "*", "wo*", "w", "0",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_no_text_breaks_the_search(sets: None, client: Client, text: str) -> None:
    for filters in ({}, {"system": "ICD-10-CM", "billable": True, "valid": True}):
        assert find(text, **filters).total <= MOST
    assert list(PublishedCode.objects.search(text, on=DAY)[:5]) is not None
    sent = {"q": text.encode("utf-8", "surrogatepass")}
    for name in ("find_codes", "find_results", "suggestions"):
        assert client.get(reverse(name), sent, headers=AS_HTMX).status_code == 200
    assert numbers("wobbly bone") == ["C79.51"]


@pytest.mark.parametrize(
    "text", ["wobbly & bone", "'wobbly':* | bone", "wobbly\x00 bone", "\U0001f9b4wobbly\U0001f9b4bone", "wobbly*bone"]
)
def test_signs_between_words_are_nothing_to_look_for(sets: None, text: str) -> None:
    assert numbers(text) == ["C79.51"]


def test_a_page_with_a_word_without_end_is_published_and_found(sets: None) -> None:
    code = Code.objects.create(number="20001", title="Endless", summary="q" * 6_000)
    publish(code, by=None, why="To be found")
    assert numbers("q" * 200) == numbers("endless") == ["20001"]


# Days and filters ------------------------------------------------------------------------------


def test_what_is_not_valid_any_more_comes_last_and_says_so(sets: None, client: Client) -> None:
    assert numbers("wobbly thing") == ["A00.9"]
    assert numbers("wobbly")[-1] == "A00.9"
    assert "Deleted, last valid September 30, 2025" in looked(client, q="yesteryear")


def test_the_date_of_service_decides_what_is_valid(sets: None) -> None:
    assert numbers("yesteryear", valid=True) == []
    assert numbers("yesteryear", valid=True, on=date(2025, 9, 30)) == ["A00.9"]


def test_what_is_left_out_for_the_date_is_one_link_away(sets: None, client: Client) -> None:
    page = looked(client, q="yesteryear", valid="1")
    (link,) = re.findall(r'<a href="([^"]+)">Search everything', page)
    assert "A00.9" in client.get(reverse("find_codes") + link.replace("&amp;", "&")).text


def test_categories_are_told_apart_and_can_be_left_out(sets: None, client: Client) -> None:
    assert "Category, not billable" in looked(client, q="wobbly places")
    assert "C79</span>" not in looked(client, q="c79", billable="1")


def test_a_set_can_be_chosen(sets: None) -> None:
    assert numbers("bone", system="ICD-10-CM") == ["C79.51"]
    assert "C79.51" not in numbers("bone", system="CPT")


# The page --------------------------------------------------------------------------------------


def test_the_page_says_what_was_corrected_and_leads_to_what_was_typed(sets: None, client: Client) -> None:
    page = looked(client, q="wobly bone")
    assert "<strong>wobbly bone</strong>" in page
    (link,) = re.findall(r'<a href="([^"]+)">Search for “wobly bone” exactly', page)
    query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
    assert (query["exact"], query["q"]) == (["1"], ["wobly bone"])
    exactly = client.get(reverse("find_codes") + link.replace("&amp;", "&")).text
    assert "exactly as it is typed" in exactly


def test_the_page_says_what_a_word_was_taken_for_and_marks_it(sets: None, client: Client) -> None:
    page = looked(client, q="MI")
    assert "“mi” is also looked for as <em>myocardial infarction</em>" in page
    assert "<mark>myocardial</mark> <mark>infarction</mark>" in page


def test_a_text_from_a_file_is_never_markup(sets: None, client: Client) -> None:
    for query in ("mild", "strong", "amp", "lt", "wobble"):
        page = looked(client, q=query).split('class="codelist')[1].split("</main>")[0]
        assert "<strong>" not in page
        assert "&<mark>" not in page
    assert "<mark>Mild</mark> &amp; &lt;strong&gt; wobble" in looked(client, q="mild")


def test_results_are_paged(sets: None, folder: Path, client: Client) -> None:
    write(folder, 2026, [(f"B{n:03d}", 1, f"Many things, the one of {n}") for n in range(50, 50 + MOST + 30)])
    first, last = looked(client, q="many things"), looked(client, q="many things", page=str(MOST // PER_PAGE))
    assert "More than 100 codes" in first
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in last
    assert "One more word finds the others" in last
    shown = [numbers("many things", first=place) for place in range(0, MOST, PER_PAGE)]
    assert len({number for page in shown for number in page}) == MOST


@pytest.mark.parametrize("asked", ["q=many+things", "q=many+things&page=3&billable=1", "", "q=wobbly+%26", "q=c79"])
def test_a_list_that_was_kept_reads_as_one_that_is_rendered(sets: None, folder: Path, asked: str) -> None:
    write(folder, 2026, [*LINES, *((f"B{n:03d}", 1, f"Many things, the one of {n}") for n in range(50, 120))])
    for query in (asked, asked.replace("wobbly", "wobbly <table>"), f"{asked}&dos=2019-01-01"):
        found = finding.find_page(QueryDict(query))
        assert found["found"].rows
        assert HttpResponse(finding.find_list(found)).text == render_to_string(finding.LIST, found)


@pytest.mark.parametrize(
    ("text", "terms", "told"),
    [
        ("Meniere's disease", ("menier",), "<mark>Meniere</mark>&#x27;s disease"),
        (
            "M\u00e9ni\u00e8re, Sj\u00d6GREN",
            ("sjogren", "men"),
            "<mark>M\u00e9ni\u00e8re</mark>, <mark>Sj\u00d6GREN</mark>",
        ),
        (
            "bones, bone-bone wishbone",
            ("bone", "bo"),
            "<mark>bones</mark>, <mark>bone</mark>-<mark>bone</mark> wishbone",
        ),
        ("a & b < c's", ("amp", "lt", "x27", "39", "quot"), "a &amp; b &lt; c&#x27;s"),
        ("stra\u00dfe \u9aa8", ("stra", "\u9aa8"), "<mark>stra\u00dfe</mark> <mark>\u9aa8</mark>"),
        ("nothing", (), "nothing"),
    ],
)
def test_words_are_marked_that_begin_with_a_term_whatever_their_accents(
    text: str, terms: tuple[str, ...], told: str
) -> None:
    assert finding.marked([text, "", text], terms) == [told, "", told]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "2.5", "²"])
def test_a_page_that_there_is_not_is_no_error(sets: None, client: Client, page: str) -> None:
    assert client.get(reverse("find_codes"), {"q": "wobbly", "page": page}).status_code == 200


# As somebody types -----------------------------------------------------------------------------


def test_the_results_alone_are_those_of_the_page(sets: None, client: Client) -> None:
    query = {"q": "wobbly", "dos": DAY.isoformat()}
    alone = client.get(reverse("find_results"), query, headers=AS_HTMX)
    assert alone.text.strip() in client.get(reverse("find_codes"), query).text
    assert "<html" not in alone.text


def test_the_address_follows_what_is_typed(sets: None, client: Client) -> None:
    sent = client.get(reverse("find_results"), {"q": "wobbly ü"}, headers=AS_HTMX)
    assert sent["HX-Replace-Url"] == "/codes/?q=wobbly+%C3%BC"


def test_results_asked_for_as_a_page_lead_to_the_page(sets: None, client: Client) -> None:
    assert client.get(reverse("find_results"), {"q": "bone"})["Location"] == "/codes/?q=bone"


def test_nobody_is_looked_up_for_results_that_are_the_same_for_all(sets: None, as_trainee: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        sent = as_trainee.get(reverse("find_results"), {"q": "wobbly"}, headers=AS_HTMX)
    assert asked.captured_queries
    assert not [one for one in asked.captured_queries if "session" in one["sql"] or "accounts_user" in one["sql"]]
    assert sent["Cache-Control"] == "no-store, private"


def test_where_reading_is_not_open_results_are_for_those_who_signed_in(
    sets: None, client: Client, as_trainee: Client, settings: Any
) -> None:
    settings.READING_OPEN = False
    assert client.get(reverse("find_results"), {"q": "bone"}, headers=AS_HTMX).status_code == 302
    assert as_trainee.get(reverse("find_results"), {"q": "bone"}, headers=AS_HTMX).status_code == 200
    assert SESSION_KEY in as_trainee.session


def test_an_index_that_was_replaced_just_now_is_asked_for_anew(sets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real, gone = catalogue._state, [True]

    def state() -> Any:
        return real()._replace(build=1) if gone and gone.pop() else real()

    monkeypatch.setattr(catalogue, "_state", state)
    assert "C79.51" in numbers("wobbly bone")


def test_where_the_index_cannot_be_read_pages_are_found_and_the_log_says_what_to_do(sets: None, caplog: Any) -> None:
    release = Release.objects.get(kind=building.KIND)
    store.close()
    store.drop(release.place)
    assert "20983" in numbers("bone")
    assert numbers("wobbly") == []
    assert "index_codes" in caplog.text


# Synonyms --------------------------------------------------------------------------------------


def test_there_are_synonyms_to_begin_with_and_loading_them_again_changes_nothing(starter_library: None) -> None:
    load_synonyms()
    assert Synonym.objects.count() >= 150
    Synonym.objects.filter(term="mi").update(means=["something else"])
    assert load_synonyms() == 0
    assert Synonym.objects.get(term="mi").means == ["something else"]


def test_educators_edit_synonyms_in_the_admin(sets: None, as_educator: Client) -> None:
    form = {"term": "jiggly", "means": '["wobbly"]', "active": "on"}
    assert as_educator.post("/admin/codes/synonym/add/", form).status_code == 302
    assert numbers("jiggly bone") == ["C79.51"]
    for wrong in ({"means": "[]"}, {"means": '"wobbly"'}, {"means": '["-"]'}, {"term": "-"}):
        assert as_educator.post("/admin/codes/synonym/add/", {**form, "term": "other", **wrong}).status_code == 200
