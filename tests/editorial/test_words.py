"""The vocabulary in the editor."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, User
from codes.models import Code, Facet, FacetValue, Rule
from editorial import word_editing
from tests.codes.sent import fields_of

LIST, NEW = reverse("words"), reverse("word_new")


@pytest.fixture
def bone(starter_library: None) -> FacetValue:
    return FacetValue.objects.get(facet__name="site", value="bone")


def at(word: FacetValue) -> str:
    return reverse("word", args=[word.pk])


def test_a_word_is_found_by_its_synonym_with_where_it_is_used(as_educator: Client, bone: FacetValue) -> None:
    bone.synonyms = [*bone.synonyms, "unheard-of"]
    bone.save()
    page = as_educator.get(LIST, {"q": "unheard", "facet": "site"}).text
    assert f'<a href="{at(bone)}">bone</a>' in page
    assert page.count('<th scope="row">') == 1
    uses = word_editing.uses_of(bone, word_editing.counted())
    assert f'data-label="Rules">{uses.rules}</td>' in page
    assert uses.rules >= 3
    assert uses.examples >= 10


def test_uses_count_each_rule_once_and_name_the_facet_of_a_modifier_rule(bone: FacetValue) -> None:
    Rule.objects.all().delete()
    left = FacetValue.objects.get(facet__name="laterality", value="left")
    code = Code.objects.get(number="20983")
    twice = {"facets": {"site": ["Bone", "bone"]}, "when": {"site": "bone"}}
    Rule.objects.create(code=code, slug="a", kind="selection", params=twice, section="billing")
    modifier = {"facet": "laterality", "modifiers": {"left": "LT"}}
    Rule.objects.create(code=code, slug="b", kind="modifier", params=modifier, section="billing")
    found = word_editing.counted()
    assert (word_editing.uses_of(bone, found).rules, word_editing.uses_of(left, found).rules) == (1, 1)


def test_a_value_is_added_and_audited(as_educator: Client, educator: User, bone: FacetValue) -> None:
    sent = {"facet": "site", "value": "  spleen ", "synonyms": "splenic\nlien, Splenic", "why": "A new page"}
    answer = as_educator.post(NEW, sent)
    assert (answer.status_code, answer.url) == (302, LIST)  # type: ignore[attr-defined]
    made = FacetValue.objects.get(facet__name="site", value="spleen")
    assert made.synonyms == ["Splenic", "lien"]
    entry = AuditEntry.objects.get(verb="word added")
    assert (entry.who, entry.after["value"], entry.why) == (educator, "spleen", "A new page")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "This field is required"),
        ({"facet": "no-such", "value": "x"}, "Select a valid choice"),
        ({"facet": "site", "value": "Bone"}, "“Bone” stands for bone of the facet site already."),
        ({"facet": "site", "value": "spleen", "synonyms": "BONE"}, "“BONE” stands for bone"),
        ({"facet": "site", "value": "exe\u202egnp"}, "turns the order of letters around"),
        ({"facet": "site", "value": "spleen", "synonyms": "exe\u202egnp"}, "turns the order of letters around"),
        ({"facet": "site", "value": "spleen", "synonyms": "x" * 81}, "is longer than 80 characters"),
        ({"facet": "site", "value": "spleen", "synonyms": ",".join(map(str, range(70)))}, "60 are the most"),
        ({"facet": "site", "value": "spleen", "synonyms": '"open'}, "Quotation marks"),
        ({"facet": "site", "value": "nul\x00l"}, "Null characters"),
        ({"facet": "site", "value": "spleen, lien"}, "A value has no comma"),
        ({"facet": "site", "value": "spleen; lien"}, "A value has no comma"),
        ({"facet": "site", "value": "spleen [lien](site)"}, "A value has no comma"),
    ],
)
def test_what_is_no_word_is_told_at_its_field(
    as_educator: Client, bone: FacetValue, sent: dict[str, str], says: str
) -> None:
    answer = as_educator.post(NEW, sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert not FacetValue.objects.filter(value__startswith="spleen").exists()


def test_synonyms_stand_apart_by_semicolons_too(as_educator: Client, bone: FacetValue) -> None:
    as_educator.post(NEW, {"facet": "site", "value": "spleen", "synonyms": "splenic; lien,;milt"})
    assert FacetValue.objects.get(value="spleen").synonyms == ["splenic", "lien", "milt"]


def test_a_value_that_is_in_use_already_stays_what_it_is_called(bone: FacetValue) -> None:
    with pytest.raises(ValidationError, match="A value has no comma"):
        FacetValue(facet=bone.facet, value="spleen, lien").full_clean()
    old = FacetValue.objects.create(facet=bone.facet, value="spleen, lien")
    old.synonyms = ["milt"]
    old.full_clean()


def test_synonyms_are_changed_and_audited(as_educator: Client, bone: FacetValue) -> None:
    sent = fields_of(as_educator.get(at(bone)).text, "word-form")
    before = list(bone.synonyms)
    assert as_educator.post(at(bone), sent | {"synonyms": sent["synonyms"] + "\nos"}).status_code == 302
    bone.refresh_from_db()
    assert bone.synonyms == [*before, "os"]
    entry = AuditEntry.objects.get(verb="word changed")
    assert (entry.before["synonyms"], entry.after["synonyms"]) == (before, [*before, "os"])
    same = fields_of(as_educator.get(at(bone)).text, "word-form")
    assert "as they were" in as_educator.post(at(bone), same, follow=True).text
    assert AuditEntry.objects.filter(verb="word changed").count() == 1


def test_a_synonym_of_another_value_is_refused(as_educator: Client, bone: FacetValue) -> None:
    sent = fields_of(as_educator.get(at(bone)).text, "word-form")
    answer = as_educator.post(at(bone), sent | {"synonyms": "liver"})
    assert answer.status_code == 422
    assert "“liver” stands for liver of the facet site already." in answer.text


def test_nobody_overwrites_unseen(as_educator: Client, bone: FacetValue) -> None:
    mine = fields_of(as_educator.get(at(bone)).text, "word-form") | {"synonyms": "mine"}
    FacetValue.objects.filter(pk=bone.pk).update(synonyms=["theirs"])
    told = as_educator.post(at(bone), mine)
    assert told.status_code == 409
    assert "Stored now: theirs." in told.text
    again = fields_of(told.text, "word-form")
    assert again["synonyms"].strip() == "mine"
    assert as_educator.post(at(bone), again).status_code == 302
    bone.refresh_from_db()
    assert bone.synonyms == ["mine"]


def test_a_word_that_was_added_meanwhile_is_told(
    as_educator: Client, bone: FacetValue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_editing, "_refuse_taken", lambda *args: None)
    answer = as_educator.post(NEW, {"facet": "site", "value": "bone"})
    assert answer.status_code == 422
    assert "Somebody has added this value meanwhile." in answer.text


def test_the_list_is_in_pages_and_asks_no_more_for_more_words(as_educator: Client, bone: FacetValue) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert as_educator.get(LIST, {"facet": "site"}).status_code == 200
        return len(counted)

    few = queries()
    site = Facet.objects.get(name="site")
    FacetValue.objects.bulk_create(FacetValue(facet=site, value=f"place {n}") for n in range(60))
    assert queries() == few
    page = as_educator.get(LIST, {"facet": "site"}).text
    assert page.count('<th scope="row">') == 40
    assert "q=&amp;facet=site&amp;page=2" in page
