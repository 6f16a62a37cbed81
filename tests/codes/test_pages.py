"""Drafts, editions, the reference page."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.append_only import WrittenOnce
from accounts.models import User
from codes.lint import Level, lint
from codes.models import SECTIONS, Code, Edition, PublishedCode
from codes.pages import PageError, read_page, write_page
from codes.publish import build_document, publish


def test_a_page_written_and_read_is_the_same(bone_code: Code) -> None:
    content = read_page(bone_code)
    assert read_page(write_page(content)) == content


def test_a_page_with_a_fault_is_not_stored_at_all(bone_code: Code) -> None:
    content = read_page(bone_code)
    broken = content | {"title": "Changed", "rules": [*content["rules"][:-1], {"slug": "x", "kind": "nonsense"}]}
    with pytest.raises(PageError, match=r"rules\.\d+\.kind"):
        write_page(broken)
    bone_code.refresh_from_db()
    assert read_page(bone_code) == content


def test_publishing_makes_a_numbered_edition(bone_code: Code, educator: User) -> None:
    bone_code.title = "Another title"
    bone_code.save(update_fields=["title"])
    edition = publish(bone_code, by=educator, why="Clearer")
    assert (edition.number, edition.published_by, edition.document["title"]) == (2, educator, "Another title")
    assert PublishedCode.objects.get(number="20983").title == "Another title"


def test_publishing_without_a_change_makes_none(bone_code: Code, educator: User) -> None:
    assert publish(bone_code, by=educator, why="Nothing").number == 1
    assert bone_code.editions.count() == 1


def test_an_edition_is_never_changed(bone_code: Code) -> None:
    edition = bone_code.editions.get()
    edition.why = "Rewritten"
    with pytest.raises(WrittenOnce):
        edition.save()
    with pytest.raises(WrittenOnce):
        Edition.objects.filter(pk=edition.pk).update(why="Rewritten")


def test_the_page_has_its_ten_sections_with_fixed_ids(client: Client, bone_code: Code) -> None:
    page = client.get(bone_code.get_absolute_url()).text
    for slug, heading in SECTIONS:
        assert f'<section id="{slug}"' in page
        assert f">{heading}</h2>" in page


def test_each_rule_stands_in_the_section_it_cites(client: Client, bone_code: Code) -> None:
    page = client.get(bone_code.get_absolute_url()).text
    billing = page[page.index('<section id="billing"') : page.index('<section id="history"')]
    assert 'id="rule-not-with"' in billing
    assert "Do not report 76940, 77002, 77013 or 77022 together with this code" in billing


def test_a_draft_is_not_to_be_read(client: Client, bone_code: Code) -> None:
    bone_code.section_set.filter(slug="billing").update(body="Only a draft")
    assert "Only a draft" not in client.get(bone_code.get_absolute_url()).text


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2014-12-31", "this code cannot be used. Not valid before January 1, 2015"),
        ("2015-01-01", "a date in the past: this code was valid"),
        ("2999-01-01", "a date in the future"),
        ("2026-02-30", "is not a date"),
        ("0000-00-00", "is not a date"),
        ("٢٠٢٤-01-01", "is not a date"),
    ],
)
def test_the_page_says_how_it_stands_on_a_date(client: Client, bone_code: Code, day: str, said: str) -> None:
    page = client.get(bone_code.get_absolute_url(), {"dos": day})
    assert page.status_code == 200
    assert said in page.text


def test_a_rule_out_of_force_is_not_shown_on_that_date(client: Client, bone_code: Code, educator: User) -> None:
    bone_code.rules.filter(slug="not-with").update(starts=dt.date(2020, 1, 1))
    publish(bone_code, by=educator, why="Since 2020")
    assert 'id="rule-not-with"' not in client.get(bone_code.get_absolute_url(), {"dos": "2019-12-31"}).text
    assert 'id="rule-not-with"' in client.get(bone_code.get_absolute_url(), {"dos": "2020-01-01"}).text


def test_an_older_edition_can_be_read(client: Client, bone_code: Code, educator: User) -> None:
    bone_code.section_set.filter(slug="billing").update(body="Rewritten billing text")
    publish(bone_code, by=educator, why="Shorter")
    old = client.get(bone_code.get_absolute_url(), {"edition": "1"}).text
    assert "Rewritten billing text" not in old
    assert "not the newest" in old


@pytest.mark.parametrize("edition", ["99", "x", "-1", "9" * 40])
def test_an_edition_that_is_not_there_is_404(client: Client, bone_code: Code, edition: str) -> None:
    assert client.get(bone_code.get_absolute_url(), {"edition": edition}).status_code == 404


def test_lower_case_leads_to_the_page(client: Client, starter_library: None) -> None:
    assert client.get("/codes/g0001a/").status_code == 301


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](//evil.example)",
        "[x](/\\evil.example)",
        "![x](https://evil.example/x.png)",
        '<a hx-get="/admin/">x</a>',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_hostile_markdown_is_inert(bone_code: Code, hostile: str) -> None:
    bone_code.section_set.filter(slug="overview").update(body=hostile)
    html = build_document(bone_code)["sections"][0]["html"]
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html.lower()
    assert 'href="//' not in html
    assert "<a hx-get" not in html


def test_the_descriptor_shows_its_owner(client: Client, bone_code: Code, educator: User) -> None:
    bone_code.official_descriptor = "Imaginary descriptor"
    bone_code.save(update_fields=["official_descriptor"])
    publish(bone_code, by=educator, why="Licensed")
    page = client.get(bone_code.get_absolute_url()).text
    assert "Imaginary descriptor" in page
    assert "© American Medical Association" in page


def test_the_starter_library_has_no_lint_error(starter_library: None) -> None:
    errors = [(code.number, p) for code in Code.objects.all() for p in lint(code) if p.level is Level.ERROR]
    assert not errors


def test_lint_names_a_rule_without_its_section(bone_code: Code) -> None:
    bone_code.section_set.filter(slug="billing").delete()
    problems = [p for p in lint(bone_code) if p.level is Level.ERROR]
    assert {p.where for p in problems} == {"rule not-with", "rule units"}


def test_lint_sees_a_sibling_that_the_page_denies(bone_code: Code) -> None:
    bone_code.similarcode_set.all().delete()
    assert any("20982 differs only in technique" in p.message for p in lint(bone_code))


def test_lint_says_which_example_cannot_be_asked(bone_code: Code) -> None:
    example = bone_code.example_set.first()
    example.encounter["services"] = [{"procedure": "ablation", "site": "prostate"}]
    example.narrative = "One."
    example.save()
    assert any(p.where == f"example {example.slug}" and "not asked" in p.message for p in lint(bone_code))


def test_the_page_costs_few_queries(client: Client, bone_code: Code, django_assert_max_num_queries: Any) -> None:
    client.get(bone_code.get_absolute_url())  # so that the rules are in memory
    with django_assert_max_num_queries(4):
        client.get(bone_code.get_absolute_url())


def test_the_front_page_says_when_there_is_nothing_yet(client: Client, no_library: None) -> None:
    assert "No page is published yet" in client.get(reverse("home")).text
