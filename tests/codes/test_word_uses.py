"""A word of the vocabulary that something names stays, and whoever wants it gone is told what names it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from codes.models import Code, Example, Facet, FacetValue, Phrase, Rule
from codes.word_uses import uses_of_facet, uses_of_words
from tests.conftest import signed_in
from tests.editorial.test_admin_trail import change, form_of


@pytest.fixture
def client(admin: User, starter_library: None) -> Client:
    """An administrator's."""
    return signed_in(admin)


@pytest.fixture
def views(starter_library: None) -> Facet:
    return Facet.objects.get(name="views")


def sent_of(client: Client, facet: Facet) -> dict[str, Any]:
    """The form of a facet as a browser sends it back."""
    sent = form_of(client.get(change(facet)))
    lists = {name: str(value).replace("'", '"') for name, value in sent.items() if isinstance(value, list)}
    return sent | lists


def row_of(sent: dict[str, Any], value: str) -> str:
    """The beginning of the names of the fields of a value."""
    return next(name for name in sent if name.endswith("-value") and sent[name] == value).removesuffix("value")


def test_a_facet_that_is_used_is_not_deleted(client: Client, views: Facet) -> None:
    url = reverse("admin:codes_facet_delete", args=[views.pk])
    asked = client.get(url).text
    assert "rule “selection”" in asked
    assert "protected" in asked
    assert "71046" in asked
    client.post(url, {"post": "yes"})
    client.post(
        reverse("admin:codes_facet_changelist"),
        {"action": "delete_selected", "_selected_action": [views.pk], "post": "yes"},
    )
    assert Facet.objects.filter(pk=views.pk).exists()
    assert not AuditEntry.objects.exists()


def test_one_that_nothing_names_is(client: Client) -> None:
    facet = Facet.objects.create(name="unheard-of", label="Unheard of")
    client.post(reverse("admin:codes_facet_delete", args=[facet.pk]), {"post": "yes"})
    assert not Facet.objects.filter(pk=facet.pk).exists()


@pytest.mark.parametrize("field", ["DELETE", "value"])
def test_a_value_that_is_used_neither_goes_nor_is_called_otherwise(client: Client, field: str) -> None:
    site = Facet.objects.get(name="site")
    sent = sent_of(client, site)
    answer = client.post(change(site), sent | {f"{row_of(sent, 'bone')}{field}": "on"})
    assert answer.status_code == 200
    assert "“bone” cannot go or be called otherwise. Used: " in answer.text
    assert "20983: rule “" in answer.text
    assert FacetValue.objects.filter(facet=site, value="bone").exists()


def test_a_value_that_nothing_names_goes(client: Client) -> None:
    site = Facet.objects.get(name="site")
    FacetValue.objects.create(facet=site, value="spleen", synonyms=["lien"])
    sent = sent_of(client, site)
    assert client.post(change(site), sent | {f"{row_of(sent, 'spleen')}DELETE": "on"}).status_code == 302
    assert not FacetValue.objects.filter(facet=site, value="spleen").exists()


def test_a_facet_that_is_used_keeps_its_name_and_may_have_another_label(client: Client, views: Facet) -> None:
    sent = sent_of(client, views)
    refused = client.post(change(views), sent | {"name": "looks"})
    assert "“views” cannot be called otherwise, because it is used: " in refused.text
    assert client.post(change(views), sent | {"label": "Number of looks"}).status_code == 302
    assert Facet.objects.get(pk=views.pk).label == "Number of looks"


def test_what_readers_have_counts_when_the_draft_names_it_no_more(bone_code: Code) -> None:
    Rule.objects.all().delete()
    Example.objects.all().delete()
    Phrase.objects.all().delete()
    uses = list(map(str, uses_of_words("site", ["bone"])))
    assert "20982: rule “selection”, as published" in uses
    assert all(use.endswith(", as published") for use in uses)


def test_a_facet_that_a_kind_takes_where_its_rule_says_nothing_is_used(no_library: None) -> None:
    code = Code.objects.create(number="A9999", title="A service")
    Rule.objects.create(code=code, slug="sides", kind="laterality", params={}, section="billing")
    assert [str(use) for use in uses_of_facet("laterality")] == ["A9999: rule “sides”"]
    assert uses_of_words("laterality", ["left"]) == ()


def test_the_modifiers_of_a_rule_are_no_words_of_its_facet(no_library: None) -> None:
    code = Code.objects.create(number="A9999", title="A service")
    params = {"facet": "laterality", "modifiers": {"Left": "LT"}}
    Rule.objects.create(code=code, slug="sides", kind="modifier", params=params, section="billing")
    assert uses_of_words("laterality", ["left"])
    assert uses_of_words("laterality", ["LT"]) == ()


def test_a_phrase_is_named_by_its_text(no_library: None) -> None:
    Phrase.objects.create(slug="x", part="opening", text="Seen today.", when={"unheard-of": []})
    assert [str(use) for use in uses_of_facet("unheard-of")] == ["phrase “Seen today.”"]


def test_a_synonym_that_facts_have_stays_in_the_editor(client: Client, bone_code: Code) -> None:
    bone = FacetValue.objects.get(facet__name="site", value="bone")
    example = bone_code.example_set.earliest("pk")
    example.encounter["services"][0]["site"] = "iliac"
    example.save()
    url = reverse("word", args=[bone.pk])
    seen = client.get(url).context["seen"]
    refused = client.post(url, {"synonyms": "osseous", "seen": seen})
    assert refused.status_code == 422
    assert f"example “{example.title}”" in refused.text
    assert "iliac" in FacetValue.objects.get(pk=bone.pk).synonyms
    assert client.post(url, {"synonyms": "osseous, iliac", "seen": seen}).status_code == 302
