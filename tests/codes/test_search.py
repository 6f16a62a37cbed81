"""Finding a code."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from codes.models import Code, PublishedCode
from codes.publish import publish
from codes.search import around


def numbers(text: str) -> list[str]:
    return list(PublishedCode.objects.search(text).values_list("number", flat=True))


@pytest.mark.parametrize("text", ["20983", " 20983 ", "20 983", "2098-3"])
def test_a_number_is_found_as_people_type_it(starter_library: None, text: str) -> None:
    assert numbers(text)[0] == "20983"


def test_the_beginning_of_a_number_is_enough(starter_library: None) -> None:
    assert {"20982", "20983"} <= set(numbers("2098"))


@pytest.mark.parametrize("text", ["cryoablation", "bone cryo", "FREEZING bone", "cryo bone skin"])
def test_words_are_found_in_any_order_and_case(starter_library: None, text: str) -> None:
    assert "20983" in numbers(text)


@pytest.mark.parametrize("typo", ["cryoablaton", "criyoablation", "cryoabltion"])
def test_a_slip_of_the_pen_is_corrected(starter_library: None, client: Client, typo: str) -> None:
    page = client.get(reverse("find_codes"), {"q": typo}).text
    assert "<strong>cryoablation</strong>" in page
    assert "20983" in page


def test_a_number_that_is_not_there_leads_to_its_neighbours(starter_library: None, client: Client) -> None:
    page = client.get(reverse("find_codes"), {"q": "20984"}).text
    assert "closest numbers" in page
    assert "20983" in page


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        '"',
        "'",
        "a AND b OR NOT",
        "x*",
        "NEAR(a b)",
        "%",
        "\\",
        "words:x",
        ") OR 1=1 --",
        "\u202e",
        "é" * 500,
        "-",
        "\x00",
        "a\x00b",
    ],
)
def test_no_text_breaks_the_search(starter_library: None, client: Client, text: str) -> None:
    assert client.get(reverse("find_codes"), {"q": text}).status_code == 200
    assert client.get(reverse("suggestions"), {"q": text}, headers={"HX-Request": "true"}).status_code == 200


def test_a_word_in_the_title_comes_before_one_in_the_text(starter_library: None) -> None:
    found = PublishedCode.objects.search("liver")
    titles = ["liver" in row.title for row in found]
    assert titles == sorted(titles, reverse=True)
    assert titles[0]
    assert not titles[-1]


def test_letters_are_folded_where_pages_are_found_and_where_they_are_ranked(bone_code: Code) -> None:
    """The words of texts and those that are asked for go the same way, whatever the database does with letters."""
    for number, title, summary in (("20001", "Zebrine", "Ménière’s"), ("20002", "Médical BJØRN", "Zebrine")):
        publish(Code.objects.create(number=number, title=title, summary=summary), by=None, why="To be found")
    assert numbers("meniere") == numbers("MÉNIÈRE") == numbers("Me\u0301nie\u0300re") == ["20001"]
    assert numbers("bjorn") == numbers("bjørn") == ["20002"]
    assert numbers("zebrine") == ["20001", "20002"]
    assert numbers("médical zebrines") == ["20002"]


def test_with_a_day_what_is_valid_on_it_comes_first(starter_library: None) -> None:
    found = PublishedCode.objects.search("ablation", on=date(2014, 5, 1))
    valid = [row.covers(date(2014, 5, 1)) for row in found]
    assert valid == sorted(valid, reverse=True)
    assert not valid[-1]
    assert {row.pk for row in found} == {row.pk for row in PublishedCode.objects.search("ablation")}


def test_the_list_says_what_is_valid_on_the_date(starter_library: None, client: Client) -> None:
    page = client.get(reverse("find_codes"), {"q": "20983", "dos": "2014-05-01"}).text
    assert "Not valid before January 1, 2015" in page


def test_only_valid_codes_can_be_asked_for(starter_library: None, client: Client) -> None:
    page = client.get(reverse("find_codes"), {"q": "2098", "dos": "2014-05-01", "valid": "1"}).text
    assert "20982" in page
    assert "/codes/20983/" not in page


def test_a_code_set_can_be_asked_for(starter_library: None, client: Client) -> None:
    assert "0 codes" in client.get(reverse("find_codes"), {"q": "bone", "system": "ICD-10-CM"}).text
    assert "20983" in client.get(reverse("find_codes"), {"q": "bone", "system": "nonsense"}).text


def test_each_result_says_why_it_was_found(starter_library: None, client: Client) -> None:
    assert "found by its number" in client.get(reverse("find_codes"), {"q": "20983"}).text
    assert "argon" in client.get(reverse("find_codes"), {"q": "argon"}).text.split("found “", 1)[1][:150]


def test_suggestions_are_options(starter_library: None, client: Client) -> None:
    sent = client.get(reverse("suggestions"), {"line-3-code": "cryo"}, headers={"HX-Request": "true"})
    assert '<option value="20983">' in sent.text


def test_the_list_costs_the_same_for_one_and_for_all(
    starter_library: None, client: Client, django_assert_max_num_queries: Any
) -> None:
    for text in ("20983", "ablation", ""):
        with django_assert_max_num_queries(4):
            client.get(reverse("find_codes"), {"q": text})


def test_an_excerpt_has_no_marks_of_markdown() -> None:
    text = " A code for - **frozen tumors** of `bone`, and for nothing else that was done "
    assert (
        around(text, text.lower(), ["tumors"]) == "… code for - frozen tumors of bone, and for nothing else that was …"
    )
