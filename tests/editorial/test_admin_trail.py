"""The admin is as safe as the editor: nobody overwrites unseen, and every change is noted."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from codes.importing import import_article
from codes.models import Code, DocumentationTopic, Facet, Phrase, Rule
from codes.pages import read_page, read_part
from tests.codes.sent import fields_of
from tests.codes.test_commands import ARTICLE
from tests.codes.test_editing import form_of
from tests.conftest import signed_in
from tests.editorial.pages import saved


def change(row: Any) -> str:
    return reverse(f"admin:codes_{row._meta.model_name}_change", args=[row.pk])


def noted() -> list[tuple[str, str]]:
    """What was noted, the oldest first: verb and subject."""
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "subject"))


# Pages ----------------------------------------------------------------------------------------


def test_saving_a_page_notes_each_part_that_changed(as_educator: Client, educator: User, bone_code: Code) -> None:
    data = form_of(as_educator.get(change(bone_code)))
    billing = next(name for name, value in data.items() if name.endswith("-slug") and value == "billing")
    body = billing.removesuffix("slug") + "body"
    before = read_part(bone_code, "sections/billing")
    sent = data | {"title": "A better title", body: "Another text.", "why": "Clearer"}
    assert as_educator.post(change(bone_code), sent).status_code == 302
    number = bone_code.number
    assert noted() == [("draft changed", f"{number}/about"), ("draft changed", f"{number}/sections/billing")]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.who, entry.why) == (educator, "Clearer")
    assert (entry.before, entry.after) == (before, before | {"body": "Another text."})


def test_saving_a_page_without_a_change_notes_nothing(as_educator: Client, bone_code: Code) -> None:
    data = form_of(as_educator.get(change(bone_code)))
    assert as_educator.post(change(bone_code), data).status_code == 302
    assert noted() == []


def test_a_page_that_was_changed_meanwhile_is_refused_and_what_was_typed_is_kept(
    as_educator: Client, admin: User, bone_code: Code
) -> None:
    sent = form_of(as_educator.get(change(bone_code))) | {"title": "Mine"}
    saved(signed_in(admin), bone_code, "sections/billing", body="Theirs.")
    refused = as_educator.post(change(bone_code), sent)
    assert refused.status_code == 200
    assert "Not saved: admin changed this page on " in refused.text
    assert form_of(refused)["title"] == "Mine"
    assert Code.objects.get(pk=bone_code.pk).title == bone_code.title
    assert read_part(bone_code, "sections/billing")["body"] == "Theirs."


def test_a_page_is_saved_over_only_once_that_was_told(as_educator: Client, admin: User, bone_code: Code) -> None:
    sent = form_of(as_educator.get(change(bone_code))) | {"title": "Mine"}
    saved(signed_in(admin), bone_code, "about", title="Theirs")
    again = form_of(as_educator.post(change(bone_code), sent))
    saved(signed_in(admin), bone_code, "about", title="Theirs once more")
    told = form_of(as_educator.post(change(bone_code), again))
    assert Code.objects.get(pk=bone_code.pk).title == "Theirs once more"
    assert as_educator.post(change(bone_code), told).status_code == 302
    assert Code.objects.get(pk=bone_code.pk).title == "Mine"


def test_a_form_that_does_not_say_what_it_was_opened_with_is_refused(as_educator: Client, bone_code: Code) -> None:
    sent = form_of(as_educator.get(change(bone_code))) | {"title": "Mine"}
    del sent["page_digest"]
    assert "Not saved: Somebody changed this page" in as_educator.post(change(bone_code), sent).text


def test_a_page_that_is_made_and_deleted_in_the_admin_is_noted(admin: User, no_library: None) -> None:
    client = signed_in(admin)
    url = reverse("admin:codes_code_add")
    sent = form_of(client.get(url)) | {"system": "HCPCS", "number": "A1234", "title": "New"}
    assert client.post(url, sent).status_code == 302
    code = Code.objects.get(number="A1234")
    assert ("draft changed", "A1234/about") in noted()
    client.post(reverse("admin:codes_code_delete", args=[code.pk]), {"post": "yes"})
    assert noted()[-1] == ("page deleted", "A1234/page")


# Rules ----------------------------------------------------------------------------------------


@pytest.fixture
def units(bone_code: Code) -> Rule:
    """A rule of the page."""
    return bone_code.rules.get(slug="units")


def test_a_rule_that_is_changed_is_noted_with_its_reason(as_educator: Client, educator: User, units: Rule) -> None:
    before = read_part(units.code, "rules/units")
    sent = fields_of(as_educator.get(change(units)).text) | {"param_noun": "tumors", "why": "As the payer says"}
    assert as_educator.post(change(units), sent).status_code == 302
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.subject, entry.why) == (educator, f"{units.code.number}/rules/units", "As the payer says")
    assert (entry.before, entry.after) == (before, read_part(units.code, "rules/units"))


def test_a_rule_that_is_saved_unchanged_is_not_noted(as_educator: Client, units: Rule) -> None:
    as_educator.post(change(units), fields_of(as_educator.get(change(units)).text))
    assert noted() == []


def test_a_rule_that_was_changed_meanwhile_is_refused_once(as_educator: Client, admin: User, units: Rule) -> None:
    mine = fields_of(as_educator.get(change(units)).text) | {"param_noun": "mine"}
    other = signed_in(admin)
    other.post(change(units), fields_of(other.get(change(units)).text) | {"param_noun": "theirs"})
    refused = as_educator.post(change(units), mine)
    assert "Not saved: admin changed this rule on " in refused.text
    assert fields_of(refused.text)["param_noun"] == "mine"
    assert Rule.objects.get(pk=units.pk).params["noun"] == "theirs"
    assert as_educator.post(change(units), fields_of(refused.text)).status_code == 302
    assert Rule.objects.get(pk=units.pk).params["noun"] == "mine"


def test_a_rule_that_is_renamed_went_and_came(as_educator: Client, units: Rule) -> None:
    Rule.objects.filter(pk=units.pk).update(state=Rule.State.PROPOSED)
    sent = fields_of(as_educator.get(change(units)).text) | {"slug": "counting"}
    as_educator.post(change(units), sent)
    number = units.code.number
    assert [subject for _, subject in noted()] == [f"{number}/rules/units", f"{number}/rules/counting"]


def test_a_rule_that_is_added_and_deleted_is_noted(as_educator: Client, bone_code: Code) -> None:
    url = f"{reverse('admin:codes_rule_add')}?code={bone_code.pk}&kind=global-period"
    as_educator.post(url, fields_of(as_educator.get(url).text) | {"param_days": "010"})
    rule = bone_code.rules.get(slug="global-period")
    as_educator.post(reverse("admin:codes_rule_delete", args=[rule.pk]), {"post": "yes"})
    came, went = AuditEntry.objects.order_by("pk")
    assert came.subject == went.subject == f"{bone_code.number}/rules/global-period"
    assert (came.before, went.after) == (None, None)
    assert came.after == went.before


# Vocabulary -----------------------------------------------------------------------------------


def test_the_vocabulary_is_noted(admin: User, starter_library: None) -> None:
    client = signed_in(admin)
    facet = Facet.objects.get(name="site")
    sent = form_of(client.get(change(facet)))
    value = next(name for name in sent if name.endswith("-value") and sent[name] == "bone")
    sent[value.removesuffix("value") + "synonyms"] = '["os"]'
    for name in [name for name in sent if name.endswith("-synonyms") and not isinstance(sent[name], str)]:
        sent[name] = str(sent[name]).replace("'", '"')
    assert client.post(change(facet), sent).status_code == 302
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject) == ("vocabulary changed", f"facet {facet.pk}")
    assert {"value": "bone", "synonyms": ["os"]} in entry.after["values"]
    assert {"value": "bone", "synonyms": ["os"]} not in entry.before["values"]


@pytest.mark.parametrize(("model", "field"), [(Phrase, "text"), (DocumentationTopic, "phrases")])
def test_phrases_and_topics_are_noted(admin: User, starter_library: None, model: Any, field: str) -> None:
    client = signed_in(admin)
    row = model.objects.earliest("pk")
    sent = form_of(client.get(change(row)))
    assert client.post(change(row), sent).status_code == 302
    assert noted() == []
    assert client.post(change(row), sent | {field: '["Another"]'}).status_code == 302
    client.post(reverse(f"admin:codes_{model._meta.model_name}_delete", args=[row.pk]), {"post": "yes"})
    changed, gone = AuditEntry.objects.order_by("pk")
    assert changed.subject == gone.subject == f"{model._meta.model_name} {row.pk}"
    assert (changed.after, gone.after) == (gone.before, None)


# Articles -------------------------------------------------------------------------------------


def test_reading_an_article_is_one_entry_with_the_whole_page(educator: User, no_library: None) -> None:
    text = ARTICLE.read_text(encoding="utf-8")
    import_article(text, name="a.txt", by=educator)
    entry = AuditEntry.objects.get()
    code = Code.objects.get()
    assert (entry.who, entry.verb, entry.subject) == (educator, "article read", f"{code.number}/page")
    assert (entry.before, entry.after) == (None, read_page(code))
    import_article(text, name="a.txt", by=educator)
    assert AuditEntry.objects.count() == 1


def test_an_article_leads_to_the_page_it_became(as_educator: Client, no_library: None) -> None:
    page = as_educator.post(reverse("upload_article"), {"pasted": ARTICLE.read_text(encoding="utf-8")})
    assert f'href="/write/{Code.objects.get().number}/"' in page.text
